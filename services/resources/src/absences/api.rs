//! `/v1/workers/{id}/absences` and `/v1/absences`.

use auth::{Action, Target};
use axum::Json;
use contracts::AbsenceChange;
use kernel::{AbsenceId, Timestamp, WorkerId};
use serde::Deserialize;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Done, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused, check,
};

use super::model::{Absence, AbsenceStatus, Decision, NewAbsence};
use super::store;
use crate::{Error, workers};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_absences, create_absence))
        .routes(routes!(remove_absence))
        .routes(routes!(list_all_absences))
        .routes(routes!(approve_absence))
        .routes(routes!(refuse_absence))
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
}

/// Which absences of everybody to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AbsencesFilter {
    /// Only those that stand so: `asked` for what waits for a decision.
    pub status: Option<AbsenceStatus>,
    /// Only those that end after this.
    #[validate(custom(function = check::instant))]
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub from: Option<Timestamp>,
    /// Only those that start before this.
    #[validate(custom(function = check::instant))]
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub to: Option<Timestamp>,
}

/// A decision in favour.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveGranted {
    /// What is said with it.
    #[validate(length(min = 1, max = 1000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 1000)]
    pub note: Option<String>,
}

/// A decision against.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveRefused {
    /// Why: nobody is refused leave without a word.
    #[validate(length(min = 1, max = 1000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 1000)]
    pub note: String,
}

/// Whether the caller manages this worker, or is this worker: then the reasons are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Eyes {
    /// Manages workers.
    Lead,
    /// The worker.
    Own,
    /// Needs to know that, not why.
    Other,
}

/// How the caller looks at a worker; 404 where not at all.
fn eyes(cx: &Ctx, worker: WorkerId) -> Result<Eyes, Problem> {
    let target = workers::target(worker);
    if cx.caller.may(Action::ManageWorkers, &target) {
        Ok(Eyes::Lead)
    } else if cx.caller.may(Action::AskLeave, &target) {
        Ok(Eyes::Own)
    } else {
        cx.sees(Action::ReadWorkers, &target).map(|()| Eyes::Other)
    }
}

/// List a worker's absences
///
/// For the worker and for those who see workers: why somebody is away, and leave that is not
/// decided on, is shown to the worker and to those who manage workers alone.
#[utoipa::path(
    get, path = "/v1/workers/{id}/absences", tag = "resources",
    params(("id" = WorkerId, Path, description = "The worker"), AbsenceFilter, PageParams),
    responses((status = 200, description = "A page of absences", body = Page<Absence>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_absences(
    cx: Ctx,
    PathId(worker): PathId<WorkerId>,
    Listed(filter, page): Listed<AbsenceFilter>,
) -> Result<Json<Page<Absence>>, Problem> {
    let other = eyes(&cx, worker)? == Eyes::Other;
    let mut db = cx.db().await?;
    workers::find(&mut db, worker).await?;
    let rows = store::list(&mut db, worker, &filter, other, page.after()?, page.limit).await?;
    let seen = |absence: Absence| if other { absence.without_why() } else { absence };
    Ok(Json(Page::of(rows.into_iter().map(seen).collect(), page.limit, |a| a.id)))
}

/// List everybody's absences
///
/// Oldest first; for those who manage workers.
#[utoipa::path(
    get, path = "/v1/absences", tag = "resources", params(AbsencesFilter, PageParams),
    responses((status = 200, description = "A page of absences", body = Page<Absence>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_all_absences(
    cx: Ctx,
    Listed(filter, page): Listed<AbsencesFilter>,
) -> Result<Json<Page<Absence>>, Problem> {
    cx.may(Action::ManageWorkers, &Target::tenant())?;
    let rows = store::list_all(&mut *cx.db().await?, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |a| a.id)))
}

/// Note a worker's absence, or ask for own leave
///
/// Noted by those who manage workers it is in force at once; the worker's version goes up: who
/// plans hears of it. Asked for by the worker it waits for a decision. What was asked for or is in
/// force does not overlap; illness may lie over leave.
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
    let eyes = eyes(&cx, worker)?;
    if eyes == Eyes::Other {
        return Err(Problem::forbidden());
    }
    let (zone, by) = (cx.tenant.zone, decision(&cx));
    cx.write(async |tx| {
        workers::hold(tx, worker).await?;
        let (absence, change) = if eyes == Eyes::Lead {
            (Absence::note(new, worker, zone, by)?, AbsenceChange::Noted)
        } else {
            (Absence::ask(new, worker, zone, by, tx.now())?, AbsenceChange::Asked)
        };
        if store::overlaps(tx, &absence).await? {
            return Err(Error::AbsenceOverlap.into());
        }
        store::insert(tx, &absence).await?;
        tx.emit(&absence.changed(change));
        if absence.status == AbsenceStatus::Approved {
            let news = workers::touch(tx, worker).await?;
            tx.emit_about(&news, &json!({ "absence_noted": absence.clone().without_why() }));
        }
        let place = format!("/v1/workers/{worker}/absences/{}", absence.id);
        Ok::<_, Problem>(Created(place, absence))
    })
    .await
}

fn decision(cx: &Ctx) -> Decision {
    Decision { by: cx.caller.user, at: cx.acted_at() }
}

/// Grant leave that was asked for
///
/// For those who manage workers; once. From then on the worker is not planned.
#[utoipa::path(
    post, path = "/v1/absences/{id}/approve", tag = "resources",
    params(("id" = AbsenceId, Path, description = "The absence"), MatchHeader, WriteHeaders),
    request_body(content = LeaveGranted, description = "What is said with it"),
    responses((status = 200, description = "The absence, granted", body = Absence), WriteRefused),
    security(("bearer" = []))
)]
async fn approve_absence(
    cx: Ctx,
    PathId(id): PathId<AbsenceId>,
    expected: IfMatch,
    Valid(said): Valid<LeaveGranted>,
) -> Result<Reply<Changed<Absence>>, Problem> {
    decide(&cx, id, expected, AbsenceStatus::Approved, said.note).await
}

/// Refuse leave that was asked for
///
/// For those who manage workers; once.
#[utoipa::path(
    post, path = "/v1/absences/{id}/refuse", tag = "resources",
    params(("id" = AbsenceId, Path, description = "The absence"), MatchHeader, WriteHeaders),
    request_body(content = LeaveRefused, description = "Why"),
    responses((status = 200, description = "The absence, refused", body = Absence), WriteRefused),
    security(("bearer" = []))
)]
async fn refuse_absence(
    cx: Ctx,
    PathId(id): PathId<AbsenceId>,
    expected: IfMatch,
    Valid(said): Valid<LeaveRefused>,
) -> Result<Reply<Changed<Absence>>, Problem> {
    decide(&cx, id, expected, AbsenceStatus::Refused, Some(said.note)).await
}

async fn decide(
    cx: &Ctx,
    id: AbsenceId,
    expected: IfMatch,
    status: AbsenceStatus,
    note: Option<String>,
) -> Result<Reply<Changed<Absence>>, Problem> {
    let by = decision(cx);
    cx.write(async |tx| {
        let worker = store::find(tx, id).await?.worker_id;
        if eyes(cx, worker)? != Eyes::Lead {
            return Err(Problem::forbidden());
        }
        // First the worker, as everywhere: two who hold each other's rows would wait for ever.
        workers::hold(tx, worker).await?;
        let absence = store::lock(tx, id).await?;
        expected.check(&absence)?;
        let absence = absence.decide(status, note, by)?;
        store::decide(tx, &absence).await?;
        if status == AbsenceStatus::Approved {
            tx.emit(&absence.changed(AbsenceChange::Approved));
            let news = workers::touch(tx, worker).await?;
            tx.emit_about(&news, &json!({ "absence_granted": absence.clone().without_why() }));
        } else {
            tx.emit(&absence.changed(AbsenceChange::Refused));
        }
        Ok::<_, Problem>(Changed(absence))
    })
    .await
}

/// Remove a worker's absence, or withdraw leave that was asked for
///
/// The worker withdraws what is not decided on yet; those who manage workers remove any.
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
    let eyes = eyes(&cx, worker)?;
    if eyes == Eyes::Other {
        return Err(Problem::forbidden());
    }
    cx.write(async |tx| {
        workers::hold(tx, worker).await?;
        let absence = store::lock(tx, id).await?;
        if absence.worker_id != worker {
            return Err(Problem::not_found());
        }
        if eyes == Eyes::Own && absence.status != AbsenceStatus::Asked {
            return Err(Error::AbsenceDecided.into());
        }
        store::remove(tx, id).await?;
        let gone = Absence { version: absence.version + 1, ..absence };
        tx.emit(&gone.changed(AbsenceChange::Removed));
        if gone.status == AbsenceStatus::Approved {
            let news = workers::touch(tx, worker).await?;
            tx.emit_about(&news, &json!({ "absence_removed": gone.without_why() }));
        }
        Ok::<_, Problem>(Done)
    })
    .await
}
