use std::time::Duration as Patience;

use auth::{Action, Target};
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::NaiveDate;
use kernel::{Timestamp, WorkerId};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;
use web::{Ctx, Params, Problem, ProblemBody, ReadRefused};

use crate::day::gather::Gather;
use crate::day::model::Day;
use crate::day::store;
use crate::dispatch::{store as dispatch, travel};
use crate::error::Error;
use crate::field;
use crate::tasks::Task;

/// The most stops that are shown.
const MOST: usize = 100;
/// How long a server of travel times is waited for: whoever looks at the day stands on a street.
const PATIENCE: Patience = Patience::from_secs(1);

/// Whose day, and which.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReadDay {
    /// Whose; the caller's own where none is given.
    pub worker_id: Option<WorkerId>,
    /// The day in each site's own zone; its today where none is given.
    #[validate(custom(function = web::check::day))]
    pub date: Option<NaiveDate>,
}

/// Read a worker's day over all sites.
///
/// What is done where and when, in order, with the way between, the team, the checklists, what to
/// bring and where it lies, what went wrong and is not resolved, whom to call on each site and how to
/// get in, and the clock. A task over several days, or over midnight, stands on each of them with
/// its part of that day; one that is worked on on another day than planned stands there too.
///
/// Workers see their own. Who leads sees a worker with work that day on what they lead; what else
/// holds the worker stands in `elsewhere`, without saying what it is. `If-None-Match` takes the
/// `ETag`: 304 where nothing changed.
#[utoipa::path(
    get, path = "/v1/day", tag = "planning", security(("bearer" = [])),
    params(ReadDay),
    responses(
        (status = 200, description = "The day", body = Day),
        (status = 304, description = "As it was"),
        ReadRefused,
        (status = 403, description = "The role sees no tasks, or no worker was named by one who \
            is none",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such worker, or without work that day that the caller \
            sees",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn read_day(
    cx: Ctx,
    Params(ask): Params<ReadDay>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seen = cx.visible(Action::ReadTask)?;
    let worker = ask.worker_id.or(cx.caller.worker).ok_or(Error::NotAWorker)?;
    let mut conn = cx.db().await?;
    let limit = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
    let mut ids = store::tasks_of(&mut conn, worker, ask.date, cx.now(), limit).await?;
    let more = ids.len() > MOST;
    ids.truncate(MOST);
    let all = field::tasks(&mut conn, worker, &ids, Timestamp::MIN_UTC).await?;
    // By this worker: being on a task oneself does not open the days of all who are.
    let target = |task: &Task| Target::site(task.project_id, task.site_id).with_workers([worker]);
    let (own, hidden): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|stop| seen.covers(&target(&stop.task)));
    if own.is_empty() && !seen.all && !seen.workers.contains(&worker) {
        return Err(Problem::not_found());
    }
    let gather = Gather { cx: &cx, worker, date: ask.date };
    let mut day = gather.all(&mut conn, own, &hidden).await?;
    if day.ways.iter().any(Option::is_some) {
        let table = dispatch::matrix::table(&mut conn).await?;
        // Not held while a server elsewhere is asked.
        drop(conn);
        let times = travel::times(&cx.app, table.as_ref(), &day.spots, PATIENCE).await;
        day.take(&times);
    }
    day.told.more = more;
    web::found_as_of(&headers, &day.told)
}
