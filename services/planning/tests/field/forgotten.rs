//! A stay that nobody clocked out of: the next day goes on without it, and its end is looked for
//! again when more is known.

use chrono::{DateTime, Datelike, Days, TimeDelta, Utc};
use serde_json::{Value, json};
use testkit::Client;

use crate::world::World;

/// The clock at six in the morning of the next Monday.
fn monday(world: &World) {
    let now = world.minutes(0);
    let ahead = 7 - u64::from(now.weekday().num_days_from_monday());
    let six = (now.date_naive() + Days::new(ahead)).and_hms_opt(6, 0, 0).unwrap().and_utc();
    world.stage.clock.advance(six - now);
}

fn at(world: &World, client: &Client, minutes: i64) -> Client {
    client.clone().header("device-time", world.minutes(minutes).to_rfc3339())
}

async fn come(world: &World, client: &Client) -> Value {
    client.post("/v1/time-entries", json!({"site_id": world.site})).await.expect(201)
}

fn path(entry: &Value, end: &str) -> String {
    format!("/v1/time-entries/{}{end}", entry["id"].as_str().unwrap())
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_forgotten_clock_out_keeps_nobody_from_the_next_day() {
    let world = World::new().await;
    monday(&world);
    world.task("Poser le câble", 2, &[world.awa]).await;
    let phone = world.phone(world.awa);
    let forgotten = come(&world, &phone).await;
    world.stage.clock.advance(TimeDelta::hours(11));
    let soon = phone.post("/v1/time-entries", json!({"site_id": world.site})).await;
    assert_eq!((soon.status.as_u16(), &soon.json["entry"]), (409, &forgotten["id"]));
    // Three in the morning.
    world.stage.clock.advance(TimeDelta::hours(10));
    let tuesday = come(&world, &phone).await;
    world.stage.clock.advance(TimeDelta::hours(1));
    // Whoever clocks the crew out means where it is today.
    let crew = json!({"site_id": world.site, "direction": "out",
                      "workers": [{"worker_id": world.awa}]});
    let left = world.lead.post("/v1/time-entries/crew", crew).await.expect(200);
    assert_eq!(left["entries"][0]["id"], tuesday["id"], "{left}");
    let within = at(&world, &phone, -30);
    let twice = within.post("/v1/time-entries", json!({"site_id": world.site})).await;
    assert_eq!((twice.status.as_u16(), &twice.json["entry"]), (409, &tuesday["id"]));
    // Its end may still be told, within a day of its beginning and not over the other.
    let over = within.post(&path(&forgotten, "/clock-out"), json!({})).await;
    assert_eq!((over.status.as_u16(), &over.json["entry"]), (409, &tuesday["id"]));
    let evening = at(&world, &phone, -11 * 60);
    evening.post(&path(&forgotten, "/clock-out"), json!({})).await.expect(200);
    world.stage.settle().await;
}

#[tokio::test]
async fn the_days_of_a_phone_that_was_away_come_in_whatever_is_open_already() {
    let world = World::new().await;
    monday(&world);
    world.task("Poser le câble", 2, &[world.awa]).await;
    let phone = world.phone(world.awa);
    world.stage.clock.advance(TimeDelta::hours(25));
    let crew = json!({"site_id": world.site, "direction": "in",
                      "workers": [{"worker_id": world.awa}]});
    let tuesday = world.lead.post("/v1/time-entries/crew", crew).await.expect(200);
    assert_eq!(tuesday["entries"].as_array().unwrap().len(), 1, "{tuesday}");
    let monday = come(&world, &at(&world, &phone, -24 * 60)).await;
    let out = at(&world, &phone, -16 * 60);
    out.post(&path(&monday, "/clock-out"), json!({})).await.expect(200);
    world.stage.settle().await;
}

#[tokio::test]
async fn the_end_is_looked_for_again_when_the_phone_brings_the_day_it_held_back() {
    let world = World::new().await;
    monday(&world);
    let task = world.task("Poser le câble", 1, &[world.awa]).await;
    let phone = world.phone(world.awa);
    let forgotten = come(&world, &phone).await;
    world.stage.clock.advance(TimeDelta::hours(13));
    world.stage.settle().await;
    let proposal =
        || async { world.lead.get(&path(&forgotten, "")).await.expect(200)["proposal"].clone() };
    assert_eq!(proposal().await["evidence"], "planned_end");

    // The next morning, with a network at last: yesterday's steps, then today's clock-in.
    world.stage.clock.advance(TimeDelta::hours(11));
    for (step, minutes) in [("start", -23 * 60), ("finish", -15 * 60)] {
        let phone = at(&world, &phone, minutes);
        phone.post(&format!("/v1/tasks/{task}/{step}"), json!({})).await.expect(200);
    }
    come(&world, &phone).await;
    world.stage.settle().await;
    let found = proposal().await;
    assert_eq!(found["evidence"], "task_step", "{found}");
    let minutes = (time(&found["end_at"]) - time(&forgotten["in_at"])).num_minutes();
    assert!((9 * 60 - 1..=9 * 60 + 1).contains(&minutes), "{minutes}");

    // What is done today says nothing of yesterday.
    let today = world.task("Raccorder", 0, &[world.awa]).await;
    phone.post(&format!("/v1/tasks/{today}/start"), json!({})).await.expect(200);
    world.stage.clock.advance(TimeDelta::days(2));
    world.stage.settle().await;
    assert_eq!(proposal().await["end_at"], found["end_at"]);
}

#[tokio::test]
async fn it_is_looked_for_at_growing_pauses_while_a_phone_may_bring_something_and_then_no_more() {
    let world = World::new().await;
    monday(&world);
    world.task("Poser le câble", 100, &[world.awa]).await;
    sqlx::query("update resources.worker set days = '{2}'")
        .execute(&mut world.stage.sql().await)
        .await
        .unwrap();
    let phone = world.phone(world.awa);
    let forgotten = come(&world, &phone).await;
    let entry = path(&forgotten, "");
    for _ in 0..6 {
        world.stage.clock.advance(TimeDelta::hours(13));
        world.stage.settle().await;
    }
    assert_eq!(world.lead.get(&entry).await.expect(200)["proposal"], Value::Null, "no evidence");
    // Somebody enters when the worker's hours are.
    sqlx::query("update resources.worker set days = '{1}', day_ends = '17:00'")
        .execute(&mut world.stage.sql().await)
        .await
        .unwrap();
    for _ in 0..4 {
        world.stage.clock.advance(TimeDelta::days(8));
        world.stage.settle().await;
    }
    let found = world.lead.get(&entry).await.expect(200);
    assert_eq!(found["proposal"]["evidence"], "hours_end", "{found}");
    let waiting: i64 = sqlx::query_scalar(
        "select count(*) from core.job
         where kind = 'planning.forgotten_clock_out' and state = 'waiting'",
    )
    .fetch_one(&mut world.stage.sql().await)
    .await
    .unwrap();
    assert_eq!(waiting, 0, "no phone brings anything any more");
}

#[tokio::test]
async fn who_came_for_the_night_left_when_its_hours_ended() {
    let world = World::new().await;
    monday(&world);
    sqlx::query(
        "update resources.worker set days = '{7}', day_starts = '20:00', day_ends = '05:00'",
    )
    .execute(&mut world.stage.sql().await)
    .await
    .unwrap();
    // Sunday at half past eight in the evening, and at one in the morning after the next.
    let sunday = TimeDelta::days(6) + TimeDelta::minutes(14 * 60 + 30);
    let night = TimeDelta::days(7) - TimeDelta::minutes(13 * 60 - 270);
    for (ahead, stays) in [(sunday, 510), (night, 240)] {
        world.stage.clock.advance(ahead);
        world.task("Poser le câble", 100, &[world.awa]).await;
        let entry = come(&world, &world.phone(world.awa)).await;
        world.stage.clock.advance(TimeDelta::hours(13));
        world.stage.settle().await;
        let found = world.lead.get(&path(&entry, "")).await.expect(200);
        assert_eq!(found["proposal"]["evidence"], "hours_end", "{found}");
        let stayed = time(&found["proposal"]["end_at"]) - time(&entry["in_at"]);
        assert!((stays - 1..=stays + 1).contains(&stayed.num_minutes()), "{found}");
    }
}
