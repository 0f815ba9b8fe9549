//! Reminders before a document's last day: each is given once, whatever the clock does.

use async_trait::async_trait;
use chrono::{Days, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;
use contracts::DocumentChange;
use jobs::{Handler, Job, JobError, NewJob};
use kernel::{DocumentId, Timestamp};
use serde::{Deserialize, Serialize};
use web::{App, Problem, Visit, Write};

use super::model::{Document, Eyes};
use super::{events, store};

const KIND: &str = "projects.remind_document";
/// When in the day of the firm's zone.
const HOUR: u32 = 6;

/// Which reminder.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Reminder {
    document: DocumentId,
    expires_on: NaiveDate,
    days: i32,
}

/// When a reminder comes: six in the morning so many days before, in the firm's zone.
fn comes_at(expires_on: NaiveDate, days: i32, zone: Tz) -> Timestamp {
    let before = Days::new(u64::from(days.unsigned_abs()));
    let day = expires_on.checked_sub_days(before).unwrap_or(expires_on);
    let at = day.and_time(NaiveTime::from_hms_opt(HOUR, 0, 0).unwrap_or_default());
    // No zone skips six in the morning today; should one ever, UTC is near enough.
    zone.from_local_datetime(&at).earliest().map_or_else(|| at.and_utc(), |at| at.to_utc())
}

/// The work that a document's last day asks for.
pub(super) fn jobs(document: &Document, zone: Tz) -> Vec<NewJob> {
    let Some(expires_on) = document.expires_on else { return Vec::new() };
    let job = |days: &i32| NewJob {
        kind: KIND,
        key: Some(format!("{}:{expires_on}:{days}", document.id)),
        payload: serde_json::json!(Reminder { document: document.id, expires_on, days: *days }),
        run_at: comes_at(expires_on, *days, zone),
    };
    document.reminder_days.iter().map(job).collect()
}

/// Which reminders are now given, and whether somebody is told: of several that are due at once
/// (the clock jumped, or the document came late) the most urgent speaks for all.
fn due(document: &Document, given: &[i32], zone: Tz, now: Timestamp) -> Vec<i32> {
    let Some(expires_on) = document.expires_on else { return Vec::new() };
    let is_due = |days: &&i32| comes_at(expires_on, **days, zone) <= now;
    let due: Vec<i32> = document.reminder_days.iter().filter(is_due).copied().collect();
    match due.iter().min() {
        Some(nearest) if !given.iter().any(|days| days <= nearest) => {
            due.into_iter().filter(|days| !given.contains(days)).collect()
        }
        _ => Vec::new(),
    }
}

/// Gives reminders.
pub(super) struct Remind {
    app: App,
}

impl Remind {
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

async fn remind(tx: &mut Write<'_>, reminder: Reminder, zone: Tz) -> Result<(), Problem> {
    store::hold(tx, reminder.document).await?;
    let document = store::find(tx, &Eyes::platform(), reminder.document).await?;
    if document.expires_on != Some(reminder.expires_on) {
        return Ok(()); // the day was moved: its own reminders come
    }
    let given = store::reminded(tx, document.id, reminder.expires_on).await?;
    let now = tx.now();
    let days = due(&document, &given, zone, now);
    if !days.is_empty() {
        let version = store::remind(tx, document.id, reminder.expires_on, &days, now).await?;
        let document = Document { version, ..document };
        let about = serde_json::json!({ "expires_on": document.expires_on, "days": days });
        tx.emit_about(&events::changed(&document, DocumentChange::Expiring), &about);
    }
    Ok(())
}

#[async_trait]
impl Handler for Remind {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let reminder: Reminder = serde_json::from_value(job.payload.clone())
            .map_err(|e| JobError::Fatal(e.to_string()))?;
        let retry = |problem: Problem| JobError::Retry(problem.code().to_owned());
        let visit = Visit::system(&self.app, job.tenant).await.map_err(retry)?;
        let zone = visit.tenant.zone;
        visit.commit(async |tx| remind(tx, reminder, zone).await).await.map_err(retry)
    }
}

#[cfg(test)]
mod tests {
    use kernel::{ProjectId, UserId};

    use super::*;

    fn document() -> Document {
        let json = serde_json::json!({
            "project_id": ProjectId::new(), "kind": "permit", "name": "Arrêté",
            "expires_on": "2026-03-31",
        });
        let at = at("2026-01-01T00:00:00Z");
        Document::add(serde_json::from_value(json).unwrap(), UserId::new(), at)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_reminder_comes_in_the_morning_of_the_firms_zone_also_when_summer_time_begins() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap();
        assert_eq!(comes_at(day, 0, Tz::Europe__Paris), at("2026-03-29T04:00:00Z"));
        assert_eq!(comes_at(day, 1, Tz::Europe__Paris), at("2026-03-28T05:00:00Z"));
        assert_eq!(comes_at(day, 0, Tz::Africa__Dakar), at("2026-03-29T06:00:00Z"));
    }

    #[test]
    fn of_several_that_are_due_the_most_urgent_speaks_for_all_and_none_comes_twice() {
        let (document, zone) = (document(), Tz::Africa__Dakar);
        let now = |text, given: &[i32]| due(&document, given, zone, at(text));
        assert!(now("2026-03-01T05:59:59Z", &[]).is_empty());
        assert_eq!(now("2026-03-01T06:00:00Z", &[]), [30]);
        assert!(now("2026-03-01T06:00:00Z", &[30]).is_empty());
        assert_eq!(now("2026-03-30T00:00:00Z", &[]), [30, 7]);
        assert_eq!(now("2026-03-24T06:00:00Z", &[30]), [7]);
        assert_eq!(now("2030-01-01T00:00:00Z", &[30, 7]), [0]);
        // The clock went back after the last was given.
        assert!(now("2026-03-01T06:00:00Z", &[30, 7, 0]).is_empty());
        assert!(now("2026-03-25T00:00:00Z", &[0]).is_empty());
    }
}
