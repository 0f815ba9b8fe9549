//! Reporting incidents, reading them, dealing with them.

use auth::{Action, Target};
use contracts::{IncidentChange, IncidentSeverity, IncidentStatus};
use kernel::{IncidentId, SiteId, TaskId, WorkerId};
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Page, PageParams, Params, PathId, Problem,
    ProblemBody, Reply, Valid, Write,
};

use super::model::{Cause, Incident, IncidentEdit, Resolution};
use super::store::{self, Filter};
use crate::{field, timeclock};

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(report_incident, list_incidents))
        .routes(routes!(read_incident, update_incident))
        .routes(routes!(resolve_incident))
}

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
}

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
}

/// How an incident was dealt with.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveIncident {
    /// What was done.
    #[validate(length(min = 1, max = 2000), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 2000)]
    resolution: String,
}

/// Which incidents to list.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct IncidentParams {
    /// On this site.
    site_id: Option<SiteId>,
    /// About this task.
    task_id: Option<TaskId>,
    /// That stand so.
    #[param(inline)]
    status: Option<IncidentStatus>,
    /// As bad as this.
    #[param(inline)]
    severity: Option<IncidentSeverity>,
    /// How many at most.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    cursor: Option<String>,
}

/// What an action on an incident is checked against: who reported it reaches it.
fn target(incident: &Incident) -> Target {
    Target::site(incident.project_id, incident.site_id).with_workers(incident.reporter_worker_id)
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

/// Stores a change of an incident and tells of it.
async fn save(
    tx: &mut Write<'_>,
    incident: &Incident,
    change: IncidentChange,
) -> Result<(), sqlx::Error> {
    store::update(tx, incident).await?;
    tell(tx, incident, change).await
}

async fn tell(
    tx: &mut Write<'_>,
    incident: &Incident,
    change: IncidentChange,
) -> Result<(), sqlx::Error> {
    if let Some(worker) = incident.reporter_worker_id {
        field::touch_incident(tx, incident.id, worker).await?;
    }
    tx.emit_about(&incident.event(change), incident);
    Ok(())
}

/// The incident, locked for a change; 404 unless seen, 403 unless it may be dealt with.
async fn for_change(cx: &Ctx, tx: &mut PgConnection, id: IncidentId) -> Result<Incident, Problem> {
    store::lock(tx, id).await?;
    let incident = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
    cx.guard(Action::ReadIncident, Action::ManageIncident, &target(&incident))?;
    Ok(incident)
}

/// Reports an incident.
///
/// A worker may report on a site where there is, or was, a task of theirs. The time is the
/// device's (`Device-Time`) where it says so; the server's is kept beside it.
#[utoipa::path(
    post, path = "/v1/incidents", tag = "planning", security(("bearer" = [])),
    params(
        ("Device-Time" = Option<String>, Header, description = "When it was seen, RFC 3339"),
        ("Device-Position" = Option<String>, Header,
         description = "Where, a geo URI (RFC 5870): geo:14.69,-17.44;u=12"),
    ),
    request_body(content = ReportIncident, description = "What went wrong"),
    responses(
        (status = 201, description = "Reported", body = Incident),
        (status = 400, description = "Not JSON", body = ProblemBody),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role reports no incidents", body = ProblemBody),
        (status = 404, description = "No such site or task, or not for this caller",
         body = ProblemBody),
        (status = 409, description = "The id is taken", body = ProblemBody),
        (status = 413, description = "Body too large", body = ProblemBody),
        (status = 415, description = "Body not JSON", body = ProblemBody),
        (status = 422, description = "Invalid values", body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
    )
)]
async fn report_incident(
    cx: Ctx,
    Valid(report): Valid<ReportIncident>,
) -> Result<Reply<Created<Incident>>, Problem> {
    cx.visible(Action::ReportIncident)?;
    cx.write(async |tx| {
        let site = field::site(tx, report.site_id).await?.ok_or_else(Problem::not_found)?;
        let workers = reached_by(&cx, tx, &report).await?;
        let target = site.target().with_workers(workers);
        cx.guard(Action::ReadIncident, Action::ReportIncident, &target)?;
        let incident = Incident {
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
            position: timeclock::position(tx, &cx).await?,
            reported_by: cx.caller.user,
            reporter_worker_id: cx.caller.worker,
            resolution: None,
            version: 1,
        };
        store::insert(tx, &incident).await?;
        tell(tx, &incident, IncidentChange::Reported).await?;
        Ok::<_, Problem>(Created(format!("/v1/incidents/{}", incident.id), incident))
    })
    .await
}

/// Changes what is known of an incident, or says that somebody is on it.
#[utoipa::path(
    patch, path = "/v1/incidents/{id}", tag = "planning", security(("bearer" = [])),
    params(
        ("id" = IncidentId, Path, description = "The incident"),
        ("If-Match" = String, Header, description = "The ETag that reading gave"),
    ),
    request_body(content = UpdateIncident, description = "What is to be changed"),
    responses(
        (status = 200, description = "Changed", body = Incident),
        (status = 400, description = "Not JSON, or If-Match is no ETag", body = ProblemBody),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role deals with no incidents", body = ProblemBody),
        (status = 404, description = "No such incident, or not for this caller",
         body = ProblemBody),
        (status = 409, description = "Resolved already", body = ProblemBody),
        (status = 412, description = "Changed since; `current` is its present state",
         body = ProblemBody),
        (status = 413, description = "Body too large", body = ProblemBody),
        (status = 415, description = "Body not JSON", body = ProblemBody),
        (status = 422, description = "Invalid values", body = ProblemBody),
        (status = 428, description = "If-Match is missing", body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
    )
)]
async fn update_incident(
    cx: Ctx,
    PathId(id): PathId<IncidentId>,
    version: IfMatch,
    Valid(new): Valid<UpdateIncident>,
) -> Result<Reply<Changed<Incident>>, Problem> {
    cx.write(async |tx| {
        let mut incident = for_change(&cx, tx, id).await?;
        version.check(&incident)?;
        incident.edit(IncidentEdit {
            title: new.title,
            description: new.description,
            severity: new.severity,
            cause: new.cause,
            status: new.status,
        })?;
        save(tx, &incident, IncidentChange::Updated).await?;
        Ok::<_, Problem>(Changed(incident))
    })
    .await
}

/// Ends an incident by saying how it was dealt with.
#[utoipa::path(
    post, path = "/v1/incidents/{id}/resolve", tag = "planning", security(("bearer" = [])),
    params(("id" = IncidentId, Path, description = "The incident")),
    request_body(content = ResolveIncident, description = "What was done"),
    responses(
        (status = 200, description = "Resolved", body = Incident),
        (status = 400, description = "Not JSON", body = ProblemBody),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role deals with no incidents", body = ProblemBody),
        (status = 404, description = "No such incident, or not for this caller",
         body = ProblemBody),
        (status = 409, description = "Resolved already", body = ProblemBody),
        (status = 413, description = "Body too large", body = ProblemBody),
        (status = 415, description = "Body not JSON", body = ProblemBody),
        (status = 422, description = "Invalid values", body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
    )
)]
async fn resolve_incident(
    cx: Ctx,
    PathId(id): PathId<IncidentId>,
    Valid(how): Valid<ResolveIncident>,
) -> Result<Reply<Changed<Incident>>, Problem> {
    cx.write(async |tx| {
        let mut incident = for_change(&cx, tx, id).await?;
        let text = how.resolution;
        incident.resolve(Resolution { text, at: cx.acted_at(), by: cx.caller.user })?;
        save(tx, &incident, IncidentChange::Resolved).await?;
        Ok::<_, Problem>(Changed(incident))
    })
    .await
}

/// Reads an incident.
#[utoipa::path(
    get, path = "/v1/incidents/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = IncidentId, Path, description = "The incident")),
    responses(
        (status = 200, description = "The incident", body = Incident),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 404, description = "No such incident, or not for this caller",
         body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
    )
)]
async fn read_incident(
    cx: Ctx,
    PathId(id): PathId<IncidentId>,
) -> Result<Found<Incident>, Problem> {
    let incident = store::find(&mut *cx.db().await?, id).await?.ok_or_else(Problem::not_found)?;
    cx.sees(Action::ReadIncident, &target(&incident))?;
    Ok(Found(incident))
}

/// Lists incidents by site, task, status and severity.
#[utoipa::path(
    get, path = "/v1/incidents", tag = "planning", security(("bearer" = [])),
    params(IncidentParams),
    responses(
        (status = 200, description = "A page of incidents", body = Page<Incident>),
        (status = 400, description = "Unknown parameter", body = ProblemBody),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role sees no incidents", body = ProblemBody),
        (status = 422, description = "Invalid values", body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
    )
)]
async fn list_incidents(
    cx: Ctx,
    Params(asked): Params<IncidentParams>,
) -> Result<axum::Json<Page<Incident>>, Problem> {
    let seen = cx.visible(Action::ReadIncident)?;
    let page = PageParams { limit: asked.limit.unwrap_or(50), cursor: asked.cursor };
    let filter = Filter {
        site: asked.site_id,
        task: asked.task_id,
        status: asked.status,
        severity: asked.severity,
        after: page.after()?,
        limit: page.limit + 1,
    };
    let rows = store::list(&mut *cx.db().await?, &seen, &filter).await?;
    Ok(axum::Json(Page::of(rows, page.limit, |incident| incident.id)))
}
