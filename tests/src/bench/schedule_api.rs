//! A project of 10,000 tasks and 15,000 links through the gateway: reading its schedule and
//! dragging a task, beside the engine alone on the same plan.

use std::fmt::Write;
use std::io::Cursor;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fieldops::demo::Api;
use interchange::{Limits, mspdi};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{BenchFirm, row};

const TASKS: usize = 10_000;
const READS: usize = 10;
const DRAGS: i64 = 20;
/// How often the KPIs are looked at while a burst is taken in, and how long at most.
const LOOK: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_mins(10);

/// A table of tasks in lanes of a hundred: each follows the one before it in its lane, and every
/// other one of the lanes after the first follows one of the lane before.
fn table() -> String {
    let mut table = String::from("id,name,duration,constraint,constraint date,predecessors\n");
    for nth in 0..TASKS {
        let (lane, place) = (nth / 100, nth % 100);
        let (constraint, day) = if place == 0 { ("SNET", "2027-01-04") } else { ("", "") };
        let mut before = String::new();
        if place > 0 {
            let _ = write!(before, "{nth}");
        }
        if lane > 0 && place % 2 == 1 {
            let _ = write!(before, ";{}SS", nth - 100);
        }
        let _ =
            writeln!(table, "{},Tâche {nth},{}h,{constraint},{day},{before}", nth + 1, 2 + nth % 7);
    }
    table
}

/// Waits until reporting has counted all the tasks: one event each, of one firm, at once.
async fn counted(api: &Api, project: &str, since: Instant) -> Result<()> {
    let path = format!("/v1/kpis?project_id={project}");
    while api.get(&path).await?["total"]["tasks"]["planned"] != TASKS {
        ensure!(since.elapsed() < LONGEST, "reporting has not counted {TASKS} tasks");
        tokio::time::sleep(LOOK).await;
    }
    let rate = TASKS as f64 / since.elapsed().as_secs_f64();
    println!("{:<44} {rate:>9.2} /s", "burst of events, from the import to the KPI");
    Ok(())
}

pub(crate) async fn run(firm: &BenchFirm) -> Result<()> {
    let api = firm.team.lead.clone();
    let new = json!({"code": "GRAND", "name": "Dix mille tâches", "status": "active"});
    let project = id(&api.post("/v1/projects", &new).await?)?;
    let new = json!({"project_id": project, "name": "Chantier", "zone": "Africa/Dakar",
                     "position": {"lat": 14.7, "lon": -17.4}, "radius_m": 150.0});
    let site = id(&api.post("/v1/sites", &new).await?)?;
    let path = format!("/v1/schedule/imports?site_id={site}&format=csv");
    let body = ("application/octet-stream", table().into_bytes());
    let started = Instant::now();
    let read = api.raw(Method::POST, &path, Some(body)).await?.ok()?;
    println!("import: {} tasks, {} links in {:?}", read["tasks"], read["links"], started.elapsed());
    ensure!(read["tasks"] == TASKS, "{read}");
    counted(&api, &project, started).await?;

    let path = format!("/v1/schedule/export?project_id={project}&format=mspdi");
    let file = api.raw(Method::GET, &path, None).await?;
    ensure!(file.status.is_success(), "{}", file.status);
    let plan = mspdi::read(Cursor::new(file.bytes.clone()), &Limits::default())?.plan;
    let engine = median((0..READS).map(|_| {
        let started = Instant::now();
        let dates = schedule::schedule(&plan);
        (started.elapsed().as_secs_f64() * 1000.0, dates.is_ok())
    }))?;

    let path = format!("/v1/schedule?project_id={project}");
    let mut reads = Vec::new();
    for _ in 0..READS {
        let started = Instant::now();
        let answer = api.raw(Method::GET, &path, None).await?;
        reads.push((started.elapsed().as_secs_f64() * 1000.0, answer.status.is_success()));
    }
    row("schedule of 10,000 tasks, read", median(reads)?, engine, "ms", false);

    let plan = api.get(&path).await?;
    let tasks = plan["tasks"].as_array().context("tasks")?;
    let near = tasks.iter().find(|t| t["title"] == "Tâche 9990").context("a task near the end")?;
    let far = tasks.iter().find(|t| t["title"] == "Tâche 0").context("the first task")?;
    for (what, task) in
        [("drag near the end of 10,000", near), ("drag of the first of 10,000", far)]
    {
        let start = task["starts_at"].as_str().context("a start")?;
        let start: chrono::DateTime<chrono::Utc> = start.parse()?;
        let mut drags = Vec::new();
        let mut moved = 0;
        for nth in 0..DRAGS {
            let at = start + chrono::Duration::days(1 - nth % 2);
            let edit = json!({"kind": "drag", "task_id": task["id"], "start": at});
            let started = Instant::now();
            let done = api.post("/v1/schedule/moves", &json!({ "move": edit })).await?;
            drags.push((started.elapsed().as_secs_f64() * 1000.0, done["id"].is_string()));
            moved = moved.max(done["changes"].as_array().map_or(0, Vec::len));
        }
        row(&format!("{what}, {moved} moved"), median(drags)?, engine, "ms", false);
    }
    Ok(())
}

fn id(thing: &Value) -> Result<String> {
    thing["id"].as_str().map(str::to_owned).context("an id")
}

/// The middle of the milliseconds; an error where a run was none.
fn median(runs: impl IntoIterator<Item = (f64, bool)>) -> Result<f64> {
    let (mut times, fine): (Vec<f64>, Vec<bool>) = runs.into_iter().unzip();
    ensure!(fine.into_iter().all(|fine| fine), "a run failed");
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().context("no run")
}
