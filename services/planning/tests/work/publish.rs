//! A proposal becomes the plan, as a whole or not at all.

use serde_json::{Value, json};

use crate::week::{absent, at, of, placed, search, searched, task};
use crate::world::World;

async fn publish(world: &World, run: &Value) -> testkit::Answer {
    world.lead.post(&of(run, "/publish"), json!({})).await
}

#[tokio::test]
async fn a_proposal_becomes_the_plan_once() {
    let world = World::new().await;
    let visit = task(&world, "Visite", 1, ("06:00", "07:00"), json!({})).await;
    let other = task(&world, "Relevé", 1, ("08:00", "09:00"), json!({})).await;
    let run = searched(&world, search(&world, 1, 1, json!({}))).await;
    let (a, b) = tokio::join!(publish(&world, &run), publish(&world, &run));
    let mut both = [a.status.as_u16(), b.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [200, 409], "{a:?} {b:?}");
    for task in [&visit, &other] {
        let (now, told) = (world.read(task).await, placed(&run, task));
        assert_eq!(now["starts_at"], told["starts_at"]);
        assert_eq!(now["workers"], told["worker_ids"]);
    }
    // Outside everybody's hours it was moved into them.
    assert!(placed(&run, &visit)["starts_at"].as_str().unwrap() >= at(1, "08:00").as_str());
    let read = world.lead.get(&of(&run, "")).await.expect(200);
    assert_eq!(read["state"], "published");
    assert_eq!(publish(&world, &run).await.expect(409)["current"]["state"], "published");
    // The phones of those who are on it hear of it.
    let worker = world.read(&visit).await["workers"][0].as_str().unwrap().parse().unwrap();
    let pull = world.phone(worker).get("/v1/field/changes").await.expect(200);
    assert!(pull.to_string().contains(visit["id"].as_str().unwrap()), "{pull}");
    world.stage.settle().await;
}

#[tokio::test]
async fn what_if_saves_nothing_unless_it_is_said_again() {
    let world = World::new().await;
    let visit = task(&world, "Visite", 1, ("08:00", "09:00"), json!({})).await;
    let run = searched(&world, search(&world, 1, 1, json!({"what_if": true}))).await;
    let refused = publish(&world, &run).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:dispatch-what-if");
    assert_eq!(world.read(&visit).await, visit);
    let even = json!({"even_what_if": true});
    world.lead.post(&of(&run, "/publish"), even).await.expect(200);
    assert_ne!(world.read(&visit).await["workers"], json!([]));
}

#[tokio::test]
async fn a_manual_assignment_in_between_is_named_and_nothing_is_published() {
    let world = World::new().await;
    let visit = task(&world, "Visite", 1, ("08:00", "09:00"), json!({})).await;
    let other = task(&world, "Relevé", 1, ("10:00", "11:00"), json!({})).await;
    let run = searched(&world, search(&world, 1, 1, json!({}))).await;
    let hand = if placed(&run, &visit)["worker_ids"][0] == json!(world.awa) {
        world.binta
    } else {
        world.awa
    };
    world.assign(&visit, &[hand]).await.expect(200);
    let refused = publish(&world, &run).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:dispatch-stale");
    let changed = refused["changed"].as_array().unwrap();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["task_id"], visit["id"]);
    assert_eq!((&changed[0]["what"], &changed[0]["title"]), (&json!("workers"), &json!("Visite")));
    assert_eq!(world.read(&other).await["workers"], json!([]), "not half of it either");

    // A version that moved without anything that counts is no obstacle.
    let run = searched(&world, search(&world, 1, 1, json!({}))).await;
    let version = world.read(&other).await["version"].as_i64().unwrap();
    let path = format!("/v1/tasks/{}", other["id"].as_str().unwrap());
    world.lead.patch_match(&path, version, json!({"title": "Relevé 2"})).await.expect(200);
    publish(&world, &run).await.expect(200);
}

#[tokio::test]
async fn rules_that_stand_against_it_by_now_are_named_with_task_and_worker() {
    let world = World::new().await;
    let visit = task(&world, "Visite", 1, ("08:00", "09:00"), json!({})).await;
    let other = task(
        &world,
        "Relevé",
        1,
        ("08:00", "09:00"),
        json!({
            "needs": {"appointment": true}
        }),
    )
    .await;
    let run = searched(&world, search(&world, 1, 1, json!({}))).await;
    for worker in [world.awa, world.binta] {
        absent(&world, worker, "2027-03-01T00:00:00Z", "2027-03-02T00:00:00Z").await;
    }
    let refused = publish(&world, &run).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:workers-unfit");
    let tasks = refused["tasks"].as_array().unwrap();
    assert_eq!(tasks.len(), 2);
    assert_eq!(tasks[0]["reasons"][0]["reasons"][0]["rule"], "absent");
    for task in [&visit, &other] {
        assert_eq!(world.read(task).await["workers"], json!([]));
    }
    world.stage.settle().await;
}

#[tokio::test]
async fn what_comes_before_is_kept_in_the_project_plan() {
    let world = World::new().await;
    let first = task(&world, "Tranchée", 1, ("08:00", "12:00"), json!({})).await;
    let then = task(&world, "Câble", 1, ("13:00", "15:00"), json!({})).await;
    world.link(&first, &then, json!({})).await.expect(201);
    let run = searched(&world, search(&world, 1, 1, json!({}))).await;
    let ends = placed(&run, &first)["ends_at"].as_str().unwrap();
    assert!(placed(&run, &then)["starts_at"].as_str().unwrap() >= ends, "{run}");
    publish(&world, &run).await.expect(200);
    world.stage.settle().await;
}
