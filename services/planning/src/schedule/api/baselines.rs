use auth::{Action, Target};
use axum::Json;
use contracts::{PlanChange, PlanChanged};
use kernel::{BaselineId, ProjectId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;
use web::{
    Created, Ctx, Listed, Page, PageParams, Problem, ProblemBody, ReadRefused, Reply, Valid,
    WriteHeaders, WriteRefused,
};

use super::plannable;
use crate::error::Error;
use crate::limits::{self, Definition};
use crate::schedule::store::{self, baselines::Baseline};
use crate::schedule::{Ask, everything, note};

/// What is to be remembered.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBaseline {
    /// The id that the client chose for it.
    pub id: Option<BaselineId>,
    /// The project.
    pub project_id: ProjectId,
    /// What people call it.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
}

/// Keep a plan's dates to compare with.
#[utoipa::path(
    post, path = "/v1/schedule/baselines", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body = NewBaseline,
    responses(
        (status = 201, description = "Kept", body = Baseline),
        WriteRefused,
        (status = 409, description = "The id is taken, or there are as many as may be",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn create_baseline(
    cx: Ctx,
    Valid(new): Valid<NewBaseline>,
) -> Result<Reply<Created<Baseline>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let project = new.project_id;
        plannable(&cx, tx, project).await?;
        store::links::lock_project(tx, project).await?;
        limits::refuse_more(tx, Definition::Baseline(project)).await?;
        let now = tx.now();
        let book = store::plan::book(tx, project, &everything(), now).await?;
        let baseline = Baseline {
            id: new.id.unwrap_or_else(BaselineId::new),
            project_id: project,
            name: new.name.clone(),
            at: now,
            user_id: cx.actor,
            version: 1,
        };
        store::baselines::insert(tx, &baseline, &book.items).await?;
        let mut ask = Ask::new("baseline", project, cx.actor, now);
        ask.edit = json!({"kind": "baseline", "baseline_id": baseline.id, "name": baseline.name});
        let version = note(tx, &ask, &book.frame, &[]).await?;
        let event = PlanChanged { project, version, change: PlanChange::Baselined, moved: 0 };
        tx.emit_about(&event, &ask.edit);
        let list = format!("/v1/schedule/baselines?project_id={project}");
        Ok(Created(list, baseline))
    })
    .await
}

/// How a list of baselines is asked for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListBaselines {
    /// The project.
    pub project_id: ProjectId,
}

/// List a plan's baselines, the last first.
#[utoipa::path(
    get, path = "/v1/schedule/baselines", tag = "planning", security(("bearer" = [])),
    params(ListBaselines, PageParams),
    responses(
        (status = 200, description = "A page of baselines", body = Page<Baseline>),
        ReadRefused,
    ))]
pub async fn list_baselines(
    cx: Ctx,
    Listed(ask, page): Listed<ListBaselines>,
) -> Result<Json<Page<Baseline>>, Problem> {
    cx.visible(Action::ReadTask)?;
    let before = page.after()?;
    let mut conn = cx.db().await?;
    if !store::tasks::has_project(&mut conn, ask.project_id).await? {
        return Err(Problem::not_found());
    }
    cx.sees(Action::ReadTask, &Target::project(ask.project_id))?;
    let found = store::baselines::list(&mut conn, ask.project_id, before, page.limit + 1).await?;
    Ok(Json(Page::of(found, page.limit, |b| b.id)))
}
