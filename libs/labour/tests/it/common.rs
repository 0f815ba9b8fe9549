//! Spans written as a site lead would say them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use labour::{Breach, Refused, Rules, Span, Worker};

pub const PARIS: Tz = chrono_tz::Europe::Paris;
pub const DAKAR: Tz = chrono_tz::Africa::Dakar;

/// The instant the clocks of a place show `text`; the first of two.
pub fn at(zone: Tz, text: &str) -> DateTime<Utc> {
    let local: NaiveDateTime = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    zone.from_local_datetime(&local).earliest().unwrap().to_utc()
}

/// `2026-03-02 08:00 12:00` is a span of that day, `2026-03-02 22:00 2026-03-03 06:00` one of a
/// night.
pub fn spans(zone: Tz, lines: &[&str]) -> Vec<Span> {
    let span = |line: &&str| {
        let words: Vec<&str> = line.split(' ').collect();
        let (day, to) = match words[..] {
            [day, _, to] => (day, format!("{day} {to}")),
            [day, _, until, to] => (day, format!("{until} {to}")),
            _ => panic!("{line}"),
        };
        Span::new(at(zone, &format!("{day} {}", words[1])), at(zone, &to))
    };
    lines.iter().map(span).collect()
}

/// Days of the same hours, from one on.
pub fn daily(zone: Tz, from: &str, days: u64, hours: &[(&str, &str)]) -> Vec<Span> {
    let first: NaiveDate = from.parse().unwrap();
    let day = |n| first + chrono::Days::new(n);
    (0..days)
        .flat_map(|n| hours.iter().map(move |(a, b)| format!("{} {a} {b}", day(n))))
        .flat_map(|line| spans(zone, &[&line]))
        .collect()
}

pub fn law(country: &str) -> Rules {
    labour::law(country).unwrap().rules()
}

/// Somebody who is so old on 1 January 2026.
pub fn aged(years: i32) -> Worker {
    Worker { born: NaiveDate::from_ymd_opt(2026 - years, 1, 1) }
}

pub fn check(
    country: &str,
    zone: Tz,
    worker: Worker,
    done: &[Span],
) -> Result<Vec<Breach>, Refused> {
    labour::check(&law(country), worker, zone, done, &[])
}

/// The codes of what is broken.
pub fn broken(breaches: &[Breach]) -> Vec<&'static str> {
    let mut codes: Vec<&str> = breaches.iter().map(|breach| breach.rule).collect();
    codes.dedup();
    codes
}

/// What one line of work breaks of a rule: limit, found, article.
pub fn of<'a>(breaches: &'a [Breach], rule: &str) -> &'a Breach {
    let found = breaches.iter().find(|breach| breach.rule == rule);
    found.unwrap_or_else(|| panic!("{rule} in {breaches:?}"))
}
