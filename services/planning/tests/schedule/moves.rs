use auth::{Role, Scope};
use kernel::{ProjectId, TaskId};
use serde_json::json;

use crate::world::{World, at, step};
use crate::{dates, make, plan, row};

#[tokio::test]
async fn a_drag_moves_all_that_depends_on_it_and_back_again() {
    let world = World::new().await;
    let a = world.task("A", 8, 10, json!({})).await;
    let b = world.task("B", 10, 12, json!({})).await;
    let c = world.task("C", 11, 13, json!({})).await;
    let free = world.task("Autre", 8, 9, json!({})).await;
    world.link(&a, &b, json!({})).await.expect(201);
    world.link(&b, &c, json!({"kind": "start_to_start", "lag_min": 60})).await.expect(201);
    let before = plan(&world).await;

    let drag = |start: &str| json!({"kind": "drag", "task_id": a["id"], "start": start});
    let later = make(&world.planner(), drag("2026-03-02T09:00:00Z")).await.expect(200);
    assert_eq!(later["changes"].as_array().unwrap().len(), 3);
    let of_c = later["changes"].as_array().unwrap().iter().find(|s| s["task_id"] == c["id"]);
    assert_eq!(of_c.unwrap()["before"]["start"], "2026-03-02T11:00:00Z");
    assert_eq!(of_c.unwrap()["after"]["start"], "2026-03-02T12:00:00Z");
    assert_eq!(later["finish"], "2026-03-02T14:00:00Z");
    assert_eq!(world.read(&b).await["starts_at"], "2026-03-02T11:00:00Z");
    assert_eq!(world.read(&free).await["version"], 1);

    let now = plan(&world).await;
    assert_eq!(now["version"], later["plan_version"]);
    assert_eq!(row(&now, &a)["critical"], true);
    assert_eq!(row(&now, &free)["critical"], false);
    assert_eq!(row(&now, &free)["total_float_min"], 300);

    let back = make(&world.planner(), drag("2026-03-02T08:00:00Z")).await.expect(200);
    assert_eq!(back["changes"].as_array().unwrap().len(), 3);
    assert_eq!(dates(&plan(&world).await), dates(&before), "moving back restores all");
    world.stage.settle().await;
}

#[tokio::test]
async fn a_dry_run_answers_the_same_and_changes_nothing() {
    let world = World::new().await;
    let a = world.task("A", 8, 10, json!({})).await;
    let b = world.task("B", 10, 12, json!({})).await;
    world.link(&a, &b, json!({})).await.expect(201);
    let before = plan(&world).await;
    let resize = json!({"kind": "resize", "task_id": a["id"], "duration_min": 240});
    let dry = json!({"move": resize, "dry_run": true});
    let tried = world.lead.post("/v1/schedule/moves", dry).await.expect(200);
    assert_eq!((&tried["id"], &tried["dry_run"]), (&json!(null), &json!(true)));
    assert_eq!(plan(&world).await, before);
    let done = make(&world.lead, resize.clone()).await.expect(200);
    assert_eq!(done["changes"], tried["changes"]);
    assert_eq!(done["finish"], "2026-03-02T14:00:00Z");
    let cycle = json!({"kind": "link", "predecessor": b["id"], "successor": a["id"]});
    let dry = json!({"move": cycle, "dry_run": true});
    let refused = world.lead.post("/v1/schedule/moves", dry).await.expect(409);
    let named: Vec<_> =
        refused["cycle"].as_array().unwrap().iter().map(|t| t["title"].as_str().unwrap()).collect();
    assert_eq!(named.len(), 2, "{named:?}");
}

#[tokio::test]
async fn a_broken_bound_is_refused_with_the_task_the_bound_and_by_how_much() {
    let world = World::new().await;
    let a = world.task("A", 8, 10, json!({})).await;
    let b = world.task("B", 10, 12, json!({})).await;
    world.link(&a, &b, json!({})).await.expect(201);
    let bind = |kind: &str, at: &str| json!({"kind": "constrain", "task_id": b["id"], "constraint": kind, "at": at});
    let drag = json!({"kind": "drag", "task_id": a["id"], "start": "2026-03-02T09:30:00Z"});
    for (kind, at, by) in [
        ("finish_no_later_than", "2026-03-02T13:00:00Z", 30),
        ("start_no_later_than", "2026-03-02T11:00:00Z", 30),
        ("must_start_on", "2026-03-02T10:00:00Z", 90),
        ("must_finish_on", "2026-03-02T12:00:00Z", 90),
    ] {
        make(&world.lead, bind(kind, at)).await.expect(200);
        let before = plan(&world).await;
        let refused = make(&world.lead, drag.clone()).await.expect(409);
        assert_eq!(refused["type"], "urn:fieldops360:problem:constraint-broken", "{kind}");
        let broken = &refused["broken"][0];
        assert_eq!((&broken["task_id"], &broken["constraint"]), (&b["id"], &json!(kind)));
        assert_eq!(broken["by_min"], by, "{kind}");
        assert!(refused["detail"].as_str().unwrap().contains('B'));
        assert_eq!(plan(&world).await, before, "nothing moved");
    }
    // One that is broken as it is made is refused as well.
    let late = make(&world.lead, bind("must_start_on", "2026-03-02T09:00:00Z")).await.expect(409);
    assert_eq!(late["broken"][0]["by_min"], 60);
    let free =
        json!({"kind": "constrain", "task_id": b["id"], "constraint": "as_soon_as_possible"});
    make(&world.lead, free).await.expect(200);
    make(&world.lead, drag).await.expect(200);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_task_is_not_dragged_before_what_it_waits_for_nor_once_it_has_begun() {
    let world = World::new().await;
    let a = world.task("A", 8, 10, json!({})).await;
    let b = world.task("B", 10, 12, json!({})).await;
    world.link(&a, &b, json!({})).await.expect(201);
    let drag = |id: &serde_json::Value, start: &str| json!({"kind": "drag", "task_id": id, "start": start});
    let refused = make(&world.lead, drag(&b["id"], "2026-03-02T09:00:00Z")).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:starts-too-early");
    assert_eq!(refused["earliest"], "2026-03-02T10:00:00Z");
    let progress =
        |percent: i32| json!({"kind": "progress", "task_id": a["id"], "percent": percent});
    make(&world.lead, progress(50)).await.expect(409);
    let phone = world.lead.clone().header("device-time", "2026-03-02T08:00:00Z");
    step(&phone, &a, "start").await.expect(200);
    let refused = make(&world.lead, drag(&a["id"], "2026-03-02T09:00:00Z")).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:task-begun");
    make(&world.lead, progress(50)).await.expect(200);
    assert_eq!(row(&plan(&world).await, &a)["percent"], 50);
    make(&world.lead, progress(101)).await.expect(422);
    step(&phone, &a, "cancel").await.expect(200);
    make(&world.lead, progress(60)).await.expect(409);
}

#[tokio::test]
async fn splits_links_of_each_kind_summaries_and_milestones() {
    let world = World::new().await;
    let a = world.task("A", 8, 12, json!({})).await;
    let b = world.task("B", 8, 10, json!({})).await;
    let lot = world.task("Lot", 6, 7, json!({})).await;
    let split = json!({"kind": "split", "task_id": a["id"], "after_min": 60, "pause_min": 120});
    let moved = make(&world.lead, split).await.expect(200);
    assert_eq!(moved["changes"][0]["after"]["finish"], "2026-03-02T14:00:00Z");
    let link = |ends: &str, lag: i32| json!({"kind": "link", "predecessor": a["id"], "successor": b["id"], "ends": ends, "lag_min": lag});
    for (ends, lag, start) in [
        ("finish_to_start", 0, "14:00"),
        ("finish_to_start", -60, "13:00"),
        ("start_to_start", 30, "08:30"),
        ("finish_to_finish", 0, "12:00"),
        ("start_to_finish", 240, "10:00"),
    ] {
        let tied = make(&world.lead, link(ends, lag)).await.expect(200);
        let after = tied["changes"][0]["after"]["start"].as_str().unwrap();
        assert_eq!(after, format!("2026-03-02T{start}:00Z"), "{ends} {lag}");
        make(&world.lead, link(ends, lag)).await.expect(409);
        let links = plan(&world).await["links"].clone();
        let unlink = json!({"kind": "unlink", "dependency_id": links[0]["id"]});
        make(&world.lead, unlink).await.expect(200);
        assert_eq!(world.read(&b).await["starts_at"], "2026-03-02T08:00:00Z", "back at its place");
    }
    make(&world.lead, json!({"kind": "join", "task_id": a["id"]})).await.expect(200);
    assert_eq!(world.read(&a).await["ends_at"], "2026-03-02T12:00:00Z");

    for task in [&a, &b] {
        let nest = json!({"kind": "nest", "task_id": task["id"], "parent_id": lot["id"]});
        make(&world.lead, nest).await.expect(200);
    }
    let now = plan(&world).await;
    assert_eq!((&row(&now, &lot)["summary"], &row(&now, &lot)["wbs"]), (&json!(true), &json!("1")));
    assert_eq!(row(&now, &b)["wbs"], "1.2");
    assert_eq!(row(&now, &lot)["starts_at"], "2026-03-02T08:00:00Z");
    assert_eq!(row(&now, &lot)["ends_at"], "2026-03-02T12:00:00Z");
    let own = json!({"kind": "nest", "task_id": lot["id"], "parent_id": a["id"]});
    make(&world.lead, own).await.expect(409);
    let drag = json!({"kind": "drag", "task_id": lot["id"], "start": "2026-03-02T09:00:00Z"});
    make(&world.lead, drag).await.expect(409);
    let own = json!({"kind": "link", "predecessor": a["id"], "successor": lot["id"]});
    make(&world.lead, own).await.expect(409);

    let milestone = json!({"kind": "resize", "task_id": b["id"], "duration_min": 0});
    make(&world.lead, milestone).await.expect(200);
    let b = world.read(&b).await;
    assert_eq!((&b["starts_at"], &b["duration_min"]), (&b["ends_at"], &json!(0)));
    world.stage.settle().await;
}

#[tokio::test]
async fn another_projects_plan_is_not_reachable_and_roles_keep_to_theirs() {
    let world = World::new().await;
    let a = world.task("A", 8, 10, json!({})).await;
    let b = world.task("B", 10, 12, json!({})).await;
    world.link(&a, &b, json!({})).await.expect(201);
    let drag = json!({"kind": "drag", "task_id": a["id"], "start": "2026-03-02T09:00:00Z"});
    let read = format!("/v1/schedule?project_id={}", world.project);
    let undo = json!({"project_id": world.project});
    let history = format!("/v1/schedule/moves?project_id={}", world.project);

    let stranger = world.stage.client(Role::ProjectLead, Scope::Project(ProjectId::new()));
    make(&stranger, drag.clone()).await.expect(404);
    stranger.get(&read).await.expect(404);
    stranger.get(&history).await.expect(404);
    stranger.post("/v1/schedule/undo", undo.clone()).await.expect(404);
    let other = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    make(&other, drag.clone()).await.expect(404);
    other.get(&read).await.expect(404);
    let tenant = world.stage.another_tenant().await;
    let foreign = world.stage.client_at(&tenant, Role::ProjectLead, Scope::Tenant);
    make(&foreign, drag.clone()).await.expect(404);
    foreign.get(&read).await.expect(404);
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    make(&manager, drag.clone()).await.expect(403);
    manager.get(&read).await.expect(200);
    manager.post("/v1/schedule/undo", undo).await.expect(403);
    world.stage.client(Role::TenantAdmin, Scope::Tenant).get(&read).await.expect(403);

    // A site lead sees and moves the own site's; what moves elsewhere is counted, not named.
    let there = json!({"site_id": world.elsewhere, "title": "Ailleurs",
                       "starts_at": "2026-03-02T12:00:00Z", "ends_at": "2026-03-02T13:00:00Z"});
    let there = world.planner().post("/v1/tasks", there).await.expect(201);
    let link = json!({"kind": "link", "predecessor": b["id"], "successor": there["id"]});
    make(&world.lead, link.clone()).await.expect(404);
    make(&world.planner(), link).await.expect(200);
    let moved = make(&world.lead, drag).await.expect(200);
    assert_eq!((moved["changes"].as_array().unwrap().len(), &moved["others"]), (2, &json!(1)));
    let seen = world.lead.get(&read).await.expect(200);
    assert_eq!(seen["tasks"].as_array().unwrap().len(), 2);
    assert_eq!(seen["links"].as_array().unwrap().len(), 1);
    let whole = json!({"kind": "use_calendar", "calendar_id": null});
    let whole = json!({"move": whole, "project_id": world.project});
    world.lead.post("/v1/schedule/moves", whole).await.expect(404);
    world.stage.settle().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_name() {
    let world = World::new().await;
    let a = world.task("A", 8, 10, json!({})).await;
    let id = &a["id"];
    for (edit, status) in [
        (json!({"kind": "drag", "task_id": id, "start": "1999-01-01T00:00:00Z"}), 422),
        (json!({"kind": "drag", "task_id": id, "start": "demain"}), 422),
        (json!({"kind": "drag", "task_id": id}), 422),
        (json!({"kind": "teleport", "task_id": id}), 422),
        (json!({"kind": "resize", "task_id": id, "duration_min": -1}), 422),
        (json!({"kind": "resize", "task_id": id, "duration_min": 2_000_000_000}), 422),
        (json!({"kind": "split", "task_id": id, "after_min": 0, "pause_min": 5}), 422),
        (json!({"kind": "split", "task_id": id, "after_min": 500, "pause_min": 5}), 422),
        (json!({"kind": "constrain", "task_id": id, "constraint": "must_start_on"}), 422),
        (json!({"kind": "link", "predecessor": id, "successor": id}), 409),
        (json!({"kind": "link", "predecessor": id, "successor": id, "lag_min": 60_000_000}), 422),
        (json!({"kind": "drag", "task_id": TaskId::new(), "start": "2026-03-02T09:00:00Z"}), 404),
        (json!({"kind": "unlink", "dependency_id": TaskId::new()}), 404),
        (json!({"kind": "nest", "task_id": id, "parent_id": id}), 409),
        (json!({"kind": "drag", "task_id": id, "start": "2026-03-02T09:00:00Z", "x": 1}), 422),
    ] {
        let answer = make(&world.lead, edit.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{edit}: {}", answer.json);
    }
    let nothing = make(&world.lead, json!({"kind": "use_calendar", "calendar_id": null})).await;
    assert_eq!(nothing.expect(422)["errors"][0]["pointer"], "/project_id");
    world.lead.get("/v1/schedule").await.expect(400);
    world.lead.get("/v1/schedule?project_id=x").await.expect(400);
    assert_eq!(at(&a, ""), format!("/v1/tasks/{}", id.as_str().unwrap()));
}

#[tokio::test]
async fn seconds_do_not_stand_between_tasks_that_follow_each_other() {
    let world = World::new().await;
    let exact = |title: &str, from: &str, to: &str| json!({"site_id": world.site, "title": title, "starts_at": from, "ends_at": to});
    let a = exact("A", "2026-03-02T08:00:12.5Z", "2026-03-02T09:30:42.5Z");
    let b = exact("B", "2026-03-02T09:30:42.5Z", "2026-03-02T10:00:00Z");
    let a = world.lead.post("/v1/tasks", a).await.expect(201);
    let b = world.lead.post("/v1/tasks", b).await.expect(201);
    world.link(&a, &b, json!({})).await.expect(201);
    assert_eq!(world.read(&b).await["starts_at"], "2026-03-02T09:30:42.500Z", "nothing moved");
    let drag = json!({"kind": "drag", "task_id": a["id"], "start": "2026-03-02T09:00:00Z"});
    make(&world.lead, drag).await.expect(200);
    assert_eq!(world.read(&b).await["starts_at"], "2026-03-02T10:30:00Z");
    let undo = json!({"project_id": world.project});
    let lead = world.planner();
    lead.post("/v1/schedule/undo", undo).await.expect(409);
}
