//! The work itself: tasks and their steps, their order, who is on them, and their checklists.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod checklists;
mod dispatch;
mod execution;
mod schedule;
mod steps;
mod tasks;
mod world;
