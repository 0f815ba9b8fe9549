//! Signing, approving, and opening weeks again.

use auth::Action;
use contracts::TimesheetChange;
use kernel::TimesheetId;
use serde::Deserialize;
use serde_json::json;
use validator::Validate;
use web::{
    Changed, Ctx, IfMatch, MatchHeader, PathId, Problem, ProblemBody, Reply, Valid, WriteHeaders,
    WriteRefused,
};

use crate::error::Error;
use crate::timesheets::model::{Approval, Figures, Reopening, Signature, Timesheet};
use crate::timesheets::store;

fn signature(cx: &Ctx, figures: &Figures) -> Signature {
    Signature {
        by: cx.caller.user,
        at: cx.now(),
        device_at: cx.device.at,
        figures_sha256: figures.sha256(),
    }
}

/// Signs the own week of hours.
///
/// What it comes to is kept as it is now. Only once the week has ended and every stay has its end.
/// Signing again takes the place of what was signed.
#[utoipa::path(
    post, path = "/v1/timesheets/{id}/sign", tag = "planning", security(("bearer" = [])),
    params(("id" = TimesheetId, Path, description = "The week"), MatchHeader, WriteHeaders),
    responses(
        (status = 200, description = "Signed", body = Timesheet),
        WriteRefused,
        (status = 403, description = "Somebody else's week",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The week goes on, a stay of it goes on, or it is approved",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn sign_timesheet(
    cx: Ctx,
    PathId(id): PathId<TimesheetId>,
    version: IfMatch,
) -> Result<Reply<Changed<Timesheet>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let mut sheet = super::for_change(&cx, tx, id, Action::SignTime).await?;
        version.check(&sheet)?;
        let now = tx.now();
        let (figures, stays) = super::reckon(&cx, tx, &sheet, now).await?;
        let signature = signature(&cx, &figures);
        sheet.sign(figures, &stays, signature)?;
        store::update(tx, &sheet).await?;
        tx.emit_about(&sheet.event(TimesheetChange::Signed), &sheet.signed);
        Ok(Changed(sheet))
    })
    .await
}

/// How a week is approved.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveTimesheet {
    /// Why the worker could not sign, where the week is approved without the worker's signature.
    #[validate(length(min = 1, max = 500), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 500)]
    without_worker: Option<String>,
}

/// Approves a week of hours, which locks it.
///
/// By a lead of one of its sites, never by the worker. Where the hours have changed since the
/// worker signed, the worker must sign again.
#[utoipa::path(
    post, path = "/v1/timesheets/{id}/approve", tag = "planning", security(("bearer" = [])),
    params(("id" = TimesheetId, Path, description = "The week"), MatchHeader, WriteHeaders),
    request_body(content = ApproveTimesheet, description = "May be empty"),
    responses(
        (status = 200, description = "Approved", body = Timesheet),
        WriteRefused,
        (status = 403, description = "The role approves no hours, or the caller is the worker",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The worker has not signed, or not these hours; the week or \
            a stay of it goes on; it is approved",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn approve_timesheet(
    cx: Ctx,
    PathId(id): PathId<TimesheetId>,
    version: IfMatch,
    Valid(approve): Valid<ApproveTimesheet>,
) -> Result<Reply<Changed<Timesheet>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let mut sheet = super::for_change(&cx, tx, id, Action::CorrectTime).await?;
        if cx.caller.worker == Some(sheet.worker_id) {
            return Err(Problem::forbidden().into());
        }
        version.check(&sheet)?;
        let now = tx.now();
        let (figures, stays) = super::reckon(&cx, tx, &sheet, now).await?;
        let signature = signature(&cx, &figures);
        let without_worker = approve.without_worker.filter(|_| sheet.signed.is_none());
        sheet.approve(figures, &stays, Approval { signature, without_worker })?;
        store::update(tx, &sheet).await?;
        tx.emit_about(&sheet.event(TimesheetChange::Approved), &sheet.approved);
        Ok(Changed(sheet))
    })
    .await
}

/// Why a week is opened again.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenTimesheet {
    /// Why.
    #[validate(length(min = 1, max = 500), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Opens a week of hours again, so that its hours can be corrected.
///
/// Both signatures end; what was signed stays in the audit trail.
#[utoipa::path(
    post, path = "/v1/timesheets/{id}/reopen", tag = "planning", security(("bearer" = [])),
    params(("id" = TimesheetId, Path, description = "The week"), MatchHeader, WriteHeaders),
    request_body(content = ReopenTimesheet, description = "Why"),
    responses(
        (status = 200, description = "Open", body = Timesheet),
        WriteRefused,
        (status = 409, description = "It is open",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn reopen_timesheet(
    cx: Ctx,
    PathId(id): PathId<TimesheetId>,
    version: IfMatch,
    Valid(reopen): Valid<ReopenTimesheet>,
) -> Result<Reply<Changed<Timesheet>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let mut sheet = super::for_change(&cx, tx, id, Action::CorrectTime).await?;
        if cx.caller.worker == Some(sheet.worker_id) {
            return Err(Problem::forbidden().into());
        }
        version.check(&sheet)?;
        let about = json!({
            "reason": reopen.reason, "signed": sheet.signed, "approved": sheet.approved,
        });
        let reopening = Reopening { by: cx.caller.user, at: tx.now(), reason: reopen.reason };
        sheet.reopen(reopening)?;
        store::update(tx, &sheet).await?;
        tx.emit_about(&sheet.event(TimesheetChange::Reopened), &about);
        Ok(Changed(sheet))
    })
    .await
}
