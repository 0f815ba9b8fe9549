use chrono::{DateTime, Utc};
use contracts::PlanChange;
use kernel::ProjectId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;
use validator::Validate;
use web::{Changed, Ctx, Problem, ProblemBody, Reply, Valid, WriteRefused};

use super::moves::{Attempt, PlanMoved, run};
use super::{Expected, plannable};
use crate::error::Error;
use crate::schedule::model::Extent;
use crate::schedule::{Ask, Made, carry_out};

/// To when progress is reported.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReschedulePlan {
    /// The project.
    pub project_id: ProjectId,
    /// What is not done by then is moved after it.
    #[validate(custom(function = web::check::instant))]
    pub status_at: DateTime<Utc>,
    /// The version of the plan that it is made on; refused where another is the present one.
    pub plan_version: Option<i64>,
    /// Whether to answer what would happen without doing it.
    #[serde(default)]
    pub dry_run: bool,
}

/// Move what is not done after a date.
///
/// Tasks that have begun go on after it with the work that remains, those that have not start
/// after it, and all others follow what really happened. It can be undone.
#[utoipa::path(
    post, path = "/v1/schedule/reschedule", tag = "planning", security(("bearer" = [])),
    params(("If-Match" = Option<String>, Header,
            description = "The version of the plan that it is made on")),
    request_body = ReschedulePlan,
    responses(
        (status = 200, description = "What moved, or would move", body = PlanMoved),
        WriteRefused,
        (status = 409, description = "A task could not keep its imposed date (`broken`), or a \
            worker would be on two tasks at once",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The plan has changed since (`moves`: what was done)",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn reschedule_plan(
    cx: Ctx,
    Expected(header): Expected,
    Valid(new): Valid<ReschedulePlan>,
) -> Result<Reply<Changed<PlanMoved>>, Problem> {
    let expected = new.plan_version.or(header);
    run(&cx, &new, new.dry_run, expected, PlanChange::Rescheduled).await
}

impl Attempt for ReschedulePlan {
    async fn attempt(
        &self,
        cx: &Ctx,
        conn: &mut PgConnection,
        expected: Option<i64>,
    ) -> Result<(Ask, Made), Error> {
        plannable(cx, conn, self.project_id).await?;
        let mut ask = Ask::new("reschedule", self.project_id, cx.actor, cx.now());
        ask.expected = expected;
        ask.extent = Extent::Everything;
        ask.edit = json!({"kind": "reschedule", "status_at": self.status_at});
        let made = carry_out(conn, &ask, |book| {
            book.frame.status_at = Some(self.status_at);
            Ok(())
        })
        .await?;
        Ok((ask, made))
    }
}
