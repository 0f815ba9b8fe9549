//! The code on a site.

use auth::Action;
use contracts::{SiteCodeChange, SiteCodeChanged};
use kernel::SiteId;
use serde_json::json;
use web::{Changed, Ctx, Found, PathId, Problem, ProblemBody, Reply};

use crate::error::Error;
use crate::field;
use crate::timeclock::codes::{Printed, SiteCode};
use crate::timeclock::store::codes as store;

/// Reads the code that hangs on a site.
///
/// For who leads there: whoever knows the code can clock in by it. 404 until one was made.
#[utoipa::path(
    get, path = "/v1/clock-codes/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = SiteId, Path, description = "The site")),
    responses(
        (status = 200, description = "The code", body = Printed),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role does not lead there", body = ProblemBody),
        (status = 404, description = "No such site, not for this caller, or no code yet",
         body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
    )
)]
pub async fn read_site_code(
    cx: Ctx,
    PathId(id): PathId<SiteId>,
) -> Result<Found<Printed>, Problem> {
    let mut conn = cx.db().await?;
    let site = field::site(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    cx.guard(Action::ReadTime, Action::CorrectTime, &site.target())?;
    let code = store::present(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Found(code.into()))
}

/// Makes a new code for a site, in place of the one that hangs.
///
/// The one before ends at this moment; what was scanned until then and is sent late still counts.
#[utoipa::path(
    post, path = "/v1/clock-codes/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = SiteId, Path, description = "The site")),
    responses(
        (status = 200, description = "The new code", body = Printed),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The role does not lead there", body = ProblemBody),
        (status = 404, description = "No such site, or not for this caller", body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
    )
)]
pub async fn rotate_site_code(
    cx: Ctx,
    PathId(id): PathId<SiteId>,
) -> Result<Reply<Changed<Printed>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let site = field::site(tx, id).await?.ok_or_else(Problem::not_found)?;
        cx.guard(Action::ReadTime, Action::CorrectTime, &site.target())?;
        store::lock(tx, id).await?;
        let code = SiteCode::new(id, cx.caller.user, tx.now());
        store::hang(tx, &code).await?;
        let change = SiteCodeChange::Rotated;
        let event = SiteCodeChanged { code: code.id, version: code.version, change, site: id };
        tx.emit_about(&event, &json!({ "site_id": id }));
        Ok(Changed(code.into()))
    })
    .await
}
