//! Baselines, and what is moved after a date.

use auth::{Role, Scope};
use serde_json::json;

use crate::world::{World, step};
use crate::{make, plan, row};

#[tokio::test]
async fn a_baseline_keeps_what_was_promised_and_the_plan_tells_the_difference() {
    let world = World::new().await;
    let a = world.task("A", 8, 10, json!({})).await;
    let b = world.task("B", 10, 12, json!({})).await;
    world.link(&a, &b, json!({})).await.expect(201);
    let planner = world.planner();
    let new = json!({"project_id": world.project, "name": "Contrat"});
    world.lead.post("/v1/schedule/baselines", new.clone()).await.expect(404);
    let first = planner.post("/v1/schedule/baselines", new).await.expect(201);
    let drag = json!({"kind": "drag", "task_id": a["id"], "start": "2026-03-02T09:30:00Z"});
    make(&planner, drag).await.expect(200);
    let now = plan(&world).await;
    assert_eq!(now["baseline_id"], first["id"]);
    assert_eq!(row(&now, &b)["start_variance_min"], 90);
    assert_eq!(row(&now, &b)["baseline_finish"], "2026-03-02T12:00:00Z");
    let new = json!({"project_id": world.project, "name": "Avenant 1"});
    let second = planner.post("/v1/schedule/baselines", new).await.expect(201);
    assert_eq!(row(&plan(&world).await, &b)["start_variance_min"], 0);
    let path = format!("/v1/schedule?project_id={}&baseline_id=", world.project);
    let then = planner.get(&format!("{path}{}", first["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(row(&then, &b)["finish_variance_min"], 90);
    planner.get(&format!("{path}{}", kernel::BaselineId::new())).await.expect(404);
    let list = format!("/v1/schedule/baselines?project_id={}", world.project);
    let list = planner.get(&list).await.expect(200);
    assert_eq!(list["items"], json!([second, first]));
    world.stage.settle().await;
}

#[tokio::test]
async fn what_is_not_done_is_moved_after_the_date_and_can_be_taken_back() {
    let world = World::new().await;
    let done = world.task("Fait", 6, 8, json!({})).await;
    let begun = world.task("Commencé", 8, 12, json!({})).await;
    let ahead = world.task("À faire", 8, 9, json!({})).await;
    let after = world.task("Ensuite", 12, 14, json!({})).await;
    world.link(&begun, &after, json!({})).await.expect(201);
    let at =
        |time: &str| world.lead.clone().header("device-time", format!("2026-03-02T{time}:00Z"));
    step(&at("06:00"), &done, "start").await.expect(200);
    step(&at("08:30"), &done, "finish").await.expect(200);
    step(&at("09:00"), &begun, "start").await.expect(200);
    let half = json!({"kind": "progress", "task_id": begun["id"], "percent": 50});
    make(&world.lead, half).await.expect(200);
    let planner = world.planner();
    let before = plan(&world).await;
    let new = json!({"project_id": world.project, "status_at": "2026-03-02T12:00:00Z"});
    let mut dry = new.clone();
    dry["dry_run"] = json!(true);
    let tried = planner.post("/v1/schedule/reschedule", dry).await.expect(200);
    assert_eq!(plan(&world).await, before);
    world.lead.post("/v1/schedule/reschedule", new.clone()).await.expect(404);
    let moved = planner.post("/v1/schedule/reschedule", new).await.expect(200);
    assert_eq!(moved["changes"], tried["changes"]);
    let now = plan(&world).await;
    assert_eq!(row(&now, &done)["ends_at"], "2026-03-02T08:00:00Z", "what is done stays");
    assert_eq!(row(&now, &begun)["ends_at"], "2026-03-02T14:00:00Z", "two hours are left");
    assert_eq!(row(&now, &ahead)["starts_at"], "2026-03-02T12:00:00Z");
    assert_eq!(row(&now, &after)["starts_at"], "2026-03-02T14:00:00Z");
    let undo = json!({"project_id": world.project});
    planner.post("/v1/schedule/undo", undo).await.expect(200);
    assert_eq!(row(&plan(&world).await, &ahead)["starts_at"], "2026-03-02T08:00:00Z");
    let absurd = json!({"project_id": world.project, "status_at": "1800-01-01T00:00:00Z"});
    planner.post("/v1/schedule/reschedule", absurd).await.expect(422);
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    let new = json!({"project_id": world.project, "status_at": "2026-03-02T12:00:00Z"});
    manager.post("/v1/schedule/reschedule", new).await.expect(403);
    world.stage.settle().await;
}

#[tokio::test]
async fn tasks_wait_until_those_who_do_them_are_there() {
    let world = World::new().await;
    let a = world.task("A", 8, 12, json!({})).await;
    let urgent = world.task("Urgent", 8, 10, json!({"priority": "urgent"})).await;
    let after = world.task("Ensuite", 12, 13, json!({})).await;
    world.link(&a, &after, json!({})).await.expect(201);
    let mine = world.task("À Awa", 14, 16, json!({})).await;
    world.assign(&mine, &[world.awa]).await.expect(200);
    let crew = kernel::CrewId::new();
    let mut sql = world.stage.sql().await;
    for statement in [
        format!("insert into resources.crew (id, name, version) values ('{crew}', 'Équipe', 1)"),
        format!(
            "insert into resources.crew_member (crew_id, worker_id) values ('{crew}', '{}')",
            world.binta
        ),
        format!(
            "insert into resources.absence (id, worker_id, from_at, to_at, kind)
             values (gen_random_uuid(), '{}', '2026-03-02T10:00:00Z', '2026-03-02T11:00:00Z',
                     'leave'),
                    (gen_random_uuid(), '{}', '2026-03-02T15:00:00Z', '2026-03-02T17:00:00Z',
                     'leave')",
            world.binta, world.awa
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut sql).await.unwrap();
    }
    let planner = world.planner();
    let before = plan(&world).await;
    let dry = json!({"project_id": world.project, "crew_id": crew, "dry_run": true});
    let tried = planner.post("/v1/schedule/level", dry).await.expect(200);
    assert_eq!(plan(&world).await, before);
    let new = json!({"project_id": world.project, "crew_id": crew});
    world.lead.post("/v1/schedule/level", new.clone()).await.expect(404);
    let levelled = planner.post("/v1/schedule/level", new).await.expect(200);
    assert_eq!(levelled["changes"], tried["changes"]);
    // Binta does the urgent one first, is away for an hour, then does the other.
    assert_eq!(world.read(&urgent).await["starts_at"], "2026-03-02T08:00:00Z");
    assert_eq!(world.read(&a).await["starts_at"], "2026-03-02T11:00:00Z");
    assert_eq!(world.read(&after).await["starts_at"], "2026-03-02T15:00:00Z");
    assert_eq!(world.read(&mine).await["starts_at"], "2026-03-02T17:00:00Z", "Awa is away");
    let undo = json!({"project_id": world.project});
    planner.post("/v1/schedule/undo", undo).await.expect(200);
    assert_eq!(crate::dates(&plan(&world).await), crate::dates(&before));
    let nobody = json!({"project_id": world.project, "crew_id": kernel::CrewId::new()});
    planner.post("/v1/schedule/level", nobody).await.expect(404);
    world.stage.settle().await;
}
