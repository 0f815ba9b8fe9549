//! The routes of tasks, one operation per file; the steps of a task share one.

mod change;
mod create;
mod list;
mod read;
mod step;

use kernel::MilestoneId;
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::App;

pub(crate) use self::create::NewTask;
use super::{Task, store};
use crate::error::Error;

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list_tasks, create::create_task))
        .routes(routes!(read::read_task, change::change_task))
        .routes(routes!(read::list_task_transitions))
        .routes(routes!(step::start_task))
        .routes(routes!(step::pause_task))
        .routes(routes!(step::resume_task))
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
    if let Some(milestone) = milestone
        && !store::has_milestone(tx, task.project_id, milestone).await?
    {
        return Err(Error::Unknown("/milestone_id"));
    }
    if !store::has_skills(tx, &task.skills).await? {
        return Err(Error::Unknown("/skills"));
    }
    if !store::has_checklists(tx, &task.checklists).await? {
        return Err(Error::Unknown("/checklists"));
    }
    if task.needs.levels.iter().any(|level| !task.skills.contains(&level.skill_id)) {
        return Err(Error::Unknown("/needs/levels"));
    }
    match store::needs::missing(tx, &task.needs).await? {
        Some(pointer) => Err(Error::Unknown(pointer)),
        None => Ok(()),
    }
}

/// Ids in order, each once.
fn distinct<T: Ord>(mut ids: Vec<T>) -> Vec<T> {
    ids.sort();
    ids.dedup();
    ids
}
