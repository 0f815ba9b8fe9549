//! What tests stand on: a fresh tenant database for each test on a real PostgreSQL server, the
//! services under test at work in this process, and clients that are signed in as a role.
//!
//! `scripts/servers start DIR` starts the servers and `DIR/env` names them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

mod client;
pub mod photos;
mod stage;
mod wait;

pub use client::{Answer, Client};
pub use stage::{Ground, Stage, Tenant, root_key};
pub use wait::eventually;

/// A setting of the test run. Its absence fails the test: a test that skips itself proves nothing.
pub fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: start the servers with `scripts/servers start DIR`, then `. DIR/env`")
    })
}
