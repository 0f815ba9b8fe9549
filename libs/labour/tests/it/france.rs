//! The French labour code as cases: each rule keeps and is broken, with its article.

use crate::common::{PARIS, aged, at, broken, check, daily, of, spans};
use labour::{Span, Worker};

const ADULT: Worker = Worker { born: None };

fn judged(worker: Worker, lines: &[&str]) -> Vec<labour::Breach> {
    check("FR", PARIS, worker, &spans(PARIS, lines)).unwrap()
}

#[test]
fn ten_hours_a_day_and_no_minute_more() {
    let ten = ["2026-03-02 07:00 12:00", "2026-03-02 13:00 18:00"];
    assert_eq!(judged(ADULT, &ten), []);
    let more = judged(ADULT, &["2026-03-02 07:00 12:00", "2026-03-02 13:00 18:01"]);
    assert_eq!(broken(&more), ["day"]);
    let breach = of(&more, "day");
    assert_eq!((breach.limit, breach.found), (600, 601));
    assert!(breach.article.contains("L3121-18"));
    assert_eq!(breach.from, at(PARIS, "2026-03-02 00:00"));
    assert_eq!(breach.to, at(PARIS, "2026-03-03 00:00"));
    assert!(!breach.planned);
}

#[test]
fn a_second_too_many_is_too_many() {
    let mut ten = spans(PARIS, &["2026-03-02 07:00 12:00", "2026-03-02 13:00 18:00"]);
    ten[1].to += chrono::TimeDelta::seconds(1);
    assert_eq!(of(&check("FR", PARIS, ADULT, &ten).unwrap(), "day").found, 601);
}

#[test]
fn a_shift_over_midnight_counts_on_both_days() {
    let kept = ["2026-03-02 20:00 2026-03-03 00:00", "2026-03-03 00:30 06:00"];
    assert_eq!(judged(ADULT, &kept), []);
    // Twelve hours of work in thirteen, none of the days above ten.
    let kept = ["2026-03-02 18:00 2026-03-03 00:00", "2026-03-03 01:00 07:00"];
    assert_eq!(judged(ADULT, &kept), []);
}

#[test]
fn forty_eight_hours_a_week() {
    let eight = [("07:00", "12:00"), ("13:00", "16:00")];
    assert_eq!(check("FR", PARIS, ADULT, &daily(PARIS, "2026-03-02", 6, &eight)).unwrap(), []);
    let longer = [("07:00", "12:00"), ("13:00", "16:10")];
    let six = check("FR", PARIS, ADULT, &daily(PARIS, "2026-03-02", 6, &longer)).unwrap();
    assert_eq!(broken(&six), ["week"]);
    assert_eq!((six[0].limit, six[0].found), (48 * 60, 49 * 60));
    assert!(six[0].article.contains("L3121-20"));
}

#[test]
fn forty_four_hours_on_average_of_twelve_weeks() {
    // Five days of 8 h 48 are 44 hours.
    let weeks = |hours: &[(&str, &str)]| {
        let first: chrono::NaiveDate = "2026-01-05".parse().unwrap();
        let monday = |n: u64| (first + chrono::Days::new(7 * n)).to_string();
        let all = (0..12).flat_map(|n| daily(PARIS, &monday(n), 5, hours)).collect::<Vec<Span>>();
        check("FR", PARIS, ADULT, &all).unwrap()
    };
    assert_eq!(weeks(&[("07:00", "12:00"), ("13:00", "16:48")]), []);
    let breaches = weeks(&[("07:00", "12:00"), ("13:00", "16:49")]);
    assert_eq!(broken(&breaches), ["average"]);
    assert!(breaches[0].article.contains("L3121-22"));
    assert_eq!((breaches[0].limit, breaches[0].found), (2640, 2645));
    assert_eq!(breaches.len(), 1, "the first eleven weeks are no twelve");
}

#[test]
fn twenty_minutes_before_more_than_six_hours() {
    assert_eq!(judged(ADULT, &["2026-03-02 07:00 13:00"]), []);
    assert_eq!(judged(ADULT, &["2026-03-02 07:00 13:00", "2026-03-02 13:20 16:00"]), []);
    let through = judged(ADULT, &["2026-03-02 07:00 13:01"]);
    assert_eq!(broken(&through), ["break"]);
    assert!(through[0].article.contains("L3121-16"));
    let short = judged(ADULT, &["2026-03-02 07:00 11:00", "2026-03-02 11:19 14:00"]);
    assert_eq!((short[0].limit, short[0].found), (20, 19));
}

#[test]
fn eleven_hours_of_rest_between_days() {
    let kept = ["2026-03-02 14:00 20:00", "2026-03-03 07:00 13:00"];
    assert_eq!(judged(ADULT, &kept), []);
    let short = judged(ADULT, &["2026-03-02 14:00 20:01", "2026-03-03 07:00 12:00"]);
    assert_eq!(broken(&short), ["break", "daily_rest"]);
    let rest = of(&short, "daily_rest");
    assert_eq!((rest.limit, rest.found), (660, 659));
    assert!(rest.article.contains("L3131-1"));
}

#[test]
fn a_day_of_more_than_thirteen_hours_leaves_no_eleven_of_rest() {
    let kept = ["2026-03-02 07:00 10:00", "2026-03-02 17:00 20:00"];
    assert_eq!(judged(ADULT, &kept), []);
    let long = judged(ADULT, &["2026-03-02 07:00 10:00", "2026-03-02 18:00 21:00"]);
    assert_eq!(broken(&long), ["daily_rest"]);
}

#[test]
fn six_days_a_week_and_thirty_five_hours_off() {
    let short = [("08:00", "12:00")];
    assert_eq!(check("FR", PARIS, ADULT, &daily(PARIS, "2026-03-02", 6, &short)).unwrap(), []);
    let seven = check("FR", PARIS, ADULT, &daily(PARIS, "2026-03-02", 7, &short)).unwrap();
    assert_eq!(broken(&seven), ["days_a_week", "weekly_rest"]);
    assert!(of(&seven, "days_a_week").article.contains("L3132-1"));
    assert_eq!(of(&seven, "days_a_week").found, 7);
    assert!(of(&seven, "weekly_rest").article.contains("L3132-2"));
    // Saturday to 20, Monday from 7: exactly 35 hours; from 6:59 it is a minute less.
    let weekend = |monday: &str| {
        judged(
            ADULT,
            &[
                "2026-03-02 14:00 20:00",
                "2026-03-03 14:00 20:00",
                "2026-03-04 14:00 20:00",
                "2026-03-05 14:00 20:00",
                "2026-03-06 14:00 20:00",
                "2026-03-07 14:00 20:00",
                monday,
            ],
        )
    };
    assert_eq!(weekend("2026-03-09 07:00 12:00"), []);
    let short = weekend("2026-03-09 06:59 12:00");
    assert_eq!((short[0].rule, short[0].limit, short[0].found), ("weekly_rest", 2100, 2099));
}

#[test]
fn two_weeks_may_not_share_one_rest() {
    // Worked from Monday to Sunday noon, and from the Tuesday after: the rest of 42 hours lies 12
    // in the one week and 24 and more in the other, and counts for that alone.
    let mut all = daily(PARIS, "2026-03-02", 7, &[("08:00", "12:00")]);
    all.extend(spans(PARIS, &["2026-03-10 08:00 12:00"]));
    let breaches = check("FR", PARIS, ADULT, &all).unwrap();
    let weekly: Vec<_> = breaches.iter().filter(|b| b.rule == "weekly_rest").collect();
    assert_eq!(weekly.len(), 1);
    assert_eq!(weekly[0].from, at(PARIS, "2026-03-02 00:00"));
}

#[test]
fn under_eighteen_the_rules_are_stricter() {
    let young = aged(16);
    let kept = ["2026-03-02 08:00 12:00", "2026-03-02 13:00 17:00"];
    assert_eq!(judged(young, &kept), []);
    let long = judged(young, &["2026-03-02 08:00 12:00", "2026-03-02 12:30 16:31"]);
    assert_eq!(broken(&long), ["young_day"]);
    assert!(long[0].article.contains("L3162-1"));
    let through = judged(young, &["2026-03-02 08:00 12:31"]);
    assert_eq!(broken(&through), ["young_break"]);
    assert!(through[0].article.contains("L3162-3"));
    assert_eq!(judged(young, &["2026-03-02 08:00 12:30", "2026-03-02 13:00 16:00"]), []);
    let night = judged(young, &["2026-03-02 20:00 22:30"]);
    assert_eq!(broken(&night), ["young_night"]);
    assert_eq!((night[0].limit, night[0].found), (0, 30));
    assert!(night[0].article.contains("L3163"));
    let early = judged(young, &["2026-03-02 05:00 08:00"]);
    assert_eq!((early[0].rule, early[0].found), ("young_night", 60));
    let rest = judged(young, &["2026-03-02 17:00 20:30", "2026-03-03 08:00 12:00"]);
    assert_eq!((rest[0].rule, rest[0].limit, rest[0].found), ("young_daily_rest", 720, 690));
    assert!(rest[0].article.contains("L3164-1"));
}

#[test]
fn a_week_of_the_young_is_thirty_five_hours_and_two_days_off() {
    let young = aged(17);
    let seven = [("08:00", "12:00"), ("13:00", "16:00")];
    assert_eq!(check("FR", PARIS, young, &daily(PARIS, "2026-03-02", 5, &seven)).unwrap(), []);
    let eight = [("08:00", "12:00"), ("13:00", "17:00")];
    let five = check("FR", PARIS, young, &daily(PARIS, "2026-03-02", 5, &eight)).unwrap();
    assert_eq!(broken(&five), ["young_week"]);
    let short = [("08:00", "12:00")];
    let mut six = daily(PARIS, "2026-03-02", 6, &short);
    six.extend(spans(PARIS, &["2026-03-09 08:00 12:00"]));
    let six = check("FR", PARIS, young, &six).unwrap();
    assert_eq!(broken(&six), ["young_days_a_week", "young_weekly_rest"]);
    assert!(six.iter().all(|breach| breach.article.contains("L3164-2")));
}

#[test]
fn below_sixteen_rest_is_fourteen_hours_and_night_begins_at_eight() {
    let child = aged(15);
    assert_eq!(judged(child, &["2026-03-02 14:00 18:00", "2026-03-03 08:00 12:00"]), []);
    let rest = judged(child, &["2026-03-02 15:00 18:01", "2026-03-03 08:00 12:00"]);
    assert_eq!((rest[0].rule, rest[0].limit, rest[0].found), ("child_daily_rest", 840, 839));
    assert_eq!(broken(&judged(child, &["2026-03-02 18:00 20:01"])), ["child_night"]);
}

#[test]
fn a_birthday_makes_an_adult() {
    let born = |day: &str| Worker { born: Some(day.parse().unwrap()) };
    let nine = ["2026-03-04 07:00 11:00", "2026-03-04 12:00 17:00"];
    assert_eq!(broken(&judged(born("2008-03-05"), &nine)), ["young_day", "young_break"]);
    assert_eq!(judged(born("2008-03-04"), &nine), []);
}
