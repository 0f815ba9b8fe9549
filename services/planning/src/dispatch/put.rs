//! A task is put where somebody wants it, with those who are to be on it, and others make room: the
//! one way of assignments by hand and of moves on the board.

use auth::Action;
use contracts::TaskStatus;
use kernel::{TaskId, Timestamp, WorkerId};
use serde_json::json;
use sqlx::PgConnection;
use web::{Ctx, IfMatch, Problem};

use super::api::{Move, refuse};
use super::check::{self, Waived, Wanted, sees};
use super::{follow, load, store};
use crate::error::{DispatchError, Error};
use crate::schedule::{self, Made};
use crate::tasks::{self, Task};

/// The most workers of a task.
const MOST_WORKERS: usize = 50;

/// What became of a task, or would.
pub(super) struct Done {
    /// The task as it is now.
    pub task: Task,
    /// Who was on it before.
    pub former: Vec<WorkerId>,
    /// Which rules were left aside.
    pub waived: Vec<Waived>,
    /// The move of its project's plan, where it moved.
    pub made: Option<Made>,
}

/// What is to become of a task.
struct One<'a> {
    id: TaskId,
    starts_at: Option<Timestamp>,
    worker_ids: Option<&'a [WorkerId]>,
    expected: IfMatch,
}

/// First the tasks that make room, the latest first, then the task itself.
fn each<'a>(to: &Move, who: Option<&'a [WorkerId]>, expected: IfMatch) -> Vec<One<'a>> {
    let mut also: Vec<_> = to.also.iter().collect();
    also.sort_by_key(|other| std::cmp::Reverse(other.starts_at));
    let also = also.into_iter().map(|other| One {
        id: other.task_id,
        starts_at: Some(other.starts_at),
        worker_ids: None,
        expected: IfMatch(other.version),
    });
    let itself = One { id: to.task_id, starts_at: to.starts_at, worker_ids: who, expected };
    also.chain([itself]).collect()
}

/// Does all of a move, the task itself last. Everything in one order, so that two who do this at
/// once wait for each other in no circle: projects, tasks, then the time of workers.
pub(super) async fn put(
    cx: &Ctx,
    conn: &mut PgConnection,
    to: &Move,
    expected: IfMatch,
) -> Result<Vec<Done>, Error> {
    let who = load::who(conn, to.worker_ids.as_deref(), to.crew_ids.as_deref()).await?;
    if who.as_ref().is_some_and(|who| who.len() > MOST_WORKERS) {
        return Err(DispatchError::TooManyWorkers.into());
    }
    let each = each(to, who.as_deref(), expected);
    let before = locked(cx, conn, &each).await?;
    let mut made = Vec::with_capacity(each.len());
    for (one, task) in each.iter().zip(&before) {
        let start = one.starts_at.filter(|start| *start != task.starts_at);
        made.push(match start {
            Some(start) => Some(drag(cx, conn, task, start).await?),
            None => None,
        });
    }
    let ids: Vec<_> = each.iter().map(|one| one.id).collect();
    let shifts = made.iter().flatten().flat_map(|made| &made.verdict.shifts);
    let mut others: Vec<_> = shifts.map(|shift| shift.task_id).collect();
    others.retain(|id| !ids.contains(id));
    others.sort();
    others.dedup();
    let now = tasks::store::of_ids(conn, &ids).await?;
    let mut wanted = Vec::with_capacity(each.len());
    for ((one, before), made) in each.iter().zip(&before).zip(&made) {
        let task = now.iter().find(|task| task.id == one.id).ok_or_else(Problem::not_found)?;
        let mut workers = one.worker_ids.unwrap_or(&before.workers).to_vec();
        workers.sort();
        workers.dedup();
        let stays = |worker: &WorkerId| made.is_none() && before.workers.contains(worker);
        let check = workers.iter().copied().filter(|worker| !stays(worker)).collect();
        wanted.push(Wanted { task: Task { workers, ..task.clone() }, check });
    }
    let new: Vec<_> = wanted.iter().flat_map(|wanted| wanted.check.iter().copied()).collect();
    follow(conn, &others, &new).await?;
    refuse(check::moved(cx, conn, &others).await?)?;
    let agreed = to.agreed.as_ref();
    let (waived, unfit) = check::check(cx, conn, &wanted, agreed, &sees(cx)).await?;
    if let [one] = unfit.as_slice()
        && one.task_id == to.task_id
    {
        return Err(Error::Unfit(one.reasons.clone()));
    }
    refuse(unfit)?;
    for Wanted { task, .. } in &wanted {
        store::keep_only(conn, task.id, &task.workers).await?;
    }
    let mut all = Vec::with_capacity(wanted.len());
    for ((Wanted { mut task, check }, before), made) in wanted.into_iter().zip(before).zip(made) {
        store::add(conn, &task, &check).await?;
        tasks::store::bump(conn, &mut task).await?;
        let waived = waived.iter().filter(|it| it.task_id == task.id).cloned().collect();
        all.push(Done { task, former: before.workers, waived, made });
    }
    Ok(all)
}

/// The tasks, in the same order, none of which changes until the end of the transaction: each seen,
/// open, and of the version that was read.
async fn locked(cx: &Ctx, conn: &mut PgConnection, each: &[One<'_>]) -> Result<Vec<Task>, Error> {
    let mut ids: Vec<_> = each.iter().map(|one| one.id).collect();
    ids.sort();
    ids.dedup();
    if ids.len() < each.len() {
        let twice = ("chaque tâche une seule fois", "each task once only");
        return Err(Problem::invalid().field("/also", "twice", twice.0, twice.1).into());
    }
    let seen = tasks::store::of_ids(conn, &ids).await?;
    let mut projects = Vec::new();
    for one in each {
        let task = seen.iter().find(|task| task.id == one.id).ok_or_else(Problem::not_found)?;
        cx.guard(Action::ReadTask, Action::AssignTask, &task.target())?;
        if one.starts_at.is_some() {
            cx.may(Action::PlanTask, &task.target())?;
            projects.push(task.project_id);
        }
    }
    projects.sort();
    projects.dedup();
    for project in projects {
        schedule::store::links::lock_project(conn, project).await?;
    }
    let tasks = tasks::store::lock_all(conn, &ids).await?;
    let mut all = Vec::with_capacity(each.len());
    for one in each {
        let task = tasks.iter().find(|task| task.id == one.id).ok_or_else(Problem::not_found)?;
        one.expected.check(task)?;
        if !task.is_open() {
            return Err(Error::Closed(Box::new(task.clone())));
        }
        all.push(task.clone());
    }
    Ok(all)
}

/// Moves a task in its project's plan. Whoever was on it is to be put on it anew where it is then.
async fn drag(
    cx: &Ctx,
    conn: &mut PgConnection,
    task: &Task,
    start: Timestamp,
) -> Result<Made, Error> {
    if task.status != TaskStatus::Planned {
        return Err(Error::Begun(Box::new(task.clone())));
    }
    store::clear(conn, &[task.id]).await?;
    let mut ask = schedule::Ask::new("drag", task.project_id, cx.actor, cx.now());
    ask.watch = Some(task.id);
    ask.edit = json!({"kind": "drag", "task_id": task.id, "start": start});
    ask.unfollowed = true;
    let made = schedule::carry_out(conn, &ask, |book| {
        if book.is_summary(task.id) {
            let misfit = schedule::model::Misfit::Summary(task.id);
            return Err(schedule::misfit(book, misfit));
        }
        let terms = book.terms(task.id).ok_or_else(Problem::not_found)?;
        terms.start_at(start);
        Ok(())
    })
    .await?;
    schedule::refuse_early(&made, task.id)?;
    Ok(made)
}
