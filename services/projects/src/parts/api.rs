//! `/v1/site-parts`.

use auth::{Action, Target};
use axum::Json;
use contracts::{SitePartChange, SitePartKind};
use kernel::{SiteId, SitePartId};
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Done, Found, IfMatch, Listed, MatchHeader, Page, PageParams,
    PathId, Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::model::{MOST, NewSitePart, SitePart, SitePartPatch};
use super::store;
use crate::error::Delivery;
use crate::sites::{self, model::Site};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_site_parts, create_site_part)).routes(routes!(
        read_site_part,
        change_site_part,
        remove_site_part
    ))
}

/// Which parts to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SitePartFilter {
    /// The site whose parts they are.
    pub site_id: SiteId,
    /// Only those of this kind.
    pub kind: Option<SitePartKind>,
}

/// 404 unless the caller sees the site; the site.
async fn sees(cx: &Ctx, db: &mut PgConnection, id: SiteId) -> Result<Site, Problem> {
    let site = sites::store::find(db, id).await?;
    cx.sees(Action::ReadProject, &target(&site))?;
    Ok(site)
}

/// The same, and 403 unless the caller manages it.
async fn guard(cx: &Ctx, db: &mut PgConnection, id: SiteId) -> Result<Site, Problem> {
    let site = sees(cx, db, id).await?;
    cx.may(Action::ManageProject, &target(&site))?;
    Ok(site)
}

fn target(site: &Site) -> Target {
    Target::site(site.project_id, site.id)
}

/// List the parts of a site
///
/// Oldest first; `parent_id` and `place` tell the tree and its order.
#[utoipa::path(
    get, path = "/v1/site-parts", tag = "projects", params(SitePartFilter, PageParams),
    responses((status = 200, description = "A page of parts", body = Page<SitePart>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_site_parts(
    cx: Ctx,
    Listed(filter, page): Listed<SitePartFilter>,
) -> Result<Json<Page<SitePart>>, Problem> {
    cx.visible(Action::ReadProject)?;
    let mut db = cx.db().await?;
    sees(&cx, &mut db, filter.site_id).await?;
    let rows = store::list(&mut db, filter.site_id, filter.kind, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |p| p.id)))
}

/// Make a part of a site
///
/// For who manages its project. Zones lie in the site, levels in a zone or in the site itself; a
/// site has 500 parts at most.
#[utoipa::path(
    post, path = "/v1/site-parts", tag = "projects", params(WriteHeaders),
    request_body(content = NewSitePart, description = "The part to be made"),
    responses((status = 201, description = "The part as it was made", body = SitePart), WriteRefused),
    security(("bearer" = []))
)]
async fn create_site_part(
    cx: Ctx,
    Valid(new): Valid<NewSitePart>,
) -> Result<Reply<Created<SitePart>>, Problem> {
    cx.write(async |tx| {
        let site = guard(&cx, tx, new.site_id).await?;
        // One writer at a time counts a site's parts.
        sites::store::lock(tx, site.id).await?;
        if store::count(tx, site.id).await? >= MOST {
            return Err(Delivery::PartsFull.into());
        }
        let parent = match new.parent_id {
            Some(id) => Some(store::find(tx, id).await.map_err(|_| Delivery::PartElsewhere)?),
            None => None,
        };
        let part = SitePart::add(new, parent.as_ref())?;
        store::insert(tx, &part).await?;
        tx.emit_about(&part.changed(site.project_id, SitePartChange::Created), &part);
        Ok::<_, Problem>(Created(format!("/v1/site-parts/{}", part.id), part))
    })
    .await
}

/// Read a part of a site
#[utoipa::path(
    get, path = "/v1/site-parts/{id}", tag = "projects",
    params(("id" = SitePartId, Path, description = "The part")),
    responses((status = 200, description = "The part", body = SitePart), ReadRefused),
    security(("bearer" = []))
)]
async fn read_site_part(
    cx: Ctx,
    PathId(id): PathId<SitePartId>,
) -> Result<Found<SitePart>, Problem> {
    let mut db = cx.db().await?;
    let part = store::find(&mut db, id).await?;
    sees(&cx, &mut db, part.site_id).await?;
    Ok(Found(part))
}

/// Change a part of a site
///
/// What is absent stays. A part does not move to another zone: make it there.
#[utoipa::path(
    patch, path = "/v1/site-parts/{id}", tag = "projects",
    params(("id" = SitePartId, Path, description = "The part"), MatchHeader, WriteHeaders),
    request_body(content = SitePartPatch, description = "What changes"),
    responses((status = 200, description = "The part as it is now", body = SitePart), WriteRefused),
    security(("bearer" = []))
)]
async fn change_site_part(
    cx: Ctx,
    PathId(id): PathId<SitePartId>,
    expected: IfMatch,
    Valid(patch): Valid<SitePartPatch>,
) -> Result<Reply<Changed<SitePart>>, Problem> {
    cx.write(async |tx| {
        let part = store::lock(tx, id).await?;
        let site = guard(&cx, tx, part.site_id).await?;
        expected.check(&part)?;
        let part = part.change(patch);
        store::update(tx, &part).await?;
        tx.emit_about(&part.changed(site.project_id, SitePartChange::Updated), &part);
        Ok::<_, Problem>(Changed(part))
    })
    .await
}

/// Remove a part of a site
///
/// A zone that has levels stays: remove those first.
#[utoipa::path(
    delete, path = "/v1/site-parts/{id}", tag = "projects",
    params(("id" = SitePartId, Path, description = "The part"), WriteHeaders),
    responses((status = 204, description = "Removed"), WriteRefused),
    security(("bearer" = []))
)]
async fn remove_site_part(cx: Ctx, PathId(id): PathId<SitePartId>) -> Result<Reply<Done>, Problem> {
    cx.write(async |tx| {
        let part = store::lock(tx, id).await?;
        let site = guard(&cx, tx, part.site_id).await?;
        store::delete(tx, id).await?;
        let part = SitePart { version: part.version + 1, ..part };
        tx.emit_about(&part.changed(site.project_id, SitePartChange::Removed), &part);
        Ok::<_, Problem>(Done)
    })
    .await
}
