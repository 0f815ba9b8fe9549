//! A search and a plan by hand keep the same law: what a search proposes in whatever hours, taken as
//! an assignment by hand, breaks nothing.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate};
use chrono_tz::Tz;
use kernel::TaskId;
use labour::Span;
use proptest::prelude::*;
use solver::{Limit, Options, Visit};

use super::draw::tests::{at, person, scene, work};
use super::draw::{draw, instant};
use super::hours::{Past, bounds, facts};
use super::person::{Held, Person};
use super::scene::{Scene, Spots};
use crate::law::hours::Hours;
use crate::law::{Known, breaches_in};
use crate::tasks::{Needs, TimeWindow};

const PARIS: Tz = chrono_tz::Europe::Paris;

/// Spans of a day's hours, in hours: lunch, split shifts, one long piece, nights.
const DAYS: [&[(f64, f64)]; 10] = [
    &[(7.0, 12.0), (13.0, 18.0)],
    &[(8.0, 12.0), (13.0, 18.0)],
    &[(7.0, 11.0), (17.0, 21.5)],
    &[(6.0, 12.5), (13.0, 22.0)],
    &[(5.0, 21.0)],
    &[(0.0, 4.0), (15.5, 20.0)],
    &[(22.0, 30.0)],
    &[(21.0, 25.5), (26.25, 30.0)],
    &[(16.0, 31.0)],
    &[(14.0, 17.0), (19.0, 27.0)],
];

/// Somebody's week, age, and what they worked and are held by.
#[derive(Debug, Clone)]
struct Life {
    hours: usize,
    days: i16,
    age: u8,
    /// Hours a day in the twelve weeks before.
    before: i64,
    leave: bool,
    /// Whether they worked on the Saturday and the Sunday before, until late.
    weekend: (bool, bool),
    /// Whether something holds them on the day after the search.
    after: bool,
    /// The days of the search on whose evenings something holds them from six to midnight.
    evenings: Vec<u32>,
}

fn life() -> impl Strategy<Value = Life> {
    let weekend = (any::<bool>(), prop::bool::weighted(0.2));
    let evenings = prop::collection::vec(0_u32..14, 0..3);
    let past = (0_i64..10, any::<bool>(), weekend, any::<bool>(), evenings);
    (0..DAYS.len(), 5_i16..8, 15_u8..20, past).prop_map(|(hours, days, age, past)| {
        let (before, leave, weekend, after, evenings) = past;
        Life { hours, days, age, before, leave, weekend, after, evenings }
    })
}

fn drawn_person(life: &Life) -> Person {
    let mut it = person(&[], 0, 1);
    let minutes = |hours: &f64| (hours * 60.0) as u32;
    let span = |day| move |(a, b): &(f64, f64)| Hours { day, from: minutes(a), to: minutes(b) };
    it.hours = (1..=life.days).flat_map(|day| DAYS[life.hours].iter().map(span(day))).collect();
    if life.age < 18 {
        it.minor_until = NaiveDate::from_ymd_opt(2026 + 18 - i32::from(life.age), 1, 1);
    }
    if life.after {
        let (from, to) = (at("2026-03-16T06:00:00Z"), at("2026-03-16T10:00:00Z"));
        it.tasks.push(Held::sample(TaskId::new(), from, to));
    }
    let evenings: BTreeSet<_> = life.evenings.iter().collect();
    it.tasks.extend(evenings.into_iter().map(|day| {
        let from = at("2026-03-02T17:00:00Z") + Duration::days((*day).into());
        Held::sample(TaskId::new(), from, from + Duration::hours(6))
    }));
    it
}

/// What somebody worked before Monday 2 March 2026, and their leave.
fn past(life: &Life) -> (Vec<Span>, Vec<Span>) {
    let first: NaiveDate = "2025-12-08".parse().unwrap();
    let mut worked = Vec::new();
    let on = |day: NaiveDate, from: u32, hours: i64| {
        let from = day.and_hms_opt(from, 0, 0).unwrap().and_utc();
        Span::new(from, from + Duration::hours(hours))
    };
    let leave =
        life.leave.then(|| Span::new(at("2026-02-02T00:00:00Z"), at("2026-02-14T00:00:00Z")));
    for day in first.iter_days().take(7 * 12) {
        let week_day = (day - first).num_days() % 7;
        let away = leave.is_some_and(|it| it.from.date_naive() <= day && day < it.to.date_naive());
        if week_day < 5 && life.before > 0 && !away {
            worked.push(on(day, 8, life.before.min(5)));
            worked.extend((life.before > 5).then(|| on(day, 14, life.before - 5)));
        }
    }
    let days = ["2026-02-28", "2026-03-01"].map(|day| day.parse::<NaiveDate>().unwrap());
    worked.extend(life.weekend.0.then(|| on(days[0], 16, 5)));
    worked.extend(life.weekend.1.then(|| on(days[1], 16, 5)));
    (worked, leave.into_iter().collect())
}

/// The tasks: the day, how long in quarters of an hour, whether without a break, whether by night.
type Asked = (u32, i64, bool, bool);

fn asked() -> impl Strategy<Value = Vec<Asked>> {
    let night = prop::bool::weighted(0.4);
    prop::collection::vec((0_u32..14, 2_i64..44, prop::bool::weighted(0.2), night), 1..24)
}

/// A search of two weeks for these people, with the law of France.
fn search(lives: &[Life], asked: &[Asked], last: &str) -> Scene {
    let works = asked.iter().map(|&(day, quarters, unbroken, night)| {
        let begins = Duration::hours(if night { 18 } else { 5 });
        let from = at("2026-03-02T00:00:00Z") + Duration::days(day.into()) + begins;
        let to = from + Duration::minutes(15 * quarters);
        let window = night.then(|| TimeWindow { from, to: from + Duration::hours(13) });
        let needs = Needs { window, unbroken, ..Needs::default() };
        work(&from.to_rfc3339(), &to.to_rfc3339(), needs)
    });
    let people = lives.iter().map(drawn_person).collect();
    let mut scene = scene("2026-03-02", last, works.collect(), people);
    let rules = labour::law("FR").unwrap().rules();
    let free: Vec<_> = scene.works.iter().map(|work| work.task.id).collect();
    for (life, person) in lives.iter().zip(&scene.people) {
        let (worked, leave) = past(life);
        let past = Past {
            worked,
            leave,
            now: scene.now,
            first: scene.first,
            last: scene.last,
            free: &free,
            beside: false,
        };
        scene.limits.insert(person.id, bounds(&rules, PARIS, person, past));
    }
    scene.now = at("2026-03-02T00:00:00Z");
    scene.law = Some(rules);
    scene
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_search_proposes_nothing_that_is_refused_by_hand(
        lives in prop::collection::vec(life(), 1..4),
        asked in asked(),
        whole in any::<bool>(),
        minutes in 0_u32..40,
        seed in any::<u64>(),
    ) {
        let scene = search(&lives, &asked, if whole { "2026-03-15" } else { "2026-03-06" });
        let rules = scene.law.clone().unwrap();
        let spots = Spots::of(&scene);
        let places = spots.list.len();
        let ways = (0..places * places).map(|nth| {
            let (from, to) = (nth / places, nth % places);
            Some(if from == to { 0.0 } else { f64::from(minutes * 60) })
        });
        let travel = spots.matrix(&ways.collect::<Vec<_>>()).unwrap();
        let drawn = draw(&scene, &spots, travel);
        let limit = Limit::Iterations(150);
        let options = Options { seed, limit, threads: 1, ..Options::default() };
        let plan = solver::solve(&drawn.problem, &options).unwrap().plan;
        for (at, person) in scene.people.iter().enumerate() {
            let routes = plan.routes.iter().filter(|route| route.worker == at);
            let stops = routes.flat_map(|route| &route.stops);
            let stops = stops.filter(|stop| matches!(stop.visit, Visit::Job(_)));
            let spans = stops.map(|stop| Span::new(instant(stop.start), instant(stop.end)));
            let work = |span: Span| person.work_in(span, span.to - span.from, PARIS);
            let extra: Vec<_> = spans.flat_map(work).collect();
            let bounds = &scene.limits[&person.id];
            let known = Known {
                worker: facts(person),
                zone: PARIS,
                done: &bounds.done,
                leave: &bounds.leave,
            };
            let others: Vec<_> = person.pieces(PARIS).map(|(_, span)| span).collect();
            if !breaches_in(&rules, &known, vec![], &others, scene.now).unwrap().is_empty() {
                continue; // what holds them breaks the law without the search
            }
            let mut breaches = breaches_in(&rules, &known, others, &extra, scene.now).unwrap();
            // What holds them beside the search is a pause to its breaks (docs/dispatch.md).
            let beside = |breach: &labour::Breach| matches!(breach.kind, labour::Kind::Break { .. });
            breaches.retain(|breach| lives[at].evenings.is_empty() || !beside(breach));
            prop_assert!(breaches.is_empty(), "{breaches:#?} by {extra:#?} of {:?}", lives[at]);
        }
    }
}

/// Ten hours around lunch, by the search's hours and by hand: the pause is none of them.
#[test]
fn a_task_over_lunch_is_ten_hours_to_both() {
    let life = Life {
        hours: 0,
        days: 5,
        age: 19,
        before: 0,
        leave: false,
        weekend: (false, false),
        after: false,
        evenings: Vec::new(),
    };
    let scene = search(&[life], &[(0, 40, false, false)], "2026-03-02");
    let person = &scene.people[0];
    let rules = scene.law.clone().unwrap();
    let known = Known { worker: facts(person), zone: PARIS, done: &[], leave: &[] };
    let day = Span::new(at("2026-03-02T06:00:00Z"), at("2026-03-02T17:00:00Z"));
    let by_hand = |extra: &[Span]| breaches_in(&rules, &known, vec![], extra, scene.now).unwrap();
    let work = |span: Span| person.work_in(span, span.to - span.from, PARIS);
    assert_eq!(by_hand(&work(day)), []);
    let longer = Span::new(day.from - Duration::minutes(1), day.to);
    let breaches = by_hand(&work(longer));
    let told: Vec<_> = breaches.iter().map(|it| (it.rule, it.found)).collect();
    assert_eq!(told, [("day", 601)]);
}
