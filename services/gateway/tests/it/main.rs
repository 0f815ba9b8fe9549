//! The gateway at work: a real control database, services as small routers, real connections.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod hosts;
mod life;
mod pages;
mod rates;
mod rig;
mod streams;
mod tokens;
