//! How long personal data is kept.

use chrono::{DateTime, Months, TimeDelta, Utc};
use kernel::WorkerId;
use serde::Serialize;

/// Positions of the time clock: two months (CNIL, deliberation 2015-165 of 4 June 2015, on locating
/// employees' vehicles, art. 5).
const POSITIONS: Months = Months::new(2);
/// Where somebody was as proof that work was done: one year, where nothing else proves it (same).
const PROOFS: Months = Months::new(12);
/// Hours: five years (same, and the limitation of the employer's records of working time).
const HOURS: Months = Months::new(60);
/// News of what moved, in reporting's feed: a screen that was away longer reads the state anew.
const NEWS: TimeDelta = TimeDelta::days(30);

/// Before when what is kept of people is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Positions of the time clock.
    pub positions: DateTime<Utc>,
    /// Proofs that somebody was there.
    pub proofs: DateTime<Utc>,
    /// Hours.
    pub hours: DateTime<Utc>,
    /// Answers to repeated calls.
    pub answers: DateTime<Utc>,
}

impl Limits {
    /// The limits at a moment. Months are those of the calendar: what was noted on 31 December is
    /// over on 28 February.
    pub fn at(now: DateTime<Utc>) -> Self {
        let before = |months| now.checked_sub_months(months).unwrap_or(DateTime::UNIX_EPOCH);
        Self {
            positions: before(POSITIONS),
            proofs: before(PROOFS),
            hours: before(HOURS),
            answers: now - web::REMEMBERED,
        }
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
    /// Photos and signatures that say where they were made: to prove that the work was done there.
    /// One year.
    PhotoPositions,
    /// Where the phone was when the clock was pressed, in the audit trail. Two months.
    TrailClockPositions,
    /// Where the phone was when something else was done, in the audit trail. One year.
    TrailPositions,
    /// Acts of the audit trail that say who had a refused call seen. One year.
    TrailRefusals,
    /// Acts of the audit trail that say who did what to the worker's hours. Five years.
    TrailHours,
    /// The stays on sites that figures are counted from. Five years.
    CountedHours,
    /// What the worker's hours cost. Without end, but after five years not whose they were.
    LabourCosts,
    /// News of the worker's stays, tasks and photos for the screens that follow them. 30 days.
    News,
    /// Answers given to the user's calls, to give them again should the same call come twice. 31
    /// days.
    Answers,
}

/// For how long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// By the calendar.
    Months(Months),
    /// So many days.
    Days(TimeDelta),
}

impl Term {
    /// Until when what is from `at` is kept, within a day.
    fn until(self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Months(months) => at.checked_add_months(months),
            Self::Days(days) => at.checked_add_signed(days),
        }
    }
}

impl Data {
    /// All, as a worker reads of them.
    pub const ALL: [Self; 14] = [
        Self::ClockPositions,
        Self::ProofPositions,
        Self::Refusals,
        Self::Hours,
        Self::Timesheets,
        Self::PhotoPositions,
        Self::TrailClockPositions,
        Self::TrailPositions,
        Self::TrailRefusals,
        Self::TrailHours,
        Self::CountedHours,
        Self::LabourCosts,
        Self::News,
        Self::Answers,
    ];

    /// The word in queries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClockPositions => "clock_positions",
            Self::ProofPositions => "proof_positions",
            Self::Refusals => "refusals",
            Self::Hours => "hours",
            Self::Timesheets => "timesheets",
            Self::PhotoPositions => "photo_positions",
            Self::TrailClockPositions => "trail_clock_positions",
            Self::TrailPositions => "trail_positions",
            Self::TrailRefusals => "trail_refusals",
            Self::TrailHours => "trail_hours",
            Self::CountedHours => "counted_hours",
            Self::LabourCosts => "labour_costs",
            Self::News => "news",
            Self::Answers => "answers",
        }
    }

    /// For how long it is kept.
    pub fn term(self) -> Term {
        match self {
            Self::ClockPositions | Self::TrailClockPositions => Term::Months(POSITIONS),
            Self::ProofPositions
            | Self::PhotoPositions
            | Self::TrailPositions
            | Self::Refusals
            | Self::TrailRefusals => Term::Months(PROOFS),
            Self::Hours
            | Self::Timesheets
            | Self::TrailHours
            | Self::CountedHours
            | Self::LabourCosts => Term::Months(HOURS),
            Self::News => Term::Days(NEWS),
            Self::Answers => Term::Days(web::REMEMBERED),
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
    /// For how many months each is kept; none where `days` says it.
    pub months: Option<u32>,
    /// For how many days each is kept; none where `months` says it.
    pub days: Option<i64>,
}

impl Kept {
    /// What is kept between an oldest and a newest.
    pub fn new(
        data: Data,
        count: i64,
        oldest: Option<DateTime<Utc>>,
        newest: Option<DateTime<Utc>>,
    ) -> Self {
        let term = data.term();
        let (months, days) = match term {
            Term::Months(months) => (Some(months.as_u32()), None),
            Term::Days(days) => (None, Some(days.num_days())),
        };
        let until = |at| term.until(at);
        Self {
            data,
            count,
            oldest,
            oldest_until: oldest.and_then(until),
            newest_until: newest.and_then(until),
            months,
            days,
        }
    }
}

/// What is kept of a worker, by all services.
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
        assert_eq!(limits.answers, at("2026-03-30T10:00:00Z"));
    }
}
