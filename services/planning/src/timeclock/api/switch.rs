//! Breaks and travel within a stay.

use auth::Action;
use contracts::TimeEntryChange;
use kernel::TimeEntryId;
use serde::Deserialize;
use validator::Validate;
use web::{Changed, Ctx, PathId, Problem, ProblemBody, Reply, Valid, WriteHeaders, WriteRefused};

use super::{About, for_change, save};
use crate::error::Error;
use crate::timeclock::model::{Activity, Press, TimeEntry};

/// What the worker turns to.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchTimeEntry {
    /// A break, travel, or work again.
    to: Activity,
}

/// Begins a break or a journey, or work again.
///
/// What went on until then ends at the same moment. Breaks are no working time; travel between
/// places of work is. Clocking out ends a break or a journey too.
#[utoipa::path(
    post, path = "/v1/time-entries/{id}/switch", tag = "planning", security(("bearer" = [])),
    params(
        ("id" = TimeEntryId, Path, description = "The entry"),
        WriteHeaders,
    ),
    request_body(content = SwitchTimeEntry, description = "What the worker turns to"),
    responses(
        (status = 200, description = "Switched", body = TimeEntry),
        WriteRefused,
        (status = 409, description = "Clocked out already, at it already, or the week is approved",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Before what went on until then",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn switch_time_entry(
    cx: Ctx,
    PathId(id): PathId<TimeEntryId>,
    Valid(switch): Valid<SwitchTimeEntry>,
) -> Result<Reply<Changed<TimeEntry>>, Problem> {
    let press = Press::of(&cx, None)?;
    cx.write(async |tx| -> Result<_, Error> {
        let (mut entry, _) = for_change(&cx, tx, id, Action::Clock).await?;
        let before = entry.span();
        entry.switch(switch.to, &press)?;
        save(tx, &entry, before, TimeEntryChange::Switched, &About::of(&entry)).await?;
        Ok(Changed(entry))
    })
    .await
}
