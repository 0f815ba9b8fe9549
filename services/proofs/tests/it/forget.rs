//! Where people were is forgotten when planning says that time has passed, and the chain holds.

use contracts::{Envelope, Event, RetentionApplied, RetentionChange};
use kernel::{Clock, EventId, RequestId, RetentionId, Timestamp};
use testkit::photos::jpeg_with_exif;

use crate::*;

async fn apply(firm: &Firm, positions: Timestamp, proofs: Timestamp, hours: Timestamp) {
    let applied = RetentionApplied {
        retention: RetentionId::new(),
        version: 1,
        change: RetentionChange::Applied,
        positions_before: positions,
        proofs_before: proofs,
        hours_before: hours,
    };
    let subject = applied.subject();
    let envelope = Envelope {
        id: EventId::new(),
        tenant: firm.stage.tenant.id,
        kind: RetentionApplied::TYPE.to_owned(),
        action: applied.action().to_owned(),
        entity: subject.entity.to_owned(),
        entity_id: subject.id,
        entity_version: subject.version,
        actor: None,
        device_at: None,
        at: firm.stage.clock.now(),
        request_id: RequestId::new(),
        trace: None,
        payload: serde_json::to_value(&applied).unwrap(),
    };
    for outcome in firm.stage.bus.publish(&[envelope]).await {
        outcome.unwrap();
    }
    firm.stage.settle().await;
}

async fn count(firm: &Firm, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&mut firm.stage.sql().await).await.unwrap()
}

#[tokio::test]
async fn positions_are_forgotten_and_the_chain_still_verifies() {
    let firm = Firm::new().await;
    let crew = firm.crew().header("device-position", "geo:14.7001,-17.4002;u=12");
    let id = firm.photo(&crew, &jpeg_with_exif(1, Some((14.7, -17.4)), None)).await;
    firm.developed(&crew, &id).await;
    firm.stage.settle().await;
    let verify = async || firm.manager().get("/v1/audit/verify?photos=true").await.expect(200);
    let places = "select count(*) from core.audit_place";
    let taken = count(&firm, places).await;
    assert!(taken > 0);
    assert_eq!(verify().await["ok"], true);

    let now = firm.stage.clock.now();
    let year = chrono::TimeDelta::days(365);
    apply(&firm, now - year, now - year, now - year).await;
    assert_eq!(count(&firm, places).await, taken, "not yet");
    let path = format!("/v1/photos/{id}");
    assert!(crew.get(&path).await.expect(200)["position"].is_object());

    // A changed place is seen as long as it is there.
    sqlx::raw_sql("update core.audit_place set value = jsonb_set(value, '{lat}', '14.9')")
        .execute(&mut firm.stage.sql().await)
        .await
        .unwrap();
    assert_eq!(verify().await["faults"][0]["what"], "detail_changed");

    let copy = async |by: &Client| by.get(&format!("{path}/watermarked")).await.bytes;
    let mate = firm.mate().await;
    let (full, bare) = (copy(&crew).await, copy(&mate).await);
    let key: String = sqlx::query_scalar("select watermarked_key from proofs.photo")
        .fetch_one(&mut firm.stage.sql().await)
        .await
        .unwrap();
    let key = blobs::BlobKey::new(key).unwrap();
    let blobs = &firm.stage.app(kernel::Service::Proofs).blobs;
    assert_eq!(blobs.get_bytes(&key, 1 << 20).await.unwrap(), full);

    let later = now + chrono::TimeDelta::days(1);
    apply(&firm, later, later, now - year).await;
    assert_eq!(count(&firm, places).await, 0);
    assert_eq!(copy(&crew).await, bare, "the copy with the place gives way to the one without");
    let waiting = "select count(*) from proofs.dropped_copy";
    testkit::eventually("the copy's bytes are gone", async || {
        (count(&firm, waiting).await == 0).then_some(())
    })
    .await;
    assert!(blobs.get_bytes(&key, 1 << 20).await.is_err());
    assert_eq!(crew.get(&path).await.expect(200)["position"], Value::Null);
    let found = verify().await;
    assert_eq!((&found["ok"], &found["erased"]), (&json!(true), &json!(0)), "{found}");
    let trail = format!("/v1/audit?entity=task&entity_id={}", firm.task);
    let acts = firm.manager().get(&trail).await.expect(200);
    assert_eq!(acts["items"][0]["position"], Value::Null);
    assert!(acts["items"][0]["actor"]["id"].is_string(), "who did it stays");
}

#[tokio::test]
async fn a_clock_that_is_ahead_keeps_a_place_no_longer() {
    let firm = Firm::new().await;
    sqlx::query("update planning.time_entry set in_at = $1")
        .bind(firm.stage.clock.now())
        .execute(&mut firm.stage.sql().await)
        .await
        .unwrap();
    let crew = firm.crew().header("device-position", "geo:14.7001,-17.4002;u=12");
    let ahead = firm.stage.clock.now() + chrono::TimeDelta::hours(6);
    let mut photo = firm.new_photo(b"x");
    photo["taken_at"] = json!(ahead);
    announce(&crew, photo).await;
    let drawn = json!({
        "task_id": firm.task, "signer_name": "Mme Sarr", "signer_role": "client",
        "signed_at": ahead, "strokes": [[[0.1, 0.5], [0.4, 0.2]]],
    });
    crew.post("/v1/signatures", drawn).await.expect(201);
    let placed = "select (select count(*) from proofs.photo where lat is not null)
                       + (select count(*) from proofs.signature where lat is not null)";
    assert_eq!(count(&firm, placed).await, 2);
    let soon = firm.stage.clock.now() + chrono::TimeDelta::hours(1);
    apply(&firm, soon, soon, soon - chrono::TimeDelta::days(365)).await;
    assert_eq!(count(&firm, placed).await, 0);
}

#[tokio::test]
async fn who_did_what_to_hours_goes_with_the_hours_and_the_chain_holds() {
    let firm = Firm::new().await;
    let entry = uuid::Uuid::now_v7();
    let commitment = web::commitment(b"x", &json!({}));
    let mut sql = firm.stage.sql().await;
    sqlx::query(
        "insert into core.audit_entry (id, at, action, entity, entity_id, entity_version,
                                       request_id, commitment)
         values ($1, now() - interval '6 years', 'time_entry.corrected', 'time_entry',
                 gen_random_uuid(), 1, gen_random_uuid(), $2)",
    )
    .bind(entry)
    .bind(&commitment[..])
    .execute(&mut sql)
    .await
    .unwrap();
    sqlx::query("insert into core.audit_detail (entry_id, salt, value) values ($1, 'x', '{}')")
        .bind(entry)
        .execute(&mut sql)
        .await
        .unwrap();
    let found = firm.manager().get("/v1/audit/verify").await.expect(200);
    assert_eq!((&found["ok"], &found["erased"]), (&json!(true), &json!(0)), "{found}");
    let now = firm.stage.clock.now();
    let years = chrono::TimeDelta::days(5 * 365 + 2);
    apply(&firm, now - years, now - years, now - years).await;
    let found = firm.manager().get("/v1/audit/verify").await.expect(200);
    assert_eq!((&found["ok"], &found["erased"]), (&json!(true), &json!(1)), "{found}");
}
