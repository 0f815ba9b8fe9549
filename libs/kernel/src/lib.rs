//! The words every service speaks: typed ids, the clock, money, geography, languages.
//! No I/O stands here.

mod clock;
mod fence;
mod geo;
mod hash;
pub mod ids;
mod lang;
mod money;
mod service;

pub use clock::{Clock, SharedClock, SystemClock, TestClock};
pub use fence::{Fence, FenceError, FenceKind};
pub use geo::{Position, PositionError, distance_m, inside};
pub use hash::{canonical_json, sha256};
pub use ids::*;
pub use lang::{Lang, Text};
pub use money::{Currency, CurrencyError, Money};
pub use service::Service;

/// An instant in UTC, with the microsecond precision PostgreSQL keeps.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
