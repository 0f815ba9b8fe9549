//! Files and directories, durably. Everything here blocks.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::CHUNK;
use crate::{BlobError, Stored};

/// Removes what a crash left half written; what another process is writing now is locked.
pub(super) fn sweep(temporary: &Path) -> io::Result<()> {
    for entry in fs::read_dir(temporary)? {
        let path = entry?.path();
        if File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Opens an upload for writing, alone, if it stands at `offset`.
pub(super) fn lock_at(path: &Path, offset: u64) -> Result<File, BlobError> {
    let file = OpenOptions::new().read(true).append(true).open(path)?;
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => BlobError::Busy,
        TryLockError::Error(error) => error.into(),
    })?;
    let (held, named) = (file.metadata()?, fs::metadata(path)?);
    if held.ino() != named.ino() {
        return Err(BlobError::NotFound); // finished between open and lock
    }
    if held.len() != offset {
        return Err(BlobError::OffsetMismatch { expected: held.len() });
    }
    Ok(file)
}

/// Hashes a file from its start.
pub(super) fn hash(mut file: &File) -> Result<Stored, BlobError> {
    let (mut sha, mut len, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK]);
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(Stored { sha256: sha.finalize().into(), len }),
            n => {
                sha.update(&chunk[..n]);
                len += n as u64;
            }
        }
    }
}

/// Writes a new file durably; the answer holds its lock.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> io::Result<File> {
    let mut file = File::create_new(path)?;
    file.lock()?;
    file.write_all(content)?;
    file.sync_all()?;
    Ok(file)
}

/// Gives a synced file its final name, durably.
pub(super) fn publish(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_parent(to)
}

/// Makes the directories of `path` below `root`, each durable in the one above; also those that
/// are there already, for another thread may have made them just now and not synced yet.
pub(super) fn make_parent(root: &Path, path: &Path) -> io::Result<()> {
    let Some(parent) = path.parent().filter(|parent| *parent != root) else { return Ok(()) };
    make_parent(root, parent)?;
    match fs::create_dir(parent) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_parent(parent),
    }
}

pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}

pub(super) fn remove(path: &Path) -> Result<(), BlobError> {
    absent_is_fine(fs::remove_file(path).and_then(|()| sync_parent(path)))
}

pub(super) fn absent_is_fine(result: io::Result<()>) -> Result<(), BlobError> {
    match result {
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(())
        }
        other => Ok(other?),
    }
}
