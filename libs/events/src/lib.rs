//! Events from the database that wrote them to whoever listens: outbox, bus, consumers.
//!
//! # The way of an event
//! 1. A service changes its rows and calls [`store`] in the same transaction. Before the commit it
//!    calls [`Outbox::before_commit`], which leaves a durable mark in the control database; after
//!    the commit [`Outbox::wake`].
//! 2. The [`Relay`] leases rows of the tenant's outbox (`skip locked`), commits the lease,
//!    publishes, and only then marks them sent. Whatever a crash leaves behind is found by the
//!    mark, and what the mark misses by a slow scan over all active tenants.
//! 3. The [`Bus`] hands the event to every [`Consumer`] that names its type. A consumer's effect
//!    and the event's id (`core.inbox`) commit together, so a second delivery changes nothing.
//!
//! The promise is *at least once*, in no order: an entity's versions tell which news is newer.
//!
//! # Who listens to what
//! Both buses are told from the start which consumers exist ([`Interest`]), also those that live
//! in other processes. That is how three cases are told apart:
//! * a type that nobody named has no listener: published, done;
//! * a type somebody named, whose queue (or subscriber) is missing: a failure, the row stays
//!   unsent and is tried again;
//! * a consumer that was never started: its queue exists nevertheless and keeps its events.

mod buried;
mod bus;
mod in_process;
mod interest;
mod marks;
mod outbox;
mod queue;
mod rabbitmq;
mod relay;
mod store;
mod take;

pub use bus::{Bus, BusError, ConsumeError, Consumer, DeadLetter, Subscriber};
pub use in_process::in_process;
pub use interest::Interest;
pub use outbox::Outbox;
pub use rabbitmq::rabbitmq;
pub use relay::Relay;
pub use store::{purge, store};
