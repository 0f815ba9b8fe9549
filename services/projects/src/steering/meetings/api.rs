//! `/v1/steering/meetings`.

use auth::{Action, Target};
use axum::Json;
use contracts::SteeringMeetingChange;
use kernel::{ProjectId, SteeringMeetingId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::model::{Meeting, MeetingPatch, NewMeeting};
use super::{events, store};
use crate::{projects, risks};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_steering_meetings, create_steering_meeting))
        .routes(routes!(read_steering_meeting, change_steering_meeting))
        .routes(routes!(close_steering_meeting))
}

/// Which meetings to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MeetingFilter {
    /// Only those of this project.
    pub project_id: Option<ProjectId>,
    /// Only closed ones, or only open ones.
    pub closed: Option<bool>,
}

/// List the steering meetings of the caller's projects
///
/// Oldest first.
#[utoipa::path(
    get, path = "/v1/steering/meetings", tag = "projects", params(MeetingFilter, PageParams),
    responses((status = 200, description = "A page of meetings", body = Page<Meeting>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_steering_meetings(
    cx: Ctx,
    Listed(filter, page): Listed<MeetingFilter>,
) -> Result<Json<Page<Meeting>>, Problem> {
    let seen = cx.visible(Action::ReadSteering)?;
    let rows = store::list(&mut *cx.db().await?, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |meeting| meeting.id)))
}

/// Call a steering meeting
///
/// For who steers the project.
#[utoipa::path(
    post, path = "/v1/steering/meetings", tag = "projects", params(WriteHeaders),
    request_body(content = NewMeeting, description = "The meeting"),
    responses((status = 201, description = "The meeting as it was called", body = Meeting), WriteRefused),
    security(("bearer" = []))
)]
async fn create_steering_meeting(
    cx: Ctx,
    Valid(new): Valid<NewMeeting>,
) -> Result<Reply<Created<Meeting>>, Problem> {
    cx.write(async |tx| {
        projects::guard(&cx, tx, Action::ManageSteering, new.project_id).await?;
        let meeting = Meeting::call(new);
        store::insert(tx, &meeting).await?;
        tx.emit_about(&events::changed(&meeting, SteeringMeetingChange::Created), &meeting);
        Ok::<_, Problem>(Created(format!("/v1/steering/meetings/{}", meeting.id), meeting))
    })
    .await
}

/// Read a steering meeting
#[utoipa::path(
    get, path = "/v1/steering/meetings/{id}", tag = "projects",
    params(("id" = SteeringMeetingId, Path, description = "The meeting")),
    responses((status = 200, description = "The meeting", body = Meeting), ReadRefused),
    security(("bearer" = []))
)]
async fn read_steering_meeting(
    cx: Ctx,
    PathId(id): PathId<SteeringMeetingId>,
) -> Result<Found<Meeting>, Problem> {
    let meeting = store::find(&mut *cx.db().await?, id).await?;
    cx.sees(Action::ReadSteering, &Target::project(meeting.project_id))?;
    Ok(Found(meeting))
}

/// Change a steering meeting
///
/// What is absent stays, `null` clears. A closed meeting no longer changes.
#[utoipa::path(
    patch, path = "/v1/steering/meetings/{id}", tag = "projects",
    params(("id" = SteeringMeetingId, Path, description = "The meeting"), MatchHeader, WriteHeaders),
    request_body(content = MeetingPatch, description = "What changes"),
    responses((status = 200, description = "The meeting as it is now", body = Meeting), WriteRefused),
    security(("bearer" = []))
)]
async fn change_steering_meeting(
    cx: Ctx,
    PathId(id): PathId<SteeringMeetingId>,
    expected: IfMatch,
    Valid(patch): Valid<MeetingPatch>,
) -> Result<Reply<Changed<Meeting>>, Problem> {
    cx.write(async |tx| {
        let meeting = for_change(&cx, tx, id).await?;
        expected.check(&meeting)?;
        let meeting = meeting.change(patch)?;
        store::update(tx, &meeting).await?;
        tx.emit_about(&events::changed(&meeting, SteeringMeetingChange::Updated), &meeting);
        Ok::<_, Problem>(Changed(meeting))
    })
    .await
}

/// Close a steering meeting
///
/// Final, and only once it was held and has reviewed every open risk of the project: those it has
/// not are named in `risks` of the refusal.
#[utoipa::path(
    post, path = "/v1/steering/meetings/{id}/close", tag = "projects",
    params(("id" = SteeringMeetingId, Path, description = "The meeting"), WriteHeaders),
    responses((status = 200, description = "The meeting, closed", body = Meeting), WriteRefused),
    security(("bearer" = []))
)]
async fn close_steering_meeting(
    cx: Ctx,
    PathId(id): PathId<SteeringMeetingId>,
) -> Result<Reply<Changed<Meeting>>, Problem> {
    cx.write(async |tx| {
        let meeting = for_change(&cx, tx, id).await?;
        let missing = risks::unreviewed(tx, meeting.project_id, id).await?;
        let meeting = meeting.close(missing, cx.caller.user, cx.now())?;
        store::update(tx, &meeting).await?;
        tx.emit_about(&events::changed(&meeting, SteeringMeetingChange::Closed), &meeting);
        Ok::<_, Problem>(Changed(meeting))
    })
    .await
}

/// The meeting, held; 404 unless seen, 403 unless it may be changed.
async fn for_change(
    cx: &Ctx,
    tx: &mut sqlx::PgConnection,
    id: SteeringMeetingId,
) -> Result<Meeting, Problem> {
    let meeting = store::lock(tx, id).await?;
    let target = Target::project(meeting.project_id);
    cx.guard(Action::ReadSteering, Action::ManageSteering, &target)?;
    Ok(meeting)
}
