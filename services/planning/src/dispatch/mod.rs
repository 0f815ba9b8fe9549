//! Who works on what: proposals, assignments by hand, searches for the best plan, and the board.
//!
//! Whatever puts a worker on a task goes through `check`: the same rules by hand, on the board and
//! when a search's proposal is published.

mod api;
mod check;
mod job;
mod law;
mod load;
pub(crate) mod model;
mod publish;
pub(crate) mod store;
pub(crate) mod travel;

use kernel::TaskId;
use sqlx::PgConnection;

pub(crate) use api::{refuse, routes};
pub(crate) use check::moved;
pub(crate) use job::Search;
pub(crate) use model::{Clash, MatrixFault, Refusal, Run, Stale};

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
