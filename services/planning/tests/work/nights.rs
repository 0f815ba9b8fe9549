//! Work over midnight: sites that are worked on by night.

use kernel::WorkerId;
use serde_json::{Value, json};

use crate::week::{at, in_france, of, placed, renew, searched, task, undone};
use crate::world::World;

/// Hours of a worker's days.
async fn hours(world: &World, worker: WorkerId, days: &[i16], from: &str, to: &str) {
    let set = "update resources.worker
               set days = $2, day_starts = $3::time, day_ends = $4::time where id = $1";
    let set = sqlx::query(set).bind(worker).bind(days).bind(from).bind(to);
    set.execute(&mut world.stage.sql().await).await.unwrap();
}

/// Awa works by night, Binta by day, in France.
async fn world() -> World {
    let world = World::new().await;
    renew(&world).await;
    in_france(&world).await;
    hours(&world, world.awa, &[1, 2, 3, 4, 5, 7], "21:00", "06:00").await;
    hours(&world, world.binta, &[1, 2, 3, 4, 5], "08:00", "17:00").await;
    world
}

/// A task that begins on a day of March 2027 and ends on the next.
async fn night(world: &World, title: &str, day: u32, span: (&str, &str), more: Value) -> Value {
    let mut values = json!({"ends_at": at(day + 1, span.1)});
    values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    task(world, title, day, (span.0, "23:59"), values).await
}

#[tokio::test]
async fn a_task_of_a_night_is_planned_published_and_kept_in_the_night_of_who_works_then() {
    let world = world().await;
    let rails = night(&world, "Voie", 1, ("22:00", "02:00"), json!({})).await;
    let window = json!({"from": at(2, "02:00"), "to": at(2, "05:00")});
    let needs = json!({"needs": {"window": window}});
    let dawn = task(&world, "Caténaire", 2, ("02:00", "04:00"), needs).await;
    let day = task(&world, "Regard", 1, ("09:00", "11:00"), json!({})).await;
    let run = searched(&world, crate::week::search(&world, 1, 2, json!({}))).await;
    for (task, who) in [(&rails, world.awa), (&dawn, world.awa), (&day, world.binta)] {
        assert_eq!(placed(&run, task)["worker_ids"], json!([who]), "{run}");
    }
    let publish = world.lead.post(&of(&run, "/publish"), json!({})).await;
    publish.expect(200);
    for task in [&rails, &dawn] {
        assert_eq!(world.read(task).await["workers"], json!([world.awa]));
    }
    // By hand: to her it is among her hours, to who works by day it is not.
    let other = night(&world, "Ballast", 2, ("23:30", "03:30"), json!({})).await;
    let refused = world.assign(&other, &[world.binta]).await.expect(409);
    assert!(refused.to_string().contains("outside_hours"), "{refused}");
    world.assign(&other, &[world.awa]).await.expect(200);
}

#[tokio::test]
async fn a_night_holds_its_law_by_hand_and_in_a_search() {
    let world = world().await;
    // Wider hours than the law lets anybody work.
    hours(&world, world.awa, &[1, 2], "16:00", "07:00").await;
    let long = night(&world, "Longue", 1, ("17:00", "01:00"), json!({})).await;
    let rest = night(&world, "Suite", 1, ("23:00", "05:30"), json!({})).await;
    let run = searched(&world, crate::week::search(&world, 1, 1, json!({}))).await;
    let both = [&long, &rest].map(|task| placed(&run, task).is_null());
    assert!(both.contains(&true), "fourteen hours in a night: {run}");
    assert!(both.contains(&false), "{run}");
    // From half past five to three in the afternoon are less than eleven hours.
    let dawn = task(&world, "Aube", 2, ("02:00", "05:30"), json!({})).await;
    world.assign(&dawn, &[world.awa]).await.expect(200);
    let evening = task(&world, "Soir", 2, ("15:00", "18:00"), json!({})).await;
    let refused = world.assign(&evening, &[world.awa]).await.expect(409);
    assert!(refused.to_string().contains("L3131-1"), "{refused}");
}

#[tokio::test]
async fn an_urgent_task_in_the_small_hours_finds_who_came_in_the_evening() {
    let world = world().await;
    let urgent = json!({"site_id": world.site, "duration_min": 60});
    let window = json!({"from": at(2, "01:00"), "to": at(2, "05:00")});
    let ask = json!({"task": urgent, "window": window});
    let found = world.lead.post("/v1/dispatch/insert", ask).await.expect(200);
    assert_eq!(found["slots"][0]["worker_ids"], json!([world.awa]), "{found}");
    assert_eq!(found["slots"][0]["starts_at"], at(2, "01:00"), "{found}");

    let broken = task(&world, "Panne", 2, ("03:00", "04:00"), json!({})).await;
    world.assign(&broken, &[world.awa]).await.expect(200);
    let path = format!("/v1/tasks/{}/dispatch-explanation", broken["id"].as_str().unwrap());
    let why = world.lead.get(&path).await.expect(200);
    assert_eq!(why["workers"][0]["reasons"], json!([]), "{why}");
    assert_eq!(why["others"][0]["worker_id"], json!(world.binta), "{why}");
}

#[tokio::test]
async fn what_is_worked_in_the_hours_of_two_days_is_no_nights_work() {
    let world = world().await;
    // Two hours of work, of which one is on the next morning.
    let two = json!({"duration_min": 120});
    let split = night(&world, "À cheval", 1, ("16:00", "09:00"), two).await;
    let run = searched(&world, crate::week::search(&world, 1, 2, json!({}))).await;
    assert_eq!(undone(&run, &split)["left_out"], "longer_than_a_day", "{run}");
    world.assign(&split, &[world.binta]).await.expect(200);
}
