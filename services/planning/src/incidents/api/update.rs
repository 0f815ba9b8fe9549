use chrono::{DateTime, Utc};
use contracts::{IncidentChange, IncidentSeverity, IncidentStatus};
use kernel::IncidentId;
use serde::Deserialize;
use validator::Validate;
use web::{
    Changed, Ctx, IfMatch, MatchHeader, PathId, Problem, ProblemBody, Reply, Valid, WriteHeaders,
    WriteRefused,
};

use super::{for_change, save};
use crate::error::Error;
use crate::incidents::model::{Cause, Incident, IncidentEdit};
use crate::incidents::{effect, escalate};
use crate::service_levels;

/// What is to be changed; what is left out stays.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateIncident {
    /// What happened, in a few words.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
    /// What happened, at length.
    #[validate(length(max = 4000))]
    #[schema(max_length = 4000)]
    description: Option<String>,
    /// How bad it is.
    severity: Option<IncidentSeverity>,
    /// What kind of thing went wrong.
    cause: Option<Cause>,
    /// `open` or `in_progress`; an incident is resolved at its `/resolve`.
    status: Option<IncidentStatus>,
    /// Whether the task cannot go on until the incident is resolved. Where it now can, it does,
    /// unless something else blocks it.
    blocks_task: Option<bool>,
    /// Minutes that what remains of the task is delayed by in all, from when that was first told;
    /// null for none. The plan follows; the start of a task that has not begun is not drawn
    /// forward again.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(range(min = 1, max = 527_040))]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 527_040)]
    delay_min: Option<Option<i32>>,
    /// Until when what it blocks or delays is expected to stand still; the plan follows.
    #[validate(custom(function = web::check::instant))]
    expected_until: Option<DateTime<Utc>>,
    /// Whether it is for the client to mend what blocks the task.
    by_client: Option<bool>,
}

/// Changes what is known of an incident and what it means for its task, or says that somebody is on
/// it.
#[utoipa::path(
    patch, path = "/v1/incidents/{id}", tag = "planning", security(("bearer" = [])),
    params(
        ("id" = IncidentId, Path, description = "The incident"),
        MatchHeader,
        WriteHeaders,
    ),
    request_body(content = UpdateIncident, description = "What is to be changed"),
    responses(
        (status = 200, description = "Changed", body = Incident),
        WriteRefused,
        (status = 409, description = "Resolved already",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn update_incident(
    cx: Ctx,
    PathId(id): PathId<IncidentId>,
    version: IfMatch,
    Valid(new): Valid<UpdateIncident>,
) -> Result<Reply<Changed<Incident>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let mut incident = for_change(&cx, tx, id).await?;
        version.check(&incident)?;
        let before = incident.clone();
        let edit = IncidentEdit {
            title: new.title,
            description: new.description,
            severity: new.severity,
            cause: new.cause,
            status: new.status,
            blocks_task: new.blocks_task,
            delay_min: new.delay_min,
            expected_until: new.expected_until,
            by_client: new.by_client,
        };
        incident.edit(edit, cx.acted_at())?;
        effect::change(&cx, tx, &before, &mut incident).await?;
        let left = incident.status == IncidentStatus::Open && incident.status != before.status;
        if incident.severity != before.severity || left {
            escalate::later(tx, &incident).await?;
        }
        save(tx, &incident, IncidentChange::Updated).await?;
        if incident.severity != before.severity {
            service_levels::of_incident(tx, id).await?;
        }
        Ok(Changed(incident))
    })
    .await
}
