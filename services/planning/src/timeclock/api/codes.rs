//! The code on a site.

use auth::Action;
use chrono::Duration;
use contracts::{SiteCodeChange, SiteCodeChanged};
use kernel::SiteId;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use validator::Validate;
use web::{
    Ctx, Done, Found, Params, PathId, Problem, ProblemBody, ReadRefused, Reply, WriteHeaders,
    WriteRefused,
};

use crate::error::Error;
use crate::field;
use crate::limits::{self, Definition};
use crate::timeclock::codes::{Hung, Printed, SiteCode};
use crate::timeclock::store::codes as store;

/// How long after its end a code may have been scanned by a press that is sent late: a press of more
/// than 30 days ago is refused.
const SCANNED: Duration = Duration::days(31);

/// How a site's code is replaced.
#[derive(Debug, Clone, Copy, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RotateSiteCode {
    /// For how many hours the one before counts beside the new one, at most 168.
    #[serde(default)]
    #[validate(range(min = 0, max = 168))]
    #[param(minimum = 0, maximum = 168, default = 0)]
    overlap_hours: i64,
    /// After how many days the new one ends by itself, at most 730; it does not unless said.
    #[validate(range(min = 1, max = 730))]
    #[param(minimum = 1, maximum = 730)]
    valid_days: Option<i64>,
}

/// Reads the code that hangs on a site.
///
/// For who leads there: whoever knows the code can clock in by it. 404 until one was made, and once
/// it was taken down or its time is over.
#[utoipa::path(
    get, path = "/v1/clock-codes/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = SiteId, Path, description = "The site")),
    responses(
        (status = 200, description = "The code", body = Printed),
        ReadRefused,
        (status = 404, description = "No such site, not for this caller, or no code yet",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn read_site_code(
    cx: Ctx,
    PathId(id): PathId<SiteId>,
) -> Result<Found<Printed>, Problem> {
    let mut conn = cx.db().await?;
    let site = field::site(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    cx.guard(Action::ReadTime, Action::CorrectTime, &site.target())?;
    let code = store::present(&mut conn, id, cx.now()).await?.ok_or_else(Problem::not_found)?;
    Ok(Found(code.into()))
}

/// Makes a new code for a site, in place of the one that hangs.
///
/// The one before ends at this moment, or counts for `overlap_hours` more while the new print is put
/// up; what was scanned until then and is sent late still counts. With `valid_days` the new one ends
/// by itself. A site has at most 50 in a month. The answer is given once: a repeated call with the same key does not tell the code
/// again, reading does.
#[utoipa::path(
    post, path = "/v1/clock-codes/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = SiteId, Path, description = "The site"), RotateSiteCode, WriteHeaders),
    responses(
        (status = 200, description = "The new code", body = Printed),
        WriteRefused,
        (status = 409, description = "50 codes were made within a month",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn rotate_site_code(
    cx: Ctx,
    PathId(id): PathId<SiteId>,
    Params(how): Params<RotateSiteCode>,
) -> Result<Reply<Hung>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let site = field::site(tx, id).await?.ok_or_else(Problem::not_found)?;
        cx.guard(Action::ReadTime, Action::CorrectTime, &site.target())?;
        store::lock(tx, id).await?;
        let now = tx.now();
        let until = how.valid_days.map(|days| now + Duration::days(days));
        let code = SiteCode::new(id, cx.caller.user, now, until);
        store::forget(tx, id, now - SCANNED).await?;
        limits::refuse_more(tx, Definition::SiteCode(id)).await?;
        store::end(tx, id, now + Duration::hours(how.overlap_hours), None).await?;
        store::hang(tx, &code).await?;
        let change = SiteCodeChange::Rotated;
        let event = SiteCodeChanged { code: code.id, version: code.version, change, site: id };
        let about = json!({
            "site_id": id,
            "overlap_hours": how.overlap_hours,
            "valid_until": code.to_at,
        });
        tx.emit_about(&event, &about);
        Ok(Hung(code.into()))
    })
    .await
}

/// Takes down the codes of a site, at once.
///
/// For a print that was photographed or lost: the one that hangs, and one before that would count
/// for some hours more. A press by one of them that comes afterwards counts as one without a code,
/// though the phone says that it was scanned before. 404 where none counts.
#[utoipa::path(
    delete, path = "/v1/clock-codes/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = SiteId, Path, description = "The site"), WriteHeaders),
    responses(
        (status = 204, description = "No code counts any more"),
        WriteRefused,
        (status = 404, description = "No such site, not for this caller, or no code",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn revoke_site_code(cx: Ctx, PathId(id): PathId<SiteId>) -> Result<Reply<Done>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let site = field::site(tx, id).await?.ok_or_else(Problem::not_found)?;
        cx.guard(Action::ReadTime, Action::CorrectTime, &site.target())?;
        store::lock(tx, id).await?;
        let now = tx.now();
        let ended = store::end(tx, id, now, Some(now)).await?;
        if ended.is_empty() {
            return Err(Problem::not_found().into());
        }
        for (code, version) in ended {
            let change = SiteCodeChange::Revoked;
            let event = SiteCodeChanged { code, version, change, site: id };
            tx.emit_about(&event, &json!({ "site_id": id }));
        }
        Ok(Done)
    })
    .await
}
