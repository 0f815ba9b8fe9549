//! The ledger of a storm: what was asked, what was acknowledged, and what is there afterwards.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fieldops::demo::{Api, text};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

/// How long a writer tries to get one act acknowledged.
const PATIENCE: Duration = Duration::from_secs(90);

/// Ids by what became of them.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Everything that was ever sent.
    pub asked: BTreeSet<Uuid>,
    /// What the server said it had done.
    pub acknowledged: BTreeSet<Uuid>,
    /// Answers that asked to come back: 5xx other than a plain error.
    pub refused: Vec<u16>,
    /// Answers that were neither success nor a request to come back.
    pub odd: Vec<String>,
}

/// Writers that report incidents until told to stop. Each act has an id and an idempotency key,
/// and is repeated until it is acknowledged, as a phone would.
pub struct Storm {
    stop: Arc<AtomicBool>,
    give_up: Arc<AtomicBool>,
    writers: JoinSet<Ledger>,
}

impl Storm {
    /// Begins with so many writers.
    pub fn begin(api: &Api, site: &str, writers: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let give_up = Arc::new(AtomicBool::new(false));
        let mut set = JoinSet::new();
        for _ in 0..writers {
            let (api, site) = (api.clone(), site.to_owned());
            let (stop, give_up) = (Arc::clone(&stop), Arc::clone(&give_up));
            set.spawn(async move { write_until(&api, &site, &stop, &give_up).await });
        }
        Self { stop, give_up, writers: set }
    }

    /// Lets it rage for a while.
    pub async fn rage(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Ends it; every act under way is still brought to its end.
    pub async fn end(self) -> Ledger {
        self.stop.store(true, Ordering::Relaxed);
        self.gather().await
    }

    /// Ends it where the system is gone: what is under way is given up.
    pub async fn abandon(self) -> Ledger {
        self.give_up.store(true, Ordering::Relaxed);
        self.stop.store(true, Ordering::Relaxed);
        self.gather().await
    }

    async fn gather(mut self) -> Ledger {
        let mut all = Ledger::default();
        while let Some(one) = self.writers.join_next().await {
            let one = one.expect("a writer panicked");
            all.asked.extend(one.asked);
            all.acknowledged.extend(one.acknowledged);
            all.refused.extend(one.refused);
            all.odd.extend(one.odd);
        }
        all
    }
}

async fn write_until(api: &Api, site: &str, stop: &AtomicBool, give_up: &AtomicBool) -> Ledger {
    let mut ledger = Ledger::default();
    while !stop.load(Ordering::Relaxed) {
        let id = Uuid::now_v7();
        ledger.asked.insert(id);
        let body = json!({"id": id, "site_id": site, "title": "Orage", "severity": "low",
                          "cause": "weather", "description": "storm"});
        let api = api.with("idempotency-key", id.to_string());
        let since = Instant::now();
        while since.elapsed() < PATIENCE && !give_up.load(Ordering::Relaxed) {
            match api.send(Method::POST, "/v1/incidents", Some(&body)).await {
                Ok(answer) if answer.status == 201 => {
                    ledger.acknowledged.insert(id);
                    break;
                }
                // In flight, too many, or away: come back.
                Ok(answer) if matches!(answer.status.as_u16(), 409 | 429) => {}
                Ok(answer) if matches!(answer.status.as_u16(), 502..=504) => {
                    ledger.refused.push(answer.status.as_u16());
                }
                Ok(answer) => {
                    let body = String::from_utf8_lossy(&answer.bytes).into_owned();
                    ledger.odd.push(format!("{}: {body}", answer.status));
                }
                Err(_) => {} // the connection was lost: nobody knows, so ask again
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    ledger
}

impl Ledger {
    /// Afterwards: nothing acknowledged is lost, nothing is there that was not asked, nothing
    /// stands twice, reporting counts exactly what is there, and the trail verifies.
    pub async fn settle(&self, lead: &Api, manager: &Api, site: &str) -> Result<()> {
        ensure!(self.odd.is_empty(), "odd answers: {:?}", &self.odd[..self.odd.len().min(3)]);
        ensure!(!self.acknowledged.is_empty(), "the storm wrote nothing");
        let there = listed(lead, site).await?;
        let present: BTreeSet<Uuid> = there.iter().copied().collect();
        ensure!(present.len() == there.len(), "some stand twice");
        let lost: Vec<_> = self.acknowledged.difference(&present).collect();
        ensure!(lost.is_empty(), "lost: {lost:?}");
        let unexpected: Vec<_> = present.difference(&self.asked).collect();
        ensure!(unexpected.is_empty(), "unexpected: {unexpected:?}");
        counted(manager, site, present.len()).await?;
        let verified = manager.get("/v1/audit/verify").await?;
        ensure!(verified["ok"] == true, "the trail: {verified}");
        Ok(())
    }
}

async fn listed(lead: &Api, site: &str) -> Result<Vec<Uuid>> {
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = lead.get(&format!("/v1/incidents?site_id={site}&limit=200{cursor}")).await?;
        for item in page["items"].as_array().context("items")? {
            ids.push(text(item, "id")?.parse()?);
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(ids),
        }
    }
}

/// Reporting hears of every incident, and of each once.
async fn counted(manager: &Api, site: &str, expected: usize) -> Result<()> {
    let path = format!("/v1/kpis?site_id={site}");
    let mut kpis = Value::Null;
    let since = Instant::now();
    while since.elapsed() < Duration::from_mins(2) {
        kpis = manager.get(&path).await?;
        if kpis["total"]["incidents"]["open"].as_u64() == Some(expected as u64) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    anyhow::bail!("reporting counts {} of {expected} open incidents", kpis["total"]["incidents"])
}
