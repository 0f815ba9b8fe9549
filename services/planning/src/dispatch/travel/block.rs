//! A table asked of a server in blocks, each remembered for a day.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cache::Counters;
use futures::{StreamExt, TryStreamExt, stream};
use kernel::{Position, sha256};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde::de::DeserializeOwned;

use super::{Server, TravelFailure};

/// Places on a side of a block: with both sides, as many as an OSRM server lets one ask for.
const SIDE: usize = 50;
/// Blocks asked for at once.
const AT_ONCE: usize = 4;
/// How long what a server said is believed.
const BELIEVED: Duration = Duration::from_hours(24);
/// How long a server may take to be reached, and to answer.
const CONNECT: Duration = Duration::from_secs(1);
const ANSWER: Duration = Duration::from_secs(10);
/// The longest answer: a block of 2500 ways takes far less.
const LONGEST: usize = 4 << 20;

/// The way to servers; none where it cannot be built. It follows no redirections, so that an
/// answer cannot send it elsewhere, and keeps no connections, which would belong to one runtime.
pub(super) fn client() -> Option<&'static Client> {
    static CLIENT: OnceLock<Option<Client>> = OnceLock::new();
    let build = || {
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .redirect(Policy::none())
            .pool_max_idle_per_host(0)
            .no_proxy()
            .build();
        client.inspect_err(|error| tracing::error!(%error, "no client for travel times")).ok()
    };
    CLIENT.get_or_init(build).as_ref()
}

/// The JSON of an answer.
pub(super) async fn json<T: DeserializeOwned>(
    asked: Result<Response, reqwest::Error>,
) -> Result<T, TravelFailure> {
    let mut answer = asked.map_err(|_| TravelFailure::Away)?;
    if !answer.status().is_success() {
        return Err(TravelFailure::Refused);
    }
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|_| TravelFailure::Away)? {
        if body.len() + piece.len() > LONGEST {
            return Err(TravelFailure::Nonsense);
        }
        body.extend_from_slice(&piece);
    }
    serde_json::from_slice(&body).map_err(|_| TravelFailure::Nonsense)
}

/// A block's rows as one list; refused where it is not of that size, or a time is none.
pub(super) fn flat(
    rows: Vec<Vec<Option<f64>>>,
    sources: usize,
    targets: usize,
) -> Result<Vec<Option<f64>>, TravelFailure> {
    let sound = |time: &Option<f64>| time.is_none_or(|t| t.is_finite() && (0.0..1e7).contains(&t));
    let whole = rows.len() == sources && rows.iter().all(|row| row.len() == targets);
    if !whole || !rows.iter().flatten().all(sound) {
        return Err(TravelFailure::Nonsense);
    }
    Ok(rows.into_iter().flatten().collect())
}

/// Seconds from each place to each, row by row.
pub(super) async fn all(
    server: &(dyn Server + Send),
    facts: &Arc<dyn Counters>,
    url: &str,
    at: &[Position],
) -> Result<Vec<Option<f64>>, TravelFailure> {
    let mut seconds = vec![None; at.len() * at.len()];
    let starts = (0..at.len()).step_by(SIDE);
    let blocks: Vec<_> =
        starts.clone().flat_map(|from| starts.clone().map(move |to| (from, to))).collect();
    let asked = stream::iter(blocks.into_iter().map(async |(from, to)| {
        let sources = &at[from..at.len().min(from + SIDE)];
        let targets = &at[to..at.len().min(to + SIDE)];
        let block = remembered(server, facts, url, sources, targets).await?;
        Ok::<_, TravelFailure>((from, to, targets.len(), block))
    }));
    let mut blocks = asked.buffer_unordered(AT_ONCE);
    while let Some((from, to, width, block)) = blocks.try_next().await? {
        for (nth, time) in block.into_iter().enumerate() {
            seconds[(from + nth / width) * at.len() + to + nth % width] = time;
        }
    }
    Ok(seconds)
}

async fn remembered(
    server: &(dyn Server + Send),
    facts: &Arc<dyn Counters>,
    url: &str,
    sources: &[Position],
    targets: &[Position],
) -> Result<Vec<Option<f64>>, TravelFailure> {
    let key = key(url, sources, targets);
    if let Some(kept) = facts.get_fact(&key).await
        && let Some(block) = unpacked(&kept, sources.len() * targets.len())
    {
        return Ok(block);
    }
    let block = server.table(sources, targets).await?;
    facts.put_fact(&key, &packed(&block), BELIEVED).await;
    Ok(block)
}

/// To the metre: finer places are one.
fn key(url: &str, sources: &[Position], targets: &[Position]) -> String {
    let text = |at: &[Position]| {
        let places: Vec<_> = at.iter().map(|p| format!("{:.5},{:.5}", p.lat, p.lon)).collect();
        places.join(";")
    };
    let (from, to) = (text(sources), text(targets));
    let hash = sha256(&[url.as_bytes(), from.as_bytes(), to.as_bytes()]);
    format!("travel:{}", hex::encode(hash))
}

fn packed(block: &[Option<f64>]) -> Vec<u8> {
    let tenths = block.iter().map(|time| time.map_or(u32::MAX, |t| (t * 10.0).round() as u32));
    tenths.flat_map(u32::to_le_bytes).collect()
}

fn unpacked(bytes: &[u8], entries: usize) -> Option<Vec<Option<f64>>> {
    let (chunks, rest) = bytes.as_chunks::<4>();
    if chunks.len() != entries || !rest.is_empty() {
        return None;
    }
    let tenths = chunks.iter().map(|chunk| u32::from_le_bytes(*chunk));
    Some(tenths.map(|t| (t != u32::MAX).then(|| f64::from(t) / 10.0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_kept_whole_or_not_at_all() {
        let block = [Some(0.0), Some(61.5), None, Some(3600.0)];
        assert_eq!(unpacked(&packed(&block), 4).unwrap(), block);
        assert_eq!(unpacked(&packed(&block), 5), None);
        assert_eq!(unpacked(&[1, 2, 3], 1), None);
    }

    #[test]
    fn absurd_answers_are_nonsense() {
        assert!(flat(vec![vec![Some(1.0), None]], 1, 2).is_ok());
        for bad in [Some(-1.0), Some(f64::NAN), Some(f64::INFINITY), Some(1e9)] {
            assert_eq!(flat(vec![vec![bad, None]], 1, 2), Err(TravelFailure::Nonsense));
        }
        assert_eq!(flat(vec![vec![Some(1.0)]], 1, 2), Err(TravelFailure::Nonsense));
    }
}
