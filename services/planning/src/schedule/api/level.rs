use std::collections::HashMap;

use contracts::PlanChange;
use kernel::{CrewId, ProjectId, TaskId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;
use validator::Validate;
use web::{Changed, Ctx, Problem, ProblemBody, Reply, Valid, WriteRefused};

use super::moves::{Attempt, PlanMoved, run};
use super::{Expected, plannable};
use crate::error::Error;
use crate::schedule::model::level::{Needs, level};
use crate::schedule::{Ask, Made, carry_out, everything, explained, store};

/// Whose capacity tasks wait for.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelPlan {
    /// The project.
    pub project_id: ProjectId,
    /// The crew that does the places of tasks which nobody is on yet; without it, those tasks wait
    /// for nobody.
    pub crew_id: Option<CrewId>,
    /// The version of the plan that it is made on; refused where another is the present one.
    pub plan_version: Option<i64>,
    /// Whether to answer what would happen without doing it.
    #[serde(default)]
    pub dry_run: bool,
}

/// Let tasks wait until those who do them are free.
///
/// Whoever is on a task does one at a time, and none while away or on another project's task; a
/// crew does as many places at a time as it has members at work. More urgent tasks come first,
/// then those with less float. It can be undone. `short` names tasks for which there is never
/// enough.
#[utoipa::path(
    post, path = "/v1/schedule/level", tag = "planning", security(("bearer" = [])),
    params(("If-Match" = Option<String>, Header,
            description = "The version of the plan that it is made on")),
    request_body = LevelPlan,
    responses(
        (status = 200, description = "What moved, or would move", body = PlanMoved),
        WriteRefused,
        (status = 409, description = "A task could not keep its imposed date (`broken`)",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The plan has changed since (`moves`: what was done)",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn level_plan(
    cx: Ctx,
    Expected(header): Expected,
    Valid(new): Valid<LevelPlan>,
) -> Result<Reply<Changed<PlanMoved>>, Problem> {
    let expected = new.plan_version.or(header);
    run(&cx, &new, new.dry_run, expected, PlanChange::Levelled).await
}

impl Attempt for LevelPlan {
    async fn attempt(
        &self,
        cx: &Ctx,
        conn: &mut PgConnection,
        expected: Option<i64>,
    ) -> Result<(Ask, Made), Error> {
        plannable(cx, conn, self.project_id).await?;
        store::links::lock_project(conn, self.project_id).await?;
        let book = store::plan::book(conn, self.project_id, &everything(), cx.now()).await?;
        let needs = self.needs(conn).await?;
        let levelled = level(&book, &needs)
            .map_err(|unfit| explained(&book, crate::schedule::model::Objection::Unfit(unfit)))?;
        let mut ask = Ask::new("level", self.project_id, cx.actor, cx.now());
        ask.expected = expected;
        ask.edit = json!({"kind": "level", "crew_id": self.crew_id});
        let starts: HashMap<TaskId, _> = levelled.starts.into_iter().collect();
        let mut made = carry_out(conn, &ask, |book| {
            for item in &mut book.items {
                if let Some(start) = starts.get(&item.id).filter(|_| item.is_ahead()) {
                    item.terms.start_at(*start);
                }
            }
            Ok(())
        })
        .await?;
        made.short = levelled.short;
        Ok((ask, made))
    }
}

impl LevelPlan {
    async fn needs(&self, conn: &mut PgConnection) -> Result<Needs, Error> {
        let tasks = store::staff::tasks(conn, self.project_id).await?;
        let mut members = Vec::new();
        if let Some(crew) = self.crew_id {
            members = crate::crews::members(conn, &[crew]).await?.ok_or_else(Problem::not_found)?;
        }
        let mut workers: Vec<_> = tasks.iter().flat_map(|t| t.workers.iter().copied()).collect();
        workers.extend(members.iter().copied());
        workers.sort();
        workers.dedup();
        let away = store::staff::away(conn, self.project_id, &workers).await?;
        Ok(Needs { tasks, members, away })
    }
}
