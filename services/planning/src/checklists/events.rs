//! What is told when a checklist changes.

use contracts::{ChecklistChange, ChecklistChanged, ChecklistRunChange, ChecklistRunChanged};
use serde::Serialize;
use web::Write;

use super::model::{Checklist, Run};
use crate::tasks::Task;

/// Tells that a template changed. The field hears of it too, and tells the phones of those who have
/// it before them.
pub(super) fn tell_template(
    tx: &mut Write<'_>,
    checklist: &Checklist,
    change: ChecklistChange,
    about: &impl Serialize,
) {
    let event = ChecklistChanged { checklist: checklist.id, version: checklist.version, change };
    tx.emit_about(&event, about);
}

/// Tells that a run of `task` changed, also to the phones of the task's workers.
pub(super) async fn tell_run(
    tx: &mut Write<'_>,
    run: &Run,
    task: &Task,
    change: ChecklistRunChange,
    about: &impl Serialize,
) -> Result<(), sqlx::Error> {
    let (answered, questions) = run.counts();
    let event = ChecklistRunChanged {
        run: run.id,
        version: run.version,
        change,
        task: task.id,
        site: task.site_id,
        answered,
        questions,
        nonconformities: run.nonconformities,
    };
    tx.emit_about(&event, about);
    crate::field::touch_work(tx, task.id, &task.workers).await
}
