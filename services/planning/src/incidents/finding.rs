//! The incident that an answer outside its limits opens.

use contracts::{IncidentChange, IncidentStatus};
use kernel::IncidentId;
use web::{Ctx, Write};

use super::model::{Cause, Incident};
use super::{escalate, events, store};
use crate::checklists::model::{Answered, Question, Run};
use crate::error::Error;
use crate::tasks::Task;

/// Opens the incident of a nonconforming answer, if its question says so: one for each question of
/// a run, however often it is answered.
pub(crate) async fn of_answer(
    cx: &Ctx,
    tx: &mut Write<'_>,
    task: &Task,
    run: &Run,
    question: &Question,
    answer: &Answered,
) -> Result<(), Error> {
    let Some(severity) = question.incident.filter(|_| !answer.conforms) else { return Ok(()) };
    let incident = Incident {
        id: IncidentId::new(),
        site_id: task.site_id,
        project_id: task.project_id,
        task_id: Some(task.id),
        title: question.label.chars().take(200).collect(),
        description: format!("{} : {}", run.name, question.found(&answer.value)),
        severity,
        cause: Cause::Quality,
        status: IncidentStatus::Open,
        reported_at: answer.answered_at,
        recorded_at: tx.now(),
        position: tx.keep_position_at_work(cx, cx.acted_at()).await?,
        reported_by: cx.caller.user,
        reporter_worker_id: cx.caller.worker,
        responded_at: None,
        resolution: None,
        run_id: Some(run.id),
        question: Some(question.key.clone()),
        blocks_task: false,
        delay_min: None,
        delayed_until: None,
        expected_until: None,
        by_client: false,
        plan_kept: false,
        escalated_to: None,
        escalated_at: None,
        photo_ids: answer.photo_id.into_iter().collect(),
        version: 1,
    };
    if store::insert(tx, &incident).await? {
        escalate::later(tx, &incident).await?;
        events::tell(tx, &incident, IncidentChange::Reported).await?;
    }
    Ok(())
}
