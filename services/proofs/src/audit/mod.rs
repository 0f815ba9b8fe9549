//! The audit trail: every act of every service with who, when and where, and the chain of hashes
//! that shows whether anybody changed it afterwards.
//!
//! Each write leaves an entry in its own commit (`web`); here the entries are put into one order,
//! linked, read and verified.

mod api;
mod chain;
mod seal;
mod store;
mod verify;

pub(crate) use api::routes;
pub(crate) use seal::{KeepHead, Sealer, keep_head_after};
pub use verify::{Fault, FaultKind, Verification, verify};

use contracts::RetentionApplied;
use sqlx::PgConnection;

/// Forgets where devices were, who did what with hours, and which calls were refused, as long ago as
/// is told. The chain holds without it.
pub(crate) async fn forget(
    tx: &mut PgConnection,
    kept: &RetentionApplied,
) -> Result<(), sqlx::Error> {
    store::forget_places(tx, kept.positions_before, kept.proofs_before).await?;
    store::forget_details(tx, kept.proofs_before, kept.hours_before).await?;
    Ok(())
}
