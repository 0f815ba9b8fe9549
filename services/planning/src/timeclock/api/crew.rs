//! Clocking a crew in or out with one call.

use auth::Action;
use http::{HeaderName, StatusCode};
use kernel::{SiteId, TimeEntryId, WorkerId};
use serde::{Deserialize, Serialize};
use validator::Validate;
use web::{Answer, Ctx, Problem, ProblemBody, Reply, Valid, Write, WriteHeaders, WriteRefused};

use super::clock::{come, leave};
use super::for_change;
use crate::error::Error;
use crate::field::{self, Site};
use crate::timeclock::model::{Press, TimeEntry};
use crate::timeclock::store;

/// Whether the crew comes or leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClockDirection)]
pub enum Direction {
    /// It comes.
    In,
    /// It leaves.
    Out,
}

/// Somebody of the crew.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClockedWorker)]
pub struct Member {
    /// The worker.
    worker_id: WorkerId,
    /// The id of the entry that coming makes, chosen by the phone so that it can work offline.
    id: Option<TimeEntryId>,
}

/// A crew comes or leaves.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClockCrew)]
pub struct ClockCrew {
    /// The site.
    site_id: SiteId,
    /// Whether they come or leave.
    direction: Direction,
    /// Who, each once.
    #[validate(length(min = 1, max = 100), nested)]
    #[schema(min_items = 1, max_items = 100)]
    workers: Vec<Member>,
}

/// Who was clocked, and who was not.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CrewClocked {
    /// The entries that were made or ended.
    entries: Vec<TimeEntry>,
    /// Who was not clocked, and why.
    refused: Vec<NotClocked>,
}

/// Somebody who was not clocked.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct NotClocked {
    /// The worker.
    worker_id: WorkerId,
    /// Why, for programs: `already-clocked-in`, `not-clocked-in`, `not-found`.
    code: String,
    /// Why, for people.
    title: String,
    /// The entry that stands in the way, where one does.
    entry: Option<TimeEntryId>,
}

impl Answer for CrewClocked {
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }
    fn headers(&self) -> Vec<(HeaderName, String)> {
        Vec::new()
    }
    fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

/// Clocks several workers in or out.
///
/// For the site lead. Each worker is decided on alone: one who is clocked in already keeps nobody
/// else out, and is named with the reason. Where the lead stands says nothing of where the workers
/// are: the entries are `unlocated`.
#[utoipa::path(
    post, path = "/v1/time-entries/crew", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body(content = ClockCrew, description = "Who comes to, or leaves, which site"),
    responses(
        (status = 200, description = "Who was clocked and who was not", body = CrewClocked),
        WriteRefused,
        (status = 422, description = "Invalid values, or a time in the future or long ago",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn clock_crew(
    cx: Ctx,
    Valid(crew): Valid<ClockCrew>,
) -> Result<Reply<CrewClocked>, Problem> {
    cx.visible(Action::CorrectTime)?;
    let press = Press::of(&cx, None)?.for_another();
    // In one order, so that two leads do not wait for each other in a circle.
    let mut members = crew.workers.clone();
    members.sort_by_key(|member| member.worker_id);
    members.dedup_by_key(|member| member.worker_id);
    cx.write(async |tx| -> Result<_, Error> {
        let site = field::site(tx, crew.site_id).await?.ok_or_else(Problem::not_found)?;
        cx.guard(Action::ReadTime, Action::CorrectTime, &site.target())?;
        let mut clocked = CrewClocked { entries: Vec::new(), refused: Vec::new() };
        for member in &members {
            let done = match crew.direction {
                Direction::In => come(&cx, tx, &site, member.worker_id, member.id, press).await,
                Direction::Out => go(&cx, tx, &site, member.worker_id, press).await,
            };
            match done {
                Ok(entry) => clocked.entries.push(entry),
                Err(Error::Database(error)) => return Err(error.into()),
                Err(refused) => clocked.refused.push(not_clocked(member.worker_id, refused)),
            }
        }
        Ok(clocked)
    })
    .await
}

async fn go(
    cx: &Ctx,
    tx: &mut Write<'_>,
    site: &Site,
    worker: WorkerId,
    press: Press,
) -> Result<TimeEntry, Error> {
    let Some(open) = store::open::at(tx, worker, press.at).await? else {
        return Err(Problem::conflict(
            "not-clocked-in",
            "L'ouvrier n'est pas pointé",
            "The worker is not clocked in",
        )
        .into());
    };
    let (entry, there) = for_change(cx, tx, open, Action::Clock).await?;
    if there.id != site.id {
        return Err(Error::OpenEntry(open));
    }
    leave(cx, tx, entry, site, press).await
}

fn not_clocked(worker_id: WorkerId, refused: Error) -> NotClocked {
    let entry = match &refused {
        Error::OpenEntry(entry) | Error::Overlap(entry) => Some(*entry),
        _ => None,
    };
    let problem = Problem::from(refused);
    let (code, title) = (problem.code().to_owned(), problem.title().to_owned());
    NotClocked { worker_id, code, title, entry }
}
