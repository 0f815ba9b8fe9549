//! `/v1/milestones`.

use auth::Action;
use axum::Json;
use chrono::NaiveDate;
use contracts::{Change, MilestoneStatus};
use kernel::{MilestoneId, ProjectId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused, check,
};

use super::model::{Milestone, MilestonePatch, NewMilestone};
use super::{events, store};
use crate::decision::{Agreement, Decision, Objection};
use crate::{Error, projects};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_milestones, create_milestone))
        .routes(routes!(read_milestone, change_milestone))
        .routes(routes!(accept_milestone))
        .routes(routes!(refuse_milestone))
}

/// Which milestones to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MilestoneFilter {
    /// Only those of this project.
    pub project_id: Option<ProjectId>,
    /// Only those that stand so.
    pub status: Option<MilestoneStatus>,
    /// Only those due on this day or before.
    #[validate(custom(function = check::day))]
    pub due_by: Option<NaiveDate>,
}

/// List the milestones of the projects the caller sees
///
/// Oldest first.
#[utoipa::path(
    get, path = "/v1/milestones", tag = "projects", params(MilestoneFilter, PageParams),
    responses((status = 200, description = "A page of milestones", body = Page<Milestone>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_milestones(
    cx: Ctx,
    Listed(filter, page): Listed<MilestoneFilter>,
) -> Result<Json<Page<Milestone>>, Problem> {
    cx.visible(Action::ReadProject)?;
    let mut db = cx.db().await?;
    let seen = projects::visible(&cx, &mut db).await?;
    let rows = store::list(&mut db, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |m| m.id)))
}

/// Make a milestone
///
/// For who manages its project.
#[utoipa::path(
    post, path = "/v1/milestones", tag = "projects", params(WriteHeaders),
    request_body(content = NewMilestone, description = "The milestone to be made"),
    responses((status = 201, description = "The milestone as it was made", body = Milestone), WriteRefused),
    security(("bearer" = []))
)]
async fn create_milestone(
    cx: Ctx,
    Valid(new): Valid<NewMilestone>,
) -> Result<Reply<Created<Milestone>>, Problem> {
    cx.write(async |tx| {
        projects::guard(&cx, tx, Action::ManageProject, new.project_id).await?;
        let milestone = Milestone::set(new);
        store::insert(tx, &milestone).await?;
        tx.emit_about(&events::changed(&milestone, Change::Created), &milestone);
        Ok::<_, Problem>(Created(format!("/v1/milestones/{}", milestone.id), milestone))
    })
    .await
}

/// Read a milestone
#[utoipa::path(
    get, path = "/v1/milestones/{id}", tag = "projects",
    params(("id" = MilestoneId, Path, description = "The milestone")),
    responses((status = 200, description = "The milestone", body = Milestone), ReadRefused),
    security(("bearer" = []))
)]
async fn read_milestone(
    cx: Ctx,
    PathId(id): PathId<MilestoneId>,
) -> Result<Found<Milestone>, Problem> {
    let mut db = cx.db().await?;
    let milestone = store::find(&mut db, id).await?;
    projects::sees(&cx, &mut db, milestone.project_id).await?;
    Ok(Found(milestone))
}

/// Change a milestone
///
/// What is absent stays, `null` clears. An accepted milestone no longer changes.
#[utoipa::path(
    patch, path = "/v1/milestones/{id}", tag = "projects",
    params(("id" = MilestoneId, Path, description = "The milestone"), MatchHeader, WriteHeaders),
    request_body(content = MilestonePatch, description = "What changes"),
    responses((status = 200, description = "The milestone as it is now", body = Milestone), WriteRefused),
    security(("bearer" = []))
)]
async fn change_milestone(
    cx: Ctx,
    PathId(id): PathId<MilestoneId>,
    expected: IfMatch,
    Valid(patch): Valid<MilestonePatch>,
) -> Result<Reply<Changed<Milestone>>, Problem> {
    cx.write(async |tx| {
        let milestone = store::lock(tx, id).await?;
        projects::guard(&cx, tx, Action::ManageProject, milestone.project_id).await?;
        expected.check(&milestone)?;
        let milestone = milestone.change(patch)?;
        store::update(tx, &milestone).await?;
        tx.emit_about(&events::changed(&milestone, Change::Updated), &milestone);
        Ok::<_, Problem>(Changed(milestone))
    })
    .await
}

/// Accept a milestone
///
/// Final: an accepted milestone no longer changes.
#[utoipa::path(
    post, path = "/v1/milestones/{id}/accept", tag = "projects",
    params(("id" = MilestoneId, Path, description = "The milestone"), WriteHeaders),
    request_body(content = Agreement, description = "What is said with it"),
    responses((status = 200, description = "The milestone, accepted", body = Milestone), WriteRefused),
    security(("bearer" = []))
)]
async fn accept_milestone(
    cx: Ctx,
    PathId(id): PathId<MilestoneId>,
    Valid(said): Valid<Agreement>,
) -> Result<Reply<Changed<Milestone>>, Problem> {
    let decision = Decision::of(&cx);
    decide(&cx, id, Change::Accepted, |milestone| milestone.accept(said, decision)).await
}

/// Refuse a milestone
///
/// It may be accepted later.
#[utoipa::path(
    post, path = "/v1/milestones/{id}/refuse", tag = "projects",
    params(("id" = MilestoneId, Path, description = "The milestone"), WriteHeaders),
    request_body(content = Objection, description = "What is missing"),
    responses((status = 200, description = "The milestone, refused", body = Milestone), WriteRefused),
    security(("bearer" = []))
)]
async fn refuse_milestone(
    cx: Ctx,
    PathId(id): PathId<MilestoneId>,
    Valid(said): Valid<Objection>,
) -> Result<Reply<Changed<Milestone>>, Problem> {
    let decision = Decision::of(&cx);
    decide(&cx, id, Change::Refused, |milestone| milestone.refuse(said, decision)).await
}

async fn decide(
    cx: &Ctx,
    id: MilestoneId,
    change: Change,
    verdict: impl FnOnce(Milestone) -> Result<Milestone, Error>,
) -> Result<Reply<Changed<Milestone>>, Problem> {
    cx.write(async |tx| {
        let milestone = store::lock(tx, id).await?;
        projects::guard(cx, tx, Action::AcceptMilestone, milestone.project_id).await?;
        let milestone = verdict(milestone)?;
        store::update(tx, &milestone).await?;
        tx.emit_about(&events::changed(&milestone, change), &milestone);
        Ok::<_, Problem>(Changed(milestone))
    })
    .await
}
