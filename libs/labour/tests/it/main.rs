//! The law as cases.
#![allow(clippy::unwrap_used)] // a helper that fails is a test that fails

mod africa;
mod common;
mod each;
mod edges;
mod france;
mod overtime;
mod plans;
