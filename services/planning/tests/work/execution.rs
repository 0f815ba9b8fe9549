//! How the work on a task goes: over several days, in part, blocked; and what the plan makes of it.

use kernel::IncidentId;
use serde_json::{Value, json};
use testkit::Client;
use uuid::Uuid;

use crate::world::{World, at, step};

/// The same phone at this moment by its own clock.
pub fn on(phone: &Client, moment: &str) -> Client {
    phone.clone().header("device-time", format!("2026-03-{moment}:00Z"))
}

#[tokio::test]
async fn work_over_two_days_is_summed_by_the_devices_clocks() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({})).await;
    world.assign(&task, &[world.awa, world.binta]).await.expect(200);
    let phone = world.phone(world.awa).header("device-position", "geo:14.7,-17.4;u=8");
    for (moment, name) in [
        ("02T07:30", "travel"),
        ("02T08:00", "arrive"),
        ("02T08:10", "start"),
        ("02T10:10", "pause"),
        ("03T07:40", "travel"),
        ("03T08:05", "arrive"),
        ("03T08:15", "start"),
        // A phone whose clock was set back in between: no time is taken away.
        ("03T08:00", "pause"),
        ("03T08:30", "resume"),
        ("03T09:00", "finish"),
    ] {
        step(&on(&phone, moment), &task, name).await.expect(200);
    }
    let done = world.read(&task).await;
    assert_eq!(done["started_at"], "2026-03-02T08:10:00Z");
    assert_eq!(done["execution"]["worked_min"], 120 + 30);
    assert_eq!(done["execution"]["working_since"], Value::Null);
    assert_eq!(done["execution"]["percent_done"], 100);
    let sessions = world.lead.get(&at(&task, "/work-sessions")).await.expect(200);
    let sessions = sessions["items"].as_array().unwrap();
    assert_eq!(sessions.len(), 3);
    assert_eq!(sessions[0]["workers"], 2);
    assert_eq!(sessions[1]["started_at"], sessions[1]["ended_at"]);
    let steps = world.lead.get(&at(&task, "/transitions")).await.expect(200);
    let first = &steps["items"][0];
    assert_eq!(first["step"], "travel");
    assert_eq!(first["accuracy_m"], Value::Null, "who is not clocked in is not located");
    assert_eq!(first["device_at"], "2026-03-02T07:30:00Z");

    let reopened = step(&on(&world.lead, "03T17:00"), &task, "reopen").await.expect(200);
    assert_eq!(reopened["execution"]["working_since"], Value::Null, "nobody works yet");
    let going = step(&on(&phone, "04T08:00"), &task, "start").await.expect(200);
    assert_eq!(going["execution"]["working_since"], "2026-03-04T08:00:00Z");
    world.stage.settle().await;
}

#[tokio::test]
async fn progress_counts_by_the_devices_clocks_and_flows_into_the_plan() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({})).await;
    world.assign(&task, &[world.awa]).await.expect(200);
    let phone = world.phone(world.awa);
    let path = at(&task, "/progress");
    let refused = phone.post(&path, json!({"percent": 10})).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:task-not-begun");
    step(&on(&phone, "02T08:00"), &task, "start").await.expect(200);
    let report = async |moment: &str, body: Value| on(&phone, moment).post(&path, body).await;
    report("02T10:00", json!({"percent": 60, "note": "Reste le coffret"})).await.expect(200);
    let late = report("02T09:00", json!({"percent": 25})).await.expect(200);
    assert_eq!(late["execution"]["percent_done"], 60, "the newest by the devices' clocks");
    let plan = format!("/v1/schedule?project_id={}", world.project);
    let row = async || world.planner().get(&plan).await.expect(200)["tasks"][0].clone();
    assert_eq!(row().await["percent"], 60);
    let mv = json!({"move": {"kind": "progress", "task_id": task["id"], "percent": 75}});
    world.lead.post("/v1/schedule/moves", mv).await.expect(200);
    assert_eq!(world.read(&task).await["execution"]["percent_done"], 75);
    let reports = world.lead.get(&path).await.expect(200);
    assert_eq!(reports["items"].as_array().unwrap().len(), 2, "each is kept");

    for (body, pointer) in [
        (json!({}), "/percent"),
        (json!({"percent": 10, "quantity": 1.0}), "/percent"),
        (json!({"percent": 101}), "/percent"),
        (json!({"percent": -1}), "/percent"),
        (json!({"quantity": 5.0}), "/quantity"),
        (json!({"percent": 10, "colour": "red"}), "/colour"),
    ] {
        let answer = phone.post(&path, body.clone()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.pointers()),
            (422, vec![pointer.into()]),
            "{body}"
        );
    }
    world.phone(world.binta).post(&path, json!({"percent": 10})).await.expect(404);
    world.planner().post(&path, json!({"percent": 10})).await.expect(403);
    step(&phone, &task, "finish").await.expect(200);
    phone.post(&path, json!({"percent": 10})).await.expect(409);
    world.stage.settle().await;
}

#[tokio::test]
async fn what_is_measured_adds_up_in_its_unit() {
    let world = World::new().await;
    let measure = json!({"quantity": 120.0, "unit": "m"});
    let task = world.task("Tirage du câble", 8, 12, json!({"measure": measure})).await;
    assert_eq!(task["execution"]["measure"], measure);
    step(&world.lead, &task, "start").await.expect(200);
    let path = at(&task, "/progress");
    let id = Uuid::now_v7();
    let report = async |body: Value| world.lead.post(&path, body).await;
    let first = report(json!({"id": id, "quantity": 50.0})).await.expect(200);
    assert_eq!(first["execution"]["percent_done"], 41);
    report(json!({"id": id, "quantity": 50.0})).await.expect(409);
    let more = report(json!({"quantity": 75.0})).await.expect(200);
    assert_eq!(more["execution"]["percent_done"], 100, "more than was planned is all");
    let less = report(json!({"quantity": -45.0})).await.expect(200);
    assert_eq!(less["execution"]["percent_done"], 66, "a correction");
    assert_eq!(report(json!({"percent": 10})).await.pointers(), ["/percent"]);
    let version = less["version"].as_i64().unwrap();
    for (bad, pointer) in [
        (json!({"quantity": 0.0, "unit": "m"}), "/measure/quantity"),
        (json!({"quantity": 1e10, "unit": "m"}), "/measure/quantity"),
        (json!({"quantity": 1.0, "unit": " "}), "/measure/unit"),
        (json!({"quantity": 1.0}), "/measure"),
    ] {
        let set = json!({"measure": bad});
        let answer = world.lead.patch_match(&at(&task, ""), version, set).await;
        assert_eq!(answer.status.as_u16(), 422, "{bad}");
        assert!(answer.pointers()[0].starts_with(pointer), "{bad}: {:?}", answer.pointers());
    }
    let plain = world.lead.patch_match(&at(&task, ""), version, json!({"measure": null})).await;
    assert_eq!(plain.expect(200)["execution"]["measure"], Value::Null);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_block_moves_what_remains_and_what_depends_on_it_and_frees_the_workers() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({})).await;
    let after = world.task("Raccordement", 12, 14, json!({})).await;
    let other = world.task("Autre chantier", 10, 12, json!({})).await;
    world.link(&task, &after, json!({})).await.expect(201);
    world.assign(&task, &[world.awa]).await.expect(200);
    let phone = world.phone(world.awa);
    step(&on(&phone, "02T08:00"), &task, "start").await.expect(200);
    on(&phone, "02T09:00").post(&at(&task, "/progress"), json!({"percent": 25})).await.expect(200);
    world.assign(&other, &[world.awa]).await.expect(409);
    let why = json!({"reason": "Le poste n'est pas consigné", "by_client": true,
                     "expected_until": "2026-03-03T08:00:00Z"});
    let blocked = on(&phone, "02T09:30").post(&at(&task, "/block"), why).await.expect(200);
    assert_eq!(blocked["status"], "blocked");
    assert_eq!(blocked["ends_at"], "2026-03-03T11:00:00Z", "three of four hours are left");
    let block = &blocked["execution"]["block"];
    assert_eq!((&block["from"], &block["plan_kept"]), (&json!("in_progress"), &json!(false)));
    assert_eq!(block["since"], "2026-03-02T09:30:00Z");
    assert_eq!(blocked["execution"]["worked_min"], 90);
    assert_eq!(world.read(&after).await["starts_at"], "2026-03-03T11:00:00Z");
    world.assign(&other, &[world.awa]).await.expect(200);

    let back = on(&phone, "02T13:00").post(&at(&task, "/unblock"), json!({})).await.expect(200);
    assert_eq!(
        (&back["status"], &back["execution"]["block"]),
        (&json!("in_progress"), &Value::Null)
    );
    assert_eq!(
        back["ends_at"], "2026-03-02T16:00:00Z",
        "what was takes the place of what was expected"
    );
    step(&on(&phone, "02T16:00"), &task, "finish").await.expect(200);
    assert_eq!(world.read(&task).await["execution"]["worked_min"], 90 + 180);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_block_is_told_also_where_the_plan_cannot_follow() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({})).await;
    let after = world.task("Réception", 12, 14, json!({})).await;
    world.link(&task, &after, json!({})).await.expect(201);
    let bound = json!({"move": {"kind": "constrain", "task_id": after["id"],
                                "constraint": "must_start_on", "at": "2026-03-02T12:00:00Z"}});
    world.lead.post("/v1/schedule/moves", bound).await.expect(200);
    let why = json!({"reason": "Pluie", "expected_until": "2026-03-04T08:00:00Z"});
    let lead = on(&world.lead, "02T07:00");
    let blocked = lead.post(&at(&task, "/block"), why).await.expect(200);
    assert_eq!(blocked["status"], "blocked");
    assert_eq!(blocked["execution"]["block"]["plan_kept"], true);
    assert_eq!(blocked["starts_at"], task["starts_at"]);
    assert_eq!(world.read(&after).await["starts_at"], after["starts_at"]);
    let back = step(&lead, &task, "unblock").await.expect(200);
    assert_eq!(back["status"], "planned", "where it was");
    world.stage.settle().await;
}

#[tokio::test]
async fn a_block_says_why_and_names_what_there_is() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({})).await;
    let lead = on(&world.lead, "02T09:00");
    for (body, pointer) in [
        (json!({}), "/reason"),
        (json!({"reason": " "}), "/reason"),
        (json!({"reason": "x".repeat(1001)}), "/reason"),
        (json!({"reason": "Pluie", "incident_id": IncidentId::new()}), "/incident_id"),
        (json!({"reason": "Pluie", "expected_until": "2026-03-02T09:00:00Z"}), "/expected_until"),
        (json!({"reason": "Pluie", "expected_until": "0001-01-01T00:00:00Z"}), "/expected_until"),
        (json!({"reason": "Pluie", "until": "2026-03-03T09:00:00Z"}), "/until"),
    ] {
        let answer = lead.post(&at(&task, "/block"), body.clone()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.pointers()),
            (422, vec![pointer.into()]),
            "{body}"
        );
    }
    assert_eq!(world.read(&task).await["status"], "planned");
}
