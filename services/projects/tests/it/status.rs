//! The one-page status as a PDF.

use super::*;

/// A project with a site in Paris, a milestone and a budget line, and its page's path.
async fn project_with_page(by: &Client) -> (ProjectId, String) {
    let ours = project(by, "DKR/24").await;
    let place = json!({ "project_id": ours, "name": "Poste", "zone": "Europe/Paris",
                        "position": { "lat": 48.85, "lon": 2.35 } });
    by.post("/v1/sites", place).await.expect(201);
    milestone(by, ours).await;
    money::line(by, ours, "materials", 100_000).await;
    (ours, format!("/v1/projects/{ours}/status.pdf"))
}

#[tokio::test]
async fn the_status_comes_as_a_page_in_the_callers_language_and_is_not_sent_twice() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, path) = project_with_page(&manager).await;
    let page = manager.get(&path).await;
    assert_eq!(page.status, 200);
    assert!(page.bytes.starts_with(b"%PDF-"));
    assert_eq!(page.headers["content-type"], "application/pdf");
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    let named = page.headers["content-disposition"].to_str().unwrap();
    assert!(named.starts_with("inline; filename=\"etat-DKR-24-"), "{named}");
    let tag = page.headers["etag"].to_str().unwrap();
    let knowing = manager.clone().header("if-none-match", tag);
    let again = knowing.get(&path).await;
    assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0));
    let english = manager.clone().header("accept-language", "en").get(&path).await;
    assert_ne!(english.headers["etag"], tag);
    let named = english.headers["content-disposition"].to_str().unwrap();
    assert!(named.starts_with("inline; filename=\"status-"), "{named}");
    money::line(&manager, ours, "materials", 5).await;
    assert_eq!(knowing.get(&path).await.status, 200);
    stage.settle().await;
}

#[tokio::test]
async fn the_page_is_for_those_who_may_read_the_status_and_nobody_else() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, page) = project_with_page(&manager).await;
    let other = project(&manager, "B").await;
    let elsewhere = stage.another_tenant().await;
    let place = site(&manager, ours).await;
    for client in [
        stage.client(Role::ProjectLead, Scope::Project(ours)),
        stage.client(Role::ProjectLead, Scope::Project(other)),
        stage.client(Role::SiteLead, Scope::Site(place)),
        stage.client(Role::CrewMember, Scope::Tenant),
        stage.client_at(&elsewhere, Role::Manager, Scope::Tenant),
    ] {
        let data = client.get(&format!("/v1/projects/{ours}/status")).await;
        assert_eq!(client.get(&page).await.status, data.status);
    }
    let lead = stage.client(Role::ProjectLead, Scope::Project(ours));
    lead.get(&format!("/v1/projects/{other}/status.pdf")).await.expect(404);
    lead.get(&format!("/v1/projects/{}/status.pdf", ProjectId::new())).await.expect(404);
    stage.settle().await;
}

#[tokio::test]
async fn the_status_tells_the_money_the_counts_and_the_zone() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, _) = project_with_page(&manager).await;
    for n in 0..11 {
        let body = json!({ "project_id": ours, "name": format!("J{n}"), "due_on": "2026-06-30" });
        manager.post("/v1/milestones", body).await.expect(201);
    }
    let status = manager.get(&format!("/v1/projects/{ours}/status")).await.expect(200);
    assert_eq!(status["zone"], json!("Europe/Paris"));
    assert_eq!(status["milestones"].as_array().unwrap().len(), 10);
    assert_eq!(status["counts"], json!({ "milestones": 12, "risks": 0, "open_items": 0 }));
    let money = &status["money"];
    assert_eq!(money["budget"]["planned_minor"], 100_000);
    assert_eq!(money["earned_value"]["bac_minor"], 100_000);
    stage.settle().await;
}
