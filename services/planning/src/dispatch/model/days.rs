//! Days and hours of a place as instants, safe where clocks change.

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use kernel::Timestamp;

/// The day of an instant.
pub fn day(zone: Tz, at: Timestamp) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// The instant a day begins; where summer time skips midnight, an hour later.
pub fn start(zone: Tz, day: NaiveDate) -> Timestamp {
    moment(zone, day, NaiveTime::MIN)
}

/// The instant of a minute of a day, past 1,440 of the next.
pub fn minute(zone: Tz, day: NaiveDate, minute: u32) -> Timestamp {
    let at = day.and_time(NaiveTime::MIN) + Duration::minutes(minute.into());
    moment(zone, at.date(), at.time())
}

/// The instant that the clocks show a time: the first where they show it twice, the next that they
/// do show where they skip it.
pub fn moment(zone: Tz, day: NaiveDate, time: NaiveTime) -> Timestamp {
    let at: NaiveDateTime = day.and_time(time);
    let shown = (0..=100).find_map(|quarters| {
        zone.from_local_datetime(&(at + Duration::minutes(15 * quarters))).earliest()
    });
    shown.map_or_else(|| at.and_utc(), |local| local.with_timezone(&Utc))
}
