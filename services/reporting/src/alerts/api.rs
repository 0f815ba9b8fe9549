//! `/v1/alerts`.

use auth::Action;
use axum::Json;
use kernel::{AlertId, ProjectId, SiteId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Ctx, Listed, Page, PageParams, PathId, Problem, ReadRefused, Reply, WriteHeaders,
    WriteRefused,
};

use super::model::{Alert, Rule};
use super::store::{self, Filter};

/// The routes of alerts.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_alerts)).routes(routes!(acknowledge_alert))
}

/// Which alerts are wanted.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AlertParams {
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
    params(AlertParams, PageParams),
    responses(
        (status = 200, description = "A page of alerts", body = Page<Alert>),
        ReadRefused,
    )
)]
pub async fn list_alerts(
    cx: Ctx,
    Listed(asked, page): Listed<AlertParams>,
) -> Result<Json<Page<Alert>>, Problem> {
    let AlertParams { project_id: project, site_id: site, open } = asked;
    let visible = cx.visible(Action::ReadKpi)?;
    let before = page.after()?;
    let mut tx = cx.app.tenants.begin_of(&cx.tenant).await?;
    super::watch(&mut tx, cx.now()).await?;
    let money = cx.caller.visibility(Action::ReadBudget);
    let certificates = cx.caller.visibility(Action::ManageWorkers).all;
    let filter = Filter { visible, certificates, money, project, site, open };
    let alerts = store::list(&mut tx, &filter, before, page.limit).await?;
    tx.commit().await?;
    Ok(Json(Page::of(alerts, page.limit, |alert| alert.id)))
}

/// Say that somebody looks into an alert. The last who says so stands there.
#[utoipa::path(
    post,
    path = "/v1/alerts/{id}/acknowledge",
    tag = "reporting",
    security(("bearer" = [])),
    params(("id" = uuid::Uuid, Path, description = "The alert"), WriteHeaders),
    responses(
        (status = 200, description = "The alert as it is now", body = Alert),
        WriteRefused,
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
