//! The routes of tasks, one operation per file; the steps of a task share one.

mod block;
mod change;
mod create;
mod list;
mod progress;
mod read;
mod step;

use kernel::{ChecklistId, MilestoneId, ProjectId, SkillId};
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::App;

pub(crate) use self::block::{BlockTask, block, block_also};
pub(crate) use self::create::{NewTask, plan};
pub(crate) use self::step::{Taken, go, moment};
use super::{Task, store};
use crate::error::Error;

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list_tasks, create::create_task))
        .routes(routes!(read::read_task, change::change_task))
        .routes(routes!(read::list_task_transitions))
        .routes(routes!(step::dispatch_task))
        .routes(routes!(step::recall_task))
        .routes(routes!(step::travel_to_task))
        .routes(routes!(step::arrive_at_task))
        .routes(routes!(step::start_task))
        .routes(routes!(step::pause_task))
        .routes(routes!(step::resume_task))
        .routes(routes!(block::block_task))
        .routes(routes!(step::unblock_task))
        .routes(routes!(progress::list_task_progress, progress::report_task_progress))
        .routes(routes!(progress::list_work_sessions))
        .routes(routes!(step::finish_task))
        .routes(routes!(step::validate_task))
        .routes(routes!(step::reopen_task))
        .routes(routes!(step::cancel_task))
}

/// What a task refers to must exist; its milestone where it is new on it.
async fn check_references(
    tx: &mut PgConnection,
    task: &Task,
    milestone: Option<MilestoneId>,
) -> Result<(), Error> {
    check_known(tx, task.project_id, milestone, &task.skills, &task.checklists).await?;
    if task.needs.levels.iter().any(|level| !task.skills.contains(&level.skill_id)) {
        return Err(Error::Unknown("/needs/levels"));
    }
    match store::needs::missing(tx, &task.needs).await? {
        Some(pointer) => Err(Error::Unknown(pointer)),
        None => Ok(()),
    }
}

/// A milestone of the project, skills and checklists must exist.
pub(crate) async fn check_known(
    tx: &mut PgConnection,
    project: ProjectId,
    milestone: Option<MilestoneId>,
    skills: &[SkillId],
    checklists: &[ChecklistId],
) -> Result<(), Error> {
    if let Some(milestone) = milestone
        && !store::has_milestone(tx, project, milestone).await?
    {
        return Err(Error::Unknown("/milestone_id"));
    }
    if !store::has_skills(tx, skills).await? {
        return Err(Error::Unknown("/skills"));
    }
    if !store::has_checklists(tx, checklists).await? {
        return Err(Error::Unknown("/checklists"));
    }
    Ok(())
}

/// Ids in order, each once.
pub(crate) fn distinct<T: Ord>(mut ids: Vec<T>) -> Vec<T> {
    ids.sort();
    ids.dedup();
    ids
}
