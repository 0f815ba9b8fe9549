//! `/v1/steering/items`.

use auth::{Action, Target};
use axum::Json;
use chrono::NaiveDate;
use contracts::{SteeringItemChange, SteeringItemKind, SteeringItemStatus};
use kernel::{ProjectId, SteeringItemId, SteeringMeetingId, UserId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused, check,
};

use super::model::{NewSteeringItem, SteeringItem, SteeringItemOutcome, SteeringItemPatch};
use super::{events, store};
use crate::risks;
use crate::steering::meetings;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_steering_items, create_steering_item))
        .routes(routes!(read_steering_item, change_steering_item))
        .routes(routes!(complete_steering_item))
}

/// Which decisions and actions to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SteeringItemFilter {
    /// Only those of this project.
    pub project_id: Option<ProjectId>,
    /// Only those of this meeting.
    pub meeting_id: Option<SteeringMeetingId>,
    /// Only decisions, or only actions.
    pub kind: Option<SteeringItemKind>,
    /// Only those that stand so.
    pub status: Option<SteeringItemStatus>,
    /// Only those that this user answers for.
    pub owner_id: Option<UserId>,
    /// Only those due on this day or before.
    #[validate(custom(function = check::day))]
    pub due_by: Option<NaiveDate>,
}

/// List the decisions and actions of the caller's projects
///
/// Oldest first.
#[utoipa::path(
    get, path = "/v1/steering/items", tag = "projects", params(SteeringItemFilter, PageParams),
    responses((status = 200, description = "A page of them", body = Page<SteeringItem>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_steering_items(
    cx: Ctx,
    Listed(filter, page): Listed<SteeringItemFilter>,
) -> Result<Json<Page<SteeringItem>>, Problem> {
    let seen = cx.visible(Action::ReadSteering)?;
    let rows = store::list(&mut *cx.db().await?, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |item| item.id)))
}

/// Note a decision or an action
///
/// At an open meeting, for who steers its project.
#[utoipa::path(
    post, path = "/v1/steering/items", tag = "projects", params(WriteHeaders),
    request_body(content = NewSteeringItem, description = "What is to be decided or done"),
    responses((status = 201, description = "As it was noted", body = SteeringItem), WriteRefused),
    security(("bearer" = []))
)]
async fn create_steering_item(
    cx: Ctx,
    Valid(new): Valid<NewSteeringItem>,
) -> Result<Reply<Created<SteeringItem>>, Problem> {
    cx.write(async |tx| {
        let project = meetings::project_of(tx, new.meeting_id).await?;
        let target = Target::project(project);
        cx.guard(Action::ReadSteering, Action::ManageSteering, &target)?;
        meetings::hold_open(tx, new.meeting_id, project).await?;
        risks::person_exists(tx, new.owner_id).await?;
        let item = SteeringItem::note(new, project);
        store::insert(tx, &item).await?;
        tx.emit_about(&events::changed(&item, SteeringItemChange::Created), &item);
        Ok::<_, Problem>(Created(format!("/v1/steering/items/{}", item.id), item))
    })
    .await
}

/// Read a decision or an action
#[utoipa::path(
    get, path = "/v1/steering/items/{id}", tag = "projects",
    params(("id" = SteeringItemId, Path, description = "The decision or action")),
    responses((status = 200, description = "The decision or action", body = SteeringItem), ReadRefused),
    security(("bearer" = []))
)]
async fn read_steering_item(
    cx: Ctx,
    PathId(id): PathId<SteeringItemId>,
) -> Result<Found<SteeringItem>, Problem> {
    let item = store::find(&mut *cx.db().await?, id).await?;
    cx.sees(Action::ReadSteering, &Target::project(item.project_id))?;
    Ok(Found(item))
}

/// Change a decision or an action
///
/// While its meeting is open and it is not done. What is absent stays, `null` clears.
#[utoipa::path(
    patch, path = "/v1/steering/items/{id}", tag = "projects",
    params(
        ("id" = SteeringItemId, Path, description = "The decision or action"),
        MatchHeader, WriteHeaders,
    ),
    request_body(content = SteeringItemPatch, description = "What changes"),
    responses((status = 200, description = "As it is now", body = SteeringItem), WriteRefused),
    security(("bearer" = []))
)]
async fn change_steering_item(
    cx: Ctx,
    PathId(id): PathId<SteeringItemId>,
    expected: IfMatch,
    Valid(patch): Valid<SteeringItemPatch>,
) -> Result<Reply<Changed<SteeringItem>>, Problem> {
    cx.write(async |tx| {
        let item = for_change(&cx, tx, id).await?;
        expected.check(&item)?;
        meetings::hold_open(tx, item.meeting_id, item.project_id).await?;
        risks::person_exists(tx, patch.owner_id.flatten()).await?;
        let item = item.change(patch)?;
        store::update(tx, &item).await?;
        tx.emit_about(&events::changed(&item, SteeringItemChange::Updated), &item);
        Ok::<_, Problem>(Changed(item))
    })
    .await
}

/// Take a decision, or say that an action is done
///
/// Final. Its meeting may be closed: what it left is done after it.
#[utoipa::path(
    post, path = "/v1/steering/items/{id}/done", tag = "projects",
    params(("id" = SteeringItemId, Path, description = "The decision or action"), WriteHeaders),
    request_body(content = SteeringItemOutcome, description = "What was decided or done"),
    responses((status = 200, description = "Taken or done", body = SteeringItem), WriteRefused),
    security(("bearer" = []))
)]
async fn complete_steering_item(
    cx: Ctx,
    PathId(id): PathId<SteeringItemId>,
    Valid(how): Valid<SteeringItemOutcome>,
) -> Result<Reply<Changed<SteeringItem>>, Problem> {
    cx.write(async |tx| {
        let item = for_change(&cx, tx, id).await?;
        let item = item.done(how, cx.caller.user, cx.acted_at())?;
        store::update(tx, &item).await?;
        tx.emit_about(&events::changed(&item, SteeringItemChange::Done), &item);
        Ok::<_, Problem>(Changed(item))
    })
    .await
}

/// The decision or action, held; 404 unless seen, 403 unless it may be changed.
async fn for_change(
    cx: &Ctx,
    tx: &mut sqlx::PgConnection,
    id: SteeringItemId,
) -> Result<SteeringItem, Problem> {
    let item = store::lock(tx, id).await?;
    let target = Target::project(item.project_id);
    cx.guard(Action::ReadSteering, Action::ManageSteering, &target)?;
    Ok(item)
}
