//! The virus scanner: a clamd spoken to over TCP, and the job that asks it.
//!
//! The protocol is clamd's `INSTREAM` (clamd(8)): the command, then pieces that each begin with
//! their length in four bytes, big-endian, then a piece of no length; the answer is one line.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use blobs::{BlobKey, ByteStream};
use chrono::TimeDelta;
use contracts::{DocumentVersionChange, ScanState};
use futures::TryStreamExt;
use jobs::{Handler, Job, JobError, NewJob};
use kernel::{DocumentVersionId, Timestamp};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use web::{App, Problem, Visit};

use super::model::Eyes;
use super::uploads::publish;
use super::versions::DocumentVersion;
use super::{events, reading, store};

const KIND: &str = "projects.scan_document";

/// How long the scanner may take to answer the call, to take one piece, and to think.
const CONNECT: Duration = Duration::from_secs(5);
const TAKE: Duration = Duration::from_secs(30);
const THINK: Duration = Duration::from_mins(5);
/// How soon a scanner that is away is asked again.
const AGAIN: TimeDelta = TimeDelta::minutes(1);
/// The largest piece, in bytes: what clamd reads at once.
const PIECE: usize = 64 * 1024;
/// The longest answer, in bytes.
const ANSWER: u64 = 4096;

/// The work that a received version asks for.
pub(super) fn job(version: DocumentVersionId, at: Timestamp) -> NewJob {
    NewJob {
        kind: KIND,
        key: Some(version.to_string()),
        payload: json!({ "version": version }),
        run_at: at,
    }
}

/// What the scanner says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// Nothing was found.
    Clean,
    /// This was found.
    Infected(String),
}

/// Has the scanner look at a file.
async fn ask(scanner: &str, mut file: ByteStream) -> io::Result<Verdict> {
    let mut clamd = timeout(CONNECT, TcpStream::connect(scanner)).await??;
    clamd.write_all(b"zINSTREAM\0").await?;
    while let Some(chunk) = file.try_next().await? {
        for piece in chunk.chunks(PIECE) {
            let length = u32::try_from(piece.len()).unwrap_or_default().to_be_bytes();
            timeout(TAKE, clamd.write_all(&length)).await??;
            timeout(TAKE, clamd.write_all(piece)).await??;
        }
    }
    timeout(TAKE, clamd.write_all(&[0; 4])).await??;
    let mut answer = Vec::new();
    timeout(THINK, clamd.take(ANSWER).read_to_end(&mut answer)).await??;
    verdict(&answer)
}

/// Reads `stream: OK` and `stream: NAME FOUND`; whatever else the scanner says is no verdict.
fn verdict(answer: &[u8]) -> io::Result<Verdict> {
    let text = String::from_utf8_lossy(answer);
    let said = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    match said.strip_prefix("stream: ") {
        Some("OK") => Ok(Verdict::Clean),
        Some(found) if found.ends_with(" FOUND") => {
            let name = found.trim_end_matches(" FOUND");
            let name = name.chars().filter(|c| !c.is_control()).take(200).collect();
            Ok(Verdict::Infected(name))
        }
        _ => Err(io::Error::other(format!("the scanner said {said:?}"))),
    }
}

/// Asks the scanner about a version, again and again until it speaks.
pub(super) struct Scan {
    app: App,
}

impl Scan {
    pub fn new(app: App) -> Self {
        Self { app }
    }

    /// The verdict; without a scanner (it was there when the bytes came) nothing is known.
    async fn verdict(&self, version: &DocumentVersion) -> io::Result<Option<Verdict>> {
        let Some(scanner) = &self.app.scanner else { return Ok(None) };
        let key = BlobKey::new(version.blob_key.clone().unwrap_or_default());
        let key = key.map_err(io::Error::other)?;
        let blob = self.app.blobs.get(&key).await.map_err(io::Error::other)?;
        ask(scanner, blob.body).await.map(Some)
    }

    async fn ask_later(&self, job: &Job, id: DocumentVersionId) -> Result<(), JobError> {
        let now = self.app.clock.now();
        let again = self::job(id, now + AGAIN);
        let mut conn = self.app.tenants.conn(job.tenant).await?;
        jobs::enqueue(&mut conn, self.app.service, &again, now).await?;
        drop(conn);
        self.app.jobs.before_commit(job.tenant, again.run_at).await?;
        Ok(())
    }
}

fn refused(problem: Problem) -> JobError {
    JobError::Retry(problem.code().to_owned())
}

#[async_trait]
impl Handler for Scan {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let id: DocumentVersionId = serde_json::from_value(job.payload["version"].clone())
            .map_err(|e| JobError::Fatal(e.to_string()))?;
        let visit = Visit::system(&self.app, job.tenant).await.map_err(refused)?;
        let version = {
            let mut db = visit.db().await.map_err(refused)?;
            store::version(&mut db, id).await?
        };
        if version.scan != ScanState::Scanning {
            return Ok(()); // done before
        }
        let verdict = match self.verdict(&version).await {
            Ok(verdict) => verdict,
            Err(error) => {
                tracing::warn!(%error, version = %id, "the virus scanner gave no verdict");
                return self.ask_later(job, id).await;
            }
        };
        let (scan, threat, change) = match verdict {
            Some(Verdict::Infected(name)) => {
                (ScanState::Infected, Some(name), DocumentVersionChange::Infected)
            }
            Some(Verdict::Clean) => (ScanState::Clean, None, DocumentVersionChange::Cleared),
            None => (ScanState::Unscanned, None, DocumentVersionChange::Cleared),
        };
        let next = DocumentVersion { scan, threat, version: version.version + 1, ..version };
        visit
            .commit(async |tx| {
                let document = store::lock(tx, &Eyes::platform(), next.document_id).await?;
                store::update_version(tx, &next).await?;
                let about = json!({ "scan": next.scan, "threat": next.threat });
                tx.emit_about(&events::version(&document, &next, change), &about);
                if next.scan != ScanState::Infected {
                    publish(tx, document, &next).await?;
                    let now = tx.now();
                    tx.enqueue(reading::job(id, now));
                }
                Ok::<_, Problem>(())
            })
            .await
            .map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_verdict_counts() {
        assert_eq!(verdict(b"stream: OK\0").unwrap(), Verdict::Clean);
        let found = verdict(b"stream: Eicar-Test-Signature FOUND\n").unwrap();
        assert_eq!(found, Verdict::Infected("Eicar-Test-Signature".to_owned()));
        let others: [&[u8]; 5] = [
            b"",
            b"OK",
            b"stream: OK but",
            b"INSTREAM size limit exceeded. ERROR\0",
            b"stream: Can't allocate memory ERROR\0",
        ];
        for said in others {
            assert!(verdict(said).is_err(), "{said:?}");
        }
    }
}
