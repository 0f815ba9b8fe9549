//! The work itself: tasks and their steps, their order, who is on them, and their checklists.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod blocking;
mod board;
mod checklists;
mod day;
mod dispatch;
mod escalation;
mod execution;
mod findings;
mod lawful;
mod limits;
mod publish;
mod recurring;
mod rules;
mod runs;
mod schedule;
mod service_levels;
mod slots;
mod steps;
mod tasks;
mod times;
mod tools;
mod travel;
mod week;
mod world;
