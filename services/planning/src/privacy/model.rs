//! How long personal data is kept.

use chrono::{DateTime, Months, Utc};
use kernel::WorkerId;
use serde::Serialize;

/// Positions of the time clock: two months (CNIL, deliberation 2015-165 of 4 June 2015, on locating
/// employees' vehicles, art. 5).
const POSITIONS: Months = Months::new(2);
/// Where somebody was as proof that work was done: one year, where nothing else proves it (same).
const PROOFS: Months = Months::new(12);
/// Hours: five years (same, and the limitation of the employer's records of working time).
const HOURS: Months = Months::new(60);

/// Before when what is kept of people is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Positions of the time clock.
    pub positions: DateTime<Utc>,
    /// Proofs that somebody was there.
    pub proofs: DateTime<Utc>,
    /// Hours.
    pub hours: DateTime<Utc>,
}

impl Limits {
    /// The limits at a moment. Months are those of the calendar: what was noted on 31 December is
    /// over on 28 February.
    pub fn at(now: DateTime<Utc>) -> Self {
        let before = |months| now.checked_sub_months(months).unwrap_or(DateTime::UNIX_EPOCH);
        Self { positions: before(POSITIONS), proofs: before(PROOFS), hours: before(HOURS) }
    }
}

/// What is kept, by what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = KeptData)]
pub enum Data {
    /// Where the phone was when the clock was pressed: to check the site's fence. Two months.
    ClockPositions,
    /// Where the phone was at a step of a task or when an incident was reported: to prove that the
    /// work was done there. One year.
    ProofPositions,
    /// Calls of the phone that were refused: to set them right. One year.
    Refusals,
    /// When the worker was on which site, with breaks and travel: to count and pay hours. Five
    /// years.
    Hours,
    /// Signed weeks of hours: to prove what was paid. Five years.
    Timesheets,
}

impl Data {
    /// For how long it is kept.
    pub fn months(self) -> Months {
        match self {
            Self::ClockPositions => POSITIONS,
            Self::ProofPositions | Self::Refusals => PROOFS,
            Self::Hours | Self::Timesheets => HOURS,
        }
    }
}

/// How much is kept of one kind, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = KeptItem)]
pub struct Kept {
    /// What.
    pub data: Data,
    /// How many.
    pub count: i64,
    /// The oldest.
    pub oldest: Option<DateTime<Utc>>,
    /// When the oldest is forgotten, within a day.
    pub oldest_until: Option<DateTime<Utc>>,
    /// When the newest is forgotten, within a day.
    pub newest_until: Option<DateTime<Utc>>,
    /// For how many months each is kept.
    pub months: u32,
}

impl Kept {
    /// What is kept between an oldest and a newest.
    pub fn new(
        data: Data,
        count: i64,
        oldest: Option<DateTime<Utc>>,
        newest: Option<DateTime<Utc>>,
    ) -> Self {
        let until = |at: DateTime<Utc>| at.checked_add_months(data.months());
        Self {
            data,
            count,
            oldest,
            oldest_until: oldest.and_then(until),
            newest_until: newest.and_then(until),
            months: data.months().as_u32(),
        }
    }
}

/// What planning keeps of a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct KeptOfMe {
    /// The worker.
    pub worker_id: WorkerId,
    /// What is kept; a kind of which there is nothing has a count of nought.
    pub items: Vec<Kept>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let limits = Limits::at(at("2026-04-30T10:00:00Z"));
        assert_eq!(limits.positions, at("2026-02-28T10:00:00Z"));
        assert_eq!(limits.proofs, at("2025-04-30T10:00:00Z"));
        assert_eq!(limits.hours, at("2021-04-30T10:00:00Z"));
    }
}
