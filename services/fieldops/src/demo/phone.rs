//! A phone that works without a network: it queues ordinary calls, each with its own idempotency
//! key, the device's time and position, and sends them in order when it is back.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use super::client::{Answer, Api};
use super::photos::Picture;

/// Photos travel in pieces of this size, so that a cut costs little.
const PIECE: usize = 256 * 1024;

/// A call that waits to be sent.
#[derive(Debug, Clone)]
pub struct Queued {
    /// Where.
    pub path: String,
    /// What.
    pub body: Value,
    key: String,
    at: DateTime<Utc>,
    position: String,
}

/// A crew member's phone.
pub struct Phone {
    /// Its way to the server, signed in.
    pub api: Api,
    /// The device's clock.
    pub now: DateTime<Utc>,
    /// Where it is, as a geo URI.
    pub position: String,
    /// What waits to be sent, in order.
    pub queue: Vec<Queued>,
    /// Photos whose bytes wait for a better network.
    pub pictures: Vec<(String, Picture)>,
}

impl Phone {
    /// A phone at a place, at a time.
    pub fn new(api: Api, now: DateTime<Utc>, place: (f64, f64)) -> Self {
        let position = format!("geo:{},{};u=8", place.0, place.1);
        Self { api, now, position, queue: Vec::new(), pictures: Vec::new() }
    }

    /// Does something while offline.
    pub fn act(&mut self, path: impl Into<String>, body: Value) {
        self.now += Duration::seconds(1);
        self.queue.push(Queued {
            path: path.into(),
            body,
            key: Uuid::now_v7().to_string(),
            at: self.now,
            position: self.position.clone(),
        });
    }

    /// Sends the whole queue in order; how many answers were given again rather than made.
    pub async fn replay(&self) -> Result<usize> {
        let mut again = 0;
        for call in &self.queue {
            let answer = self.send(call).await?;
            again += usize::from(answer.header("idempotency-replayed").is_some());
            answer.ok().with_context(|| format!("POST {}", call.path))?;
        }
        Ok(again)
    }

    /// Sends one call of the queue.
    pub async fn send(&self, call: &Queued) -> Result<Answer> {
        self.api
            .with("idempotency-key", &call.key)
            .with("device-time", call.at.to_rfc3339_opts(SecondsFormat::Micros, true))
            .with("device-position", &call.position)
            .send(Method::POST, &call.path, Some(&call.body))
            .await
    }

    /// Sends a photo's bytes. With `cut`, the first connection is lost in the middle and the
    /// phone asks where to go on.
    pub async fn upload(&self, photo: &str, picture: &Picture, cut: bool) -> Result<()> {
        let metadata = format!("photo_id {}", STANDARD.encode(photo));
        let tus = self.api.with("tus-resumable", "1.0.0");
        let begin = tus
            .with("upload-length", picture.bytes.len().to_string())
            .with("upload-metadata", metadata)
            .raw(Method::POST, "/v1/uploads", None)
            .await?;
        ensure!(begin.status.is_success(), "{}", String::from_utf8_lossy(&begin.bytes));
        let path = begin.header("location").context("the upload's place")?.to_owned();
        let mut offset = 0;
        if cut {
            // Half a piece arrives; the phone never hears of it.
            let half = &picture.bytes[..(PIECE / 2).min(picture.bytes.len() / 2)];
            piece(&tus, &path, 0, half).await?;
            offset = self.offset(&path).await?;
            ensure!(offset == half.len(), "the server has {offset} of {} bytes", half.len());
        }
        while offset < picture.bytes.len() {
            let end = (offset + PIECE).min(picture.bytes.len());
            let status = piece(&tus, &path, offset, &picture.bytes[offset..end]).await?;
            ensure!(status.is_success(), "a piece of {} was refused: {status}", picture.name);
            offset = end;
        }
        Ok(())
    }

    async fn offset(&self, path: &str) -> Result<usize> {
        let tus = self.api.with("tus-resumable", "1.0.0");
        let head = tus.raw(Method::HEAD, path, None).await?;
        Ok(head.header("upload-offset").context("no Upload-Offset")?.parse()?)
    }
}

async fn piece(tus: &Api, path: &str, offset: usize, bytes: &[u8]) -> Result<StatusCode> {
    let answer = tus
        .with("upload-offset", offset.to_string())
        .raw(Method::PATCH, path, Some(("application/offset+octet-stream", bytes.to_vec())))
        .await?;
    Ok(answer.status)
}
