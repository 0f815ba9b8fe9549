//! `/v1/signatures`.

use auth::Action;
use axum::Json;
use axum::http::HeaderMap;
use axum::response::Response;
use blobs::BlobKey;
use bytes::Bytes;
use kernel::{SignatureId, TaskId};
use serde::Deserialize;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Content, Created, Ctx, Found, Label, Listed, NotServed, Page, PageParams, PathId, Problem,
    ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::model::{NewSignature, Signature, SignatureView};
use super::{render, store};
use crate::audit::keep_head_after;
use crate::error::not_ahead;
use crate::{Error, photos};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_signatures, take_signature))
        .routes(routes!(read_signature))
        .routes(routes!(signature_image))
}

/// Which signatures to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignatureFilter {
    /// Only those for this task.
    #[param(value_type = Option<uuid::Uuid>)]
    pub task_id: Option<TaskId>,
}

/// List the signatures the caller sees
///
/// Oldest first.
#[utoipa::path(
    get, path = "/v1/signatures", tag = "proofs", params(SignatureFilter, PageParams),
    responses((status = 200, description = "A page of signatures", body = Page<SignatureView>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_signatures(
    cx: Ctx,
    Listed(filter, page): Listed<SignatureFilter>,
) -> Result<Json<Page<SignatureView>>, Problem> {
    let seen = cx.visible(Action::ReadProof)?;
    let mut db = cx.db().await?;
    let rows = store::list(&mut db, &seen, &filter, page.after()?, page.limit).await?;
    let rows = rows.into_iter().map(|s| shown(&cx, s)).collect();
    Ok(Json(Page::of(rows, page.limit, |s: &SignatureView| s.id)))
}

/// Record a signature
///
/// The drawing and the picture made of it are kept with their hashes. A signature never changes.
#[utoipa::path(
    post, path = "/v1/signatures", tag = "proofs", params(WriteHeaders),
    request_body(content = NewSignature, description = "The signature that was drawn"),
    responses((status = 201, description = "The signature as it was recorded", body = SignatureView), WriteRefused),
    security(("bearer" = []))
)]
async fn take_signature(
    cx: Ctx,
    Valid(new): Valid<NewSignature>,
) -> Result<Reply<Created<SignatureView>>, Problem> {
    let drawing = new.drawing()?;
    let place = match allowed(&cx, new.task_id).await {
        Ok(place) => place,
        // Who signed while it was allowed, and asks once more, gets the answer of then.
        Err(refusal) => return cx.write(async |_| Err(refusal)).await,
    };
    let id = new.id.unwrap_or_else(SignatureId::new);
    // The bytes first, under names that hold their hash: a write that is then refused, or made
    // twice, leaves no row without its picture and overwrites nobody's.
    let strokes = serde_json::to_vec(&drawing).map_err(Problem::internal)?;
    let png = tokio::task::spawn_blocking(move || render::png(&drawing))
        .await
        .map_err(Problem::internal)?
        .map_err(|e| Error::Broken(e.to_string()))?;
    let (strokes_key, strokes_sha256) = keep(&cx, id, "strokes", strokes).await?;
    let (blob_key, sha256) = keep(&cx, id, "image", png).await?;
    cx.write(async |tx| {
        let signed_at = new.signed_at.unwrap_or_else(|| cx.acted_at());
        not_ahead("/signed_at", signed_at, tx.now())?;
        let signature = Signature {
            view: SignatureView {
                id,
                task_id: new.task_id,
                site_id: place.site_id,
                project_id: place.project_id,
                signer_name: new.signer_name.clone(),
                signer_role: new.signer_role,
                signed_at,
                position: tx.keep_position_at_work(&cx, signed_at).await?,
                sha256: hex::encode(&sha256),
                created_at: tx.now(),
                version: 1,
            },
            created_by: cx.caller.user,
            blob_key: blob_key.clone(),
            strokes_key: strokes_key.clone(),
            strokes_sha256: strokes_sha256.clone(),
            task_workers: place.workers.clone(),
        };
        store::insert(tx, &signature).await?;
        let view = signature.view;
        tx.emit_about(
            &view.event(),
            &json!({
                "signer_name": view.signer_name,
                "signer_role": view.signer_role,
                "signed_at": view.signed_at,
                "sha256": view.sha256,
                "strokes_sha256": hex::encode(&strokes_sha256),
            }),
        );
        let now = tx.now();
        tx.enqueue(keep_head_after(now));
        Ok::<_, Problem>(Created(format!("/v1/signatures/{id}"), view))
    })
    .await
}

/// The place of a task, if the caller may add proofs there.
async fn allowed(cx: &Ctx, task: TaskId) -> Result<photos::Place, Problem> {
    let mut db = cx.db().await?;
    let place = photos::task(&mut db, task).await?;
    photos::place(cx, &mut db, place.site_id, Some(task)).await
}

async fn keep(
    cx: &Ctx,
    id: SignatureId,
    what: &str,
    content: Vec<u8>,
) -> Result<(String, Vec<u8>), Error> {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(&content).to_vec();
    let key = format!("{}/signatures/{id}/{what}-{}", cx.tenant.id, hex::encode(&hash[..16]));
    let key = BlobKey::new(key)?;
    cx.app.blobs.put(&key, Bytes::from(content)).await?;
    Ok((key.to_string(), hash))
}

/// Read a signature's record
#[utoipa::path(
    get, path = "/v1/signatures/{id}", tag = "proofs",
    params(("id" = SignatureId, Path, description = "The signature")),
    responses((status = 200, description = "The signature", body = SignatureView), ReadRefused),
    security(("bearer" = []))
)]
async fn read_signature(
    cx: Ctx,
    PathId(id): PathId<SignatureId>,
) -> Result<Found<SignatureView>, Problem> {
    let signature = seen(&cx, id).await?;
    Ok(Found(shown(&cx, signature)))
}

/// A signature's picture
#[utoipa::path(
    get, path = "/v1/signatures/{id}/image", tag = "proofs",
    params(("id" = SignatureId, Path, description = "The signature")),
    responses(
        (status = 200, description = "A PNG of 750 by 300 pixels; its `ETag` is its SHA-256", content_type = "image/png", body = Vec<u8>),
        (status = 206, description = "The part that `Range` asks for", content_type = "image/png", body = Vec<u8>),
        NotServed,
        ReadRefused,
    ),
    security(("bearer" = []))
)]
async fn signature_image(
    cx: Ctx,
    PathId(id): PathId<SignatureId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let signature = seen(&cx, id).await?;
    let label = Label {
        tag: signature.view.sha256,
        media_type: "image/png".to_owned(),
        name: format!("signature-{id}.png"),
    };
    web::serve(&cx.app, Content { key: signature.blob_key, label }, &headers).await
}

/// As the caller sees it: where it was drawn is for who had it drawn and those who read the audit
/// trail of the place.
fn shown(cx: &Ctx, signature: Signature) -> SignatureView {
    let own = signature.created_by == cx.caller.user;
    let places = own || cx.caller.may(Action::ReadAudit, &signature.target());
    signature.shown(places)
}

async fn seen(cx: &Ctx, id: SignatureId) -> Result<Signature, Problem> {
    let mut db = cx.db().await?;
    let signature = store::find(&mut db, id).await?;
    cx.sees(Action::ReadProof, &signature.target())?;
    Ok(signature)
}
