//! Resumable uploads on S3.
//!
//! An open upload of `KEY` is the object `KEY.part/open`, empty, and pieces named by the bytes they
//! hold: `KEY.part/START-END`, END excluded. Pieces are only ever added. Two requests that write at
//! once (a phone that came back while its old connection hangs) add pieces that overlap; the upload
//! stands where the furthest unbroken chain from byte 0 ends, so its offset never goes back and no
//! lock is needed.
//!
//! [`finish`] streams the chain into the blob and removes `open` first, the pieces after: while
//! `open` is there, so are all the pieces, and finish can be run again from the start.

use std::collections::HashMap;
use std::io;

use aws_sdk_s3::primitives::ByteStream as S3Body;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use super::{S3Store, refused};
use crate::key::UPLOAD_SUFFIX;
use crate::{BlobError, BlobKey, BlobStore, ByteStream, Stored, gather};

/// Bytes gathered before a piece is written.
const PIECE: usize = 4 << 20;
/// Bytes of one part of a multipart upload; a blob up to this length is put in one call.
const PART: usize = 8 << 20;
/// The object that says that an upload is open.
const OPEN: &str = "open";

/// What S3 holds of an open upload.
pub(super) struct Upload {
    folder: String,
    pieces: Vec<(u64, u64)>,
}

impl Upload {
    /// Looks an open upload up.
    pub(super) async fn find(store: &S3Store, key: &BlobKey) -> Result<Self, BlobError> {
        let folder = folder(key);
        let names = store.list(&folder).await?;
        if !names.contains(&format!("{folder}{OPEN}")) {
            return Err(BlobError::NotFound);
        }
        let pieces = names.iter().filter_map(|name| parse(name.strip_prefix(&folder)?)).collect();
        Ok(Self { folder, pieces: chain(pieces) })
    }

    /// Where the upload stands.
    pub(super) fn offset(&self) -> u64 {
        self.pieces.last().map_or(0, |(_, end)| *end)
    }

    fn expect(&self, offset: u64) -> Result<(), BlobError> {
        match self.offset() {
            expected if expected == offset => Ok(()),
            expected => Err(BlobError::OffsetMismatch { expected }),
        }
    }

    /// The pieces' names say how long they are; what was read must agree.
    fn expect_whole(&self, read: u64) -> Result<(), BlobError> {
        let whole = self.offset() == read;
        whole.then_some(()).ok_or_else(|| BlobError::Unavailable("S3 cut a piece short".into()))
    }

    /// The name of a piece; fixed width, so that they list in order.
    fn name(&self, (start, end): (u64, u64)) -> String {
        format!("{}{start:015}-{end:015}", self.folder)
    }
}

fn folder(key: &BlobKey) -> String {
    format!("{key}{UPLOAD_SUFFIX}/")
}

fn parse(name: &str) -> Option<(u64, u64)> {
    let (start, end) = name.split_once('-')?;
    let (start, end) = (start.parse().ok()?, end.parse().ok()?);
    (start < end).then_some((start, end))
}

/// The pieces of the chain from byte 0 that reaches furthest.
fn chain(mut pieces: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    pieces.sort_unstable();
    let mut reached: HashMap<u64, (u64, u64)> = HashMap::new(); // end -> the piece that ends there
    for piece in pieces {
        if piece.0 == 0 || reached.contains_key(&piece.0) {
            reached.insert(piece.1, piece);
        }
    }
    let mut chain = Vec::new();
    let mut at = reached.keys().max().copied().unwrap_or_default();
    while let Some(piece) = reached.get(&at) {
        chain.push(*piece);
        at = piece.0;
    }
    chain.reverse();
    chain
}

/// Opens an upload, or finds it open. What an upload that was not open left behind goes first.
pub(super) async fn begin(store: &S3Store, key: &BlobKey) -> Result<u64, BlobError> {
    match Upload::find(store, key).await {
        Err(BlobError::NotFound) => {
            clear(store, key).await?;
            store.put_object(&format!("{}{OPEN}", folder(key)), Bytes::new()).await?;
            Ok(0)
        }
        found => Ok(found?.offset()),
    }
}

/// Writes what comes as pieces, the last one shorter.
pub(super) async fn append(
    store: &S3Store,
    key: &BlobKey,
    mut offset: u64,
    mut body: ByteStream,
) -> Result<u64, BlobError> {
    let upload = Upload::find(store, key).await?;
    upload.expect(offset)?;
    let mut gathered = BytesMut::new();
    loop {
        let next = body.try_next().await;
        if let Ok(Some(chunk)) = &next {
            gathered.extend_from_slice(chunk);
        }
        let ended = !matches!(next, Ok(Some(_)));
        if gathered.len() >= PIECE || (ended && !gathered.is_empty()) {
            let end = offset + gathered.len() as u64;
            store.put_object(&upload.name((offset, end)), gathered.split().freeze()).await?;
            offset = end;
        }
        match next {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(offset),
            Err(source) => return Err(BlobError::Interrupted { offset, source }),
        }
    }
}

/// Makes the pieces one blob.
pub(super) async fn finish(store: &S3Store, key: &BlobKey, len: u64) -> Result<Stored, BlobError> {
    let upload = match Upload::find(store, key).await {
        Err(BlobError::NotFound) => return finished(store, key, len).await,
        found => found?,
    };
    upload.expect(len)?;
    let stored = if len <= PART as u64 {
        let whole = gather(read(store, &upload), len).await?;
        upload.expect_whole(whole.len() as u64)?;
        store.put(key, whole).await?
    } else {
        compose(store, key, &upload).await?
    };
    clear(store, key).await?;
    Ok(stored)
}

/// The answer to a finish that had succeeded: the blob itself tells it.
async fn finished(store: &S3Store, key: &BlobKey, len: u64) -> Result<Stored, BlobError> {
    let mut blob = store.get(key).await?;
    if blob.len != len {
        return Err(BlobError::OffsetMismatch { expected: blob.len });
    }
    let mut sha = Sha256::new();
    while let Some(chunk) = blob.body.try_next().await? {
        sha.update(&chunk);
    }
    clear(store, key).await?; // the earlier finish may have died among its pieces
    Ok(Stored { sha256: sha.finalize().into(), len })
}

/// Removes what an upload left: first the sign that it is open, then its pieces.
pub(super) async fn clear(store: &S3Store, key: &BlobKey) -> Result<(), BlobError> {
    let folder = folder(key);
    store.remove(&[format!("{folder}{OPEN}")]).await?;
    store.remove(&store.list(&folder).await?).await
}

/// Reads the chain in order.
fn read(store: &S3Store, upload: &Upload) -> ByteStream {
    let names: Vec<_> = upload.pieces.iter().map(|piece| upload.name(*piece)).collect();
    let store = store.clone();
    let pieces = stream::iter(names).then(move |name| {
        let store = store.clone();
        async move { store.open_object(&name).await.map(|piece| piece.body) }
    });
    pieces.map_err(io::Error::other).try_flatten().boxed()
}

/// Streams the chain into a multipart upload. The blob appears when the last call succeeds; if one
/// before fails, S3 is told to forget the parts.
async fn compose(store: &S3Store, key: &BlobKey, upload: &Upload) -> Result<Stored, BlobError> {
    let client = &store.client;
    let create = client.create_multipart_upload().bucket(&store.bucket).key(key.as_str());
    let id = create.send().await.map_err(refused)?.upload_id;
    let id = id.ok_or_else(|| BlobError::Unavailable("S3 told no upload id".into()))?;
    let stored = send_parts(store, key, upload, &id).await;
    if stored.is_err() {
        let abort = client.abort_multipart_upload().bucket(&store.bucket).key(key.as_str());
        if let Err(error) = abort.upload_id(&id).send().await {
            tracing::warn!(%key, error = %refused(error), "parts of an upload stay behind in S3");
        }
    }
    stored
}

async fn send_parts(
    store: &S3Store,
    key: &BlobKey,
    upload: &Upload,
    id: &str,
) -> Result<Stored, BlobError> {
    let (mut sha, mut len, mut parts) = (Sha256::new(), 0, Vec::new());
    let mut gathered = BytesMut::with_capacity(PART);
    let mut body = read(store, upload);
    while let Some(chunk) = body.try_next().await? {
        sha.update(&chunk);
        len += chunk.len() as u64;
        gathered.extend_from_slice(&chunk);
        while gathered.len() >= PART {
            let part = gathered.split_to(PART).freeze();
            parts.push(send_part(store, key, id, parts.len(), part).await?);
        }
    }
    if !gathered.is_empty() {
        parts.push(send_part(store, key, id, parts.len(), gathered.freeze()).await?);
    }
    upload.expect_whole(len)?;
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = store.client.complete_multipart_upload().bucket(&store.bucket).upload_id(id);
    complete.key(key.as_str()).multipart_upload(parts).send().await.map_err(refused)?;
    Ok(Stored { sha256: sha.finalize().into(), len })
}

async fn send_part(
    store: &S3Store,
    key: &BlobKey,
    id: &str,
    before: usize,
    content: Bytes,
) -> Result<CompletedPart, BlobError> {
    let number = i32::try_from(before + 1).map_err(BlobError::unavailable)?;
    let call = store.client.upload_part().bucket(&store.bucket).key(key.as_str()).upload_id(id);
    let answer = call.part_number(number).body(S3Body::from(content)).send().await;
    let e_tag = answer.map_err(refused)?.e_tag;
    Ok(CompletedPart::builder().part_number(number).set_e_tag(e_tag).build())
}

#[cfg(test)]
mod tests {
    use super::chain;

    #[test]
    fn pieces_in_a_row_make_a_chain() {
        assert_eq!(chain(vec![(5, 9), (0, 5)]), [(0, 5), (5, 9)]);
        assert_eq!(chain(vec![]), []);
    }

    #[test]
    fn a_gap_ends_the_chain() {
        assert_eq!(chain(vec![(0, 5), (6, 9)]), [(0, 5)]);
    }

    #[test]
    fn of_two_writers_the_one_that_reached_further_counts() {
        assert_eq!(chain(vec![(0, 5), (0, 9), (5, 7)]), [(0, 9)]);
        assert_eq!(chain(vec![(0, 5), (0, 9), (5, 12), (9, 10)]), [(0, 5), (5, 12)]);
    }
}
