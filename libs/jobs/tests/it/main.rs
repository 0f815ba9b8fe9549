//! Jobs, leases and the index of what is due, on a real PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../../../events/tests/it/common.rs"]
mod common;
mod index;
mod leases;
mod queue;
mod stage;
