use auth::{Role, Scope};
use kernel::ChecklistRunId;
use serde_json::{Value, json};

use crate::world::{World, ids, step};

async fn template(world: &World) -> Value {
    let new = json!({"name": "Mesures", "questions": [
        {"key": "volts", "label": "Tension", "kind": "number", "unit": "V", "min": 0, "max": 50,
         "required": true},
        {"key": "vat", "label": "Absence de tension", "kind": "yes_no", "expected": true,
         "required": true},
        {"key": "note", "label": "Remarques", "kind": "text"},
        {"key": "photo", "label": "Photo", "kind": "photo"},
    ]});
    world.lead.post("/v1/checklists", new.clone()).await.expect(403);
    world.planner().post("/v1/checklists", new).await.expect(201)
}

#[tokio::test]
async fn a_task_is_finished_when_its_required_checklists_are_complete() {
    let world = World::new().await;
    let template = template(&world).await;
    let task = world.task("Câble", 8, 12, json!({"checklists": [template["id"]]})).await;
    world.assign(&task, &[world.awa]).await.expect(200);
    let phone = world.phone(world.awa);
    step(&phone, &task, "start").await.expect(200);
    let refused = step(&phone, &task, "finish").await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:checklists-incomplete");
    assert_eq!(refused["checklists"][0]["name"], "Mesures");

    let id = ChecklistRunId::new();
    let new = json!({"id": id, "task_id": task["id"], "checklist_id": template["id"],
                     "answers": [{"question": "volts", "value": 230}]});
    world.phone(world.binta).post("/v1/checklist-runs", new.clone()).await.expect(404);
    let run = phone.post("/v1/checklist-runs", new.clone()).await.expect(201);
    assert_eq!(run["nonconformities"], 1, "kept and counted");
    assert_eq!(run["answers"][0]["conforms"], false);
    let twice = json!({"task_id": task["id"], "checklist_id": template["id"]});
    assert_eq!(phone.post("/v1/checklist-runs", twice).await.expect(409)["run"], json!(id));
    step(&phone, &task, "finish").await.expect(409);

    let more = |answers: Value| json!({ "answers": answers });
    let path = format!("/v1/checklist-runs/{id}/answers");
    let device = phone.clone().header("device-time", "2026-03-02T11:00:00Z");
    let answers = more(json!([
        {"question": "volts", "value": 0.4},
        {"question": "vat", "value": true},
        {"question": "photo", "value": world.photo(world.site).await},
    ]));
    let run = device.post(&path, answers).await.expect(200);
    assert_eq!((&run["nonconformities"], &run["version"]), (&json!(0), &json!(2)));
    assert_eq!(run["completed_at"], "2026-03-02T11:00:00Z");
    assert_eq!(run["answers"].as_array().unwrap().len(), 3);
    step(&phone, &task, "finish").await.expect(200);
    let late = phone.post(&path, more(json!([{"question": "note", "value": "ok"}]))).await;
    assert_eq!(late.expect(409)["type"], "urn:fieldops360:problem:task-closed");

    let read = |client: testkit::Client| async move {
        client.get(&format!("/v1/checklist-runs/{id}")).await.status.as_u16()
    };
    assert_eq!(read(phone.clone()).await, 200);
    assert_eq!(read(world.phone(world.binta)).await, 404);
    let list = format!("/v1/checklist-runs?task_id={}", task["id"].as_str().unwrap());
    assert_eq!(ids(&world.lead.get(&list).await.expect(200)).len(), 1);
    assert_eq!(ids(&world.phone(world.binta).get(&list).await.expect(200)).len(), 0);
    world.stage.settle().await;
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_named_and_none_of_the_call_is_kept() {
    let world = World::new().await;
    let template = template(&world).await;
    let task = world.task("Câble", 8, 12, json!({"checklists": [template["id"]]})).await;
    let begin = json!({"task_id": task["id"], "checklist_id": template["id"]});
    let run = world.lead.post("/v1/checklist-runs", begin).await.expect(201);
    let path = format!("/v1/checklist-runs/{}/answers", run["id"].as_str().unwrap());
    for (question, value, pointer) in [
        ("volts", json!("230"), "/answers/1/value"),
        ("vat", json!(1), "/answers/1/value"),
        ("photo", json!("photo.jpg"), "/answers/1/value"),
        ("note", json!("  "), "/answers/1/value"),
        ("note", json!("x".repeat(2001)), "/answers/1/value"),
        ("other", json!(true), "/answers/1/question"),
        ("volts", json!(null), "/answers/1/value"),
        ("volts", json!([1]), "/answers/1/value"),
    ] {
        let answers = json!({"answers": [{"question": "vat", "value": true},
                                         {"question": question, "value": value}]});
        let refused = world.lead.post(&path, answers).await;
        assert_eq!(refused.status.as_u16(), 422, "{question} {value}");
        assert_eq!(refused.pointers(), [pointer], "{question} {value}");
    }
    let unlinked = world.task("Autre", 8, 12, json!({})).await;
    let begin = json!({"task_id": unlinked["id"], "checklist_id": template["id"]});
    let refused = world.lead.post("/v1/checklist-runs", begin).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:checklist-not-linked");
    let run = world.lead.get(&path.replace("/answers", "")).await.expect(200);
    assert_eq!(run["answers"], json!([]));
}

#[tokio::test]
async fn a_run_keeps_the_version_it_began_with() {
    let world = World::new().await;
    let template = template(&world).await;
    let task = world.task("Câble", 8, 12, json!({"checklists": [template["id"]]})).await;
    let begin = json!({"task_id": task["id"], "checklist_id": template["id"]});
    let run = world.lead.post("/v1/checklist-runs", begin).await.expect(201);
    let admin = world.stage.client(Role::TenantAdmin, Scope::Tenant);
    let path = format!("/v1/checklists/{}", template["id"].as_str().unwrap());
    let set = json!({"questions": [{"key": "new", "label": "Autre", "kind": "text"}]});
    world.lead.patch_match(&path, 1, set.clone()).await.expect(403);
    let changed = admin.patch_match(&path, 1, set.clone()).await.expect(200);
    assert_eq!((&changed["version"], &changed["name"]), (&json!(2), &json!("Mesures")));
    let stale = admin.patch_match(&path, 1, set).await.expect(412);
    assert_eq!(stale["current"]["version"], 2);
    let run_path = format!("/v1/checklist-runs/{}", run["id"].as_str().unwrap());
    let kept = world.lead.get(&run_path).await.expect(200);
    assert_eq!(
        (kept["checklist_version"].as_i64(), &kept["questions"]),
        (Some(1), &run["questions"])
    );
    // The old run still has required questions; a task begun now has none.
    step(&world.lead, &task, "start").await.expect(200);
    step(&world.lead, &task, "finish").await.expect(409);
    let other = world.task("Autre", 8, 12, json!({"checklists": [template["id"]]})).await;
    step(&world.lead, &other, "start").await.expect(200);
    step(&world.lead, &other, "finish").await.expect(200);
}

#[tokio::test]
async fn a_new_tenant_has_the_templates_of_its_trade_once() {
    let world = World::new().await;
    let page = world.lead.get("/v1/checklists?limit=200").await.expect(200);
    let mut codes: Vec<_> =
        page["items"].as_array().unwrap().iter().map(|c| c["code"].as_str().unwrap()).collect();
    codes.sort_unstable();
    let all = ["elec-consignation", "elec-mise-en-service", "elec-mise-hors-tension", "elec-vat"];
    assert_eq!(codes, all);
    // What the firm made of one stays.
    let own = page["items"].as_array().unwrap().iter().find(|c| c["code"] == "elec-vat").unwrap();
    let path = format!("/v1/checklists/{}", own["id"].as_str().unwrap());
    world.planner().patch_match(&path, 1, json!({"name": "Notre VAT"})).await.expect(200);
    let seed = planning::module().seed.unwrap();
    let electricity = web::SeedFor {
        sector: "electricity".into(),
        country: "SN".into(),
        now: "2026-03-02T08:00:00Z".parse().unwrap(),
    };
    seed(&mut world.stage.sql().await, &electricity).await.unwrap();
    let page = world.lead.get("/v1/checklists?limit=200").await.expect(200);
    assert_eq!(ids(&page).len(), 4);
    assert_eq!(world.lead.get(&path).await.expect(200)["name"], "Notre VAT");
    // Elsewhere the trade speaks English.
    let mut sql = world.stage.sql().await;
    sqlx::query("delete from planning.checklist where code = 'elec-vat'")
        .execute(&mut sql)
        .await
        .unwrap();
    let abroad = web::SeedFor { country: "GH".into(), ..electricity };
    seed(&mut sql, &abroad).await.unwrap();
    let page = world.lead.get("/v1/checklists?limit=200").await.expect(200);
    let again = page["items"].as_array().unwrap().iter().find(|c| c["code"] == "elec-vat").unwrap();
    assert_eq!(again["name"], "Verification of absence of voltage");
}

#[tokio::test]
async fn a_wrong_template_is_refused_by_its_field() {
    let world = World::new().await;
    let admin = world.stage.client(Role::TenantAdmin, Scope::Tenant);
    let question = |more: Value| {
        let mut question = json!({"key": "a", "label": "A", "kind": "text"});
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        question
    };
    for (questions, pointer) in [
        (json!([]), "/questions"),
        (json!([question(json!({})), question(json!({}))]), "/questions"),
        (json!([question(json!({"key": "A b"}))]), "/questions/0/key"),
        (json!([question(json!({"label": ""}))]), "/questions/0/label"),
        (json!([question(json!({"kind": "colour"}))]), "/questions/0/kind"),
        (json!([question(json!({"hint": "?"}))]), "/questions/0/hint"),
        (json!([question(json!({"min": 1}))]), "/questions/0/__all__"),
    ] {
        let new = json!({"name": "Test", "questions": questions});
        let refused = admin.post("/v1/checklists", new.clone()).await;
        assert_eq!(refused.status.as_u16(), 422, "{new}");
        assert!(refused.pointers().iter().any(|p| p == pointer), "{new}: {:?}", refused.pointers());
    }
}

#[tokio::test]
async fn versions_that_nobody_answered_go_when_no_phone_may_begin_with_them_any_more() {
    let world = World::new().await;
    let template = template(&world).await;
    let task = world.task("Câble", 8, 12, json!({"checklists": [template["id"]]})).await;
    let admin = world.stage.client(Role::TenantAdmin, Scope::Tenant);
    let path = format!("/v1/checklists/{}", template["id"].as_str().unwrap());
    let change = async |version: i64| {
        let name = json!({"name": format!("Mesures {version}")});
        admin.patch_match(&path, version, name).await.expect(200)
    };
    let begin = json!({"task_id": task["id"], "checklist_id": template["id"]});
    change(1).await;
    world.lead.post("/v1/checklist-runs", begin).await.expect(201);
    change(2).await;
    change(3).await;
    let kept = async || -> Vec<i64> {
        sqlx::query_scalar(
            "select version from planning.checklist_version
                            where checklist_id = $1::uuid order by version",
        )
        .bind(template["id"].as_str().unwrap())
        .fetch_all(&mut world.stage.sql().await)
        .await
        .unwrap()
    };
    world.stage.clock.advance(chrono::TimeDelta::days(30));
    change(4).await;
    assert_eq!(kept().await, [1, 2, 3, 4, 5], "a phone may have been away since");
    world.stage.clock.advance(chrono::TimeDelta::days(2));
    change(5).await;
    assert_eq!(kept().await, [2, 4, 5, 6], "answered, in use a month ago, and since");
}
