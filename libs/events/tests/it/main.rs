//! The outbox, the relay and both buses, on a real PostgreSQL and a real RabbitMQ.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod broker;
mod common;
mod contract;
mod marks;
mod stage;
