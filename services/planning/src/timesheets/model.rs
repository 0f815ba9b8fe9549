//! A week of hours, what it comes to, and who may still change it.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use contracts::{TimesheetChange, TimesheetChanged};
use kernel::{ProjectId, SiteId, TimeEntryId, TimesheetId, UserId, WorkerId, sha256};
use labour::{Rules, Span, Worker};
use serde::{Deserialize, Serialize};
use web::Versioned;

use super::week::{span_of, week_of};
use crate::error::{Error, TimeError};
use crate::law::BreachView;
use crate::timeclock::TimeEntry;

/// Where a week stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = TimesheetState)]
pub enum State {
    /// Nobody has signed.
    Open,
    /// The worker signed.
    Signed,
    /// The lead approved: locked.
    Approved,
}

/// A stay that counts for the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TimesheetStay)]
pub struct Stay {
    /// The stay.
    pub entry_id: TimeEntryId,
    /// Its site.
    pub site_id: SiteId,
    /// When the worker came.
    pub in_at: DateTime<Utc>,
    /// When the worker left.
    pub out_at: Option<DateTime<Utc>>,
}

/// What a day comes to, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TimesheetDay)]
pub struct Day {
    /// The day.
    pub day: NaiveDate,
    /// Work, travel among it.
    pub worked_min: i64,
    /// Breaks.
    pub break_min: i64,
    /// Travel between places of work.
    pub travel_min: i64,
}

/// Overtime at one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TimesheetOvertime)]
pub struct OvertimeAt {
    /// Per cent added to the wage.
    pub percent: u16,
    /// Minutes at that rate.
    pub minutes: i64,
}

/// What a week comes to, in minutes. Seconds are left out where a stay, a break or a journey begins
/// or ends, so that all sums hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TimesheetFigures)]
pub struct Figures {
    /// The country whose rules count, ISO 3166-1 alpha-2.
    pub country: String,
    /// Whether its law is known; where it is not, no overtime is told apart.
    pub law_known: bool,
    /// Where its overtime stands.
    pub overtime_article: Option<String>,
    /// The stays that count.
    pub stays: Vec<Stay>,
    /// The seven days.
    pub days: Vec<Day>,
    /// Work, travel among it.
    pub worked_min: i64,
    /// Of these without an addition.
    pub normal_min: i64,
    /// Of these overtime, by rate.
    pub overtime: Vec<OvertimeAt>,
    /// Of these by night, where the law knows one.
    pub night_min: i64,
    /// Of these on Sundays and public holidays.
    pub rest_day_min: i64,
    /// Breaks.
    pub break_min: i64,
    /// Travel between places of work.
    pub travel_min: i64,
    /// The limits of the law that were not kept.
    pub breaches: Vec<BreachView>,
}

/// Who signed, and what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TimesheetSignature)]
pub struct Signature {
    /// The user.
    pub by: UserId,
    /// When, by the server.
    pub at: DateTime<Utc>,
    /// When, by the device, where it says so.
    pub device_at: Option<DateTime<Utc>>,
    /// SHA-256 of the figures that were signed, in hexadecimal.
    pub figures_sha256: String,
}

/// Who approved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TimesheetApproval)]
pub struct Approval {
    /// Who signed, and what.
    #[serde(flatten)]
    pub signature: Signature,
    /// Why the worker could not sign, where it was approved without.
    pub without_worker: Option<String>,
}

/// Who opened it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TimesheetReopening)]
pub struct Reopening {
    /// The user.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// A worker's week of hours.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Timesheet {
    /// Its id.
    pub id: TimesheetId,
    /// The worker.
    pub worker_id: WorkerId,
    /// The week's Monday.
    pub monday: NaiveDate,
    /// The week as ISO 8601 names it: `2026-W10`.
    pub week: String,
    /// The IANA time zone whose days are counted: that of the week's first site.
    pub zone: String,
    /// When the week begins.
    pub from_at: DateTime<Utc>,
    /// When the week ends.
    pub to_at: DateTime<Utc>,
    /// The sites of its stays.
    pub sites: Vec<SiteId>,
    /// The project of each site.
    pub projects: Vec<ProjectId>,
    /// Where it stands.
    pub state: State,
    /// What it comes to: computed anew while it is open, else as it was signed. Not in lists while
    /// it is open.
    pub figures: Option<Figures>,
    /// The worker's signature.
    pub signed: Option<Signature>,
    /// The lead's approval.
    pub approved: Option<Approval>,
    /// Who opened it again last, and why.
    pub reopened: Option<Reopening>,
    /// Rises with each change.
    pub version: i64,
}

impl Versioned for Timesheet {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Timesheet {
    /// A week that is opened.
    pub fn open(worker_id: WorkerId, monday: NaiveDate, zone: Tz, stays: &[TimeEntry]) -> Self {
        let span = span_of(monday, zone);
        let mut sheet = Self {
            id: TimesheetId::new(),
            worker_id,
            monday,
            week: week_of(monday),
            zone: zone.name().to_owned(),
            from_at: span.from,
            to_at: span.to,
            sites: Vec::new(),
            projects: Vec::new(),
            state: State::Open,
            figures: None,
            signed: None,
            approved: None,
            reopened: None,
            version: 1,
        };
        sheet.note_sites(stays);
        sheet
    }

    /// The week as a span.
    pub fn span(&self) -> Span {
        Span::new(self.from_at, self.to_at)
    }

    /// The time zone whose days are counted.
    pub fn zone(&self) -> Tz {
        self.zone.parse().unwrap_or(Tz::UTC)
    }

    fn note_sites(&mut self, stays: &[TimeEntry]) {
        let mut sites: Vec<_> = stays.iter().map(|stay| (stay.site_id, stay.project_id)).collect();
        sites.sort();
        sites.dedup();
        (self.sites, self.projects) = sites.into_iter().unzip();
    }

    fn can_be_signed(&self, stays: &[TimeEntry], now: DateTime<Utc>) -> Result<(), Error> {
        if self.state == State::Approved {
            return Err(TimeError::AlreadyApproved.into());
        }
        if now < self.to_at {
            return Err(TimeError::WeekGoesOn.into());
        }
        if stays.iter().any(|stay| stay.out_at.is_none()) {
            return Err(TimeError::StayGoesOn.into());
        }
        Ok(())
    }

    /// The worker signs what the week comes to; signing again takes the place of what was signed.
    pub fn sign(
        &mut self,
        figures: Figures,
        stays: &[TimeEntry],
        signature: Signature,
    ) -> Result<(), Error> {
        self.can_be_signed(stays, signature.at)?;
        self.note_sites(stays);
        self.figures = Some(figures);
        self.signed = Some(signature);
        self.state = State::Signed;
        self.version += 1;
        Ok(())
    }

    /// The lead approves what the worker signed: `figures`, what the week comes to now, must be
    /// just that. Without the worker's signature only where it is said why.
    pub fn approve(
        &mut self,
        figures: Figures,
        stays: &[TimeEntry],
        approval: Approval,
    ) -> Result<(), Error> {
        self.can_be_signed(stays, approval.signature.at)?;
        match &self.figures {
            Some(signed) if *signed != figures => {
                return Err(TimeError::ChangedSinceSigned.into());
            }
            None if approval.without_worker.is_none() => return Err(TimeError::NotSigned.into()),
            _ => {}
        }
        self.note_sites(stays);
        self.figures = Some(figures);
        self.approved = Some(approval);
        self.state = State::Approved;
        self.version += 1;
        Ok(())
    }

    /// Opens it again: both must sign anew.
    pub fn reopen(&mut self, reopening: Reopening) -> Result<(), Error> {
        if self.state == State::Open {
            return Err(TimeError::IsOpen.into());
        }
        (self.figures, self.signed, self.approved) = (None, None, None);
        self.reopened = Some(reopening);
        self.state = State::Open;
        self.version += 1;
        Ok(())
    }

    /// What others hear of it.
    pub fn event(&self, change: TimesheetChange) -> TimesheetChanged {
        TimesheetChanged {
            timesheet: self.id,
            version: self.version,
            change,
            worker: self.worker_id,
            monday: self.monday,
        }
    }
}

/// What a week is computed from.
pub struct Sources<'a> {
    /// The firm's country.
    pub country: &'a str,
    /// The rules that count; none where the law is not known.
    pub rules: Option<&'a Rules>,
    /// What the law must know of the worker.
    pub worker: Worker,
    /// The worker's stays that touch the week.
    pub stays: &'a [TimeEntry],
    /// What the worker worked in the weeks before and in this one.
    pub history: &'a [Span],
    /// Leave around the week.
    pub leave: &'a [Span],
    /// The public holidays of the week.
    pub holidays: &'a [NaiveDate],
    /// Now.
    pub now: DateTime<Utc>,
}

impl Figures {
    /// What a week comes to.
    pub fn of(sheet: &Timesheet, from: &Sources<'_>) -> Result<Self, Error> {
        let (week, zone, now) = (sheet.span(), sheet.zone(), from.now);
        let of_all = |part: fn(&TimeEntry, DateTime<Utc>) -> Vec<Span>| {
            labour::union(from.stays.iter().flat_map(|stay| part(stay, now)).map(whole_minutes))
        };
        let worked = of_all(TimeEntry::worked);
        let (breaks, travel) = (of_all(TimeEntry::breaks), of_all(TimeEntry::travel));
        let minutes = |spans: &[Span], within: &Span| {
            spans.iter().map(|span| span.within(within)).sum::<i64>() / 60
        };
        let day = |day: NaiveDate| {
            let next = day + Days::new(1);
            let within = Span::new(labour::midnight(zone, day), labour::midnight(zone, next));
            Day {
                day,
                worked_min: minutes(&worked, &within),
                break_min: minutes(&breaks, &within),
                travel_min: minutes(&travel, &within),
            }
        };
        let stay = |stay: &TimeEntry| Stay {
            entry_id: stay.id,
            site_id: stay.site_id,
            in_at: stay.in_at,
            out_at: stay.out_at,
        };
        let mut figures = Self {
            country: from.country.to_owned(),
            law_known: from.rules.is_some(),
            overtime_article: from.rules.map(|rules| rules.overtime.article.to_owned()),
            stays: from.stays.iter().map(stay).collect(),
            days: sheet.monday.iter_days().take(7).map(day).collect(),
            worked_min: minutes(&worked, &week),
            normal_min: minutes(&worked, &week),
            overtime: Vec::new(),
            night_min: 0,
            rest_day_min: 0,
            break_min: minutes(&breaks, &week),
            travel_min: minutes(&travel, &week),
            breaches: Vec::new(),
        };
        if let Some(rules) = from.rules {
            let split = labour::overtime(rules, zone, &worked, sheet.monday, from.holidays)?;
            let at = |rate: &labour::Rate| OvertimeAt {
                percent: rate.percent,
                minutes: rate.seconds / 60,
            };
            figures.normal_min = split.normal / 60;
            figures.overtime = split.overtime.iter().map(at).collect();
            figures.night_min = split.night / 60;
            figures.rest_day_min = split.rest_day / 60;
            let work = (from.history, &[][..]);
            let breaches = labour::check_with_leave(rules, from.worker, zone, work, from.leave)?;
            let of_week = breaches.into_iter().filter(|b| b.from < week.to && b.to > week.from);
            figures.breaches = of_week.map(Into::into).collect();
        }
        Ok(figures)
    }

    /// SHA-256 of it, in hexadecimal.
    pub fn sha256(&self) -> String {
        let json = serde_json::to_value(self).unwrap_or_default();
        hex::encode(sha256(&[kernel::canonical_json(&json).as_bytes()]))
    }
}

/// A span without the seconds at its ends.
fn whole_minutes(span: Span) -> Span {
    let cut = |at: DateTime<Utc>| {
        at - TimeDelta::seconds(at.timestamp().rem_euclid(60))
            - TimeDelta::nanoseconds(i64::from(at.timestamp_subsec_nanos()))
    };
    Span::new(cut(span.from), cut(span.to))
}
