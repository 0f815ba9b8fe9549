//! Senegal and Côte d'Ivoire as cases: each rule keeps and is broken, with its article.

use crate::common::{DAKAR, aged, broken, check, daily, of, spans};
use labour::Worker;

const ADULT: Worker = Worker { born: None };
const ABIDJAN: chrono_tz::Tz = chrono_tz::Africa::Abidjan;

#[test]
fn senegal_limits_the_day_and_the_week() {
    let ten = [("07:00", "12:00"), ("13:00", "18:00")];
    let six = daily(DAKAR, "2026-03-02", 6, &ten);
    assert_eq!(check("SN", DAKAR, ADULT, &six).unwrap(), []);
    let longer = [("07:00", "12:00"), ("13:00", "18:10")];
    let breaches = check("SN", DAKAR, ADULT, &daily(DAKAR, "2026-03-02", 6, &longer)).unwrap();
    assert_eq!((of(&breaches, "day").limit, of(&breaches, "day").found), (600, 610));
    assert_eq!((of(&breaches, "week").limit, of(&breaches, "week").found), (3600, 3660));
    assert!(of(&breaches, "week").article.contains("2006-1262"));
}

#[test]
fn senegal_wants_a_day_of_rest_a_week_and_eleven_hours_for_the_young() {
    // Midnight to midnight on Sunday is a day.
    let mut week = daily(DAKAR, "2026-03-02", 5, &[("08:00", "12:00")]);
    week.extend(spans(DAKAR, &["2026-03-07 20:00 2026-03-08 00:00", "2026-03-09 00:00 04:00"]));
    assert_eq!(check("SN", DAKAR, ADULT, &week).unwrap(), []);
    let seven = daily(DAKAR, "2026-03-02", 7, &[("08:00", "12:00")]);
    let mut nights = seven.clone();
    nights.extend(spans(DAKAR, &["2026-03-09 08:00 12:00"]));
    let breaches = check("SN", DAKAR, ADULT, &nights).unwrap();
    assert_eq!(broken(&breaches), ["weekly_rest"]);
    assert!(breaches[0].article.contains("L.147"));
    let short = spans(DAKAR, &["2026-03-02 14:00 21:30", "2026-03-03 08:00 12:00"]);
    assert_eq!(check("SN", DAKAR, ADULT, &short).unwrap(), []);
    let young = check("SN", DAKAR, aged(17), &short).unwrap();
    assert_eq!((young[0].rule, young[0].limit, young[0].found), ("young_daily_rest", 660, 630));
    let kept = spans(DAKAR, &["2026-03-02 14:00 21:00", "2026-03-03 08:00 12:00"]);
    assert_eq!(check("SN", DAKAR, aged(17), &kept).unwrap(), []);
}

#[test]
fn cote_divoire_limits_overtime_of_the_day_and_the_week() {
    let eleven = [("06:00", "12:00"), ("13:00", "18:00")];
    assert_eq!(check("CI", ABIDJAN, ADULT, &daily(ABIDJAN, "2026-03-02", 5, &eleven)).unwrap(), []);
    let longer = [("06:00", "12:00"), ("13:00", "18:01")];
    let breaches = check("CI", ABIDJAN, ADULT, &daily(ABIDJAN, "2026-03-02", 5, &longer)).unwrap();
    assert_eq!((of(&breaches, "day").limit, of(&breaches, "day").found), (660, 661));
    assert_eq!((of(&breaches, "week").limit, of(&breaches, "week").found), (3300, 3305));
    assert!(of(&breaches, "day").article.contains("96-203"));
    assert!(of(&breaches, "week").article.contains("21.2"));
}

#[test]
fn cote_divoire_wants_a_day_of_rest_a_week() {
    let six = daily(ABIDJAN, "2026-03-02", 6, &[("08:00", "12:00")]);
    assert_eq!(check("CI", ABIDJAN, ADULT, &six).unwrap(), []);
    let all = daily(ABIDJAN, "2026-03-02", 8, &[("08:00", "12:00")]);
    let breaches = check("CI", ABIDJAN, ADULT, &all).unwrap();
    assert_eq!(broken(&breaches), ["weekly_rest"]);
    assert!(breaches[0].article.contains("24.1"));
}

#[test]
fn cote_divoire_lets_nobody_under_eighteen_work_by_night() {
    let evening = spans(ABIDJAN, &["2026-03-02 14:00 18:00"]);
    assert_eq!(check("CI", ABIDJAN, aged(17), &evening).unwrap(), []);
    let late = spans(ABIDJAN, &["2026-03-02 14:00 18:30"]);
    let breaches = check("CI", ABIDJAN, aged(17), &late).unwrap();
    assert_eq!((breaches[0].rule, breaches[0].found), ("young_night", 30));
    assert!(breaches[0].article.contains("96-204"));
    assert_eq!(check("CI", ABIDJAN, aged(18), &late).unwrap(), []);
}
