//! What an incident means for the task it hinders: it cannot go on, or goes on later.

use chrono::Duration;
use kernel::Timestamp;
use serde_json::json;
use web::{Ctx, Problem, Write};

use super::model::Incident;
use crate::error::Error;
use crate::schedule;
use crate::tasks::model::Step;
use crate::tasks::store::steps;
use crate::tasks::{self, BlockTask, Task};
use contracts::TaskChange;

/// Lets one writer at a time change the plan of the project whose task an incident hinders.
pub(super) async fn lock_plan(tx: &mut Write<'_>, incident: &Incident) -> Result<(), Error> {
    if incident.task_id.is_some() {
        schedule::store::links::lock_project(tx, incident.project_id).await?;
    }
    Ok(())
}

/// The task of an incident, locked, as its project is.
async fn locked(
    tx: &mut Write<'_>,
    incident: &Incident,
    task: kernel::TaskId,
) -> Result<Task, Error> {
    schedule::store::links::lock_project(tx, incident.project_id).await?;
    Ok(tasks::store::lock(tx, task).await?.ok_or_else(Problem::not_found)?)
}

/// Lets a new incident have its effect. A task that is done, or that something else blocks
/// already, stays as it is.
pub(super) async fn begin(
    cx: &Ctx,
    tx: &mut Write<'_>,
    incident: &mut Incident,
    by_client: bool,
) -> Result<(), Error> {
    let Some(id) = incident.task_id.filter(|_| incident.has_effect()) else { return Ok(()) };
    let task = locked(tx, incident, id).await?;
    if !task.is_open() || task.execution.block.is_some() {
        return Ok(());
    }
    let delayed = incident.delay_min.map(|minutes| later(cx, &task, minutes));
    let until = incident.expected_until.or(delayed);
    if incident.blocks_task {
        let why = BlockTask {
            reason: incident.title.clone(),
            incident_id: Some(incident.id),
            by_client,
            expected_until: until,
        };
        let task = tasks::block(cx, tx, task, why, None).await?;
        incident.plan_kept = task.execution.block.is_some_and(|block| block.plan_kept);
    } else if let Some(until) = until {
        incident.plan_kept = !schedule::hold(tx, &task, until, cx.actor).await?;
    }
    Ok(())
}

/// So many minutes later than now, or than its start where the task has not begun.
fn later(cx: &Ctx, task: &Task, minutes: i32) -> Timestamp {
    let from = if task.started_at.is_some() { cx.acted_at() } else { task.starts_at };
    from + Duration::minutes(minutes.into())
}

/// Lets the tasks that an incident blocks be planned after its new expected end.
pub(super) async fn expect(
    cx: &Ctx,
    tx: &mut Write<'_>,
    incident: &mut Incident,
    until: Timestamp,
) -> Result<(), Error> {
    for id in steps::blocked_by(tx, incident.id).await? {
        let mut task = locked(tx, incident, id).await?;
        let kept = !schedule::hold(tx, &task, until, cx.actor).await?;
        steps::expect(tx, id, until, kept).await?;
        tasks::store::bump(tx, &mut task).await?;
        let about = json!({ "expected_until": until, "incident": incident.id });
        tasks::tell(tx, &task, TaskChange::Blocked, &about, &[]).await?;
        incident.plan_kept = kept;
    }
    Ok(())
}

/// Lets the tasks go on that an incident blocked, which is now resolved.
pub(super) async fn end(cx: &Ctx, tx: &mut Write<'_>, incident: &Incident) -> Result<(), Error> {
    let reason = incident.resolution.as_ref().map(|r| r.text.chars().take(1000).collect());
    for id in steps::blocked_by(tx, incident.id).await? {
        let task = locked(tx, incident, id).await?;
        let taken = tasks::Taken { step: Step::Unblock, after: None, reason: reason.clone() };
        tasks::go(cx, tx, task, taken).await?;
    }
    Ok(())
}
