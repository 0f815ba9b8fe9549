//! Deliverables, change orders and issues.

use std::collections::BTreeSet;

use super::*;

async fn made(by: &Client, path: &str, body: Value) -> String {
    by.post(path, body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

fn deliverable(project: ProjectId) -> Value {
    json!({ "project_id": project, "name": "Dossier des ouvrages", "due_on": "2026-06-30" })
}

fn order(project: ProjectId) -> Value {
    json!({ "project_id": project, "title": "Rocher", "reason": "Sol non reconnu",
            "amount": { "minor": 1_500_000, "currency": "XOF" }, "delay_days": 12 })
}

fn issue(project: ProjectId) -> Value {
    json!({ "project_id": project, "title": "Accès fermé", "severity": "high" })
}

/// A person whom identity knows.
async fn person(stage: &Stage, client: &Client) {
    let mut sql = stage.sql().await;
    sqlx::query(
        "insert into identity.person (id, email, name, status, grants, password_hash, created_at)
         values ($1, $2, 'Aminata Fall', 'active', '[]', 'x', now())",
    )
    .bind(client.user())
    .bind(format!("{}@client.example", client.user()))
    .execute(&mut sql)
    .await
    .unwrap();
}

#[tokio::test]
async fn another_projects_lead_finds_no_deliverable_change_order_or_issue() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, theirs) = (project(&manager, "A").await, project(&manager, "B").await);
    let stranger = stage.client(Role::ProjectLead, Scope::Project(theirs));
    let site_lead = stage.client(Role::SiteLead, Scope::Site(site(&manager, ours).await));
    for (path, body, steps) in [
        ("/v1/deliverables", deliverable(ours), &["submit", "accept"][..]),
        ("/v1/change-orders", order(ours), &["submit", "approve"]),
        ("/v1/issues", issue(ours), &["reopen"]),
    ] {
        stranger.post(path, body.clone()).await.expect(404);
        site_lead.post(path, body.clone()).await.expect(403);
        let one = format!("{path}/{}", made(&manager, path, body).await);
        stranger.get(&one).await.expect(404);
        stranger.patch_match(&one, 1, json!({})).await.expect(404);
        site_lead.get(&one).await.expect(200);
        site_lead.patch_match(&one, 1, json!({})).await.expect(403);
        for step in steps {
            let step = format!("{one}/{step}");
            stranger.post(&step, json!({})).await.expect(404);
            site_lead.post(&step, json!({})).await.expect(403);
        }
        assert!(ids(&stranger.get(path).await.expect(200)).is_empty(), "{path}");
        assert_eq!(ids(&site_lead.get(path).await.expect(200)).len(), 1, "{path}");
    }
    stage.settle().await;
}

#[tokio::test]
async fn the_sponsor_decides_on_what_was_handed_over_and_accepted_is_final() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let lead = stage.client(Role::ProjectLead, Scope::Project(ours));
    let sponsor = stage.client(Role::SiteLead, Scope::Site(site(&manager, ours).await));
    person(&stage, &sponsor).await;
    let mut body = deliverable(ours);
    body["sponsor_id"] = json!(UserId::new());
    let unknown = lead.post("/v1/deliverables", body.clone()).await;
    assert_eq!(unknown.pointers(), ["/sponsor_id"]);
    body["sponsor_id"] = json!(sponsor.user());
    let path = format!("/v1/deliverables/{}", made(&lead, "/v1/deliverables", body).await);
    let step = |name: &str| format!("{path}/{name}");
    sponsor.post(&step("accept"), json!({})).await.expect(409);
    lead.post(&step("submit"), json!({})).await.expect(200);
    lead.post(&step("accept"), json!({})).await.expect(403);
    lead.patch_match(&path, 2, json!({ "name": "Autre" })).await.expect(409);
    let refused = sponsor.post(&step("refuse"), json!({ "note": "Plans manquants" })).await;
    assert_eq!(refused.expect(200)["decided_by"], json!(sponsor.user()));
    lead.patch_match(&path, 3, json!({ "name": "Dossier complet" })).await.expect(200);
    lead.post(&step("submit"), json!({})).await.expect(200);
    let accepted = manager.post(&step("accept"), json!({})).await.expect(200);
    assert_eq!(accepted["status"], "accepted");
    for again in ["submit", "accept"] {
        manager.post(&step(again), json!({})).await.expect(409);
    }
    manager.post(&step("refuse"), json!({ "note": "Trop tard" })).await.expect(409);
    manager.patch_match(&path, 6, json!({ "name": "À moi" })).await.expect(409);
    stage.settle().await;
}

#[tokio::test]
async fn a_deliverables_milestone_is_one_of_its_project() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, theirs) = (project(&manager, "A").await, project(&manager, "B").await);
    let mut body = deliverable(ours);
    body["milestone_id"] = json!(milestone(&manager, theirs).await);
    let answer = manager.post("/v1/deliverables", body.clone()).await;
    assert_eq!(answer.pointers(), ["/milestone_id"]);
    body["milestone_id"] = json!(milestone(&manager, ours).await);
    manager.post("/v1/deliverables", body).await.expect(201);
    stage.settle().await;
}

#[tokio::test]
async fn change_orders_made_at_once_are_numbered_without_gaps() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, other) = (project(&manager, "A").await, project(&manager, "B").await);
    let makers = (0..12).map(|nth| {
        let manager = manager.clone();
        // Every third is refused: a refused one takes no number.
        let mut body = order(if nth % 4 == 3 { other } else { ours });
        if nth % 3 == 2 {
            body["amount"]["currency"] = json!("EUR");
        }
        async move { manager.post("/v1/change-orders", body).await.status.as_u16() }
    });
    let answers = futures::future::join_all(makers).await;
    assert!(answers.iter().all(|a| matches!(a, 201 | 422)), "{answers:?}");
    for project in [ours, other] {
        let path = format!("/v1/change-orders?project_id={project}&limit=200");
        let page = manager.get(&path).await.expect(200);
        let all = page["items"].as_array().unwrap();
        let numbers: BTreeSet<_> = all.iter().map(|o| o["number"].as_u64().unwrap()).collect();
        let expected: BTreeSet<_> = (1..=all.len() as u64).collect();
        assert_eq!(numbers, expected);
    }
    stage.settle().await;
}

#[tokio::test]
async fn an_approved_change_order_is_final_and_only_a_manager_approves() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let lead = stage.client(Role::ProjectLead, Scope::Project(ours));
    let path = format!("/v1/change-orders/{}", made(&lead, "/v1/change-orders", order(ours)).await);
    let step = |name: &str| format!("{path}/{name}");
    manager.post(&step("approve"), json!({})).await.expect(409);
    lead.post(&step("submit"), json!({})).await.expect(200);
    lead.post(&step("approve"), json!({})).await.expect(403);
    manager.post(&step("reject"), json!({ "note": "Métré à joindre" })).await.expect(200);
    let outdated = lead.patch_match(&path, 1, json!({ "delay_days": 10 })).await.expect(412);
    assert_eq!(outdated["current"]["status"], "rejected");
    let draft = lead.patch_match(&path, 3, json!({ "delay_days": 10 })).await.expect(200);
    assert_eq!((&draft["status"], &draft["number"]), (&json!("draft"), &json!(1)));
    lead.post(&step("submit"), json!({})).await.expect(200);
    manager.post(&step("approve"), json!({})).await.expect(200);
    manager.patch_match(&path, 6, json!({ "amount": null })).await.expect(409);
    manager.post(&step("reject"), json!({ "note": "Non" })).await.expect(409);
    lead.post(&step("submit"), json!({})).await.expect(409);
    stage.settle().await;
}

#[tokio::test]
async fn an_issue_is_settled_by_its_owner_and_reopened_by_who_manages() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let owner = stage.client(Role::SiteLead, Scope::Site(site(&manager, ours).await));
    person(&stage, &owner).await;
    let path = format!("/v1/issues/{}", made(&manager, "/v1/issues", issue(ours)).await);
    let settle = format!("{path}/resolve");
    let said = json!({ "resolution": "Servitude signée" });
    owner.post(&settle, said.clone()).await.expect(403);
    manager.patch_match(&path, 1, json!({ "owner_id": owner.user() })).await.expect(200);
    let settled = owner.post(&settle, said.clone()).await.expect(200);
    assert_eq!(settled["resolved_by"], json!(owner.user()));
    manager.post(&settle, said).await.expect(409);
    owner.post(&format!("{path}/reopen"), json!({})).await.expect(403);
    let open = manager.post(&format!("{path}/reopen"), json!({})).await.expect(200);
    assert_eq!((&open["status"], &open["resolution"]), (&json!("open"), &Value::Null));
    stage.settle().await;
}
