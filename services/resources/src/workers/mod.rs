//! Workers: the people who are planned, with their hours and skills.

mod api;
mod events;
mod hours;
pub(crate) mod model;
mod store;

use auth::Target;
use contracts::{Change, WorkerChanged};
use kernel::WorkerId;
use sqlx::PgConnection;

pub(crate) use api::routes;
pub(crate) use events::changed;

/// What the permission table calls a worker.
pub(crate) fn target(id: WorkerId) -> Target {
    Target::tenant().with_workers([id])
}

/// The worker is there.
pub(crate) async fn find(db: &mut PgConnection, id: WorkerId) -> Result<(), sqlx::Error> {
    store::find(db, id).await.map(|_| ())
}

/// The worker, held until the end of the transaction.
pub(crate) async fn hold(tx: &mut PgConnection, id: WorkerId) -> Result<(), sqlx::Error> {
    store::lock(tx, id).await.map(|_| ())
}

/// Takes note that something about the worker changed that is kept elsewhere in this service: the
/// version goes up, and this is the news.
pub(crate) async fn touch(
    tx: &mut PgConnection,
    id: WorkerId,
) -> Result<WorkerChanged, crate::Error> {
    let worker = store::lock(tx, id).await?.touched();
    store::update(tx, &worker).await?;
    Ok(events::changed(&worker, Change::Updated))
}
