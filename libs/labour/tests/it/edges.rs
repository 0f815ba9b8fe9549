//! What is refused, plans beside history, agreements, nights on which the clocks change.

use crate::common::{PARIS, at, broken, check, daily, law, of, spans};
use chrono::{TimeDelta, Utc};
use labour::{AgreedBand, AgreedLimit, Agreement, Kind, Refused, Span, Worker, union};
use proptest::prelude::*;

const ADULT: Worker = Worker { born: None };

#[test]
fn data_that_cannot_be_is_refused() {
    let refused = |spans: &[Span]| check("FR", PARIS, ADULT, spans).unwrap_err();
    let noon = at(PARIS, "2026-03-02 12:00");
    let hour = |from, to| Span::new(noon + TimeDelta::hours(from), noon + TimeDelta::hours(to));
    assert_eq!(refused(&[hour(0, 0)]), Refused::EndsBeforeStart(hour(0, 0)));
    assert_eq!(refused(&[hour(1, 0)]), Refused::EndsBeforeStart(hour(1, 0)));
    assert_eq!(refused(&[hour(0, 200)]), Refused::TooLong(hour(0, 200)));
    assert_eq!(
        refused(&[hour(1, 3), hour(0, 2)]),
        Refused::Overlap(hour(0, 2), hour(1, 3)),
        "in any order"
    );
    let epoch =
        Span::new(chrono::DateTime::UNIX_EPOCH, chrono::DateTime::UNIX_EPOCH + TimeDelta::hours(8));
    assert_eq!(refused(&[epoch]), Refused::OutOfTime(epoch));
    assert!(check("FR", PARIS, ADULT, &[hour(0, 2), hour(2, 3)]).is_ok(), "touching is no overlap");
    let plan = labour::check(&law("FR"), ADULT, PARIS, &[hour(0, 2)], &[hour(1, 3)]);
    assert!(matches!(plan, Err(Refused::Overlap(..))));
}

#[test]
fn nothing_worked_breaks_nothing() {
    for country in labour::countries() {
        assert_eq!(check(country, PARIS, ADULT, &[]).unwrap(), []);
    }
    assert!(labour::law("XX").is_none() && labour::law("fr").is_none());
}

#[test]
fn a_plan_is_judged_with_what_was_worked_before() {
    let worked = daily(PARIS, "2026-03-02", 4, &[("07:00", "12:00"), ("13:00", "18:00")]);
    let plan = |to: &str| {
        let friday = format!("2026-03-06 {to}");
        labour::check(&law("FR"), ADULT, PARIS, &worked, &spans(PARIS, &[&friday])).unwrap()
    };
    assert_eq!(plan("07:00 12:00"), []);
    let far = spans(PARIS, &["2026-03-06 07:00 12:00", "2026-03-06 13:00 16:01"]);
    let breaches = labour::check(&law("FR"), ADULT, PARIS, &worked, &far).unwrap();
    assert_eq!(broken(&breaches), ["week"]);
    assert!(breaches[0].planned);
    // What happened before is not blamed on the plan.
    let mut worked = worked.clone();
    worked[1].to += TimeDelta::minutes(5);
    let breaches = labour::check(&law("FR"), ADULT, PARIS, &worked, &far).unwrap();
    let blamed: Vec<_> = breaches.iter().map(|b| (b.rule, b.planned)).collect();
    assert_eq!(blamed, [("day", false), ("week", true)]);
}

#[test]
fn thirty_hours_over_the_night_the_clocks_go_forward() {
    // 28 March 2026, 20:00 to 30 March, 03:00 by the clocks: thirty hours, for one is skipped.
    let shift = Span::new(at(PARIS, "2026-03-28 20:00"), at(PARIS, "2026-03-30 03:00"));
    assert_eq!(shift.seconds(), 30 * 3600);
    let breaches = check("FR", PARIS, ADULT, &[shift]).unwrap();
    assert_eq!(broken(&breaches), ["break", "daily_rest", "day"]);
    let day = of(&breaches, "day");
    assert_eq!(day.found, 23 * 60, "that Sunday has twenty-three hours");
    assert_eq!(day.to - day.from, TimeDelta::hours(23));
    assert_eq!(of(&breaches, "daily_rest").found, 0);
}

#[test]
fn thirty_hours_over_the_night_the_clocks_go_back() {
    let shift = Span::new(at(PARIS, "2026-10-24 22:00"), at(PARIS, "2026-10-26 03:00"));
    assert_eq!(shift.seconds(), 30 * 3600);
    let breaches = check("FR", PARIS, ADULT, &[shift]).unwrap();
    assert_eq!(of(&breaches, "day").found, 25 * 60, "that Sunday has twenty-five hours");
}

#[test]
fn a_night_shift_is_as_long_as_it_lasts_when_the_clocks_change() {
    // 21:00 to 07:00 by the clocks is nine hours in March and eleven in October.
    let spring = Span::new(at(PARIS, "2026-03-28 21:00"), at(PARIS, "2026-03-29 07:00"));
    let autumn = Span::new(at(PARIS, "2026-10-24 21:00"), at(PARIS, "2026-10-25 07:00"));
    assert_eq!((spring.seconds(), autumn.seconds()), (9 * 3600, 11 * 3600));
    // Eleven hours of rest by the clocks are ten in March.
    let rest = spans(PARIS, &["2026-03-28 14:00 20:00", "2026-03-29 07:00 12:00"]);
    let breaches = check("FR", PARIS, ADULT, &rest).unwrap();
    assert_eq!((breaches[0].rule, breaches[0].found), ("daily_rest", 600));
    let rest = spans(PARIS, &["2026-10-24 14:00 20:00", "2026-10-25 06:00 12:00"]);
    assert_eq!(check("FR", PARIS, ADULT, &rest).unwrap(), []);
}

#[test]
fn an_agreement_is_stricter_at_will_and_wider_within_the_bound() {
    let france = labour::law("FR").unwrap();
    let agreed = |rule: &str, limit| {
        let limits = vec![AgreedLimit { rule: rule.into(), limit }];
        france.with(&Agreement { name: "Accord BTP".into(), limits, overtime: Vec::new() })
    };
    let eleven = spans(PARIS, &["2026-03-02 07:00 12:00", "2026-03-02 13:00 19:00"]);
    let wider = agreed("day", 12 * 60).unwrap();
    assert_eq!(labour::check(&wider, ADULT, PARIS, &eleven, &[]).unwrap(), []);
    let stricter = agreed("day", 9 * 60).unwrap();
    let breaches = labour::check(&stricter, ADULT, PARIS, &eleven, &[]).unwrap();
    assert_eq!((breaches[0].limit, breaches[0].agreed.as_deref()), (540, Some("Accord BTP")));
    let beyond = agreed("day", 12 * 60 + 1).unwrap_err();
    assert!(beyond.to_string().contains("L3121-19"), "{beyond}");
    assert!(agreed("daily_rest", 9 * 60).is_ok());
    assert!(agreed("daily_rest", 9 * 60 - 1).unwrap_err().to_string().contains("D3131-6"));
    assert!(agreed("daily_rest", 12 * 60).is_ok(), "more rest is stricter");
    // No bound: the law alone.
    assert!(agreed("break", 19).unwrap_err().to_string().contains("L3121-16"));
    assert!(agreed("break", 45).is_ok());
    assert_eq!(agreed("lunch", 45), Err(Refused::NoSuchRule("lunch".into())));
    let twice = AgreedLimit { rule: "day".into(), limit: 540 };
    let twice = Agreement { limits: vec![twice.clone(), twice], ..Agreement::default() };
    assert_eq!(france.with(&twice), Err(Refused::AgreedTwice("day".into())));
}

#[test]
fn agreed_overtime_rises_and_is_no_less_than_the_law_lets_it_be() {
    let france = labour::law("FR").unwrap();
    let agreed = |bands: &[(Option<u32>, u16)]| {
        let overtime = bands.iter().map(|&(to, percent)| AgreedBand { to, percent }).collect();
        france.with(&Agreement { overtime, ..Agreement::default() })
    };
    assert!(agreed(&[(Some(480), 10), (None, 20)]).is_ok());
    let refused = [
        agreed(&[(None, 9)]),
        agreed(&[(Some(480), 25)]),
        agreed(&[(None, 25), (None, 50)]),
        agreed(&[(Some(480), 25), (Some(480), 50), (None, 60)]),
    ];
    for refused in refused {
        assert!(refused.unwrap_err().to_string().contains("L3121-33"));
    }
}

#[test]
fn every_rule_has_its_article_and_its_own_name() {
    for country in labour::countries() {
        let law = labour::law(country).unwrap();
        let mut codes: Vec<_> = law.rules.iter().map(|rule| rule.code).collect();
        codes.sort_unstable();
        let all = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), all);
        for rule in law.rules {
            assert!(!rule.article.is_empty());
            if let Some(bound) = rule.bound {
                let least = rule.kind.is_least();
                let wider = if least { bound.limit < rule.limit } else { bound.limit > rule.limit };
                assert!(wider && !bound.article.is_empty(), "{country} {}", rule.code);
            }
            if let Kind::Night { from, to } = rule.kind {
                assert!(from < 1440 && to > 1440 && to - from < 1440);
            }
        }
    }
}

/// Shifts of some weeks, none over another.
fn weeks() -> impl Strategy<Value = Vec<Span>> {
    let start = at(PARIS, "2026-02-23 00:00");
    prop::collection::vec((1_i64..1500, 1_i64..1200), 0..60).prop_map(move |pairs| {
        let mut now = start;
        pairs
            .into_iter()
            .map(|(rest, work)| {
                let from = now + TimeDelta::minutes(rest);
                now = from + TimeDelta::minutes(work);
                Span::new(from, now)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn days_and_weeks_add_up_whatever_was_worked(spans in weeks()) {
        // A law that lets nothing be: every day and week is named, with all that was worked.
        let agreement = Agreement {
            limits: vec![
                AgreedLimit { rule: "day".into(), limit: 0 },
                AgreedLimit { rule: "week".into(), limit: 0 },
            ],
            ..Agreement::default()
        };
        let rules = labour::law("FR").unwrap().with(&agreement).unwrap();
        let breaches = labour::check(&rules, ADULT, PARIS, &spans, &[]).unwrap();
        let sum = |rule: &str| -> i64 {
            breaches.iter().filter(|b| b.rule == rule).map(|b| i64::from(b.found)).sum()
        };
        let all: i64 = spans.iter().map(|span| span.seconds() / 60).sum();
        prop_assert_eq!(sum("day"), all);
        prop_assert_eq!(sum("week"), all);
    }

    #[test]
    fn a_day_judged_alone_is_judged_as_among_others(spans in weeks()) {
        let whole = check("FR", PARIS, ADULT, &spans).unwrap();
        for breach in whole.iter().filter(|breach| breach.rule == "day") {
            let day = Span::new(breach.from, breach.to);
            let alone = spans.iter().map(|s| Span::new(s.from.max(day.from), s.to.min(day.to)));
            let alone: Vec<Span> = alone.filter(|span| span.from < span.to).collect();
            let again = check("FR", PARIS, ADULT, &alone).unwrap();
            prop_assert_eq!(of(&again, "day"), breach);
        }
    }

    #[test]
    fn a_union_covers_the_same_time_once(
        pairs in prop::collection::vec((0_i64..500, 0_i64..60), 0..40)
    ) {
        let start = chrono::DateTime::<Utc>::UNIX_EPOCH;
        let minute = |n| start + TimeDelta::minutes(n);
        let spans = pairs.iter().map(|&(from, len)| Span::new(minute(from), minute(from + len)));
        let spans: Vec<Span> = spans.collect();
        let merged = union(spans.iter().copied());
        let in_any = |all: &[Span], n: i64| {
            all.iter().any(|span| span.from <= minute(n) && minute(n) < span.to)
        };
        for n in 0..600 {
            prop_assert_eq!(in_any(&spans, n), in_any(&merged, n));
        }
        prop_assert!(merged.windows(2).all(|pair| pair[0].to < pair[1].from));
    }
}
