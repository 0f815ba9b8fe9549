//! What was promised of a task or an incident is on the phone, and comes anew whenever it changes.

use auth::{Role, Scope};
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use kernel::{TaskId, WorkerId};
use serde_json::{Value, json};

use crate::world::{Phone, World};

/// Acts within one hour, done within four, around the clock; warned of when three quarters are over.
async fn promise(world: &World) {
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    let terms = json!({"priorities": ["urgent"], "severities": ["critical"], "counts": "always",
                       "respond_min": 60, "resolve_min": 240, "warn_percent": 75});
    let new = json!({"name": "Dépannage", "terms": terms});
    manager.post("/v1/service-levels", new).await.expect(201);
}

/// An urgent task that is planned from now on.
async fn urgent(world: &World, workers: &[WorkerId]) -> TaskId {
    let new = json!({"site_id": world.site, "title": "Panne", "priority": "urgent",
                     "starts_at": world.minutes(0), "duration_min": 60});
    let task = world.lead.post("/v1/tasks", new).await.expect(201);
    let id = task["id"].as_str().unwrap().parse().unwrap();
    world.assign(id, workers).await;
    id
}

/// A thing's timers as a phone has them: target, state, and whether anything is waited for.
fn held(phone: &Phone, id: impl ToString) -> Vec<(String, String, bool)> {
    let timers = phone.held[&id.to_string()]["timers"].as_array().unwrap();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let read = |t: &Value| (word(&t["target"]), word(&t["state"]), t["closed"] == false);
    timers.iter().map(read).collect()
}

fn states(respond: (&str, bool), resolve: (&str, bool)) -> Vec<(String, String, bool)> {
    [("respond", respond), ("resolve", resolve)]
        .map(|(target, (state, open))| (target.to_owned(), state.to_owned(), open))
        .to_vec()
}

async fn later(world: &World, minutes: i64) {
    world.stage.clock.advance(TimeDelta::minutes(minutes));
    world.stage.settle().await;
}

#[tokio::test]
async fn a_phone_hears_when_time_alone_warns_breaks_and_when_work_keeps_a_promise() {
    let world = World::new().await;
    promise(&world).await;
    let task = urgent(&world, &[world.awa, world.binta]).await;
    let plain = world.task("Ranger", 2, &[world.awa]).await;
    let mut phone = Phone::new(world.phone(world.awa));
    phone.until("both", |p| p.holds(task) && p.holds(plain)).await;
    assert_eq!(held(&phone, task), states(("running", true), ("running", true)));
    assert!(held(&phone, plain).is_empty());
    let due = |phone: &Phone, at: usize| -> DateTime<Utc> {
        let timer = &phone.held[&task.to_string()]["timers"][at];
        timer["due_at"].as_str().unwrap().parse().unwrap()
    };
    assert_eq!(due(&phone, 1) - due(&phone, 0), TimeDelta::hours(3), "what is due first first");

    later(&world, 46).await;
    let warned = |p: &Phone| p.held[&task.to_string()]["timers"][0]["warned_at"].is_string();
    phone.until("the warning", warned).await;
    phone.pull().await;
    assert_eq!(phone.came, 0, "and no more than once");
    later(&world, 15).await;
    let broken = states(("breached", true), ("running", true));
    phone.until("the breach", |p| held(p, task) == broken).await;
    assert_eq!(phone.came, 1, "that task alone");

    let binta = world.phone(world.binta);
    for step in ["start", "finish"] {
        binta.post(&format!("/v1/tasks/{task}/{step}"), json!({})).await.expect(200);
    }
    let done = states(("breached", false), ("met", false));
    phone.until("the end", |p| held(p, task) == done).await;
    let kept = &phone.held[&task.to_string()]["timers"][1];
    assert!(kept["met_at"].is_string() && kept.get("promise").is_none(), "{kept}");
    world.stage.settle().await;
}

#[tokio::test]
async fn what_is_promised_no_more_goes_from_the_phone() {
    let world = World::new().await;
    promise(&world).await;
    let task = urgent(&world, &[world.awa]).await;
    let mut phone = Phone::new(world.phone(world.awa));
    phone.until("the task", |p| p.holds(task) && held(p, task).len() == 2).await;
    let path = format!("/v1/tasks/{task}");
    let version = world.lead.get(&path).await.version();
    world.lead.patch_match(&path, version, json!({"priority": "normal"})).await.expect(200);
    phone.until("its end", |p| held(p, task).is_empty()).await;
}

#[tokio::test]
async fn who_reported_an_incident_hears_what_becomes_of_its_promises_and_nobody_else_does() {
    let world = World::new().await;
    promise(&world).await;
    let task = world.task("Poser le câble", 2, &[world.awa, world.binta]).await;
    let report = json!({"site_id": world.site, "title": "Câble nu", "severity": "critical",
                        "cause": "safety"});
    let incident = world.phone(world.awa).post("/v1/incidents", report).await.expect(201);
    let id = incident["id"].as_str().unwrap();
    let mut awa = Phone::new(world.phone(world.awa));
    let mut binta = Phone::new(world.phone(world.binta));
    awa.until("the incident", |p| p.holds(id)).await;
    binta.until("the task", |p| p.holds(task)).await;
    assert_eq!(awa.held[id]["title"], "Câble nu");
    assert_eq!(held(&awa, id), states(("running", true), ("running", true)));
    later(&world, 61).await;
    let broken = states(("breached", true), ("running", true));
    awa.until("the breach", |p| held(p, id) == broken).await;
    binta.pull().await;
    assert_eq!(binta.came, 0);
    let how = json!({"resolution": "Isolé"});
    let path = format!("/v1/incidents/{id}/resolve");
    world.lead.post(&path, how).await.expect(200);
    let done = states(("breached", false), ("met", false));
    awa.until("the end", |p| held(p, id) == done).await;
    world.stage.settle().await;
}

#[tokio::test]
async fn other_working_hours_reach_the_phones_too() {
    let world = World::new().await;
    let planner = world.stage.client(Role::ProjectLead, Scope::Project(world.project));
    let day = json!([{"from": "00:00", "to": "24:00"}]);
    let calendar = json!({"project_id": world.project, "name": "Sans arrêt",
                          "week": [day, day, day, day, day, day, day]});
    let calendar = planner.post("/v1/calendars", calendar).await.expect(201);
    let used = json!({"kind": "use_calendar", "calendar_id": calendar["id"]});
    let used = json!({"move": used, "project_id": world.project});
    planner.post("/v1/schedule/moves", used).await.expect(200);
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    let terms = json!({"priorities": ["urgent"], "counts": "working", "resolve_min": 240});
    let new = json!({"name": "Dépannage", "terms": terms});
    manager.post("/v1/service-levels", new).await.expect(201);
    let task = urgent(&world, &[world.awa]).await;
    let mut phone = Phone::new(world.phone(world.awa));
    phone.until("the task", |p| p.holds(task)).await;
    let due = |phone: &Phone| phone.held[&task.to_string()]["timers"][0]["due_at"].clone();
    let before = due(&phone);
    let today = world.minutes(0).date_naive();
    let closed = json!({"exceptions": [{"name": "Tabaski", "kind": "holiday", "from": today,
                                        "to": today + TimeDelta::days(1)}]});
    let path = format!("/v1/calendars/{}", calendar["id"].as_str().unwrap());
    planner.patch_match(&path, 1, closed).await.expect(200);
    world.stage.settle().await;
    phone.until("another time", |p| due(p) != before).await;
}

#[tokio::test]
async fn phones_that_work_and_the_job_that_breaks_promises_do_not_wait_in_a_circle() {
    let world = World::new().await;
    promise(&world).await;
    let mut tasks = Vec::new();
    for _ in 0..12 {
        tasks.push(urgent(&world, &[]).await);
    }
    // Each is on all phones: whoever touches one waits for whoever touches another.
    let mut sql = world.stage.sql().await;
    for worker in [world.awa, world.binta] {
        sqlx::query(
            "insert into planning.assignment (id, task_id, worker_id, during, holds)
             select gen_random_uuid(), id, $1, tstzrange(starts_at, ends_at), false
             from planning.task",
        )
        .bind(worker)
        .execute(&mut sql)
        .await
        .unwrap();
    }
    world.stage.clock.advance(TimeDelta::minutes(61));
    world.stage.app(kernel::Service::Planning).jobs.wake(world.stage.tenant.id);
    let phones = [world.phone(world.awa), world.phone(world.binta)];
    let starts = tasks.iter().enumerate().map(|(n, task)| {
        let (phone, path) = (&phones[n % 2], format!("/v1/tasks/{task}/start"));
        async move { phone.post(&path, json!({})).await.status.as_u16() }
    });
    let answers = join_all(starts).await;
    assert_eq!(answers, vec![200; tasks.len()]);
    world.stage.settle().await;
    later(&world, 1).await;
    let mut phone = Phone::new(world.phone(world.awa));
    phone.pull().await;
    for task in &tasks {
        let broken = states(("breached", false), ("running", true));
        assert_eq!(held(&phone, task), broken, "{task}");
    }
}
