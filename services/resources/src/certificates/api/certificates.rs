//! `/v1/certificates`.

use auth::Action;
use axum::Json;
use chrono::NaiveDate;
use contracts::CertificateChange;
use kernel::{CertificateId, CertificateKindId, WorkerId};
use serde::Deserialize;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Done, Found, IfMatch, Listed, MatchHeader, Page, PageParams,
    PathId, Problem, ReadRefused, Reply, Valid, Write, WriteHeaders, WriteRefused, check,
};

use super::super::model::{Certificate, CertificatePatch, MOST, NewCertificate};
use super::super::{remind, store};
use crate::{Error, workers};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_certificates, create_certificate)).routes(routes!(
        read_certificate,
        change_certificate,
        remove_certificate
    ))
}

/// Which certificates to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateFilter {
    /// Only those of this worker.
    pub worker_id: Option<WorkerId>,
    /// Only those of this kind.
    pub kind_id: Option<CertificateKindId>,
    /// Only those whose last day is this one or an earlier one.
    #[validate(custom(function = check::day))]
    pub expires_by: Option<NaiveDate>,
}

/// List the certificates of the workers the caller sees
#[utoipa::path(
    get, path = "/v1/certificates", tag = "resources", params(CertificateFilter, PageParams),
    responses((status = 200, description = "A page of certificates", body = Page<Certificate>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_certificates(
    cx: Ctx,
    Listed(filter, page): Listed<CertificateFilter>,
) -> Result<Json<Page<Certificate>>, Problem> {
    let seen = cx.visible(Action::ReadWorkers)?;
    let rows = store::list(&mut *cx.db().await?, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |c| c.id)))
}

/// Note a worker's certificate
///
/// The worker's version goes up: who plans hears of it. Reminders come before its last day.
#[utoipa::path(
    post, path = "/v1/certificates", tag = "resources", params(WriteHeaders),
    request_body(content = NewCertificate, description = "The certificate to be noted"),
    responses((status = 201, description = "The certificate as noted", body = Certificate), WriteRefused),
    security(("bearer" = []))
)]
async fn create_certificate(
    cx: Ctx,
    Valid(new): Valid<NewCertificate>,
) -> Result<Reply<Created<Certificate>>, Problem> {
    let target = workers::target(new.worker_id);
    cx.guard(Action::ReadWorkers, Action::ManageWorkers, &target)?;
    cx.write(async |tx| {
        let news = workers::touch(tx, new.worker_id).await?;
        let kind = store::kinds::known(tx, new.kind_id).await?.ok_or(Error::KindUnknown)?;
        let held = Certificate::note(new, &kind)?;
        if store::count(tx, held.worker_id).await? >= MOST {
            return Err(Error::TooManyCertificates.into());
        }
        store::insert(tx, &held).await?;
        tx.emit_about(&held.changed(CertificateChange::Created), &held);
        tx.emit_about(&news, &json!({ "certificate_noted": held.id }));
        for job in remind::jobs(&held, &kind, cx.tenant.zone) {
            tx.enqueue(job);
        }
        Ok::<_, Problem>(Created(format!("/v1/certificates/{}", held.id), held))
    })
    .await
}

/// Read a certificate
#[utoipa::path(
    get, path = "/v1/certificates/{id}", tag = "resources",
    params(("id" = CertificateId, Path, description = "The certificate")),
    responses((status = 200, description = "The certificate", body = Certificate), ReadRefused),
    security(("bearer" = []))
)]
async fn read_certificate(
    cx: Ctx,
    PathId(id): PathId<CertificateId>,
) -> Result<Found<Certificate>, Problem> {
    let held = store::find(&mut *cx.db().await?, id).await?;
    cx.sees(Action::ReadWorkers, &workers::target(held.worker_id))?;
    Ok(Found(held))
}

/// The certificate as the caller believes it to be, its worker taken to the next version.
async fn held(
    cx: &Ctx,
    tx: &mut Write<'_>,
    id: CertificateId,
    expected: IfMatch,
) -> Result<(Certificate, contracts::WorkerChanged), Problem> {
    let worker = store::find(tx, id).await?.worker_id;
    cx.guard(Action::ReadWorkers, Action::ManageWorkers, &workers::target(worker))?;
    // First the worker, as everywhere: two who hold each other's rows would wait for ever.
    let news = workers::touch(tx, worker).await?;
    let held = store::lock(tx, id).await?;
    expected.check(&held)?;
    Ok((held, news))
}

/// Change a certificate
///
/// What is absent stays, `null` clears.
#[utoipa::path(
    patch, path = "/v1/certificates/{id}", tag = "resources",
    params(("id" = CertificateId, Path, description = "The certificate"), MatchHeader, WriteHeaders),
    request_body(content = CertificatePatch, description = "What changes"),
    responses((status = 200, description = "The certificate as it is now", body = Certificate), WriteRefused),
    security(("bearer" = []))
)]
async fn change_certificate(
    cx: Ctx,
    PathId(id): PathId<CertificateId>,
    expected: IfMatch,
    Valid(patch): Valid<CertificatePatch>,
) -> Result<Reply<Changed<Certificate>>, Problem> {
    cx.write(async |tx| {
        let (held, news) = held(&cx, tx, id, expected).await?;
        let held = held.change(patch)?;
        let kind = store::kinds::find(tx, held.kind_id).await?;
        store::update(tx, &held).await?;
        tx.emit_about(&held.changed(CertificateChange::Updated), &held);
        tx.emit_about(&news, &json!({ "certificate_changed": held.id }));
        for job in remind::jobs(&held, &kind, cx.tenant.zone) {
            tx.enqueue(job);
        }
        Ok::<_, Problem>(Changed(held))
    })
    .await
}

/// Remove a certificate
///
/// It was noted by mistake, or withdrawn.
#[utoipa::path(
    delete, path = "/v1/certificates/{id}", tag = "resources",
    params(("id" = CertificateId, Path, description = "The certificate"), MatchHeader, WriteHeaders),
    responses((status = 204, description = "It is no more"), WriteRefused),
    security(("bearer" = []))
)]
async fn remove_certificate(
    cx: Ctx,
    PathId(id): PathId<CertificateId>,
    expected: IfMatch,
) -> Result<Reply<Done>, Problem> {
    cx.write(async |tx| {
        let (held, news) = held(&cx, tx, id, expected).await?;
        store::remove(tx, id).await?;
        let gone = Certificate { version: held.version + 1, ..held };
        tx.emit_about(&gone.changed(CertificateChange::Removed), &gone);
        tx.emit_about(&news, &json!({ "certificate_removed": gone.id }));
        Ok::<_, Problem>(Done)
    })
    .await
}
