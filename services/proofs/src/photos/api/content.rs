//! The photos' bytes. Whatever they are, a browser must not take them for a page: the type is the
//! one read from the bytes, sniffing is off, and what is no picture is only ever downloaded.

use auth::Action;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use blobs::BlobKey;
use kernel::PhotoId;
use web::{Ctx, PathId, Problem, ReadRefused};

use crate::Error;
use crate::photos::model::Photo;
use crate::photos::store;

/// One of a photo's pictures.
struct Picture {
    key: String,
    tag: String,
    media_type: String,
    name: String,
}

/// The original of a photo
///
/// Byte for byte as it was received; the `ETag` is its SHA-256.
#[utoipa::path(
    get, path = "/v1/photos/{id}/original", tag = "proofs",
    params(("id" = PhotoId, Path, description = "The photo")),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 304, description = "The caller has it already (`If-None-Match`)"),
        ReadRefused,
    ),
    security(("bearer" = []))
)]
pub(super) async fn photo_original(
    cx: Ctx,
    PathId(id): PathId<PhotoId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let photo = seen(&cx, id).await?;
    let media_type = photo.media_type.as_deref().unwrap_or("application/octet-stream");
    let end = match media_type {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/heif" => "heic",
        _ => "bin",
    };
    let picture =
        photo.original_key.as_ref().zip(photo.sha256.as_ref()).map(|(key, sha256)| Picture {
            key: key.clone(),
            tag: hex::encode(sha256),
            media_type: media_type.to_owned(),
            name: format!("photo-{id}.{end}"),
        });
    serve(&cx, picture, &headers).await
}

/// A photo with its watermark
#[utoipa::path(
    get, path = "/v1/photos/{id}/watermarked", tag = "proofs",
    params(("id" = PhotoId, Path, description = "The photo")),
    responses(
        (status = 200, description = "A JPEG of at most 2048 pixels a side", content_type = "image/jpeg", body = Vec<u8>),
        (status = 304, description = "The caller has it already (`If-None-Match`)"),
        ReadRefused,
    ),
    security(("bearer" = []))
)]
pub(super) async fn photo_watermarked(
    cx: Ctx,
    PathId(id): PathId<PhotoId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let photo = seen(&cx, id).await?;
    serve(&cx, copy(photo.watermarked_key.as_ref(), &format!("photo-{id}.jpg")), &headers).await
}

/// A photo in small
#[utoipa::path(
    get, path = "/v1/photos/{id}/thumbnail", tag = "proofs",
    params(("id" = PhotoId, Path, description = "The photo")),
    responses(
        (status = 200, description = "A JPEG of at most 320 pixels a side", content_type = "image/jpeg", body = Vec<u8>),
        (status = 304, description = "The caller has it already (`If-None-Match`)"),
        ReadRefused,
    ),
    security(("bearer" = []))
)]
pub(super) async fn photo_thumbnail(
    cx: Ctx,
    PathId(id): PathId<PhotoId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let photo = seen(&cx, id).await?;
    serve(&cx, copy(photo.thumbnail_key.as_ref(), &format!("photo-{id}-320.jpg")), &headers).await
}

async fn seen(cx: &Ctx, id: PhotoId) -> Result<Photo, Problem> {
    let mut db = cx.db().await?;
    let photo = store::find(&mut db, id).await?;
    cx.sees(Action::ReadProof, &photo.target())?;
    Ok(photo)
}

/// A copy's key ends in its hash.
fn copy(key: Option<&String>, name: &str) -> Option<Picture> {
    let key = key?;
    Some(Picture {
        key: key.clone(),
        tag: key.rsplit('-').next()?.to_owned(),
        media_type: "image/jpeg".to_owned(),
        name: name.to_owned(),
    })
}

async fn serve(
    cx: &Ctx,
    picture: Option<Picture>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let picture = picture.ok_or(Error::NoPicture)?;
    let tag = format!("\"{}\"", picture.tag);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let always = [
        (header::ETAG, tag.clone()),
        // The bytes under this tag never change, and are for this caller alone.
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable".to_owned()),
    ];
    if known.is_some_and(|v| v.split(',').any(|t| t.trim().trim_start_matches("W/") == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, always).into_response());
    }
    let shown = picture.media_type.starts_with("image/");
    let manner = if shown { "inline" } else { "attachment" };
    let blob = cx.app.blobs.get(&BlobKey::new(picture.key)?).await?;
    let what = [
        (header::CONTENT_TYPE, picture.media_type),
        (header::CONTENT_LENGTH, blob.len.to_string()),
        (header::CONTENT_DISPOSITION, format!("{manner}; filename=\"{}\"", picture.name)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    Ok((always, what, Body::from_stream(blob.body)).into_response())
}
