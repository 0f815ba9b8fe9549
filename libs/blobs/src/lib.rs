//! Where the content of field proofs is kept: photos, signatures, documents, reports.
//!
//! One contract, [`BlobStore`], and two back ends: files on disk ([`FsStore`]) for the shape that
//! runs in one process, S3 ([`S3Store`]) for the one that runs in containers. Both promise:
//!
//! - A blob is visible under its key only when whole, synced and hashed. A crash at any instant
//!   leaves the old state or the new one, and the call may simply be made again.
//! - An upload in pieces (tus 1.0) keeps what arrived: the offset that [`BlobStore::append`]
//!   answers is durable, and never goes back.
//! - Memory is bounded whatever the blob's size: content is streamed, and at most one part is held.
//! - Every call ends: S3 calls have timeouts and few retries.
//!
//! The store knows nothing of tenants; callers put the tenant's id first in every key, which makes
//! [`BlobStore::delete_prefix`] the removal of a tenant. On S3 the bucket should have a lifecycle
//! rule that aborts incomplete multipart uploads after a day: a process killed in
//! [`BlobStore::finish`] leaves one behind (invisible, but stored).

mod error;
mod fs;
mod key;
mod s3;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use futures::stream::BoxStream;
use sha2::{Digest, Sha256};

pub use error::BlobError;
pub use fs::FsStore;
pub use key::BlobKey;
pub use s3::{S3Settings, S3Store};

/// Content on its way, in or out. An error ends it.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// What the store vouches for, once a blob is whole and durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
    /// Length of the content in bytes.
    pub len: u64,
}

impl Stored {
    fn of(content: &[u8]) -> Self {
        Self { sha256: Sha256::digest(content).into(), len: content.len() as u64 }
    }
}

/// A blob being read.
pub struct Blob {
    /// Length of the whole content in bytes.
    pub len: u64,
    /// The content, in order. It fails midway if the store goes away.
    pub body: ByteStream,
}

/// A store of immutable contents under keys.
///
/// No key may be a folder of another (`a` and `a/b`): on disk one is a file, the other needs a
/// directory.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Stores a small object whole, replacing what was there. Durable when it returns.
    async fn put(&self, key: &BlobKey, content: Bytes) -> Result<Stored, BlobError>;

    /// Opens a blob for reading.
    async fn get(&self, key: &BlobKey) -> Result<Blob, BlobError>;

    /// Opens `len` bytes of a blob from `from` on; both must lie within it and `len` is not zero.
    async fn get_range(&self, key: &BlobKey, from: u64, len: u64) -> Result<ByteStream, BlobError>;

    /// The length of a blob in bytes.
    async fn head(&self, key: &BlobKey) -> Result<u64, BlobError>;

    /// Removes a blob. Removing one that is not there is no error.
    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError>;

    /// Removes every blob and upload under `prefix/`. May be called again after a failure.
    async fn delete_prefix(&self, prefix: &BlobKey) -> Result<(), BlobError>;

    /// Opens an upload in pieces, or finds the one already open. Answers the offset to go on from.
    async fn begin_upload(&self, key: &BlobKey) -> Result<u64, BlobError>;

    /// How many bytes of an open upload are durable.
    async fn upload_offset(&self, key: &BlobKey) -> Result<u64, BlobError>;

    /// Adds bytes at `offset`, which must be the present one; answers the new, durable offset.
    ///
    /// If `body` fails midway, what arrived is kept and [`BlobError::Interrupted`] tells the
    /// offset. After any other error, or if this future is dropped, ask
    /// [`BlobStore::upload_offset`]. How long a silent `body` is waited for is the caller's choice.
    async fn append(&self, key: &BlobKey, offset: u64, body: ByteStream) -> Result<u64, BlobError>;

    /// Makes an upload of exactly `len` bytes the blob under its key, hashed on the way.
    ///
    /// May be called again, also after it succeeded: the answer is the same.
    async fn finish(&self, key: &BlobKey, len: u64) -> Result<Stored, BlobError>;

    /// Forgets an upload and its bytes. No error if there is none; a finished blob stays.
    async fn abort(&self, key: &BlobKey) -> Result<(), BlobError>;

    /// Reads a blob whole, refusing one longer than `limit` bytes.
    async fn get_bytes(&self, key: &BlobKey, limit: u64) -> Result<Bytes, BlobError> {
        let blob = self.get(key).await?;
        if blob.len > limit {
            return Err(BlobError::TooLarge { len: blob.len, limit });
        }
        Ok(gather(blob.body, blob.len).await?)
    }
}

/// Reads a stream of about `len` bytes into memory.
async fn gather(mut body: ByteStream, len: u64) -> io::Result<Bytes> {
    let mut content = BytesMut::with_capacity(len as usize);
    while let Some(chunk) = body.try_next().await? {
        content.extend_from_slice(&chunk);
    }
    Ok(content.freeze())
}

/// Which back end, and where.
#[derive(Debug, Clone)]
pub enum BlobSettings {
    /// Files below this directory, which is made if missing.
    Fs(PathBuf),
    /// An S3 bucket, which must exist.
    S3(S3Settings),
}

/// Opens the store that `settings` name. Does not call S3: a wrong secret shows at the first use.
pub fn open(settings: &BlobSettings) -> Result<Arc<dyn BlobStore>, BlobError> {
    Ok(match settings {
        BlobSettings::Fs(root) => Arc::new(FsStore::open(root)?),
        BlobSettings::S3(s3) => Arc::new(S3Store::open(s3)?),
    })
}
