//! The time clock in depth: breaks and travel, the code on the site, the crew in one call, device
//! clocks that are off, what is unusual.

use auth::{Role, Scope};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::WorkerId;
use serde_json::{Value, json};
use testkit::Client;

use crate::world::World;

async fn at_work() -> (World, Client) {
    let world = World::new().await;
    world.task("Poser le câble", 2, &[world.awa, world.binta]).await;
    let phone = world.phone(world.awa);
    (world, phone)
}

/// The phone at so many minutes from now.
fn at(world: &World, client: &Client, minutes: i64) -> Client {
    client.clone().header("device-time", world.minutes(minutes).to_rfc3339())
}

fn path(entry: &Value, end: &str) -> String {
    format!("/v1/time-entries/{}{end}", entry["id"].as_str().unwrap())
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn breaks_and_travel_are_parts_of_a_stay_and_breaks_are_no_work() {
    let (world, phone) = at_work().await;
    let body = json!({"site_id": world.site});
    let entry = at(&world, &phone, -300).post("/v1/time-entries", body).await.expect(201);
    let turn = async |minutes, to: &str| {
        at(&world, &phone, minutes).post(&path(&entry, "/switch"), json!({"to": to})).await
    };
    turn(-240, "break").await.expect(200);
    let twice = turn(-230, "break").await;
    assert_eq!(
        (twice.status.as_u16(), &twice.json["type"]),
        (409, &json!("urn:fieldops360:problem:already-at-it"))
    );
    assert_eq!(turn(-250, "work").await.status, 422, "before the break began");
    turn(-210, "work").await.expect(200);
    turn(-60, "travel").await.expect(200);
    let out = at(&world, &phone, -30).post(&path(&entry, "/clock-out"), json!({})).await;
    let out = out.expect(200);
    let kinds: Vec<_> = out["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["kind"].clone(), (time(&s["to"]) - time(&s["from"])).num_minutes()))
        .collect();
    assert_eq!(kinds, [(json!("break"), 30), (json!("travel"), 30)]);
    assert_eq!(turn(-10, "work").await.status, 409, "clocked out");
    let binta = world.phone(world.binta);
    let other = binta.post(&path(&entry, "/switch"), json!({"to": "break"})).await;
    assert_eq!(other.status, 404);
    let mut sql = world.stage.sql().await;
    let breaks: i64 = sqlx::query_scalar("select break_seconds from planning_pub.time_entry")
        .fetch_one(&mut sql)
        .await
        .unwrap();
    assert_eq!(breaks, 1800);
    let told: Option<i64> = sqlx::query_scalar(
        "select (envelope -> 'payload' ->> 'break_seconds')::bigint from core.outbox
         where envelope ->> 'action' = 'time_entry.clocked_out'",
    )
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert_eq!(told, Some(1800));
    world.stage.settle().await;
}

#[tokio::test]
async fn a_code_that_hung_on_the_site_clocks_in_without_a_position() {
    let (world, phone) = at_work().await;
    let place = format!("/v1/clock-codes/{}", world.site);
    assert_eq!(world.lead.get(&place).await.status, 404, "none was made yet");
    let first = world.lead.post(&place, json!({})).await.expect(200);
    assert_eq!(world.lead.get(&place).await.expect(200)["code"], first["code"]);
    for (client, status) in [
        (phone.clone(), 404),
        (world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere)), 404),
        (world.stage.client(Role::Manager, Scope::Tenant), 403),
    ] {
        assert_eq!(client.get(&place).await.status.as_u16(), status);
        assert_eq!(client.post(&place, json!({})).await.status.as_u16(), status);
    }
    let scan = |code: &Value| json!({"site_id": world.site, "code": code});
    let entry = phone.post("/v1/time-entries", scan(&first["code"])).await.expect(201);
    assert_eq!(
        (&entry["clock_in"]["way"], &entry["clock_in"]["fence"]),
        (&json!("code"), &json!("unlocated"))
    );
    phone.post(&path(&entry, "/clock-out"), json!({})).await.expect(200);

    world.stage.clock.advance(TimeDelta::hours(1));
    let second = world.lead.post(&place, json!({})).await.expect(200);
    assert_ne!(second["code"], first["code"]);
    world.stage.clock.advance(TimeDelta::hours(1));
    let old = phone.post("/v1/time-entries", scan(&first["code"])).await;
    assert_eq!((old.status.as_u16(), old.pointers()), (422, vec!["/code".to_owned()]));
    // Scanned while it hung, sent late.
    let late = at(&world, &phone, -90).post("/v1/time-entries", scan(&first["code"])).await;
    let late = late.expect(201);
    at(&world, &phone, -80).post(&path(&late, "/clock-out"), json!({})).await.expect(200);

    let mine = second["code"].as_str().unwrap();
    let guessed = format!("{}00000000000000000000000000000000", &mine[..mine.len() - 32]);
    for bad in [json!("fo1"), json!(guessed), json!("fo1.x.y"), json!(mine.replace("fo1", "fo2"))] {
        let refused = phone.post("/v1/time-entries", scan(&bad)).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec!["/code".to_owned()]));
    }
    let lead = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    let there = format!("/v1/clock-codes/{}", world.elsewhere);
    let elsewhere = lead.post(&there, json!({})).await.expect(200);
    let other = phone.post("/v1/time-entries", scan(&elsewhere["code"])).await;
    assert_eq!(other.status, 422, "another site's");
    world.stage.settle().await;
}

#[tokio::test]
async fn a_code_counts_until_its_day_or_beside_the_new_one_or_not_at_all() {
    let (world, phone) = at_work().await;
    let place = format!("/v1/clock-codes/{}", world.site);
    let come = async |code: &Value| {
        let scan = json!({"site_id": world.site, "code": code["code"]});
        let answer = phone.post("/v1/time-entries", scan).await;
        if answer.status == 201 {
            let entry = answer.expect(201);
            world.stage.clock.advance(TimeDelta::minutes(1));
            phone.post(&path(&entry, "/clock-out"), json!({})).await.expect(200);
            return true;
        }
        assert_eq!(answer.pointers(), ["/code"]);
        false
    };
    let first = world.lead.post(&place, json!({})).await.expect(200);
    assert_eq!(first["valid_until"], Value::Null);
    let later = format!("{place}?overlap_hours=2&valid_days=1");
    let second = world.lead.post(&later, json!({})).await.expect(200);
    assert!(come(&first).await && come(&second).await, "both, while the print is put up");
    assert_eq!(world.lead.get(&place).await.expect(200)["id"], second["id"]);
    world.stage.clock.advance(TimeDelta::hours(3));
    assert!(!come(&first).await && come(&second).await);
    world.stage.clock.advance(TimeDelta::hours(24));
    assert!(!come(&second).await, "its day is over");
    world.lead.get(&place).await.expect(404);
    world.lead.delete(&place).await.expect(404);

    // The answer of a call that is repeated does not tell the code again.
    let keyed = world.lead.clone().header("idempotency-key", "code-1");
    let third = keyed.post(&place, json!({})).await.expect(200);
    let again = keyed.post(&place, json!({})).await;
    assert!(!String::from_utf8_lossy(&again.bytes).contains(third["code"].as_str().unwrap()));
    let kept: i64 = sqlx::query_scalar(
        "select count(*) from core.audit_detail where value::text like '%' || $1 || '%'",
    )
    .bind(third["code"].as_str().unwrap())
    .fetch_one(&mut world.stage.sql().await)
    .await
    .unwrap();
    assert_eq!(kept, 0);
    let both = format!("{place}?overlap_hours=24");
    let fourth = world.lead.post(&both, json!({})).await.expect(200);
    assert!(come(&third).await);
    phone.delete(&place).await.expect(404);
    world.stage.client(Role::Manager, Scope::Tenant).delete(&place).await.expect(403);
    assert_eq!(world.lead.delete(&place).await.status.as_u16(), 204);
    world.stage.clock.advance(TimeDelta::minutes(1));
    assert!(!come(&third).await && !come(&fourth).await);
    for bad in ["overlap_hours=169", "overlap_hours=-1", "valid_days=0", "valid_days=1000"] {
        assert_eq!(
            world.lead.post(&format!("{place}?{bad}"), json!({})).await.status,
            422,
            "{bad}"
        );
    }
    world.stage.settle().await;
}

#[tokio::test]
async fn a_code_shows_nothing_before_it_was_made_nor_after_somebody_may_have_its_picture() {
    let (world, phone) = at_work().await;
    let place = format!("/v1/clock-codes/{}", world.site);
    let code = world.lead.post(&place, json!({})).await.expect(200);
    let press = async |minutes| {
        let scan = json!({"site_id": world.site, "code": code["code"]});
        at(&world, &phone, minutes).post("/v1/time-entries", scan).await
    };
    let early = press(-60).await;
    assert_eq!((early.status.as_u16(), early.pointers()), (422, vec!["/code".to_owned()]));
    world.stage.clock.advance(TimeDelta::hours(3));
    let scanned = press(-120).await.expect(201);
    assert_eq!(scanned["clock_in"]["way"], "code", "while it hung, told late");
    at(&world, &phone, -100).post(&path(&scanned, "/clock-out"), json!({})).await.expect(200);
    assert_eq!(world.lead.delete(&place).await.status.as_u16(), 204);
    let backdated = press(-60).await.expect(201);
    assert_eq!(backdated["clock_in"]["way"], "plain", "the press counts, the code does not");
    world.stage.settle().await;
}

#[tokio::test]
async fn a_lead_clocks_the_crew_in_one_call_and_one_who_cannot_stops_nobody() {
    let (world, phone) = at_work().await;
    let lead = world.lead.clone().header("device-position", "geo:14.7,-17.4;u=8");
    let nobody = WorkerId::new();
    let crew = |direction: &str, workers: &[WorkerId]| {
        let workers: Vec<_> = workers.iter().map(|w| json!({"worker_id": w})).collect();
        json!({"site_id": world.site, "direction": direction, "workers": workers})
    };
    phone.post("/v1/time-entries", json!({"site_id": world.site})).await.expect(201);
    let all = [world.awa, world.binta, nobody];
    let came = lead.post("/v1/time-entries/crew", crew("in", &all)).await.expect(200);
    let entries = came["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["worker_id"], json!(world.binta));
    assert_eq!(entries[0]["clock_in"]["way"], "lead");
    assert_eq!(entries[0]["clock_in"]["position"], Value::Null, "the lead's is not the worker's");
    let refused: Vec<_> = came["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["worker_id"].clone(), r["code"].clone(), r["entry"].is_string()))
        .collect();
    assert!(refused.contains(&(json!(world.awa), json!("already-clocked-in"), true)));
    assert!(refused.contains(&(json!(nobody), json!("not-found"), false)));
    let left = at(&world, &lead, 5).post("/v1/time-entries/crew", crew("out", &all)).await;
    let left = left.expect(200);
    assert_eq!(left["entries"].as_array().unwrap().len(), 2);
    assert_eq!(left["refused"][0]["code"], "not-clocked-in");

    let mates = phone.post("/v1/time-entries/crew", crew("in", &[world.awa, world.binta])).await;
    assert_eq!(mates.status, 403);
    let other = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    assert_eq!(other.post("/v1/time-entries/crew", crew("in", &all)).await.status, 404);
    let none = lead.post("/v1/time-entries/crew", crew("in", &[])).await;
    assert_eq!(none.status, 422);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_from_a_late_call_and_corrected_with_both_times_kept() {
    let (world, phone) = at_work().await;
    let press = async |acted: i64, sent: Option<i64>| {
        let mut phone = at(&world, &phone, acted);
        if let Some(sent) = sent {
            phone = phone.header("device-sent", world.minutes(sent).to_rfc3339());
        }
        phone.post("/v1/time-entries", json!({"site_id": world.site})).await
    };
    // The phone is three hours slow; pressed an hour ago, sent now.
    let slow = press(-240, Some(-180)).await.expect(201);
    let press_of = &slow["clock_in"];
    let off = (time(&slow["in_at"]) - world.minutes(-60)).num_seconds().abs();
    assert!(off < 60, "{off} s");
    assert!((time(&press_of["device_at"]) - world.minutes(-240)).num_seconds().abs() < 60);
    assert!((press_of["skew_s"].as_i64().unwrap() - 180 * 60).abs() < 60);
    assert_eq!(press_of["clock_suspect"], true);
    phone.post(&path(&slow, "/clock-out"), json!({})).await.expect(200);
    // A right clock, five hours without a network.
    let late = press(-300, Some(0)).await.expect(201);
    assert_eq!(late["clock_in"]["clock_suspect"], false);
    let out = at(&world, &phone, -290).post(&path(&late, "/clock-out"), json!({})).await;
    out.expect(200);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_press_from_the_epoch_from_next_week_or_after_its_sending_is_clearly_refused() {
    let (world, phone) = at_work().await;
    let week = 7 * 24 * 60;
    let press = async |acted: String, sent: Option<String>| {
        let mut phone = phone.clone().header("device-time", acted);
        if let Some(sent) = sent {
            phone = phone.header("device-sent", sent);
        }
        phone.post("/v1/time-entries", json!({"site_id": world.site})).await
    };
    let text = |minutes| world.minutes(minutes).to_rfc3339();
    for (acted, sent) in [
        ("1970-01-01T00:00:00Z".to_owned(), None),
        ("1970-01-01T00:00:00Z".to_owned(), Some("1970-01-01T00:00:05Z".to_owned())),
        (text(week), None),
        (text(week), Some(text(week))),
        (text(30), None),
        (text(-5), Some(text(-60))),
        (text(-31 * 24 * 60), None),
        (text(0), Some("soon".to_owned())),
    ] {
        let refused = press(acted.clone(), sent.clone()).await;
        let pointers = refused.pointers();
        assert_eq!(refused.status, 422, "{acted} {sent:?}");
        assert!(pointers.iter().all(|p| p.starts_with("Device-")), "{pointers:?}");
    }
    let none = phone.get("/v1/time-entries").await.expect(200);
    assert_eq!(none["items"], json!([]));
}

#[tokio::test]
async fn what_is_unusual_is_listed_until_somebody_looked_at_it() {
    let (world, phone) = at_work().await;
    let far = at(&world, &phone, -120).header("device-position", "geo:14.8,-17.4;u=10");
    let body = json!({"site_id": world.site, "inside_hint": true});
    let odd = far.post("/v1/time-entries", body).await.expect(201);
    at(&world, &phone, -100).post(&path(&odd, "/clock-out"), json!({})).await.expect(200);
    // Without a position and by a right clock: nothing unusual.
    let binta = world.phone(world.binta);
    binta.post("/v1/time-entries", json!({"site_id": world.site})).await.expect(201);
    let list = async |client: &Client, query: &str| {
        client.get(&format!("/v1/time-anomalies{query}")).await
    };
    let found = list(&world.lead, "").await.expect(200);
    let items = found["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{found}");
    assert_eq!(items[0]["entry"]["id"], odd["id"]);
    assert_eq!(items[0]["anomalies"], json!(["came_outside", "hint_differs", "clock_suspect"]));
    assert_eq!(list(&phone, "").await.status, 403);
    let other = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    assert_eq!(list(&other, "").await.expect(200)["items"], json!([]));
    assert_eq!(list(&world.lead, "?from=2026-01-01&to=2026-03-01").await.status, 422);
    let version = world.lead.get(&path(&odd, "")).await.version();
    let review = json!({"note": "Vu sur place"});
    let reviewed = async |client: &Client| {
        let client = client.clone().header("if-match", format!("\"{version}\""));
        client.post(&path(&odd, "/review"), review.clone()).await
    };
    assert_eq!(reviewed(&phone).await.status, 403);
    assert_eq!(reviewed(&binta).await.status, 404);
    assert_eq!(reviewed(&world.lead).await.expect(200)["review"]["note"], "Vu sur place");
    assert_eq!(list(&world.lead, "").await.expect(200)["items"], json!([]));
    let again = list(&world.lead, "?reviewed=true").await.expect(200);
    assert_eq!(again["items"].as_array().unwrap().len(), 1);
    world.stage.settle().await;
}

/// The clock at six in the morning of the day after.
fn tomorrow_at_six(world: &World) {
    let now = world.minutes(0);
    let six = (now.date_naive() + chrono::Days::new(1)).and_hms_opt(6, 0, 0).unwrap().and_utc();
    world.stage.clock.advance(six - now);
}

#[tokio::test]
async fn an_end_nobody_clocked_is_proposed_from_evidence_and_counts_once_it_is_accepted() {
    let world = World::new().await;
    tomorrow_at_six(&world);
    world.task("Poser le câble", 2, &[world.awa]).await;
    let phone = world.phone(world.awa);
    let entry = phone.post("/v1/time-entries", json!({"site_id": world.site})).await.expect(201);
    let accept = async |client: &Client| {
        let version = world.lead.get(&path(&entry, "")).await.version();
        let client = client.clone().header("if-match", format!("\"{version}\""));
        client.post(&path(&entry, "/accept-proposal"), json!({})).await
    };
    assert_eq!(accept(&world.lead).await.status, 409, "none was found yet");
    world.stage.clock.advance(TimeDelta::hours(13));
    world.stage.settle().await;
    let found = world.lead.get(&path(&entry, "")).await.expect(200);
    assert_eq!(found["out_at"], Value::Null, "proposed, not invented");
    assert_eq!(found["proposal"]["evidence"], "planned_end");
    let end = time(&found["proposal"]["end_at"]);
    let stayed = (end - time(&entry["in_at"])).num_minutes();
    assert!((179..=180).contains(&stayed), "to the end of the task: {stayed}");
    let unusual = world.lead.get("/v1/time-anomalies").await.expect(200);
    assert_eq!(unusual["items"][0]["anomalies"], json!(["no_clock_out"]));
    assert_eq!(accept(&phone).await.status, 403);
    let ended = accept(&world.lead).await.expect(200);
    assert_eq!(time(&ended["out_at"]), end);
    assert_eq!(ended["clock_out"], Value::Null, "no press is invented");
    assert_eq!(accept(&world.lead).await.status, 409);
    world.stage.settle().await;
}

#[tokio::test]
async fn the_last_step_on_a_task_tells_more_than_usual_hours() {
    let world = World::new().await;
    tomorrow_at_six(&world);
    let task = world.task("Poser le câble", 2, &[world.awa]).await;
    let phone = world.phone(world.awa);
    let entry = phone.post("/v1/time-entries", json!({"site_id": world.site})).await.expect(201);
    world.stage.clock.advance(TimeDelta::hours(4));
    phone.post(&format!("/v1/tasks/{task}/start"), json!({})).await.expect(200);
    world.stage.clock.advance(TimeDelta::hours(9));
    world.stage.settle().await;
    let found = world.lead.get(&path(&entry, "")).await.expect(200);
    assert_eq!(found["proposal"]["evidence"], "task_step");
    assert_eq!(found["proposal"]["task_id"], json!(task));
}
