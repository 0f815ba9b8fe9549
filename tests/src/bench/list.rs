//! A signed-in list of 50 tasks through the gateway, against the same prepared SELECT by pgbench.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use kernel::{Clock, SystemClock};
use serde_json::json;
use sqlx::{Connection, PgConnection};

use crate::{BenchFirm, row};
use journeys::up::Up;

/// Both sides keep this many requests under way, for this long.
pub(crate) const CLIENTS: usize = 8;
pub(crate) const TIME: Duration = Duration::from_secs(10);

/// Planning's own statement for a page of a site's tasks (`tasks/store.rs`), without the filters
/// that are not asked for.
const SELECT: &str = "select t.id, t.site_id, t.project_id, t.phase_id, t.milestone_id, t.title, \
    t.description, t.priority, t.workers_needed, t.starts_at, t.ends_at, t.duration_min, t.status, \
    t.started_at, t.finished_at, t.validated_at, t.zone, t.skills, t.checklists, t.workers, \
    t.predecessors, e.execution, t.version, coalesce(n.needs, '{}'::jsonb) \
    from planning.task_state t \
    join planning.task_execution e on e.task_id = t.id \
    left join planning.task_need n on n.task_id = t.id \
    where t.site_id = :site::uuid order by t.starts_at, t.id limit 51;";

pub(crate) async fn run(up: &Up, firm: &BenchFirm) -> Result<()> {
    let site = &firm.plan.sites[1];
    let start: DateTime<Utc> = SystemClock.now();
    for nth in 0..50 {
        let task = json!({"site_id": site, "title": format!("Tâche {nth}"),
                          "starts_at": start, "duration_min": 60});
        firm.team.lead.post("/v1/tasks", &task).await?;
    }
    let ours = through_gateway(firm, site).await?;
    let limit = pgbench(up, firm, SELECT, &[("site", site.as_str())]).await?;
    row("list of 50 tasks, requests a second", ours, limit, "/s", true);
    Ok(())
}

async fn through_gateway(firm: &BenchFirm, site: &str) -> Result<f64> {
    let path = format!("/v1/tasks?site_id={site}&limit=50");
    let page = firm.team.manager.get(&path).await?;
    ensure!(page["items"].as_array().map(Vec::len) == Some(50), "not 50 tasks");
    let started = Instant::now();
    let clients = (0..CLIENTS).map(|_| {
        let (api, path) = (firm.team.manager.clone(), path.clone());
        tokio::spawn(async move {
            let mut done = 0_u32;
            while started.elapsed() < TIME {
                let answer = api.send(reqwest::Method::GET, &path, None).await?;
                ensure!(answer.status == 200, "{}", answer.status);
                done += 1;
            }
            Ok(done)
        })
    });
    let mut total = 0;
    for client in futures::future::join_all(clients).await {
        total += client??;
    }
    Ok(f64::from(total) / started.elapsed().as_secs_f64())
}

/// The address of a firm's database with an administrator's rights.
pub(crate) async fn database(up: &Up, firm: &BenchFirm) -> Result<String> {
    let admin = up.admin_url()?;
    let mut control =
        PgConnection::connect(&admin.replace("/postgres?", "/fieldops_control?")).await?;
    let database: String =
        sqlx::query_scalar("select database from tenancy.tenant where slug = $1")
            .bind(&firm.slug)
            .fetch_one(&mut control)
            .await?;
    Ok(admin.replace("/postgres?", &format!("/{database}?")))
}

/// How often a second PostgreSQL alone does a script with these variables.
pub(crate) async fn pgbench(
    up: &Up,
    firm: &BenchFirm,
    script: &str,
    variables: &[(&str, &str)],
) -> Result<f64> {
    let file = up.dir().join("bench.sql");
    std::fs::write(&file, script)?;
    let bin = pg_bin().context("PostgreSQL's binaries")?;
    let output = Command::new(bin.join("pgbench"))
        .args(["-n", "-M", "prepared", "-c"])
        .arg(CLIENTS.to_string())
        .args(["-j", "2", "-T"])
        .arg(TIME.as_secs().to_string())
        .args(
            variables.iter().flat_map(|(name, value)| ["-D".to_owned(), format!("{name}={value}")]),
        )
        .arg("-f")
        .arg(&file)
        .arg(database(up, firm).await?)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let tps = text.lines().find_map(|l| l.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    tps.with_context(|| format!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

fn pg_bin() -> Option<std::path::PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    versions.flatten().map(|v| v.path().join("bin")).filter(|b| b.join("pgbench").exists()).max()
}
