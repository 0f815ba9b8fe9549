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
    /// Until when what it blocks is expected to stand still; the plan follows.
    #[validate(custom(function = web::check::instant))]
    expected_until: Option<DateTime<Utc>>,
}

/// Changes what is known of an incident, or says that somebody is on it.
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
        let Incident { severity, status, .. } = incident;
        let edit = IncidentEdit {
            title: new.title,
            description: new.description,
            severity: new.severity,
            cause: new.cause,
            status: new.status,
            expected_until: new.expected_until,
        };
        incident.edit(edit, cx.acted_at())?;
        if let Some(until) = new.expected_until {
            effect::expect(&cx, tx, &mut incident, until).await?;
        }
        let left = incident.status == IncidentStatus::Open && status != incident.status;
        if incident.severity != severity || left {
            escalate::later(tx, &incident).await?;
        }
        save(tx, &incident, IncidentChange::Updated).await?;
        if incident.severity != severity {
            service_levels::of_incident(tx, id).await?;
        }
        Ok(Changed(incident))
    })
    .await
}
