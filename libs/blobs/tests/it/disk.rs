//! The contract on disk, and what only a disk can do.

use std::fs;

use blobs::{BlobError, BlobStore, FsStore};
use futures::{StreamExt, stream};
use tempfile::TempDir;

use crate::{content, fresh_key, key, sha256, whole};

fn open() -> (FsStore, TempDir) {
    let dir = TempDir::new().unwrap();
    (FsStore::open(dir.path()).unwrap(), dir)
}

crate::contract::on!(open());

#[tokio::test]
async fn a_second_writer_is_told_to_wait() {
    let (store, _dir) = open();
    let at = fresh_key();
    store.begin_upload(&at).await.unwrap();
    let hanging = store.append(&at, 0, stream::pending().boxed());
    tokio::pin!(hanging);
    // One poll at a time, until the hanging writer holds the lock.
    while !matches!(store.append(&at, 0, whole(&content(0))).await, Err(BlobError::Busy)) {
        assert!(futures::poll!(&mut hanging).is_pending());
    }
    assert!(matches!(store.finish(&at, 0).await, Err(BlobError::Busy)));
}

#[tokio::test]
async fn what_a_crash_left_is_swept_and_uploads_go_on() {
    let (store, dir) = open();
    let at = fresh_key();
    store.begin_upload(&at).await.unwrap();
    store.append(&at, 0, whole(&content(10))).await.unwrap();
    fs::write(dir.path().join(".tmp/half"), b"half an object").unwrap();

    let store = FsStore::open(dir.path()).unwrap();

    assert_eq!(fs::read_dir(dir.path().join(".tmp")).unwrap().count(), 0);
    assert_eq!(store.upload_offset(&at).await.unwrap(), 10);
    assert_eq!(store.finish(&at, 10).await.unwrap().sha256, sha256(&content(10)));
}

#[tokio::test]
async fn a_put_leaves_no_temporary_file() {
    let (store, dir) = open();
    store.put(&key("a"), content(10)).await.unwrap();
    let refused = store.put(&key("a/b"), content(10)).await;
    assert!(matches!(refused, Err(BlobError::Invalid(_))), "{refused:?}");
    assert_eq!(fs::read_dir(dir.path().join(".tmp")).unwrap().count(), 0);
}

/// `/dev/full` answers every write as a full disk does.
#[tokio::test]
async fn a_full_disk_is_told_apart_and_recovers() {
    let (store, dir) = open();
    let at = key("a");
    let part = dir.path().join("a.part");
    std::os::unix::fs::symlink("/dev/full", &part).unwrap();
    let refused = store.append(&at, 0, whole(&content(10))).await;
    assert!(matches!(refused, Err(BlobError::Full)), "{refused:?}");

    fs::remove_file(part).unwrap();
    store.begin_upload(&at).await.unwrap();
    assert_eq!(store.append(&at, 0, whole(&content(10))).await.unwrap(), 10);
}
