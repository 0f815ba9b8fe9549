//! What happens on the site: the time clock, incidents, and what phones pull.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod changes;
mod clock;
mod forgotten;
mod hours;
mod incidents;
mod indexes;
mod labour;
mod places;
mod privacy;
mod refusals;
mod sheets;
mod timers;
mod two_phones;
mod world;
