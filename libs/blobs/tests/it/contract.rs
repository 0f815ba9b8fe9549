//! What every back end does alike.

use blobs::{BlobError, BlobStore};
use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;

use crate::{broken, content, fresh_key, key, sha256, whole};

/// Makes one test of each function for the store that `$open` gives.
macro_rules! on {
    ($open:expr) => {
        $crate::contract::on!($open;
            what_is_put_is_read_back,
            a_part_is_read_by_itself,
            a_put_replaces_and_a_delete_is_idempotent,
            what_is_not_there_is_not_found,
            a_blob_beyond_the_limit_is_not_read,
            a_prefix_is_removed_with_its_uploads_and_nothing_else,
            an_upload_in_pieces_becomes_one_blob,
            an_empty_upload_is_an_empty_blob,
            a_long_upload_is_hashed_whole,
            an_append_elsewhere_is_refused,
            a_broken_append_keeps_what_arrived,
            an_upload_is_invisible_until_finished,
            a_finish_repeated_answers_the_same,
            a_finish_before_the_end_is_refused,
            a_begin_repeated_finds_the_upload,
            an_aborted_upload_is_gone,
            two_appends_at_once_never_lose_bytes,
        );
    };
    ($open:expr; $($case:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $case() {
            let (store, _keep) = $open;
            $crate::contract::$case(&store).await;
        })*
    };
}
pub(crate) use on;

pub async fn what_is_put_is_read_back(store: &dyn BlobStore) {
    let (at, bytes) = (fresh_key(), content(300_000));
    let stored = store.put(&at, bytes.clone()).await.unwrap();
    assert_eq!((stored.sha256, stored.len), (sha256(&bytes), 300_000));
    assert_eq!(store.head(&at).await.unwrap(), 300_000);
    assert_eq!(store.get(&at).await.unwrap().len, 300_000);
    assert_eq!(store.get_bytes(&at, 300_000).await.unwrap(), bytes);
}

pub async fn a_part_is_read_by_itself(store: &dyn BlobStore) {
    let (at, bytes) = (fresh_key(), content(300_000));
    store.put(&at, bytes.clone()).await.unwrap();
    for (from, len) in [(0, 1), (0, 300_000), (150_001, 100_000), (299_999, 1)] {
        let part: BytesMut =
            store.get_range(&at, from, len).await.unwrap().try_collect().await.unwrap();
        assert_eq!(part, bytes[from as usize..(from + len) as usize]);
    }
    assert!(matches!(store.get_range(&fresh_key(), 0, 1).await.err(), Some(BlobError::NotFound)));
}

pub async fn a_put_replaces_and_a_delete_is_idempotent(store: &dyn BlobStore) {
    let at = fresh_key();
    store.put(&at, content(1000)).await.unwrap();
    store.put(&at, content(10)).await.unwrap();
    assert_eq!(store.get_bytes(&at, 99).await.unwrap(), content(10));
    store.delete(&at).await.unwrap();
    store.delete(&at).await.unwrap();
    assert!(matches!(store.head(&at).await, Err(BlobError::NotFound)));
}

pub async fn what_is_not_there_is_not_found(store: &dyn BlobStore) {
    let at = fresh_key();
    assert!(matches!(store.get(&at).await.err(), Some(BlobError::NotFound)));
    assert!(matches!(store.head(&at).await, Err(BlobError::NotFound)));
    assert!(matches!(store.upload_offset(&at).await, Err(BlobError::NotFound)));
    assert!(matches!(store.append(&at, 0, whole(&content(1))).await, Err(BlobError::NotFound)));
    assert!(matches!(store.finish(&at, 0).await, Err(BlobError::NotFound)));
    store.abort(&at).await.unwrap();
    store.delete_prefix(&at).await.unwrap();
}

pub async fn a_blob_beyond_the_limit_is_not_read(store: &dyn BlobStore) {
    let at = fresh_key();
    store.put(&at, content(100)).await.unwrap();
    let refused = store.get_bytes(&at, 99).await;
    assert!(matches!(refused, Err(BlobError::TooLarge { len: 100, limit: 99 })));
}

pub async fn a_prefix_is_removed_with_its_uploads_and_nothing_else(store: &dyn BlobStore) {
    let tenant = fresh_key();
    let inside = ["a", "b/c", "b/d"].map(|name| key(&format!("{tenant}/{name}")));
    let sibling = key(&format!("{tenant}-2/a"));
    let open = key(&format!("{tenant}/open"));
    for at in inside.iter().chain([&sibling]) {
        store.put(at, content(10)).await.unwrap();
    }
    store.begin_upload(&open).await.unwrap();
    store.append(&open, 0, whole(&content(10))).await.unwrap();

    store.delete_prefix(&tenant).await.unwrap();

    for at in &inside {
        assert!(matches!(store.head(at).await, Err(BlobError::NotFound)));
    }
    assert!(matches!(store.upload_offset(&open).await, Err(BlobError::NotFound)));
    assert_eq!(store.head(&sibling).await.unwrap(), 10);
}

pub async fn an_upload_in_pieces_becomes_one_blob(store: &dyn BlobStore) {
    let (at, bytes) = (fresh_key(), content(700_001));
    assert_eq!(store.begin_upload(&at).await.unwrap(), 0);
    let mut offset = 0;
    for size in [1, 300_000, 0, 400_000] {
        let piece = bytes.slice(offset as usize..offset as usize + size);
        offset = store.append(&at, offset, whole(&piece)).await.unwrap();
        assert_eq!(store.upload_offset(&at).await.unwrap(), offset);
    }
    let stored = store.finish(&at, 700_001).await.unwrap();
    assert_eq!((stored.sha256, stored.len), (sha256(&bytes), 700_001));
    assert_eq!(store.get_bytes(&at, 700_001).await.unwrap(), bytes);
    assert!(matches!(store.upload_offset(&at).await, Err(BlobError::NotFound)));
}

pub async fn an_empty_upload_is_an_empty_blob(store: &dyn BlobStore) {
    let at = fresh_key();
    store.begin_upload(&at).await.unwrap();
    assert_eq!(store.finish(&at, 0).await.unwrap().sha256, sha256(b""));
    assert_eq!(store.get_bytes(&at, 0).await.unwrap(), Bytes::new());
}

pub async fn a_long_upload_is_hashed_whole(store: &dyn BlobStore) {
    let (at, bytes) = (fresh_key(), content(21_000_123));
    store.begin_upload(&at).await.unwrap();
    store.append(&at, 0, whole(&bytes.slice(..9_000_000))).await.unwrap();
    store.append(&at, 9_000_000, whole(&bytes.slice(9_000_000..))).await.unwrap();
    let stored = store.finish(&at, bytes.len() as u64).await.unwrap();
    assert_eq!(stored.sha256, sha256(&bytes));
    assert_eq!(store.get_bytes(&at, stored.len).await.unwrap(), bytes);
}

pub async fn an_append_elsewhere_is_refused(store: &dyn BlobStore) {
    let at = fresh_key();
    store.begin_upload(&at).await.unwrap();
    store.append(&at, 0, whole(&content(100))).await.unwrap();
    for offset in [0, 99, 101, u64::MAX] {
        let refused = store.append(&at, offset, whole(&content(5))).await;
        assert!(matches!(refused, Err(BlobError::OffsetMismatch { expected: 100 })));
    }
    assert_eq!(store.upload_offset(&at).await.unwrap(), 100);
}

pub async fn a_broken_append_keeps_what_arrived(store: &dyn BlobStore) {
    let (at, bytes) = (fresh_key(), content(500_000));
    store.begin_upload(&at).await.unwrap();
    let cut = store.append(&at, 0, broken(&bytes.slice(..250_000))).await;
    assert!(matches!(cut, Err(BlobError::Interrupted { offset: 250_000, .. })));
    assert_eq!(store.upload_offset(&at).await.unwrap(), 250_000);
    store.append(&at, 250_000, whole(&bytes.slice(250_000..))).await.unwrap();
    assert_eq!(store.finish(&at, 500_000).await.unwrap().sha256, sha256(&bytes));
}

pub async fn an_upload_is_invisible_until_finished(store: &dyn BlobStore) {
    let at = fresh_key();
    store.begin_upload(&at).await.unwrap();
    store.append(&at, 0, whole(&content(10))).await.unwrap();
    assert!(matches!(store.head(&at).await, Err(BlobError::NotFound)));
    assert!(matches!(store.get(&at).await.err(), Some(BlobError::NotFound)));
}

pub async fn a_finish_repeated_answers_the_same(store: &dyn BlobStore) {
    let at = fresh_key();
    store.begin_upload(&at).await.unwrap();
    store.append(&at, 0, whole(&content(10))).await.unwrap();
    let first = store.finish(&at, 10).await.unwrap();
    assert_eq!(store.finish(&at, 10).await.unwrap(), first);
    let shorter = store.finish(&at, 9).await;
    assert!(matches!(shorter, Err(BlobError::OffsetMismatch { expected: 10 })));
}

pub async fn a_finish_before_the_end_is_refused(store: &dyn BlobStore) {
    let at = fresh_key();
    store.begin_upload(&at).await.unwrap();
    store.append(&at, 0, whole(&content(10))).await.unwrap();
    let refused = store.finish(&at, 11).await;
    assert!(matches!(refused, Err(BlobError::OffsetMismatch { expected: 10 })));
    assert!(matches!(store.head(&at).await, Err(BlobError::NotFound)));
}

pub async fn a_begin_repeated_finds_the_upload(store: &dyn BlobStore) {
    let at = fresh_key();
    store.begin_upload(&at).await.unwrap();
    store.append(&at, 0, whole(&content(10))).await.unwrap();
    assert_eq!(store.begin_upload(&at).await.unwrap(), 10);
}

pub async fn an_aborted_upload_is_gone(store: &dyn BlobStore) {
    let at = fresh_key();
    store.begin_upload(&at).await.unwrap();
    store.append(&at, 0, whole(&content(10))).await.unwrap();
    store.abort(&at).await.unwrap();
    store.abort(&at).await.unwrap();
    assert!(matches!(store.upload_offset(&at).await, Err(BlobError::NotFound)));
    assert_eq!(store.begin_upload(&at).await.unwrap(), 0);
}

pub async fn two_appends_at_once_never_lose_bytes(store: &dyn BlobStore) {
    let (at, bytes) = (fresh_key(), content(400_000));
    store.begin_upload(&at).await.unwrap();
    let (short, long) = tokio::join!(
        store.append(&at, 0, whole(&bytes.slice(..150_000))),
        store.append(&at, 0, whole(&bytes.slice(..250_000))),
    );
    let answered = [short, long].into_iter().flatten().max().expect("one of the two goes through");
    let offset = store.upload_offset(&at).await.unwrap();
    assert!(offset >= answered, "{offset} after {answered} was promised");
    store.append(&at, offset, whole(&bytes.slice(offset as usize..))).await.unwrap();
    assert_eq!(store.finish(&at, 400_000).await.unwrap().sha256, sha256(&bytes));
}
