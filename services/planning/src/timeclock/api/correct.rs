//! Setting stays right: by hand, by the end that was found, and noting that one was looked at.

use auth::Action;
use chrono::{DateTime, Utc};
use contracts::TimeEntryChange;
use kernel::TimeEntryId;
use serde::{Deserialize, Serialize};
use validator::Validate;
use web::{
    Changed, Ctx, IfMatch, MatchHeader, PathId, Problem, ProblemBody, Reply, Valid, WriteHeaders,
    WriteRefused,
};

use super::{About, for_change, save};
use crate::error::Error;
use crate::field;
use crate::timeclock::model::{Correction, Kind, Review, Righted, TimeEntry};
use crate::timeclock::store;

/// A break or a journey as it was.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RightSegment {
    /// What it was.
    kind: Kind,
    /// When it began.
    #[validate(custom(function = web::check::instant))]
    from: DateTime<Utc>,
    /// When it ended.
    #[validate(custom(function = web::check::instant))]
    to: DateTime<Utc>,
}

/// What is set right of a stay. At least one of the times, or the segments, must be there.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectTimeEntry {
    /// When the worker came.
    #[validate(custom(function = web::check::instant))]
    in_at: Option<DateTime<Utc>>,
    /// When the worker left.
    #[validate(custom(function = web::check::instant))]
    out_at: Option<DateTime<Utc>>,
    /// All its breaks and journeys, in place of those that are there.
    #[validate(length(max = 50), nested)]
    #[schema(max_items = 50)]
    segments: Option<Vec<RightSegment>>,
    /// Why it is corrected.
    #[validate(length(min = 1, max = 500), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Corrects when a worker came or left.
///
/// The presses of the clock stay as recorded; the correction, its reason and the times before it
/// stand in the audit trail.
#[utoipa::path(
    patch, path = "/v1/time-entries/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = TimeEntryId, Path, description = "The entry"), MatchHeader, WriteHeaders),
    request_body(content = CorrectTimeEntry, description = "The right times and why"),
    responses(
        (status = 200, description = "Corrected", body = TimeEntry),
        WriteRefused,
        (status = 409, description = "Overlaps another entry, or the week is approved",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn correct_time_entry(
    cx: Ctx,
    PathId(id): PathId<TimeEntryId>,
    version: IfMatch,
    Valid(right): Valid<CorrectTimeEntry>,
) -> Result<Reply<Changed<TimeEntry>>, Problem> {
    if right.in_at.is_none() && right.out_at.is_none() && right.segments.is_none() {
        return Err(Error::NoChange.into());
    }
    cx.write(async |tx| -> Result<_, Error> {
        let (mut entry, _) = for_change(&cx, tx, id, Action::CorrectTime).await?;
        version.check(&entry)?;
        let before = (entry.in_at, entry.out_at);
        let span = entry.span();
        let correction =
            Correction { by: cx.caller.user, at: tx.now(), reason: right.reason.clone() };
        let righted = |s: &RightSegment| Righted { kind: s.kind, from: s.from, to: s.to };
        let segments: Option<Vec<_>> =
            right.segments.as_ref().map(|all| all.iter().map(righted).collect());
        entry.correct(right.in_at, right.out_at, segments.as_deref(), correction)?;
        let about =
            About { before: Some(before), reason: Some(&right.reason), ..About::of(&entry) };
        save(tx, &entry, span, TimeEntryChange::Corrected, &about).await?;
        Ok(Changed(entry))
    })
    .await
}

/// Accepts the end that was found where nobody clocked out.
///
/// It then counts as a correction; where the end is another, correct the entry instead.
#[utoipa::path(
    post, path = "/v1/time-entries/{id}/accept-proposal", tag = "planning",
    security(("bearer" = [])),
    params(("id" = TimeEntryId, Path, description = "The entry"), MatchHeader, WriteHeaders),
    responses(
        (status = 200, description = "Ended", body = TimeEntry),
        WriteRefused,
        (status = 409, description = "No end was found, clocked out already, overlaps another \
            entry, or the week is approved",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn accept_clock_out(
    cx: Ctx,
    PathId(id): PathId<TimeEntryId>,
    version: IfMatch,
) -> Result<Reply<Changed<TimeEntry>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let (mut entry, _) = for_change(&cx, tx, id, Action::CorrectTime).await?;
        version.check(&entry)?;
        let before = (entry.in_at, entry.out_at);
        let span = entry.span();
        let reason = "proposal accepted".to_owned();
        entry.accept(Correction { by: cx.caller.user, at: tx.now(), reason: reason.clone() })?;
        let about = About { before: Some(before), reason: Some(&reason), ..About::of(&entry) };
        save(tx, &entry, span, TimeEntryChange::Corrected, &about).await?;
        Ok(Changed(entry))
    })
    .await
}

/// What is said of an entry that somebody looked at.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewTimeEntry {
    /// In a sentence, where there is something to say.
    #[validate(length(min = 1, max = 500), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 500)]
    note: Option<String>,
}

/// Notes that what is unusual about an entry was looked at.
///
/// It then leaves the list of anomalies. Nothing of the entry's times changes.
#[utoipa::path(
    post, path = "/v1/time-entries/{id}/review", tag = "planning", security(("bearer" = [])),
    params(("id" = TimeEntryId, Path, description = "The entry"), MatchHeader, WriteHeaders),
    request_body(content = ReviewTimeEntry, description = "What was found; may be empty"),
    responses(
        (status = 200, description = "Noted", body = TimeEntry),
        WriteRefused,
    )
)]
pub async fn review_time_entry(
    cx: Ctx,
    PathId(id): PathId<TimeEntryId>,
    version: IfMatch,
    Valid(said): Valid<ReviewTimeEntry>,
) -> Result<Reply<Changed<TimeEntry>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let (mut entry, _) = for_change(&cx, tx, id, Action::CorrectTime).await?;
        version.check(&entry)?;
        entry.reviewed(Review { by: cx.caller.user, at: tx.now(), note: said.note });
        store::update(tx, &entry).await?;
        field::touch_entry(tx, entry.id, entry.worker_id).await?;
        tx.emit_about(&entry.event(TimeEntryChange::Reviewed), &entry.review);
        Ok(Changed(entry))
    })
    .await
}
