//! Signatures are recorded once and shown as they were drawn.

use sha2::{Digest, Sha256};

use crate::*;

fn drawn(firm: &Firm) -> Value {
    json!({
        "id": uuid::Uuid::now_v7(),
        "task_id": firm.task,
        "signer_name": "Mme Fatou Sarr",
        "signer_role": "client",
        "signed_at": "2026-03-02T11:58:00Z",
        "strokes": [[[0.1, 0.5], [0.4, 0.2], [0.5, 0.8]], [[0.7, 0.7]]],
    })
}

#[tokio::test]
async fn a_signature_is_recorded_once_with_its_picture() {
    let firm = Firm::new().await;
    let crew = firm.crew().header("device-position", "geo:14.7,-17.4;u=8");
    let body = drawn(&firm);
    let taken = crew.post("/v1/signatures", body.clone()).await.expect(201);
    assert_eq!(taken["position"]["accuracy_m"], 8.0);
    let path = format!("/v1/signatures/{}", taken["id"].as_str().unwrap());
    let image = crew.get(&format!("{path}/image")).await;
    assert_eq!(header(&image, "content-type"), "image/png");
    assert_eq!(taken["sha256"], hex::encode(Sha256::digest(&image.bytes)));

    // The same id with another drawing: refused, and the first picture stands.
    let mut other = body.clone();
    other["strokes"] = json!([[[0.0, 0.0], [1.0, 1.0]]]);
    crew.post("/v1/signatures", other).await.status_is(409);
    assert_eq!(crew.get(&format!("{path}/image")).await.bytes, image.bytes);

    let page = firm.manager().get(&format!("/v1/signatures?task_id={}", firm.task)).await;
    assert_eq!(page.expect(200)["items"], json!([taken]));
    assert_eq!(crew.get(&path).await.expect(200), taken);
    firm.stage.settle().await;
}

#[tokio::test]
async fn where_it_was_drawn_is_for_who_had_it_drawn_and_who_answers_for_the_place() {
    let firm = Firm::new().await;
    let crew = firm.crew().header("device-position", "geo:14.7,-17.4;u=8");
    let taken = crew.post("/v1/signatures", drawn(&firm)).await.expect(201);
    let path = format!("/v1/signatures/{}", taken["id"].as_str().unwrap());
    let mate = firm.mate().await;
    let seen = mate.get(&path).await.expect(200);
    assert_eq!((&seen["position"], &seen["sha256"]), (&Value::Null, &taken["sha256"]));
    assert_eq!(mate.get("/v1/signatures").await.expect(200)["items"], json!([seen]));
    for by in [&crew, &firm.manager(), &firm.stage.client(Role::SiteLead, Scope::Site(firm.site))] {
        assert_eq!(by.get(&path).await.expect(200)["position"]["lat"], 14.7);
    }

    // Off the clock it is not even taken.
    let mate = mate.header("device-position", "geo:14.7,-17.4;u=8");
    let taken = mate.post("/v1/signatures", drawn(&firm)).await.expect(201);
    assert_eq!(taken["position"], Value::Null);
    let places = "select count(*) from core.audit_place";
    let places: i64 =
        sqlx::query_scalar(places).fetch_one(&mut firm.stage.sql().await).await.unwrap();
    assert_eq!(places, 1, "the crew member's alone, who was clocked in");
}

#[tokio::test]
async fn only_who_works_there_takes_signatures_and_only_real_ones() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    firm.manager().post("/v1/signatures", drawn(&firm)).await.status_is(403);
    let elsewhere = firm.stage.client(Role::SiteLead, Scope::Site(firm.other_site));
    elsewhere.post("/v1/signatures", drawn(&firm)).await.status_is(404);
    for (field, value) in [
        ("strokes", json!([])),
        ("strokes", json!([[]])),
        ("strokes", json!([[[0.5, 0.5]]])),
        ("strokes", json!([[[0.1, 0.2], [1.5, 0.2]]])),
        ("strokes", json!([[[0.1, 0.2, 0.3]]])),
        ("signer_name", json!(" ")),
        ("signer_role", json!("king")),
        ("signed_at", json!("2099-01-01T00:00:00Z")),
    ] {
        let mut body = drawn(&firm);
        body[field] = value;
        let answer = crew.post("/v1/signatures", body).await;
        answer.status_is(422);
        assert!(answer.pointers()[0].starts_with(&format!("/{field}")), "{field}");
    }
}
