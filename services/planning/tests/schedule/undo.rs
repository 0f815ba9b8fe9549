use auth::{Role, Scope};
use serde_json::json;

use crate::world::World;
use crate::{dates, make, office, plan};

#[tokio::test]
async fn a_move_taken_back_restores_all_of_it() {
    let world = World::new().await;
    let a = world.task("A", 8, 10, json!({})).await;
    let b = world.task("B", 10, 12, json!({})).await;
    let c = world.task("C", 12, 13, json!({})).await;
    world.link(&a, &b, json!({})).await.expect(201);
    let planner = world.planner();
    let undo = json!({"project_id": world.project});
    let edits = [
        json!({"kind": "drag", "task_id": a["id"], "start": "2026-03-02T09:00:00Z"}),
        json!({"kind": "resize", "task_id": a["id"], "duration_min": 300}),
        json!({"kind": "link", "predecessor": b["id"], "successor": c["id"], "lag_min": 30}),
        json!({"kind": "split", "task_id": b["id"], "after_min": 30, "pause_min": 45}),
        json!({"kind": "constrain", "task_id": b["id"], "constraint": "as_late_as_possible"}),
        json!({"kind": "nest", "task_id": a["id"], "parent_id": c["id"]}),
        json!({"kind": "deadline", "task_id": a["id"], "at": "2026-03-05T09:00:00Z"}),
    ];
    for edit in edits {
        let before = plan(&world).await;
        make(&planner, edit.clone()).await.expect(200);
        let tried = json!({"project_id": world.project, "dry_run": true});
        let tried = planner.post("/v1/schedule/undo", tried).await.expect(200);
        let back = planner.post("/v1/schedule/undo", undo.clone()).await.expect(200);
        assert_eq!(back["changes"], tried["changes"], "{edit}");
        let now = plan(&world).await;
        assert_eq!(dates(&now), dates(&before), "{edit}");
        assert_eq!(now["links"], before["links"], "{edit}");
        let bare = |plan: &serde_json::Value| {
            let mut tasks = plan["tasks"].clone();
            for task in tasks.as_array_mut().unwrap() {
                task.as_object_mut().unwrap().remove("version");
            }
            tasks
        };
        assert_eq!(bare(&now), bare(&before), "{edit}");
    }
    world.stage.settle().await;
}

#[tokio::test]
async fn only_the_own_last_move_is_taken_back_and_not_over_what_others_did() {
    let world = World::new().await;
    let a = world.task("A", 8, 10, json!({})).await;
    let b = world.task("B", 8, 10, json!({})).await;
    let (one, two) = (world.planner(), world.planner());
    assert_ne!(one.user(), two.user());
    let undo = json!({"project_id": world.project});
    let nothing = two.post("/v1/schedule/undo", undo.clone()).await.expect(409);
    assert_eq!(nothing["type"], "urn:fieldops360:problem:nothing-to-undo");
    let drag = |task: &serde_json::Value, hour: u32| json!({"kind": "drag", "task_id": task["id"], "start": format!("2026-03-02T{hour:02}:00:00Z")});
    make(&one, drag(&a, 9)).await.expect(200);
    make(&two, drag(&b, 9)).await.expect(200);
    make(&two, drag(&a, 10)).await.expect(200);
    let refused = one.post("/v1/schedule/undo", undo.clone()).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:touched-since");
    assert_eq!(refused["versions"].as_array().unwrap().len(), 1);
    two.post("/v1/schedule/undo", undo.clone()).await.expect(200);
    assert_eq!(world.read(&a).await["starts_at"], "2026-03-02T09:00:00Z");
    one.post("/v1/schedule/undo", undo.clone()).await.expect(200);
    assert_eq!(world.read(&a).await["starts_at"], "2026-03-02T08:00:00Z");
    assert_eq!(world.read(&b).await["starts_at"], "2026-03-02T09:00:00Z", "the other's stays");
    two.post("/v1/schedule/undo", undo.clone()).await.expect(200);
    assert_eq!(world.read(&b).await["starts_at"], "2026-03-02T08:00:00Z");
    two.post("/v1/schedule/undo", undo).await.expect(409);
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    let list = format!("/v1/schedule/moves?project_id={}", world.project);
    let list = manager.get(&list).await.expect(200);
    let kinds: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|m| m["kind"].as_str().unwrap()).collect();
    let expected = ["plan", "plan", "drag", "drag", "drag", "undo", "undo", "undo"];
    assert_eq!(kinds, expected);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_calendar_taken_back_gives_the_days_their_nights_again() {
    let world = World::new().await;
    let a = world.task("A", 8, 20, json!({})).await;
    let planner = world.planner();
    let calendar = planner.post("/v1/calendars", office(&world)).await.expect(201);
    let used = json!({"kind": "use_calendar", "calendar_id": calendar["id"]});
    let used = json!({"move": used, "project_id": world.project});
    planner.post("/v1/schedule/moves", used).await.expect(200);
    let resize = json!({"kind": "resize", "task_id": a["id"], "duration_min": 600,
                        "elapsed": false});
    make(&planner, resize).await.expect(200);
    assert_eq!(world.read(&a).await["ends_at"], "2026-03-03T10:00:00Z");
    let undo = json!({"project_id": world.project});
    planner.post("/v1/schedule/undo", undo.clone()).await.expect(200);
    assert_eq!(world.read(&a).await["ends_at"], "2026-03-02T20:00:00Z");
    planner.post("/v1/schedule/undo", undo.clone()).await.expect(200);
    let now = plan(&world).await;
    assert_eq!((&now["calendar_id"], &now["zone"]), (&json!(null), &json!("UTC")));
    let refused = planner.post("/v1/schedule/undo", undo).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:nothing-to-undo");
}
