//! The photos' bytes: the original as it came, and the copies made from it.

use auth::Action;
use axum::http::HeaderMap;
use axum::response::Response;
use kernel::PhotoId;
use web::{Content, Ctx, Label, NotServed, PathId, Problem, ReadRefused};

use crate::Error;
use crate::photos::model::Photo;
use crate::photos::{sees_place, store};

/// The original of a photo
///
/// Byte for byte as it was received; the `ETag` is its SHA-256. It may hold where it was taken, so
/// it is for who took it and those who read the audit trail there; everybody else has the copies,
/// which say nothing of it.
#[utoipa::path(
    get, path = "/v1/photos/{id}/original", tag = "proofs",
    params(("id" = PhotoId, Path, description = "The photo")),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "The part that `Range` asks for", content_type = "application/octet-stream", body = Vec<u8>),
        NotServed,
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
    if !sees_place(&cx, &photo) {
        return Err(Error::Original.into());
    }
    let media_type = photo.media_type.as_deref().unwrap_or("application/octet-stream");
    let end = match media_type {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/heif" => "heic",
        _ => "bin",
    };
    let picture =
        photo.original_key.as_ref().zip(photo.sha256.as_ref()).map(|(key, sha256)| Content {
            key: key.clone(),
            label: Label {
                tag: hex::encode(sha256),
                media_type: media_type.to_owned(),
                name: format!("photo-{id}.{end}"),
            },
        });
    serve(&cx, picture, &headers).await
}

/// A photo with its watermark
///
/// Upright and without what the file said of itself. To those who may not see where it was taken
/// the watermark does not say it either.
#[utoipa::path(
    get, path = "/v1/photos/{id}/watermarked", tag = "proofs",
    params(("id" = PhotoId, Path, description = "The photo")),
    responses(
        (status = 200, description = "A JPEG of at most 2048 pixels a side", content_type = "image/jpeg", body = Vec<u8>),
        (status = 206, description = "The part that `Range` asks for", content_type = "image/jpeg", body = Vec<u8>),
        NotServed,
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
    let key = if sees_place(&cx, &photo) {
        photo.watermarked_key
    } else {
        // A photo of before there were such copies is shown in small.
        photo.unplaced_key.or(photo.thumbnail_key)
    };
    serve(&cx, copy(key.as_ref(), &format!("photo-{id}.jpg")), &headers).await
}

/// A photo in small
#[utoipa::path(
    get, path = "/v1/photos/{id}/thumbnail", tag = "proofs",
    params(("id" = PhotoId, Path, description = "The photo")),
    responses(
        (status = 200, description = "A JPEG of at most 320 pixels a side", content_type = "image/jpeg", body = Vec<u8>),
        (status = 206, description = "The part that `Range` asks for", content_type = "image/jpeg", body = Vec<u8>),
        NotServed,
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
fn copy(key: Option<&String>, name: &str) -> Option<Content> {
    let key = key?.clone();
    let tag = key.rsplit('-').next()?.to_owned();
    let (media_type, name) = ("image/jpeg".to_owned(), name.to_owned());
    Some(Content { key, label: Label { tag, media_type, name } })
}

async fn serve(
    cx: &Ctx,
    picture: Option<Content>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    web::serve(&cx.app, picture.ok_or(Error::NoPicture)?, headers).await
}
