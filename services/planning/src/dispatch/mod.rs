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
mod put;
pub(crate) mod store;
pub(crate) mod travel;

use kernel::{TaskId, WorkerId};
use sqlx::PgConnection;

pub(crate) use api::{refuse, routes};
pub(crate) use check::moved;
pub(crate) use job::Search;
pub(crate) use model::{Clash, MatrixFault, Refusal, Run, Stale};

use crate::error::Error;

/// Lets the assignments of tasks follow them to their new spans, all at once. Where a worker
/// would then be on two tasks at a time, the clashes are told. Nobody else decides about the time
/// of those who are on them, and of these `others`, until the end of the transaction.
pub(crate) async fn follow(
    tx: &mut PgConnection,
    moved: &[TaskId],
    others: &[WorkerId],
) -> Result<(), Error> {
    let mut workers = if moved.is_empty() { Vec::new() } else { store::held_by(tx, moved).await? };
    workers.extend(others);
    store::lock_workers(tx, &workers).await?;
    if moved.is_empty() {
        return Ok(());
    }
    store::defer_overlaps(tx).await?;
    store::follow_tasks(tx, moved).await?;
    let clashes = store::clashes(tx, moved).await?;
    if !clashes.is_empty() {
        return Err(Error::DoubleBooked(clashes));
    }
    store::check_overlaps(tx).await?;
    Ok(())
}
