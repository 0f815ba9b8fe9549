//! Service levels: by when somebody acts on a task or an incident, by when it is done, and the
//! timers that count it.
//!
//! What a timer says follows from facts that stand elsewhere: when somebody first acted, when it
//! was done, when the client was waited for. It is counted anew in each write that changes one of
//! them, and by a job when time alone does; whoever counts holds the timer's lock and reads the
//! facts after taking it, so each warning and each breach is told once.
//!
//! A change of a timer touches, in its commit, the phones that show what it is about. A write that
//! changes a task or an incident holds its row, touches phones and then takes the timers' locks; the
//! jobs touch phones last. So they take the rows before the timers and leave those that somebody
//! holds for later, and the project's lock before all, which whoever moves a plan has: nobody waits
//! for them in a circle.

mod api;
mod events;
mod follow;
mod job;
mod model;
mod store;

use kernel::{IncidentId, ProjectId, TaskId};
use sqlx::PgConnection;
use web::Write;

pub(crate) use api::routes;
pub(crate) use job::Watch;
pub(crate) use model::timer::ServiceTimer;

use self::model::timer::Thing;
use crate::error::Error;

/// Lets new tasks, or tasks of another priority, fall under the levels that hold for them.
pub(crate) async fn of_tasks(tx: &mut Write<'_>, tasks: &[TaskId]) -> Result<(), Error> {
    let things: Vec<_> = tasks.iter().copied().map(Thing::Task).collect();
    follow::pick(tx, &things).await
}

/// Lets a new incident, or one of another severity, fall under the level that holds for it.
pub(crate) async fn of_incident(tx: &mut Write<'_>, incident: IncidentId) -> Result<(), Error> {
    follow::pick(tx, &[Thing::Incident(incident)]).await
}

/// What was promised of tasks and incidents and still counts, what is due first first.
pub(crate) async fn shown(
    conn: &mut PgConnection,
    tasks: &[TaskId],
    incidents: &[IncidentId],
) -> Result<Vec<ServiceTimer>, sqlx::Error> {
    if tasks.is_empty() && incidents.is_empty() {
        return Ok(Vec::new());
    }
    store::timers::shown(conn, tasks, incidents).await
}

/// Counts the timers of a task anew, of which something happened.
pub(crate) async fn task(tx: &mut Write<'_>, task: TaskId) -> Result<(), Error> {
    follow::recount(tx, &[Thing::Task(task)]).await
}

/// Counts the timers of an incident anew, of which something happened.
pub(crate) async fn incident(tx: &mut Write<'_>, incident: IncidentId) -> Result<(), Error> {
    follow::recount(tx, &[Thing::Incident(incident)]).await
}

/// Lets the timers that begin with tasks' plans follow them.
pub(crate) async fn moved(tx: &mut Write<'_>, tasks: &[TaskId]) -> Result<(), Error> {
    let now = tx.now();
    let ahead = store::timers::ahead(tx, tasks, now).await?;
    let things: Vec<_> = ahead.into_iter().map(Thing::Task).collect();
    follow::recount(tx, &things).await
}

/// Has the timers of a project counted anew whose working hours became others.
pub(crate) fn other_hours(tx: &mut Write<'_>, project: ProjectId) {
    let now = tx.now();
    job::other_hours(tx, project, None, now);
}
