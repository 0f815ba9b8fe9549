//! The contract on a real S3 server, and what only S3 can do.

use std::env;
use std::net::SocketAddr;
use std::time::Duration;

use blobs::{BlobError, BlobSettings, BlobStore, S3Settings, S3Store};

use crate::{content, fresh_key, proxy, sha256, whole};

fn settings() -> S3Settings {
    let var = |name: &str| {
        env::var(name).unwrap_or_else(|_| {
            panic!("{name} is not set: these tests need an S3 server, `make test` starts one")
        })
    };
    S3Settings {
        endpoint: var("FIELDOPS_TEST_S3_URL"),
        region: "us-east-1".into(),
        bucket: env::var("FIELDOPS_TEST_S3_BUCKET").unwrap_or_else(|_| "fieldops-test".into()),
        key: var("FIELDOPS_TEST_S3_KEY"),
        secret: var("FIELDOPS_TEST_S3_SECRET"),
        timeout: S3Settings::TIMEOUT,
    }
}

fn open() -> (S3Store, ()) {
    (S3Store::open(&settings()).unwrap(), ())
}

/// The store behind another address.
fn through(address: SocketAddr, timeout: Duration) -> S3Store {
    S3Store::open(&S3Settings { endpoint: format!("http://{address}"), timeout, ..settings() })
        .unwrap()
}

async fn server() -> SocketAddr {
    let endpoint = settings().endpoint;
    let host = endpoint.strip_prefix("http://").expect("a plain http server").trim_end_matches('/');
    tokio::net::lookup_host(host).await.unwrap().next().unwrap()
}

crate::contract::on!(open());

#[tokio::test]
async fn a_wrong_secret_is_refused_and_never_shown() {
    let settings = S3Settings { secret: "hunter2-hunter2".into(), ..settings() };
    let store = blobs::open(&BlobSettings::S3(settings.clone())).unwrap();
    let refused = store.put(&fresh_key(), content(10)).await.unwrap_err();
    assert!(matches!(refused, BlobError::Unavailable(_)), "{refused:?}");
    assert!(matches!(store.head(&fresh_key()).await, Err(BlobError::Unavailable(_))));
    assert!(!format!("{settings:?} {refused:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_missing_bucket_is_an_outage_not_a_missing_blob() {
    let store = S3Store::open(&S3Settings { bucket: "nowhere".into(), ..settings() }).unwrap();
    let refused = store.upload_offset(&fresh_key()).await;
    assert!(matches!(refused, Err(BlobError::Unavailable(_))), "{refused:?}");
}

#[tokio::test]
async fn a_server_lost_in_mid_finish_leaves_nothing_stored_and_finish_runs_again() {
    let (store, ()) = open();
    let (at, bytes) = (fresh_key(), content(20_000_000));
    store.begin_upload(&at).await.unwrap();
    store.append(&at, 0, whole(&bytes)).await.unwrap();

    let dying = proxy::breaking_after(server().await, 12_000_000).await;
    let lost = through(dying, S3Settings::TIMEOUT).finish(&at, 20_000_000).await;
    assert!(matches!(lost, Err(BlobError::Unavailable(_))), "{lost:?}");
    assert!(matches!(store.head(&at).await, Err(BlobError::NotFound)));

    let stored = store.finish(&at, 20_000_000).await.unwrap();
    assert_eq!(stored.sha256, sha256(&bytes));
    assert_eq!(store.get_bytes(&at, stored.len).await.unwrap(), bytes);
}

#[tokio::test]
async fn a_server_lost_in_mid_append_keeps_the_pieces_that_arrived() {
    let (store, ()) = open();
    let (at, bytes) = (fresh_key(), content(12_000_000));
    store.begin_upload(&at).await.unwrap();

    let dying = proxy::breaking_after(server().await, 6_000_000).await;
    let lost = through(dying, S3Settings::TIMEOUT).append(&at, 0, whole(&bytes)).await;
    assert!(matches!(lost, Err(BlobError::Unavailable(_))), "{lost:?}");

    let offset = store.upload_offset(&at).await.unwrap();
    assert!((4 << 20..12_000_000).contains(&offset), "{offset}");
    store.append(&at, offset, whole(&bytes.slice(offset as usize..))).await.unwrap();
    assert_eq!(store.finish(&at, 12_000_000).await.unwrap().sha256, sha256(&bytes));
}

#[tokio::test]
async fn a_server_that_never_answers_does_not_hold_the_caller() {
    let store = through(proxy::silent().await, Duration::from_millis(300));
    let at = fresh_key();
    let call = store.put(&at, content(10));
    let refused = tokio::time::timeout(Duration::from_secs(10), call).await.expect("it ends");
    assert!(matches!(refused, Err(BlobError::Unavailable(_))), "{refused:?}");
}

#[tokio::test]
async fn nothing_of_an_upload_stays_behind() {
    let (store, ()) = open();
    let at = fresh_key();
    store.begin_upload(&at).await.unwrap();
    store.append(&at, 0, whole(&content(10))).await.unwrap();
    store.finish(&at, 10).await.unwrap();
    store.delete(&at).await.unwrap();
    assert_eq!(store.begin_upload(&at).await.unwrap(), 0);
}
