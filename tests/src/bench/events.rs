//! From a write's acknowledgement to the moment reporting tells of it, at 200 writes a second.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use fieldops::demo::{Api, Listening};
use serde_json::json;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{BenchFirm, percentile, row};

const RATE: u32 = 200;
const TIME: Duration = Duration::from_secs(10);
/// The aim for p99.
const AIM_MS: f64 = 500.0;

pub(crate) async fn run(what: &str, firm: &BenchFirm) -> Result<()> {
    let mut live = Listening::open(&firm.team.manager, "/v1/live").await?;
    let (told, mut acknowledged) = mpsc::unbounded_channel();
    let writers =
        tokio::spawn(write(firm.team.site_lead.clone(), firm.plan.sites[1].clone(), told));
    let mut sent: HashMap<String, Instant> = HashMap::new();
    let mut seen: HashMap<String, Instant> = HashMap::new();
    let mut delays = Vec::new();
    let expected = (RATE * TIME.as_secs() as u32) as usize;
    let deadline = tokio::time::sleep(TIME * 4);
    tokio::pin!(deadline);
    while delays.len() < expected {
        tokio::select! {
            Some((id, at)) = acknowledged.recv() => { sent.insert(id, at); }
            event = live.next() => {
                let Some(event) = event? else { break };
                if let Some(id) = event.data["entity_id"].as_str() {
                    seen.entry(id.to_owned()).or_insert_with(Instant::now);
                }
            }
            () = &mut deadline => break,
        }
        sent.retain(|id, at| match seen.get(id) {
            Some(seen) => {
                delays.push(seen.saturating_duration_since(*at).as_secs_f64() * 1e3);
                false
            }
            None => true,
        });
    }
    writers.abort();
    ensure!(!delays.is_empty(), "reporting told of none of {expected} events");
    delays.sort_by(f64::total_cmp);
    println!("{what}: {} of {expected} events at {RATE}/s", delays.len());
    row(&format!("{what}, p50"), percentile(&delays, 0.5), AIM_MS, "ms", false);
    row(&format!("{what}, p99"), percentile(&delays, 0.99), AIM_MS, "ms", false);
    Ok(())
}

async fn write(api: Api, site: String, told: mpsc::UnboundedSender<(String, Instant)>) {
    let mut pace = tokio::time::interval(Duration::from_secs(1) / RATE);
    let started = Instant::now();
    while started.elapsed() < TIME {
        pace.tick().await;
        let (api, site, told) = (api.clone(), site.clone(), told.clone());
        tokio::spawn(async move {
            let id = Uuid::now_v7().to_string();
            let body = json!({"id": id, "site_id": site, "title": "Mesure", "severity": "low",
                              "cause": "other", "description": "-"});
            if api.post("/v1/incidents", &body).await.is_ok() {
                // A closed channel means that enough was measured.
                let _ = told.send((id, Instant::now()));
            }
        });
    }
    tokio::time::sleep(TIME).await;
}
