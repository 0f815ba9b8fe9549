//! Blobs as files, for the shape that runs in one process.
//!
//! A blob is the file at `ROOT/KEY`; it gets there by a rename, after its bytes were synced, and
//! the directory is synced after it. The bytes of an open upload wait beside it in `KEY.part`,
//! locked by whoever writes: the kernel frees the lock with the process, so a crash leaves nothing
//! to clean up but temporary files, which the next start sweeps away.

mod disk;

use std::fs::{self, File, OpenOptions};
use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use disk::{
    absent_is_fine, hash, lock_at, make_parent, publish, remove, sweep, sync_parent, write_whole,
};

use crate::key::UPLOAD_SUFFIX;
use crate::{Blob, BlobError, BlobKey, BlobStore, ByteStream, Stored};

/// How much of a file is read at once.
const CHUNK: usize = 64 * 1024;
/// Objects being written whole; keys never begin with a dot.
const TEMPORARY: &str = ".tmp";

/// A blob store in a directory.
#[derive(Debug, Clone)]
pub struct FsStore {
    root: Arc<Path>,
}

impl FsStore {
    /// Opens the store in `root`, making the directory if it is missing.
    pub fn open(root: impl AsRef<Path>) -> Result<Self, BlobError> {
        let root = root.as_ref();
        let temporary = root.join(TEMPORARY);
        fs::create_dir_all(&temporary)?;
        sweep(&temporary)?;
        Ok(Self { root: root.canonicalize()?.into() })
    }

    fn blob(&self, key: &BlobKey) -> PathBuf {
        self.root.join(key.as_str())
    }

    fn part(&self, key: &BlobKey) -> PathBuf {
        self.root.join(format!("{key}{UPLOAD_SUFFIX}"))
    }
}

/// Runs file work where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    tokio::task::spawn_blocking(work).await.map_err(BlobError::unavailable)?
}

#[async_trait]
impl BlobStore for FsStore {
    async fn put(&self, key: &BlobKey, content: Bytes) -> Result<Stored, BlobError> {
        let (root, to) = (self.root.clone(), self.blob(key));
        blocking(move || {
            let from = root.join(TEMPORARY).join(Uuid::now_v7().simple().to_string());
            let written = write_whole(&from, &content).and_then(|_lock| {
                make_parent(&root, &to)?;
                publish(&from, &to)
            });
            if written.is_err() {
                let _ = fs::remove_file(&from); // the first error is the one to tell
            }
            written?;
            Ok(Stored::of(&content))
        })
        .await
    }

    async fn get(&self, key: &BlobKey) -> Result<Blob, BlobError> {
        let file = tokio::fs::File::open(self.blob(key)).await?;
        let meta = file.metadata().await?;
        if !meta.is_file() {
            return Err(BlobError::NotFound);
        }
        Ok(Blob { len: meta.len(), body: ReaderStream::with_capacity(file, CHUNK).boxed() })
    }

    async fn get_range(&self, key: &BlobKey, from: u64, len: u64) -> Result<ByteStream, BlobError> {
        let mut file = tokio::fs::File::open(self.blob(key)).await?;
        file.seek(SeekFrom::Start(from)).await?;
        Ok(ReaderStream::with_capacity(file.take(len), CHUNK).boxed())
    }

    async fn head(&self, key: &BlobKey) -> Result<u64, BlobError> {
        let meta = tokio::fs::metadata(self.blob(key)).await?;
        if meta.is_file() { Ok(meta.len()) } else { Err(BlobError::NotFound) }
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        let path = self.blob(key);
        blocking(move || remove(&path)).await
    }

    async fn delete_prefix(&self, prefix: &BlobKey) -> Result<(), BlobError> {
        let path = self.blob(prefix);
        blocking(move || {
            absent_is_fine(fs::remove_dir_all(&path))?;
            absent_is_fine(sync_parent(&path))
        })
        .await
    }

    async fn begin_upload(&self, key: &BlobKey) -> Result<u64, BlobError> {
        let (root, path) = (self.root.clone(), self.part(key));
        blocking(move || {
            make_parent(&root, &path)?;
            let file = OpenOptions::new().append(true).create(true).open(&path)?;
            file.sync_all()?;
            sync_parent(&path)?;
            Ok(file.metadata()?.len())
        })
        .await
    }

    async fn upload_offset(&self, key: &BlobKey) -> Result<u64, BlobError> {
        let path = self.part(key);
        blocking(move || {
            let file = File::open(path)?;
            let len = file.metadata()?.len();
            file.sync_data()?; // an append cut short has written without syncing
            Ok(len)
        })
        .await
    }

    async fn append(
        &self,
        key: &BlobKey,
        offset: u64,
        mut body: ByteStream,
    ) -> Result<u64, BlobError> {
        let path = self.part(key);
        let file = blocking(move || lock_at(&path, offset)).await?;
        let mut file = tokio::fs::File::from_std(file);
        let mut offset = offset;
        let ended = loop {
            match body.try_next().await {
                Ok(Some(chunk)) => {
                    file.write_all(&chunk).await?;
                    offset += chunk.len() as u64;
                }
                Ok(None) => break Ok(()),
                Err(source) => break Err(source),
            }
        };
        file.flush().await?;
        file.sync_data().await?;
        ended.map(|()| offset).map_err(|source| BlobError::Interrupted { offset, source })
    }

    async fn finish(&self, key: &BlobKey, len: u64) -> Result<Stored, BlobError> {
        let (from, to) = (self.part(key), self.blob(key));
        blocking(move || match lock_at(&from, len) {
            Ok(file) => {
                let stored = hash(&file)?;
                file.sync_all()?;
                publish(&from, &to)?;
                Ok(stored)
            }
            Err(BlobError::NotFound) => match hash(&File::open(to)?)? {
                stored if stored.len == len => Ok(stored),
                other => Err(BlobError::OffsetMismatch { expected: other.len }),
            },
            Err(error) => Err(error),
        })
        .await
    }

    async fn abort(&self, key: &BlobKey) -> Result<(), BlobError> {
        let path = self.part(key);
        blocking(move || remove(&path)).await
    }
}
