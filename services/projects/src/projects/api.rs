//! `/v1/projects`.

use auth::{Action, Target};
use axum::Json;
use contracts::{Change, ProjectStatus};
use kernel::ProjectId;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused, check,
};

use super::model::{NewProject, Project, ProjectPatch};
use super::{events, guard, sees, store, visible};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_projects, create_project))
        .routes(routes!(read_project, change_project))
}

/// Which projects to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ProjectFilter {
    /// Only those that stand so.
    pub status: Option<ProjectStatus>,
    /// Only those with this in their code or name, whatever the case.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[param(min_length = 1, max_length = 100)]
    pub q: Option<String>,
}

/// List the projects the caller sees
///
/// Oldest first. Who is granted a site sees its project.
#[utoipa::path(
    get, path = "/v1/projects", tag = "projects", params(ProjectFilter, PageParams),
    responses((status = 200, description = "A page of projects", body = Page<Project>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_projects(
    cx: Ctx,
    Listed(filter, page): Listed<ProjectFilter>,
) -> Result<Json<Page<Project>>, Problem> {
    cx.visible(Action::ReadProject)?;
    let mut db = cx.db().await?;
    let seen = visible(&cx, &mut db).await?;
    let rows = store::list(&mut db, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |p| p.id)))
}

/// Make a project
///
/// For managers and project leads of the whole firm.
#[utoipa::path(
    post, path = "/v1/projects", tag = "projects", params(WriteHeaders),
    request_body(content = NewProject, description = "The project to be made"),
    responses((status = 201, description = "The project as it was made", body = Project), WriteRefused),
    security(("bearer" = []))
)]
async fn create_project(
    cx: Ctx,
    Valid(new): Valid<NewProject>,
) -> Result<Reply<Created<Project>>, Problem> {
    // A project that is not there yet is in no narrower scope than the firm.
    cx.may(Action::CreateProject, &Target::tenant())?;
    cx.write(async |tx| {
        let project = Project::start(new, cx.tenant.currency)?;
        store::insert(tx, &project).await?;
        tx.emit_about(&events::changed(&project, Change::Created), &project);
        Ok::<_, Problem>(Created(format!("/v1/projects/{}", project.id), project))
    })
    .await
}

/// Read a project
#[utoipa::path(
    get, path = "/v1/projects/{id}", tag = "projects",
    params(("id" = ProjectId, Path, description = "The project")),
    responses((status = 200, description = "The project", body = Project), ReadRefused),
    security(("bearer" = []))
)]
async fn read_project(cx: Ctx, PathId(id): PathId<ProjectId>) -> Result<Found<Project>, Problem> {
    let mut db = cx.db().await?;
    Ok(Found(sees(&cx, &mut db, id).await?))
}

/// Change a project
///
/// What is absent stays, `null` clears.
#[utoipa::path(
    patch, path = "/v1/projects/{id}", tag = "projects",
    params(("id" = ProjectId, Path, description = "The project"), MatchHeader, WriteHeaders),
    request_body(content = ProjectPatch, description = "What changes"),
    responses((status = 200, description = "The project as it is now", body = Project), WriteRefused),
    security(("bearer" = []))
)]
async fn change_project(
    cx: Ctx,
    PathId(id): PathId<ProjectId>,
    expected: IfMatch,
    Valid(patch): Valid<ProjectPatch>,
) -> Result<Reply<Changed<Project>>, Problem> {
    cx.write(async |tx| {
        store::lock(tx, id).await?;
        let project = guard(&cx, tx, Action::ManageProject, id).await?;
        expected.check(&project)?;
        let project = project.change(patch)?;
        store::update(tx, &project).await?;
        tx.emit_about(&events::changed(&project, Change::Updated), &project);
        Ok::<_, Problem>(Changed(project))
    })
    .await
}
