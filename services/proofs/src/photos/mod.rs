//! Photos: announced by their record, received by tus, shown with a watermark.

mod api;
mod copies;
mod develop;
mod model;
mod store;
mod uploads;
mod watermark;

use auth::{Action, Target};
use kernel::{SiteId, TaskId};
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use web::{App, Ctx, Problem};

use self::model::Photo;
use crate::Error;

pub(crate) use copies::{DropCopies, drop_copies};
pub(crate) use store::{Place, forget_places, position, site, task};
pub(crate) use uploads::PURGE;
pub(crate) use watermark::Watermark;

pub(crate) fn routes() -> OpenApiRouter<App> {
    api::routes().merge(uploads::routes())
}

/// Whether the caller may see where a photo was taken, and so its original, which may say it too:
/// who took it, and those who read the audit trail of the place.
fn sees_place(cx: &Ctx, photo: &Photo) -> bool {
    let own = photo.created_by == cx.caller.user
        || photo.worker_id.is_some() && photo.worker_id == cx.caller.worker;
    own || cx.caller.may(Action::ReadAudit, &photo.target())
}

/// Where a proof is added: the task's site, or the site itself for one without a task; refused
/// unless the caller may add proofs there.
pub(crate) async fn place(
    cx: &Ctx,
    db: &mut PgConnection,
    site_id: SiteId,
    task_id: Option<TaskId>,
) -> Result<Place, Problem> {
    let (place, see) = match task_id {
        Some(id) => (task(db, id).await?, Action::ReadTask),
        None => (site(db, site_id).await?, Action::ReadProject),
    };
    let target =
        Target::site(place.project_id, place.site_id).with_workers(place.workers.iter().copied());
    cx.guard(see, Action::AddProof, &target)?;
    if place.site_id != site_id {
        return Err(Error::TaskElsewhere.into());
    }
    Ok(place)
}
