//! A week's hours by rate.

use crate::common::{DAKAR, PARIS, daily, law, spans};
use labour::{AgreedBand, Agreement, Rate, Span, Split, overtime};
use proptest::prelude::*;

fn week(country: &str, zone: chrono_tz::Tz, worked: &[Span]) -> Split {
    overtime(&law(country), zone, worked, "2026-03-02".parse().unwrap(), &[]).unwrap()
}

fn hours(split: &Split) -> Vec<(u16, i64)> {
    split.overtime.iter().map(|rate| (rate.percent, rate.seconds / 3600)).collect()
}

#[test]
fn france_pays_a_quarter_more_for_eight_hours_and_half_after() {
    let nine = daily(PARIS, "2026-03-02", 5, &[("07:00", "12:00"), ("13:00", "17:00")]);
    let split = week("FR", PARIS, &nine);
    assert_eq!((split.worked, split.normal), (45 * 3600, 35 * 3600));
    assert_eq!(hours(&split), [(25, 8), (50, 2)]);
    let seven = daily(PARIS, "2026-03-02", 5, &[("08:00", "12:00"), ("13:00", "16:00")]);
    assert_eq!(hours(&week("FR", PARIS, &seven)), []);
}

#[test]
fn an_agreement_sets_its_own_rates() {
    let overtime_bands = vec![AgreedBand { to: None, percent: 12 }];
    let agreement = Agreement { overtime: overtime_bands, ..Agreement::default() };
    let rules = labour::law("FR").unwrap().with(&agreement).unwrap();
    let nine = daily(PARIS, "2026-03-02", 5, &[("07:00", "12:00"), ("13:00", "17:00")]);
    let split = overtime(&rules, PARIS, &nine, "2026-03-02".parse().unwrap(), &[]).unwrap();
    assert_eq!(hours(&split), [(12, 10)]);
}

#[test]
fn senegal_pays_fifteen_then_forty_more_by_night_and_on_sundays() {
    let ten = daily(DAKAR, "2026-03-02", 5, &[("07:00", "12:00"), ("13:00", "18:00")]);
    assert_eq!(hours(&week("SN", DAKAR, &ten)), [(15, 8), (40, 2)]);
    let mut eight = daily(DAKAR, "2026-03-02", 5, &[("07:00", "12:00"), ("13:00", "16:00")]);
    eight.extend(spans(DAKAR, &["2026-03-07 20:00 2026-03-08 02:00", "2026-03-08 10:00 11:00"]));
    // Saturday 20 to 22 by day, 22 to midnight by night; Sunday 0 to 2 by night, 10 to 11 by day.
    let split = week("SN", DAKAR, &eight);
    assert_eq!(hours(&split), [(15, 2), (60, 3), (100, 2)]);
    assert_eq!((split.night, split.rest_day), (4 * 3600, 3 * 3600));
}

#[test]
fn cote_divoire_pays_fifteen_to_the_forty_sixth_hour_and_half_after() {
    let zone = chrono_tz::Africa::Abidjan;
    let ten = daily(zone, "2026-03-02", 5, &[("06:00", "11:00"), ("12:00", "17:00")]);
    assert_eq!(hours(&week("CI", zone, &ten)), [(15, 6), (50, 4)]);
    let mut eight = daily(zone, "2026-03-02", 5, &[("07:00", "12:00"), ("13:00", "16:00")]);
    eight.extend(spans(zone, &["2026-03-07 20:00 22:00", "2026-03-08 20:00 22:00"]));
    assert_eq!(hours(&week("CI", zone, &eight)), [(15, 1), (75, 2), (100, 1)]);
}

#[test]
fn a_public_holiday_counts_as_a_sunday() {
    let mut eight = daily(DAKAR, "2026-03-02", 5, &[("07:00", "12:00"), ("13:00", "16:00")]);
    eight.extend(spans(DAKAR, &["2026-03-07 08:00 10:00"]));
    let holidays = ["2026-03-07".parse().unwrap()];
    let monday = "2026-03-02".parse().unwrap();
    let split = overtime(&law("SN"), DAKAR, &eight, monday, &holidays).unwrap();
    assert_eq!(hours(&split), [(60, 2)]);
}

#[test]
fn what_lies_outside_the_week_is_the_other_weeks() {
    let night =
        spans(PARIS, &["2026-03-01 22:00 2026-03-02 06:00", "2026-03-08 22:00 2026-03-09 06:00"]);
    assert_eq!(week("FR", PARIS, &night).worked, 8 * 3600);
    // Any day of the week names it.
    let sunday = "2026-03-08".parse().unwrap();
    assert_eq!(overtime(&law("FR"), PARIS, &night, sunday, &[]).unwrap().worked, 8 * 3600);
}

#[test]
fn the_week_the_clocks_go_forward_has_an_hour_less() {
    let night = spans(PARIS, &["2026-03-28 22:00 2026-03-29 06:00"]);
    let monday = "2026-03-23".parse().unwrap();
    let split = overtime(&law("FR"), PARIS, &night, monday, &[]).unwrap();
    assert_eq!(split.worked, 7 * 3600);
}

proptest! {
    #[test]
    fn nothing_is_paid_twice_or_not_at_all(
        pairs in prop::collection::vec((1_i64..600, 1_i64..900), 0..30),
        country in prop::sample::select(vec!["FR", "SN", "CI"]),
    ) {
        let mut now = crate::common::at(PARIS, "2026-03-23 00:00");
        let mut worked = Vec::new();
        for (rest, work) in pairs {
            let from = now + chrono::TimeDelta::minutes(rest);
            now = from + chrono::TimeDelta::minutes(work);
            worked.push(Span::new(from, now));
        }
        let monday: chrono::NaiveDate = "2026-03-23".parse().unwrap();
        let mut all = 0;
        for n in 0..10 {
            let monday = monday + chrono::Days::new(7 * n);
            let split = overtime(&law(country), PARIS, &worked, monday, &[]).unwrap();
            let over: i64 = split.overtime.iter().map(|rate: &Rate| rate.seconds).sum();
            prop_assert_eq!(split.worked, split.normal + over);
            prop_assert!(split.normal <= i64::from(law(country).overtime.after) * 60);
            all += split.worked;
        }
        prop_assert_eq!(all, worked.iter().map(Span::seconds).sum::<i64>());
    }
}
