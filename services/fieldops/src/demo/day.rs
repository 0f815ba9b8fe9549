//! Step 5 and 6: a day on the site, offline; then everything is replayed, twice.

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::client::text;
use super::firm::Team;
use super::phone::Phone;
use super::photos::Picture;
use super::plan::{Plan, SITE};
use super::tell::Tell;

/// What the day left behind.
pub struct Day {
    /// The task that was done.
    pub task: String,
    /// The stay on the site.
    pub entry: String,
    /// The incident that was reported.
    pub incident: String,
    /// The client's signature.
    pub signature: String,
    /// The photos with the names of their files.
    pub photos: Vec<(String, String)>,
    /// The phone, with its queue, to replay once more.
    pub phone: Phone,
}

/// The phone pulls, goes offline, works, comes back.
pub async fn work(
    team: &Team,
    plan: &Plan,
    pictures: Vec<Picture>,
    now: DateTime<Utc>,
    tell: &Tell,
) -> Result<Day> {
    let (api, _) = &team.crew[0];
    let pulled = api.get("/v1/field/changes").await?;
    let task = plan.tasks[0].clone();
    let known = pulled["tasks"].as_array().context("tasks")?;
    ensure!(known.iter().any(|t| t.to_string().contains(&task)), "the phone misses its task");
    tell.say(&format!("Ibrahima's phone pulls {} task(s) and goes offline", known.len()));

    let mut phone = Phone::new(api.clone(), now, SITE);
    let new = || Uuid::now_v7().to_string();
    let (entry, run, incident, signature) = (new(), new(), new(), new());
    let site = &plan.sites[0];
    phone.act("/v1/time-entries", json!({"id": entry, "site_id": site, "inside_hint": true}));
    phone.act(format!("/v1/tasks/{task}/start"), json!({}));
    phone.act(
        "/v1/checklist-runs",
        json!({"id": run, "task_id": task, "checklist_id": plan.checklist["id"],
               "answers": [{"question": "consigned", "value": true}]}),
    );
    phone.act(
        format!("/v1/checklist-runs/{run}/answers"),
        json!({"answers": [{"question": "voltage", "value": 0.2}]}),
    );
    for picture in pictures {
        let photo = new();
        let at = phone.now;
        phone.act(
            "/v1/photos",
            json!({"id": photo, "task_id": task, "site_id": site, "taken_at": at,
                   "position": {"lat": SITE.0, "lon": SITE.1, "accuracy_m": 8.0},
                   "size": picture.bytes.len(), "content_type": picture.content_type(),
                   "caption": picture.name}),
        );
        phone.pictures.push((photo, picture));
    }
    phone.act(
        "/v1/incidents",
        json!({"id": incident, "site_id": site, "task_id": task, "severity": "medium",
               "cause": "equipment", "title": "Serrure du poste grippée",
               "description": "Ouverture difficile ; dégrippant appliqué, cylindre à remplacer."}),
    );
    phone.act(
        "/v1/signatures",
        json!({"id": signature, "task_id": task, "signer_name": "Mme Diagne (Ville de Dakar)",
               "signer_role": "client", "signed_at": phone.now, "strokes": strokes()}),
    );
    phone.act(format!("/v1/tasks/{task}/finish"), json!({}));
    phone.act(format!("/v1/time-entries/{entry}/clock-out"), json!({"inside_hint": true}));
    tell.say(&format!("offline, {} acts wait in the phone", phone.queue.len()));

    come_back(&phone, tell).await?;
    let photos = phone.pictures.iter().map(|(id, p)| (id.clone(), p.name.clone())).collect();
    let done = api.get(&format!("/v1/tasks/{task}")).await?;
    ensure!(text(&done, "status")? == "done", "the task is {}", done["status"]);
    Ok(Day { task, entry, incident, signature, photos, phone })
}

/// Everything twice, then the photos' bytes, one of them with a cut.
async fn come_back(phone: &Phone, tell: &Tell) -> Result<()> {
    let again = phone.replay().await?;
    ensure!(again == 0, "{again} first answers were called repeated");
    let again = phone.replay().await?;
    ensure!(again == phone.queue.len(), "only {again} of {} came again", phone.queue.len());
    tell.say("back online, the phone replays everything, twice; every effect happens once");
    for (nth, (photo, picture)) in phone.pictures.iter().enumerate() {
        phone.upload(photo, picture, nth == 0).await.with_context(|| picture.name.clone())?;
    }
    tell.say(&format!("{} photos follow, the first after a cut", phone.pictures.len()));
    Ok(())
}

/// A signature: a wave and a line under it.
fn strokes() -> Vec<Vec<[f32; 2]>> {
    let wave = (0..40).map(|i| {
        let x = 0.1 + i as f32 * 0.02;
        [x, 0.5 + 0.25 * (i as f32 * 0.6).sin()]
    });
    vec![wave.collect(), vec![[0.1, 0.85], [0.9, 0.82]]]
}
