//! Bytes come by tus, once, whatever breaks.

use axum::body::Body;
use chrono::Duration;
use http::Method;
use kernel::Service;
use sha2::{Digest, Sha256};
use testkit::photos::jpeg_with_exif;

use crate::*;

fn jpeg() -> Vec<u8> {
    jpeg_with_exif(1, Some((14.7, -17.4)), Some("2026:03:02 09:41:07"))
}

#[tokio::test]
async fn a_photo_comes_in_pieces_and_the_same_piece_twice_changes_nothing() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    let bytes = jpeg();
    let (first, rest) = bytes.split_at(400);
    let id = announce(&crew, firm.new_photo(&bytes)).await;
    let begun = begin(&crew, &id, bytes.len()).await;
    begun.status_is(201);
    assert_eq!(header(&begun, "location"), format!("/v1/uploads/{id}"));
    assert_eq!(header(&begun, "upload-offset"), "0");
    assert!(header(&begun, "upload-expires").ends_with("GMT"));

    assert_eq!(header(&piece(&crew, &id, 0, first).await, "upload-offset"), "400");
    let again = piece(&crew, &id, 0, first).await;
    again.status_is(409);
    assert_eq!(header(&again, "upload-offset"), "400");
    assert_eq!(header(&begin(&crew, &id, bytes.len()).await, "upload-offset"), "400");

    piece(&crew, &id, 400, rest).await.status_is(204);
    // The answer was lost: the phone asks, and sends the last piece once more.
    let told = offset(&crew, &id).await;
    assert_eq!(header(&told, "upload-offset"), bytes.len().to_string());
    assert_eq!(header(&told, "tus-resumable"), "1.0.0");
    piece(&crew, &id, bytes.len(), b"").await.status_is(204);
    piece(&crew, &id, 400, rest).await.status_is(409);
    assert_eq!(
        header(&begin(&crew, &id, bytes.len()).await, "upload-offset"),
        bytes.len().to_string()
    );

    let photo = firm.developed(&crew, &id).await;
    assert_eq!(photo["sha256"], hex::encode(Sha256::digest(&bytes)));
    firm.stage.settle().await;
    let mut sql = firm.stage.sql().await;
    let received: i64 =
        sqlx::query_scalar("select count(*) from core.audit_entry where action = 'photo.received'")
            .fetch_one(&mut sql)
            .await
            .unwrap();
    assert_eq!(received, 1);
}

#[tokio::test]
async fn what_an_interrupted_sender_sent_is_kept() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    let bytes = jpeg();
    let id = announce(&crew, firm.new_photo(&bytes)).await;
    begin(&crew, &id, bytes.len()).await.status_is(201);
    let pieces = vec![
        Ok(bytes::Bytes::copy_from_slice(&bytes[..300])),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ];
    let body = Body::from_stream(futures::stream::iter(pieces));
    let answer = tus(&crew)
        .header("upload-offset", "0")
        .header("content-type", "application/offset+octet-stream")
        .stream(Method::PATCH, &format!("/v1/uploads/{id}"), body)
        .await;
    assert_eq!(answer.status.as_u16(), 400);
    assert_eq!(header(&offset(&crew, &id).await, "upload-offset"), "300");
    piece(&crew, &id, 300, &bytes[300..]).await.status_is(204);
    firm.developed(&crew, &id).await;
}

#[tokio::test]
async fn a_crash_between_the_blob_and_the_commit_is_mended_by_asking() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    let bytes = jpeg();
    for finished in [false, true] {
        let id = announce(&crew, firm.new_photo(&bytes)).await;
        begin(&crew, &id, bytes.len()).await.status_is(201);
        let mut sql = firm.stage.sql().await;
        let key: String =
            sqlx::query_scalar("select blob_key from core.upload where id = $1::uuid")
                .bind(&id)
                .fetch_one(&mut sql)
                .await
                .unwrap();
        // The bytes arrive at the store, and the process dies before it commits.
        let blobs = &firm.stage.app(Service::Proofs).blobs;
        let key = blobs::BlobKey::new(key).unwrap();
        let body = futures::stream::iter([Ok(bytes::Bytes::from(bytes.clone()))]);
        blobs.append(&key, 0, Box::pin(body)).await.unwrap();
        if finished {
            blobs.finish(&key, bytes.len() as u64).await.unwrap();
        }
        let told = offset(&crew, &id).await;
        assert_eq!(header(&told, "upload-offset"), bytes.len().to_string());
        assert_eq!(firm.developed(&crew, &id).await["state"], "ready");
    }
}

#[tokio::test]
async fn other_bytes_than_announced_are_refused_and_the_upload_begins_anew() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    let bytes = jpeg();
    let mut photo = firm.new_photo(&bytes);
    photo["sha256"] = hex::encode(Sha256::digest(&bytes)).into();
    let id = announce(&crew, photo).await;
    begin(&crew, &id, bytes.len()).await.status_is(201);
    let mut wrong = bytes.clone();
    wrong[500] ^= 1;
    let refused = piece(&crew, &id, 0, &wrong).await;
    refused.status_is(422);
    assert_eq!(refused.json["type"], "urn:fieldops360:problem:checksum-mismatch");
    assert_eq!(header(&refused, "upload-offset"), "0");
    assert_eq!(header(&offset(&crew, &id).await, "upload-offset"), "0");
    piece(&crew, &id, 0, &bytes).await.status_is(204);
    assert_eq!(firm.developed(&crew, &id).await["state"], "ready");
}

#[tokio::test]
async fn an_upload_is_its_callers_alone() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    let bytes = jpeg();
    let id = announce(&crew, firm.new_photo(&bytes)).await;
    begin(&crew, &id, bytes.len()).await.status_is(201);
    let lead = firm.stage.client(Role::SiteLead, Scope::Site(firm.site));
    for other in [firm.crew(), lead, firm.manager()] {
        offset(&other, &id).await.status_is(404);
        begin(&other, &id, bytes.len()).await.status_is(404);
        piece(&other, &id, 0, &bytes).await.status_is(404);
        let path = format!("/v1/uploads/{id}");
        tus(&other).call(Method::DELETE, &path, None).await.status_is(404);
    }
    assert_eq!(header(&offset(&crew, &id).await, "upload-offset"), "0");
}

#[tokio::test]
async fn an_upload_is_given_up_or_expires_and_can_be_begun_again() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    let bytes = jpeg();
    let id = announce(&crew, firm.new_photo(&bytes)).await;
    let path = format!("/v1/uploads/{id}");
    begin(&crew, &id, bytes.len()).await.status_is(201);
    piece(&crew, &id, 0, &bytes[..100]).await.status_is(204);
    tus(&crew).call(Method::DELETE, &path, None).await.status_is(204);
    offset(&crew, &id).await.status_is(404);

    begin(&crew, &id, bytes.len()).await.status_is(201);
    piece(&crew, &id, 0, &bytes[..100]).await.status_is(204);
    firm.stage.clock.advance(Duration::days(7) + Duration::minutes(1));
    offset(&crew, &id).await.status_is(404);
    let app = firm.stage.app(Service::Proofs);
    assert_eq!(web::tus::purge(app, firm.stage.tenant.id).await.unwrap(), None);
    assert_eq!(header(&begin(&crew, &id, bytes.len()).await, "upload-offset"), "0");
    piece(&crew, &id, 0, &bytes).await.status_is(204);
    tus(&crew).call(Method::DELETE, &path, None).await.status_is(409);
    firm.developed(&crew, &id).await;
}

#[tokio::test]
async fn what_is_no_tus_is_told_so() {
    let firm = Firm::new().await;
    let crew = firm.crew();
    let bytes = jpeg();
    let id = announce(&crew, firm.new_photo(&bytes)).await;
    crew.call(Method::POST, "/v1/uploads", None).await.status_is(412);
    tus(&crew).call(Method::POST, "/v1/uploads", None).await.status_is(400);
    begin_with(&crew, "photo_id ???", 10).await.status_is(400);
    begin_with(&crew, "", bytes.len()).await.status_is(400);
    begin_with(&crew, &format!("photo_id {}", base64("no id")), 10).await.status_is(422);
    begin(&crew, &PhotoId::new().to_string(), 10).await.status_is(404);
    begin(&crew, &id, bytes.len() + 1).await.status_is(422);
    begin(&crew, &id, 0).await.status_is(422);
    begin(&crew, &id, 64 * 1024 * 1024 + 1).await.status_is(413);
    begin(&crew, &id, bytes.len()).await.status_is(201);
    let path = format!("/v1/uploads/{id}");
    let json = Some(("application/json", b"{}".to_vec()));
    tus(&crew).header("upload-offset", "0").raw(Method::PATCH, &path, json).await.status_is(415);
    let too_much = [&bytes[..], b"more"].concat();
    piece(&crew, &id, 0, &too_much).await.status_is(413);
    offset(&crew, "..%2f..%2fetc").await.status_is(404);
    let options = crew.call(Method::OPTIONS, "/v1/uploads", None).await;
    options.status_is(204);
    assert_eq!(header(&options, "tus-extension"), "creation,termination,expiration");
    assert_eq!(header(&options, "tus-max-size"), (64 * 1024 * 1024).to_string());
}
