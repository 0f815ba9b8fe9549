use auth::{Role, Scope};
use serde_json::json;

use crate::world::{World, at, ids, step};

#[tokio::test]
async fn a_task_starts_when_what_comes_before_it_is_done_or_cancelled() {
    let world = World::new().await;
    let trench = world.task("Tranchée", 8, 10, json!({})).await;
    let survey = world.task("Piquetage", 6, 7, json!({})).await;
    let cable = world.task("Câble", 10, 12, json!({})).await;
    world.link(&trench, &cable, json!({})).await.expect(201);
    world.link(&survey, &cable, json!({"lag_min": 30})).await.expect(201);
    let refused = step(&world.lead, &cable, "start").await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:predecessors-open");
    let open = refused["predecessors"].as_array().unwrap();
    assert_eq!(
        open.iter().map(|p| p["title"].as_str().unwrap()).collect::<Vec<_>>(),
        ["Piquetage", "Tranchée"]
    );
    step(&world.lead, &survey, "cancel").await.expect(200);
    step(&world.lead, &trench, "start").await.expect(200);
    step(&world.lead, &cable, "start").await.expect(409);
    step(&world.lead, &trench, "finish").await.expect(200);
    step(&world.lead, &cable, "start").await.expect(200);
}

#[tokio::test]
async fn a_cycle_is_refused_and_its_tasks_are_named_in_order() {
    let world = World::new().await;
    let a = world.task("A", 8, 9, json!({})).await;
    let b = world.task("B", 9, 10, json!({})).await;
    let c = world.task("C", 10, 11, json!({})).await;
    world.link(&a, &b, json!({})).await.expect(201);
    world.link(&b, &c, json!({})).await.expect(201);
    let refused = world.link(&c, &a, json!({"shift": true})).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:cycle");
    let named: Vec<_> =
        refused["cycle"].as_array().unwrap().iter().map(|t| t["title"].as_str().unwrap()).collect();
    assert_eq!(named, ["C", "A", "B"]);
    world.link(&a, &a, json!({})).await.expect(409);
    let twice = world.link(&a, &b, json!({})).await.expect(409);
    assert_eq!(twice["type"], "urn:fieldops360:problem:already-exists");
    let links = world.lead.get(&format!("/v1/dependencies?project_id={}", world.project)).await;
    assert_eq!(ids(&links.expect(200)).len(), 2);
}

#[tokio::test]
async fn two_writers_at_once_cannot_close_a_cycle_together() {
    let world = World::new().await;
    for round in 0..5 {
        let a = world.task("A", 8, 9, json!({"title": format!("A{round}")})).await;
        let b = world.task("B", 8, 9, json!({})).await;
        let (one, two) = tokio::join!(
            world.link(&a, &b, json!({"shift": true})),
            world.link(&b, &a, json!({"shift": true}))
        );
        let mut both = [one.status.as_u16(), two.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [201, 409]);
    }
}

#[tokio::test]
async fn a_link_that_comes_too_late_is_refused_or_moves_what_follows() {
    let world = World::new().await;
    let a = world.task("A", 8, 12, json!({})).await;
    let b = world.task("B", 10, 11, json!({})).await;
    let c = world.task("C", 11, 12, json!({})).await;
    world.link(&b, &c, json!({})).await.expect(201);
    let refused = world.link(&a, &b, json!({"lag_min": 60})).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:starts-too-early");
    assert_eq!(refused["earliest"], "2026-03-02T13:00:00Z");
    assert_eq!(world.read(&b).await["starts_at"], "2026-03-02T10:00:00Z");
    let link = world.link(&a, &b, json!({"lag_min": 60, "shift": true})).await.expect(201);
    let (b_now, c_now) = (world.read(&b).await, world.read(&c).await);
    assert_eq!(b_now["starts_at"], "2026-03-02T13:00:00Z");
    assert_eq!(b_now["ends_at"], "2026-03-02T14:00:00Z");
    assert_eq!(b_now["predecessors"], json!([a["id"]]));
    assert_eq!(c_now["starts_at"], "2026-03-02T14:00:00Z");

    let path = format!("/v1/dependencies/{}", link["id"].as_str().unwrap());
    assert_eq!(world.lead.get(&path).await.expect(200), link);
    let stranger = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    stranger.get(&path).await.expect(404);
    stranger.delete(&path).await.expect(404);
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    manager.delete(&path).await.expect(403);
    world.lead.delete(&path).await.expect(204);
    world.lead.delete(&path).await.expect(404);
    assert_eq!(world.read(&b).await["predecessors"], json!([]));
    world.stage.settle().await;
}

#[tokio::test]
async fn when_a_date_changes_what_depends_on_it_moves_in_working_order() {
    let world = World::new().await;
    let a = world.task("A", 8, 9, json!({})).await;
    let b = world.task("B", 9, 10, json!({})).await;
    let c = world.task("C", 9, 11, json!({})).await;
    let d = world.task("D", 11, 12, json!({})).await;
    for (first, then, lag) in [(&b, &d, 0), (&a, &b, 0), (&a, &c, 0), (&c, &d, 0)] {
        world.link(first, then, json!({"lag_min": lag})).await.expect(201);
    }
    // The same worker on the whole chain: all move together without meeting each other.
    world.assign(&a, &[world.awa]).await.expect(200);
    world.assign(&c, &[world.awa]).await.expect(200);
    world.assign(&d, &[world.awa]).await.expect(200);
    let version = world.read(&a).await["version"].as_i64().unwrap();
    let later = json!({"ends_at": "2026-03-02T10:00:00Z"});
    world.lead.patch_match(&at(&a, ""), version, later).await.expect(200);
    for (task, starts) in [(&b, "10"), (&c, "10"), (&d, "12")] {
        assert_eq!(world.read(task).await["starts_at"], format!("2026-03-02T{starts}:00:00Z"));
    }
    // Earlier again: nothing moves back, but it may not begin before what precedes it.
    let version = world.read(&d).await["version"].as_i64().unwrap();
    let early = json!({"starts_at": "2026-03-02T11:00:00Z"});
    let refused = world.lead.patch_match(&at(&d, ""), version, early).await.expect(409);
    assert_eq!(refused["earliest"], "2026-03-02T12:00:00Z");
    world.stage.settle().await;
}

#[tokio::test]
async fn a_move_that_puts_a_worker_on_two_tasks_changes_nothing_at_all() {
    let world = World::new().await;
    let a = world.task("A", 8, 9, json!({})).await;
    let b = world.task("B", 9, 10, json!({})).await;
    let other = world.task("Autre", 10, 12, json!({})).await;
    world.link(&a, &b, json!({})).await.expect(201);
    world.assign(&b, &[world.awa]).await.expect(200);
    world.assign(&other, &[world.awa]).await.expect(200);
    let later = json!({"ends_at": "2026-03-02T10:00:00Z"});
    let refused = world.lead.patch_match(&at(&a, ""), 1, later).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:double-booked");
    assert_eq!(refused["reasons"][0]["worker_id"], json!(world.awa));
    assert_eq!(refused["reasons"][0]["other_title"], "Autre");
    assert_eq!(world.read(&a).await["ends_at"], "2026-03-02T09:00:00Z");
    assert_eq!(world.read(&b).await["starts_at"], "2026-03-02T09:00:00Z");
}

#[tokio::test]
async fn a_link_stays_within_the_project_and_begins_nothing_that_has_begun() {
    let world = World::new().await;
    let a = world.task("A", 8, 9, json!({})).await;
    let b = world.task("B", 9, 10, json!({})).await;
    step(&world.lead, &b, "start").await.expect(200);
    let refused = world.link(&a, &b, json!({})).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:successor-begun");
    let nowhere = json!({"id": kernel::TaskId::new()});
    world.link(&a, &nowhere, json!({})).await.expect(404);
    world.link(&a, &b, json!({"lag_min": -600_000})).await.expect(422);
}
