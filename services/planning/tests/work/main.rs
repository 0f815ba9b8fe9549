//! The work itself: tasks and their steps, their order, who is on them, and their checklists.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod blocking;
mod checklists;
mod dispatch;
mod execution;
mod findings;
mod recurring;
mod schedule;
mod steps;
mod tasks;
mod world;
