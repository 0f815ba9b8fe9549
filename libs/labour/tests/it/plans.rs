//! Plans: breaks that tasks hold, work that ends a week's rest, leave in averages.

use crate::common::{PARIS, aged, at, broken, daily, law, of, spans};
use chrono::{DateTime, TimeDelta, Utc};
use labour::{AgreedLimit, Agreement, Breach, Refused, Span, Worker, ahead};
use proptest::prelude::*;

const ADULT: Worker = Worker { born: None };

fn start() -> DateTime<Utc> {
    at(PARIS, "2026-03-01 00:00")
}

/// What is left to work of tasks, as it is told.
fn left(worker: Worker, done: &[&str], tasks: &[&str], now: &str) -> Vec<Span> {
    let now = at(PARIS, now);
    ahead(&law("FR"), worker, PARIS, &spans(PARIS, done), &spans(PARIS, tasks), now)
}

/// What a plan breaks.
fn judged(worker: Worker, tasks: &[&str]) -> Vec<Breach> {
    let plan = left(worker, &[], tasks, "2026-03-01 00:00");
    labour::check(&law("FR"), worker, PARIS, &[], &plan).unwrap()
}

#[test]
fn a_plan_is_what_is_ahead_and_not_worked_yet() {
    let worked = ["2026-03-02 08:00 10:00", "2026-03-02 11:00 12:00"];
    let task = ["2026-03-02 07:00 13:00"];
    let pieces = ["2026-03-02 07:00 08:00", "2026-03-02 10:00 11:00", "2026-03-02 12:00 13:00"];
    assert_eq!(left(ADULT, &worked, &task, "2026-03-02 06:00"), spans(PARIS, &pieces));
    assert_eq!(left(ADULT, &worked, &task, "2026-03-02 09:00"), spans(PARIS, &pieces[1..]));
    assert_eq!(left(ADULT, &worked, &["2026-03-02 07:00 09:00"], "2026-03-02 12:00"), []);
    let later = ["2026-03-02 20:00 22:00"];
    assert_eq!(left(ADULT, &worked, &later, "2026-03-02 09:00"), spans(PARIS, &later));
}

#[test]
fn a_task_too_long_for_one_piece_holds_its_break() {
    let plan = left(ADULT, &[], &["2026-03-02 07:00 17:20"], "2026-03-01 00:00");
    assert_eq!(plan, spans(PARIS, &["2026-03-02 07:00 13:00", "2026-03-02 13:20 17:20"]));
    assert_eq!(judged(ADULT, &["2026-03-02 07:00 17:20"]), [], "ten hours and a break");
    assert_eq!(broken(&judged(ADULT, &["2026-03-02 07:00 17:21"])), ["day"]);
    // Under eighteen it is due sooner and longer.
    let plan = left(aged(17), &[], &["2026-03-02 07:00 13:00"], "2026-03-01 00:00");
    assert_eq!(plan, spans(PARIS, &["2026-03-02 07:00 11:30", "2026-03-02 12:00 13:00"]));
    // Where the day began before, it is due sooner; one already begun is due still.
    let morning = ["2026-03-02 06:00 09:00"];
    let plan = left(ADULT, &morning, &["2026-03-02 07:00 15:00"], "2026-03-02 09:00");
    assert_eq!(plan, spans(PARIS, &["2026-03-02 09:00 12:00", "2026-03-02 12:20 15:00"]));
    // No law, no break.
    let rules = labour::law("SN").unwrap().rules();
    let task = spans(PARIS, &["2026-03-02 07:00 17:20"]);
    assert_eq!(ahead(&rules, ADULT, PARIS, &[], &task, start()), task);
}

#[test]
fn between_two_tasks_the_break_must_be_planned() {
    let touching = judged(ADULT, &["2026-03-02 07:00 12:00", "2026-03-02 12:00 17:00"]);
    assert_eq!(broken(&touching), ["break"]);
    let rule = of(&touching, "break");
    assert!(rule.article.contains("L3121-16"));
    assert_eq!((rule.limit, rule.found), (20, 0));
    let short = judged(ADULT, &["2026-03-02 07:00 12:00", "2026-03-02 12:10 17:00"]);
    assert_eq!(of(&short, "break").found, 10);
    assert_eq!(judged(ADULT, &["2026-03-02 07:00 12:00", "2026-03-02 12:20 17:00"]), []);
    assert_eq!(judged(ADULT, &["2026-03-02 07:00 09:00", "2026-03-02 09:00 13:00"]), []);
    // The longer of two holds the break that both need.
    assert_eq!(judged(ADULT, &["2026-03-02 07:00 10:00", "2026-03-02 10:00 16:20"]), []);
}

#[test]
fn of_two_tasks_at_once_the_time_counts_once() {
    let both = ["2026-03-02 07:00 12:00", "2026-03-02 09:00 11:00", "2026-03-02 10:00 12:30"];
    let plan = left(ADULT, &[], &both, "2026-03-01 00:00");
    assert_eq!(plan, spans(PARIS, &["2026-03-02 07:00 12:00", "2026-03-02 12:00 12:30"]));
}

/// Saturday until ten at night, Monday from seven: thirty-three hours.
#[test]
fn a_shift_on_monday_that_ends_the_weeks_rest_is_judged_with_it() {
    let saturday = spans(PARIS, &["2026-03-07 16:00 22:00"]);
    let monday = spans(PARIS, &["2026-03-09 07:00 12:00"]);
    let breaches = labour::check(&law("FR"), ADULT, PARIS, &saturday, &monday).unwrap();
    // The week before holds a rest from Monday on: it is not broken.
    assert_eq!(breaches, []);
    let mut week = daily(PARIS, "2026-03-02", 5, &[("14:00", "20:00")]);
    week.extend(&saturday);
    let breaches = labour::check(&law("FR"), ADULT, PARIS, &week, &monday).unwrap();
    assert_eq!(broken(&breaches), ["weekly_rest"]);
    let rest = of(&breaches, "weekly_rest");
    assert!(rest.article.contains("L3132-2"));
    assert_eq!((rest.limit, rest.found), (2100, 33 * 60));
    assert!(rest.planned, "the plan of Monday breaks it");
    assert_eq!((rest.from, rest.to), (at(PARIS, "2026-03-02 00:00"), monday[0].to));
    // A week that had no rest is not Monday's fault.
    week.extend(spans(PARIS, &["2026-03-08 08:00 12:00"]));
    let breaches = labour::check(&law("FR"), ADULT, PARIS, &week, &monday).unwrap();
    let rest = of(&breaches, "weekly_rest");
    assert_eq!((rest.to, rest.planned), (at(PARIS, "2026-03-09 00:00"), false));
}

/// Sunday until midnight, then Tuesday from ten to Sunday: thirty-four hours.
#[test]
fn a_shift_on_sunday_that_the_next_weeks_rest_begins_after_is_judged_with_it() {
    let sunday = spans(PARIS, &["2026-03-01 18:00 2026-03-02 00:00"]);
    let week = daily(PARIS, "2026-03-03", 6, &[("10:00", "16:00")]);
    let breaches = labour::check(&law("FR"), ADULT, PARIS, &sunday, &week).unwrap();
    let rest = of(&breaches, "weekly_rest");
    assert_eq!((rest.from, rest.found), (sunday[0].from, 34 * 60));
    let breaches = labour::check(&law("FR"), ADULT, PARIS, &[], &week).unwrap();
    assert_eq!(breaches, []);
}

#[test]
fn six_days_and_two_days_of_hours_are_no_two_days_of_rest() {
    // Under eighteen: Monday to Saturday noon, then Monday noon.
    let mut six = daily(PARIS, "2026-03-02", 5, &[("08:00", "12:00")]);
    six.extend(spans(PARIS, &["2026-03-07 10:00 12:00", "2026-03-09 12:00 16:00"]));
    let check = |worker| labour::check(&law("FR"), worker, PARIS, &six, &[]).unwrap();
    assert_eq!(broken(&check(aged(17))), ["young_days_a_week"]);
    assert_eq!(broken(&check(aged(15))), ["child_days_a_week"]);
    assert_eq!(check(ADULT), []);
    // An agreement may let the older do it, who records both.
    let agreed = |rule: &str, limit| {
        let limit = AgreedLimit { rule: rule.into(), limit };
        let name = "Accord BTP".into();
        let agreement = Agreement { name, limits: vec![limit], ..Agreement::default() };
        labour::law("FR").unwrap().with(&agreement)
    };
    let rules = agreed("young_days_a_week", 6).unwrap();
    assert_eq!(labour::check(&rules, aged(17), PARIS, &six, &[]).unwrap(), []);
    assert!(matches!(agreed("young_days_a_week", 7), Err(Refused::BeyondBound { bound: 6, .. })));
    let beyond = agreed("child_days_a_week", 6).unwrap_err();
    assert!(beyond.to_string().contains("L3164-2"), "{beyond}");
}

/// Ten weeks of forty-seven hours and two without work, in some order.
fn ten_of_twelve(away: [u64; 2]) -> Vec<Span> {
    let first: chrono::NaiveDate = "2026-01-05".parse().unwrap();
    let weeks = (0..12).filter(|week| !away.contains(week));
    weeks
        .flat_map(|week| {
            let monday = (first + chrono::Days::new(7 * week)).to_string();
            daily(PARIS, &monday, 5, &[("07:00", "12:00"), ("13:00", "17:24")])
        })
        .collect()
}

#[test]
fn leave_is_neutral_to_the_average() {
    let work = ten_of_twelve([4, 5]);
    let check = |leave: &[&str]| {
        let leave = spans(PARIS, leave);
        let judged = (work.as_slice(), &[][..]);
        labour::check_with_leave(&law("FR"), ADULT, PARIS, judged, &leave).unwrap()
    };
    assert_eq!(check(&[]), [], "weeks without work that nobody calls leave");
    let fortnight = "2026-02-02 00:00 2026-02-14 00:00";
    let breaches = check(&[fortnight]);
    assert_eq!(broken(&breaches), ["average"]);
    assert_eq!((breaches[0].limit, breaches[0].found), (44 * 60, 47 * 60));
    assert!(breaches[0].article.contains("L3121-22"));
    // A day of it is a fifth of a week: 470 hours in 10.6 weeks keep, in 10.8 keep too.
    assert_eq!(check(&["2026-02-02 00:00 2026-02-09 00:00"]), []);
    // Told twice it counts once, and a day that was worked all the same does not count.
    assert_eq!(check(&[fortnight, fortnight]), breaches);
    let worked = "2026-01-05 00:00 2026-02-01 00:00";
    assert_eq!(check(&[worked]), []);
}

#[test]
fn who_was_away_all_the_time_has_no_average() {
    let sunday = spans(PARIS, &["2026-03-29 08:00 18:00"]);
    let leave = [Span::new(at(PARIS, "2026-01-01 00:00"), at(PARIS, "2026-04-01 00:00"))];
    let judged = (sunday.as_slice(), &[][..]);
    let breaches = labour::check_with_leave(&law("FR"), ADULT, PARIS, judged, &leave).unwrap();
    assert!(breaches.iter().all(|breach| breach.rule != "average"), "{breaches:?}");
}

proptest! {
    /// A plan's work covers its tasks but for breaks, of which each task has no more than are due.
    #[test]
    fn what_is_left_lies_within_tasks_and_leaves_out_breaks_alone(
        tasks in prop::collection::vec((0_i64..200, 1_i64..900), 0..20),
        done in prop::collection::vec((1_i64..900, 1_i64..300), 0..5),
        now in 0_i64..2_000,
        age in 14_i32..20,
    ) {
        let minute = |n| start() + TimeDelta::minutes(n);
        let laid = |pairs: &[(i64, i64)]| {
            let mut at = 0;
            let lay = |&(gap, length): &(i64, i64)| {
                let from = at + gap;
                at = from + length;
                Span::new(minute(from), minute(at))
            };
            pairs.iter().map(lay).collect::<Vec<_>>()
        };
        let (tasks, done, now) = (laid(&tasks), laid(&done), minute(now));
        let rules = law("FR");
        let plan = ahead(&rules, aged(age), PARIS, &done, &tasks, now);
        prop_assert!(labour::check(&rules, aged(age), PARIS, &done, &plan).is_ok());
        for piece in &plan {
            prop_assert!(piece.from >= now && piece.from < piece.to);
            prop_assert!(done.iter().all(|done| done.within(piece) == 0));
            prop_assert!(tasks.iter().any(|task| task.from <= piece.from && piece.to <= task.to));
        }
        for task in &tasks {
            let Some(from) = Some(task.from.max(now)).filter(|from| *from < task.to) else { continue };
            let open = Span::new(from, task.to);
            let planned: i64 = plan.iter().map(|piece| piece.within(&open)).sum();
            let worked: i64 = done.iter().map(|piece| piece.within(&open)).sum();
            let missing = open.seconds() - planned - worked;
            // Of four and a half hours and more, and half an hour at most.
            let due = task.seconds() / (270 * 60) + 1;
            prop_assert!((0..=due * 1800).contains(&missing));
            prop_assert!(missing == 0 || task.seconds() > 270 * 60);
        }
    }
}
