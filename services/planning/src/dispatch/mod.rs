//! Who works on what: proposals, assignments by hand, and assignment by a simple rule.

mod api;
mod model;
pub(crate) mod store;

use kernel::TaskId;
use sqlx::PgConnection;

pub(crate) use api::routes;
pub(crate) use model::{Clash, Refusal};

use crate::error::Error;

/// Lets the assignments of tasks follow them to their new spans, all at once. Where a worker
/// would then be on two tasks at a time, the clashes are told.
pub(crate) async fn follow(tx: &mut PgConnection, moved: &[TaskId]) -> Result<(), Error> {
    store::defer_overlaps(tx).await?;
    store::follow_tasks(tx, moved).await?;
    let clashes = store::clashes(tx, moved).await?;
    if !clashes.is_empty() {
        return Err(Error::DoubleBooked(clashes));
    }
    store::check_overlaps(tx).await?;
    Ok(())
}
