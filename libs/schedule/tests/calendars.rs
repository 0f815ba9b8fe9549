//! Calendars as rulers: what is counted is what a clock beside the calendar would count.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use chrono::{Datelike, NaiveDateTime, TimeDelta, Timelike};
use common::{at, draw, office};
use proptest::prelude::*;
use schedule::ruler::Disorder;
use schedule::{Calendar, Exception, Hours, Ruler};

fn off(from: &str, to: &str) -> Exception {
    let day = |text: &str| text.parse().unwrap();
    Exception { name: String::new(), from: day(from), to: day(to), hours: Vec::new() }
}

fn ruler(calendar: &Calendar) -> Ruler {
    Ruler::new(calendar).unwrap()
}

/// Whether the minute that begins here is worked, read off the calendar itself.
fn works(calendar: &Calendar, minute: NaiveDateTime) -> bool {
    let day = minute.date();
    let covers = |exception: &&Exception| exception.from <= day && day <= exception.to;
    let hours = match calendar.exceptions.iter().rev().find(covers) {
        Some(exception) => &exception.hours,
        None => &calendar.week[day.weekday().num_days_from_monday() as usize],
    };
    let now = minute.num_seconds_from_midnight() / 60;
    hours.iter().any(|hours| (u32::from(hours.from)..u32::from(hours.to)).contains(&now))
}

#[test]
fn a_finish_closes_the_day_and_a_start_opens_the_next() {
    let office = ruler(&office());
    assert_eq!(office.add(at("2026-01-09T08:00"), 480), Some(at("2026-01-09T17:00")));
    assert_eq!(office.add(at("2026-01-09T17:00"), -480), Some(at("2026-01-09T08:00")));
    assert_eq!(office.add(at("2026-01-12T08:00"), -60), Some(at("2026-01-09T16:00")));
    assert_eq!(office.add(at("2026-01-10T11:11"), 0), Some(at("2026-01-10T11:11")));
    assert_eq!(office.next_start(at("2026-01-09T17:00")), Some(at("2026-01-12T08:00")));
    assert_eq!(office.next_start(at("2026-01-09T12:30")), Some(at("2026-01-09T13:00")));
    assert_eq!(office.last_finish(at("2026-01-12T08:00")), Some(at("2026-01-09T17:00")));
    assert_eq!(office.last_finish(at("2026-01-09T10:10")), Some(at("2026-01-09T10:10")));
    assert_eq!(office.between(at("2026-01-09T16:00"), at("2026-01-12T09:00")), 120);
    assert_eq!(office.between(at("2026-01-12T09:00"), at("2026-01-09T16:00")), -120);
}

#[test]
fn a_night_shift_goes_on_over_midnight() {
    let night = ruler(&draw::calendars()[1]);
    assert_eq!(night.add(at("2026-01-06T22:00"), 480), Some(at("2026-01-07T06:00")));
    assert_eq!(night.add(at("2026-01-06T22:00"), 120), Some(at("2026-01-07T00:00")));
    assert_eq!(night.add(at("2026-01-07T06:00"), -360), Some(at("2026-01-07T00:00")));
}

#[test]
fn a_leap_day_is_a_day() {
    let office = ruler(&office());
    assert_eq!(office.between(at("2028-02-28T00:00"), at("2028-03-02T00:00")), 3 * 480);
    assert_eq!(office.between(at("2100-02-26T00:00"), at("2100-03-02T00:00")), 2 * 480);
}

#[test]
fn of_two_exceptions_on_a_day_the_later_written_counts() {
    let open =
        Exception { hours: vec![Hours { from: 600, to: 660 }], ..off("2026-01-07", "2026-01-07") };
    let mut calendar = office();
    calendar.exceptions = vec![off("2026-01-05", "2026-01-11"), open];
    let week = (at("2026-01-05T00:00"), at("2026-01-12T00:00"));
    assert_eq!(ruler(&calendar).between(week.0, week.1), 60);
    calendar.exceptions.reverse();
    assert_eq!(ruler(&calendar).between(week.0, week.1), 0);
}

#[test]
fn a_hundred_years_are_counted_at_once_and_the_years_end() {
    let office = ruler(&office());
    let century = office.between(at("2026-01-05T08:00"), at("2126-01-05T08:00"));
    assert_eq!(
        office.add(at("2026-01-05T08:00"), century),
        office.last_finish(at("2126-01-05T08:00"))
    );
    assert_eq!(office.add(at("2026-01-05T08:00"), 2 * century), None);
    assert_eq!(office.add(at("2026-01-05T08:00"), -century), None);
    assert_eq!(office.add(at("2026-01-05T08:00"), i64::MAX), None);
}

#[test]
fn a_calendar_without_work_answers_none() {
    let never = Calendar { week: Default::default(), ..office() };
    let never = ruler(&never);
    assert!(!never.works());
    assert_eq!(never.add(at("2026-01-05T08:00"), 1), None);
    assert_eq!(never.next_start(at("2026-01-05T08:00")), None);
    assert_eq!(never.last_finish(at("2026-01-05T08:00")), None);
}

#[test]
fn hours_out_of_order_are_refused() {
    for (from, to, next) in [(600, 600, 700), (600, 500, 700), (600, 1441, 1442), (600, 720, 700)] {
        let mut calendar = office();
        calendar.week[2] = vec![Hours { from, to }, Hours { from: next, to: next + 10 }];
        assert_eq!(Ruler::new(&calendar), Err(Disorder));
    }
    let calendar = Calendar { exceptions: vec![off("2026-01-07", "2026-01-06")], ..office() };
    assert_eq!(Ruler::new(&calendar), Err(Disorder));
}

/// A calendar of a few weeks of exceptions, some covering others.
fn calendar() -> impl Strategy<Value = Calendar> {
    let hours = prop::collection::btree_set(0_u16..96, 0..4).prop_map(|quarters| {
        let edges: Vec<_> = quarters.into_iter().map(|quarter| quarter * 15).collect();
        edges
            .chunks_exact(2)
            .map(|edge| Hours { from: edge[0], to: edge[1] + 15 })
            .collect::<Vec<_>>()
    });
    let hours = hours
        .prop_filter("in order", |hours| hours.windows(2).all(|pair| pair[0].to <= pair[1].from));
    let exception = (0_i64..20, 0_i64..6, hours.clone()).prop_map(|(from, days, hours)| {
        let from = at("2026-02-20T00:00").date() + TimeDelta::days(from);
        Exception { name: String::new(), from, to: from + TimeDelta::days(days), hours }
    });
    (prop::array::uniform7(hours), prop::collection::vec(exception, 0..6))
        .prop_map(|(week, exceptions)| Calendar { name: String::new(), week, exceptions })
}

proptest! {
    #[test]
    fn the_ruler_counts_what_the_clock_counts(
        calendar in calendar(), from in 0_i64..30_000, length in 0_i64..8_000,
    ) {
        let ruler = ruler(&calendar);
        let from = at("2026-02-18T00:00") + TimeDelta::minutes(from);
        let to = from + TimeDelta::minutes(length);
        let minutes = || (0..length).map(|minute| from + TimeDelta::minutes(minute));
        let worked = minutes().map(|minute| i64::from(works(&calendar, minute))).sum::<i64>();
        prop_assert_eq!(ruler.between(from, to), worked);
        let first = minutes().find(|minute| works(&calendar, *minute));
        if let Some(first) = first {
            prop_assert_eq!(ruler.next_start(from), Some(first));
            let last = minutes().rev().find(|minute| works(&calendar, *minute)).unwrap();
            let last = last + TimeDelta::minutes(1);
            prop_assert_eq!(ruler.last_finish(to), Some(last));
            prop_assert_eq!(ruler.add(from, worked), Some(last));
            prop_assert_eq!(ruler.add(to, -worked), Some(first));
        }
    }
}
