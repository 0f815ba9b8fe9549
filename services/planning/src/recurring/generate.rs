//! Plans the tasks of templates ahead, each once.

use std::collections::HashSet;

use async_trait::async_trait;
use chrono::{Datelike, TimeDelta};
use jobs::{Handler, Job, JobError, NewJob};
use kernel::{TaskTemplateId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use web::{App, Problem, Visit, Write};

use super::model::{Occurrence, Opening, TaskTemplate};
use super::store;
use crate::error::Error;
use crate::schedule;
use crate::service_levels;
use crate::tasks::{self, Needs, NewTask, Task};

const KIND: &str = "planning.recurring_tasks";
/// How many tasks one job plans at most; another goes on.
const AT_ONCE: usize = 50;

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Which {
    template: TaskTemplateId,
}

fn job(template: TaskTemplateId, key: &str, run_at: Timestamp) -> NewJob {
    NewJob {
        kind: KIND,
        key: Some(format!("{template}:{key}")),
        payload: json!(Which { template }),
        run_at,
    }
}

/// Lets a template's tasks be planned at once.
pub(super) fn soon(tx: &mut Write<'_>, template: &TaskTemplate) {
    let run_at = tx.now();
    tx.enqueue(job(template.id, &format!("v{}", template.version), run_at));
}

/// The days on which a template's site works.
pub(super) async fn opening(
    conn: &mut PgConnection,
    template: &TaskTemplate,
    now: Timestamp,
) -> Result<Opening, sqlx::Error> {
    let own = schedule::calendar_of(conn, template.project_id, template.site_id, now).await?;
    Ok(Opening::of(own.as_ref(), now.year()))
}

/// The task of an occurrence.
pub(super) fn task(template: &TaskTemplate, occurrence: &Occurrence) -> Result<Task, Error> {
    let new = NewTask {
        id: None,
        site_id: template.site_id,
        phase_id: None,
        milestone_id: None,
        title: template.title.clone(),
        description: template.description.clone(),
        starts_at: occurrence.starts_at,
        ends_at: None,
        duration_min: Some(template.duration_min),
        skills: template.skills.clone(),
        checklists: template.checklists.clone(),
        priority: template.priority,
        workers_needed: template.workers_needed,
        measure: None,
        needs: Needs::default(),
    };
    new.task(template.project_id, template.zone.clone())
}

/// Plans what lies ahead and is not planned yet, and comes again the next day.
async fn generate(tx: &mut Write<'_>, which: Which) -> Result<(), Error> {
    let now = tx.now();
    // Locked: whoever changes or ends it meanwhile waits, and then meets the tasks of this one.
    let Some(template) = store::lock(tx, which.template).await? else { return Ok(()) };
    if !template.active {
        return Ok(());
    }
    let open = opening(tx, &template, now).await?;
    let ahead = template.ahead(now, &open);
    let there: HashSet<_> = store::days(tx, template.id).await?.into_iter().collect();
    let missing: Vec<_> = ahead.iter().filter(|o| !there.contains(&o.on_date)).collect();
    for occurrence in missing.iter().take(AT_ONCE) {
        let task = task(&template, occurrence)?;
        let about = json!({ "template": template.id, "on_date": occurrence.on_date });
        let work_min = Some(template.duration_min);
        let task = tasks::plan(tx, task, work_min, None, &about).await?;
        store::insert_occurrence(tx, template.id, occurrence.on_date, &task).await?;
        service_levels::of_tasks(tx, &[task.id]).await?;
    }
    let (key, run_at) = if let Some(next) = missing.get(AT_ONCE) {
        (format!("from {}", next.on_date), now)
    } else {
        let next = now + TimeDelta::days(1);
        (format!("on {}", next.date_naive()), next)
    };
    tx.enqueue(job(template.id, &key, run_at));
    Ok(())
}

/// Plans recurring tasks.
pub(crate) struct Generate {
    app: App,
}

impl Generate {
    /// A handler for the jobs of this service.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

#[async_trait]
impl Handler for Generate {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let which: Which = serde_json::from_value(job.payload.clone())
            .map_err(|e| JobError::Fatal(e.to_string()))?;
        let retry = |problem: Problem| JobError::Retry(problem.code().to_owned());
        let visit = Visit::system(&self.app, job.tenant).await.map_err(retry)?;
        // Two jobs of one template at a time: the second waits, and finds the first one's days planned.
        visit.commit(async |tx| generate(tx, which).await).await.map_err(retry)
    }
}
