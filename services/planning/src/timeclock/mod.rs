//! The time clock: who was on which site, from when to when, what for, and where the clock was
//! pressed.
//!
//! Positions are taken only by presses of the clock and while a worker is on a site
//! ([`position`]), and forgotten as docs/privacy.md says.

mod api;
mod codes;
mod forgotten;
mod model;
mod store;

use kernel::Position;
use web::{Ctx, Write};

pub(crate) use api::routes;
pub(crate) use forgotten::FindEnds;
pub(crate) use model::{Activity, FORGOTTEN, Kind as SegmentKind, TimeEntry};
pub(crate) use store::open::of as open_of;
pub(crate) use store::{is_active, lock_worker, of_worker, recent};

/// Where the device is, for what somebody does on a site beside the clock. Of a crew member who is
/// not clocked in at that moment it is none: neither what is done nor the audit trail keeps it.
pub(crate) async fn position(
    tx: &mut Write<'_>,
    cx: &Ctx,
) -> Result<Option<Position>, sqlx::Error> {
    let Some(position) = cx.device.position else { return Ok(None) };
    let crew = cx.caller.grants.iter().all(|grant| grant.role == auth::Role::CrewMember);
    let at = cx.acted_at();
    let present = match cx.caller.worker {
        Some(worker) if crew => store::is_present(tx, worker, at).await?,
        _ => !crew,
    };
    if !present {
        tx.forget_position();
    }
    Ok(present.then_some(position))
}
