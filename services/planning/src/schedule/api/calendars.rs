use auth::Action;
use axum::Json;
use contracts::PlanChange;
use kernel::{CalendarId, ProjectId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;
use web::{
    Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId, Problem,
    ProblemBody, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::plannable;
use crate::error::Error;
use crate::limits::{self, Definition};
use crate::schedule::model::Calendar;
use crate::schedule::model::calendar::{self, Exception, Hours};
use crate::schedule::{self, Ask, carry_out, store};

/// A calendar to be made.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorkCalendar {
    /// The id that the client chose for it.
    pub id: Option<CalendarId>,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// What people call it.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// ISO 3166-1 alpha-2: the country whose public holidays are days off.
    #[validate(custom(function = calendar::country))]
    #[schema(pattern = "^[A-Z]{2}$")]
    pub country: Option<String>,
    /// Seven lists of hours, Monday's first.
    #[validate(custom(function = calendar::week))]
    #[schema(min_items = 7, max_items = 7)]
    pub week: Vec<Vec<Hours>>,
    /// The days that differ; where two cover a day, the later in the list counts.
    #[serde(default)]
    #[validate(length(max = 500), nested, custom(function = calendar::exceptions))]
    #[schema(max_items = 500)]
    pub exceptions: Vec<Exception>,
}

/// Make a calendar for a project.
///
/// It is used once a move says so: by the whole project, by a site or by a task.
#[utoipa::path(
    post, path = "/v1/calendars", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body = NewWorkCalendar,
    responses(
        (status = 201, description = "Made", body = Calendar),
        WriteRefused,
        (status = 409, description = "The id is taken, or there are as many as may be",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn create_calendar(
    cx: Ctx,
    Valid(new): Valid<NewWorkCalendar>,
) -> Result<Reply<Created<Calendar>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        plannable(&cx, tx, new.project_id).await?;
        limits::refuse_more(tx, Definition::Calendar(new.project_id)).await?;
        let calendar = Calendar {
            id: new.id.unwrap_or_else(CalendarId::new),
            project_id: new.project_id,
            name: new.name.clone(),
            country: new.country.clone(),
            week: new.week.clone(),
            exceptions: new.exceptions.clone(),
            version: 1,
        };
        let mut ask = Ask::new("calendar", new.project_id, cx.actor, tx.now());
        ask.edit = json!({"kind": "calendar", "calendar": calendar});
        if store::calendars::find(tx, calendar.id).await?.is_some() {
            return Err(Error::AlreadyExists);
        }
        store::calendars::save(tx, &calendar).await?;
        let made = carry_out(tx, &ask, |_| Ok(())).await?;
        schedule::tell(tx, &made, PlanChange::CalendarSet, &ask.edit).await?;
        Ok(Created(format!("/v1/calendars/{}", calendar.id), calendar))
    })
    .await
}

/// Read a calendar.
#[utoipa::path(
    get, path = "/v1/calendars/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = CalendarId, Path, description = "The calendar")),
    responses(
        (status = 200, description = "The calendar", body = Calendar),
        ReadRefused,
    ))]
pub async fn read_calendar(
    cx: Ctx,
    PathId(id): PathId<CalendarId>,
) -> Result<Found<Calendar>, Problem> {
    let mut conn = cx.db().await?;
    let calendar = store::calendars::find(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    let seen = cx.caller.visibility(Action::ReadTask);
    if !store::tasks::is_seen(&mut conn, calendar.project_id, &seen).await? {
        return Err(Problem::not_found());
    }
    Ok(Found(calendar))
}

/// What of a calendar becomes another; what is left out stays.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeWorkCalendar {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// The country whose public holidays are days off; null for none.
    #[serde(default, deserialize_with = "web::nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^[A-Z]{2}$")]
    pub country: Option<Option<String>>,
    /// Seven lists of hours, Monday's first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = calendar::week))]
    #[schema(min_items = 7, max_items = 7)]
    pub week: Option<Vec<Vec<Hours>>>,
    /// The days that differ, in place of those of before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 500), nested, custom(function = calendar::exceptions))]
    #[schema(max_items = 500)]
    pub exceptions: Option<Vec<Exception>>,
}

/// Change a calendar.
///
/// All that is worked by it moves in the same write.
#[utoipa::path(
    patch, path = "/v1/calendars/{id}", tag = "planning", security(("bearer" = [])),
    params(
        ("id" = CalendarId, Path, description = "The calendar"),
        MatchHeader,
        WriteHeaders,
    ),
    request_body = ChangeWorkCalendar,
    responses(
        (status = 200, description = "The calendar as it is now", body = Calendar),
        WriteRefused,
        (status = 409, description = "A task could not keep its imposed date (`broken`), or a \
            worker would be on two tasks at once",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn change_calendar(
    cx: Ctx,
    PathId(id): PathId<CalendarId>,
    expected: IfMatch,
    Valid(set): Valid<ChangeWorkCalendar>,
) -> Result<Reply<Changed<Calendar>>, Problem> {
    if let Some(Some(code)) = &set.country
        && calendar::country(code).is_err()
    {
        return Err(Problem::invalid().field(
            "/country",
            "country",
            "code de pays ISO 3166-1 (SN, FR…)",
            "ISO 3166-1 country code (SN, FR…)",
        ));
    }
    cx.write(async |tx| -> Result<_, Error> {
        let found = store::calendars::find(tx, id).await?.ok_or_else(Problem::not_found)?;
        plannable(&cx, tx, found.project_id).await?;
        store::links::lock_project(tx, found.project_id).await?;
        let before = store::calendars::find(tx, id).await?.ok_or_else(Problem::not_found)?;
        expected.check(&before)?;
        let now = Calendar {
            name: set.name.clone().unwrap_or(before.name),
            country: set.country.clone().unwrap_or(before.country),
            week: set.week.clone().unwrap_or(before.week),
            exceptions: set.exceptions.clone().unwrap_or(before.exceptions),
            version: before.version + 1,
            ..before
        };
        let mut ask = Ask::new("calendar", now.project_id, cx.actor, tx.now());
        ask.edit = json!({"kind": "calendar", "calendar_id": id, "set": set});
        let made = carry_out(tx, &ask, |book| {
            book.calendars.insert(id, now.clone());
            Ok(())
        })
        .await?;
        store::calendars::save(tx, &now).await?;
        schedule::tell(tx, &made, PlanChange::CalendarSet, &ask.edit).await?;
        Ok(Changed(now))
    })
    .await
}

/// How a list of calendars is asked for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListCalendars {
    /// Calendars of this project.
    pub project_id: Option<ProjectId>,
}

/// List the calendars of the projects that the caller sees.
#[utoipa::path(
    get, path = "/v1/calendars", tag = "planning", security(("bearer" = [])),
    params(ListCalendars, PageParams),
    responses(
        (status = 200, description = "A page of calendars", body = Page<Calendar>),
        ReadRefused,
    ))]
pub async fn list_calendars(
    cx: Ctx,
    Listed(ask, page): Listed<ListCalendars>,
) -> Result<Json<Page<Calendar>>, Problem> {
    let seen = cx.visible(Action::ReadTask)?;
    let after = page.after()?;
    let mut conn = cx.db().await?;
    let found =
        store::calendars::list(&mut conn, &seen, ask.project_id, after, page.limit + 1).await?;
    Ok(Json(Page::of(found, page.limit, |c| c.id)))
}
