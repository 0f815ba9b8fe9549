use contracts::IncidentChange;
use kernel::IncidentId;
use serde::Deserialize;
use validator::Validate;
use web::{Changed, Ctx, PathId, Problem, ProblemBody, Reply, Valid, WriteHeaders, WriteRefused};

use super::{for_change, save};
use crate::error::Error;
use crate::incidents::effect;
use crate::incidents::model::{Incident, Resolution};

/// How an incident was dealt with.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveIncident {
    /// What was done.
    #[validate(length(min = 1, max = 2000), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 2000)]
    resolution: String,
}

/// Ends an incident by saying how it was dealt with.
///
/// The tasks that it blocks go back to where they were.
#[utoipa::path(
    post, path = "/v1/incidents/{id}/resolve", tag = "planning", security(("bearer" = [])),
    params(("id" = IncidentId, Path, description = "The incident"), WriteHeaders),
    request_body(content = ResolveIncident, description = "What was done"),
    responses(
        (status = 200, description = "Resolved", body = Incident),
        WriteRefused,
        (status = 409, description = "Resolved already",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn resolve_incident(
    cx: Ctx,
    PathId(id): PathId<IncidentId>,
    Valid(how): Valid<ResolveIncident>,
) -> Result<Reply<Changed<Incident>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let mut incident = for_change(&cx, tx, id).await?;
        let text = how.resolution;
        incident.resolve(Resolution { text, at: cx.acted_at(), by: cx.caller.user })?;
        // Before the phones are told, as whoever moves the plan does, and before looking what it
        // blocks: nobody blocks by it any more what is not seen here.
        effect::lock_plan(tx, &incident).await?;
        save(tx, &incident, IncidentChange::Resolved).await?;
        effect::end(&cx, tx, &incident).await?;
        Ok(Changed(incident))
    })
    .await
}
