//! `/v1/sites`.

use auth::{Action, Target};
use axum::Json;
use contracts::Change;
use kernel::{ProjectId, SiteId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused, check,
};

use super::model::{NewSite, Site, SitePatch};
use super::{events, store};
use crate::projects;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_sites, create_site))
        .routes(routes!(read_site, change_site))
}

/// Which sites to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SiteFilter {
    /// Only those of this project.
    pub project_id: Option<ProjectId>,
    /// Only those with this in their name, whatever the case.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[param(min_length = 1, max_length = 100)]
    pub q: Option<String>,
}

fn target(site: &Site) -> Target {
    Target::site(site.project_id, site.id)
}

/// List the sites the caller sees
///
/// Oldest first.
#[utoipa::path(
    get, path = "/v1/sites", tag = "projects", params(SiteFilter, PageParams),
    responses((status = 200, description = "A page of sites", body = Page<Site>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_sites(
    cx: Ctx,
    Listed(filter, page): Listed<SiteFilter>,
) -> Result<Json<Page<Site>>, Problem> {
    let seen = cx.visible(Action::ReadProject)?;
    let rows = store::list(&mut *cx.db().await?, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |s| s.id)))
}

/// Make a site
///
/// For who manages its project.
#[utoipa::path(
    post, path = "/v1/sites", tag = "projects", params(WriteHeaders),
    request_body(content = NewSite, description = "The site to be made"),
    responses((status = 201, description = "The site as it was made", body = Site), WriteRefused),
    security(("bearer" = []))
)]
async fn create_site(cx: Ctx, Valid(new): Valid<NewSite>) -> Result<Reply<Created<Site>>, Problem> {
    cx.write(async |tx| {
        projects::guard(&cx, tx, Action::ManageProject, new.project_id).await?;
        let site = Site::open(new, cx.tenant.zone);
        store::insert(tx, &site).await?;
        tx.emit_about(&events::changed(&site, Change::Created), &site);
        Ok::<_, Problem>(Created(format!("/v1/sites/{}", site.id), site))
    })
    .await
}

/// Read a site
#[utoipa::path(
    get, path = "/v1/sites/{id}", tag = "projects",
    params(("id" = SiteId, Path, description = "The site")),
    responses((status = 200, description = "The site", body = Site), ReadRefused),
    security(("bearer" = []))
)]
async fn read_site(cx: Ctx, PathId(id): PathId<SiteId>) -> Result<Found<Site>, Problem> {
    let site = store::find(&mut *cx.db().await?, id).await?;
    cx.sees(Action::ReadProject, &target(&site))?;
    Ok(Found(site))
}

/// Change a site
///
/// What is absent stays, `null` clears.
#[utoipa::path(
    patch, path = "/v1/sites/{id}", tag = "projects",
    params(("id" = SiteId, Path, description = "The site"), MatchHeader, WriteHeaders),
    request_body(content = SitePatch, description = "What changes"),
    responses((status = 200, description = "The site as it is now", body = Site), WriteRefused),
    security(("bearer" = []))
)]
async fn change_site(
    cx: Ctx,
    PathId(id): PathId<SiteId>,
    expected: IfMatch,
    Valid(patch): Valid<SitePatch>,
) -> Result<Reply<Changed<Site>>, Problem> {
    cx.write(async |tx| {
        let site = store::lock(tx, id).await?;
        cx.guard(Action::ReadProject, Action::ManageProject, &target(&site))?;
        expected.check(&site)?;
        let site = site.change(patch);
        store::update(tx, &site).await?;
        tx.emit_about(&events::changed(&site, Change::Updated), &site);
        Ok::<_, Problem>(Changed(site))
    })
    .await
}
