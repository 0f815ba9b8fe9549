//! The day as data: what a report says, whatever its layout.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use kernel::{Timestamp, WorkerId, canonical_json, sha256};
use serde::Serialize;

/// A day of a site.
#[derive(Debug, Clone, Serialize)]
pub struct Day {
    /// The firm's name.
    pub firm: String,
    /// The project's code.
    pub project_code: String,
    /// The project's name.
    pub project_name: String,
    /// The site's name.
    pub site_name: String,
    /// Where it is.
    pub address: Option<String>,
    /// For whom the work is done.
    pub client: Option<String>,
    /// The day.
    pub day: NaiveDate,
    /// The zone it is a day of.
    pub zone: Tz,
    /// Up to when it was looked at.
    pub as_of: Timestamp,
    /// Tasks planned for the day or worked on that day.
    pub tasks: Vec<Task>,
    /// Stays on the site.
    pub stays: Vec<Stay>,
    /// Incidents reported that day.
    pub incidents: Vec<Incident>,
    /// Checklists of the day's tasks.
    pub checklists: Vec<Checklist>,
    /// Photos taken that day.
    pub photos: Vec<Photo>,
    /// Signatures of that day.
    pub signatures: Vec<Signature>,
}

/// A task.
#[derive(Debug, Clone, Serialize)]
pub struct Task {
    /// What is done.
    pub title: String,
    /// Where it stands.
    pub status: String,
    /// Planned start.
    pub starts_at: Timestamp,
    /// Planned end.
    pub ends_at: Timestamp,
    /// Real start.
    pub started_at: Option<Timestamp>,
    /// Real end.
    pub finished_at: Option<Timestamp>,
    /// When it was validated.
    pub validated_at: Option<Timestamp>,
    /// Who is on it.
    pub workers: Vec<String>,
}

/// A worker's stay.
#[derive(Debug, Clone, Serialize)]
pub struct Stay {
    /// The worker; two may share a name.
    pub worker_id: WorkerId,
    /// The worker's name.
    pub worker: String,
    /// From when.
    pub in_at: Timestamp,
    /// Until when; none if still there.
    pub out_at: Option<Timestamp>,
    /// Whether the clock-in was inside the geofence, where a position was given.
    pub in_inside: Option<bool>,
}

/// An incident.
#[derive(Debug, Clone, Serialize)]
pub struct Incident {
    /// What happened.
    pub title: String,
    /// How bad it is.
    pub severity: String,
    /// Where it stands.
    pub status: String,
    /// When it was reported.
    pub reported_at: Timestamp,
    /// By whom.
    pub reporter: Option<String>,
    /// The task it hinders.
    pub task: Option<String>,
    /// How it was dealt with.
    pub resolution: Option<String>,
}

/// A checklist of a task.
#[derive(Debug, Clone, Serialize)]
pub struct Checklist {
    /// The task.
    pub task: String,
    /// The checklist.
    pub name: String,
    /// How many questions were answered.
    pub answered: i32,
    /// How many there are.
    pub questions: i32,
    /// How many answers are outside their limits.
    pub nonconformities: i32,
    /// When the last answer came.
    pub completed_at: Option<Timestamp>,
}

/// A photo.
#[derive(Debug, Clone, Serialize)]
pub struct Photo {
    /// The task it proves.
    pub task: Option<String>,
    /// Who took it.
    pub worker: Option<String>,
    /// When, by the device.
    pub taken_at: Timestamp,
    /// What the photographer wrote.
    pub caption: Option<String>,
    /// Where it stands.
    pub state: String,
    /// Latitude in degrees.
    pub lat: Option<f64>,
    /// Longitude in degrees.
    pub lon: Option<f64>,
    /// Accuracy in metres.
    pub accuracy_m: Option<f64>,
    /// The verification code in its watermark.
    pub code: Option<String>,
    /// SHA-256 of the original, in hexadecimal.
    pub sha256: Option<String>,
    /// Where the watermarked copy is kept.
    #[serde(skip)]
    pub watermarked_key: Option<String>,
    /// Where the thumbnail is kept.
    #[serde(skip)]
    pub thumbnail_key: Option<String>,
}

/// A signature.
#[derive(Debug, Clone, Serialize)]
pub struct Signature {
    /// The task that was signed for.
    pub task: Option<String>,
    /// Who signed.
    pub signer: String,
    /// As what: `client`, `site_lead`, `worker`.
    pub role: String,
    /// When.
    pub signed_at: Timestamp,
    /// SHA-256 of the picture, in hexadecimal.
    pub sha256: String,
    /// Where the picture is kept.
    #[serde(skip)]
    pub blob_key: String,
}

/// A worker's hours of the day.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerHours {
    /// Who.
    pub worker: String,
    /// When first there.
    pub first_in: Timestamp,
    /// When last gone; none if still there.
    pub last_out: Option<Timestamp>,
    /// Time on site within the day.
    pub worked: TimeDelta,
    /// Whether all clock-ins were inside the geofence; none where a position is missing.
    pub inside: Option<bool>,
}

/// The beginning of a day in a zone; where the clocks skip midnight, the first instant after.
fn midnight(day: NaiveDate, zone: Tz) -> Timestamp {
    let naive = NaiveDateTime::from(day);
    let local: Option<DateTime<Tz>> = zone
        .from_local_datetime(&naive)
        .earliest()
        .or_else(|| zone.from_local_datetime(&(naive + TimeDelta::hours(1))).earliest());
    local.map_or_else(|| naive.and_utc(), |at| at.to_utc())
}

/// From when until when a day lasts in a zone; not always 24 hours.
pub fn bounds(day: NaiveDate, zone: Tz) -> (Timestamp, Timestamp) {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    (midnight(day, zone), midnight(next, zone))
}

impl Day {
    /// An instant by the site's clocks.
    pub fn local(&self, at: Timestamp) -> NaiveDateTime {
        at.with_timezone(&self.zone).naive_local()
    }

    /// The SHA-256 of everything the report says.
    pub fn seal(&self) -> Result<[u8; 32], serde_json::Error> {
        Ok(sha256(&[canonical_json(&serde_json::to_value(self)?).as_bytes()]))
    }
}

/// Hours by worker, in the order of names; stays are cut to the day, open ones last until
/// `as_of`.
pub fn hours_by_worker(day: &Day) -> Vec<WorkerHours> {
    let (from, to) = bounds(day.day, day.zone);
    let mut all: BTreeMap<(&str, WorkerId), WorkerHours> = BTreeMap::new();
    for stay in &day.stays {
        let end = stay.out_at.unwrap_or(day.as_of).min(to);
        let worked = (end - stay.in_at.max(from)).max(TimeDelta::zero());
        let hours = all.entry((&stay.worker, stay.worker_id)).or_insert_with(|| WorkerHours {
            worker: stay.worker.clone(),
            first_in: stay.in_at,
            last_out: stay.out_at,
            worked: TimeDelta::zero(),
            inside: Some(true),
        });
        hours.first_in = hours.first_in.min(stay.in_at);
        hours.last_out = hours.last_out.zip(stay.out_at).map(|(a, b)| a.max(b));
        hours.worked += worked;
        hours.inside = match (hours.inside, stay.in_inside) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (None, _) | (_, None) => None,
            (Some(true), Some(true)) => Some(true),
        };
    }
    all.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_lasts_from_local_midnight_to_the_next_also_when_clocks_change() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        let dakar = bounds(day(2026, 3, 2), chrono_tz::Africa::Dakar);
        assert_eq!(dakar, (at("2026-03-02T00:00:00Z"), at("2026-03-03T00:00:00Z")));
        let (from, to) = bounds(day(2026, 3, 29), chrono_tz::Europe::Paris);
        assert_eq!((from, to - from), (at("2026-03-28T23:00:00Z"), TimeDelta::hours(23)));
        // Beirut skips midnight itself.
        let (from, to) = bounds(day(2026, 3, 29), chrono_tz::Asia::Beirut);
        assert_eq!((from, to - from), (at("2026-03-28T22:00:00Z"), TimeDelta::hours(23)));
    }

    #[test]
    fn hours_are_cut_to_the_day_and_an_open_stay_lasts_until_now() {
        let (awa, moussa) = (WorkerId::new(), WorkerId::new());
        let stay = |worker: &str, from, to: Option<&str>| Stay {
            worker_id: if worker == "Awa" { awa } else { moussa },
            worker: worker.into(),
            in_at: at(from),
            out_at: to.map(at),
            in_inside: Some(worker != "Awa"),
        };
        let day = Day {
            firm: String::new(),
            project_code: String::new(),
            project_name: String::new(),
            site_name: String::new(),
            address: None,
            client: None,
            day: NaiveDate::from_ymd_opt(2026, 3, 2).unwrap(),
            zone: chrono_tz::Africa::Dakar,
            as_of: at("2026-03-02T12:00:00Z"),
            tasks: Vec::new(),
            stays: vec![
                stay("Moussa", "2026-03-01T22:00:00Z", Some("2026-03-02T02:00:00Z")),
                stay("Moussa", "2026-03-02T08:00:00Z", Some("2026-03-02T10:30:00Z")),
                stay("Awa", "2026-03-02T09:00:00Z", None),
            ],
            incidents: Vec::new(),
            checklists: Vec::new(),
            photos: Vec::new(),
            signatures: Vec::new(),
        };
        let hours = hours_by_worker(&day);
        let brief: Vec<_> =
            hours.iter().map(|h| (h.worker.as_str(), h.worked.num_minutes(), h.inside)).collect();
        assert_eq!(brief, [("Awa", 180, Some(false)), ("Moussa", 270, Some(true))]);
        assert_eq!(hours[0].last_out, None);
        assert_eq!(hours[1].last_out, Some(at("2026-03-02T10:30:00Z")));
    }
}
