//! The photos' records.

use auth::Action;
use axum::Json;
use contracts::{PhotoChange, PhotoState};
use kernel::{PhotoId, ProjectId, SiteId, TaskId};
use serde::Deserialize;
use validator::Validate;
use web::{
    Created, Ctx, Found, Listed, Page, PageParams, PathId, Problem, ReadRefused, Reply, Valid,
    WriteHeaders, WriteRefused,
};

use crate::error::not_ahead;
use crate::photos::model::{NewPhoto, Photo, PhotoView};
use crate::photos::{place, sees_place, store, uploads};

/// Which photos to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhotoFilter {
    /// Only those of this task.
    #[param(value_type = Option<uuid::Uuid>)]
    pub task_id: Option<TaskId>,
    /// Only those of this site.
    #[param(value_type = Option<uuid::Uuid>)]
    pub site_id: Option<SiteId>,
    /// Only those of this project.
    #[param(value_type = Option<uuid::Uuid>)]
    pub project_id: Option<ProjectId>,
    /// Only those that stand so.
    pub state: Option<PhotoState>,
}

/// List the photos the caller sees
///
/// Oldest first.
#[utoipa::path(
    get, path = "/v1/photos", tag = "proofs", params(PhotoFilter, PageParams),
    responses((status = 200, description = "A page of photos", body = Page<PhotoView>), ReadRefused),
    security(("bearer" = []))
)]
pub(super) async fn list_photos(
    cx: Ctx,
    Listed(filter, page): Listed<PhotoFilter>,
) -> Result<Json<Page<PhotoView>>, Problem> {
    let seen = cx.visible(Action::ReadProof)?;
    let mut db = cx.db().await?;
    let rows = store::list(&mut db, &seen, &filter, page.after()?, page.limit).await?;
    let rows = rows.iter().map(|photo| photo.shown(cx.lang, sees_place(&cx, photo))).collect();
    Ok(Json(Page::of(rows, page.limit, |p: &PhotoView| p.id)))
}

/// Announce a photo
///
/// The record comes first; the bytes follow by `/v1/uploads`, whenever the network allows. Of a photo
/// that a crew member took while not clocked in it is not kept where, nor is it read from its EXIF.
#[utoipa::path(
    post, path = "/v1/photos", tag = "proofs", params(WriteHeaders),
    request_body(content = NewPhoto, description = "The photo that was taken"),
    responses((status = 201, description = "The photo as it was announced", body = PhotoView), WriteRefused),
    security(("bearer" = []))
)]
pub(super) async fn announce_photo(
    cx: Ctx,
    Valid(new): Valid<NewPhoto>,
) -> Result<Reply<Created<PhotoView>>, Problem> {
    cx.write(async |tx| {
        // Not before: who is off the task by now gets the answer of then when they ask once more.
        let place = place(&cx, tx, new.site_id, new.task_id).await?;
        not_ahead("/taken_at", new.taken_at, tx.now())?;
        let located = tx.may_locate(&cx, new.taken_at).await?;
        if located {
            tx.keep_position();
        }
        let photo = Photo {
            id: new.id.unwrap_or_else(PhotoId::new),
            task_id: new.task_id,
            site_id: place.site_id,
            project_id: place.project_id,
            worker_id: cx.caller.worker,
            created_by: cx.caller.user,
            taken_at: new.taken_at,
            position: new.position.filter(|_| located),
            off_clock: !located,
            caption: new.caption.clone(),
            content_type: new.content_type.clone(),
            size: new.size,
            announced_sha256: new.sha256.as_ref().and_then(|h| hex::decode(h).ok()),
            state: PhotoState::Announced,
            reason: None,
            original_key: None,
            watermarked_key: None,
            unplaced_key: None,
            thumbnail_key: None,
            sha256: None,
            media_type: None,
            exif: None,
            code: None,
            version: 1,
            created_at: tx.now(),
            received_at: None,
            task_workers: place.workers.clone(),
        };
        store::insert(tx, &photo).await?;
        // Not where: what the trail keeps of places goes with their time.
        let about = NewPhoto { position: None, ..new.clone() };
        tx.emit_about(&photo.event(PhotoChange::Announced), &about);
        tx.enqueue(uploads::purge_after(photo.created_at));
        Ok::<_, Problem>(Created(format!("/v1/photos/{}", photo.id), photo.shown(cx.lang, true)))
    })
    .await
}

/// Read a photo's record
#[utoipa::path(
    get, path = "/v1/photos/{id}", tag = "proofs",
    params(("id" = PhotoId, Path, description = "The photo")),
    responses((status = 200, description = "The photo", body = PhotoView), ReadRefused),
    security(("bearer" = []))
)]
pub(super) async fn read_photo(
    cx: Ctx,
    PathId(id): PathId<PhotoId>,
) -> Result<Found<PhotoView>, Problem> {
    let mut db = cx.db().await?;
    let photo = store::find(&mut db, id).await?;
    cx.sees(Action::ReadProof, &photo.target())?;
    Ok(Found(photo.shown(cx.lang, sees_place(&cx, &photo))))
}
