//! What phones send and pull, through the gateway: calls a second beside the bare INSERT by pgbench,
//! and a full pull beside `COPY (SELECT …) TO STDOUT` of the same rows.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chrono::{Days, Duration, NaiveTime, Weekday};
use futures::TryStreamExt;
use journeys::up::Up;
use kernel::{Clock, SystemClock};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::list::{CLIENTS, TIME, database, pgbench};
use crate::{BenchFirm, row};

/// Tasks of the worker whose phone pulls, with their crew and site.
const TASKS: i32 = 300;
/// The same pull so often; the middle counts.
const PULLS: usize = 5;

/// What is stored of a reported incident, without the key, the answer, the event, the audit entry
/// and the phones' news that our call stores with it.
const INSERT: &str = "insert into planning.incident (id, site_id, project_id, title, description, \
    severity, cause, status, reported_at, recorded_at, reported_by) \
    values (gen_random_uuid(), :site::uuid, :project::uuid, 'Mesure', '-', 'low', 'other', 'open', \
            now(), now(), :worker::uuid);";

pub(crate) async fn run(up: &Up, firm: &BenchFirm) -> Result<()> {
    let (_, worker) = firm.team.crew.first().context("a crew member")?;
    tasks(firm, worker).await?;
    let ours = push(firm).await?;
    let names = [
        ("site", firm.plan.sites[0].as_str()),
        ("project", firm.plan.project.as_str()),
        ("worker", worker.as_str()),
    ];
    let limit = pgbench(up, firm, INSERT, &names).await?;
    row("phones' calls, a second", ours, limit, "/s", true);

    let mut pulls = Vec::new();
    for _ in 0..PULLS {
        pulls.push(pull(firm).await?);
    }
    let ours = middle(pulls)?;
    let mut sql = PgConnection::connect(&database(up, firm).await?).await?;
    let mut copies = Vec::new();
    for _ in 0..PULLS {
        copies.push(copy(&mut sql, worker).await?);
    }
    let limit = middle(copies)?;
    println!("full pull: {} things, {:.2} MB", ours.rows, ours.bytes / 1e6);
    row("full pull, things a second", ours.rows / ours.s, limit.rows / limit.s, "/s", true);
    row("full pull, MB/s", ours.bytes / 1e6 / ours.s, limit.bytes / 1e6 / limit.s, "MB", true);
    Ok(())
}

/// How much came in how many seconds.
#[derive(Debug, Clone, Copy)]
struct Took {
    rows: f64,
    bytes: f64,
    s: f64,
}

fn middle(mut all: Vec<Took>) -> Result<Took> {
    all.sort_by(|a, b| a.s.total_cmp(&b.s));
    all.get(all.len() / 2).copied().context("no run")
}

/// Tasks of the worker, twenty a day on working days from a month hence, within the law.
async fn tasks(firm: &BenchFirm, worker: &str) -> Result<()> {
    let month = SystemClock.now().date_naive() + Days::new(30);
    let monday = month.week(Weekday::Mon).first_day().and_time(NaiveTime::MIN).and_utc();
    for nth in 0..TASKS {
        let (day, slot) = (nth / 20, nth % 20);
        let from = monday + Duration::days(i64::from(day / 5 * 7 + day % 5)) + Duration::hours(8);
        let new = json!({"site_id": firm.plan.sites[0], "title": format!("Tâche {nth}"),
                         "starts_at": from + Duration::minutes(20) * slot, "duration_min": 15});
        let task = firm.team.lead.post("/v1/tasks", &new).await?;
        let path = format!("/v1/tasks/{}/assignments", task["id"].as_str().context("id")?);
        let tag = format!("\"{}\"", task["version"]);
        let set = json!({"worker_ids": [worker],
                         "override": {"rules": ["outside_hours"], "reason": "Mesure"}});
        firm.team.lead.with("if-match", tag).post(&path, &set).await?;
    }
    Ok(())
}

/// Calls as a phone sends them that was away: each under its key, with time and position.
async fn push(firm: &BenchFirm) -> Result<f64> {
    let started = Instant::now();
    let clients = (0..CLIENTS).map(|_| {
        let (api, site) = (firm.team.crew[0].0.clone(), firm.plan.sites[0].clone());
        tokio::spawn(async move {
            let mut done = 0_u32;
            while started.elapsed() < TIME {
                let id = Uuid::now_v7();
                let body = json!({"id": id, "site_id": site, "title": "Mesure", "severity": "low",
                                  "cause": "other", "description": "-"});
                api.with("idempotency-key", id.to_string())
                    .with("device-time", SystemClock.now().to_rfc3339())
                    .with("device-position", "geo:14.6687,-17.4381;u=8")
                    .post("/v1/incidents", &body)
                    .await?;
                done += 1;
            }
            anyhow::Ok(done)
        })
    });
    let mut total = 0;
    for client in futures::future::join_all(clients).await {
        total += client??;
    }
    Ok(f64::from(total) / started.elapsed().as_secs_f64())
}

/// A full pull of the phone, page by page.
async fn pull(firm: &BenchFirm) -> Result<Took> {
    let api = &firm.team.crew[0].0;
    let (mut rows, mut bytes) = (0, 0);
    let mut path = "/v1/field/changes?limit=200".to_owned();
    let started = Instant::now();
    loop {
        let answer = api.send(reqwest::Method::GET, &path, None).await?;
        ensure!(answer.status == 200, "{}", answer.status);
        bytes += answer.bytes.len();
        let news = answer.json();
        let kinds = ["tasks", "time_entries", "incidents", "sites", "documents"];
        rows += kinds.iter().filter_map(|kind| news[kind].as_array()).map(Vec::len).sum::<usize>();
        if news["more"] != true {
            break;
        }
        let next = news["next"].as_str().context("next")?;
        path = format!("/v1/field/changes?limit=200&since={next}");
    }
    ensure!(rows > TASKS as usize, "{rows} things");
    Ok(Took { rows: rows as f64, bytes: bytes as f64, s: started.elapsed().as_secs_f64() })
}

/// The same rows as PostgreSQL copies them out.
async fn copy(sql: &mut PgConnection, worker: &str) -> Result<Took> {
    let worker: Uuid = worker.parse()?;
    let selects = [
        format!(
            "select t.* from planning.task_state t join planning.assignment a on a.task_id = t.id
             where a.worker_id = '{worker}'"
        ),
        format!("select * from planning.incident where reporter_worker_id = '{worker}'"),
        format!("select * from planning.time_entry where worker_id = '{worker}'"),
    ];
    let (mut rows, mut bytes) = (0, 0);
    let started = Instant::now();
    for select in selects {
        let copy = format!("copy ({select}) to stdout");
        let mut out = sql.copy_out_raw(&copy).await?;
        while let Some(piece) = out.try_next().await? {
            rows += piece.split(|byte| *byte == b'\n').count() - 1;
            bytes += piece.len();
        }
    }
    Ok(Took { rows: rows as f64, bytes: bytes as f64, s: started.elapsed().as_secs_f64() })
}
