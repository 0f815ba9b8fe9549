use contracts::{DispatchChange, DispatchState};
use kernel::DispatchRunId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Changed, Ctx, PathId, Problem, ProblemBody, Reply, Valid, WriteHeaders, WriteRefused};

use super::runs::may_dispatch;
use crate::dispatch::model::Run;
use crate::dispatch::{publish, store};
use crate::error::{DispatchError, Error};

/// How a proposal is to be published.
#[derive(Debug, Default, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PublishDispatch)]
pub struct Publish {
    /// Whether to publish it though it only asked what would be.
    #[serde(default)]
    pub even_what_if: bool,
}

/// Make a search's proposal the plan.
///
/// In one write, by the rules of assignments by hand. Where tasks of the proposal changed since
/// the search began, or rules stand against anybody by now, nothing is done and the answer says
/// what and why.
#[utoipa::path(
    post, path = "/v1/dispatch/runs/{id}/publish", tag = "planning", security(("bearer" = [])),
    params(("id" = DispatchRunId, Path, description = "The search"), WriteHeaders),
    request_body = Publish,
    responses(
        (status = 200, description = "The search as it is now", body = Run),
        WriteRefused,
        (status = 409, description = "It has not ended, was published, or only asked what would \
            be; tasks changed (`changed`), rules stand against workers (`tasks`), or the \
            plan would put tasks elsewhere",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn publish_dispatch_run(
    cx: Ctx,
    PathId(id): PathId<DispatchRunId>,
    Valid(how): Valid<Publish>,
) -> Result<Reply<Changed<Run>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let mut run = store::runs::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
        may_dispatch(&cx, &run)?;
        if !run.is_publishable() {
            return Err(DispatchError::State(Box::new(run)).into());
        }
        if run.what_if && !how.even_what_if {
            return Err(DispatchError::WhatIf.into());
        }
        let Some((proposal, basis)) = store::runs::found(tx, id).await? else {
            return Err(DispatchError::State(Box::new(run)).into());
        };
        publish::publish(&cx, tx, &run, &proposal, &basis).await?;
        run.state = DispatchState::Published;
        run.published_by = cx.actor;
        run.published_at = Some(tx.now());
        store::runs::save(tx, &mut run).await?;
        tx.emit(&run.news(DispatchChange::Published));
        Ok(Changed(run))
    })
    .await
}
