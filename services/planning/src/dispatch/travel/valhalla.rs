//! Valhalla's `sources_to_targets`.

use async_trait::async_trait;
use kernel::Position;
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Server, TravelFailure, block};

/// A server that speaks Valhalla's HTTP API.
pub(super) struct Valhalla<'a> {
    pub client: &'a Client,
    pub url: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    sources_to_targets: Table,
}

/// Servers answer at length, and newer ones in short where they were told to.
#[derive(Deserialize)]
#[serde(untagged)]
enum Table {
    Long(Vec<Vec<Way>>),
    Short { durations: Vec<Vec<Option<f64>>> },
}

#[derive(Deserialize)]
struct Way {
    time: Option<f64>,
}

#[async_trait]
impl Server for Valhalla<'_> {
    async fn table(
        &self,
        sources: &[Position],
        targets: &[Position],
    ) -> Result<Vec<Option<f64>>, TravelFailure> {
        let places = |all: &[Position]| -> Vec<Value> {
            all.iter().map(|p| json!({"lat": p.lat, "lon": p.lon})).collect()
        };
        let body = json!({"sources": places(sources), "targets": places(targets),
                          "costing": "auto", "verbose": true});
        let url = format!("{}/sources_to_targets", self.url);
        let answer: Answer = block::json(self.client.post(url).json(&body).send().await).await?;
        let rows = match answer.sources_to_targets {
            Table::Short { durations } => durations,
            Table::Long(rows) => {
                rows.into_iter().map(|row| row.into_iter().map(|way| way.time).collect()).collect()
            }
        };
        block::flat(rows, sources.len(), targets.len())
    }
}
