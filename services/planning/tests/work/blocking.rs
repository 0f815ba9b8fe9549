//! What an incident does to its task, and whom it is passed on to.

use chrono::{TimeDelta, Utc};
use kernel::Clock;
use serde_json::{Value, json};

use crate::world::{World, at, step};

fn report(world: &World, task: &Value, more: Value) -> Value {
    let mut body = json!({"site_id": world.site, "task_id": task["id"], "title": "Câble sectionné",
                          "severity": "high", "cause": "equipment"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn an_incident_blocks_its_task_until_it_is_resolved_and_the_plan_follows() {
    let world = World::new().await;
    let task = world.task("Tirage", 8, 12, json!({})).await;
    let after = world.task("Raccordement", 12, 14, json!({})).await;
    world.link(&task, &after, json!({})).await.expect(201);
    world.assign(&task, &[world.awa]).await.expect(200);
    let phone = world.phone(world.awa).header("device-time", "2026-03-02T07:30:00Z");
    let effect = json!({"blocks_task": true, "expected_until": "2026-03-03T08:00:00Z"});
    let told = phone.post("/v1/incidents", report(&world, &task, effect)).await.expect(201);
    assert_eq!(told["plan_kept"], false);
    let blocked = world.read(&task).await;
    assert_eq!(blocked["execution"]["block"]["incident_id"], told["id"]);
    assert_eq!(blocked["starts_at"], "2026-03-03T08:00:00Z");
    assert_eq!(world.read(&after).await["starts_at"], "2026-03-03T12:00:00Z");
    let refused = step(&phone, &task, "unblock").await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:incident-open");

    let path = format!("/v1/incidents/{}", told["id"].as_str().unwrap());
    let later = json!({"expected_until": "2026-03-04T08:00:00Z"});
    world.lead.patch_match(&path, 1, later).await.expect(200);
    assert_eq!(world.read(&after).await["starts_at"], "2026-03-04T12:00:00Z");
    let how = json!({"resolution": "Câble remplacé"});
    world.lead.post(&format!("{path}/resolve"), how).await.expect(200);
    let back = world.read(&task).await;
    assert_eq!((&back["status"], &back["execution"]["block"]), (&json!("planned"), &Value::Null));
    let steps = world.lead.get(&at(&task, "/transitions")).await.expect(200);
    assert_eq!(steps["items"][1]["reason"], "Câble remplacé");
    world.stage.settle().await;
}

#[tokio::test]
async fn an_incident_that_delays_moves_what_remains() {
    let world = World::new().await;
    let task = world.task("Tirage", 8, 12, json!({})).await;
    let effect = json!({"delay_min": 90});
    world.lead.post("/v1/incidents", report(&world, &task, effect)).await.expect(201);
    let later = world.read(&task).await;
    assert_eq!(
        (&later["status"], &later["starts_at"]),
        (&json!("planned"), &json!("2026-03-02T09:30:00Z"))
    );
    for (body, pointer) in [
        (json!({"delay_min": 0}), "/delay_min"),
        (json!({"delay_min": 600_000}), "/delay_min"),
        (json!({"expected_until": "0001-01-01T00:00:00Z"}), "/expected_until"),
        (json!({"blocks_task": true, "task_id": null}), "/task_id"),
        (json!({"photo_ids": [kernel::PhotoId::new()]}), "/photo_ids"),
    ] {
        let answer = world.lead.post("/v1/incidents", report(&world, &task, body.clone())).await;
        assert_eq!(
            (answer.status.as_u16(), answer.pointers()),
            (422, vec![pointer.into()]),
            "{body}"
        );
    }
    // A task that is done stays done, and the incident is kept all the same.
    step(&world.lead, &task, "start").await.expect(200);
    step(&world.lead, &task, "finish").await.expect(200);
    let effect = json!({"blocks_task": true});
    world.lead.post("/v1/incidents", report(&world, &task, effect)).await.expect(201);
    assert_eq!(world.read(&task).await["status"], "done");
    world.stage.settle().await;
}

#[tokio::test]
async fn what_nobody_deals_with_is_passed_on_once_to_each() {
    let world = World::new().await;
    let task = world.task("Tirage", 8, 12, json!({})).await;
    let now = world.stage.clock.now();
    let told = world.lead.post("/v1/incidents", report(&world, &task, json!({}))).await.expect(201);
    let path = format!("/v1/incidents/{}", told["id"].as_str().unwrap());
    let state = async || world.lead.get(&path).await.expect(200);
    world.stage.settle().await;
    assert_eq!(state().await["escalated_to"], Value::Null);
    world.stage.clock.advance(TimeDelta::hours(4));
    world.stage.settle().await;
    let first = state().await;
    assert_eq!((&first["escalated_to"], &first["version"]), (&json!("project_lead"), &json!(2)));
    let moment: chrono::DateTime<Utc> = first["escalated_at"].as_str().unwrap().parse().unwrap();
    assert!(moment >= now + TimeDelta::hours(4));
    world.stage.clock.advance(TimeDelta::hours(20));
    world.stage.settle().await;
    assert_eq!(state().await["escalated_to"], "manager");
    world.stage.clock.advance(TimeDelta::days(9));
    world.stage.settle().await;
    assert_eq!(state().await["version"], 3, "once to each");
}
