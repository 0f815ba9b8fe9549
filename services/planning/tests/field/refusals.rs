//! Refused calls: the phone tells, the site lead sees.

use auth::{Role, Scope};
use serde_json::{Value, json};

use crate::world::World;

fn refused(world: &World) -> Value {
    json!({
        "site_id": world.site, "method": "POST", "path": "/v1/time-entries", "status": 409,
        "problem": {"type": "urn:fieldops360:problem:time-overlap", "status": 409},
        "acted_at": world.minutes(-90),
    })
}

#[tokio::test]
async fn what_a_phone_was_refused_is_seen_by_its_site_lead_and_by_no_other() {
    let world = World::new().await;
    world.task("Poser le câble", 2, &[world.awa]).await;
    let phone = world.phone(world.awa);
    let noted = phone.post("/v1/field/refusals", refused(&world)).await.expect(201);
    assert_eq!(noted["worker_id"], json!(world.awa));
    let seen = world.lead.get("/v1/field/refusals").await.expect(200);
    assert_eq!(seen["items"], json!([noted]));
    let other = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    assert_eq!(other.get("/v1/field/refusals").await.expect(200)["items"], json!([]));
    assert_eq!(phone.get("/v1/field/refusals").await.status, 403);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_phone_tells_of_the_own_sites_alone_and_nothing_absurd() {
    let world = World::new().await;
    let phone = world.phone(world.awa);
    assert_eq!(phone.post("/v1/field/refusals", refused(&world)).await.status, 404);
    world.task("Poser le câble", 2, &[world.awa]).await;
    for (field, value) in [
        ("status", json!(200)),
        ("method", json!("GET")),
        ("path", json!("")),
        ("problem", json!({"detail": "x".repeat(20_000)})),
        ("problem", json!([])),
        ("acted_at", json!("0001-01-01T00:00:00Z")),
    ] {
        let mut body = refused(&world);
        body[field] = value.clone();
        let answer = phone.post("/v1/field/refusals", body).await;
        assert_eq!(answer.status, 422, "{field}: {value}");
        assert_eq!(answer.pointers()[0], format!("/{field}"), "{value}");
    }
    let stranger = world.stage.client(Role::CrewMember, Scope::Own);
    assert_eq!(stranger.post("/v1/field/refusals", refused(&world)).await.status, 403);
}

#[tokio::test]
async fn a_leads_own_phone_tells_of_what_it_was_refused_on_the_own_sites() {
    let world = World::new().await;
    let told = world.lead.post("/v1/field/refusals", refused(&world)).await.expect(201);
    assert_eq!((&told["worker_id"], &told["user_id"]), (&Value::Null, &json!(world.lead.user())));
    let planner = world.stage.client(Role::ProjectLead, Scope::Project(world.project));
    planner.post("/v1/field/refusals", refused(&world)).await.expect(201);
    let seen = world.lead.get("/v1/field/refusals").await.expect(200);
    assert_eq!(seen["items"].as_array().unwrap().len(), 2);
    let other = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    assert_eq!(other.post("/v1/field/refusals", refused(&world)).await.status, 404);
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    assert_eq!(manager.post("/v1/field/refusals", refused(&world)).await.status, 403);
    world.stage.settle().await;
}

#[tokio::test]
async fn what_was_dealt_with_leaves_the_list_and_stays_to_be_read() {
    let world = World::new().await;
    world.task("Poser le câble", 2, &[world.awa]).await;
    let phone = world.phone(world.awa);
    let noted = phone.post("/v1/field/refusals", refused(&world)).await.expect(201);
    let path = format!("/v1/field/refusals/{}/review", noted["id"].as_str().unwrap());
    let review = async |client: &testkit::Client, version: i64| {
        let client = client.clone().header("if-match", format!("\"{version}\""));
        client.post(&path, json!({"note": "Saisi à la main"})).await
    };
    assert_eq!(review(&phone, 1).await.status, 403);
    let other = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    assert_eq!(review(&other, 1).await.status, 404);
    assert_eq!(review(&world.lead, 2).await.status, 412);
    assert_eq!(world.lead.post(&path, json!({})).await.status, 428);
    let done = review(&world.lead, 1).await.expect(200);
    assert_eq!((&done["version"], &done["review"]["note"]), (&json!(2), &json!("Saisi à la main")));
    assert_eq!(done["review"]["by"], json!(world.lead.user()));
    assert_eq!(review(&world.lead, 1).await.status, 412, "by one who saw it before");
    let left = world.lead.get("/v1/field/refusals").await.expect(200);
    assert_eq!(left["items"], json!([]));
    let all = world.lead.get("/v1/field/refusals?reviewed=true").await.expect(200);
    assert_eq!(all["items"], json!([done]));
    world.stage.settle().await;
}
