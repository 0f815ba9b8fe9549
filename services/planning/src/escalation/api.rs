//! Reading and setting the firm's times.

use auth::{Action, Target};
use kernel::EscalationId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{App, Changed, Ctx, Found, IfMatch, Problem, ProblemBody, Reply, Valid};

use super::model::{EscalationTimes, IncidentEscalationTimes, Setting};
use super::{events, store};
use crate::error::Error;

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_escalation_times, set_escalation_times))
}

/// Read after how long incidents are passed on.
///
/// By how bad they are, to the project's lead and to the managers. The version is 0 while the
/// usual times hold.
#[utoipa::path(
    get, path = "/v1/incident-escalation", tag = "planning", security(("bearer" = [])),
    responses(
        (status = 200, description = "The times", body = IncidentEscalationTimes),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role deals with no incidents", body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
    )
)]
async fn read_escalation_times(cx: Ctx) -> Result<Found<IncidentEscalationTimes>, Problem> {
    cx.visible(Action::ReadEscalation)?;
    let setting = store::setting(&mut *cx.db().await?).await?;
    Ok(Found(setting.into()))
}

/// Set after how long incidents are passed on.
///
/// For all incidents of the firm from now on, those that are open too: what would have been passed
/// on by now is at once. What was passed on stays so. `If-Match` takes the version that reading
/// gave.
#[utoipa::path(
    put, path = "/v1/incident-escalation", tag = "planning", security(("bearer" = [])),
    params(("If-Match" = String, Header, description = "The ETag that reading gave")),
    request_body(content = EscalationTimes, description = "The times, all of them"),
    responses(
        (status = 200, description = "The times as they are now", body = IncidentEscalationTimes),
        (status = 400, description = "Not JSON, or If-Match is no ETag", body = ProblemBody),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role sets no times", body = ProblemBody),
        (status = 412, description = "Set by somebody else; `current` is what holds",
         body = ProblemBody),
        (status = 413, description = "Body too large", body = ProblemBody),
        (status = 415, description = "Body not JSON", body = ProblemBody),
        (status = 422, description = "Out of range, or the managers before the project's lead",
         body = ProblemBody),
        (status = 428, description = "If-Match is missing", body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
    )
)]
async fn set_escalation_times(
    cx: Ctx,
    expected: IfMatch,
    Valid(times): Valid<EscalationTimes>,
) -> Result<Reply<Changed<IncidentEscalationTimes>>, Problem> {
    cx.may(Action::ManageEscalation, &Target::tenant())?;
    let times = times.checked()?;
    cx.write(async |tx| -> Result<_, Error> {
        let before = store::lock(tx).await?;
        expected.check(&IncidentEscalationTimes::from(before))?;
        let id = before.id.unwrap_or_else(EscalationId::new);
        let setting = Setting { id: Some(id), times, version: before.version + 1 };
        let now = tx.now();
        store::set(tx, id, &setting, cx.caller.user, now).await?;
        events::tell(tx, id, &setting);
        Ok(Changed(setting.into()))
    })
    .await
}
