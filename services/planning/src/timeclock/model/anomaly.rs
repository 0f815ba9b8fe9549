//! What is unusual about a stay, for somebody to look at.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::UserId;
use serde::{Deserialize, Serialize};

use super::TimeEntry;
use super::press::{Clocking, Fence};

/// A stay that goes on for longer was probably forgotten.
pub const FORGOTTEN: TimeDelta = TimeDelta::hours(12);
/// A stay longer than this is looked at: with eleven hours of rest a day has no more.
const LONG: TimeDelta = TimeDelta::hours(13);

/// What is unusual about a stay. A press without a position is not.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = TimeAnomaly)]
pub enum Anomaly {
    /// The worker came outside of the site's fence.
    CameOutside,
    /// The worker left outside of the site's fence.
    LeftOutside,
    /// The phone thought otherwise of the fence than the server.
    HintDiffers,
    /// A press by a clock that is off, or may be.
    ClockSuspect,
    /// Longer than thirteen hours.
    TooLong,
    /// Nobody clocked out within twelve hours; `proposal` says what end was found.
    NoClockOut,
    /// The law was not kept: `breaches` says which.
    LawBroken,
}

/// Somebody looked at it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TimeReview)]
pub struct Review {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// What was said.
    pub note: Option<String>,
}

impl TimeEntry {
    /// What is unusual about it; whether the law was kept is judged elsewhere.
    pub fn anomalies(&self, now: DateTime<Utc>) -> Vec<Anomaly> {
        let mut found = Vec::new();
        let outside = |press: &Clocking| press.fence == Fence::Outside;
        let differs = |press: &Clocking| match press.fence {
            Fence::Inside => press.inside_hint == Some(false),
            Fence::Outside => press.inside_hint == Some(true),
            Fence::Unlocated => false,
        };
        let presses = || [Some(&self.clock_in), self.clock_out.as_ref()].into_iter().flatten();
        let mut note = |is: bool, what: Anomaly| found.extend(is.then_some(what));
        note(outside(&self.clock_in), Anomaly::CameOutside);
        note(self.clock_out.as_ref().is_some_and(outside), Anomaly::LeftOutside);
        note(presses().any(differs), Anomaly::HintDiffers);
        note(presses().any(|press| press.clock_suspect), Anomaly::ClockSuspect);
        note(self.out_at.is_some_and(|out| out - self.in_at > LONG), Anomaly::TooLong);
        note(self.out_at.is_none() && now - self.in_at > FORGOTTEN, Anomaly::NoClockOut);
        found
    }
}
