use contracts::PlanChange;
use kernel::ProjectId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;
use validator::Validate;
use web::{Changed, Ctx, Problem, ProblemBody, Reply, Valid, WriteRefused};

use super::moves::{Attempt, PlanMoved, run};
use super::{Expected, undoable};
use crate::error::{Error, PlanError};
use crate::schedule::model::bring_back;
use crate::schedule::{Ask, Made, carry_out, store};

/// Which plan's last move is taken back.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoPlanMove {
    /// The project.
    pub project_id: ProjectId,
    /// The version of the plan that it is made on; refused where another is the present one.
    pub plan_version: Option<i64>,
    /// Whether to answer what would happen without doing it.
    #[serde(default)]
    pub dry_run: bool,
}

/// Take back the caller's last move in a plan.
///
/// What the move set becomes what it was, and everything that depends on it follows. Refused where
/// later moves touched the same tasks.
#[utoipa::path(
    post, path = "/v1/schedule/undo", tag = "planning", security(("bearer" = [])),
    params(("If-Match" = Option<String>, Header,
            description = "The version of the plan that it is made on")),
    request_body = UndoPlanMove,
    responses(
        (status = 200, description = "What moved back, or would", body = PlanMoved),
        WriteRefused,
        (status = 409, description = "Nothing to take back, or the same tasks were changed since \
            (`versions`)",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The plan has changed since (`moves`: what was done)",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn undo_plan_move(
    cx: Ctx,
    Expected(header): Expected,
    Valid(new): Valid<UndoPlanMove>,
) -> Result<Reply<Changed<PlanMoved>>, Problem> {
    let expected = new.plan_version.or(header);
    run(&cx, &new, new.dry_run, expected, PlanChange::Undone).await
}

impl Attempt for UndoPlanMove {
    async fn attempt(
        &self,
        cx: &Ctx,
        conn: &mut PgConnection,
        expected: Option<i64>,
    ) -> Result<(Ask, Made), Error> {
        let project = self.project_id;
        undoable(cx, conn, project).await?;
        store::links::lock_project(conn, project).await?;
        let last = store::moves::last_of(conn, project, cx.caller.user).await?;
        let last = last.ok_or(PlanError::NothingToUndo)?;
        let later = store::moves::that_touched(conn, project, last.version, &last.tasks).await?;
        if !later.is_empty() {
            return Err(PlanError::TouchedSince { versions: later }.into());
        }
        let mut ask = Ask::new("undo", project, cx.actor, cx.now());
        ask.expected = expected;
        ask.undoes = Some(last.id);
        ask.restore = last.changes.0;
        ask.edit = json!({"kind": "undo", "undoes": last.id, "of": last.kind});
        let made = carry_out(conn, &ask, |book| {
            if bring_back(book, &last.inverse) { Ok(()) } else { Err(PlanError::Gone.into()) }
        })
        .await?;
        Ok((ask, made))
    }
}
