//! The time clock: what it takes, what it computes, what it refuses.

use auth::{Role, Scope};
use kernel::{TimeEntryId, WorkerId};
use serde_json::{Value, json};
use testkit::Client;

use crate::world::World;

async fn come(world: &World, client: &Client) -> Value {
    client.post("/v1/time-entries", json!({"site_id": world.site})).await.expect(201)
}

fn path(entry: &Value) -> String {
    format!("/v1/time-entries/{}", entry["id"].as_str().unwrap())
}

/// The phone at so many minutes from now.
fn at(world: &World, client: &Client, minutes: i64) -> Client {
    client.clone().header("device-time", world.minutes(minutes).to_rfc3339())
}

/// A world where Awa and Binta have a task on the site, and Awa's phone.
async fn at_work() -> (World, Client) {
    let world = World::new().await;
    world.task("Poser le câble", 2, &[world.awa, world.binta]).await;
    let phone = world.phone(world.awa);
    (world, phone)
}

#[tokio::test]
async fn the_server_computes_the_fence_again_and_keeps_the_phones_hint() {
    let (world, phone) = at_work().await;
    let far = phone.clone().header("device-position", "geo:14.71,-17.4;u=10");
    let entry = far
        .post("/v1/time-entries", json!({"site_id": world.site, "inside_hint": true}))
        .await
        .expect(201);
    assert_eq!(entry["clock_in"]["fence"], "outside");
    assert_eq!(entry["clock_in"]["inside_hint"], true);
    let distance = entry["clock_in"]["distance_m"].as_f64().unwrap();
    assert!((distance - 1112.0).abs() < 2.0, "{distance}");
    let near = phone.clone().header("device-position", "geo:14.7,-17.4;u=10");
    let out = at(&world, &near, 5).post(&format!("{}/clock-out", path(&entry)), json!({})).await;
    let out = out.expect(200);
    assert_eq!(out["clock_out"]["fence"], "inside");
    assert_eq!(out["clock_in"], entry["clock_in"], "what was recorded stays");
    let mut sql = world.stage.sql().await;
    let inside: Option<bool> = sqlx::query_scalar("select in_inside from planning_pub.time_entry")
        .fetch_one(&mut sql)
        .await
        .unwrap();
    assert_eq!(inside, Some(false));
    world.stage.settle().await;
}

#[tokio::test]
async fn without_a_position_it_is_accepted_and_marked() {
    let (world, phone) = at_work().await;
    let entry = come(&world, &phone).await;
    assert_eq!(entry["clock_in"]["fence"], "unlocated");
    assert_eq!(entry["clock_in"]["distance_m"], Value::Null);
    assert_eq!(entry["worker_id"], json!(world.awa));
}

#[tokio::test]
async fn the_devices_time_counts_and_a_doubtful_clock_is_marked() {
    let (world, phone) = at_work().await;
    let early = world.minutes(-180);
    let entry = come(&world, &phone.clone().header("device-time", early.to_rfc3339())).await;
    assert_eq!(
        entry["in_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>(),
        Ok(early)
    );
    assert_eq!(entry["clock_in"]["clock_suspect"], true);
    let out = phone.post(&format!("{}/clock-out", path(&entry)), json!({})).await.expect(200);
    assert_eq!(out["clock_out"]["clock_suspect"], false);
}

#[tokio::test]
async fn a_worker_is_on_one_site_at_a_time() {
    let (world, phone) = at_work().await;
    let entry = come(&world, &phone).await;
    let again = phone.post("/v1/time-entries", json!({"site_id": world.site})).await;
    assert_eq!(again.status, 409);
    assert_eq!(again.json["entry"], entry["id"], "names the open one");
    phone.post(&format!("{}/clock-out", path(&entry)), json!({})).await.expect(200);
    let twice = phone.post(&format!("{}/clock-out", path(&entry)), json!({})).await;
    assert_eq!(twice.status, 409);
}

#[tokio::test]
async fn of_many_presses_at_once_one_counts() {
    let (world, phone) = at_work().await;
    let presses = (0..8).map(|_| {
        let (phone, site) = (phone.clone(), world.site);
        tokio::spawn(async move {
            phone.post("/v1/time-entries", json!({"site_id": site})).await.status.as_u16()
        })
    });
    let mut statuses = Vec::new();
    for press in presses.collect::<Vec<_>>() {
        statuses.push(press.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
}

#[tokio::test]
async fn replayed_under_its_key_a_press_has_one_effect() {
    let (world, phone) = at_work().await;
    let phone = phone.header("idempotency-key", "press-1");
    let body = json!({"id": TimeEntryId::new(), "site_id": world.site});
    let first = phone.post("/v1/time-entries", body.clone()).await.expect(201);
    let second = phone.post("/v1/time-entries", body).await;
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(second.expect(201), first);
    let mine = phone.get("/v1/time-entries").await.expect(200);
    assert_eq!(mine["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn stays_that_overlap_end_before_they_begin_or_last_days_are_refused() {
    let (world, phone) = at_work().await;
    let morning = come(&world, &at(&world, &phone, -600)).await;
    let out = format!("{}/clock-out", path(&morning));
    let before = at(&world, &phone, -601).post(&out, json!({})).await;
    assert_eq!((before.status.as_u16(), before.pointers()), (422, vec!["/out_at".to_owned()]));
    world.stage.clock.advance(chrono::TimeDelta::hours(20));
    let late = phone.post(&out, json!({})).await;
    assert_eq!(late.status, 422, "thirty hours: {}", late.json);
    world.stage.clock.advance(chrono::TimeDelta::hours(-20));
    at(&world, &phone, -300).post(&out, json!({})).await.expect(200);

    let within = at(&world, &phone, -400);
    let overlap = within.post("/v1/time-entries", json!({"site_id": world.site})).await;
    assert_eq!((overlap.status.as_u16(), &overlap.json["entry"]), (409, &morning["id"]));
    let earlier = come(&world, &at(&world, &phone, -700)).await;
    let across = at(&world, &phone, -500);
    let overlap = across.post(&format!("{}/clock-out", path(&earlier)), json!({})).await;
    assert_eq!((overlap.status.as_u16(), &overlap.json["entry"]), (409, &morning["id"]));
    let touching = phone.clone().header("device-time", morning["in_at"].as_str().unwrap());
    touching.post(&format!("{}/clock-out", path(&earlier)), json!({})).await.expect(200);
}

#[tokio::test]
async fn a_site_lead_clocks_the_crew_and_corrects_while_the_record_stays() {
    let (world, phone) = at_work().await;
    let body = json!({"site_id": world.site, "worker_id": world.binta});
    let entry = at(&world, &world.lead, -60).post("/v1/time-entries", body).await.expect(201);
    assert_eq!(entry["worker_id"], json!(world.binta));
    let (came, left) = (world.minutes(-90), world.minutes(-10));
    let right = json!({"in_at": came, "out_at": left, "reason": "arrivée oubliée"});
    assert_eq!(phone.patch_match(&path(&entry), 1, right.clone()).await.status, 404);
    let binta = world.phone(world.binta);
    assert_eq!(binta.patch_match(&path(&entry), 1, right.clone()).await.status, 403);
    let stale = world.lead.patch_match(&path(&entry), 7, right.clone()).await;
    assert_eq!((stale.status.as_u16(), &stale.json["current"]["id"]), (412, &entry["id"]));
    let fixed = world.lead.patch_match(&path(&entry), 1, right).await.expect(200);
    assert_eq!(fixed["clock_in"], entry["clock_in"]);
    assert_eq!(fixed["clock_out"], Value::Null);
    assert_eq!(fixed["correction"]["reason"], "arrivée oubliée");
    assert_eq!(fixed["in_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>(), Ok(came));
    for bad in [
        json!({"in_at": left, "out_at": came, "reason": "x"}),
        json!({"out_at": world.minutes(30), "reason": "futur"}),
        json!({"reason": "rien"}),
        json!({"in_at": came}),
        json!({"in_at": came, "reason": " "}),
        json!({"in_at": "1800-01-01T00:00:00Z", "reason": "x"}),
    ] {
        let answer = world.lead.patch_match(&path(&entry), 2, bad.clone()).await;
        assert_eq!(answer.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn where_a_worker_never_had_a_task_there_is_no_clocking() {
    let (world, phone) = at_work().await;
    let there = json!({"site_id": world.elsewhere});
    assert_eq!(phone.post("/v1/time-entries", there.clone()).await.status, 404);
    assert_eq!(
        world
            .lead
            .post(
                "/v1/time-entries",
                json!({"site_id": world.elsewhere,
        "worker_id": world.awa})
            )
            .await
            .status,
        404
    );
    let other = json!({"site_id": world.site, "worker_id": world.binta});
    assert_eq!(phone.post("/v1/time-entries", other).await.status, 404);
    let unknown = json!({"site_id": world.site, "worker_id": WorkerId::new()});
    assert_eq!(world.lead.post("/v1/time-entries", unknown).await.status, 404);
    let nobody = world.lead.post("/v1/time-entries", json!({"site_id": world.site})).await;
    assert_eq!((nobody.status.as_u16(), nobody.pointers()), (422, vec!["/worker_id".to_owned()]));
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    assert_eq!(manager.post("/v1/time-entries", json!({"site_id": world.site})).await.status, 403);
}

#[tokio::test]
async fn who_was_taken_off_the_task_meanwhile_still_clocks_in_late() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 2, &[world.awa]).await;
    world.assign(task, &[]).await;
    come(&world, &at(&world, &world.phone(world.awa), -120)).await;
}

#[tokio::test]
async fn everybody_lists_what_is_theirs_to_see() {
    let (world, phone) = at_work().await;
    let mine = come(&world, &at(&world, &phone, -60)).await;
    let binta = world.phone(world.binta);
    come(&world, &binta).await;
    let ids = async |client: &Client, query: &str| {
        let page = client.get(&format!("/v1/time-entries{query}")).await.expect(200);
        page["items"].as_array().unwrap().iter().map(|e| e["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&phone, "").await, [mine["id"].clone()]);
    assert_eq!(ids(&world.lead, "").await.len(), 2);
    assert_eq!(ids(&world.lead, &format!("?worker_id={}", world.awa)).await, [mine["id"].clone()]);
    let day = world.minutes(-60).date_naive();
    assert!(ids(&world.lead, &format!("?day={day}")).await.contains(&mine["id"]));
    assert!(ids(&world.lead, "?day=2024-01-01").await.is_empty());
    let other = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    assert!(ids(&other, "").await.is_empty());
    assert_eq!(other.get(&path(&mine)).await.status, 404);
    assert_eq!(binta.get(&path(&mine)).await.status, 404);
    assert_eq!(phone.get(&path(&mine)).await.version(), 1);
    let page = world.lead.get("/v1/time-entries?limit=1").await.expect(200);
    let next = page["next"].as_str().unwrap();
    let rest = world.lead.get(&format!("/v1/time-entries?limit=1&cursor={next}")).await.expect(200);
    assert_ne!(rest["items"][0]["id"], page["items"][0]["id"]);
    assert_eq!(rest["next"], Value::Null);
}
