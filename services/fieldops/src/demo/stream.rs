//! Reads server-sent events (WHATWG HTML, 9.2) as they come.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::StreamExt;
use futures::stream::BoxStream;
use serde_json::Value;

use super::client::Api;

/// One event of a stream.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its id, by which a reader resumes.
    pub id: Option<String>,
    /// Its data.
    pub data: Value,
}

/// A stream that is being read.
pub struct Listening {
    bytes: BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    rest: String,
}

impl Listening {
    /// Opens a stream.
    pub async fn open(api: &Api, path: &str) -> Result<Self> {
        let response = api.open(path).await?;
        Ok(Self { bytes: response.bytes_stream().boxed(), rest: String::new() })
    }

    /// The next event; none at the stream's end.
    pub async fn next(&mut self) -> Result<Option<Told>> {
        loop {
            while let Some(end) = self.rest.find("\n\n") {
                let block: String = self.rest.drain(..end + 2).collect();
                if let Some(told) = read(&block) {
                    return Ok(Some(told));
                }
            }
            match self.bytes.next().await {
                Some(chunk) => self.rest += &String::from_utf8_lossy(&chunk?),
                None => return Ok(None),
            }
        }
    }

    /// The next event that `wanted` accepts, waited for at most this long.
    pub async fn until(
        &mut self,
        patience: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Told> {
        let found = async {
            while let Some(told) = self.next().await? {
                if wanted(&told.data) {
                    return Ok(told);
                }
            }
            bail!("the stream ended")
        };
        tokio::time::timeout(patience, found).await.context("the stream said nothing of it")?
    }
}

fn read(block: &str) -> Option<Told> {
    let field = |name: &str| {
        block.lines().find_map(|line| {
            let (field, value) = line.split_once(':')?;
            (field == name).then(|| value.strip_prefix(' ').unwrap_or(value).to_owned())
        })
    };
    let data = serde_json::from_str(&field("data")?).ok()?;
    Some(Told { id: field("id"), data })
}

/// Follows a provisioning run to its end; the names of its steps in the order they were done.
pub async fn follow_run(platform: &Api, run: &str) -> Result<Vec<String>> {
    let mut stream = Listening::open(platform, &format!("/v1/platform/runs/{run}/events")).await?;
    let mut seen = BTreeSet::new();
    let mut steps = Vec::new();
    while let Some(told) = stream.next().await? {
        for step in told.data["steps"].as_array().into_iter().flatten() {
            let name = step["name"].as_str().unwrap_or_default();
            if !step["done_at"].is_null() && seen.insert(name.to_owned()) {
                steps.push(name.to_owned());
            }
        }
        match told.data["state"].as_str() {
            Some("done") => return Ok(steps),
            Some("failed") => bail!("provisioning failed: {}", told.data["last_error"]),
            _ => {}
        }
    }
    bail!("the run's stream ended before the run did")
}
