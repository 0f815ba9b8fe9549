use chrono::Duration;
use kernel::{CertificateKindId, Clock, Service};

use super::*;

async fn kind(by: &Client, code: &str) -> CertificateKindId {
    let page = by.get(&format!("/v1/certificate-kinds?q={code}&limit=200")).await.expect(200);
    let found = page["items"].as_array().unwrap().iter().find(|k| k["code"] == code);
    id(found.unwrap())
}

/// How many reminders were told so far.
async fn reminders(stage: &Stage) -> i64 {
    stage.settle().await;
    sqlx::query_scalar(
        "select count(*) from core.audit_entry where action = 'certificate.expiring'",
    )
    .fetch_one(&mut stage.sql().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_certificate_is_noted_changed_and_removed_and_each_is_a_new_version_of_its_worker() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (awa, hab) = (worker(&lead, "Awa Diop").await, kind(&lead, "HAB-B1V").await);
    let body = json!({
        "worker_id": awa, "kind_id": hab, "number": "2026-117", "issuer": "APAVE",
        "issued_on": "2026-03-02", "document": "Armoire A, classeur 3",
    });
    let made = lead.post("/v1/certificates", body).await.expect(201);
    assert_eq!(made["expires_on"], "2029-03-01", "three years by the kind");
    let path = format!("/v1/certificates/{}", made["id"].as_str().unwrap());
    assert_eq!(lead.get(&path).await.expect(200), made);
    let changed =
        lead.patch_match(&path, 1, json!({ "expires_on": "2027-03-01" })).await.expect(200);
    assert_eq!((&changed["expires_on"], &changed["version"]), (&json!("2027-03-01"), &json!(2)));
    lead.patch_match(&path, 1, json!({ "number": null })).await.expect(412);
    for (filter, count) in [
        (format!("worker_id={awa}"), 1),
        (format!("kind_id={hab}&expires_by=2027-03-01"), 1),
        ("expires_by=2027-02-28".to_owned(), 0),
    ] {
        let page = lead.get(&format!("/v1/certificates?{filter}")).await.expect(200);
        assert_eq!(ids(&page).len(), count, "{filter}");
    }
    let early = lead.patch_match(&path, 2, json!({ "issued_on": "2027-03-02" })).await;
    assert_eq!(early.pointers(), ["/expires_on"]);
    early.expect(422);
    lead.clone().header("if-match", "\"1\"").delete(&path).await.expect(412);
    lead.clone().header("if-match", "\"2\"").delete(&path).await.expect(204);
    lead.get(&path).await.expect(404);
    assert_eq!(lead.get(&format!("/v1/workers/{awa}")).await.version(), 4);
    stage.settle().await;
}

#[tokio::test]
async fn the_certificate_that_ends_last_says_how_long_its_skill_may_be_used() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (b0, hab) = (skill(&lead, "B0").await, kind(&lead, "HAB-B0").await);
    let skills = json!([{ "skill_id": b0, "level": 4, "valid_until": "2030-01-01" }]);
    let body = json!({ "name": "Awa Diop", "skills": skills });
    let awa: WorkerId = id(&lead.post("/v1/workers", body).await.expect(201));
    let known = async || {
        sqlx::query_as::<_, (i16, Option<String>)>(
            "select level, valid_until::text from resources_pub.worker_skill where worker_id = $1",
        )
        .bind(awa)
        .fetch_one(&mut stage.sql().await)
        .await
        .unwrap()
    };
    assert_eq!(known().await, (4, Some("2030-01-01".to_owned())));
    let note = async |expires_on: Value| {
        let body = json!({
            "worker_id": awa, "kind_id": hab, "issued_on": "2020-01-01", "expires_on": expires_on,
        });
        lead.post("/v1/certificates", body).await.expect(201);
    };
    note(json!("2025-06-30")).await;
    assert_eq!(known().await.1.as_deref(), Some("2025-06-30"), "the certificate counts");
    note(json!("2027-06-30")).await;
    assert_eq!(known().await.1.as_deref(), Some("2027-06-30"));
    note(Value::Null).await;
    assert_eq!(known().await.1, None, "one that does not expire");
    stage.settle().await;
}

#[tokio::test]
async fn a_reminder_is_told_once_for_each_day_and_none_where_it_was_renewed() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (awa, hab) = (worker(&lead, "Awa Diop").await, kind(&lead, "HAB-BR").await);
    let today = stage.clock.now().date_naive();
    let note = async |days: i64| {
        let body = json!({
            "worker_id": awa, "kind_id": hab, "issued_on": today,
            "expires_on": today + Duration::days(days),
        });
        lead.post("/v1/certificates", body).await.expect(201)
    };
    let made = note(90).await;
    assert_eq!(reminders(&stage).await, 0);
    stage.clock.advance(Duration::days(31));
    assert_eq!(reminders(&stage).await, 1);
    let path = format!("/v1/certificates/{}", made["id"].as_str().unwrap());
    assert_eq!(lead.get(&path).await.version(), 2);

    // The same jobs once more, as after a crash or a restore.
    let again = "update core.job set state = 'waiting', finished_at = null
                 where kind = 'resources.remind_certificate' and state = 'done'";
    sqlx::query(again).execute(&mut stage.sql().await).await.unwrap();
    stage.app(Service::Resources).jobs.wake(stage.tenant.id);
    assert_eq!(reminders(&stage).await, 1);

    // Past the days of its other reminders: it was renewed, so nobody is told.
    note(400).await;
    stage.clock.advance(Duration::days(60));
    assert_eq!(reminders(&stage).await, 1);
}

#[tokio::test]
async fn nobody_is_told_of_what_was_removed_or_of_who_is_no_longer_planned() {
    let stage = stage().await;
    let lead = lead(&stage);
    let hab = kind(&lead, "HAB-BR").await;
    let (awa, modou) = (worker(&lead, "Awa Diop").await, worker(&lead, "Modou Fall").await);
    let today = stage.clock.now().date_naive();
    for worker in [awa, modou] {
        let body = json!({
            "worker_id": worker, "kind_id": hab, "issued_on": today,
            "expires_on": today + Duration::days(90),
        });
        let made = lead.post("/v1/certificates", body).await.expect(201);
        if worker == modou {
            let path = format!("/v1/certificates/{}", made["id"].as_str().unwrap());
            lead.clone().header("if-match", "\"1\"").delete(&path).await.expect(204);
        }
    }
    let path = format!("/v1/workers/{awa}");
    lead.patch_match(&path, 2, json!({ "active": false })).await.expect(200);
    stage.clock.advance(Duration::days(100));
    assert_eq!(reminders(&stage).await, 0);
}

#[tokio::test]
async fn a_kind_is_the_firms_own_and_its_code_taken_once() {
    let stage = stage().await;
    let lead = lead(&stage);
    let b0 = skill(&lead, "B0").await;
    let new = |more: Value| {
        let mut body =
            json!({ "code": "DRONE", "name_fr": "Télépilote", "name_en": "Drone pilot" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let kinds = "/v1/certificate-kinds";
    let made = lead.post(kinds, new(json!({ "skill_id": b0, "months": 60 }))).await.expect(201);
    assert_eq!(made["reminder_days"], json!([60, 30, 7]));
    lead.post(kinds, new(json!({}))).await.expect(409);
    let path = format!("{kinds}/{}", made["id"].as_str().unwrap());
    let body = json!({ "months": null, "reminder_days": [10, 90, 10] });
    let changed = lead.patch_match(&path, 1, body).await.expect(200);
    assert_eq!((&changed["months"], &changed["reminder_days"]), (&Value::Null, &json!([90, 10])));
    lead.patch_match(&path, 2, json!({ "code": "HAB-B0" })).await.expect(409);
    for (more, pointer) in [
        (json!({ "code": "A", "skill_id": SkillId::new() }), "/skill_id"),
        (json!({ "code": "B", "months": 0 }), "/months"),
        (json!({ "code": "C", "reminder_days": [-1] }), "/reminder_days"),
    ] {
        let answer = lead.post(kinds, new(more.clone())).await;
        assert_eq!(answer.pointers(), [pointer], "{more}");
        answer.expect(422);
    }
    stage.settle().await;
}

#[tokio::test]
async fn bad_certificates_point_at_their_field() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (awa, hab) = (worker(&lead, "Awa Diop").await, kind(&lead, "HAB-B0").await);
    for (more, pointer) in [
        (json!({ "kind_id": CertificateKindId::new() }), "/kind_id"),
        (json!({ "issued_on": "1826-01-01" }), "/issued_on"),
        (json!({ "expires_on": "2026-03-01" }), "/expires_on"),
        (json!({ "expires_on": "2226-03-01" }), "/expires_on"),
        (json!({ "number": " " }), "/number"),
        (json!({ "grade": 3 }), "/grade"),
    ] {
        let mut body = json!({ "worker_id": awa, "kind_id": hab, "issued_on": "2026-03-02" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = lead.post("/v1/certificates", body).await;
        assert_eq!(answer.pointers(), [pointer], "{more}");
        answer.expect(422);
    }
    let nobody = json!({ "worker_id": WorkerId::new(), "kind_id": hab, "issued_on": "2026-03-02" });
    lead.post("/v1/certificates", nobody).await.expect(404);
    let page = lead.get("/v1/certificates").await.expect(200);
    assert!(ids(&page).is_empty());
}

#[tokio::test]
async fn certificates_are_for_who_sees_workers_and_of_this_firm() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (awa, hab) = (worker(&lead, "Awa Diop").await, kind(&lead, "HAB-B0").await);
    let body = json!({ "worker_id": awa, "kind_id": hab, "issued_on": "2026-03-02" });
    let made = lead.post("/v1/certificates", body.clone()).await.expect(201);
    let path = format!("/v1/certificates/{}", made["id"].as_str().unwrap());
    let crew = stage.client(Role::CrewMember, Scope::Tenant).as_worker(awa);
    crew.get("/v1/certificates").await.expect(403);
    crew.get(&path).await.expect(404);
    crew.post("/v1/certificates", body.clone()).await.expect(404);
    let reader = stage.client(Role::SiteLead, Scope::Site(kernel::SiteId::new()));
    reader.get(&path).await.expect(200);
    reader.patch_match(&path, 1, json!({ "number": "1" })).await.expect(403);
    reader.clone().header("if-match", "\"1\"").delete(&path).await.expect(403);
    reader.post("/v1/certificates", body).await.expect(403);
    let other = stage.another_tenant().await;
    let abroad = stage.client_at(&other, Role::ProjectLead, Scope::Tenant);
    abroad.get(&path).await.expect(404);
    abroad.patch_match(&path, 1, json!({ "number": "1" })).await.expect(404);
    assert!(ids(&abroad.get("/v1/certificates").await.expect(200)).is_empty());
}
