//! `/v1/alerts`.

use auth::Action;
use axum::Json;
use kernel::{AlertId, ProjectId, SiteId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{App, Changed, Ctx, Page, PageParams, Params, PathId, Problem, ProblemBody, Reply};

use super::model::{Alert, Rule};
use super::store::{self, Filter};

/// The routes of alerts.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_alerts)).routes(routes!(acknowledge_alert))
}

fn fifty() -> i64 {
    50
}

/// Which alerts are wanted.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AlertParams {
    /// How many at most.
    #[serde(default = "fifty")]
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: i64,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    cursor: Option<String>,
    /// Of this project only.
    #[param(value_type = Option<uuid::Uuid>)]
    project_id: Option<ProjectId>,
    /// Of this site only.
    #[param(value_type = Option<uuid::Uuid>)]
    site_id: Option<SiteId>,
    /// Open ones (`true`) or cleared ones (`false`) only.
    open: Option<bool>,
}

/// List the alerts of what the caller watches, the newest first.
#[utoipa::path(
    get,
    path = "/v1/alerts",
    tag = "reporting",
    security(("bearer" = [])),
    params(AlertParams),
    responses(
        (status = 200, description = "A page of alerts", body = Page<Alert>),
        (status = 400, description = "An unknown or malformed parameter", body = ProblemBody),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role sees no KPIs", body = ProblemBody),
        (status = 422, description = "A parameter out of its range", body = ProblemBody),
    )
)]
pub async fn list_alerts(
    cx: Ctx,
    Params(params): Params<AlertParams>,
) -> Result<Json<Page<Alert>>, Problem> {
    let AlertParams { limit, cursor, project_id: project, site_id: site, open } = params;
    let visible = cx.visible(Action::ReadKpi)?;
    let before = PageParams { limit, cursor }.after()?;
    let mut tx = cx.app.tenants.begin_of(&cx.tenant).await?;
    super::watch(&mut tx, cx.now()).await?;
    let money = cx.caller.visibility(Action::ReadBudget);
    let certificates = cx.caller.visibility(Action::ManageWorkers).all;
    let filter = Filter { visible, certificates, money, project, site, open };
    let alerts = store::list(&mut tx, &filter, before, limit).await?;
    tx.commit().await?;
    Ok(Json(Page::of(alerts, limit, |alert| alert.id)))
}

/// Say that somebody looks into an alert. The last who says so stands there.
#[utoipa::path(
    post,
    path = "/v1/alerts/{id}/acknowledge",
    tag = "reporting",
    security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path, description = "The alert")),
    responses(
        (status = 200, description = "The alert as it is now", body = Alert),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role sees no KPIs", body = ProblemBody),
        (status = 404, description = "No such alert, or not for this caller", body = ProblemBody),
    )
)]
pub async fn acknowledge_alert(
    cx: Ctx,
    PathId(id): PathId<AlertId>,
) -> Result<Reply<Changed<Alert>>, Problem> {
    cx.visible(Action::ReadKpi)?;
    cx.write(async |tx| {
        let mut alert = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
        let manages = cx.caller.may(Action::ManageWorkers, &alert.target());
        if alert.rule != Rule::CertificateExpiring || !manages {
            cx.sees(Action::ReadKpi, &alert.target())?;
        }
        if alert.rule == Rule::ForecastOver {
            cx.sees(Action::ReadBudget, &alert.target())?;
        }
        let now = tx.now();
        store::acknowledge(tx, &mut alert, cx.caller.user, now).await?;
        tx.emit(&alert.acknowledged());
        Ok::<_, Problem>(Changed(alert))
    })
    .await
}
