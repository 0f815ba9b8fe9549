//! The contract of a blob store, played on both back ends. The S3 suite needs a server that checks
//! signatures: `FIELDOPS_TEST_S3_URL`, `FIELDOPS_TEST_S3_KEY` and `FIELDOPS_TEST_S3_SECRET`, with
//! the bucket `fieldops-test` (or `FIELDOPS_TEST_S3_BUCKET`). Without them it fails.

#![allow(clippy::unwrap_used, clippy::expect_used)] // in a test, a panic is the report

mod contract;
mod disk;
mod proxy;
mod s3;

use std::io;

use blobs::{BlobKey, ByteStream};
use bytes::Bytes;
use futures::{StreamExt, stream};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A key below a folder of its own, so that tests don't meet.
fn fresh_key() -> BlobKey {
    BlobKey::new(format!("{}/photos/1/original", Uuid::new_v4())).unwrap()
}

fn key(name: &str) -> BlobKey {
    BlobKey::new(name).unwrap()
}

/// Bytes that differ from place to place, so that a lost or doubled piece shows.
fn content(len: usize) -> Bytes {
    (0..len as u64).map(|i| (i ^ (i >> 8) ^ (i >> 16)) as u8).collect()
}

fn sha256(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}

/// A sender that gives everything.
fn whole(content: &Bytes) -> ByteStream {
    let content = content.clone();
    let chunks: Vec<_> = (0..content.len())
        .step_by(100_000)
        .map(|at| Ok(content.slice(at..content.len().min(at + 100_000))))
        .collect();
    stream::iter(chunks).boxed()
}

/// A sender that gives everything, then its connection breaks.
fn broken(content: &Bytes) -> ByteStream {
    let end = stream::iter([Err(io::Error::from(io::ErrorKind::ConnectionReset))]);
    whole(content).chain(end).boxed()
}
