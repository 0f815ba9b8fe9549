//! What checklists ask and find: conditions, photos, the incident that an answer opens.

use auth::{Role, Scope};
use kernel::{ChecklistRunId, PhotoId};
use serde_json::{Value, json};
use testkit::Client;

use crate::world::{World, ids, step};

/// A template of a trench: how deep, and from 1.30 m on whether it is shored, and why not.
async fn template(world: &World) -> Value {
    let new = json!({"name": "Fouille", "questions": [
        {"key": "deep", "label": "Profondeur", "kind": "number", "unit": "m", "min": 0, "max": 6,
         "required": true, "incident": null},
        {"key": "shored", "label": "Les parois sont blindées", "kind": "yes_no", "expected": true,
         "required": true, "photo": "nonconforming", "incident": "critical",
         "when": {"question": "deep", "min": 1.3}},
        {"key": "why", "label": "Pourquoi", "kind": "text", "required": true,
         "when": {"question": "shored", "conforms": false}},
    ]});
    world.planner().post("/v1/checklists", new).await.expect(201)
}

async fn answer(client: &Client, run: &str, answers: Value) -> testkit::Answer {
    client.post(&format!("/v1/checklist-runs/{run}/answers"), json!({"answers": answers})).await
}

#[tokio::test]
async fn a_nonconformity_needs_its_photo_and_opens_one_incident_however_often_it_is_answered() {
    let world = World::new().await;
    let template = template(&world).await;
    let task = world.task("Fouille", 8, 12, json!({"checklists": [template["id"]]})).await;
    world.assign(&task, &[world.awa]).await.expect(200);
    let phone = world.phone(world.awa).header("device-time", "2026-03-02T08:30:00Z");
    step(&phone, &task, "start").await.expect(200);
    let run = ChecklistRunId::new().to_string();
    let begin = json!({"id": run, "task_id": task["id"], "checklist_id": template["id"]});
    phone.post("/v1/checklist-runs", begin).await.expect(201);
    let early = json!([{"question": "shored", "value": true}]);
    let refused = answer(&phone, &run, early).await;
    assert_eq!(
        (refused.status.as_u16(), refused.pointers()),
        (422, vec!["/answers/0/question".into()])
    );
    answer(&phone, &run, json!([{"question": "deep", "value": 2.1}])).await.expect(200);
    step(&phone, &task, "finish").await.expect(409);

    let bare = json!([{"question": "shored", "value": false}]);
    assert_eq!(answer(&phone, &run, bare).await.pointers(), ["/answers/0/photo_id"]);
    let with = |photo: PhotoId| json!([{"question": "shored", "value": false, "photo_id": photo}]);
    for wrong in [PhotoId::new(), world.photo(world.elsewhere).await] {
        assert_eq!(answer(&phone, &run, with(wrong)).await.pointers(), ["/answers/0/photo_id"]);
    }
    let proof = world.photo(world.site).await;
    for _ in 0..3 {
        let open = answer(&phone, &run, with(proof)).await.expect(200);
        assert_eq!((&open["nonconformities"], &open["completed_at"]), (&json!(1), &Value::Null));
    }
    let incidents = world.lead.get("/v1/incidents").await.expect(200);
    assert_eq!(ids(&incidents).len(), 1);
    let opened = &incidents["items"][0];
    assert_eq!((&opened["severity"], &opened["question"]), (&json!("critical"), &json!("shored")));
    assert_eq!((&opened["task_id"], &opened["run_id"]), (&task["id"], &json!(run)));
    assert_eq!(opened["photo_ids"], json!([proof]));
    assert_eq!(opened["reported_at"], "2026-03-02T08:30:00Z");
    assert_eq!(opened["description"], "Fouille : false (true)");

    let why = json!([{"question": "why", "value": "Terrain rocheux"}]);
    assert!(answer(&phone, &run, why).await.expect(200)["completed_at"].is_string());
    step(&phone, &task, "finish").await.expect(200);
    world.stage.settle().await;
}

#[tokio::test]
async fn an_incident_that_a_question_does_not_ask_for_is_not_opened() {
    let world = World::new().await;
    let template = template(&world).await;
    let task = world.task("Fouille", 8, 12, json!({"checklists": [template["id"]]})).await;
    let begin = json!({"task_id": task["id"], "checklist_id": template["id"],
                       "answers": [{"question": "deep", "value": 7}]});
    let run = world.lead.post("/v1/checklist-runs", begin).await.expect(201);
    assert_eq!(run["nonconformities"], 1);
    assert_eq!(ids(&world.lead.get("/v1/incidents").await.expect(200)).len(), 0);
    world.stage.settle().await;
}

#[tokio::test]
async fn two_phones_offline_overwrite_no_answer_unseen_and_a_run_keeps_the_version_of_the_phone() {
    let world = World::new().await;
    let template = template(&world).await;
    let task = world.task("Fouille", 8, 12, json!({"checklists": [template["id"]]})).await;
    world.assign(&task, &[world.awa, world.binta]).await.expect(200);
    let admin = world.stage.client(Role::TenantAdmin, Scope::Tenant);
    let path = format!("/v1/checklists/{}", template["id"].as_str().unwrap());
    let set = json!({"questions": [{"key": "new", "label": "Autre", "kind": "text"}]});
    admin.patch_match(&path, 1, set).await.expect(200);
    let (awa, binta) = (world.phone(world.awa), world.phone(world.binta));
    // Awa's phone began with the first version, offline.
    let begin = |version: i64| {
        json!({"task_id": task["id"], "checklist_id": template["id"], "checklist_version": version,
               "answers": [{"question": "deep", "value": 1.0}]})
    };
    let gone = awa.post("/v1/checklist-runs", begin(9)).await;
    assert_eq!((gone.status.as_u16(), gone.pointers()), (422, vec!["/checklist_version".into()]));
    let run = awa.post("/v1/checklist-runs", begin(1)).await.expect(201);
    assert_eq!(run["checklist_version"], 1);
    let id = run["id"].as_str().unwrap();
    let unseen = answer(&binta, id, json!([{"question": "deep", "value": 2.0}])).await.expect(409);
    assert_eq!(unseen["type"], "urn:fieldops360:problem:answered-meanwhile");
    assert_eq!(unseen["current"]["value"], 1.0);
    let seen = json!([{"question": "deep", "value": 2.0,
                       "replaces": unseen["current"]["answered_at"]}]);
    answer(&binta, id, seen).await.expect(200);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_condition_that_cannot_be_is_refused_with_its_template() {
    let world = World::new().await;
    let admin = world.stage.client(Role::TenantAdmin, Scope::Tenant);
    let first = json!({"key": "a", "label": "A", "kind": "yes_no"});
    let second = |when: Value| json!({"key": "b", "label": "B", "kind": "text", "when": when});
    for when in [
        json!({"question": "b", "equals": "x"}),
        json!({"question": "c", "equals": true}),
        json!({"question": "a"}),
        json!({"question": "a", "equals": 5}),
        json!({"question": "a", "min": 5}),
        json!({"question": "a", "equals": true, "conforms": true}),
    ] {
        let new = json!({"name": "Test", "questions": [first, second(when.clone())]});
        let refused = admin.post("/v1/checklists", new).await;
        assert_eq!(
            (refused.status.as_u16(), refused.pointers()),
            (422, vec!["/questions".into()]),
            "{when}"
        );
    }
    let order = json!({"name": "Test", "questions": [
        second(json!({"question": "a", "equals": true})), first]});
    assert_eq!(admin.post("/v1/checklists", order).await.status.as_u16(), 422);
    let fine = json!({"name": "Test", "questions": [
        first, second(json!({"question": "a", "equals": true}))]});
    admin.post("/v1/checklists", fine).await.expect(201);
}
