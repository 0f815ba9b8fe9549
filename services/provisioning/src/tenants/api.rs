//! The routes of tenants.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use kernel::{RunId, TenantId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Found, IfMatch, MatchHeader, Page, PageParams, Params, PathId, Platform, Problem,
    ProblemBody, ReadRefused, Valid, WriteRefused,
};

use super::model::{NewTenant, TenantView};
use super::store;
use crate::runs::Provisioner;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_tenants, create_tenant)).routes(routes!(
        read_tenant,
        change_tenant,
        remove_tenant
    ))
}

/// A tenant on its way.
#[derive(Debug, Serialize, ToSchema)]
struct TenantFounded {
    /// The tenant, still being made.
    tenant: TenantView,
    /// The run that makes it; its progress is at `/v1/platform/runs/{id}`.
    run_id: RunId,
    /// The secret of the first admin's invitation, shown this once. It works when the run is done.
    invitation_token: Option<String>,
}

/// What may be changed of a tenant.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeTenant {
    /// The name of the firm.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Whether the tenant is served.
    status: Option<ServiceStatus>,
}

/// Whether a tenant is served.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ServiceStatus {
    Active,
    Suspended,
}

/// A run that was started.
#[derive(Debug, Serialize, ToSchema)]
struct RunStarted {
    /// Its progress is at `/v1/platform/runs/{id}`.
    run_id: RunId,
}

/// Lists the tenants.
#[utoipa::path(get, path = "/v1/platform/tenants", tag = "provisioning", params(PageParams),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of tenants, the oldest first", body = Page<TenantView>),
        ReadRefused,
        (status = 403, description = "Not a platform admin",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn list_tenants(
    cx: Platform,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<TenantView>>, Problem> {
    let rows = store::list(cx.app.tenants.control(), page.after()?, page.limit + 1).await?;
    Ok(Json(Page::of(rows, page.limit, |t| t.id)))
}

/// Makes a tenant. The answer comes at once; the run goes on behind it. The same id and host name
/// again answer the same tenant, without the invitation's secret.
#[utoipa::path(post, path = "/v1/platform/tenants", tag = "provisioning", request_body = NewTenant,
    security(("bearer" = [])),
    responses(
        (status = 202, description = "Being made", body = TenantFounded),
        (status = 200, description = "Was asked for before", body = TenantFounded),
        WriteRefused,
        (status = 403, description = "Not a platform admin",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The host name is taken",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn create_tenant(
    cx: Platform,
    Extension(provisioner): Extension<Arc<Provisioner>>,
    Valid(new): Valid<NewTenant>,
) -> Result<Response, Problem> {
    let control = cx.app.tenants.control();
    if let Some(id) = new.id
        && let Ok(tenant) = store::find(control, id).await
        && tenant.slug == new.slug
    {
        let run_id = store::founding_run(control, id).await?;
        let body = TenantFounded { tenant, run_id, invitation_token: None };
        return Ok(Json(body).into_response());
    }
    let founding = provisioner.found(&new).await?;
    let tenant = store::find(control, founding.tenant).await?;
    let at = format!("/v1/platform/tenants/{}", tenant.id);
    let body = TenantFounded {
        tenant,
        run_id: founding.run,
        invitation_token: Some(founding.invitation_token),
    };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, at)], Json(body)).into_response())
}

/// Reads a tenant.
#[utoipa::path(get, path = "/v1/platform/tenants/{id}", tag = "provisioning",
    params(("id" = TenantId, Path, description = "The tenant")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The tenant", body = TenantView),
        ReadRefused,
        (status = 403, description = "Not a platform admin",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn read_tenant(
    cx: Platform,
    PathId(id): PathId<TenantId>,
) -> Result<Found<TenantView>, Problem> {
    Ok(Found(store::find(cx.app.tenants.control(), id).await?))
}

/// Renames, suspends or reopens a tenant.
#[utoipa::path(patch, path = "/v1/platform/tenants/{id}", tag = "provisioning",
    params(("id" = TenantId, Path, description = "The tenant"),
           MatchHeader),
    request_body = ChangeTenant, security(("bearer" = [])),
    responses(
        (status = 200, description = "The tenant as it is now", body = TenantView),
        WriteRefused,
        (status = 403, description = "Not a platform admin",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Being made or removed",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn change_tenant(
    cx: Platform,
    PathId(id): PathId<TenantId>,
    seen: IfMatch,
    Valid(change): Valid<ChangeTenant>,
) -> Result<Found<TenantView>, Problem> {
    let control = cx.app.tenants.control();
    let status = change.status.map(|s| match s {
        ServiceStatus::Active => "active",
        ServiceStatus::Suspended => "suspended",
    });
    let changed = store::update(control, id, seen.0, change.name.as_deref(), status).await?;
    let tenant = store::find(control, id).await?;
    if !changed {
        seen.check(&tenant)?;
        return Err(crate::Error::Busy.into());
    }
    cx.app.tenants.directory.forget();
    Ok(Found(tenant))
}

/// Removes a tenant with all its data. There is no way back but a backup.
#[utoipa::path(delete, path = "/v1/platform/tenants/{id}", tag = "provisioning",
    params(("id" = TenantId, Path, description = "The tenant"),
           MatchHeader),
    security(("bearer" = [])),
    responses(
        (status = 202, description = "Being removed", body = RunStarted),
        WriteRefused,
        (status = 403, description = "Not a platform admin",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Another run is at work",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn remove_tenant(
    cx: Platform,
    Extension(provisioner): Extension<Arc<Provisioner>>,
    PathId(id): PathId<TenantId>,
    seen: IfMatch,
) -> Result<(StatusCode, Json<RunStarted>), Problem> {
    seen.check(&store::find(cx.app.tenants.control(), id).await?)?;
    let run_id = provisioner.remove(id).await?;
    cx.app.tenants.directory.forget();
    Ok((StatusCode::ACCEPTED, Json(RunStarted { run_id })))
}
