//! `/v1/certificate-kinds`.

use auth::{Action, Target};
use axum::Json;
use contracts::Change;
use kernel::CertificateKindId;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused, check,
};

use super::super::kinds::{CertificateKind, CertificateKindPatch, NewCertificateKind};
use super::super::store::kinds as store;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_certificate_kinds, create_certificate_kind))
        .routes(routes!(read_certificate_kind, change_certificate_kind))
}

/// Which kinds of certificates to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateKindFilter {
    /// Only those with this in their code or names, whatever the case.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[param(min_length = 1, max_length = 100)]
    pub q: Option<String>,
}

/// List the firm's kinds of certificates
#[utoipa::path(
    get, path = "/v1/certificate-kinds", tag = "resources", params(CertificateKindFilter, PageParams),
    responses((status = 200, description = "A page of kinds", body = Page<CertificateKind>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_certificate_kinds(
    cx: Ctx,
    Listed(filter, page): Listed<CertificateKindFilter>,
) -> Result<Json<Page<CertificateKind>>, Problem> {
    cx.may(Action::ReadWorkers, &Target::tenant())?;
    let rows = store::list(&mut *cx.db().await?, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |k| k.id)))
}

/// Make a kind of certificate
#[utoipa::path(
    post, path = "/v1/certificate-kinds", tag = "resources", params(WriteHeaders),
    request_body(content = NewCertificateKind, description = "The kind to be made"),
    responses((status = 201, description = "The kind as it was made", body = CertificateKind), WriteRefused),
    security(("bearer" = []))
)]
async fn create_certificate_kind(
    cx: Ctx,
    Valid(new): Valid<NewCertificateKind>,
) -> Result<Reply<Created<CertificateKind>>, Problem> {
    cx.may(Action::ManageWorkers, &Target::tenant())?;
    cx.write(async |tx| {
        let kind = CertificateKind::from(new);
        store::insert(tx, &kind).await?;
        tx.emit_about(&kind.changed(Change::Created), &kind);
        Ok::<_, Problem>(Created(format!("/v1/certificate-kinds/{}", kind.id), kind))
    })
    .await
}

/// Read a kind of certificate
#[utoipa::path(
    get, path = "/v1/certificate-kinds/{id}", tag = "resources",
    params(("id" = CertificateKindId, Path, description = "The kind")),
    responses((status = 200, description = "The kind", body = CertificateKind), ReadRefused),
    security(("bearer" = []))
)]
async fn read_certificate_kind(
    cx: Ctx,
    PathId(id): PathId<CertificateKindId>,
) -> Result<Found<CertificateKind>, Problem> {
    cx.sees(Action::ReadWorkers, &Target::tenant())?;
    Ok(Found(store::find(&mut *cx.db().await?, id).await?))
}

/// Change a kind of certificate
///
/// What is absent stays, `null` clears.
#[utoipa::path(
    patch, path = "/v1/certificate-kinds/{id}", tag = "resources",
    params(("id" = CertificateKindId, Path, description = "The kind"), MatchHeader, WriteHeaders),
    request_body(content = CertificateKindPatch, description = "What changes"),
    responses((status = 200, description = "The kind as it is now", body = CertificateKind), WriteRefused),
    security(("bearer" = []))
)]
async fn change_certificate_kind(
    cx: Ctx,
    PathId(id): PathId<CertificateKindId>,
    expected: IfMatch,
    Valid(patch): Valid<CertificateKindPatch>,
) -> Result<Reply<Changed<CertificateKind>>, Problem> {
    cx.guard(Action::ReadWorkers, Action::ManageWorkers, &Target::tenant())?;
    cx.write(async |tx| {
        let kind = store::lock(tx, id).await?;
        expected.check(&kind)?;
        let kind = kind.change(patch);
        store::update(tx, &kind).await?;
        tx.emit_about(&kind.changed(Change::Updated), &kind);
        Ok::<_, Problem>(Changed(kind))
    })
    .await
}
