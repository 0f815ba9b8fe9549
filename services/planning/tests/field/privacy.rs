//! What is kept of people, and that it is gone when its time is over.

use chrono::TimeDelta;
use serde_json::{Value, json};
use testkit::Client;

use crate::world::World;

const HERE: &str = "geo:14.7,-17.4;u=8";

fn path(entry: &Value, end: &str) -> String {
    format!("/v1/time-entries/{}{end}", entry["id"].as_str().unwrap())
}

async fn count(world: &World, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&mut world.stage.sql().await).await.unwrap()
}

async fn kept(phone: &Client) -> Vec<(String, i64)> {
    let kept = phone.get("/v1/privacy/kept").await.expect(200);
    let items = kept["items"].as_array().unwrap();
    items
        .iter()
        .map(|i| (i["data"].as_str().unwrap().to_owned(), i["count"].as_i64().unwrap()))
        .collect()
}

fn of(kept: &[(String, i64)], data: &str) -> i64 {
    kept.iter().find(|(name, _)| name == data).unwrap().1
}

/// Moves the clock and lets what is due be done.
async fn later(world: &World, days: i64) {
    world.stage.clock.advance(TimeDelta::days(days));
    world.stage.settle().await;
}

#[tokio::test]
async fn a_crews_position_is_taken_by_the_clock_and_while_clocked_in_alone() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 2, &[world.awa]).await;
    let phone = world.phone(world.awa).header("device-position", HERE);
    let step = async |client: &Client, step: &str| {
        client.post(&format!("/v1/tasks/{task}/{step}"), json!({})).await.expect(200);
    };
    step(&phone, "start").await;
    let done = json!({"percent": 20});
    phone.post(&format!("/v1/tasks/{task}/progress"), done).await.expect(200);
    let report = json!({"site_id": world.site, "title": "Câble nu", "severity": "low",
                        "cause": "safety"});
    let told = phone.post("/v1/incidents", report.clone()).await.expect(201);
    assert_eq!(told["position"], Value::Null);
    assert_eq!(count(&world, "select count(*) from core.audit_place").await, 0);
    let located = "select count(*) from planning.task_transition where lat is not null";
    assert_eq!(count(&world, located).await, 0);

    let entry = phone.post("/v1/time-entries", json!({"site_id": world.site})).await.expect(201);
    assert_eq!(entry["clock_in"]["position"]["accuracy_m"], 8.0);
    step(&phone, "pause").await;
    assert_eq!(count(&world, located).await, 1);
    let told = phone.post("/v1/incidents", report).await.expect(201);
    assert_eq!(told["position"]["accuracy_m"], 8.0);
    // Where somebody takes a break is nobody's business.
    let places = count(&world, "select count(*) from core.audit_place").await;
    phone.post(&path(&entry, "/switch"), json!({"to": "break"})).await.expect(200);
    assert_eq!(count(&world, "select count(*) from core.audit_place").await, places);
    phone.post(&path(&entry, "/clock-out"), json!({})).await.expect(200);
    let late = phone.clone().header("device-time", world.minutes(10).to_rfc3339());
    step(&late, "resume").await;
    assert_eq!(count(&world, located).await, 1, "after the stay");
    // A lead walks the sites, and is located as before.
    step(&world.lead.clone().header("device-position", HERE), "pause").await;
    assert_eq!(count(&world, located).await, 2);
    world.stage.settle().await;
}

#[tokio::test]
async fn where_a_step_was_taken_is_for_who_took_it_and_who_answers_for_the_place() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 2, &[world.awa, world.binta]).await;
    let (awa, binta) =
        (world.phone(world.awa).header("device-position", HERE), world.phone(world.binta));
    awa.post("/v1/time-entries", json!({"site_id": world.site})).await.expect(201);
    awa.post(&format!("/v1/tasks/{task}/start"), json!({})).await.expect(200);
    let step = async |by: &Client| {
        let steps = by.get(&format!("/v1/tasks/{task}/transitions")).await.expect(200);
        steps["items"][0].clone()
    };
    for by in [&awa, &world.lead] {
        assert_eq!(step(by).await["lat"], 14.7);
    }
    let seen = step(&binta).await;
    for place in ["lat", "lon", "accuracy_m"] {
        assert_eq!(seen[place], Value::Null, "{place}");
    }
    assert_eq!(seen["step"], "start", "that it was taken, she sees");
}

#[tokio::test]
async fn a_lead_who_clocks_others_leaves_no_place_with_their_hours() {
    let world = World::new().await;
    world.task("Poser le câble", 2, &[world.awa]).await;
    let lead = world.lead.clone().header("device-position", HERE);
    let crew = json!({"site_id": world.site, "direction": "in",
                      "workers": [{"worker_id": world.awa}]});
    let clocked = lead.post("/v1/time-entries/crew", crew).await.expect(200);
    let entry = &clocked["entries"][0];
    assert_eq!(entry["clock_in"]["way"], "lead");
    lead.post(&path(entry, "/clock-out"), json!({})).await.expect(200);
    assert_eq!(count(&world, "select count(*) from core.audit_place").await, 0);
}

#[tokio::test]
async fn positions_go_after_two_months_proofs_after_a_year_and_hours_after_five() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 2, &[world.awa]).await;
    let phone = world.phone(world.awa).header("device-position", HERE);
    let entry = phone.post("/v1/time-entries", json!({"site_id": world.site})).await.expect(201);
    phone.post(&format!("/v1/tasks/{task}/start"), json!({})).await.expect(200);
    let report = json!({"site_id": world.site, "title": "Câble nu", "severity": "low",
                        "cause": "safety"});
    phone.post("/v1/incidents", report).await.expect(201);
    let refused = json!({"site_id": world.site, "method": "POST", "path": "/v1/incidents",
                         "status": 422, "acted_at": world.minutes(-5), "problem": {"title": "non"}});
    phone.post("/v1/field/refusals", refused).await.expect(201);
    world.stage.clock.advance(TimeDelta::hours(1));
    phone.post(&path(&entry, "/clock-out"), json!({})).await.expect(200);
    let week = json!({"week": world.minutes(0).date_naive()});
    phone.post("/v1/timesheets", week).await.expect(200);

    let all = kept(&phone).await;
    let names = ["clock_positions", "proof_positions", "refusals", "hours", "timesheets"];
    assert_eq!(names.map(|name| of(&all, name)), [1, 2, 1, 1, 1]);
    let told = phone.get("/v1/privacy/kept").await.expect(200);
    let days = |item: &&Value| item["months"].is_null();
    let days: Vec<_> = told["items"].as_array().unwrap().iter().filter(days).collect();
    assert_eq!(days.iter().map(|item| &item["days"]).collect::<Vec<_>>(), [30, 31]);
    let until = |at: usize| {
        let item = &told["items"][at];
        let time =
            |name: &str| item[name].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>();
        (time("oldest_until").unwrap() - time("oldest").unwrap()).num_days()
    };
    assert!((59..=62).contains(&until(0)), "{told}");
    assert!((365..=366).contains(&until(1)));
    assert!((1826..=1827).contains(&until(3)));
    assert_eq!(
        world.phone(world.binta).get("/v1/privacy/kept").await.expect(200)["items"][3]["count"],
        0
    );

    later(&world, 58).await;
    let read = world.lead.get(&path(&entry, "")).await.expect(200);
    assert_eq!(read["clock_in"]["position"]["accuracy_m"], 8.0, "not yet two months");
    later(&world, 5).await;
    let read = world.lead.get(&path(&entry, "")).await.expect(200);
    for press in ["clock_in", "clock_out"] {
        assert_eq!(read[press]["position"], Value::Null);
        assert_eq!(read[press]["distance_m"], Value::Null);
        assert_eq!(read[press]["fence"], "inside", "the verdict stays");
    }
    let all = kept(&phone).await;
    assert_eq!(names.map(|name| of(&all, name)), [0, 2, 1, 1, 1]);

    later(&world, 300).await;
    assert_eq!(of(&kept(&phone).await, "proof_positions"), 2, "not yet a year");
    later(&world, 5).await;
    let all = kept(&phone).await;
    assert_eq!(names.map(|name| of(&all, name)), [0, 0, 0, 1, 1]);
    let incident = "select count(*) from planning.incident where title = 'Câble nu'";
    assert_eq!(count(&world, incident).await, 1, "what happened stays");

    later(&world, 4 * 365 - 5).await;
    assert_eq!(of(&kept(&phone).await, "hours"), 1, "not yet five years");
    later(&world, 12).await;
    let all = kept(&phone).await;
    assert_eq!(names.map(|name| of(&all, name)), [0, 0, 0, 0, 0]);
    assert_eq!(world.lead.get(&path(&entry, "")).await.status, 404);
    let told = "select count(*) from planning.change where kind = 'time_entry'";
    assert_eq!(count(&world, told).await, 0);
}
