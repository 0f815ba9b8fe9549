use auth::{Action, Target};
use axum::Json;
use contracts::{DispatchChange, DispatchState};
use kernel::DispatchRunId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;
use web::{
    Changed, Ctx, Found, Listed, Page, PageParams, PathId, Problem, ProblemBody, ReadRefused,
    Reply, Versioned, WriteHeaders, WriteRefused,
};

use crate::dispatch::model::{Proposal, Run};
use crate::dispatch::store;
use crate::error::{DispatchError, Error};

/// A search with what it found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DispatchRunFound)]
pub struct RunFound {
    /// The search.
    #[serde(flatten)]
    pub run: Run,
    /// What it found; none before it ended.
    pub proposal: Option<Proposal>,
}

impl Versioned for RunFound {
    fn version(&self) -> i64 {
        self.run.version
    }
}

/// How a list of searches is asked for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListDispatchRuns {
    /// Searches that stand here.
    pub state: Option<DispatchState>,
}

/// 404 unless the caller sees every site of it.
pub(super) fn sees(cx: &Ctx, run: &Run) -> Result<(), Problem> {
    on_all(cx, run, |cx, target| cx.sees(Action::ReadTask, target))
}

/// 404 unless the caller sees every site of it, 403 unless all may be dispatched.
pub(super) fn may_dispatch(cx: &Ctx, run: &Run) -> Result<(), Problem> {
    sees(cx, run)?;
    on_all(cx, run, |cx, target| cx.may(Action::AssignTask, target))
}

/// Sites of several projects are looked at as sites of each: whoever reaches neither the site nor
/// any of the projects is refused.
fn on_all(
    cx: &Ctx,
    run: &Run,
    check: impl Fn(&Ctx, &Target) -> Result<(), Problem>,
) -> Result<(), Problem> {
    for (project, site) in &run.places {
        check(cx, &Target::site(*project, *site))?;
    }
    Ok(())
}

/// List searches, the newest first.
///
/// Those of which the caller sees every site.
#[utoipa::path(
    get, path = "/v1/dispatch/runs", tag = "planning", security(("bearer" = [])),
    params(ListDispatchRuns, PageParams),
    responses(
        (status = 200, description = "A page of searches", body = Page<Run>),
        ReadRefused,
    ))]
pub async fn list_dispatch_runs(
    cx: Ctx,
    Listed(ask, page): Listed<ListDispatchRuns>,
) -> Result<Json<Page<Run>>, Problem> {
    let seen = cx.visible(Action::ReadTask)?;
    let after = page.after()?;
    let mut conn = cx.db().await?;
    let runs = store::runs::list(&mut conn, &seen, ask.state, after, page.limit + 1).await?;
    Ok(Json(Page::of(runs, page.limit, |run| (run.asked_at, run.id))))
}

/// Read a search: where it stands, how far it is, and once it ended, what it found.
#[utoipa::path(
    get, path = "/v1/dispatch/runs/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = DispatchRunId, Path, description = "The search")),
    responses(
        (status = 200, description = "The search", body = RunFound),
        ReadRefused,
    ))]
pub async fn read_dispatch_run(
    cx: Ctx,
    PathId(id): PathId<DispatchRunId>,
) -> Result<Found<RunFound>, Problem> {
    cx.visible(Action::ReadTask)?;
    let mut conn = cx.db().await?;
    let run = store::runs::find(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    sees(&cx, &run)?;
    let proposal = store::runs::found(&mut conn, id).await?.map(|(proposal, _)| proposal);
    Ok(Found(RunFound { run, proposal }))
}

/// Stop a search.
///
/// One that waits ends at once. One that runs ends within seconds with the best that it found: its
/// proposal may be published.
#[utoipa::path(
    post, path = "/v1/dispatch/runs/{id}/cancel", tag = "planning", security(("bearer" = [])),
    params(("id" = DispatchRunId, Path, description = "The search"), WriteHeaders),
    responses(
        (status = 200, description = "The search as it is now", body = Run),
        WriteRefused,
        (status = 409, description = "It is over",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn cancel_dispatch_run(
    cx: Ctx,
    PathId(id): PathId<DispatchRunId>,
) -> Result<Reply<Changed<Run>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let run = store::runs::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
        may_dispatch(&cx, &run)?;
        let mut run = run;
        match run.state {
            DispatchState::Queued => {
                run.state = DispatchState::Cancelled;
                run.ended_at = Some(tx.now());
            }
            DispatchState::Running => {}
            DispatchState::Done
            | DispatchState::Cancelled
            | DispatchState::Failed
            | DispatchState::Published => return Err(DispatchError::State(Box::new(run)).into()),
        }
        run.stop = true;
        store::runs::save(tx, &mut run).await?;
        tx.emit(&run.news(DispatchChange::Stopped));
        Ok(Changed(run))
    })
    .await
}
