//! Idle memory, and the time from start to ready on data that is there.

use std::time::{Duration, Instant};

use anyhow::Result;
use journeys::up::Up;

use crate::row;
use crate::tenants::median;

/// The aims of the design.
const IDLE_MB: f64 = 150.0;
const READY_S: f64 = 2.0;

pub(crate) fn idle(up: &Up) {
    let ours = resident_mb(up.process.id());
    row("idle memory of fieldops (limit: the aim)", ours, IDLE_MB, "MB", false);
    println!("  beside it, PostgreSQL: {:.1} MB proportional", postgres_mb(up));
}

pub(crate) async fn ready(up: &mut Up) -> Result<()> {
    let mut times = Vec::new();
    for _ in 0..3 {
        up.process.stop(Duration::from_mins(1));
        let started = Instant::now();
        up.restart().await?;
        times.push(started.elapsed().as_secs_f64());
    }
    row("start to ready (limit: the aim)", median(times), READY_S, "s", false);
    Ok(())
}

fn resident_mb(pid: u32) -> f64 {
    field(&format!("/proc/{pid}/status"), "VmRSS:") / 1024.0
}

/// The proportional share of every process of the private cluster, so that shared buffers count
/// once.
fn postgres_mb(up: &Up) -> f64 {
    let file = up.dir().join("postgres/cluster/postmaster.pid");
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let Some(master) = text.lines().next().and_then(|l| l.trim().parse::<u32>().ok()) else {
        return 0.0;
    };
    let children = std::fs::read_to_string(format!("/proc/{master}/task/{master}/children"));
    let pids = children.unwrap_or_default();
    let pids = pids.split_whitespace().filter_map(|p| p.parse().ok()).chain([master]);
    pids.map(|pid| field(&format!("/proc/{pid}/smaps_rollup"), "Pss:") / 1024.0).sum()
}

fn field(file: &str, name: &str) -> f64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let value = text.lines().find_map(|l| l.strip_prefix(name)?.split_whitespace().next());
    value.and_then(|v| v.parse().ok()).unwrap_or(0.0)
}
