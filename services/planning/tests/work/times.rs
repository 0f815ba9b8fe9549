//! When steps count as taken: clocks that are slow, fast, set right in between or began anew, and
//! what comes out of order. No work is lost for it, and none is invented.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Clock;
use serde_json::{Value, json};
use testkit::Client;

use crate::execution::on;
use crate::world::{World, at, step};

/// A task that is planned from now on, with Awa on it, and her phone.
async fn begun(world: &World) -> (Value, Client) {
    let new = json!({"site_id": world.site, "title": "Panne", "duration_min": 240,
                     "starts_at": world.stage.clock.now()});
    let task = world.lead.post("/v1/tasks", new).await.expect(201);
    let agreed = json!({"rules": ["outside_hours"], "reason": "Astreinte"});
    let lead = world.lead.clone().header("if-match", format!("\"{}\"", task["version"]));
    let set = json!({"worker_ids": [world.awa], "override": agreed});
    lead.post(&at(&task, "/assignments"), set).await.expect(200);
    (task, world.phone(world.awa))
}

/// The same phone, whose clock showed one time when it acted and another when it sent.
fn shows(phone: &Client, acted: DateTime<Utc>, sent: DateTime<Utc>) -> Client {
    let acted = phone.clone().header("device-time", acted.to_rfc3339());
    acted.header("device-sent", sent.to_rfc3339())
}

fn moment(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

async fn steps(world: &World, task: &Value) -> Vec<Value> {
    let page = world.lead.get(&at(task, "/transitions")).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

/// Minutes worked on a task. A busy machine lets the test's own minutes pass too.
async fn worked(world: &World, task: &Value) -> i64 {
    world.read(task).await["execution"]["worked_min"].as_i64().unwrap()
}

#[tokio::test]
async fn a_slow_phone_that_is_set_right_in_between_adds_no_hours() {
    let world = World::new().await;
    let (task, phone) = begun(&world).await;
    let slow = world.stage.clock.now() - TimeDelta::hours(3);
    step(&shows(&phone, slow, slow), &task, "start").await.expect(200);
    world.stage.clock.advance(TimeDelta::hours(2));
    let right = world.stage.clock.now();
    step(&shows(&phone, right, right), &task, "finish").await.expect(200);
    let minutes = worked(&world, &task).await;
    assert!((119..180).contains(&minutes), "{minutes} of two hours");
    let taken = steps(&world, &task).await;
    assert_eq!(moment(&taken[0]["device_at"]), slow, "what it showed is kept");
    let corrected = moment(&taken[0]["acted_at"]) - slow;
    assert!(corrected >= TimeDelta::hours(3), "{corrected}");
    assert_eq!(taken[0]["doubtful"], false, "a clock whose error is known leaves no doubt");
    let done = world.read(&task).await;
    assert_eq!(done["started_at"], taken[0]["acted_at"]);
    assert_eq!(done["finished_at"], taken[1]["acted_at"]);
    let sessions = world.lead.get(&at(&task, "/work-sessions")).await.expect(200);
    assert_eq!(sessions["items"][0]["started_at"], taken[0]["acted_at"]);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_phone_that_shows_2020_is_corrected_while_it_does_so() {
    let world = World::new().await;
    let (task, phone) = begun(&world).await;
    let flat: DateTime<Utc> = "2020-01-01T00:10:00Z".parse().unwrap();
    let minutes = |minutes| flat + TimeDelta::minutes(minutes);
    // Both waited on the phone: an hour and a half of work, told ten minutes later.
    world.stage.clock.advance(TimeDelta::hours(3));
    step(&shows(&phone, minutes(0), minutes(100)), &task, "start").await.expect(200);
    step(&shows(&phone, minutes(90), minutes(100)), &task, "finish").await.expect(200);
    let worked = worked(&world, &task).await;
    assert!((89..150).contains(&worked), "{worked} of 90 minutes");
    let taken = steps(&world, &task).await;
    let late = moment(&taken[0]["at"]) - moment(&taken[0]["acted_at"]);
    assert!(late >= TimeDelta::minutes(99), "{late}");
    assert_eq!((&taken[0]["doubtful"], &taken[1]["doubtful"]), (&json!(false), &json!(false)));
    world.stage.settle().await;
}

#[tokio::test]
async fn a_phone_that_showed_2020_and_was_set_right_before_it_sent_adds_no_years() {
    let world = World::new().await;
    let (task, phone) = begun(&world).await;
    let flat: DateTime<Utc> = "2020-01-01T00:10:00Z".parse().unwrap();
    let sent = world.stage.clock.now();
    step(&shows(&phone, flat, sent), &task, "start").await.expect(200);
    world.stage.clock.advance(TimeDelta::minutes(90));
    let right = world.stage.clock.now();
    step(&shows(&phone, right, right), &task, "finish").await.expect(200);
    let worked = worked(&world, &task).await;
    assert!((89..150).contains(&worked), "{worked} of 90 minutes");
    let taken = steps(&world, &task).await;
    assert_eq!(taken[0]["acted_at"], taken[0]["at"], "all that is known: not after it came");
    assert_eq!(moment(&taken[0]["device_at"]), flat);
    assert_eq!((&taken[0]["doubtful"], &taken[1]["doubtful"]), (&json!(true), &json!(false)));
    world.stage.settle().await;
}

#[tokio::test]
async fn a_finish_before_its_start_is_kept_and_worked_no_time() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({})).await;
    world.assign(&task, &[world.awa]).await.expect(200);
    let phone = world.phone(world.awa);
    step(&on(&phone, "02T10:00"), &task, "start").await.expect(200);
    let done = step(&on(&phone, "02T09:00"), &task, "finish").await.expect(200);
    assert_eq!((&done["status"], &done["execution"]["worked_min"]), (&json!("done"), &json!(0)));
    assert_eq!(done["finished_at"], done["started_at"]);
    let taken = steps(&world, &task).await;
    let finish = &taken[1];
    assert_eq!(finish["device_at"], "2026-03-02T09:00:00Z");
    assert_eq!(finish["acted_at"], "2026-03-02T10:00:00Z");
    assert_eq!((&taken[0]["doubtful"], &finish["doubtful"]), (&json!(false), &json!(true)));
    world.stage.settle().await;
}

#[tokio::test]
async fn what_two_phones_did_is_worked_once() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({"workers_needed": 2})).await;
    world.assign(&task, &[world.awa, world.binta]).await.expect(200);
    let (awa, binta) = (world.phone(world.awa), world.phone(world.binta));
    step(&on(&awa, "02T08:00"), &task, "start").await.expect(200);
    step(&on(&binta, "02T10:00"), &task, "pause").await.expect(200);
    step(&on(&awa, "02T09:10"), &task, "resume").await.expect(200);
    step(&on(&binta, "02T11:00"), &task, "finish").await.expect(200);
    assert_eq!(worked(&world, &task).await, 120 + 60);
    world.stage.settle().await;
}

#[tokio::test]
async fn nothing_was_done_later_than_it_was_told() {
    let world = World::new().await;
    let (task, phone) = begun(&world).await;
    let fast = |hours| {
        let time = world.stage.clock.now() + TimeDelta::hours(hours);
        phone.clone().header("device-time", time.to_rfc3339())
    };
    step(&fast(20), &task, "start").await.expect(200);
    step(&fast(0), &task, "pause").await.expect(200);
    let taken = steps(&world, &task).await;
    assert_eq!(taken[0]["acted_at"], taken[0]["at"]);
    assert_eq!(taken[0]["doubtful"], true);
    assert!(moment(&taken[1]["acted_at"]) >= moment(&taken[0]["acted_at"]));
    // A day ahead is no clock's error any more.
    let absurd = step(&fast(25), &task, "resume").await;
    assert_eq!((absurd.status.as_u16(), absurd.pointers()), (422, vec!["Device-Time".into()]));
    world.stage.settle().await;
}

#[tokio::test]
async fn the_office_sends_nobody_later_than_they_went() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({})).await;
    world.assign(&task, &[world.awa]).await.expect(200);
    step(&on(&world.lead, "02T07:50"), &task, "dispatch").await.expect(200);
    let phone = on(&world.phone(world.awa), "02T07:30");
    let gone = step(&phone, &task, "travel").await.expect(200);
    assert_eq!(gone["execution"]["responded_at"], "2026-03-02T07:30:00Z");
    assert_eq!(steps(&world, &task).await[1]["doubtful"], false);
    world.stage.settle().await;
}

#[tokio::test]
async fn the_end_of_a_stay_is_proposed_from_when_a_step_counts() {
    let world = World::new().await;
    let (task, phone) = begun(&world).await;
    let here = json!({"site_id": world.site});
    let entry = phone.post("/v1/time-entries", here).await.expect(201);
    world.stage.clock.advance(TimeDelta::hours(2));
    // By its clock, that was before it came.
    let slow = world.stage.clock.now() - TimeDelta::hours(3);
    step(&shows(&phone, slow, slow), &task, "start").await.expect(200);
    let taken = steps(&world, &task).await;
    sqlx::query("update planning.task set ends_at = starts_at + interval '1 minute'")
        .execute(&mut world.stage.sql().await)
        .await
        .unwrap();
    world.stage.clock.advance(TimeDelta::hours(12));
    world.stage.settle().await;
    let path = format!("/v1/time-entries/{}", entry["id"].as_str().unwrap());
    let found = world.lead.get(&path).await.expect(200);
    assert_eq!(found["proposal"]["evidence"], "task_step");
    assert_eq!(found["proposal"]["end_at"], taken[0]["acted_at"]);
}
