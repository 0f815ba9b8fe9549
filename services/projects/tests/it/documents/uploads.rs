//! Versions come by tus, once each, whatever breaks; none is overwritten.

use sha2::{Digest, Sha256};

use super::*;

#[tokio::test]
async fn an_upload_goes_on_where_it_stopped_and_finished_twice_makes_one_version() {
    let stage = stage().await;
    let manager = manager(&stage);
    let plan = document(&manager, project(&manager, "A").await, json!({})).await;
    let bytes: Vec<u8> = (0..5000_u32).map(|n| (n % 251) as u8).collect();
    let version = announce(&manager, &plan, "plan.dwg", bytes.len()).await.expect(201);
    assert_eq!(version["number"], Value::Null);
    let id = version["id"].as_str().unwrap();
    let begun = begin(&manager, id, bytes.len(), "").await;
    assert_eq!(header(&begun, "location"), format!("/v1/document-uploads/{id}"));
    piece(&manager, id, 0, &bytes[..2000]).await.expect(204);
    let at = format!("/v1/document-uploads/{id}");
    let told = tus(&manager).call(Method::HEAD, &at, None).await;
    assert_eq!(header(&told, "upload-offset"), "2000");
    // Nothing is there before all is.
    manager.get(&format!("{}/content", path(&plan))).await.expect(404);
    let page = manager.get(&format!("{}/versions", path(&plan))).await.expect(200);
    assert!(ids(&page).is_empty());
    piece(&manager, id, 2000, &bytes[2000..]).await.expect(204);
    // The answer was lost: the phone asks, sends again, announces again.
    let told = tus(&manager).call(Method::HEAD, &at, None).await;
    assert_eq!(header(&told, "upload-offset"), "5000");
    piece(&manager, id, 5000, b"").await.expect(204);
    piece(&manager, id, 2000, &bytes[2000..]).await.expect(409);
    begin(&manager, id, bytes.len(), "").await.expect(201);
    tus(&manager).call(Method::DELETE, &at, None).await.expect(409);

    let record = read(&manager, id).await;
    assert_eq!(record["number"], 1);
    assert_eq!(record["sha256"], hex::encode(Sha256::digest(&bytes)));
    let answer = manager.get(&format!("{}/content", path(&plan))).await;
    assert_eq!(answer.bytes, bytes);
    assert_eq!(header(&answer, "content-type"), "application/octet-stream");
    assert!(header(&answer, "content-disposition").starts_with("attachment"));
    assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
    assert_eq!(header(&answer, "content-security-policy"), "default-src 'none'; sandbox");
    let part = manager.clone().header("range", "bytes=4000-4099");
    let part = part.get(&format!("{}/content", path(&plan))).await;
    assert_eq!((part.status.as_u16(), &part.bytes[..]), (206, &bytes[4000..4100]));
    assert_eq!(header(&part, "content-range"), "bytes 4000-4099/5000");
    let beyond = manager.clone().header("range", "bytes=5000-");
    beyond.get(&format!("{}/content", path(&plan))).await.expect(416);
    assert_eq!(audited(&stage, "document_version.received").await, 1);
    stage.settle().await;
}

#[tokio::test]
async fn two_uploads_at_once_are_versions_two_and_three_and_none_is_lost() {
    let stage = stage().await;
    let manager = manager(&stage);
    let plan = document(&manager, project(&manager, "A").await, json!({})).await;
    let first = upload(&manager, &plan, "a.txt", b"version un").await;
    let one = {
        let (manager, plan) = (manager.clone(), plan.clone());
        tokio::spawn(async move { upload(&manager, &plan, "b.txt", b"version b").await })
    };
    let other = {
        let (manager, plan) = (manager.clone(), plan.clone());
        tokio::spawn(async move { upload(&manager, &plan, "c.txt", b"version c").await })
    };
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    let page = manager.get(&format!("{}/versions?limit=2", path(&plan))).await.expect(200);
    let numbers: Vec<_> =
        page["items"].as_array().unwrap().iter().map(|v| v["number"].clone()).collect();
    assert_eq!(numbers, [3, 2]);
    let next = page["next"].as_str().unwrap();
    let rest = manager.get(&format!("{}/versions?limit=2&cursor={next}", path(&plan))).await;
    assert_eq!(ids(&rest.expect(200)), std::slice::from_ref(&first));
    for (id, bytes) in [(&first, "version un"), (&one, "version b"), (&other, "version c")] {
        let content = manager.get(&format!("/v1/document-versions/{id}/content")).await;
        assert_eq!(content.bytes, bytes.as_bytes());
    }
    assert_eq!(manager.get(&path(&plan)).await.expect(200)["current"], 3);
    stage.settle().await;
}

#[tokio::test]
async fn another_size_another_hash_a_bad_name_or_too_much_is_refused() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let permit = document(&manager, ours, json!({ "kind": "permit" })).await;
    let versions = format!("{}/versions", path(&permit));
    for name in
        ["../../etc/passwd", "a/b.pdf", "a\\b.pdf", "..", " ", "plan\u{202e}fdp.exe", "a\u{0}b"]
    {
        let refused = announce(&manager, &permit, name, 3).await;
        assert_eq!(refused.pointers(), ["/file_name"], "{name:?}");
        refused.expect(422);
    }
    let refused = announce(&manager, &permit, "grand.pdf", 50 * 1024 * 1024 + 1).await;
    assert_eq!(refused.pointers(), ["/size"]);
    refused.expect(422);
    announce(&manager, &permit, "vide.pdf", 0).await.expect(422);

    let new = json!({ "file_name": "a.txt", "size": 9, "sha256": hex::encode(Sha256::digest(b"version a")) });
    let version = manager.post(&versions, new.clone()).await.expect(201);
    let id = version["id"].as_str().unwrap();
    begin(&manager, id, 10, "").await.expect(422);
    begin(&manager, id, 9, "").await.expect(201);
    piece(&manager, id, 0, b"version a and more").await.expect(413);
    let refused = piece(&manager, id, 0, b"version b").await;
    assert_eq!(header(&refused, "upload-offset"), "0");
    refused.expect(422);
    assert_eq!(manager.get(&path(&permit)).await.expect(200)["current"], Value::Null);
    piece(&manager, id, 0, b"version a").await.expect(204);
    assert_eq!(manager.get(&path(&permit)).await.expect(200)["current"], 1);

    // A chosen id is one version's, and an upload is its announcer's.
    let mut again = new;
    again["id"] = json!(id);
    manager.post(&versions, again).await.expect(409);
    let version = announce(&manager, &permit, "b.txt", 3).await.expect(201);
    let id = version["id"].as_str().unwrap();
    let lead = stage.client(Role::ProjectLead, Scope::Project(ours));
    begin(&lead, id, 3, "").await.expect(404);
    begin(&manager, id, 3, "").await.expect(201);
    piece(&lead, id, 0, b"abc").await.expect(404);
    let options = manager.call(Method::OPTIONS, "/v1/document-uploads", None).await;
    assert_eq!(header(&options, "tus-max-size"), "524288000");
    stage.settle().await;
}

#[tokio::test]
async fn the_second_of_two_changes_to_the_same_record_is_told() {
    let stage = stage().await;
    let manager = manager(&stage);
    let plan = document(&manager, project(&manager, "A").await, json!({})).await;
    manager.patch_match(&path(&plan), 1, json!({ "name": "Premier" })).await.expect(200);
    let late = manager.patch_match(&path(&plan), 1, json!({ "name": "Second" })).await;
    assert_eq!(late.expect(412)["current"]["name"], "Premier");
    let once = manager.clone().header("idempotency-key", "once");
    let new = json!({ "project_id": plan["project_id"], "kind": "plan", "name": "Une fois" });
    let first = once.post("/v1/documents", new.clone()).await.expect(201);
    assert_eq!(once.post("/v1/documents", new).await.expect(201)["id"], first["id"]);
    stage.settle().await;
}
