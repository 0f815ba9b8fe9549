use contracts::TaskChange;
use http::{HeaderName, StatusCode};
use kernel::{TaskId, WorkerId};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use web::{Answer, Ctx, Problem, ProblemBody, Reply, Valid, Write, WriteHeaders, WriteRefused};

use super::propose::{Which, check, gathered, missing};
use crate::dispatch::check::{self as rules, Override, Waived, Wanted, sees};
use crate::dispatch::{model, store};
use crate::error::Error;
use crate::tasks::{self, Task};

/// Whom the rule put on which task.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Dispatched {
    /// One for each task.
    pub tasks: Vec<Filled>,
}

/// Whom the rule put on a task.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FilledTask)]
pub struct Filled {
    /// The task.
    pub task_id: TaskId,
    /// Its version now.
    pub version: i64,
    /// Who is on it now.
    pub workers: Vec<WorkerId>,
    /// Who is new on it.
    pub added: Vec<WorkerId>,
    /// How many workers it still lacks; a proposal for it tells why nobody fits.
    pub missing: usize,
}

impl Answer for Dispatched {
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }
    fn headers(&self) -> Vec<(HeaderName, String)> {
        Vec::new()
    }
    fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

/// Fill tasks with workers by rule.
///
/// The most urgent task is filled first, then the earliest. Of those who can be on it, the one
/// with the fewest hours that day is taken, then the one with the lower id. Give `task_ids`, or
/// `site_id` and `day`. All in one write: where another dispatcher takes the same worker at the
/// same moment, one of the two gets 409 and may try again.
#[utoipa::path(
    post, path = "/v1/dispatch/assign", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body = Which,
    responses(
        (status = 200, description = "Who is on which task now", body = Dispatched),
        WriteRefused,
        (status = 409, description = "Nobody fits or all is filled, a task is done, or a worker \
            was taken meanwhile",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn assign_workers(
    cx: Ctx,
    Valid(which): Valid<Which>,
) -> Result<Reply<Dispatched>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let ids = which.ids(&cx, tx).await?;
        let tasks = tasks::store::lock_all(tx, &ids).await?;
        check(&cx, &ids, &tasks)?;
        let (people, depots) = gathered(&cx, tx, &tasks).await?;
        let chosen = model::fill(people, &depots, which.aside(), &tasks);
        let agreed = which.agreed.as_ref();
        let (chosen, waived) = lawful(&cx, tx, &tasks, chosen, agreed).await?;
        if chosen.iter().all(|(_, workers)| workers.is_empty()) {
            return Err(Error::NobodyToAssign);
        }
        let now = tx.now();
        rules::note(tx, &waived, agreed, cx.actor, now).await?;
        let mut filled = Vec::with_capacity(tasks.len());
        for task in tasks {
            let added = chosen.iter().find(|(id, _)| *id == task.id).map(|(_, w)| w.clone());
            filled.push(fill_one(tx, task, added.unwrap_or_default()).await?);
        }
        Ok(Dispatched { tasks: filled })
    })
    .await
}

/// Whom of those chosen the law of working time lets be, and what was taken meanwhile: whoever
/// cannot be on a task is taken off, of several the one that was filled last, until nothing stands
/// against what is left.
async fn lawful(
    cx: &Ctx,
    tx: &mut Write<'_>,
    tasks: &[Task],
    mut chosen: Vec<(TaskId, Vec<WorkerId>)>,
    agreed: Option<&Override>,
) -> Result<(Vec<(TaskId, Vec<WorkerId>)>, Vec<Waived>), Error> {
    loop {
        let wanted = tasks.iter().map(|task| {
            let check = chosen.iter().find(|(id, _)| *id == task.id);
            let check = check.map(|(_, workers)| workers.clone()).unwrap_or_default();
            let mut task = task.clone();
            task.workers.extend(&check);
            Wanted { task, check }
        });
        let wanted: Vec<_> = wanted.collect();
        let (waived, unfit) = rules::check(cx, tx, &wanted, agreed, &sees(cx)).await?;
        if unfit.is_empty() {
            return Ok((chosen, waived));
        }
        model::take_off(&mut chosen, tasks, &unfit);
    }
}

async fn fill_one(tx: &mut Write<'_>, task: Task, added: Vec<WorkerId>) -> Result<Filled, Error> {
    let task = if added.is_empty() {
        task
    } else {
        let mut all = [task.workers.as_slice(), &added].concat();
        all.sort();
        store::add(tx, &task, &added).await?;
        let (mut task, former) = (task.clone(), task.workers);
        task.workers = std::mem::take(&mut all);
        tasks::store::bump(tx, &mut task).await?;
        let about = json!({ "workers": task.workers, "before": former });
        tasks::tell(tx, &task, TaskChange::Assigned, &about, &former).await?;
        task
    };
    Ok(Filled {
        task_id: task.id,
        version: task.version,
        missing: missing(&task),
        workers: task.workers,
        added,
    })
}
