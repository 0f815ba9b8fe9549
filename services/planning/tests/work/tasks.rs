use auth::{Role, Scope};
use kernel::{ChecklistId, MilestoneId, ProjectId, SiteId, SkillId, TaskId, WorkerId};
use serde_json::json;

use crate::world::{World, at, ids, step};

#[tokio::test]
async fn a_task_goes_from_plan_to_validation_and_every_step_is_kept() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({})).await;
    assert_eq!(
        (task["status"].as_str(), task["duration_min"].as_i64()),
        (Some("planned"), Some(240))
    );
    world.assign(&task, &[world.awa]).await.expect(200);
    let phone = world
        .phone(world.awa)
        .header("device-time", "2026-03-02T08:05:00Z")
        .header("device-position", "geo:14.7,-17.4;u=8");
    let started = step(&phone, &task, "start").await.expect(200);
    assert_eq!(started["started_at"], "2026-03-02T08:05:00Z");
    step(&phone, &task, "pause").await.expect(200);
    step(&phone, &task, "resume").await.expect(200);
    let done = step(&phone, &task, "finish").await.expect(200);
    assert_eq!(done["status"], "done");
    let reopened = world
        .lead
        .post(&at(&task, "/reopen"), json!({"reason": "Le coffret n'est pas fermé"}))
        .await
        .expect(200);
    assert_eq!((&reopened["status"], &reopened["finished_at"]), (&json!("reopened"), &json!(null)));
    step(&phone, &task, "finish").await.expect(200);
    let validated = step(&world.lead, &task, "validate").await.expect(200);
    assert_eq!(validated["status"], "validated");
    assert!(validated["validated_at"].is_string());

    let steps = world.lead.get(&at(&task, "/transitions")).await.expect(200);
    let names: Vec<_> =
        steps["items"].as_array().unwrap().iter().map(|s| s["step"].as_str().unwrap()).collect();
    assert_eq!(names, ["start", "pause", "resume", "finish", "reopen", "finish", "validate"]);
    let first = &steps["items"][0];
    assert_eq!(first["device_at"], "2026-03-02T08:05:00Z");
    assert_ne!(first["at"], first["device_at"], "the server's time stands beside");
    assert_eq!((first["lat"].as_f64(), first["accuracy_m"].as_f64()), (Some(14.7), Some(8.0)));
    assert_eq!(first["worker_id"], json!(world.awa));
    assert_eq!(steps["items"][4]["reason"], "Le coffret n'est pas fermé");
    world.stage.settle().await;
}

#[tokio::test]
async fn a_step_that_does_not_fit_names_the_present_state_and_a_replay_gets_the_old_answer() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({})).await;
    let again = world.lead.clone().header("idempotency-key", "start-1");
    let first = step(&again, &task, "start").await;
    let replay = step(&again, &task, "start").await;
    assert_eq!((first.status, &first.json), (replay.status, &replay.json));
    assert_eq!(replay.headers["idempotency-replayed"], "true");
    let refused = step(&world.lead, &task, "start").await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:illegal-transition");
    assert_eq!(refused["current"]["status"], "in_progress");
    assert_eq!(refused["current"]["version"], 2);
    step(&world.lead, &task, "validate").await.expect(409);
    step(&world.lead, &task, "cancel").await.expect(200);
    for late in ["start", "pause", "resume", "finish", "validate", "reopen", "cancel"] {
        step(&world.lead, &task, late).await.expect(409);
    }
    let steps = world.lead.get(&at(&task, "/transitions")).await.expect(200);
    assert_eq!(steps["items"].as_array().unwrap().len(), 2);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_crew_member_acts_on_own_tasks_only_and_sees_no_others() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({})).await;
    world.assign(&task, &[world.awa]).await.expect(200);
    let (awa, binta) = (world.phone(world.awa), world.phone(world.binta));
    binta.get(&at(&task, "")).await.expect(404);
    step(&binta, &task, "start").await.expect(404);
    binta.get(&at(&task, "/transitions")).await.expect(404);
    assert_eq!(ids(&binta.get("/v1/tasks").await.expect(200)).len(), 0);
    assert_eq!(ids(&awa.get("/v1/tasks").await.expect(200)).len(), 1);
    step(&awa, &task, "validate").await.expect(403);
    step(&awa, &task, "cancel").await.expect(403);
    awa.patch_match(&at(&task, ""), 2, json!({"title": "Pause"})).await.expect(403);
    step(&awa, &task, "start").await.expect(200);

    let site = |id| world.stage.client(Role::SiteLead, Scope::Site(id));
    site(world.elsewhere).get(&at(&task, "")).await.expect(404);
    step(&site(world.elsewhere), &task, "pause").await.expect(404);
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    manager.get(&at(&task, "")).await.expect(200);
    step(&manager, &task, "pause").await.expect(403);
    let admin = world.stage.client(Role::TenantAdmin, Scope::Tenant);
    admin.get("/v1/tasks").await.expect(403);
    admin.get(&at(&task, "")).await.expect(404);

    let other = world.stage.another_tenant().await;
    let stranger = world.stage.client_at(&other, Role::SiteLead, Scope::Tenant);
    stranger.get(&at(&task, "")).await.expect(404);
    step(&stranger, &task, "pause").await.expect(404);
    assert_eq!(ids(&stranger.get("/v1/tasks").await.expect(200)).len(), 0);
}

#[tokio::test]
async fn of_two_who_edit_the_same_task_the_second_sees_what_the_first_wrote() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({"description": "70 m"})).await;
    let first = world.lead.patch_match(&at(&task, ""), 1, json!({"title": "Tirage, lot 2"})).await;
    assert_eq!((first.version(), first.json["description"].as_str()), (2, Some("70 m")));
    let second = world.planner().patch_match(&at(&task, ""), 1, json!({"title": "Tirage"})).await;
    let second = second.expect(412);
    assert_eq!(second["current"]["title"], "Tirage, lot 2");
    assert_eq!(second["current"]["version"], 2);
    let unseen = world.lead.call(http::Method::PATCH, &at(&task, ""), Some(json!({}))).await;
    unseen.expect(428);
    assert_eq!(world.read(&task).await["title"], "Tirage, lot 2");
}

#[tokio::test]
async fn the_days_plan_is_read_in_the_zone_of_each_site() {
    let world = World::new().await;
    let planner = world.planner();
    // 21:00 UTC is 01:00 of the next day on Réunion.
    let new = |site: SiteId, starts: &str| json!({"site_id": site, "title": "Ronde", "duration_min": 60, "starts_at": starts});
    let here = planner.post("/v1/tasks", new(world.site, "2026-03-02T21:00:00Z")).await;
    let there = planner.post("/v1/tasks", new(world.elsewhere, "2026-03-02T21:00:00Z")).await;
    let (here, there) = (here.expect(201), there.expect(201));
    let on = async |query: String| planner.get(&format!("/v1/tasks?{query}")).await.expect(200);
    assert_eq!(ids(&on("day=2026-03-02".into()).await), [here["id"].as_str().unwrap()]);
    assert_eq!(ids(&on("day=2026-03-03".into()).await), [there["id"].as_str().unwrap()]);
    let both = on(format!("day=2026-03-03&site_id={}", world.site)).await;
    assert_eq!(ids(&both).len(), 0);
    assert_eq!(ids(&on(format!("project_id={}", world.project)).await).len(), 2);
    assert_eq!(ids(&on(format!("project_id={}", ProjectId::new())).await).len(), 0);
    assert_eq!(ids(&on("status=planned".into()).await).len(), 2);
    assert_eq!(ids(&on("status=done".into()).await).len(), 0);
    assert_eq!(ids(&on(format!("worker_id={}", world.awa)).await).len(), 0);
    let page = on("limit=1".into()).await;
    let rest = on(format!("limit=1&cursor={}", page["next"].as_str().unwrap())).await;
    assert_ne!(ids(&page), ids(&rest));
    assert!(rest["next"].is_null());
    for bad in ["status=gone", "day=2026-02-30", "limit=0", "cursor=x", "colour=red", "site_id=1"] {
        let status = planner.get(&format!("/v1/tasks?{bad}")).await.status.as_u16();
        assert!([400, 422].contains(&status), "{bad}: {status}");
    }
}

#[tokio::test]
async fn a_wrong_value_is_named_by_its_field() {
    let world = World::new().await;
    let base =
        json!({"site_id": world.site, "title": "Tirage", "starts_at": "2026-03-02T08:00:00Z"});
    let with = |more: serde_json::Value| {
        let mut new = base.clone();
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        new
    };
    let many: Vec<_> = (0..21).map(|_| SkillId::new()).collect();
    let cases = [
        (with(json!({})), "/ends_at"),
        (with(json!({"ends_at": "2026-03-02T07:00:00Z"})), "/ends_at"),
        (with(json!({"ends_at": "2030-03-02T07:00:00Z"})), "/ends_at"),
        (with(json!({"ends_at": "9999-03-02T07:00:00Z"})), "/ends_at"),
        (with(json!({"duration_min": 0})), "/duration_min"),
        (with(json!({"duration_min": 60, "title": "  "})), "/title"),
        (with(json!({"duration_min": 60, "title": "x".repeat(201)})), "/title"),
        (with(json!({"duration_min": 60, "workers_needed": 51})), "/workers_needed"),
        (with(json!({"duration_min": 60, "skills": many})), "/skills"),
        (with(json!({"duration_min": 60, "skills": [SkillId::new()]})), "/skills"),
        (with(json!({"duration_min": 60, "checklists": [ChecklistId::new()]})), "/checklists"),
        (with(json!({"duration_min": 60, "milestone_id": MilestoneId::new()})), "/milestone_id"),
        (with(json!({"duration_min": 60, "colour": "red"})), "/colour"),
        (with(json!({"duration_min": 60, "priority": "asap"})), "/priority"),
    ];
    for (body, pointer) in cases {
        let answer = world.lead.post("/v1/tasks", body.clone()).await;
        assert_eq!(answer.status.as_u16(), 422, "{body}: {}", answer.json);
        assert_eq!(answer.pointers(), [pointer], "{body}");
    }
    let nowhere = with(json!({"duration_min": 60, "site_id": SiteId::new()}));
    world.lead.post("/v1/tasks", nowhere).await.expect(404);
    let elsewhere = with(json!({"duration_min": 60, "site_id": world.elsewhere}));
    world.lead.post("/v1/tasks", elsewhere).await.expect(404);
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    manager.post("/v1/tasks", with(json!({"duration_min": 60}))).await.expect(403);
}

#[tokio::test]
async fn a_client_chooses_the_id_once() {
    let world = World::new().await;
    let id = TaskId::new();
    let task = world.task("Tirage", 8, 12, json!({"id": id})).await;
    assert_eq!(task["id"], json!(id));
    let again = json!({"id": id, "site_id": world.site, "title": "Autre",
                       "starts_at": "2026-03-02T08:00:00Z", "duration_min": 5});
    let refused = world.lead.post("/v1/tasks", again).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:already-exists");
    assert_eq!(world.read(&task).await["title"], "Tirage");
}

#[tokio::test]
async fn what_is_done_keeps_its_plan_and_its_workers() {
    let world = World::new().await;
    let task = world.task("Tirage", 8, 12, json!({})).await;
    step(&world.lead, &task, "start").await.expect(200);
    step(&world.lead, &task, "finish").await.expect(200);
    let refused = world.lead.patch_match(&at(&task, ""), 3, json!({"title": "Autre"})).await;
    assert_eq!(refused.expect(409)["type"], "urn:fieldops360:problem:task-closed");
    world.assign(&task, &[WorkerId::new()]).await.expect(409);
}

#[tokio::test]
async fn null_clears_a_field_and_what_is_left_out_stays() {
    let world = World::new().await;
    let phase = kernel::PhaseId::new();
    let more = json!({"phase_id": phase, "skills": [world.skill], "priority": "high"});
    let task = world.task("Tirage", 8, 12, more).await;
    let kept = world.lead.patch_match(&at(&task, ""), 1, json!({"workers_needed": 2})).await;
    let kept = kept.expect(200);
    assert_eq!((&kept["phase_id"], &kept["priority"]), (&json!(phase), &json!("high")));
    let cleared = json!({"phase_id": null, "skills": [], "starts_at": "2026-03-02T09:00:00Z"});
    let cleared = world.lead.patch_match(&at(&task, ""), 2, cleared).await.expect(200);
    assert_eq!((&cleared["phase_id"], &cleared["skills"]), (&json!(null), &json!([])));
    assert_eq!(cleared["ends_at"], "2026-03-02T13:00:00Z", "the whole task moves");
    assert_eq!(world.read(&task).await, cleared);
}
