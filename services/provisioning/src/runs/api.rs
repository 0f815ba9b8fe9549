//! The routes of runs.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, stream};
use kernel::RunId;
use sqlx::PgPool;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{App, PathId, Platform, Problem, ProblemBody, ReadRefused};

use super::model::RunView;
use super::store;

/// How often the stream looks for progress.
const LOOK: Duration = Duration::from_millis(100);

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_run)).routes(routes!(follow_run))
}

/// Reads a run and its steps.
#[utoipa::path(get, path = "/v1/platform/runs/{id}", tag = "provisioning",
    params(("id" = RunId, Path, description = "The run")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The run", body = RunView),
        ReadRefused,
        (status = 403, description = "Not a platform admin",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn read_run(cx: Platform, PathId(id): PathId<RunId>) -> Result<Json<RunView>, Problem> {
    Ok(Json(store::find(cx.app.tenants.control(), id).await?))
}

/// Follows a run: a server-sent event with the run at each step, until it is done or failed.
#[utoipa::path(get, path = "/v1/platform/runs/{id}/events", tag = "provisioning",
    params(("id" = RunId, Path, description = "The run")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The run after each step", content_type = "text/event-stream",
         body = String),
        ReadRefused,
        (status = 403, description = "Not a platform admin",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn follow_run(
    cx: Platform,
    PathId(id): PathId<RunId>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let pool = cx.app.tenants.control().clone();
    store::find(&pool, id).await?;
    let start = Following { pool, id, told: None, ended: false };
    let events = stream::unfold(start, async |mut follow| {
        let run = follow.next().await?;
        let event = Event::default().event("run").json_data(&run).ok()?;
        Some((Ok(event), follow))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

struct Following {
    pool: PgPool,
    id: RunId,
    /// Steps done and attempts made when last told.
    told: Option<(usize, i32)>,
    ended: bool,
}

impl Following {
    /// The run when it has come further; none after its end, or when it can no longer be read
    /// (the client then reconnects).
    async fn next(&mut self) -> Option<RunView> {
        while !self.ended {
            let run = store::find(&self.pool, self.id).await.ok()?;
            let done = run.steps.iter().filter(|s| s.done_at.is_some()).count();
            self.ended = run.state != "waiting";
            if self.ended || self.told != Some((done, run.attempts)) {
                self.told = Some((done, run.attempts));
                return Some(run);
            }
            tokio::time::sleep(LOOK).await;
        }
        None
    }
}
