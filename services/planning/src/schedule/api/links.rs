//! The routes of the links between tasks.

use auth::Action;
use axum::Json;
use contracts::PlanChange;
use kernel::{DependencyId, ProjectId, TaskId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;
use web::{
    Created, Ctx, Done, Found, Listed, Page, PageParams, PathId, Problem, ProblemBody, ReadRefused,
    Reply, Valid, Write, WriteHeaders, WriteRefused,
};

use crate::error::Error;
use crate::schedule::model::{Dependency, Kind, Misfit};
use crate::schedule::{self, Ask, carry_out, misfit, store};
use crate::tasks::{self, Task};

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
    /// Which ends are tied.
    #[serde(default)]
    pub kind: Kind,
    /// Minutes between them, at most a year of them; less than none overlaps them.
    #[serde(default)]
    #[validate(range(min = -525_600, max = 525_600))]
    #[schema(minimum = -525_600, maximum = 525_600, default = 0)]
    pub lag_min: i32,
    /// Whether these minutes pass at night and on holidays too, or only in the successor's working
    /// time.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub lag_elapsed: bool,
    /// Whether the successor, and what depends on it, is moved later where it would begin too
    /// early; otherwise the link is refused then.
    #[serde(default)]
    pub shift: bool,
}

fn yes() -> bool {
    true
}

/// Link two tasks of a project, finish to start unless another kind is named.
#[utoipa::path(
    post, path = "/v1/dependencies", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body = NewDependency,
    responses(
        (status = 201, description = "Linked", body = Dependency),
        WriteRefused,
        (status = 409, description = "It would close a cycle (`cycle` names its tasks), the \
            successor begins too early (`earliest`) or has begun, or the link is there \
            already",
            body = ProblemBody, content_type = "application/problem+json"),
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
        let dependency = Dependency {
            id: new.id.unwrap_or_else(DependencyId::new),
            project_id: successor.project_id,
            predecessor: new.predecessor,
            successor: new.successor,
            kind: new.kind,
            lag_min: new.lag_min,
            lag_elapsed: new.lag_elapsed,
            version: 1,
        };
        let mut ask = Ask::new("link", successor.project_id, cx.actor, tx.now());
        ask.watch = Some(new.successor);
        ask.edit = json!({ "kind": "link", "linked": dependency });
        let made = carry_out(tx, &ask, |book| match book.link(dependency.clone()) {
            Err(Misfit::Begun(_)) => Err(Error::Begun(Box::new(successor.clone()))),
            linked => linked.map_err(|m| misfit(book, m)),
        })
        .await
        .map_err(|error| from_predecessor(error, new.predecessor))?;
        let until_now = made.before.item(new.successor).map(|item| item.starts_at);
        match (until_now, made.verdict.watched) {
            (Some(old), Some(now)) if !new.shift && now.start > old => {
                return Err(Error::TooEarly { earliest: now.start });
            }
            _ => schedule::tell(tx, &made, PlanChange::Moved, &ask.edit).await?,
        }
        Ok(Created(format!("/v1/dependencies/{}", dependency.id), dependency))
    })
    .await
}

/// A cycle is told from the predecessor of the link that would close it.
fn from_predecessor(error: Error, predecessor: TaskId) -> Error {
    match error {
        Error::Cycle(mut tasks) => {
            if let Some(first) = tasks.iter().position(|t| t.id == predecessor) {
                tasks.rotate_left(first);
            }
            Error::Cycle(tasks)
        }
        other => other,
    }
}

/// Remove a link between two tasks.
///
/// No dates move.
#[utoipa::path(
    delete, path = "/v1/dependencies/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = DependencyId, Path, description = "The link"), WriteHeaders),
    responses(
        (status = 204, description = "Removed"),
        WriteRefused,
    ))]
pub async fn delete_dependency(
    cx: Ctx,
    PathId(id): PathId<DependencyId>,
) -> Result<Reply<Done>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let dependency = store::links::find(tx, id).await?.ok_or_else(Problem::not_found)?;
        plannable(&cx, tx, dependency.successor).await?;
        let mut ask = Ask::new("unlink", dependency.project_id, cx.actor, tx.now());
        ask.edit = json!({ "kind": "unlink", "unlinked": dependency });
        let made = carry_out(tx, &ask, |book| {
            let links = book.links.len();
            book.links.retain(|link| link.id != id);
            if book.links.len() == links {
                return Err(Problem::not_found().into());
            }
            // What the link held back stays where it is.
            let stands = book.item(dependency.successor).map(|item| item.starts_at);
            if let (Some(at), Some(terms)) = (stands, book.terms(dependency.successor))
                && terms.not_before.is_none_or(|before| before < at)
            {
                terms.not_before = Some(at);
            }
            Ok(())
        })
        .await?;
        schedule::tell(tx, &made, PlanChange::Moved, &ask.edit).await?;
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
        ReadRefused,
    ))]
pub async fn read_dependency(
    cx: Ctx,
    PathId(id): PathId<DependencyId>,
) -> Result<Found<Dependency>, Problem> {
    let mut conn = cx.db().await?;
    let dependency = store::links::find(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
    let successor = tasks::store::find(&mut conn, dependency.successor).await?;
    cx.sees(Action::ReadTask, &successor.ok_or_else(Problem::not_found)?.target())?;
    Ok(Found(dependency))
}

/// How a list of links is asked for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListDependencies {
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
    params(ListDependencies, PageParams),
    responses(
        (status = 200, description = "A page of links", body = Page<Dependency>),
        ReadRefused,
    ))]
pub async fn list_dependencies(
    cx: Ctx,
    Listed(ask, page): Listed<ListDependencies>,
) -> Result<Json<Page<Dependency>>, Problem> {
    let seen = cx.visible(Action::ReadTask)?;
    let after = page.after()?;
    let mut conn = cx.db().await?;
    let (project, task) = (ask.project_id, ask.task_id);
    let found = store::links::list(&mut conn, &seen, project, task, after, page.limit + 1).await?;
    Ok(Json(Page::of(found, page.limit, |d| d.id)))
}

async fn plannable(cx: &Ctx, tx: &mut Write<'_>, id: TaskId) -> Result<Task, Error> {
    let task = tasks::store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
    cx.guard(Action::ReadTask, Action::PlanTask, &task.target())?;
    Ok(task)
}
