//! What is told when a task changes.

use contracts::{TaskChange, TaskChanged};
use kernel::WorkerId;
use serde::Serialize;
use web::Write;

use super::model::Task;

/// Tells that `task` changed: other services by an event, readers of the audit trail with `about`,
/// and the phones of its workers and of those in `former` who are on it no more.
pub(crate) async fn tell(
    tx: &mut Write<'_>,
    task: &Task,
    change: TaskChange,
    about: &impl Serialize,
    former: &[WorkerId],
) -> Result<(), sqlx::Error> {
    tx.emit_about(&news(task, change), about);
    let everybody = [task.workers.as_slice(), former].concat();
    if is_step(change) {
        return crate::field::touch_work(tx, task.id, &everybody).await;
    }
    crate::field::touch_task(tx, task.id, &everybody).await
}

/// Whether the change is one of the work alone: who is on the task, and that there is work, stays.
fn is_step(change: TaskChange) -> bool {
    use TaskChange as C;
    matches!(
        change,
        C::Dispatched
            | C::Recalled
            | C::Travelling
            | C::Arrived
            | C::Started
            | C::Paused
            | C::Resumed
            | C::Blocked
            | C::Unblocked
            | C::Progressed
            | C::Finished
    )
}

/// The news of a task, for one that is on nobody's phone.
pub(crate) fn news(task: &Task, change: TaskChange) -> TaskChanged {
    TaskChanged {
        task: task.id,
        version: task.version,
        change,
        site: task.site_id,
        project: task.project_id,
        status: task.status,
        starts_at: task.starts_at,
        ends_at: task.ends_at,
        duration_min: task.duration_min,
        started_at: task.started_at,
        finished_at: task.finished_at,
        workers: task.workers.clone(),
    }
}
