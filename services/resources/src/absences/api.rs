//! `/v1/workers/{id}/absences`.

use auth::Action;
use axum::Json;
use kernel::{Timestamp, WorkerId};
use serde::Deserialize;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Created, Ctx, Done, Page, PageParams, Params, PathId, Problem, ReadRefused, Reply, Valid,
    WriteHeaders, WriteRefused, check,
};

use super::model::{Absence, AbsenceId, NewAbsence};
use super::store;
use crate::workers;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_absences, create_absence))
        .routes(routes!(remove_absence))
}

/// Which absences to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AbsenceFilter {
    /// Only those that end after this.
    #[validate(custom(function = check::instant))]
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub from: Option<Timestamp>,
    /// Only those that start before this.
    #[validate(custom(function = check::instant))]
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub to: Option<Timestamp>,
    /// How many items at most.
    #[serde(default = "PageParams::usual_limit")]
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: i64,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    pub cursor: Option<String>,
}

/// List a worker's absences
#[utoipa::path(
    get, path = "/v1/workers/{id}/absences", tag = "resources",
    params(("id" = WorkerId, Path, description = "The worker"), AbsenceFilter),
    responses((status = 200, description = "A page of absences", body = Page<Absence>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_absences(
    cx: Ctx,
    PathId(worker): PathId<WorkerId>,
    Params(filter): Params<AbsenceFilter>,
) -> Result<Json<Page<Absence>>, Problem> {
    cx.sees(Action::ReadWorkers, &workers::target(worker))?;
    let page = PageParams { limit: filter.limit, cursor: filter.cursor.clone() };
    let mut db = cx.db().await?;
    workers::find(&mut db, worker).await?;
    let rows = store::list(&mut db, worker, &filter, page.after()?).await?;
    Ok(Json(Page::of(rows, filter.limit, |a| a.id)))
}

/// Note a worker's absence
///
/// The worker's version goes up: who plans hears of it.
#[utoipa::path(
    post, path = "/v1/workers/{id}/absences", tag = "resources",
    params(("id" = WorkerId, Path, description = "The worker"), WriteHeaders),
    request_body(content = NewAbsence, description = "The absence to be noted"),
    responses((status = 201, description = "The absence as noted", body = Absence), WriteRefused),
    security(("bearer" = []))
)]
async fn create_absence(
    cx: Ctx,
    PathId(worker): PathId<WorkerId>,
    Valid(new): Valid<NewAbsence>,
) -> Result<Reply<Created<Absence>>, Problem> {
    cx.guard(Action::ReadWorkers, Action::ManageWorkers, &workers::target(worker))?;
    cx.write(async |tx| {
        let news = workers::touch(tx, worker).await?;
        let absence = Absence::note(new, worker)?;
        store::insert(tx, &absence).await?;
        tx.emit_about(&news, &json!({ "absence_noted": absence }));
        let place = format!("/v1/workers/{worker}/absences/{}", absence.id);
        Ok::<_, Problem>(Created(place, absence))
    })
    .await
}

/// Remove a worker's absence
#[utoipa::path(
    delete, path = "/v1/workers/{id}/absences/{absence}", tag = "resources",
    params(
        ("id" = WorkerId, Path, description = "The worker"),
        ("absence" = AbsenceId, Path, description = "The absence"),
        WriteHeaders
    ),
    responses((status = 204, description = "It is no more"), WriteRefused),
    security(("bearer" = []))
)]
async fn remove_absence(
    cx: Ctx,
    PathId((worker, id)): PathId<(WorkerId, AbsenceId)>,
) -> Result<Reply<Done>, Problem> {
    cx.guard(Action::ReadWorkers, Action::ManageWorkers, &workers::target(worker))?;
    cx.write(async |tx| {
        let news = workers::touch(tx, worker).await?;
        let absence = store::remove(tx, worker, id).await?;
        tx.emit_about(&news, &json!({ "absence_removed": absence }));
        Ok::<_, Problem>(Done)
    })
    .await
}
