//! OSRM's `table` service, version 1.

use async_trait::async_trait;
use kernel::Position;
use reqwest::Client;
use serde::Deserialize;

use super::{Server, TravelFailure, block};

/// A server that speaks OSRM's HTTP API.
pub(super) struct Osrm<'a> {
    pub client: &'a Client,
    pub url: &'a str,
}

#[derive(Deserialize)]
struct Table {
    code: String,
    durations: Option<Vec<Vec<Option<f64>>>>,
}

#[async_trait]
impl Server for Osrm<'_> {
    async fn table(
        &self,
        sources: &[Position],
        targets: &[Position],
    ) -> Result<Vec<Option<f64>>, TravelFailure> {
        let all = sources.iter().chain(targets);
        let places: Vec<_> = all.map(|p| format!("{:.6},{:.6}", p.lon, p.lat)).collect();
        let list = |from: usize, to: usize| {
            (from..to).map(|at| at.to_string()).collect::<Vec<_>>().join(";")
        };
        let url = format!(
            "{}/table/v1/driving/{}?annotations=duration&sources={}&destinations={}",
            self.url,
            places.join(";"),
            list(0, sources.len()),
            list(sources.len(), places.len()),
        );
        let table: Table = block::json(self.client.get(url).send().await).await?;
        match table.durations {
            Some(rows) if table.code == "Ok" => block::flat(rows, sources.len(), targets.len()),
            _ => Err(TravelFailure::Refused),
        }
    }
}
