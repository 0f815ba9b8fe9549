//! A week without a network, simulated: phones that lose connections and answers, send twice and
//! late, restart, and whose clocks are wrong, against a real PostgreSQL; an office that changes the
//! same things meanwhile. The ledger decides: nothing lost, nothing doubled, nothing unexpected,
//! and what was refused is seen by the site's lead.
//!
//! `make test` plays some small weeks, `make faults` one of 200 phones and seven days.
//! `FIELDOPS_WEEK_SEED` plays the week of one seed again.
#![allow(clippy::option_option)] // not known, known to be none, known
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod acts;
mod course;
mod dice;
mod firm;
mod ledger;
mod network;
mod office;
mod phone;
mod pull;
mod times;

use chrono::TimeDelta;
use futures::StreamExt;

use crate::dice::Dice;
use crate::firm::{Firm, Size};
use crate::ledger::Ledger;
use crate::office::Office;

/// Moments of a working day at which something happens, half an hour apart.
const MOMENTS: i64 = 20;
/// So many phones talk to the server at a time.
const LANES: usize = 8;

/// Plays a week, and panics with its seed where the ledger does not agree.
async fn play(seed: u64, size: Size) {
    eprintln!("a week of {} phones and {} days, seed {seed}", size.phones, size.days);
    let mut dice = Dice::new(seed);
    let (firm, mut phones) = Firm::found(&mut dice, size).await;
    let mut office = Office::new(&firm, dice.fork());
    for day in 0..size.days {
        for moment in 0..MOMENTS {
            firm.stage.clock.advance(TimeDelta::minutes(30));
            for phone in &mut phones {
                phone.live(day, moment);
            }
            // The phones and the office at the same time: what comes first is nobody's choice.
            let sync = futures::stream::iter(phones.iter_mut())
                .for_each_concurrent(LANES, async |phone| phone.sync().await);
            tokio::join!(office.work(&firm), sync);
        }
        firm.stage.clock.advance(TimeDelta::minutes(24 * 60 - 30 * MOMENTS));
    }
    // Everybody comes home to a good network.
    firm.stage.clock.advance(TimeDelta::minutes(30));
    for phone in &mut phones {
        phone.come_home().await;
    }
    Ledger { firm: &firm, phones: &mut phones, office: &office }.agrees().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_week_offline_loses_and_doubles_nothing_and_every_conflict_is_seen() {
    let long = std::env::var_os("FIELDOPS_FAULTS_FACTOR").is_some();
    let size = if long { Size { phones: 200, days: 7 } } else { Size { phones: 8, days: 2 } };
    let again = std::env::var("FIELDOPS_WEEK_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = match again {
        Some(seed) => vec![seed],
        None if long => vec![7],
        None => vec![1, 2, 3],
    };
    for seed in seeds {
        play(seed, size).await;
    }
}
