//! `/v1/workers`.

use auth::{Action, Target};
use axum::Json;
use chrono::NaiveDate;
use contracts::Change;
use kernel::{CrewId, SkillId, UserId, WorkerId};
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused, check,
};

use super::model::{NewWorker, Worker, WorkerPatch};
use super::{events, store, target};
use crate::Error;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_workers, create_worker))
        .routes(routes!(read_worker, change_worker))
}

/// Which workers to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WorkerFilter {
    /// Only those who are planned, or only those who no longer are.
    pub active: Option<bool>,
    /// Only those who hold this skill.
    pub skill_id: Option<SkillId>,
    /// Only those of this crew.
    pub crew_id: Option<CrewId>,
    /// Only those with this in their name, whatever the case.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[param(min_length = 1, max_length = 100)]
    pub q: Option<String>,
}

/// List the workers the caller sees
///
/// Not for crew members.
#[utoipa::path(
    get, path = "/v1/workers", tag = "resources", params(WorkerFilter, PageParams),
    responses((status = 200, description = "A page of workers", body = Page<Worker>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_workers(
    cx: Ctx,
    Listed(filter, page): Listed<WorkerFilter>,
) -> Result<Json<Page<Worker>>, Problem> {
    let seen = cx.visible(Action::ReadWorkers)?;
    let rows = store::list(&mut *cx.db().await?, &seen, &filter, page.after()?, page.limit).await?;
    let rows = rows.into_iter().map(|worker| as_seen(&cx, worker)).collect();
    Ok(Json(Page::of(rows, page.limit, |w: &Worker| w.id)))
}

/// Take in a worker
///
/// With or without an account.
#[utoipa::path(
    post, path = "/v1/workers", tag = "resources", params(WriteHeaders),
    request_body(content = NewWorker, description = "The worker to be taken in"),
    responses((status = 201, description = "The worker as taken in", body = Worker), WriteRefused),
    security(("bearer" = []))
)]
async fn create_worker(
    cx: Ctx,
    Valid(new): Valid<NewWorker>,
) -> Result<Reply<Created<Worker>>, Problem> {
    cx.may(Action::ManageWorkers, &Target::tenant())?;
    cx.write(async |tx| {
        let worker = Worker::take_in(new, today(&cx))?;
        check_account(tx, worker.user_id).await?;
        worker.check_skills(&store::known_skills(tx, &worker).await?)?;
        store::insert(tx, &worker).await?;
        store::set_skills(tx, &worker).await?;
        tx.emit_about(&events::changed(&worker, Change::Created), &as_told(&worker));
        if let Some(cost) = worker.hourly_cost {
            tx.emit_about(&events::cost_set(&worker), &cost);
        }
        Ok::<_, Problem>(Created(format!("/v1/workers/{}", worker.id), worker))
    })
    .await
}

/// Read a worker
#[utoipa::path(
    get, path = "/v1/workers/{id}", tag = "resources",
    params(("id" = WorkerId, Path, description = "The worker")),
    responses((status = 200, description = "The worker", body = Worker), ReadRefused),
    security(("bearer" = []))
)]
async fn read_worker(cx: Ctx, PathId(id): PathId<WorkerId>) -> Result<Found<Worker>, Problem> {
    cx.sees(Action::ReadWorkers, &target(id))?;
    let worker = store::find(&mut *cx.db().await?, id).await?;
    Ok(Found(as_seen(&cx, worker)))
}

/// The worker with the hourly cost for those who see budgets or manage workers, and with the home
/// and the age for those who manage workers; else without.
fn as_seen(cx: &Ctx, worker: Worker) -> Worker {
    let may = |action| cx.caller.may_somewhere(action);
    let worker = if may(Action::ReadBudget) || may(Action::ManageWorkers) {
        worker
    } else {
        worker.without_cost()
    };
    if may(Action::ManageWorkers) { worker } else { worker.without_private() }
}

/// The worker as the audit trail tells it: it has more readers than these values.
fn as_told(worker: &Worker) -> Worker {
    worker.clone().without_cost().without_private()
}

/// The day it is in the firm's zone.
fn today(cx: &Ctx) -> NaiveDate {
    cx.now().with_timezone(&cx.tenant.zone).date_naive()
}

/// Change a worker
///
/// What is absent stays, `null` clears; `skills` are all the skills held from now on.
#[utoipa::path(
    patch, path = "/v1/workers/{id}", tag = "resources",
    params(("id" = WorkerId, Path, description = "The worker"), MatchHeader, WriteHeaders),
    request_body(content = WorkerPatch, description = "What changes"),
    responses((status = 200, description = "The worker as it is now", body = Worker), WriteRefused),
    security(("bearer" = []))
)]
async fn change_worker(
    cx: Ctx,
    PathId(id): PathId<WorkerId>,
    expected: IfMatch,
    Valid(patch): Valid<WorkerPatch>,
) -> Result<Reply<Changed<Worker>>, Problem> {
    cx.guard(Action::ReadWorkers, Action::ManageWorkers, &target(id))?;
    cx.write(async |tx| {
        let worker = store::lock(tx, id).await?;
        expected.check(&worker)?;
        check_account(tx, patch.user_id.flatten()).await?;
        let cost_before = worker.hourly_cost;
        let worker = worker.change(patch, today(&cx))?;
        worker.check_skills(&store::known_skills(tx, &worker).await?)?;
        store::update(tx, &worker).await?;
        store::set_skills(tx, &worker).await?;
        tx.emit_about(&events::changed(&worker, Change::Updated), &as_told(&worker));
        if worker.hourly_cost != cost_before {
            tx.emit_about(&events::cost_set(&worker), &worker.hourly_cost);
        }
        Ok::<_, Problem>(Changed(worker))
    })
    .await
}

async fn check_account(tx: &mut PgConnection, user: Option<UserId>) -> Result<(), Error> {
    match user {
        Some(user) if !store::user_exists(tx, user).await? => Err(Error::UserUnknown),
        _ => Ok(()),
    }
}
