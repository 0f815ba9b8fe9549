//! Travel times: by the straight line, from a server of the operator's, or from the firm's own
//! table. Never asked within a transaction.

mod block;
mod osrm;
mod straight;
mod valhalla;

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use kernel::Position;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::{App, Dialect};

use super::model::Spot;

/// More places are not asked of a server: the straight line serves.
const MOST_PLACES: usize = 600;

/// Travel times between places, and where they come from.
#[derive(Debug, Clone)]
pub(crate) struct Times {
    /// Seconds from each place to each, row by row; none where no way leads.
    pub seconds: Vec<Option<f64>>,
    /// Where they come from.
    pub told: TravelTold,
}

/// Where travel times come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DispatchTravel)]
pub struct TravelTold {
    /// What they were calculated by.
    pub source: TravelSource,
    /// How many ways the firm's own table knew, which counts before the source.
    pub from_table: usize,
    /// How many ways the server did not know: the straight line stands in for them.
    pub estimated: usize,
    /// Why the server could not be asked, where the straight line stands in for all of it.
    pub fell_back: Option<TravelFailure>,
    /// How many of the workers have no known start: their way to the first task and home counts as
    /// none.
    pub workers_without_start: usize,
}

/// What travel times are calculated by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DispatchTravelSource)]
pub enum TravelSource {
    /// The straight line with a detour, at an even speed.
    StraightLine,
    /// A server that speaks OSRM's API.
    Osrm,
    /// A server that speaks Valhalla's API.
    Valhalla,
}

/// Why a server of travel times could not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DispatchTravelFailure)]
pub enum TravelFailure {
    /// It is away, or did not answer in time.
    Away,
    /// It refused.
    Refused,
    /// Its answer was none: another shape, negative times, or too long.
    Nonsense,
    /// More places than are asked for.
    TooManyPlaces,
}

/// A server that knows travel times by road.
#[async_trait]
trait Server: Sync {
    /// Seconds from each source to each target, row by row; none where it knows no way.
    async fn table(
        &self,
        sources: &[Position],
        targets: &[Position],
    ) -> Result<Vec<Option<f64>>, TravelFailure>;
}

/// The firm's own table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub places: Vec<Uuid>,
    /// Row by row.
    pub seconds: Vec<i32>,
}

/// The travel times between places, within `patience`. What a server does not know, or cannot say
/// in time, the straight line says, and it is told.
pub(crate) async fn times(
    app: &App,
    table: Option<&Table>,
    spots: &[Spot],
    patience: Duration,
) -> Times {
    let at: Vec<Position> = spots.iter().map(|spot| spot.at).collect();
    let mut told = TravelTold {
        source: TravelSource::StraightLine,
        from_table: 0,
        estimated: 0,
        fell_back: None,
        workers_without_start: 0,
    };
    let mut seconds = straight::table(&at);
    if let Some(roads) = &app.roads {
        let asked = async {
            if at.len() > MOST_PLACES {
                return Err(TravelFailure::TooManyPlaces);
            }
            let client = block::client().ok_or(TravelFailure::Away)?;
            let server: Box<dyn Server + Send> = match roads.dialect {
                Dialect::Osrm => Box::new(osrm::Osrm { client, url: &roads.url }),
                Dialect::Valhalla => Box::new(valhalla::Valhalla { client, url: &roads.url }),
            };
            block::all(&*server, &app.facts, &roads.url, &at).await
        };
        let answer = tokio::time::timeout(patience, asked).await;
        match answer.unwrap_or(Err(TravelFailure::Away)) {
            Ok(known) => {
                told.source = match roads.dialect {
                    Dialect::Osrm => TravelSource::Osrm,
                    Dialect::Valhalla => TravelSource::Valhalla,
                };
                for (guess, known) in seconds.iter_mut().zip(known) {
                    match known {
                        Some(known) => *guess = Some(known),
                        None => told.estimated += 1,
                    }
                }
            }
            Err(failure) => {
                tracing::warn!(?failure, "travel times by road cannot be had");
                told.fell_back = Some(failure);
            }
        }
    }
    if let Some(table) = table {
        told.from_table = overlay(&mut seconds, table, spots);
    }
    Times { seconds, told }
}

/// Seconds from one place to another by the straight line.
pub(crate) fn estimate(from: Position, to: Position) -> f64 {
    straight::seconds(from, to)
}

/// Puts what the firm's table knows over the rest; tells how much that is.
fn overlay(seconds: &mut [Option<f64>], table: &Table, spots: &[Spot]) -> usize {
    let size = table.places.len();
    let known: HashMap<Uuid, usize> =
        table.places.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let rows: Vec<_> = spots.iter().map(|spot| known.get(&spot.id).copied()).collect();
    let mut count = 0;
    for (from, row) in rows.iter().enumerate() {
        for (to, column) in rows.iter().enumerate().filter(|(to, _)| *to != from) {
            let known = row.zip(*column).and_then(|(r, c)| table.seconds.get(r * size + c));
            if let Some(known) = known {
                seconds[from * spots.len() + to] = Some(f64::from(*known));
                count += 1;
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(lat: f64) -> Spot {
        Spot { id: Uuid::now_v7(), at: Position { lat, lon: 0.0, accuracy_m: None } }
    }

    #[test]
    fn the_firms_table_counts_before_the_rest_and_only_where_it_knows() {
        let spots = [spot(14.0), spot(14.1), spot(14.2)];
        let at: Vec<_> = spots.iter().map(|s| s.at).collect();
        let mut seconds = straight::table(&at);
        let before = seconds.clone();
        let table =
            Table { places: vec![spots[2].id, spots[0].id], seconds: vec![0, 600, 1200, 0] };
        assert_eq!(overlay(&mut seconds, &table, &spots), 2);
        assert_eq!(seconds[2], Some(1200.0));
        assert_eq!(seconds[6], Some(600.0));
        assert_eq!(seconds[1], before[1]);
    }
}
