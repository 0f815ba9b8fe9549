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
