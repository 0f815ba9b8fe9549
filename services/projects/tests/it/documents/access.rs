//! Who sees a document, and who is known to have seen it.

use super::*;

#[tokio::test]
async fn another_projects_lead_finds_no_document_not_even_by_search() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, theirs) = (project(&manager, "A").await, project(&manager, "B").await);
    let plan = document(&manager, ours, json!({ "tags": ["almadies"] })).await;
    let version = upload(&manager, &plan, "plan.txt", "tranchée blindée".as_bytes()).await;
    read(&manager, &version).await;
    assert_eq!(found(&manager, "tranchee").await.len(), 1);

    let stranger = stage.client(Role::ProjectLead, Scope::Project(theirs));
    let path = path(&plan);
    for hidden in [
        path.clone(),
        format!("{path}/versions"),
        format!("{path}/content"),
        format!("{path}/views"),
        format!("/v1/document-versions/{version}"),
        format!("/v1/document-versions/{version}/content"),
        format!("/v1/document-versions/{version}/preview"),
    ] {
        stranger.get(&hidden).await.expect(404);
    }
    stranger.patch_match(&path, 1, json!({ "name": "À moi" })).await.expect(404);
    announce(&stranger, &plan, "x.pdf", 3).await.expect(404);
    stranger.post(&format!("{path}/acknowledge"), json!({ "number": 1 })).await.expect(404);
    begin(&stranger, &version, 17, "").await.expect(404);
    let new = json!({ "project_id": ours, "kind": "plan", "name": "À moi" });
    stranger.post("/v1/documents", new).await.expect(404);
    for search in ["tranchee", "almadies", "plan"] {
        assert!(found(&stranger, search).await.is_empty(), "{search}");
    }
    for filter in [format!("project_id={ours}"), "tag=almadies".to_owned()] {
        let page = stranger.get(&format!("/v1/documents?{filter}")).await.expect(200);
        assert!(ids(&page).is_empty());
    }
    let other = stage.another_tenant().await;
    let abroad = stage.client_at(&other, Role::Manager, Scope::Tenant);
    abroad.get(&path).await.expect(404);
    assert!(found(&abroad, "tranchee").await.is_empty());
    stage.visitor().get(&path).await.expect(401);
    stage.settle().await;
}

#[tokio::test]
async fn a_role_that_is_not_named_does_not_see() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let contract =
        document(&manager, ours, json!({ "kind": "contract", "roles": ["manager"] })).await;
    let version = upload(&manager, &contract, "marché.txt", b"montant confidentiel").await;
    read(&manager, &version).await;
    let lead = stage.client(Role::ProjectLead, Scope::Project(ours));
    lead.get(&path(&contract)).await.expect(404);
    lead.get(&format!("/v1/document-versions/{version}/content")).await.expect(404);
    lead.patch_match(&path(&contract), 2, json!({ "roles": [] })).await.expect(404);
    assert!(found(&lead, "confidentiel").await.is_empty());
    assert_eq!(found(&manager, "confidentiel").await.len(), 1);

    // Nobody shuts themselves out.
    let out = json!({ "roles": ["site_lead"] });
    let refused = manager.patch_match(&path(&contract), 2, out.clone()).await;
    assert_eq!(refused.pointers(), ["/roles"]);
    refused.expect(422);
    let shared = json!({ "roles": ["manager", "project_lead"] });
    manager.patch_match(&path(&contract), 2, shared).await.expect(200);
    lead.get(&path(&contract)).await.expect(200);
    stage.settle().await;
}

#[tokio::test]
async fn crews_see_what_is_released_where_they_work_and_nothing_else() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let (here, there) = (site(&manager, ours).await, site(&manager, ours).await);
    let crew = crew_on(&stage, ours, here).await;
    let mode = |site: Option<SiteId>, released: bool| json!({ "kind": "method_statement", "site_id": site, "released": released });
    let whole = document(&manager, ours, mode(None, true)).await;
    let own = document(&manager, ours, mode(Some(here), true)).await;
    let foreign = document(&manager, ours, mode(Some(there), true)).await;
    let draft = document(&manager, ours, mode(Some(here), false)).await;
    let seen = ids(&crew.get("/v1/documents").await.expect(200));
    assert_eq!(seen, [whole["id"].as_str().unwrap(), own["id"].as_str().unwrap()]);
    for hidden in [&foreign, &draft] {
        crew.get(&path(hidden)).await.expect(404);
    }
    crew.patch_match(&path(&own), 1, json!({ "name": "x" })).await.expect(403);
    crew.get(&format!("{}/views", path(&own))).await.expect(403);
    announce(&crew, &own, "x.pdf", 3).await.expect(403);
    let idle = stage.client(Role::CrewMember, Scope::Own).as_worker(WorkerId::new());
    assert!(ids(&idle.get("/v1/documents").await.expect(200)).is_empty());
    stage.settle().await;
}

#[tokio::test]
async fn a_site_lead_manages_the_own_sites_documents_and_reads_the_projects() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, theirs) = (project(&manager, "A").await, project(&manager, "B").await);
    let (mine, other) = (site(&manager, ours).await, site(&manager, ours).await);
    let whole = document(&manager, ours, json!({})).await;
    let foreign = document(&manager, ours, json!({ "site_id": other })).await;
    let lead = stage.client(Role::SiteLead, Scope::Site(mine));
    let permit = json!({ "kind": "permit", "site_id": mine });
    let permit = document(&lead, ours, permit).await;
    lead.patch_match(&path(&permit), 1, json!({ "released": true })).await.expect(200);
    lead.get(&path(&whole)).await.expect(200);
    lead.patch_match(&path(&whole), 1, json!({ "released": true })).await.expect(403);
    lead.get(&path(&foreign)).await.expect(404);
    let new = |project, site| json!({ "project_id": project, "site_id": site, "kind": "plan", "name": "x" });
    lead.post("/v1/documents", new(ours, Some(other))).await.expect(404);
    lead.post("/v1/documents", new(ours, None)).await.expect(403);
    let wrong = manager.post("/v1/documents", new(theirs, Some(mine))).await;
    assert_eq!(wrong.pointers(), ["/site_id"]);
    wrong.expect(422);
    stage.settle().await;
}

#[tokio::test]
async fn it_is_known_who_saw_and_who_understood_which_version() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let here = site(&manager, ours).await;
    let crew = crew_on(&stage, ours, here).await;
    let mode = json!({ "kind": "method_statement", "site_id": here, "released": true, "must_acknowledge": true });
    let mode = document(&manager, ours, mode).await;
    let (path, say) = (path(&mode), json!({ "number": 1 }));
    crew.get(&format!("{path}/content")).await.expect(404);
    crew.post(&format!("{path}/acknowledge"), say.clone()).await.expect(409);
    upload(&manager, &mode, "mode.txt", b"Consignation HTA").await;
    for _ in 0..2 {
        crew.get(&format!("{path}/content")).await.expect(200);
    }
    let known = crew.get(&format!("{path}/content")).await;
    let known = crew.clone().header("if-none-match", header(&known, "etag"));
    known.get(&format!("{path}/content")).await.expect(304);
    for _ in 0..2 {
        crew.post(&format!("{path}/acknowledge"), say.clone()).await.expect(204);
    }
    upload(&manager, &mode, "mode-2.txt", b"Consignation HTA, rev. B").await;
    // The first is no longer in force: nobody says now to have understood it.
    crew.post(&format!("{path}/acknowledge"), say).await.expect(409);
    let views = manager.get(&format!("{path}/views")).await.expect(200);
    let views = views["items"].as_array().unwrap();
    assert_eq!(views.len(), 1);
    assert_eq!(views[0]["user_id"], json!(crew.user()));
    assert_eq!((&views[0]["number"], &views[0]["times"]), (&json!(1), &json!(3)));
    assert!(views[0]["acknowledged_at"].is_string());
    assert_eq!(audited(&stage, "document.acknowledged").await, 1);
    stage.settle().await;
}
