//! What happens on the site: the time clock, incidents, and what phones pull.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod changes;
mod clock;
mod incidents;
mod places;
mod refusals;
mod two_phones;
mod world;
