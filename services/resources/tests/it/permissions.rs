use super::*;

#[tokio::test]
async fn a_crew_member_lists_nobody_even_with_a_wide_scope() {
    let stage = stage().await;
    let awa = worker(&lead(&stage), "Awa Diop").await;
    let crew = stage.client(Role::CrewMember, Scope::Tenant).as_worker(awa);
    for list in ["/v1/workers", "/v1/skills", "/v1/crews"] {
        crew.get(list).await.expect(403);
    }
    crew.get(&format!("/v1/workers/{awa}")).await.expect(404);
    let other = worker(&lead(&stage), "Modou Fall").await;
    crew.get(&format!("/v1/workers/{other}/absences")).await.expect(404);
    crew.patch_match(&format!("/v1/workers/{awa}"), 1, json!({ "active": false }))
        .await
        .expect(404);
    crew.post("/v1/workers", json!({ "name": "Moi" })).await.expect(403);
    stage.visitor().get("/v1/workers").await.expect(401);
}

#[tokio::test]
async fn managers_and_site_leads_see_and_do_not_change() {
    let stage = stage().await;
    let lead = lead(&stage);
    let awa = worker(&lead, "Awa Diop").await;
    let crew = lead.post("/v1/crews", json!({ "name": "Nord", "members": [awa] })).await;
    let crew = format!("/v1/crews/{}", crew.expect(201)["id"].as_str().unwrap());
    let (path, b0) = (format!("/v1/workers/{awa}"), skill(&lead, "B0").await);
    let absence = json!({
        "from": "2026-03-02T08:00:00Z", "to": "2026-03-03T08:00:00Z", "kind": "sick",
    });
    for role in [Role::Manager, Role::SiteLead] {
        let reader = stage.client(role, Scope::Site(kernel::SiteId::new()));
        assert_eq!(ids(&reader.get("/v1/workers").await.expect(200)), [awa.to_string()]);
        reader.get(&path).await.expect(200);
        reader.get(&crew).await.expect(200);
        reader.patch_match(&path, 1, json!({ "active": false })).await.expect(403);
        reader.patch_match(&crew, 1, json!({ "name": "Sud" })).await.expect(403);
        reader
            .patch_match(&format!("/v1/skills/{b0}"), 1, json!({ "code": "X" }))
            .await
            .expect(403);
        reader.post(&format!("{path}/absences"), absence.clone()).await.expect(403);
        reader.post("/v1/crews", json!({ "name": "Sud" })).await.expect(403);
        let new = json!({ "code": "X", "name_fr": "x", "name_en": "x" });
        reader.post("/v1/skills", new).await.expect(403);
    }
}

#[tokio::test]
async fn another_firm_sees_none_of_our_workers() {
    let stage = stage().await;
    let awa = worker(&lead(&stage), "Awa Diop").await;
    let other = stage.another_tenant().await;
    let abroad = stage.client_at(&other, Role::ProjectLead, Scope::Tenant);
    abroad.get(&format!("/v1/workers/{awa}")).await.expect(404);
    abroad.post("/v1/crews", json!({ "name": "Nord", "members": [awa] })).await.expect(422);
    assert!(ids(&abroad.get("/v1/workers").await.expect(200)).is_empty());
}

#[tokio::test]
async fn what_an_hour_costs_is_seen_by_those_who_see_budgets_alone() {
    let stage = stage().await;
    let lead = lead(&stage);
    let cost = json!({ "minor": 1_500, "currency": "XOF" });
    let body = json!({ "name": "Awa Diop", "hourly_cost": cost });
    let made = lead.post("/v1/workers", body).await.expect(201);
    assert_eq!(made["hourly_cost"], cost);
    let path = format!("/v1/workers/{}", made["id"].as_str().unwrap());
    for role in [Role::TenantAdmin, Role::Manager, Role::ProjectLead] {
        let seen = stage.client(role, Scope::Tenant).get(&path).await.expect(200);
        assert_eq!(seen["hourly_cost"], cost, "{role:?}");
    }
    let site_lead = stage.client(Role::SiteLead, Scope::Tenant);
    assert_eq!(site_lead.get(&path).await.expect(200)["hourly_cost"], Value::Null);
    let listed = site_lead.get("/v1/workers").await.expect(200);
    assert_eq!(listed["items"][0]["hourly_cost"], Value::Null);
    for wrong in [
        json!({ "minor": -1, "currency": "XOF" }),
        json!({ "minor": 1_000_000_001_i64, "currency": "XOF" }),
        json!({ "minor": 1, "currency": "CFA" }),
    ] {
        lead.patch_match(&path, 1, json!({ "hourly_cost": wrong })).await.expect(422);
    }
    let renamed = lead.patch_match(&path, 1, json!({ "name": "Awa Sow" })).await.expect(200);
    assert_eq!(renamed["hourly_cost"], cost);
    let cleared = lead.patch_match(&path, 2, json!({ "hourly_cost": null })).await.expect(200);
    assert_eq!(cleared["hourly_cost"], Value::Null);
    stage.settle().await;
    let told: Vec<(String, String)> = sqlx::query_as(
        "select e.entity, coalesce(d.value #>> '{about,hourly_cost}', d.value #>> '{about}', '')
         from core.audit_entry e join core.audit_detail d on d.entry_id = e.id order by e.id",
    )
    .fetch_all(&mut stage.sql().await)
    .await
    .unwrap();
    let costs = told.iter().filter(|(entity, _)| entity == "worker_cost").count();
    assert_eq!(costs, 2, "set and cleared: {told:?}");
    assert!(told.iter().all(|(entity, about)| entity == "worker_cost" || !about.contains("1500")));
}
