//! An absence and its rules.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use contracts::{AbsenceChange, AbsenceChanged};
use kernel::{AbsenceId, Timestamp, UserId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use crate::Error;

/// The longest absence, and how far ahead leave is asked for.
const LONGEST: Duration = Duration::days(731);

/// Why a worker is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum AbsenceKind {
    /// Paid holidays.
    Leave,
    /// Rest earned by working more (RTT, repos compensateur).
    Rest,
    /// Leave without pay.
    Unpaid,
    /// A wedding, a birth, a death in the family.
    Family,
    /// A parent's leave.
    Parental,
    /// Being trained.
    Training,
    /// Ill.
    Sick,
    /// Hurt at work.
    Accident,
    /// Anything else.
    Other,
}

impl AbsenceKind {
    /// Whether it says something of a person's health: nobody plans it, so it may lie over leave
    /// that was granted (a worker who falls ill on leave is on sick leave: EU Court of Justice,
    /// C-277/08, Vicente Pereda).
    pub fn is_medical(self) -> bool {
        matches!(self, Self::Sick | Self::Accident)
    }
}

/// Where an absence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum AbsenceStatus {
    /// The worker asks for it; the worker is still planned.
    Asked,
    /// In force: the worker is not planned.
    Approved,
    /// Refused.
    Refused,
}

/// Whole and half days of the firm's zone; noon divides a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveDays {
    /// The first day.
    #[validate(custom(function = check::day))]
    pub first: NaiveDate,
    /// The last day, the first itself where it is one.
    #[validate(custom(function = check::day))]
    pub last: NaiveDate,
    /// Whether only the first day's afternoon belongs to it.
    #[serde(default)]
    pub from_noon: bool,
    /// Whether only the last day's morning belongs to it.
    #[serde(default)]
    pub until_noon: bool,
}

impl LeaveDays {
    /// From when until when.
    fn span(self, zone: Tz) -> (Timestamp, Timestamp) {
        let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default();
        let last = if self.until_noon { self.last } else { self.last + Duration::days(1) };
        let at = |half| if half { noon } else { NaiveTime::MIN };
        (instant(zone, self.first, at(self.from_noon)), instant(zone, last, at(self.until_noon)))
    }
}

/// The instant of a wall clock's time; where summer time skips it, an hour later.
pub(crate) fn instant(zone: Tz, day: NaiveDate, time: NaiveTime) -> Timestamp {
    let at = day.and_time(time);
    let local = zone.from_local_datetime(&at).earliest();
    let local = local.or_else(|| zone.from_local_datetime(&(at + Duration::hours(1))).earliest());
    local.map_or_else(|| at.and_utc(), |l| l.with_timezone(&Utc))
}

/// A time a worker cannot be planned, or asks not to be. It is decided on once and does not change
/// otherwise: it is removed and another is made.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Absence {
    /// Its id.
    pub id: AbsenceId,
    /// Who is away.
    pub worker_id: WorkerId,
    /// From when.
    #[schema(value_type = DateTime<Utc>)]
    pub from: Timestamp,
    /// Until when.
    #[schema(value_type = DateTime<Utc>)]
    pub to: Timestamp,
    /// The same in whole and half days, where it was given so.
    pub days: Option<LeaveDays>,
    /// Why; shown to those who manage workers and to the worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<AbsenceKind>,
    /// Where it stands.
    pub status: AbsenceStatus,
    /// Who asked for it; none where it was noted by who manages workers.
    pub asked_by: Option<UserId>,
    /// When.
    pub asked_at: Option<DateTime<Utc>>,
    /// Who noted it, granted it or refused it.
    pub decided_by: Option<UserId>,
    /// When, by the device that was used.
    pub decided_at: Option<DateTime<Utc>>,
    /// What was said with the decision; shown like the kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Absence {
    fn version(&self) -> i64 {
        self.version
    }
}

/// An absence to be noted, or leave to be asked for: from instant to instant, or in days.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAbsence {
    /// Its id, where the caller chooses it.
    pub id: Option<AbsenceId>,
    /// From when; not with `days`.
    #[validate(custom(function = check::instant))]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub from: Option<Timestamp>,
    /// Until when; not with `days`.
    #[validate(custom(function = check::instant))]
    #[schema(value_type = Option<DateTime<Utc>>)]
    pub to: Option<Timestamp>,
    /// In whole and half days of the firm's zone; not with `from` and `to`.
    #[validate(nested)]
    pub days: Option<LeaveDays>,
    /// Why.
    pub kind: AbsenceKind,
}

/// Who decides, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decision {
    /// Who.
    pub by: UserId,
    /// When, by the device that was used.
    pub at: Timestamp,
}

impl NewAbsence {
    fn span(&self, zone: Tz) -> Result<(Timestamp, Timestamp), Error> {
        let (from, to) = match (self.from, self.to, self.days) {
            (Some(from), Some(to), None) => (from, to),
            (None, None, Some(days)) => days.span(zone),
            _ => return Err(Error::SpanOrDays),
        };
        if to <= from || to > from + LONGEST { Err(Error::Span) } else { Ok((from, to)) }
    }
}

impl Absence {
    /// What who manages workers notes of `worker`: it is in force at once.
    pub fn note(new: NewAbsence, worker: WorkerId, zone: Tz, by: Decision) -> Result<Self, Error> {
        let (from, to) = new.span(zone)?;
        Ok(Self {
            id: new.id.unwrap_or_else(AbsenceId::new),
            worker_id: worker,
            from,
            to,
            days: new.days,
            kind: Some(new.kind),
            status: AbsenceStatus::Approved,
            asked_by: None,
            asked_at: None,
            decided_by: Some(by.by),
            decided_at: Some(by.at),
            note: None,
            version: 1,
        })
    }

    /// What a worker asks for: leave ahead, not illness, which is not asked for.
    pub fn ask(
        new: NewAbsence,
        worker: WorkerId,
        zone: Tz,
        by: Decision,
        now: Timestamp,
    ) -> Result<Self, Error> {
        if new.kind.is_medical() {
            return Err(Error::NotAskedFor);
        }
        let noted = Self::note(new, worker, zone, by)?;
        if noted.to <= now || noted.from > now + LONGEST {
            return Err(Error::NotAhead);
        }
        Ok(Self {
            status: AbsenceStatus::Asked,
            asked_by: Some(by.by),
            asked_at: Some(by.at),
            decided_by: None,
            decided_at: None,
            ..noted
        })
    }

    /// The absence, granted or refused: once.
    pub fn decide(
        self,
        status: AbsenceStatus,
        note: Option<String>,
        by: Decision,
    ) -> Result<Self, Error> {
        if self.status != AbsenceStatus::Asked {
            return Err(Error::AbsenceDecided);
        }
        Ok(Self {
            status,
            decided_by: Some(by.by),
            decided_at: Some(by.at),
            note,
            version: self.version + 1,
            ..self
        })
    }

    /// The same absence as those see it who need to know of it and not why.
    #[must_use]
    pub fn without_why(self) -> Self {
        Self { kind: None, note: None, ..self }
    }

    /// The news of it.
    pub fn changed(&self, change: AbsenceChange) -> AbsenceChanged {
        AbsenceChanged {
            absence: self.id,
            version: self.version,
            change,
            worker: self.worker_id,
            from: self.from,
            to: self.to,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn by() -> Decision {
        Decision { by: UserId::new(), at: at("2026-03-01T08:00:00Z") }
    }

    fn new(body: Value) -> NewAbsence {
        serde_json::from_value(body).unwrap()
    }

    fn note(body: Value, zone: Tz) -> Result<Absence, Error> {
        Absence::note(new(body), WorkerId::new(), zone, by())
    }

    fn ask(kind: &str, first: &str) -> Result<Absence, Error> {
        let body = json!({ "kind": kind, "days": { "first": first, "last": first } });
        let now = at("2026-03-02T10:00:00Z");
        Absence::ask(new(body), WorkerId::new(), Tz::Africa__Dakar, by(), now)
    }

    #[test]
    fn an_absence_ends_after_it_starts_and_within_two_years() {
        let note = |to: &str| {
            let span = json!({ "from": "2026-03-02T08:00:00Z", "to": to, "kind": "leave" });
            note(span, Tz::UTC)
        };
        assert!(note("2026-03-06T17:00:00Z").is_ok());
        assert!(matches!(note("2026-03-02T08:00:00Z"), Err(Error::Span)));
        assert!(matches!(note("2029-03-02T08:00:00Z"), Err(Error::Span)));
    }

    #[test]
    fn days_and_halves_are_of_the_firms_zone_also_when_summer_time_begins() {
        let days = |first: &str, last: &str, from_noon: bool, until_noon: bool| {
            let days = json!({
                "first": first, "last": last, "from_noon": from_noon, "until_noon": until_noon,
            });
            note(json!({ "kind": "leave", "days": days }), Tz::Europe__Paris)
                .map(|absence| (absence.from, absence.to))
        };
        // Paris goes from UTC+1 to UTC+2 in the night to the 29th.
        assert_eq!(
            days("2026-03-28", "2026-03-29", false, false).unwrap(),
            (at("2026-03-27T23:00:00Z"), at("2026-03-29T22:00:00Z"))
        );
        assert_eq!(
            days("2026-03-27", "2026-03-30", true, true).unwrap(),
            (at("2026-03-27T11:00:00Z"), at("2026-03-30T10:00:00Z"))
        );
        let afternoon = days("2026-03-02", "2026-03-02", true, false).unwrap();
        assert_eq!(afternoon, (at("2026-03-02T11:00:00Z"), at("2026-03-02T23:00:00Z")));
        assert!(matches!(days("2026-03-02", "2026-03-02", true, true), Err(Error::Span)));
        assert!(matches!(days("2026-03-02", "2026-03-01", false, false), Err(Error::Span)));
    }

    #[test]
    fn it_is_given_by_instants_or_by_days() {
        let days = json!({ "first": "2026-03-02", "last": "2026-03-02" });
        for wrong in [
            json!({ "kind": "leave" }),
            json!({ "kind": "leave", "from": "2026-03-02T08:00:00Z" }),
            json!({ "kind": "leave", "from": "2026-03-02T08:00:00Z", "days": days }),
        ] {
            assert!(matches!(note(wrong.clone(), Tz::UTC), Err(Error::SpanOrDays)), "{wrong}");
        }
    }

    #[test]
    fn leave_is_asked_for_ahead_and_illness_is_not_asked_for() {
        assert_eq!(ask("leave", "2026-03-02").unwrap().status, AbsenceStatus::Asked);
        assert!(matches!(ask("leave", "2026-03-01"), Err(Error::NotAhead)));
        assert!(matches!(ask("leave", "2028-04-01"), Err(Error::NotAhead)));
        assert!(matches!(ask("sick", "2026-03-03"), Err(Error::NotAskedFor)));
        assert!(matches!(ask("accident", "2026-03-03"), Err(Error::NotAskedFor)));
    }

    #[test]
    fn leave_is_decided_on_once() {
        let granted =
            ask("leave", "2026-03-03").unwrap().decide(AbsenceStatus::Approved, None, by());
        let granted = granted.unwrap();
        assert_eq!((granted.status, granted.version), (AbsenceStatus::Approved, 2));
        let again = granted.decide(AbsenceStatus::Refused, None, by());
        assert!(matches!(again, Err(Error::AbsenceDecided)));
    }
}
