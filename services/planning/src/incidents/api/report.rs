use auth::Action;
use chrono::{DateTime, Utc};
use contracts::{IncidentChange, IncidentSeverity, IncidentStatus};
use kernel::{IncidentId, PhotoId, SiteId, TaskId, WorkerId};
use serde::Deserialize;
use sqlx::PgConnection;
use validator::Validate;
use web::{Created, Ctx, Problem, ProblemBody, Reply, Valid, WriteHeaders, WriteRefused};

use crate::checklists;
use crate::error::{Error, WorkError};
use crate::field;
use crate::incidents::model::{Cause, Incident};
use crate::incidents::{effect, escalate, events, store};

/// Something went wrong on a site.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportIncident {
    /// Its id, chosen by the phone so that it can work offline.
    id: Option<IncidentId>,
    /// The site.
    site_id: SiteId,
    /// The task it hinders, if one; it must be on that site.
    task_id: Option<TaskId>,
    /// What happened, in a few words.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// What happened, at length.
    #[serde(default)]
    #[validate(length(max = 4000))]
    #[schema(max_length = 4000)]
    description: String,
    /// How bad it is.
    severity: IncidentSeverity,
    /// What kind of thing went wrong.
    cause: Cause,
    /// Whether the task cannot go on until the incident is resolved.
    #[serde(default)]
    blocks_task: bool,
    /// Minutes that what remains of the task is delayed by.
    #[validate(range(min = 1, max = 527_040))]
    #[schema(minimum = 1, maximum = 527_040)]
    delay_min: Option<i32>,
    /// Until when the block is expected to last: what remains of the task is planned after it.
    #[validate(custom(function = web::check::instant))]
    expected_until: Option<DateTime<Utc>>,
    /// Whether it is for the client to mend what blocks the task.
    #[serde(default)]
    by_client: bool,
    /// Photos that show it, taken on the site.
    #[serde(default)]
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    photo_ids: Vec<PhotoId>,
}

impl ReportIncident {
    /// An effect is one on a task.
    fn check_effect(&self) -> Result<(), Error> {
        let effect = self.blocks_task || self.delay_min.is_some() || self.expected_until.is_some();
        if effect && self.task_id.is_none() {
            return Err(WorkError::NoTask.into());
        }
        Ok(())
    }
}

/// The workers by whom a report reaches the site: those who are or were on the task, or the
/// reporter who has or had any task there.
async fn reached_by(
    cx: &Ctx,
    tx: &mut PgConnection,
    report: &ReportIncident,
) -> Result<Vec<WorkerId>, Problem> {
    if let Some(task) = report.task_id {
        let workers = store::workers_of(tx, task, report.site_id).await?;
        return workers.ok_or_else(Problem::not_found);
    }
    match cx.caller.worker {
        Some(worker) if field::knows_site(tx, worker, report.site_id).await? => Ok(vec![worker]),
        _ => Ok(Vec::new()),
    }
}

/// Reports an incident.
///
/// A worker may report on a site where there is, or was, a task of theirs. The time is the
/// device's (`Device-Time`) where it says so; the server's is kept beside it. Where it blocks or
/// delays a task the plan follows in the same write; where it cannot, `plan_kept` says so. A task
/// that something else blocks already is blocked until that and this are over.
#[utoipa::path(
    post, path = "/v1/incidents", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body(content = ReportIncident, description = "What went wrong"),
    responses(
        (status = 201, description = "Reported", body = Incident),
        WriteRefused,
        (status = 409, description = "The id is taken",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn report_incident(
    cx: Ctx,
    Valid(report): Valid<ReportIncident>,
) -> Result<Reply<Created<Incident>>, Problem> {
    cx.visible(Action::ReportIncident)?;
    report.check_effect()?;
    cx.write(async |tx| -> Result<_, Error> {
        let site = field::site(tx, report.site_id).await?.ok_or_else(Problem::not_found)?;
        let workers = reached_by(&cx, tx, &report).await?;
        let target = site.target().with_workers(workers);
        cx.guard(Action::ReadIncident, Action::ReportIncident, &target)?;
        let mut photo_ids = report.photo_ids;
        photo_ids.sort();
        photo_ids.dedup();
        if checklists::store::photos(tx, site.id, &photo_ids).await?.len() < photo_ids.len() {
            return Err(Error::Unknown("/photo_ids"));
        }
        let mut incident = Incident {
            id: report.id.unwrap_or_else(IncidentId::new),
            site_id: site.id,
            project_id: site.project_id,
            task_id: report.task_id,
            title: report.title,
            description: report.description,
            severity: report.severity,
            cause: report.cause,
            status: IncidentStatus::Open,
            reported_at: cx.acted_at(),
            recorded_at: tx.now(),
            position: tx.keep_position_at_work(&cx, cx.acted_at()).await?,
            reported_by: cx.caller.user,
            reporter_worker_id: cx.caller.worker,
            responded_at: None,
            resolution: None,
            run_id: None,
            question: None,
            blocks_task: report.blocks_task,
            delay_min: report.delay_min,
            delayed_until: None,
            expected_until: report.expected_until,
            by_client: report.by_client,
            plan_kept: false,
            escalated_to: None,
            escalated_at: None,
            photo_ids,
            version: 1,
        };
        effect::begin(&cx, tx, &mut incident).await?;
        store::insert(tx, &incident).await?;
        escalate::later(tx, &incident).await?;
        events::tell(tx, &incident, IncidentChange::Reported).await?;
        Ok(Created(format!("/v1/incidents/{}", incident.id), incident))
    })
    .await
}
