//! What is kept of people, and that it is gone when its time is over.

use chrono::TimeDelta;
use serde_json::{Value, json};
use testkit::{Client, Stage};

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

/// How often a look at what is over waits.
const WAITING: &str = "select count(*) from core.job
                       where kind = 'planning.retention' and state = 'waiting'";
/// Where anybody was, as far as anything of it is kept.
const PLACES: &str = "select count(*) from proofs_pub.kept_place";

/// A firm whose phones have a camera and no clock.
async fn without_clock() -> World {
    World::on(Stage::new(&[planning::module, proofs::module]).await).await
}

async fn take_photo(world: &World) {
    let new = json!({"site_id": world.site, "taken_at": world.minutes(-5), "size": 100,
                     "content_type": "image/jpeg", "position": {"lat": 14.7, "lon": -17.4}});
    world.lead.post("/v1/photos", new).await.expect(201);
}

#[tokio::test]
async fn a_photo_alone_starts_the_look_and_its_place_goes_after_a_year() {
    let world = without_clock().await;
    assert_eq!(count(&world, WAITING).await, 0, "a firm that keeps nothing is left in peace");
    take_photo(&world).await;
    world.stage.settle().await;
    assert_eq!(count(&world, WAITING).await, 1);
    assert_eq!(count(&world, PLACES).await, 1);
    later(&world, 1).await;
    assert_eq!(count(&world, WAITING).await, 1, "it comes every day while something is kept");
    later(&world, 360).await;
    assert_eq!(count(&world, PLACES).await, 1, "not yet a year");
    later(&world, 7).await;
    assert_eq!(count(&world, PLACES).await, 0);
    let photos = "select count(*) from proofs.photo where lat is null";
    assert_eq!(count(&world, photos).await, 1, "the photo itself stays");
    later(&world, 1).await;
    assert_eq!(count(&world, WAITING).await, 0, "nothing is left");
    take_photo(&world).await;
    world.stage.settle().await;
    assert_eq!(count(&world, WAITING).await, 1, "and the next one starts it again");
}

#[tokio::test]
async fn a_signature_a_step_an_incident_and_what_the_trail_says_of_them_go_without_any_stay() {
    let world = without_clock().await;
    let task = world.task("Poser le câble", 2, &[world.awa]).await;
    world.stage.settle().await;
    assert_eq!(count(&world, WAITING).await, 0);
    let lead = world.lead.clone().header("device-position", HERE);
    let drawing = json!({"task_id": task, "signer_name": "Fatou Diop", "signer_role": "client",
                         "strokes": [[[0.1, 0.2], [0.4, 0.3], [0.6, 0.1]]]});
    lead.post("/v1/signatures", drawing).await.expect(201);
    lead.post(&format!("/v1/tasks/{task}/start"), json!({})).await.expect(200);
    let report = json!({"site_id": world.site, "title": "Câble nu", "severity": "low",
                        "cause": "safety"});
    let incident = lead.post("/v1/incidents", report).await.expect(201);
    world.stage.settle().await;
    let kept = async || {
        let signatures = "select count(*) from proofs.signature where lat is not null";
        let steps = "select count(*) from planning.task_transition where lat is not null";
        let incidents = "select count(*) from planning.incident
                         where coalesce(position, 'null') <> 'null'";
        let trail = "select count(*) from core.audit_place";
        [
            count(&world, signatures).await,
            count(&world, steps).await,
            count(&world, incidents).await,
            count(&world, trail).await,
        ]
    };
    assert_eq!(kept().await, [1, 1, 1, 3]);
    later(&world, 364).await;
    assert_eq!(kept().await, [1, 1, 1, 3]);
    later(&world, 4).await;
    assert_eq!(kept().await, [0, 0, 0, 0]);
    let path = format!("/v1/incidents/{}", incident["id"].as_str().unwrap());
    assert_eq!(world.lead.get(&path).await.expect(200)["position"], Value::Null);
}

#[tokio::test]
async fn each_thing_that_is_kept_starts_the_look_by_itself() {
    let report = |world: &World| json!({"site_id": world.site, "title": "Câble nu", "severity": "low", "cause": "safety"});
    for what in ["step", "incident", "refusal", "week"] {
        let world = World::new().await;
        let task = world.task("Poser le câble", 2, &[world.awa]).await;
        let (phone, lead) = (world.phone(world.awa), world.lead.clone());
        // Without a place nothing is kept of it.
        lead.post(&format!("/v1/tasks/{task}/start"), json!({})).await.expect(200);
        lead.post("/v1/incidents", report(&world)).await.expect(201);
        assert_eq!(count(&world, WAITING).await, 0);
        let lead = lead.header("device-position", HERE);
        match what {
            "step" => {
                lead.post(&format!("/v1/tasks/{task}/pause"), json!({})).await.expect(200);
            }
            "incident" => {
                lead.post("/v1/incidents", report(&world)).await.expect(201);
            }
            "refusal" => {
                let refused = json!({"site_id": world.site, "method": "POST",
                                     "path": "/v1/incidents", "status": 422,
                                     "acted_at": world.minutes(-5), "problem": {"title": "non"}});
                phone.post("/v1/field/refusals", refused).await.expect(201);
            }
            _ => {
                let week = json!({"week": world.minutes(0).date_naive()});
                phone.post("/v1/timesheets", week).await.expect(200);
            }
        }
        assert_eq!(count(&world, WAITING).await, 1, "{what}");
    }
}
