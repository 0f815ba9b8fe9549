//! Every rule of every country both ways: work that just keeps it, and work that just does not, with
//! its article. What is exercised is compared with what the law has, so that no rule goes without.

use std::collections::BTreeSet;

use crate::common::{PARIS, aged, check, of, spans};
use labour::Span;

const DAKAR: chrono_tz::Tz = chrono_tz::Africa::Dakar;
const ABIDJAN: chrono_tz::Tz = chrono_tz::Africa::Abidjan;

/// Work that keeps a rule, and work that breaks it.
struct Case {
    rule: &'static str,
    /// Where it stands.
    article: &'static str,
    age: i32,
    kept: Vec<String>,
    broken: Vec<String>,
    /// The limit, and what is found of the work that breaks it.
    told: (u32, u32),
}

fn case(
    (rule, article): (&'static str, &'static str),
    age: i32,
    kept: &[&str],
    broken: &[&str],
    told: (u32, u32),
) -> Case {
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    Case { rule, article, age, kept: lines(kept), broken: lines(broken), told }
}

/// The same hours on days from Monday 2 March 2026 on.
fn days(count: u64, hours: &[&str]) -> Vec<String> {
    let monday: chrono::NaiveDate = "2026-03-02".parse().unwrap();
    let day = |n| monday + chrono::Days::new(n);
    (0..count).flat_map(|n| hours.iter().map(move |span| format!("{} {span}", day(n)))).collect()
}

/// The same hours from Monday to Friday of weeks from 5 January 2026 on.
fn weeks(count: u64, hours: &[&str]) -> Vec<String> {
    let monday: chrono::NaiveDate = "2026-01-05".parse().unwrap();
    let day = |week, n| monday + chrono::Days::new(7 * week + n);
    (0..count)
        .flat_map(|week| (0..5).map(move |n| day(week, n)))
        .flat_map(|day| hours.iter().map(move |span| format!("{day} {span}")))
        .collect()
}

fn on(mut lines: Vec<String>, more: &[&str]) -> Vec<String> {
    lines.extend(more.iter().map(|line| (*line).to_owned()));
    lines
}

fn france() -> Vec<Case> {
    let many =
        |(rule, article), age, kept, broken, told| Case { rule, article, age, kept, broken, told };
    vec![
        case(
            ("day", "L3121-18"),
            30,
            &["2026-03-02 07:00 12:00", "2026-03-02 13:00 18:00"],
            &["2026-03-02 07:00 12:00", "2026-03-02 13:00 18:01"],
            (600, 601),
        ),
        many(
            ("week", "L3121-20"),
            30,
            days(6, &["08:00 12:00", "13:00 17:00"]),
            days(6, &["08:00 12:00", "13:00 17:01"]),
            (2880, 2886),
        ),
        many(
            ("average", "L3121-22"),
            30,
            weeks(12, &["07:00 12:00", "13:00 16:48"]),
            weeks(12, &["07:00 12:00", "13:00 16:49"]),
            (2640, 2645),
        ),
        case(
            ("break", "L3121-16"),
            30,
            &["2026-03-02 07:00 13:00", "2026-03-02 13:20 14:00"],
            &["2026-03-02 07:00 13:00", "2026-03-02 13:19 14:00"],
            (20, 19),
        ),
        case(
            ("daily_rest", "L3131-1"),
            30,
            &["2026-03-02 14:00 20:00", "2026-03-03 07:00 12:00"],
            &["2026-03-02 14:00 20:00", "2026-03-03 06:59 12:00"],
            (660, 659),
        ),
        many(
            ("days_a_week", "L3132-1"),
            30,
            days(6, &["08:00 12:00"]),
            days(7, &["08:00 12:00"]),
            (6, 7),
        ),
        many(
            ("weekly_rest", "L3132-2"),
            30,
            on(days(6, &["14:00 20:00"]), &["2026-03-09 07:00 12:00"]),
            on(days(6, &["14:00 20:00"]), &["2026-03-09 06:59 12:00"]),
            (2100, 2099),
        ),
        case(
            ("young_day", "L3162-1"),
            16,
            &["2026-03-02 08:00 12:00", "2026-03-02 13:00 17:00"],
            &["2026-03-02 08:00 12:00", "2026-03-02 13:00 17:01"],
            (480, 481),
        ),
        many(
            ("young_week", "L3162-1"),
            17,
            days(5, &["08:00 12:00", "13:00 16:00"]),
            days(5, &["08:00 12:00", "13:00 16:01"]),
            (2100, 2105),
        ),
        case(
            ("young_break", "L3162-3"),
            16,
            &["2026-03-02 08:00 12:30", "2026-03-02 13:00 14:00"],
            &["2026-03-02 08:00 12:30", "2026-03-02 12:59 14:00"],
            (30, 29),
        ),
        case(
            ("young_night", "L3163-2"),
            16,
            &["2026-03-02 18:00 22:00", "2026-03-04 06:00 10:00"],
            &["2026-03-02 18:00 22:01"],
            (0, 1),
        ),
        case(
            ("child_night", "L3163-2"),
            15,
            &["2026-03-02 16:00 20:00", "2026-03-04 06:00 10:00"],
            &["2026-03-02 16:00 20:01"],
            (0, 1),
        ),
        case(
            ("young_daily_rest", "L3164-1"),
            16,
            &["2026-03-02 17:00 20:00", "2026-03-03 08:00 12:00"],
            &["2026-03-02 17:00 20:01", "2026-03-03 08:00 12:00"],
            (720, 719),
        ),
        case(
            ("child_daily_rest", "L3164-1"),
            15,
            &["2026-03-02 14:00 18:00", "2026-03-03 08:00 12:00"],
            &["2026-03-02 14:00 18:01", "2026-03-03 08:00 12:00"],
            (840, 839),
        ),
        many(
            ("young_weekly_rest", "L3164-2"),
            17,
            on(days(5, &["08:00 12:00"]), &["2026-03-08 12:00 14:00"]),
            on(days(5, &["08:00 12:00"]), &["2026-03-08 11:59 14:00"]),
            (2880, 2879),
        ),
        many(
            ("child_weekly_rest", "L3164-2"),
            15,
            on(days(5, &["08:00 12:00"]), &["2026-03-08 12:00 14:00"]),
            on(days(5, &["08:00 12:00"]), &["2026-03-08 11:59 14:00"]),
            (2880, 2879),
        ),
        many(
            ("young_days_a_week", "L3164-2"),
            17,
            on(days(5, &["08:00 12:00"]), &["2026-03-09 12:00 16:00"]),
            on(days(6, &["08:00 12:00"]), &["2026-03-09 12:00 16:00"]),
            (5, 6),
        ),
        many(
            ("child_days_a_week", "L3164-2"),
            15,
            on(days(5, &["08:00 12:00"]), &["2026-03-09 12:00 16:00"]),
            on(days(6, &["08:00 12:00"]), &["2026-03-09 12:00 16:00"]),
            (5, 6),
        ),
    ]
}

fn senegal() -> Vec<Case> {
    let week = |to: &str| {
        let hours = ["07:00 12:00".to_owned(), format!("13:00 {to}")];
        days(6, &[&hours[0], &hours[1]])
    };
    vec![
        case(
            ("day", "70-183"),
            30,
            &["2026-03-02 07:00 12:00", "2026-03-02 13:00 18:00"],
            &["2026-03-02 07:00 12:00", "2026-03-02 13:00 18:01"],
            (600, 601),
        ),
        Case {
            rule: "week",
            article: "2006-1262",
            age: 30,
            kept: week("18:00"),
            broken: week("18:10"),
            told: (3600, 3660),
        },
        Case {
            rule: "weekly_rest",
            article: "L.147",
            age: 30,
            kept: on(days(6, &["08:00 12:00"]), &["2026-03-08 12:00 14:00"]),
            broken: on(
                days(6, &["08:00 12:00"]),
                &["2026-03-08 11:59 14:00", "2026-03-09 08:00 12:00"],
            ),
            told: (1440, 1439),
        },
        case(
            ("young_daily_rest", "L.141"),
            17,
            &["2026-03-02 14:00 21:00", "2026-03-03 08:00 12:00"],
            &["2026-03-02 14:00 21:01", "2026-03-03 08:00 12:00"],
            (660, 659),
        ),
    ]
}

fn cote_divoire() -> Vec<Case> {
    vec![
        case(
            ("day", "96-203"),
            30,
            &["2026-03-02 06:00 12:00", "2026-03-02 13:00 18:00"],
            &["2026-03-02 06:00 12:00", "2026-03-02 13:00 18:01"],
            (660, 661),
        ),
        Case {
            rule: "week",
            article: "21.2",
            age: 30,
            kept: days(5, &["06:00 12:00", "13:00 18:00"]),
            broken: days(5, &["06:00 12:00", "13:00 18:01"]),
            told: (3300, 3305),
        },
        Case {
            rule: "weekly_rest",
            article: "24.1",
            age: 30,
            kept: on(days(6, &["08:00 12:00"]), &["2026-03-08 12:00 14:00"]),
            broken: on(
                days(6, &["08:00 12:00"]),
                &["2026-03-08 11:59 14:00", "2026-03-09 08:00 12:00"],
            ),
            told: (1440, 1439),
        },
        case(
            ("young_night", "96-204"),
            17,
            &["2026-03-02 14:00 18:00", "2026-03-03 06:00 10:00"],
            &["2026-03-02 14:00 18:01"],
            (0, 1),
        ),
    ]
}

#[test]
fn every_rule_of_every_country_is_kept_and_broken_with_its_article() {
    let all = [("FR", PARIS, france()), ("SN", DAKAR, senegal()), ("CI", ABIDJAN, cote_divoire())];
    let known: BTreeSet<_> = labour::countries().collect();
    assert_eq!(known, all.iter().map(|(country, ..)| *country).collect());
    for (country, zone, cases) in all {
        let mut exercised = Vec::new();
        for Case { rule, article, age, kept, broken, told } in cases {
            let work = |lines: &[String]| -> Vec<Span> {
                let lines: Vec<_> = lines.iter().map(String::as_str).collect();
                spans(zone, &lines)
            };
            let keeps = check(country, zone, aged(age), &work(&kept)).unwrap();
            assert!(!keeps.iter().any(|it| it.rule == rule), "{country} {rule}: {keeps:?}");
            let breaks = check(country, zone, aged(age), &work(&broken)).unwrap();
            let breach = of(&breaks, rule);
            assert!(breach.article.contains(article), "{country} {rule}: {}", breach.article);
            assert_eq!((breach.limit, breach.found), told, "{country} {rule}");
            exercised.push(rule);
        }
        let law = labour::law(country).unwrap();
        let rules: BTreeSet<_> = law.rules.iter().map(|rule| rule.code).collect();
        assert_eq!(exercised.iter().copied().collect::<BTreeSet<_>>(), rules, "{country}");
    }
}
