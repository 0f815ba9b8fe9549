//! What the phones pull, and what they were refused.
//!
//! Whoever changes something that a worker's phone holds calls `touch_…` in the same transaction;
//! the phone later asks for everything touched since its cursor.
//!
//! # Why no change is missed
//! A cursor over times or ids passes the transaction that began early and commits late: its rows
//! appear behind the cursor. So `planning.change` keeps with each thing the id of the transaction
//! that touched it last, in the order of which readers go, and they take only rows of transactions
//! older than every one that is still open (`pg_snapshot_xmin`). Below that line nothing can
//! appear any more; what lies above is taken next time. The price is that news waits for the
//! oldest writer on the server, which the pools' timeouts bound.
//!
//! There is one row per worker and thing, so a delta names each thing once however often it
//! changed, and a touch that comes while a phone is paging moves the row ahead of its cursor. What
//! the phone gets is the thing's present state, read after the row: newer is never wrong.
//!
//! A first pull, or one with a cursor of another epoch (after a restore or a move), reads the
//! state itself, page by page, and then goes on from the line as it was when it began.

mod api;
mod events;
mod model;
mod store;

pub(crate) use api::routes;
pub(crate) use events::Renamed;
pub(crate) use model::{FieldSite, FieldTask, FieldWorker, Site};
pub(crate) use store::{
    knows_site, shown_sites, site, tasks, touch_crew, touch_entry, touch_incident, touch_task,
    touch_tasks, touch_timers, touch_work,
};
