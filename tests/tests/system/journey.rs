//! The journey of the first day, in both shapes.

use anyhow::Result;
use fieldops::demo::{Outcome, Tell, play};
use journeys::up::Up;
use journeys::{System, data_folder};

use crate::serve;

async fn journey(system: &impl System) -> Result<Outcome> {
    let data = data_folder();
    let tell = Tell::new(true);
    play(system.target(), system.platform_admin(), data.as_deref(), &tell).await
}

/// What must hold after the story, whatever the shape.
async fn once(outcome: &Outcome) -> Result<()> {
    // The queue a third time: every answer is one that was given before.
    let day = &outcome.day;
    assert_eq!(day.phone.replay().await?, day.phone.queue.len());
    let lead = &outcome.team.site_lead;
    let site = &outcome.plan.sites[0];
    for (path, expected) in [
        (format!("/v1/time-entries?site_id={site}"), 1),
        (format!("/v1/incidents?site_id={site}"), 1),
        (format!("/v1/photos?task_id={}&limit=200", day.task), day.photos.len()),
        (format!("/v1/signatures?task_id={}", day.task), 1),
        (format!("/v1/checklist-runs?task_id={}", day.task), 1),
    ] {
        let found = lead.get(&path).await?["items"].as_array().map(Vec::len);
        assert_eq!(found, Some(expected), "{path}");
    }
    let acts = outcome.trail["items"].as_array().unwrap();
    for once in ["task.started", "task.finished", "task.validated"] {
        assert_eq!(acts.iter().filter(|a| a["action"] == once).count(), 1, "{once}");
    }
    let started = acts.iter().find(|a| a["action"] == "task.started").unwrap();
    let text = started.to_string();
    assert!(text.contains("Ibrahima"), "who: {text}");
    assert!(text.contains("14.66"), "where: {text}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journey_in_one_process() {
    let mut up = Up::fresh().await.unwrap();
    let outcome = journey(&up).await.unwrap();
    once(&outcome).await.unwrap();
    // A crash and a restart later, all of it is still there.
    up.crash_and_restart().await.unwrap();
    let manager = outcome.team.manager.moved_to(up.target());
    let task = manager.get(&format!("/v1/tasks/{}", outcome.day.task)).await.unwrap();
    assert_eq!(task["status"], "validated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journey_with_every_service_in_its_own_process() {
    let (serve, _turn) = serve().await;
    let outcome = journey(&*serve).await.unwrap();
    once(&outcome).await.unwrap();
}
