//! The places of an urgent task through the gateway, in a firm whose days are full: how long whoever
//! asks waits, beside what the search's library alone takes for as many.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Days, Duration, NaiveTime, Utc, Weekday};
use fieldops::demo::text;
use journeys::up::Up;
use kernel::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::dispatch::{AIM_MS, TASKS, WORKERS};
use crate::{BenchFirm, SMALL, percentile, row};

/// The firm's sites.
const SITES: usize = if SMALL { 5 } else { 25 };
/// Calls that are measured, after a few that are not.
const CALLS: usize = if SMALL { 10 } else { 60 };
const WARM: usize = 5;
/// Tasks of a worker's day.
const A_DAY: usize = 5;

/// Each task of three quarters of an hour, an hour and three quarters from one's start to the next's.
const STEP_MIN: i64 = 105;
const TASK_MIN: i64 = 45;

/// `alone` are the milliseconds of the library's insertions, in order.
pub(crate) async fn run(alone: &[f64]) -> Result<()> {
    let up = Up::fresh().await?;
    let firm = BenchFirm::found(&up).await?;
    let began = Instant::now();
    let full = Full::make(&firm).await?;
    println!("{WORKERS} workers with {TASKS} tasks in {:.0} s", began.elapsed().as_secs_f64());
    let mut times = Vec::with_capacity(CALLS);
    for nth in 0..WARM + CALLS {
        let ask = full.ask(nth);
        let began = Instant::now();
        let found = firm.team.lead.post("/v1/dispatch/insert", &ask).await?;
        let took = began.elapsed().as_secs_f64() * 1000.0;
        ensure!(found["slots"].as_array().is_some_and(|slots| !slots.is_empty()), "{found}");
        if nth >= WARM {
            times.push(took);
        }
    }
    times.sort_by(f64::total_cmp);
    for share in [0.5, 0.99] {
        let what = format!("urgent task through the gateway, p{:.0}", share * 100.0);
        row(&what, percentile(&times, share), percentile(alone, share), "ms", false);
    }
    row("urgent task, p99 (limit: the aim)", percentile(&times, 0.99), AIM_MS, "ms", false);
    Ok(())
}

/// A firm whose days are full.
struct Full {
    sites: Vec<String>,
    workers: Vec<String>,
    /// The first of its days.
    first: DateTime<Utc>,
    days: i64,
}

impl Full {
    async fn make(firm: &BenchFirm) -> Result<Self> {
        let (admin, lead) = (&firm.team.admin, &firm.team.lead);
        let id = |made: Value| text(&made, "id").map(str::to_owned);
        let new = json!({"code": "PLEIN", "name": "Journées pleines", "status": "active"});
        let project = id(lead.post("/v1/projects", &new).await?)?;
        let (mut sites, mut workers) = (Vec::new(), Vec::new());
        for nth in 0..SITES {
            let new = json!({"project_id": project, "name": format!("Chantier {nth}"),
                             "zone": "Africa/Dakar", "position": place(nth, SITES),
                             "radius_m": 150.0});
            sites.push(id(lead.post("/v1/sites", &new).await?)?);
        }
        for nth in 0..WORKERS {
            let new = json!({"name": format!("Équipier {nth}"), "home": place(nth, WORKERS)});
            workers.push(id(admin.post("/v1/workers", &new).await?)?);
        }
        let month = SystemClock.now().date_naive() + Days::new(30);
        let first = month.week(Weekday::Mon).first_day().and_time(NaiveTime::MIN).and_utc();
        let days = TASKS.div_ceil(WORKERS * A_DAY);
        let full = Self { sites, workers, first, days: i64::try_from(days)? };
        for nth in 0..TASKS {
            full.task(firm, nth).await?;
        }
        Ok(full)
    }

    /// Plans a task for its worker.
    async fn task(&self, firm: &BenchFirm, nth: usize) -> Result<()> {
        let lead = &firm.team.lead;
        let (worker, slot) = (nth % WORKERS, nth / WORKERS);
        let (day, slot) = (i64::try_from(slot / A_DAY)?, i64::try_from(slot % A_DAY)?);
        let from = self.first + Duration::days(day) + Duration::hours(8);
        let new = json!({"site_id": self.sites[nth % SITES], "title": format!("Tâche {nth}"),
                         "starts_at": from + Duration::minutes(slot * STEP_MIN),
                         "duration_min": TASK_MIN});
        let task = lead.post("/v1/tasks", &new).await?;
        let path = format!("/v1/tasks/{}/assignments", text(&task, "id")?);
        let tag = format!("\"{}\"", task["version"]);
        let set = json!({"worker_ids": [self.workers.get(worker).context("a worker")?]});
        lead.with("if-match", tag).post(&path, &set).await?;
        Ok(())
    }

    /// Half an hour's work on one of the sites, on any of the full days.
    fn ask(&self, nth: usize) -> Value {
        json!({
            "task": {"site_id": self.sites[nth % SITES], "duration_min": 30},
            "window": {"from": self.first, "to": self.first + Duration::days(self.days)},
            "worker_ids": self.workers,
        })
    }
}

/// One of so many places on a spiral around Dakar, some 30 km across.
fn place(nth: usize, all: usize) -> Value {
    let (angle, away) = (nth as f64 * 2.4, 0.13 * ((nth as f64 + 0.5) / all as f64).sqrt());
    json!({"lat": 14.75 + away * angle.sin(), "lon": -17.2 + away * angle.cos()})
}
