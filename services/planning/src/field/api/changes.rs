//! The pull: what changed for the caller's worker.

use std::collections::HashMap;

use auth::Action;
use kernel::{IncidentId, Timestamp, WorkerId};
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::IntoParams;
use uuid::Uuid;
use validator::Validate;
use web::{Ctx, Params, Problem, ProblemBody, ReadRefused};

use crate::error::Error;
use crate::field::model::{Cursor, FieldChanges, FieldIncident, FieldTask, KEPT, Kind, Thing};
use crate::field::store::{changes, places};
use crate::{incidents, timeclock};

/// How many questions the tasks of a page bring at most; a page with more ends early, so that its
/// size is bounded however long the checklists are. A task alone always fits.
const MOST_QUESTIONS: usize = 2_000;

/// From where to pull.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FieldParams {
    /// The cursor that the last answer gave as `next`; left out for a full pull.
    #[validate(length(max = 200))]
    #[param(max_length = 200)]
    since: Option<String>,
    /// How many things at most.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 100)]
    limit: Option<i64>,
}

/// Pulls what changed for the caller's worker since a cursor.
///
/// Ask with the `next` of the last answer, at once while `more` says so. The first pull, and one
/// with a cursor from before a restore or a move or of another worker, begins anew: its first
/// answer says `reset`, and the phone forgets what it held (not what waits to be sent). Things come
/// as they are now; what is to be forgotten stands in `gone`. Tasks and incidents bring the timers
/// of what was promised of them. Nothing is passed over; the same thing may come twice. A page ends
/// early where its tasks bring more than 2000 questions.
#[utoipa::path(
    get, path = "/v1/field/changes", tag = "planning", security(("bearer" = [])),
    params(FieldParams),
    responses(
        (status = 200, description = "What changed, and the next cursor", body = FieldChanges),
        ReadRefused,
        (status = 403, description = "The caller is no worker",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn pull_field_changes(
    cx: Ctx,
    Params(asked): Params<FieldParams>,
) -> Result<axum::Json<FieldChanges>, Problem> {
    cx.visible(Action::PullField)?;
    let worker = cx.caller.worker.ok_or(Error::NotAWorker)?;
    let cursor = asked.since.map(|text| text.parse::<Cursor>()).transpose();
    let cursor = cursor.map_err(|_| Error::UnknownCursor)?;
    let whose = Cursor::whose(cx.tenant.epoch, worker);
    let cursor = cursor.filter(|cursor| cursor.whose == whose);
    let conn = &mut cx.db().await?;
    let reset = cursor.is_none();
    let cursor = match cursor {
        Some(cursor) => cursor,
        None => begin(conn, whose).await?,
    };
    let limit = asked.limit.unwrap_or(100);
    let pull = Pull { worker, epoch: cx.tenant.epoch, now: cx.now(), limit };
    Ok(axum::Json(pull.answer(conn, cursor, reset).await?))
}

/// The cursor before everything: the state is read first, and then the changes from the line as
/// it is now.
async fn begin(conn: &mut PgConnection, whose: Uuid) -> Result<Cursor, sqlx::Error> {
    Ok(Cursor { whose, full: true, xid: changes::line(conn).await?, last: None })
}

/// Of these, the incidents on the worker's phone, with what was promised of them.
async fn reported(
    conn: &mut PgConnection,
    worker: WorkerId,
    ids: &[IncidentId],
    since: Timestamp,
) -> Result<Vec<FieldIncident>, sqlx::Error> {
    let found = incidents::recent(conn, worker, ids, since).await?;
    let ids: Vec<_> = found.iter().map(|incident| incident.id).collect();
    let mut timers = changes::timers(conn, &[], &ids).await?;
    let with = |incident: incidents::Incident| FieldIncident {
        timers: timers.remove(&incident.id.uuid()).unwrap_or_default(),
        incident,
    };
    Ok(found.into_iter().map(with).collect())
}

struct Pull {
    worker: WorkerId,
    epoch: Uuid,
    now: Timestamp,
    limit: i64,
}

impl Pull {
    async fn answer(
        &self,
        conn: &mut PgConnection,
        cursor: Cursor,
        reset: bool,
    ) -> Result<FieldChanges, sqlx::Error> {
        let mut page = self.page(conn, &cursor).await?;
        let Self { worker, epoch, now, .. } = *self;
        let since = now - KEPT;
        let mut tasks = changes::tasks(conn, worker, &page.ids(Kind::Task), since).await?;
        page.shorten(&tasks);
        let here = page.ids::<Uuid>(Kind::Task);
        tasks.retain(|task| here.contains(&task.task.id.uuid()));
        let time_entries =
            timeclock::recent(conn, worker, &page.ids(Kind::TimeEntry), since).await?;
        let incidents = reported(conn, worker, &page.ids(Kind::Incident), since).await?;
        let sites = places::sites(conn, worker, &page.ids(Kind::Site), now).await?;
        let documents = places::documents(conn, worker, &page.ids(Kind::Document), now).await?;
        let there: Vec<Uuid> = (tasks.iter().map(|t| t.task.id.uuid()))
            .chain(time_entries.iter().map(|e| e.id.uuid()))
            .chain(incidents.iter().map(|i| i.incident.id.uuid()))
            .chain(sites.iter().map(|s| s.id.uuid()))
            .chain(documents.iter().map(|d| d.id.uuid()))
            .collect();
        let next = page.next(cursor);
        let gone = page.things.into_iter().map(|(_, thing)| thing);
        Ok(FieldChanges {
            epoch,
            reset,
            tasks,
            time_entries,
            incidents,
            sites,
            documents,
            gone: gone.filter(|thing| !there.contains(&thing.id)).collect(),
            next: next.to_string(),
            more: page.more,
        })
    }

    /// The things of one page.
    async fn page(&self, conn: &mut PgConnection, cursor: &Cursor) -> Result<Page, sqlx::Error> {
        let limit = usize::try_from(self.limit).unwrap_or_default();
        let mut things = if cursor.full {
            let held =
                changes::held(conn, self.worker, cursor.last, self.now, self.limit + 1).await?;
            held.into_iter().map(|thing| (cursor.xid, thing)).collect()
        } else {
            changes::touched(conn, self.worker, cursor, self.limit + 1).await?
        };
        let more = things.len() > limit;
        things.truncate(limit);
        Ok(Page { things, more })
    }
}

/// The things of one answer, in their order, each with the transaction behind which it stands.
struct Page {
    things: Vec<(i64, Thing)>,
    more: bool,
}

impl Page {
    fn ids<T: From<Uuid>>(&self, kind: Kind) -> Vec<T> {
        let of_kind = self.things.iter().filter(|(_, thing)| thing.kind == kind);
        of_kind.map(|(_, thing)| thing.id.into()).collect()
    }

    /// Ends the page before the task that brings too many questions with those before it.
    fn shorten(&mut self, tasks: &[FieldTask]) {
        let weights: HashMap<Uuid, usize> =
            tasks.iter().map(|task| (task.task.id.uuid(), task.questions())).collect();
        let mut questions = 0;
        let over = self.things.iter().position(|(_, thing)| {
            let weight = weights.get(&thing.id).copied().unwrap_or_default();
            let over = questions > 0 && questions + weight > MOST_QUESTIONS;
            questions += weight;
            over
        });
        if let Some(over) = over {
            self.things.truncate(over);
            self.more = true;
        }
    }

    /// The cursor behind the page. Behind the last page of the state its changes begin.
    fn next(&self, cursor: Cursor) -> Cursor {
        match self.things.last() {
            _ if cursor.full && !self.more => Cursor { full: false, last: None, ..cursor },
            Some((xid, thing)) => Cursor { xid: *xid, last: Some(*thing), ..cursor },
            None => cursor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(count: usize) -> Page {
        let thing = |_| (7, Thing { id: Uuid::now_v7(), kind: Kind::Site });
        Page { things: (0..count).map(thing).collect(), more: false }
    }

    #[test]
    fn behind_the_last_page_of_the_state_its_changes_begin() {
        let begun = Cursor { whose: Uuid::nil(), full: true, xid: 5, last: None };
        let last = page(3).next(begun);
        assert_eq!((last.full, last.xid, last.last), (false, 5, None));
        let one = Page { more: true, ..page(3) };
        let next = one.next(Cursor { xid: 7, ..begun });
        assert_eq!((next.full, next.xid), (true, 7));
        assert_eq!(next.last, one.things.last().map(|(_, thing)| *thing));
    }

    #[test]
    fn without_news_a_cursor_stays_where_it_is() {
        let cursor = Cursor { whose: Uuid::nil(), full: false, xid: 5, last: None };
        assert_eq!(page(0).next(cursor), cursor);
    }
}
