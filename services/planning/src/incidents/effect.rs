//! What an incident means for the task it hinders: it cannot go on, or goes on later.

use contracts::TaskChange;
use kernel::{TaskId, Timestamp};
use serde_json::json;
use web::{Ctx, Problem, Write};

use super::model::Incident;
use crate::error::{Error, WorkError};
use crate::schedule;
use crate::service_levels;
use crate::tasks::model::Step;
use crate::tasks::store::blocks;
use crate::tasks::{self, BlockTask, Task};

/// Lets one writer at a time change what an incident hinders, and the plan. Also where it names no
/// task: somebody may be blocking one by it at this moment.
pub(super) async fn lock_plan(tx: &mut Write<'_>, incident: &Incident) -> Result<(), sqlx::Error> {
    schedule::store::links::lock_project(tx, incident.project_id).await
}

/// A task, locked, whose project is.
async fn locked(tx: &mut Write<'_>, task: TaskId) -> Result<Task, Error> {
    Ok(tasks::store::lock(tx, task).await?.ok_or_else(Problem::not_found)?)
}

/// Lets a new incident have its effect. A task that is done stays as it is.
pub(super) async fn begin(
    cx: &Ctx,
    tx: &mut Write<'_>,
    incident: &mut Incident,
) -> Result<(), Error> {
    let Some(id) = incident.task_id.filter(|_| incident.has_effect()) else { return Ok(()) };
    lock_plan(tx, incident).await?;
    let task = locked(tx, id).await?;
    if !task.is_open() {
        return Ok(());
    }
    if incident.blocks_task && incident.expected_until.is_some_and(|until| until <= cx.acted_at()) {
        return Err(WorkError::EndsBefore.into());
    }
    let at = tasks::moment(cx, tx, &task).await?.at;
    incident.count_delay(task.started_at.is_none().then_some(task.starts_at), at);
    if incident.blocks_task {
        stop(cx, tx, incident, task, at).await?;
    } else if let Some(until) = incident.until().filter(|until| *until > at) {
        incident.plan_kept = !hold(cx, tx, incident, &task, until).await?;
    }
    Ok(())
}

/// Lets what an incident has become have its effect; `before` is what it was. Where it blocks its
/// task no more, the task goes on.
pub(super) async fn change(
    cx: &Ctx,
    tx: &mut Write<'_>,
    before: &Incident,
    incident: &mut Incident,
) -> Result<(), Error> {
    if incident.effect() == before.effect() {
        return Ok(());
    }
    if incident.task_id.is_none() && (incident.blocks_task || incident.delay_min.is_some()) {
        return Err(WorkError::NoTask.into());
    }
    lock_plan(tx, incident).await?;
    let blocked = blocks::blocked_by(tx, incident.id).await?;
    // Its own task first: that tells until when the delay lasts.
    let mut hindered: Vec<_> = incident.task_id.into_iter().collect();
    hindered.extend(blocked.iter().filter(|id| incident.task_id != Some(**id)));
    incident.plan_kept = false;
    for id in hindered {
        let task = locked(tx, id).await?;
        if !task.is_open() {
            continue;
        }
        let at = tasks::moment(cx, tx, &task).await?.at;
        let own = incident.task_id == Some(id);
        if own {
            incident.count_delay(task.started_at.is_none().then_some(task.starts_at), at);
        }
        match (blocked.contains(&id), incident.blocks_task && !before.blocks_task) {
            (true, _) if own && before.blocks_task && !incident.blocks_task => {
                lift(cx, tx, incident, task, None).await?;
            }
            (true, _) => revise(cx, tx, incident, task, at).await?,
            (false, true) => stop(cx, tx, incident, task, at).await?,
            (false, false) => {
                if let Some(until) = incident.until().filter(|until| Some(*until) != before.until())
                {
                    incident.plan_kept |= !hold(cx, tx, incident, &task, until.max(at)).await?;
                }
            }
        }
    }
    Ok(())
}

/// Lets the tasks go on that an incident blocked, which is now resolved.
pub(super) async fn end(cx: &Ctx, tx: &mut Write<'_>, incident: &Incident) -> Result<(), Error> {
    let reason: Option<String> =
        incident.resolution.as_ref().map(|r| r.text.chars().take(1000).collect());
    for id in blocks::blocked_by(tx, incident.id).await? {
        let task = locked(tx, id).await?;
        lift(cx, tx, incident, task, reason.clone()).await?;
    }
    Ok(())
}

/// Blocks a task by an incident, also one that something else blocks already.
async fn stop(
    cx: &Ctx,
    tx: &mut Write<'_>,
    incident: &mut Incident,
    task: Task,
    at: Timestamp,
) -> Result<(), Error> {
    let why = BlockTask {
        reason: incident.title.clone(),
        incident_id: Some(incident.id),
        by_client: incident.by_client,
        // An end that is over when the block is told of is none that is expected.
        expected_until: incident.until().filter(|until| *until > at),
    };
    let task = if task.execution.block.is_some() {
        tasks::block_also(cx, tx, task, why).await?
    } else {
        tasks::block(cx, tx, task, why, None).await?
    };
    incident.plan_kept |= task.execution.block.is_some_and(|block| block.plan_kept);
    Ok(())
}

/// Keeps what an incident's block of a task has become.
async fn revise(
    cx: &Ctx,
    tx: &mut Write<'_>,
    incident: &mut Incident,
    mut task: Task,
    at: Timestamp,
) -> Result<(), Error> {
    let until = incident.until();
    let kept = match until {
        Some(until) => !hold(cx, tx, incident, &task, until.max(at)).await?,
        None => false,
    };
    blocks::revise(tx, task.id, incident.id, until, kept, incident.by_client).await?;
    incident.plan_kept |= kept;
    let about = json!({ "expected_until": until, "incident": incident.id });
    still_blocked(tx, &mut task, &about).await
}

/// Ends an incident's block of a task. The task goes on unless something else blocks it: then what
/// remains is planned after that.
async fn lift(
    cx: &Ctx,
    tx: &mut Write<'_>,
    incident: &Incident,
    mut task: Task,
    reason: Option<String>,
) -> Result<(), Error> {
    let at = tasks::moment(cx, tx, &task).await?.at;
    if !blocks::lift(tx, task.id, incident.id, at).await? {
        let taken = tasks::Taken { step: Step::Unblock, after: None, reason };
        tasks::go(cx, tx, task, taken).await?;
        return Ok(());
    }
    if let Some(until) = blocks::expected_until(tx, task.id, Some(incident.id)).await?
        && !schedule::hold(tx, &task, until.max(at), cx.actor).await?
    {
        blocks::plan_kept(tx, task.id).await?;
    }
    let about = json!({ "lifted": incident.id, "reason": reason });
    still_blocked(tx, &mut task, &about).await
}

/// Tells that what blocks a task is another thing now.
async fn still_blocked(
    tx: &mut Write<'_>,
    task: &mut Task,
    about: &serde_json::Value,
) -> Result<(), Error> {
    tasks::store::bump(tx, task).await?;
    tasks::tell(tx, task, TaskChange::Blocked, about, &[]).await?;
    service_levels::task(tx, task.id).await
}

/// Lets what remains of a task be planned after `until`, or after what else it is expected to wait
/// for; whether the plan followed.
async fn hold(
    cx: &Ctx,
    tx: &mut Write<'_>,
    incident: &Incident,
    task: &Task,
    until: Timestamp,
) -> Result<bool, Error> {
    let others = blocks::expected_until(tx, task.id, Some(incident.id)).await?;
    let last = others.map_or(until, |other| until.max(other));
    schedule::hold(tx, task, last, cx.actor).await
}
