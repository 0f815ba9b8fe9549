//! `/v1/deliverables`.

use auth::{Action, Target};
use axum::Json;
use chrono::NaiveDate;
use contracts::{DeliverableChange, DeliverableStatus};
use kernel::{DeliverableId, ProjectId};
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused, check,
};

use super::model::{Deliverable, DeliverablePatch, NewDeliverable};
use super::store;
use crate::decision::{Agreement, Decision, Objection};
use crate::error::Delivery;
use crate::{people, projects};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_deliverables, create_deliverable))
        .routes(routes!(read_deliverable, change_deliverable))
        .routes(routes!(submit_deliverable))
        .routes(routes!(accept_deliverable))
        .routes(routes!(refuse_deliverable))
}

/// Which deliverables to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DeliverableFilter {
    /// Only those of this project.
    pub project_id: Option<ProjectId>,
    /// Only those that stand so.
    pub status: Option<DeliverableStatus>,
    /// Only those due on this day or before.
    #[validate(custom(function = check::day))]
    pub due_by: Option<NaiveDate>,
}

/// List the deliverables of the projects the caller sees
///
/// Oldest first.
#[utoipa::path(
    get, path = "/v1/deliverables", tag = "projects", params(DeliverableFilter, PageParams),
    responses((status = 200, description = "A page of deliverables", body = Page<Deliverable>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_deliverables(
    cx: Ctx,
    Listed(filter, page): Listed<DeliverableFilter>,
) -> Result<Json<Page<Deliverable>>, Problem> {
    cx.visible(Action::ReadProject)?;
    let mut db = cx.db().await?;
    let seen = projects::visible(&cx, &mut db).await?;
    let rows = store::list(&mut db, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |d| d.id)))
}

/// Make a deliverable
///
/// For who manages its project.
#[utoipa::path(
    post, path = "/v1/deliverables", tag = "projects", params(WriteHeaders),
    request_body(content = NewDeliverable, description = "The deliverable to be made"),
    responses((status = 201, description = "The deliverable as it was made", body = Deliverable), WriteRefused),
    security(("bearer" = []))
)]
async fn create_deliverable(
    cx: Ctx,
    Valid(new): Valid<NewDeliverable>,
) -> Result<Reply<Created<Deliverable>>, Problem> {
    cx.write(async |tx| {
        projects::guard(&cx, tx, Action::ManageProject, new.project_id).await?;
        let deliverable = Deliverable::promise(new);
        check_references(tx, &deliverable).await?;
        store::insert(tx, &deliverable).await?;
        tx.emit_about(&deliverable.changed(DeliverableChange::Created), &deliverable);
        Ok::<_, Problem>(Created(format!("/v1/deliverables/{}", deliverable.id), deliverable))
    })
    .await
}

/// Read a deliverable
#[utoipa::path(
    get, path = "/v1/deliverables/{id}", tag = "projects",
    params(("id" = DeliverableId, Path, description = "The deliverable")),
    responses((status = 200, description = "The deliverable", body = Deliverable), ReadRefused),
    security(("bearer" = []))
)]
async fn read_deliverable(
    cx: Ctx,
    PathId(id): PathId<DeliverableId>,
) -> Result<Found<Deliverable>, Problem> {
    let mut db = cx.db().await?;
    let deliverable = store::find(&mut db, id).await?;
    projects::sees(&cx, &mut db, deliverable.project_id).await?;
    Ok(Found(deliverable))
}

/// Change a deliverable
///
/// What is absent stays, `null` clears. One that was handed over or accepted does not change.
#[utoipa::path(
    patch, path = "/v1/deliverables/{id}", tag = "projects",
    params(("id" = DeliverableId, Path, description = "The deliverable"), MatchHeader, WriteHeaders),
    request_body(content = DeliverablePatch, description = "What changes"),
    responses((status = 200, description = "The deliverable as it is now", body = Deliverable), WriteRefused),
    security(("bearer" = []))
)]
async fn change_deliverable(
    cx: Ctx,
    PathId(id): PathId<DeliverableId>,
    expected: IfMatch,
    Valid(patch): Valid<DeliverablePatch>,
) -> Result<Reply<Changed<Deliverable>>, Problem> {
    cx.write(async |tx| {
        let deliverable = store::lock(tx, id).await?;
        projects::guard(&cx, tx, Action::ManageProject, deliverable.project_id).await?;
        expected.check(&deliverable)?;
        let deliverable = deliverable.change(patch)?;
        check_references(tx, &deliverable).await?;
        store::update(tx, &deliverable).await?;
        tx.emit_about(&deliverable.changed(DeliverableChange::Updated), &deliverable);
        Ok::<_, Problem>(Changed(deliverable))
    })
    .await
}

/// Hand a deliverable over
///
/// From then on it waits for the sponsor. For who manages its project.
#[utoipa::path(
    post, path = "/v1/deliverables/{id}/submit", tag = "projects",
    params(("id" = DeliverableId, Path, description = "The deliverable"), WriteHeaders),
    request_body(content = Agreement, description = "What is said with it"),
    responses((status = 200, description = "The deliverable, handed over", body = Deliverable), WriteRefused),
    security(("bearer" = []))
)]
async fn submit_deliverable(
    cx: Ctx,
    PathId(id): PathId<DeliverableId>,
    Valid(said): Valid<Agreement>,
) -> Result<Reply<Changed<Deliverable>>, Problem> {
    cx.write(async |tx| {
        let deliverable = store::lock(tx, id).await?;
        projects::guard(&cx, tx, Action::ManageProject, deliverable.project_id).await?;
        let deliverable = deliverable.submit(said.note, Decision::of(&cx))?;
        store::update(tx, &deliverable).await?;
        tx.emit_about(&deliverable.changed(DeliverableChange::Submitted), &deliverable);
        Ok::<_, Problem>(Changed(deliverable))
    })
    .await
}

/// Accept a deliverable
///
/// For its sponsor: a manager, or the person it names. Final.
#[utoipa::path(
    post, path = "/v1/deliverables/{id}/accept", tag = "projects",
    params(("id" = DeliverableId, Path, description = "The deliverable"), WriteHeaders),
    request_body(content = Agreement, description = "What is said with it"),
    responses((status = 200, description = "The deliverable, accepted", body = Deliverable), WriteRefused),
    security(("bearer" = []))
)]
async fn accept_deliverable(
    cx: Ctx,
    PathId(id): PathId<DeliverableId>,
    Valid(said): Valid<Agreement>,
) -> Result<Reply<Changed<Deliverable>>, Problem> {
    decide(&cx, id, DeliverableStatus::Accepted, said.note, DeliverableChange::Accepted).await
}

/// Refuse a deliverable
///
/// For its sponsor: a manager, or the person it names. It may be handed over again.
#[utoipa::path(
    post, path = "/v1/deliverables/{id}/refuse", tag = "projects",
    params(("id" = DeliverableId, Path, description = "The deliverable"), WriteHeaders),
    request_body(content = Objection, description = "What is missing"),
    responses((status = 200, description = "The deliverable, refused", body = Deliverable), WriteRefused),
    security(("bearer" = []))
)]
async fn refuse_deliverable(
    cx: Ctx,
    PathId(id): PathId<DeliverableId>,
    Valid(said): Valid<Objection>,
) -> Result<Reply<Changed<Deliverable>>, Problem> {
    decide(&cx, id, DeliverableStatus::Refused, Some(said.note), DeliverableChange::Refused).await
}

async fn decide(
    cx: &Ctx,
    id: DeliverableId,
    status: DeliverableStatus,
    note: Option<String>,
    change: DeliverableChange,
) -> Result<Reply<Changed<Deliverable>>, Problem> {
    cx.write(async |tx| {
        let deliverable = store::lock(tx, id).await?;
        projects::sees(cx, tx, deliverable.project_id).await?;
        if deliverable.sponsor_id != Some(cx.caller.user) {
            cx.may(Action::SponsorProject, &Target::project(deliverable.project_id))?;
        }
        let deliverable = deliverable.decide(status, note, Decision::of(cx))?;
        store::update(tx, &deliverable).await?;
        tx.emit_about(&deliverable.changed(change), &deliverable);
        Ok::<_, Problem>(Changed(deliverable))
    })
    .await
}

/// The milestone is one of the project, the sponsor somebody who is there.
async fn check_references(tx: &mut PgConnection, made: &Deliverable) -> Result<(), Delivery> {
    if let Some(milestone) = made.milestone_id
        && !store::has_milestone(tx, made.project_id, milestone).await?
    {
        return Err(Delivery::MilestoneElsewhere);
    }
    people::known(tx, made.sponsor_id, "/sponsor_id").await
}
