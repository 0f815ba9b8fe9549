//! The pull: what changed for the caller's worker.

use std::collections::HashSet;

use auth::Action;
use kernel::{Timestamp, WorkerId};
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::IntoParams;
use uuid::Uuid;
use validator::Validate;
use web::{Ctx, Params, Problem, ProblemBody};

use crate::error::Error;
use crate::field::model::{Cursor, FieldChanges, KEPT, Kind, Thing};
use crate::field::store::changes;
use crate::{incidents, timeclock};

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
/// with a cursor from before a restore or a move, begins anew: its first answer says `reset`, and
/// the phone forgets what it held (not what waits to be sent). Things come as they are now; what
/// is to be forgotten stands in `gone`. Nothing is passed over; the same thing may come twice.
#[utoipa::path(
    get, path = "/v1/field/changes", tag = "planning", security(("bearer" = [])),
    params(FieldParams),
    responses(
        (status = 200, description = "What changed, and the next cursor", body = FieldChanges),
        (status = 400, description = "Unknown parameter", body = ProblemBody),
        (status = 401, description = "Not signed in", body = ProblemBody),
        (status = 403, description = "The caller is no worker", body = ProblemBody),
        (status = 422, description = "Invalid values", body = ProblemBody),
        (status = 503, description = "To be tried again", body = ProblemBody),
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
    let cursor = cursor.filter(|cursor| cursor.epoch == cx.tenant.epoch);
    let conn = &mut cx.db().await?;
    let reset = cursor.is_none();
    let cursor = match cursor {
        Some(cursor) => cursor,
        None => begin(conn, cx.tenant.epoch).await?,
    };
    let pull = Pull { worker, since: cx.now() - KEPT, limit: asked.limit.unwrap_or(100) };
    Ok(axum::Json(pull.answer(conn, cursor, reset).await?))
}

/// The cursor before everything: the state is read first, and then the changes from the line as
/// it is now.
async fn begin(conn: &mut PgConnection, epoch: Uuid) -> Result<Cursor, sqlx::Error> {
    Ok(Cursor { epoch, full: true, xid: changes::line(conn).await?, last: None })
}

struct Pull {
    worker: WorkerId,
    since: Timestamp,
    limit: i64,
}

impl Pull {
    async fn answer(
        &self,
        conn: &mut PgConnection,
        cursor: Cursor,
        reset: bool,
    ) -> Result<FieldChanges, sqlx::Error> {
        let (things, next, more) = self.page(conn, cursor).await?;
        let Self { worker, since, .. } = *self;
        let tasks = changes::tasks(conn, worker, &ids(&things, Kind::Task), since).await?;
        let time_entries =
            timeclock::recent(conn, worker, &ids(&things, Kind::TimeEntry), since).await?;
        let incidents =
            incidents::recent(conn, worker, &ids(&things, Kind::Incident), since).await?;
        let there: HashSet<Thing> = (tasks.iter())
            .map(|t| Thing { id: t.task.id.uuid(), kind: Kind::Task })
            .chain(time_entries.iter().map(|e| Thing { id: e.id.uuid(), kind: Kind::TimeEntry }))
            .chain(incidents.iter().map(|i| Thing { id: i.id.uuid(), kind: Kind::Incident }))
            .collect();
        let gone = things.into_iter().filter(|thing| !there.contains(thing)).collect();
        let (epoch, next) = (next.epoch, next.to_string());
        Ok(FieldChanges { epoch, reset, tasks, time_entries, incidents, gone, next, more })
    }

    /// The things of one page, the cursor after them, and whether more follow.
    async fn page(
        &self,
        conn: &mut PgConnection,
        cursor: Cursor,
    ) -> Result<(Vec<Thing>, Cursor, bool), sqlx::Error> {
        let limit = usize::try_from(self.limit).unwrap_or_default();
        if cursor.full {
            let mut things =
                changes::held(conn, self.worker, cursor.last, self.since, self.limit + 1).await?;
            let more = things.len() > limit;
            things.truncate(limit);
            // Behind the last page of the state its changes begin.
            let last = things.last().copied().filter(|_| more);
            return Ok((things, Cursor { full: more, last, ..cursor }, more));
        }
        let mut touched = changes::touched(conn, self.worker, &cursor, self.limit + 1).await?;
        let more = touched.len() > limit;
        touched.truncate(limit);
        let next = match touched.last() {
            Some((xid, thing)) => Cursor { xid: *xid, last: Some(*thing), ..cursor },
            None => cursor,
        };
        Ok((touched.into_iter().map(|(_, thing)| thing).collect(), next, more))
    }
}

fn ids<T: From<Uuid>>(things: &[Thing], kind: Kind) -> Vec<T> {
    things.iter().filter(|thing| thing.kind == kind).map(|thing| thing.id.into()).collect()
}
