//! Photos are kept as they came, shown as what they are, and seen by those who may.

use testkit::photos::{jpeg_with_exif, samples};

use crate::*;

#[tokio::test]
async fn every_sample_is_received_byte_for_byte_and_shown_or_explained() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    let mut photos = Vec::new();
    for (name, bytes) in samples() {
        photos.push((firm.photo(&crew, &bytes).await, name, bytes));
    }
    for (id, name, bytes) in &photos {
        let photo = firm.developed(&crew, id).await;
        let original = crew.get(&format!("/v1/photos/{id}/original")).await;
        original.status_is(200);
        assert!(original.bytes == *bytes, "{name} is not what was sent");
        assert_eq!(header(&original, "etag"), format!("\"{}\"", photo["sha256"].as_str().unwrap()));
        assert_eq!(header(&original, "x-content-type-options"), "nosniff");
        let shown = crew.get(&format!("/v1/photos/{id}/watermarked")).await;
        let small = crew.get(&format!("/v1/photos/{id}/thumbnail")).await;
        if photo["state"] == "ready" {
            assert_eq!(header(&shown, "content-type"), "image/jpeg");
            assert!(shown.bytes.starts_with(&[0xff, 0xd8]) && small.bytes.len() < 100_000);
            assert_eq!(photo["code"].as_str().unwrap().len(), 8);
        } else {
            assert!(photo["reason"].as_str().unwrap().contains("original conservé"), "{name}");
            shown.status_is(404);
            small.status_is(404);
        }
    }
    firm.stage.settle().await;
}

#[tokio::test]
async fn what_is_no_picture_is_only_ever_downloaded() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let mut photo = firm.new_photo(svg);
    photo["content_type"] = "image/svg+xml".into();
    let id = announce(&crew, photo).await;
    begin(&crew, &id, svg.len()).await.status_is(201);
    piece(&crew, &id, 0, svg).await.status_is(204);
    assert_eq!(firm.developed(&crew, &id).await["state"], "unreadable");
    let original = crew.get(&format!("/v1/photos/{id}/original")).await;
    assert_eq!(header(&original, "content-type"), "application/octet-stream");
    assert!(header(&original, "content-disposition").starts_with("attachment"));
    let english = crew.clone().header("accept-language", "en");
    let photo = english.get(&format!("/v1/photos/{id}")).await.expect(200);
    assert!(photo["reason"].as_str().unwrap().contains("original kept"));
}

#[tokio::test]
async fn a_known_picture_is_not_sent_again() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    let id = firm.photo(&crew, &jpeg_with_exif(6, None, None)).await;
    firm.developed(&crew, &id).await;
    for copy in ["original", "watermarked", "thumbnail"] {
        let path = format!("/v1/photos/{id}/{copy}");
        let first = crew.get(&path).await;
        first.status_is(200);
        let known = crew.clone().header("if-none-match", header(&first, "etag"));
        known.get(&path).await.status_is(304);
    }
}

#[tokio::test]
async fn where_it_was_taken_is_for_who_took_it_and_who_answers_for_the_place() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    let bytes = jpeg_with_exif(1, Some((14.7, -17.4)), None);
    let id = firm.photo(&crew, &bytes).await;
    firm.developed(&crew, &id).await;
    let mate = firm.mate().await;
    let path = format!("/v1/photos/{id}");

    let seen = mate.get(&path).await.expect(200);
    assert_eq!((&seen["position"], &seen["exif"]["position"]), (&Value::Null, &Value::Null));
    assert!(seen["exif"]["remarks"].is_array() && seen["sha256"].is_string());
    let listed = mate.get("/v1/photos").await.expect(200);
    assert_eq!(listed["items"], json!([seen]));
    let refused = mate.get(&format!("{path}/original")).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("lieu"));
    let copy = async |by: &Client, of: &str| {
        let answer = by.get(&format!("{path}/{of}")).await;
        answer.status_is(200);
        assert!(answer.bytes.starts_with(&[0xff, 0xd8]));
        assert!(!answer.bytes.windows(4).any(|w| w == b"Exif"), "{of} says where");
        answer.bytes
    };
    let (full, bare) = (copy(&crew, "watermarked").await, copy(&mate, "watermarked").await);
    assert_ne!(full, bare, "the place is drawn on one of them alone");
    assert_eq!(copy(&crew, "thumbnail").await, copy(&mate, "thumbnail").await);

    for by in [&crew, &firm.manager(), &firm.stage.client(Role::SiteLead, Scope::Site(firm.site))] {
        let seen = by.get(&path).await.expect(200);
        assert_eq!(seen["position"]["lat"], 14.7001);
        assert!(seen["exif"]["position"].is_object());
        assert_eq!(by.get(&format!("{path}/original")).await.bytes, bytes);
        assert_eq!(copy(by, "watermarked").await, full);
    }
    // Nor does the trail keep it where it would stay.
    let details: Vec<Value> = sqlx::query_scalar("select value from core.audit_detail")
        .fetch_all(&mut firm.stage.sql().await)
        .await
        .unwrap();
    assert!(details.iter().all(|detail| !detail.to_string().contains("14.7")), "{details:?}");
}

#[tokio::test]
async fn where_a_crew_member_off_the_clock_took_it_is_kept_nowhere() {
    let firm = Firm::new().await;
    let mate = firm.mate().await.header("device-position", "geo:14.7001,-17.4002;u=12");
    let id = firm.photo(&mate, &jpeg_with_exif(1, Some((14.7, -17.4)), None)).await;
    let seen = firm.developed(&mate, &id).await;
    assert_eq!((&seen["position"], &seen["exif"]["position"]), (&Value::Null, &Value::Null));
    let copy = async |by: &Client| by.get(&format!("/v1/photos/{id}/watermarked")).await.bytes;
    assert_eq!(copy(&mate).await, copy(&firm.crew()).await, "nor does the watermark say it");
    let places = "select count(*) from core.audit_place";
    let places: i64 =
        sqlx::query_scalar(places).fetch_one(&mut firm.stage.sql().await).await.unwrap();
    assert_eq!(places, 0);
}

#[tokio::test]
async fn a_photo_is_announced_once_and_where_the_caller_works() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    let photo = firm.new_photo(b"x");
    let id = announce(&crew, photo.clone()).await;
    crew.post("/v1/photos", photo.clone()).await.status_is(409);
    let mut fresh = firm.new_photo(b"x");
    let keyed = crew.clone().header("idempotency-key", "photo-1");
    let first = keyed.post("/v1/photos", fresh.clone()).await;
    let again = keyed.post("/v1/photos", fresh.clone()).await;
    assert_eq!((first.status, &first.json), (again.status, &again.json));

    // On a site without a task: where the worker has some task, not elsewhere.
    fresh["id"] = json!(PhotoId::new());
    fresh["task_id"] = Value::Null;
    announce(&crew, fresh.clone()).await;
    fresh["id"] = json!(PhotoId::new());
    fresh["site_id"] = json!(firm.other_site);
    crew.post("/v1/photos", fresh.clone()).await.status_is(404);
    fresh["task_id"] = json!(firm.task);
    let refused = crew.post("/v1/photos", fresh).await;
    refused.status_is(422);
    assert_eq!(refused.pointers(), ["/task_id"]);

    let stranger = firm.stage.client(Role::CrewMember, Scope::Own).as_worker(WorkerId::new());
    stranger.post("/v1/photos", firm.new_photo(b"x")).await.status_is(404);
    firm.manager().post("/v1/photos", firm.new_photo(b"x")).await.status_is(403);
    let path = format!("/v1/photos/{id}");
    for path in [path.clone(), format!("{path}/original")] {
        stranger.get(&path).await.status_is(404);
        firm.stage
            .client(Role::SiteLead, Scope::Site(firm.other_site))
            .get(&path)
            .await
            .status_is(404);
        firm.stage.client(Role::TenantAdmin, Scope::Tenant).get(&path).await.status_is(404);
    }
    crew.get(&format!("{path}/original")).await.status_is(404);
    firm.manager().get(&path).await.status_is(200);
}

#[tokio::test]
async fn lists_show_what_the_caller_sees() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    for _ in 0..3 {
        announce(&crew, firm.new_photo(b"x")).await;
    }
    let count = async |client: &Client, query: &str| {
        let page = client.get(&format!("/v1/photos{query}")).await.expect(200);
        page["items"].as_array().unwrap().len()
    };
    let lead = |site| firm.stage.client(Role::SiteLead, Scope::Site(site));
    assert_eq!(count(&crew, "").await, 3);
    assert_eq!(count(&lead(firm.site), &format!("?task_id={}", firm.task)).await, 3);
    assert_eq!(count(&lead(firm.other_site), "").await, 0);
    assert_eq!(count(&firm.manager(), "?state=ready").await, 0);
    let page = crew.get("/v1/photos?limit=2").await.expect(200);
    let next = page["next"].as_str().unwrap().to_owned();
    assert_eq!(count(&crew, &format!("?limit=2&cursor={next}")).await, 1);
    firm.stage.client(Role::TenantAdmin, Scope::Tenant).get("/v1/photos").await.status_is(403);
    for bad in ["?limit=0", "?cursor=%00", "?state=lost", "?unknown=1", "?task_id=x"] {
        let status = crew.get(&format!("/v1/photos{bad}")).await.status.as_u16();
        assert!((400..500).contains(&status), "{bad}: {status}");
    }
}

#[tokio::test]
async fn bad_announcements_name_their_fields() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    for (field, value) in [
        ("size", json!(0)),
        ("size", json!(67_108_865)),
        ("size", json!("1")),
        ("taken_at", json!("1970-01-01T00:00:00Z")),
        ("taken_at", json!("2099-01-01T00:00:00Z")),
        ("sha256", json!("abc")),
        ("content_type", json!("image")),
        ("caption", json!("")),
        ("caption", json!("a\u{0}b")),
        ("position", json!({ "lat": 91, "lon": 0 })),
        ("site_id", json!("x")),
        ("nonsense", json!(1)),
    ] {
        let mut photo = firm.new_photo(b"x");
        photo[field] = value.clone();
        let answer = crew.post("/v1/photos", photo).await;
        answer.status_is(422);
        assert!(answer.pointers()[0].starts_with(&format!("/{field}")), "{field}: {value}");
    }
}

#[tokio::test]
async fn another_firm_sees_nothing() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    let id = firm.photo(&crew, &jpeg_with_exif(1, None, None)).await;
    let other = firm.stage.another_tenant().await;
    let spy = firm.stage.client_at(&other, Role::Manager, Scope::Tenant);
    for path in ["", "/original", "/watermarked", "/thumbnail"] {
        spy.get(&format!("/v1/photos/{id}{path}")).await.status_is(404);
    }
    offset(&spy, &id).await.status_is(404);
    let seen = spy.get("/v1/photos").await.expect(200);
    assert_eq!(seen["items"], json!([]));
    firm.developed(&crew, &id).await;
}
