use super::*;

#[tokio::test]
async fn a_milestone_is_refused_with_a_reason_then_accepted_for_good() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let path = format!("/v1/milestones/{}", milestone(&manager, ours).await);
    let (accept, refuse) = (format!("{path}/accept"), format!("{path}/refuse"));
    let silent = manager.post(&refuse, json!({})).await;
    assert_eq!(silent.pointers(), ["/note"]);
    silent.expect(422);
    let note = json!({ "note": "Terre à reprendre" });
    let refused = manager.post(&refuse, note.clone()).await.expect(200);
    assert_eq!((&refused["status"], &refused["version"]), (&json!("refused"), &json!(2)));
    let phone = manager.clone().header("device-time", "2026-06-29T10:00:00Z");
    let accepted = phone.post(&accept, json!({})).await.expect(200);
    assert_eq!(accepted["status"], "accepted");
    assert_eq!(accepted["decided_by"], json!(manager.user()));
    assert_eq!(accepted["decided_at"], "2026-06-29T10:00:00Z");
    manager.post(&refuse, note).await.expect(409);
    manager.post(&accept, json!({})).await.expect(409);
    manager.patch_match(&path, 3, json!({ "name": "Autre" })).await.expect(409);
    stage.settle().await;
}

#[tokio::test]
async fn who_does_not_accept_for_the_project_is_refused() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let mine = site(&manager, ours).await;
    let accept = format!("/v1/milestones/{}/accept", milestone(&manager, ours).await);
    let lead = stage.client(Role::SiteLead, Scope::Site(mine));
    lead.post(&accept, json!({})).await.expect(403);
    let lead = stage.client(Role::ProjectLead, Scope::Project(ours));
    lead.post(&accept, json!({})).await.expect(200);
}

#[tokio::test]
async fn a_milestones_phase_is_one_of_its_project() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, other) = (project(&manager, "A").await, project(&manager, "B").await);
    let own = phase(&manager, ours, "Études").await["id"].clone();
    let foreign = phase(&manager, other, "Études").await["id"].clone();
    let new = |phase: &Value| json!({ "project_id": ours, "phase_id": phase, "name": "Jalon", "due_on": "2026-06-30" });
    let wrong = manager.post("/v1/milestones", new(&foreign)).await;
    assert_eq!(wrong.pointers(), ["/phase_id"]);
    wrong.expect(422);
    let made = manager.post("/v1/milestones", new(&own)).await.expect(201);
    let path = format!("/v1/milestones/{}", made["id"].as_str().unwrap());
    manager.patch_match(&path, 1, json!({ "phase_id": foreign })).await.expect(422);
    let cleared = manager.patch_match(&path, 1, json!({ "phase_id": null })).await.expect(200);
    assert_eq!(cleared["phase_id"], Value::Null);
    let due = "/v1/milestones?status=pending&due_by=2026-06-29";
    assert!(ids(&manager.get(due).await.expect(200)).is_empty());
    let due = "/v1/milestones?status=pending&due_by=2026-06-30";
    assert_eq!(ids(&manager.get(due).await.expect(200)).len(), 1);
    stage.settle().await;
}
