//! `make bench`: ours, the limit, and the ratio, side by side in one run. Figures are printed and
//! judged by people; nothing here fails because a machine is slow. Named parts run alone:
//! `bench [schedule] [dispatch] [up] [serve]`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod dispatch;
mod dispatch_api;
mod events;
mod field;
mod list;
mod schedule;
mod schedule_api;
mod start;
mod tenants;

use std::process::ExitCode;

use anyhow::{Result, bail};
use fieldops::demo::{Firm, Plan, Target, Team, Tell, story_people};
use fieldops::up::Person;
use journeys::System;
use journeys::serve::Serve;
use journeys::up::Up;

/// A debug build tries the dispatch part out with small figures, which say nothing.
pub(crate) const SMALL: bool = cfg!(debug_assertions);

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.expect("a runtime").block_on(run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let parts: Vec<String> = std::env::args().skip(1).collect();
    let all = ["schedule", "dispatch", "up", "serve"];
    if let Some(other) = parts.iter().find(|it| !all.contains(&it.as_str())) {
        bail!("no part is called {other}; there are {}", all.join(", "));
    }
    let runs = |part: &str| parts.is_empty() || parts.iter().any(|it| it == part);
    println!("{:<44} {:>12} {:>12} {:>8}", "what", "ours", "limit", "ratio");
    if runs("schedule") {
        schedule::run()?;
    }
    if runs("dispatch") {
        let alone = dispatch::run()?;
        dispatch_api::run(&alone).await?;
    }
    if runs("up") {
        in_one_process().await?;
    }
    if runs("serve") {
        let serve = Serve::fresh().await?;
        let firm = BenchFirm::found(&serve).await?;
        events::run("event to KPI, over RabbitMQ", &firm).await?;
    }
    Ok(())
}

async fn in_one_process() -> Result<()> {
    let mut up = Up::fresh().await?;
    let firm = BenchFirm::found(&up).await?;
    start::idle(&up);
    // Before those that leave reporting thousands of events to take in.
    events::run("event to KPI, in-process", &firm).await?;
    list::run(&up, &firm).await?;
    field::run(&up, &firm).await?;
    schedule_api::run(&firm).await?;
    tenants::run(&up).await?;
    start::ready(&mut up).await
}

/// A figure beside its limit. `higher` says which way is better.
pub(crate) fn row(what: &str, ours: f64, limit: f64, unit: &str, higher: bool) {
    let ratio = if higher { ours / limit } else { limit / ours };
    println!("{what:<44} {ours:>9.2} {unit:<2} {limit:>9.2} {unit:<2} {ratio:>7.2}");
}

/// What a share of some figures, in order, stay below or at.
pub(crate) fn percentile(ordered: &[f64], share: f64) -> f64 {
    let at = (ordered.len().saturating_sub(1) as f64 * share) as usize;
    ordered.get(at).copied().unwrap_or(f64::NAN)
}

/// A firm with a project under way.
pub(crate) struct BenchFirm {
    /// Its people.
    pub team: Team,
    /// Its project.
    pub plan: Plan,
    /// Its name in host names.
    pub slug: String,
}

impl BenchFirm {
    async fn found(system: &impl System) -> Result<Self> {
        let platform = platform(system.target(), system.platform_admin()).await?;
        let slug = format!("b-{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
        let people = story_people(&slug);
        let quiet = Tell::new(false);
        let email = &people[0].email;
        let firm = Firm::found(system.target(), &platform, &slug, "Banc", email, &quiet).await?;
        let team = firm.expect("a free name").staff(&people, &quiet).await?;
        let plan = Plan::make(&team, &quiet).await?;
        Ok(Self { team, plan, slug })
    }
}

pub(crate) async fn platform(target: &Target, admin: &Person) -> Result<fieldops::demo::Api> {
    target.platform()?.sign_in_platform(&admin.email, &admin.password).await
}
