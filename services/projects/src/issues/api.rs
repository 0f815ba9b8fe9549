//! `/v1/issues`.

use auth::{Action, Target};
use axum::Json;
use contracts::{IssueChange, IssueSeverity, IssueStatus};
use kernel::{IssueId, ProjectId, UserId};
use serde::Deserialize;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::model::{Issue, IssuePatch, NewIssue, Resolution};
use super::store;
use crate::decision::{Agreement, Decision};
use crate::{people, projects};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_issues, create_issue))
        .routes(routes!(read_issue, change_issue))
        .routes(routes!(resolve_issue))
        .routes(routes!(reopen_issue))
}

/// Which issues to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct IssueFilter {
    /// Only those of this project.
    pub project_id: Option<ProjectId>,
    /// Only those that stand so.
    pub status: Option<IssueStatus>,
    /// Only those that weigh so much.
    pub severity: Option<IssueSeverity>,
    /// Only those that this person is to settle.
    pub owner_id: Option<UserId>,
}

/// List the issues of the projects the caller sees
///
/// Oldest first.
#[utoipa::path(
    get, path = "/v1/issues", tag = "projects", params(IssueFilter, PageParams),
    responses((status = 200, description = "A page of issues", body = Page<Issue>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_issues(
    cx: Ctx,
    Listed(filter, page): Listed<IssueFilter>,
) -> Result<Json<Page<Issue>>, Problem> {
    cx.visible(Action::ReadProject)?;
    let mut db = cx.db().await?;
    let seen = projects::visible(&cx, &mut db).await?;
    let rows = store::list(&mut db, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |i| i.id)))
}

/// Raise an issue
///
/// For who manages its project.
#[utoipa::path(
    post, path = "/v1/issues", tag = "projects", params(WriteHeaders),
    request_body(content = NewIssue, description = "The issue to be raised"),
    responses((status = 201, description = "The issue as it was raised", body = Issue), WriteRefused),
    security(("bearer" = []))
)]
async fn create_issue(
    cx: Ctx,
    Valid(new): Valid<NewIssue>,
) -> Result<Reply<Created<Issue>>, Problem> {
    cx.write(async |tx| {
        projects::guard(&cx, tx, Action::ManageProject, new.project_id).await?;
        let issue = Issue::raise(new);
        people::known(tx, issue.owner_id, "/owner_id").await?;
        store::insert(tx, &issue).await?;
        tx.emit_about(&issue.changed(IssueChange::Created), &issue);
        Ok::<_, Problem>(Created(format!("/v1/issues/{}", issue.id), issue))
    })
    .await
}

/// Read an issue
#[utoipa::path(
    get, path = "/v1/issues/{id}", tag = "projects",
    params(("id" = IssueId, Path, description = "The issue")),
    responses((status = 200, description = "The issue", body = Issue), ReadRefused),
    security(("bearer" = []))
)]
async fn read_issue(cx: Ctx, PathId(id): PathId<IssueId>) -> Result<Found<Issue>, Problem> {
    let mut db = cx.db().await?;
    let issue = store::find(&mut db, id).await?;
    projects::sees(&cx, &mut db, issue.project_id).await?;
    Ok(Found(issue))
}

/// Change an issue
///
/// What is absent stays, `null` clears. A settled issue does not change until it is reopened.
#[utoipa::path(
    patch, path = "/v1/issues/{id}", tag = "projects",
    params(("id" = IssueId, Path, description = "The issue"), MatchHeader, WriteHeaders),
    request_body(content = IssuePatch, description = "What changes"),
    responses((status = 200, description = "The issue as it is now", body = Issue), WriteRefused),
    security(("bearer" = []))
)]
async fn change_issue(
    cx: Ctx,
    PathId(id): PathId<IssueId>,
    expected: IfMatch,
    Valid(patch): Valid<IssuePatch>,
) -> Result<Reply<Changed<Issue>>, Problem> {
    cx.write(async |tx| {
        let issue = store::lock(tx, id).await?;
        projects::guard(&cx, tx, Action::ManageProject, issue.project_id).await?;
        expected.check(&issue)?;
        let issue = issue.change(patch)?;
        people::known(tx, issue.owner_id, "/owner_id").await?;
        store::update(tx, &issue).await?;
        tx.emit_about(&issue.changed(IssueChange::Updated), &issue);
        Ok::<_, Problem>(Changed(issue))
    })
    .await
}

/// Resolve an issue
///
/// For its owner and for who manages its project.
#[utoipa::path(
    post, path = "/v1/issues/{id}/resolve", tag = "projects",
    params(("id" = IssueId, Path, description = "The issue"), WriteHeaders),
    request_body(content = Resolution, description = "How it was settled"),
    responses((status = 200, description = "The issue, settled", body = Issue), WriteRefused),
    security(("bearer" = []))
)]
async fn resolve_issue(
    cx: Ctx,
    PathId(id): PathId<IssueId>,
    Valid(said): Valid<Resolution>,
) -> Result<Reply<Changed<Issue>>, Problem> {
    cx.write(async |tx| {
        let issue = store::lock(tx, id).await?;
        projects::sees(&cx, tx, issue.project_id).await?;
        if issue.owner_id != Some(cx.caller.user) {
            cx.may(Action::ManageProject, &Target::project(issue.project_id))?;
        }
        let issue = issue.resolve(said.resolution, Decision::of(&cx))?;
        store::update(tx, &issue).await?;
        tx.emit_about(&issue.changed(IssueChange::Resolved), &issue);
        Ok::<_, Problem>(Changed(issue))
    })
    .await
}

/// Reopen an issue
///
/// For who manages its project. How it had been settled, and what is said now, stays in the audit
/// trail.
#[utoipa::path(
    post, path = "/v1/issues/{id}/reopen", tag = "projects",
    params(("id" = IssueId, Path, description = "The issue"), WriteHeaders),
    request_body(content = Agreement, description = "What is said with it"),
    responses((status = 200, description = "The issue, open again", body = Issue), WriteRefused),
    security(("bearer" = []))
)]
async fn reopen_issue(
    cx: Ctx,
    PathId(id): PathId<IssueId>,
    Valid(said): Valid<Agreement>,
) -> Result<Reply<Changed<Issue>>, Problem> {
    cx.write(async |tx| {
        let issue = store::lock(tx, id).await?;
        projects::guard(&cx, tx, Action::ManageProject, issue.project_id).await?;
        let issue = issue.reopen()?;
        store::update(tx, &issue).await?;
        let about = json!({ "issue": issue, "note": said.note });
        tx.emit_about(&issue.changed(IssueChange::Reopened), &about);
        Ok::<_, Problem>(Changed(issue))
    })
    .await
}
