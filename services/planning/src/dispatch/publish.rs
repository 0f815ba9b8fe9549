//! A proposal becomes the plan: in one commit, by the same check as assignments by hand.

use std::collections::BTreeMap;

use contracts::{PlanChange, TaskChange};
use kernel::{ProjectId, TaskId, WorkerId};
use serde_json::{Value, json};
use web::{Ctx, Write};

use super::check::{self, Wanted};
use super::model::{Basis, Placed, Proposal, Run, Stale};
use super::{api, follow, store};
use crate::error::{DispatchError, Displaced, Error};
use crate::schedule::{self, Ask, Made, carry_out};
use crate::tasks::{self, Task};

/// Makes a proposal the plan. Refused as a whole where tasks are
/// no longer as the search took them, or where rules stand against anybody by now.
pub(super) async fn publish(
    cx: &Ctx,
    tx: &mut Write<'_>,
    run: &Run,
    proposal: &Proposal,
    basis: &[Basis],
) -> Result<(), Error> {
    let changed: Vec<&Placed> = proposal.assignments.iter().filter(|p| p.changed).collect();
    let mut ids: Vec<TaskId> = changed.iter().map(|placed| placed.task_id).collect();
    ids.sort();
    let mut projects = run.project_ids.clone();
    projects.sort();
    for project in projects {
        schedule::store::links::lock_project(tx, project).await?;
    }
    let before = tasks::store::lock_all(tx, &ids).await?;
    fresh(&changed, basis, &before)?;
    store::clear(tx, &ids).await?;
    let edit = json!({"kind": "dispatch", "run_id": run.id});
    let mut made = Vec::new();
    for (project, placed) in by_project(&changed, &before) {
        made.push(start(cx, tx, project, &placed, &edit).await?);
    }
    let mut after = tasks::store::of_ids(tx, &ids).await?;
    in_place(&changed, &after)?;
    let shifts = made.iter().flat_map(|made| &made.verdict.shifts).map(|shift| shift.task_id);
    let others: Vec<_> = shifts.filter(|id| ids.binary_search(id).is_err()).collect();
    let (mut task_ids, mut worker_ids): (Vec<TaskId>, Vec<WorkerId>) = (Vec::new(), Vec::new());
    let mut wanted = Vec::with_capacity(after.len());
    for task in &mut after {
        let Some(placed) = changed.iter().find(|p| p.task_id == task.id) else { continue };
        task.workers.clone_from(&placed.worker_ids);
        task_ids.extend(placed.worker_ids.iter().map(|_| task.id));
        worker_ids.extend(&placed.worker_ids);
        wanted.push(Wanted { task: task.clone(), check: placed.worker_ids.clone() });
    }
    follow(tx, &others, &worker_ids).await?;
    api::refuse(check::moved(cx, tx, &others).await?)?;
    let (_, unfit) = check::check(cx, tx, &wanted, None, &check::sees(cx)).await?;
    api::refuse(unfit)?;
    store::add_all(tx, &task_ids, &worker_ids).await?;
    store::bump_all(tx, &ids).await?;
    for made in &made {
        schedule::tell(tx, made, PlanChange::Moved, &edit).await?;
    }
    tell(tx, run, &ids, &before).await
}

/// 409 where a task is no longer as the search took it.
fn fresh(changed: &[&Placed], basis: &[Basis], now: &[Task]) -> Result<(), Error> {
    let stale: Vec<Stale> = changed
        .iter()
        .filter_map(|placed| {
            let then = basis.iter().find(|task| task.id == placed.task_id)?;
            let task = now.iter().find(|task| task.id == placed.task_id);
            Some(Stale {
                task_id: placed.task_id,
                title: task.map(|task| task.title.clone()),
                what: then.moved(task)?,
                version_then: then.version,
                version_now: task.map(|task| task.version),
            })
        })
        .collect();
    if stale.is_empty() { Ok(()) } else { Err(DispatchError::Stale(stale).into()) }
}

fn by_project<'a>(
    changed: &[&'a Placed],
    tasks: &[Task],
) -> BTreeMap<ProjectId, Vec<(&'a Placed, bool)>> {
    let mut projects: BTreeMap<ProjectId, Vec<(&Placed, bool)>> = BTreeMap::new();
    for placed in changed {
        let Some(task) = tasks.iter().find(|task| task.id == placed.task_id) else { continue };
        let same = (task.starts_at, task.ends_at) == (placed.starts_at, placed.ends_at);
        projects.entry(task.project_id).or_default().push((placed, same));
    }
    projects.retain(|_, placed| placed.iter().any(|(_, same)| !same));
    projects
}

/// Puts a project's tasks at their new starts, all in one move of its plan.
async fn start(
    cx: &Ctx,
    tx: &mut Write<'_>,
    project: ProjectId,
    placed: &[(&Placed, bool)],
    edit: &Value,
) -> Result<Made, Error> {
    let mut ask = Ask::new("dispatch", project, cx.actor, tx.now());
    ask.edit = edit.clone();
    ask.unfollowed = true;
    carry_out(tx, &ask, |book| {
        for (placed, _) in placed.iter().filter(|(_, same)| !same) {
            let Some(terms) = book.terms(placed.task_id) else { continue };
            terms.start_at(placed.starts_at);
            if terms.work_elapsed {
                // With the breaks that lie in it.
                let minutes = (placed.ends_at - placed.starts_at).num_minutes();
                terms.work_min = i32::try_from(minutes).unwrap_or(i32::MAX);
            }
        }
        Ok(())
    })
    .await
}

/// 409 where the plan would have a task start at another time.
fn in_place(changed: &[&Placed], after: &[Task]) -> Result<(), Error> {
    let elsewhere: Vec<Displaced> = changed
        .iter()
        .filter_map(|placed| {
            let task = after.iter().find(|task| task.id == placed.task_id)?;
            (task.starts_at != placed.starts_at).then(|| Displaced {
                task_id: task.id,
                title: task.title.clone(),
                wanted: placed.starts_at,
                would_be: task.starts_at,
            })
        })
        .collect();
    if elsewhere.is_empty() { Ok(()) } else { Err(DispatchError::Displaced(elsewhere).into()) }
}

/// Tells of each task, and the phones of those who are on it no more.
async fn tell(tx: &mut Write<'_>, run: &Run, ids: &[TaskId], before: &[Task]) -> Result<(), Error> {
    let after = tasks::store::of_ids(tx, ids).await?;
    for task in &after {
        let former = before.iter().find(|old| old.id == task.id).map(|old| old.workers.clone());
        let former = former.unwrap_or_default();
        let about = json!({ "workers": task.workers, "before": former, "run": run.id });
        tx.emit_about(&tasks::news(task, TaskChange::Assigned), &about);
        let left: Vec<_> =
            former.into_iter().filter(|worker| !task.workers.contains(worker)).collect();
        if !left.is_empty() {
            crate::field::touch_task(tx, task.id, &left).await?;
        }
    }
    crate::field::touch_tasks(tx, ids).await?;
    Ok(())
}
