//! The order of work: finish-to-start links between tasks, and what moves when a date does.

mod api;
mod model;
pub(crate) mod store;

use std::collections::HashMap;

use contracts::TaskChange;
use kernel::{ProjectId, TaskId};
use serde_json::json;
use web::Write;

pub(crate) use api::routes;

use self::model::{Link, Slot};
use self::store::Dependency;
use crate::dispatch;
use crate::error::Error;
use crate::tasks::{self, Task};

/// Carries on what it means that an open task now has another span: it must not begin too early
/// for what comes before it, the planned tasks after it that would are moved later, and nobody
/// may be on two tasks at once then. The caller holds the project's lock.
pub(crate) async fn moved(tx: &mut Write<'_>, task: &Task) -> Result<(), Error> {
    let links = store::links(tx, task.project_id).await?;
    let slots = store::slots(tx, task.project_id).await?;
    if let Some(earliest) = too_early(&links, &slots, task.id) {
        return Err(Error::TooEarly { earliest });
    }
    let mut all = push(tx, &links, &slots, task.id).await?;
    all.push(task.id);
    dispatch::follow(tx, &all).await
}

/// Refuses a new link whose successor would begin too early.
async fn refuse_early(tx: &mut Write<'_>, link: &Dependency) -> Result<(), Error> {
    let links = store::links(tx, link.project_id).await?;
    let slots = store::slots(tx, link.project_id).await?;
    match too_early(&links, &slots, link.successor) {
        Some(earliest) => Err(Error::TooEarly { earliest }),
        None => Ok(()),
    }
}

/// Moves the successor of a new link, and what depends on it, to where they may begin.
async fn shift(tx: &mut Write<'_>, link: &Dependency) -> Result<(), Error> {
    let links = store::links(tx, link.project_id).await?;
    let slots = store::slots(tx, link.project_id).await?;
    let moved = push(tx, &links, &slots, link.predecessor).await?;
    dispatch::follow(tx, &moved).await
}

fn too_early(
    links: &[Link],
    slots: &HashMap<TaskId, Slot>,
    task: TaskId,
) -> Option<kernel::Timestamp> {
    let starts_at = slots.get(&task)?.starts_at;
    model::earliest(links, slots, task).filter(|earliest| *earliest > starts_at)
}

/// Moves what depends on `cause` later where it would begin too early; which tasks that were.
async fn push(
    tx: &mut Write<'_>,
    links: &[Link],
    slots: &HashMap<TaskId, Slot>,
    cause: TaskId,
) -> Result<Vec<TaskId>, Error> {
    let starts = model::push(links, slots, cause);
    let ids: Vec<_> = starts.iter().map(|(id, _)| *id).collect();
    let mut successors: HashMap<_, _> =
        tasks::store::lock_all(tx, &ids).await?.into_iter().map(|t| (t.id, t)).collect();
    for (id, starts_at) in starts {
        let Some(task) = successors.get_mut(&id) else { continue };
        task.move_to(task.span().starting(starts_at).map_err(Error::Span)?);
        tasks::store::save_plan(tx, task).await?;
        let about = json!({
            "starts_at": task.starts_at,
            "ends_at": task.ends_at,
            "moved_by": cause,
        });
        tasks::tell(tx, task, TaskChange::Replanned, &about, &[]).await?;
    }
    Ok(ids)
}

/// The tasks of a cycle as a problem names them, in its order.
async fn name_cycle(
    tx: &mut Write<'_>,
    project: ProjectId,
    cycle: &[TaskId],
) -> Result<Vec<tasks::TaskRef>, Error> {
    let mut names = store::names(tx, project, cycle).await?;
    names.sort_by_key(|n| cycle.iter().position(|id| *id == n.id));
    Ok(names)
}
