//! What an incident does to its task, and whom it is passed on to.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use kernel::Clock;
use serde_json::{Value, json};
use testkit::{Client, eventually};

use crate::execution::on;
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
    let lead = world.lead.clone().header("device-time", "2026-03-02T09:00:00Z");
    lead.patch_match(&path, 1, later).await.expect(200);
    assert_eq!(world.read(&after).await["starts_at"], "2026-03-04T12:00:00Z");
    let how = json!({"resolution": "Câble remplacé"});
    lead.post(&format!("{path}/resolve"), how).await.expect(200);
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
    let other = world.task("Raccordement", 8, 12, json!({})).await;
    // Told before the task was to start, and of one that should have started two hours before.
    for (task, moment, start) in [(&task, "02T07:30", "02T09:30"), (&other, "02T10:00", "02T11:30")]
    {
        let lead = on(&world.lead, moment);
        let told = lead.post("/v1/incidents", report(&world, task, json!({"delay_min": 90}))).await;
        let start = json!(format!("2026-03-{start}:00Z"));
        assert_eq!(told.expect(201)["delayed_until"], start);
        let later = world.read(task).await;
        assert_eq!((&later["status"], &later["starts_at"]), (&json!("planned"), &start));
    }
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

async fn tell(client: &Client, world: &World, task: &Value, effect: Value) -> Value {
    client.post("/v1/incidents", report(world, task, effect)).await.expect(201)
}

async fn resolve(client: &Client, incident: &Value) -> Value {
    let path = format!("/v1/incidents/{}/resolve", incident["id"].as_str().unwrap());
    client.post(&path, json!({"resolution": "Réparé"})).await.expect(200)
}

/// Changes an incident that nobody else changes.
async fn edit(client: &Client, incident: &Value, set: Value) -> Value {
    let path = format!("/v1/incidents/{}", incident["id"].as_str().unwrap());
    let version = client.get(&path).await.version();
    client.patch_match(&path, version, set).await.expect(200)
}

#[tokio::test]
async fn a_block_with_a_delay_counts_from_now_where_the_planned_start_has_passed() {
    let world = World::new().await;
    let now = world.stage.clock.now().duration_trunc(TimeDelta::minutes(1)).unwrap();
    let new = json!({"site_id": world.site, "title": "Tirage", "duration_min": 240,
                     "starts_at": now - TimeDelta::hours(2)});
    let task = world.lead.post("/v1/tasks", new).await.expect(201);
    let phone = world.lead.clone().header("device-time", now.to_rfc3339());
    let told = tell(&phone, &world, &task, json!({"blocks_task": true, "delay_min": 60})).await;
    let until: DateTime<Utc> = told["delayed_until"].as_str().unwrap().parse().unwrap();
    assert_eq!(until, now + TimeDelta::minutes(60));
    let blocked = world.read(&task).await;
    assert_eq!(blocked["execution"]["block"]["expected_until"], told["delayed_until"]);
    assert_eq!(blocked["starts_at"], told["delayed_until"]);
    // An end that the caller names has to come after it began.
    let over = json!({"blocks_task": true, "expected_until": now - TimeDelta::hours(1)});
    let refused = phone.post("/v1/incidents", report(&world, &task, over)).await;
    assert_eq!(
        (refused.status.as_u16(), refused.pointers()),
        (422, vec!["/expected_until".into()])
    );
    world.stage.settle().await;
}

#[tokio::test]
async fn cancelling_what_an_incident_blocks_ends_the_block_and_the_incident_can_be_resolved() {
    let world = World::new().await;
    let task = world.task("Tirage", 8, 12, json!({})).await;
    let blocks = json!({"blocks_task": true, "by_client": true});
    let told = tell(&world.lead, &world, &task, blocks).await;
    let cancelled = step(&world.lead, &task, "cancel").await.expect(200);
    assert_eq!(
        (&cancelled["status"], &cancelled["execution"]["block"]),
        (&json!("cancelled"), &Value::Null)
    );
    assert_eq!(resolve(&world.lead, &told).await["status"], "resolved");
    assert_eq!(world.read(&task).await["status"], "cancelled");

    // What was left open before blocks ended with their task.
    let other = tell(&world.lead, &world, &task, json!({})).await;
    sqlx::query(
        "insert into planning.task_block
             (id, task_id, from_status, reason, incident_id, by_client, since)
         values (gen_random_uuid(), $1::uuid, 'planned', 'Câble', $2::uuid, false, now())",
    )
    .bind(task["id"].as_str())
    .bind(other["id"].as_str())
    .execute(&mut world.stage.sql().await)
    .await
    .unwrap();
    assert_eq!(resolve(&world.lead, &other).await["status"], "resolved");
    world.stage.settle().await;
}

#[tokio::test]
async fn what_two_incidents_block_goes_on_when_both_are_resolved() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({})).await;
    world.assign(&task, &[world.awa]).await.expect(200);
    let phone = world.phone(world.awa);
    step(&on(&phone, "02T08:00"), &task, "start").await.expect(200);
    on(&phone, "02T09:00").post(&at(&task, "/progress"), json!({"percent": 25})).await.expect(200);
    let until = |day: &str| json!({"blocks_task": true, "expected_until": day});
    let material = until("2026-03-03T08:00:00Z");
    let material = tell(&on(&phone, "02T09:30"), &world, &task, material).await;
    let safety = until("2026-03-04T08:00:00Z");
    let safety = tell(&on(&phone, "02T09:40"), &world, &task, safety).await;
    let both = world.read(&task).await;
    assert_eq!(both["execution"]["block"]["incident_id"], material["id"], "the first is shown");
    assert_eq!(both["ends_at"], "2026-03-04T11:00:00Z", "after the last of both");

    resolve(&on(&world.lead, "02T10:00"), &safety).await;
    let one = world.read(&task).await;
    assert_eq!(one["status"], "blocked");
    assert_eq!(one["ends_at"], "2026-03-03T11:00:00Z", "after the one that is left");
    let again = tell(&on(&phone, "02T10:30"), &world, &task, json!({"blocks_task": true})).await;
    resolve(&on(&world.lead, "02T11:00"), &material).await;
    let held = world.read(&task).await;
    assert_eq!(held["status"], "blocked", "the first is resolved, another is not");
    assert_eq!(held["execution"]["block"]["incident_id"], again["id"]);
    let refused = step(&phone, &task, "unblock").await.expect(409);
    assert_eq!(refused["incident"], again["id"]);

    resolve(&on(&world.lead, "02T13:00"), &again).await;
    let back = world.read(&task).await;
    assert_eq!(
        (&back["status"], &back["execution"]["block"]),
        (&json!("in_progress"), &Value::Null)
    );
    assert_eq!(back["ends_at"], "2026-03-02T16:00:00Z");
    assert_eq!(back["execution"]["working_since"], "2026-03-02T13:00:00Z");
    assert_eq!(back["execution"]["steps"], 3, "start, block, unblock");
    assert!(back["version"].as_i64() > held["version"].as_i64());
    world.stage.settle().await;
}

#[tokio::test]
async fn an_incident_on_what_is_blocked_otherwise_holds_it_too() {
    let world = World::new().await;
    let task = world.task("Tirage", 8, 12, json!({})).await;
    let why = json!({"reason": "Pas de matériel"});
    world.lead.post(&at(&task, "/block"), why).await.expect(200);
    let told = tell(&world.lead, &world, &task, json!({"blocks_task": true})).await;
    let refused = step(&world.lead, &task, "unblock").await.expect(409);
    assert_eq!(refused["incident"], told["id"]);
    resolve(&world.lead, &told).await;
    let still = world.read(&task).await;
    assert_eq!(
        (&still["status"], &still["execution"]["block"]["incident_id"]),
        (&json!("blocked"), &Value::Null)
    );
    assert_eq!(step(&world.lead, &task, "unblock").await.expect(200)["status"], "planned");
    world.stage.settle().await;
}

#[tokio::test]
async fn what_an_incident_means_for_its_task_can_be_changed() {
    let world = World::new().await;
    let task = world.task("Tirage", 8, 12, json!({})).await;
    let lead = on(&world.lead, "02T07:30");
    let told = tell(&lead, &world, &task, json!({})).await;
    let set = json!({"blocks_task": true, "delay_min": 60, "by_client": true});
    let blocks = edit(&lead, &told, set).await;
    assert_eq!((&blocks["blocks_task"], &blocks["delay_min"]), (&json!(true), &json!(60)));
    let blocked = world.read(&task).await;
    let block = &blocked["execution"]["block"];
    assert_eq!((&block["incident_id"], &block["by_client"]), (&told["id"], &json!(true)));
    assert_eq!(blocked["starts_at"], "2026-03-02T09:00:00Z");
    let set = json!({"delay_min": 120, "by_client": false});
    let more = edit(&lead, &told, set).await;
    assert_eq!(more["delayed_until"], "2026-03-02T10:00:00Z");
    let later = world.read(&task).await;
    let block = &later["execution"]["block"];
    assert_eq!(
        (&block["expected_until"], &block["by_client"]),
        (&more["delayed_until"], &json!(false))
    );
    assert_eq!(later["starts_at"], "2026-03-02T10:00:00Z");
    edit(&lead, &told, json!({"blocks_task": false, "delay_min": null})).await;
    let back = world.read(&task).await;
    assert_eq!((&back["status"], &back["execution"]["block"]), (&json!("planned"), &Value::Null));
    assert_eq!(back["starts_at"], "2026-03-02T10:00:00Z", "a start is not drawn forward");

    // One that only delays.
    let only = tell(&lead, &world, &task, json!({"expected_until": "2026-03-02T11:00:00Z"})).await;
    edit(&lead, &only, json!({"expected_until": "2026-03-02T13:00:00Z"})).await;
    assert_eq!(world.read(&task).await["starts_at"], "2026-03-02T13:00:00Z");
    assert_eq!(edit(&lead, &only, json!({"title": "Câble coupé"})).await["plan_kept"], false);

    let path = format!("/v1/incidents/{}", only["id"].as_str().unwrap());
    let version = lead.get(&path).await.version();
    for bad in [json!({"delay_min": 0}), json!({"delay_min": 527_041})] {
        let refused = lead.patch_match(&path, version, bad).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec!["/delay_min".into()]));
    }
    let nowhere = lead.post("/v1/incidents", report(&world, &json!({"id": null}), json!({}))).await;
    let nowhere = nowhere.expect(201);
    let path = format!("/v1/incidents/{}", nowhere["id"].as_str().unwrap());
    for bad in [json!({"blocks_task": true}), json!({"delay_min": 5})] {
        let refused = lead.patch_match(&path, 1, bad).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec!["/task_id".into()]));
    }
    world.stage.settle().await;
}

#[tokio::test]
async fn an_incident_is_not_resolved_past_a_block_that_is_being_written() {
    let world = World::new().await;
    let task = world.task("Tirage", 8, 12, json!({})).await;
    world.assign(&task, &[world.awa]).await.expect(200);
    let nowhere = report(&world, &json!({"id": null}), json!({}));
    let told = world.lead.post("/v1/incidents", nowhere).await.expect(201);

    // The block has seen the incident unresolved, and waits for the row of Awa's phone.
    let mut phone = world.stage.sql().await;
    sqlx::query("begin").execute(&mut phone).await.unwrap();
    sqlx::query("select from planning.change where worker_id = $1 for update")
        .bind(world.awa)
        .execute(&mut phone)
        .await
        .unwrap();
    let mut look = world.stage.sql().await;
    let mut waiting = async || -> i64 {
        sqlx::query_scalar(
            "select count(*) from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'",
        )
        .fetch_one(&mut look)
        .await
        .unwrap()
    };
    let call = |path: String, body: Value| {
        let lead = world.lead.clone();
        tokio::spawn(async move { lead.post(&path, body).await.expect(200) })
    };
    let why = json!({"reason": "Câble sectionné", "incident_id": told["id"]});
    let blocks = call(at(&task, "/block"), why);
    eventually("the block waits", async || (waiting().await == 1).then_some(())).await;
    let path = format!("/v1/incidents/{}/resolve", told["id"].as_str().unwrap());
    let resolves = call(path, json!({"resolution": "Réparé"}));
    eventually("it is resolved, or waits too", async || {
        (resolves.is_finished() || waiting().await == 2).then_some(())
    })
    .await;
    sqlx::query("commit").execute(&mut phone).await.unwrap();
    assert_eq!(blocks.await.unwrap()["status"], "blocked");
    assert_eq!(resolves.await.unwrap()["status"], "resolved");
    let after = world.read(&task).await;
    assert_eq!((&after["status"], &after["execution"]["block"]), (&json!("planned"), &Value::Null));
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
