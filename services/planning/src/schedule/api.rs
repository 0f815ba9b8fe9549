//! The routes of the links between tasks.

use auth::Action;
use axum::Json;
use contracts::{TaskChange, TaskStatus};
use kernel::{DependencyId, ProjectId, TaskId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Created, Ctx, Done, Found, Page, PageParams, Params, PathId, Problem, ProblemBody, Reply,
    Valid, Write,
};

use super::model::{self, Link};
use super::store::{self, Dependency};
use crate::error::Error;
use crate::tasks::{self, Task};

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_dependencies, create_dependency))
        .routes(routes!(read_dependency, delete_dependency))
}

/// A link to be made.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDependency {
    /// The id that the client chose for it.
    pub id: Option<DependencyId>,
    /// The task that comes first.
    pub predecessor: TaskId,
    /// The task that comes after, of the same project and not begun.
    pub successor: TaskId,
    /// Minutes between them, at most a year of them.
    #[serde(default)]
    #[validate(range(min = 0, max = 525_600))]
    #[schema(minimum = 0, maximum = 525_600, default = 0)]
    pub lag_min: i32,
    /// Whether the successor, and what depends on it, is moved later where it would begin too
    /// early; otherwise the link is refused then.
    #[serde(default)]
    pub shift: bool,
}

/// Link two tasks of a project, finish to start.
#[utoipa::path(
    post, path = "/v1/dependencies", tag = "planning", security(("bearer" = [])),
    request_body = NewDependency,
    responses(
        (status = 201, description = "Linked", body = Dependency),
        (status = 403, description = "The role may not plan here", body = ProblemBody),
        (status = 404, description = "No such task", body = ProblemBody),
        (status = 409, description = "It would close a cycle (`cycle` names its tasks), the \
                                      successor begins too early (`earliest`) or has begun, or \
                                      the link is there already", body = ProblemBody),
        (status = 422, description = "A value is wrong", body = ProblemBody),
    ))]
pub async fn create_dependency(
    cx: Ctx,
    Valid(new): Valid<NewDependency>,
) -> Result<Reply<Created<Dependency>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let predecessor = plannable(&cx, tx, new.predecessor).await?;
        let successor = plannable(&cx, tx, new.successor).await?;
        if predecessor.project_id != successor.project_id {
            return Err(Error::OtherProject);
        }
        let project = successor.project_id;
        store::lock_project(tx, project).await?;
        let mut tasks = tasks::store::lock_all(tx, &[new.predecessor, new.successor]).await?;
        let links = store::links(tx, project).await?;
        let link =
            Link { predecessor: new.predecessor, successor: new.successor, lag_min: new.lag_min };
        if let Some(cycle) = model::cycle(&links, &link) {
            return Err(Error::Cycle(super::name_cycle(tx, project, &cycle).await?));
        }
        let at = tasks.iter().position(|t| t.id == new.successor).ok_or_else(Problem::not_found)?;
        let successor = tasks.swap_remove(at);
        if successor.status != TaskStatus::Planned {
            return Err(Error::Begun(Box::new(successor)));
        }
        let dependency = Dependency {
            id: new.id.unwrap_or_else(DependencyId::new),
            project_id: project,
            predecessor: new.predecessor,
            successor: new.successor,
            lag_min: new.lag_min,
            version: 1,
        };
        store::insert(tx, &dependency).await?;
        tell_linked(tx, successor, json!({ "linked": dependency })).await?;
        if new.shift {
            super::shift(tx, &dependency).await?;
        } else {
            super::refuse_early(tx, &dependency).await?;
        }
        Ok(Created(format!("/v1/dependencies/{}", dependency.id), dependency))
    })
    .await
}

/// Remove a link between two tasks.
///
/// No dates move.
#[utoipa::path(
    delete, path = "/v1/dependencies/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = DependencyId, Path, description = "The link")),
    responses(
        (status = 204, description = "Removed"),
        (status = 403, description = "The role may not plan here", body = ProblemBody),
        (status = 404, description = "No such link", body = ProblemBody),
    ))]
pub async fn delete_dependency(
    cx: Ctx,
    PathId(id): PathId<DependencyId>,
) -> Result<Reply<Done>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let dependency = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
        plannable(&cx, tx, dependency.successor).await?;
        store::lock_project(tx, dependency.project_id).await?;
        let successor = tasks::store::lock(tx, dependency.successor).await?;
        if !store::delete(tx, id).await? {
            return Err(Problem::not_found().into());
        }
        let successor = successor.ok_or_else(Problem::not_found)?;
        tell_linked(tx, successor, json!({ "unlinked": dependency })).await?;
        Ok(Done)
    })
    .await
}

/// Read a link between two tasks.
#[utoipa::path(
    get, path = "/v1/dependencies/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = DependencyId, Path, description = "The link")),
    responses(
        (status = 200, description = "The link", body = Dependency),
        (status = 404, description = "No such link", body = ProblemBody),
    ))]
pub async fn read_dependency(
    cx: Ctx,
    PathId(id): PathId<DependencyId>,
) -> Result<Found<Dependency>, Problem> {
    let mut conn = cx.db().await?;
    let dependency = store::find(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    let successor = tasks::store::find(&mut conn, dependency.successor).await?;
    cx.sees(Action::ReadTask, &successor.ok_or_else(Problem::not_found)?.target())?;
    Ok(Found(dependency))
}

fn usual() -> i64 {
    50
}

/// How a list of links is asked for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListDependencies {
    /// How many items at most.
    #[serde(default = "usual")]
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: i64,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    pub cursor: Option<String>,
    /// Links of this project.
    pub project_id: Option<ProjectId>,
    /// Links of this task, on either end.
    pub task_id: Option<TaskId>,
}

/// List the links between tasks.
///
/// Those whose successor the caller may see.
#[utoipa::path(
    get, path = "/v1/dependencies", tag = "planning", security(("bearer" = [])),
    params(ListDependencies),
    responses(
        (status = 200, description = "A page of links", body = Page<Dependency>),
        (status = 400, description = "A parameter is unknown", body = ProblemBody),
        (status = 403, description = "The role sees no tasks", body = ProblemBody),
        (status = 422, description = "A parameter is out of range", body = ProblemBody),
    ))]
pub async fn list_dependencies(
    cx: Ctx,
    Params(ask): Params<ListDependencies>,
) -> Result<Json<Page<Dependency>>, Problem> {
    let seen = cx.visible(Action::ReadTask)?;
    let after = PageParams { limit: ask.limit, cursor: ask.cursor }.after()?;
    let mut conn = cx.db().await?;
    let (project, task) = (ask.project_id, ask.task_id);
    let found = store::list(&mut conn, &seen, project, task, after, ask.limit + 1).await?;
    Ok(Json(Page::of(found, ask.limit, |d| d.id)))
}

async fn plannable(cx: &Ctx, tx: &mut Write<'_>, id: TaskId) -> Result<Task, Error> {
    let task = tasks::store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
    cx.guard(Action::ReadTask, Action::PlanTask, &task.target())?;
    Ok(task)
}

/// A link belongs to its successor: that one changed.
async fn tell_linked(
    tx: &mut Write<'_>,
    mut successor: Task,
    about: serde_json::Value,
) -> Result<(), Error> {
    tasks::store::bump(tx, &mut successor).await?;
    let told = tasks::store::find(tx, successor.id).await?.ok_or_else(Problem::not_found)?;
    tasks::tell(tx, &told, TaskChange::Linked, &about, &[]).await?;
    Ok(())
}
