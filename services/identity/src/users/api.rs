//! Reading users, changing what they were granted, and ending their access.

use auth::{Action, Grant, Target};
use axum::Json;
use contracts::UserChange;
use kernel::{TenantId, UserId, WorkerId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Ctx, Found, IfMatch, MatchHeader, Page, PageParams, Params, PathId, Problem,
    ProblemBody, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::events::changed;
use super::model::{Status, User, has_admin, may_change, may_grant};
use super::store;
use crate::error::Error;
use crate::sessions;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_users))
        .routes(routes!(read_user, change_user))
        .routes(routes!(disable_user))
        .routes(routes!(read_me))
}

/// Lists the users.
#[utoipa::path(
    get, path = "/v1/users", tag = "identity", security(("bearer" = [])), params(PageParams),
    responses(
        (status = 200, description = "A page of users, by id", body = Page<User>),
        ReadRefused,
    )
)]
pub(crate) async fn list_users(
    cx: Ctx,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<User>>, Problem> {
    cx.may(Action::ReadUsers, &Target::tenant())?;
    let users = store::list(&mut *cx.db().await?, page.after()?, page.limit).await?;
    Ok(Json(Page::of(users, page.limit, |u| u.id)))
}

/// Reads a user.
#[utoipa::path(
    get, path = "/v1/users/{id}", tag = "identity", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user")),
    responses(
        (status = 200, description = "The user, with the version as ETag", body = User),
        ReadRefused,
        (status = 404, description = "No such user, or not one the caller sees",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read_user(cx: Ctx, PathId(id): PathId<UserId>) -> Result<Found<User>, Problem> {
    cx.sees(Action::ReadUsers, &Target::tenant())?;
    let user = store::find(&mut *cx.db().await?, id).await?;
    user.map(Found).ok_or_else(Problem::not_found)
}

/// What of a user can be changed.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserPatch {
    /// What the user is granted from now on, in place of what was.
    #[validate(length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20)]
    grants: Vec<Grant>,
}

/// Changes what a user was granted.
///
/// The user's sessions end, so that no token with the old grants goes on.
#[utoipa::path(
    patch, path = "/v1/users/{id}", tag = "identity", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user"), MatchHeader, WriteHeaders),
    request_body = UserPatch,
    responses(
        (status = 200, description = "The user as it now is", body = User),
        WriteRefused,
        (status = 403, description = "The role may not, or not give this much",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such user, or not one the caller sees",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is the last admin",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change_user(
    cx: Ctx,
    PathId(id): PathId<UserId>,
    version: IfMatch,
    Valid(patch): Valid<UserPatch>,
) -> Result<Reply<Changed<User>>, Problem> {
    cx.guard(Action::ReadUsers, Action::ManageUsers, &Target::tenant())?;
    may_grant(&cx.caller, &patch.grants)?;
    cx.write(async |tx| {
        let (mut user, last_admin) = store::lock(tx, id).await?;
        version.check(&user)?;
        may_change(&cx.caller, &user)?;
        if last_admin && !has_admin(&patch.grants) {
            return Err(Error::LastAdmin);
        }
        store::check_scopes(tx, &patch.grants).await?;
        let before = std::mem::replace(&mut user.grants.0, patch.grants);
        store::update(tx, &mut user).await?;
        sessions::end_all(&cx, tx, id).await?;
        let about = json!({ "before": before, "after": user.grants });
        tx.emit_about(&changed(&user, UserChange::RolesChanged), &about);
        Ok::<_, Error>(Changed(user))
    })
    .await
}

/// Disables a user.
///
/// The user may no longer sign in, and is signed out everywhere within five seconds. To let the
/// person in again, issue the invitation anew.
#[utoipa::path(
    post, path = "/v1/users/{id}/disable", tag = "identity", security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user"), WriteHeaders),
    responses(
        (status = 200, description = "The user as it now is", body = User),
        WriteRefused,
        (status = 404, description = "No such user, or not one the caller sees",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "It is the last admin",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn disable_user(
    cx: Ctx,
    PathId(id): PathId<UserId>,
) -> Result<Reply<Changed<User>>, Problem> {
    cx.guard(Action::ReadUsers, Action::ManageUsers, &Target::tenant())?;
    cx.write(async |tx| {
        let (mut user, last_admin) = store::lock(tx, id).await?;
        may_change(&cx.caller, &user)?;
        if last_admin {
            return Err(Error::LastAdmin);
        }
        user.status = Status::Disabled;
        store::update(tx, &mut user).await?;
        sessions::end_all(&cx, tx, id).await?;
        tx.emit(&changed(&user, UserChange::Disabled));
        Ok::<_, Error>(Changed(user))
    })
    .await
}

/// The firm the caller works for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Firm {
    /// The firm.
    id: TenantId,
    /// Its name in host names.
    slug: String,
    /// Its name for people.
    name: String,
    /// ISO 3166-1 alpha-2 country.
    country: String,
    /// IANA time zone.
    zone: String,
    /// ISO 4217 currency of its books.
    currency: String,
}

/// The worker the caller is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct MyWorker {
    /// The worker.
    id: WorkerId,
    /// The name in the plan.
    name: String,
}

/// Who the caller is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    /// The user.
    user: User,
    /// The worker the user is, if planned.
    worker: Option<MyWorker>,
    /// The firm.
    tenant: Firm,
}

/// Says who the caller is.
#[utoipa::path(
    get, path = "/v1/me", tag = "identity", security(("bearer" = [])),
    responses(
        (status = 200, description = "User, grants, worker and firm", body = Me),
        ReadRefused,
        (status = 404, description = "The user is no more",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read_me(cx: Ctx) -> Result<Json<Me>, Problem> {
    let mut db = cx.db().await?;
    let user = store::find(&mut db, cx.caller.user).await?.ok_or_else(Problem::not_found)?;
    let worker = store::worker_of(&mut db, user.id).await?;
    let tenant = &cx.tenant;
    Ok(Json(Me {
        user,
        worker: worker.map(|w| MyWorker { id: w.id, name: w.name }),
        tenant: Firm {
            id: tenant.id,
            slug: tenant.slug.clone(),
            name: tenant.name.clone(),
            country: tenant.country.clone(),
            zone: tenant.zone.to_string(),
            currency: tenant.currency.to_string(),
        },
    }))
}
