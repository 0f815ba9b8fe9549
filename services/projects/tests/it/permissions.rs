use super::*;

#[tokio::test]
async fn another_projects_lead_finds_nothing() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, theirs) = (project(&manager, "A").await, project(&manager, "B").await);
    let site = site(&manager, ours).await;
    let phase = phase(&manager, ours, "Études").await["id"].as_str().unwrap().to_owned();
    let milestone = milestone(&manager, ours).await;
    let stranger = stage.client(Role::ProjectLead, Scope::Project(theirs));
    for path in [
        format!("/v1/projects/{ours}"),
        format!("/v1/sites/{site}"),
        format!("/v1/phases/{phase}"),
        format!("/v1/milestones/{milestone}"),
    ] {
        stranger.get(&path).await.expect(404);
        stranger.patch_match(&path, 1, json!({ "name": "À moi" })).await.expect(404);
    }
    let accept = format!("/v1/milestones/{milestone}/accept");
    stranger.post(&accept, json!({})).await.expect(404);
    let body = json!({ "project_id": ours, "name": "À moi" });
    stranger.post("/v1/phases", body).await.expect(404);
    for list in ["/v1/sites", "/v1/phases", "/v1/milestones"] {
        assert!(ids(&stranger.get(list).await.expect(200)).is_empty(), "{list}");
    }
    let seen = ids(&stranger.get("/v1/projects").await.expect(200));
    assert_eq!(seen, [theirs.to_string()]);
    stage.settle().await;
}

#[tokio::test]
async fn a_lead_of_one_project_changes_it_and_makes_no_other() {
    let stage = stage().await;
    let ours = project(&manager(&stage), "A").await;
    let lead = stage.client(Role::ProjectLead, Scope::Project(ours));
    site(&lead, ours).await;
    milestone(&lead, ours).await;
    let path = format!("/v1/projects/{ours}");
    lead.patch_match(&path, 1, json!({ "status": "active" })).await.expect(200);
    let new = json!({ "code": "B", "name": "Autre" });
    lead.post("/v1/projects", new.clone()).await.expect(403);
    let wide = stage.client(Role::ProjectLead, Scope::Tenant);
    wide.post("/v1/projects", new).await.expect(201);
    stage.settle().await;
}

#[tokio::test]
async fn a_site_lead_sees_the_own_site_and_its_project_and_changes_neither() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let (mine, other) = (site(&manager, ours).await, site(&manager, ours).await);
    let hidden = project(&manager, "B").await;
    let lead = stage.client(Role::SiteLead, Scope::Site(mine));
    lead.get(&format!("/v1/sites/{mine}")).await.expect(200);
    lead.get(&format!("/v1/sites/{other}")).await.expect(404);
    lead.get(&format!("/v1/projects/{ours}")).await.expect(200);
    lead.get(&format!("/v1/projects/{hidden}")).await.expect(404);
    assert_eq!(ids(&lead.get("/v1/sites").await.expect(200)), [mine.to_string()]);
    assert_eq!(ids(&lead.get("/v1/projects").await.expect(200)), [ours.to_string()]);
    phase(&manager, ours, "Études").await;
    let phases = lead.get(&format!("/v1/phases?project_id={ours}")).await.expect(200);
    assert_eq!(ids(&phases).len(), 1);
    let change = json!({ "name": "À moi" });
    lead.patch_match(&format!("/v1/sites/{mine}"), 1, change.clone()).await.expect(403);
    lead.patch_match(&format!("/v1/projects/{ours}"), 1, change).await.expect(403);
    stage.settle().await;
}

#[tokio::test]
async fn crew_members_and_strangers_see_no_projects() {
    let stage = stage().await;
    let ours = project(&manager(&stage), "A").await;
    let crew = stage.client(Role::CrewMember, Scope::Tenant);
    crew.get("/v1/projects").await.expect(403);
    crew.get(&format!("/v1/projects/{ours}")).await.expect(404);
    crew.post("/v1/projects", json!({ "code": "B", "name": "Autre" })).await.expect(403);
    stage.visitor().get("/v1/projects").await.expect(401);
    let other = stage.another_tenant().await;
    let abroad = stage.client_at(&other, Role::Manager, Scope::Tenant);
    abroad.get(&format!("/v1/projects/{ours}")).await.expect(404);
    assert!(ids(&abroad.get("/v1/projects").await.expect(200)).is_empty());
}

#[tokio::test]
async fn a_tenant_admin_reads_and_does_not_change() {
    let stage = stage().await;
    let ours = project(&manager(&stage), "A").await;
    let admin = stage.client(Role::TenantAdmin, Scope::Tenant);
    let path = format!("/v1/projects/{ours}");
    admin.get(&path).await.expect(200);
    admin.patch_match(&path, 1, json!({ "name": "À moi" })).await.expect(403);
    admin.post("/v1/projects", json!({ "code": "B", "name": "Autre" })).await.expect(403);
}
