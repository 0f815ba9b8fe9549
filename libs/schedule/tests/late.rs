//! The late dates as they are written keep every link, whatever calendars it joins, and are the
//! latest that do.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use chrono::NaiveDateTime;
use common::links::{Ends, feasible, keeps, worked_by};
use common::{at, days, plan, task};
use proptest::prelude::*;
use schedule::{
    Calendar, Constraint, Dates, Hours, Lag, Link, LinkKind, Plan, Ruler, Task, Work, schedule,
};

const NOTHING: Work = Work::Working(0);

fn late(dates: Dates) -> Ends {
    (dates.late_start, dates.late_finish)
}

/// The links between tasks with work of their own.
fn between_tasks(plan: &Plan) -> impl Iterator<Item = &Link> {
    let holds = |task| plan.tasks.iter().any(|other| other.parent == Some(task));
    plan.links.iter().filter(move |link| !holds(link.from) && !holds(link.to))
}

/// When the plan finishes if a task starts no earlier than this.
fn finish(plan: &Plan, task: usize, start: NaiveDateTime) -> NaiveDateTime {
    let mut plan = plan.clone();
    plan.tasks[task].constraint = Constraint::StartNoEarlierThan(start);
    schedule(&plan).unwrap().finish
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn what_is_worked_as_late_as_it_may_keeps_every_link(plan in feasible()) {
        let Ok(schedule) = schedule(&plan) else { return Ok(()) };
        for link in between_tasks(&plan) {
            if let (Some(before), Some(after)) = (schedule.dates[link.from], schedule.dates[link.to]) {
                let (before, after) = (late(before), late(after));
                prop_assert!(keeps(&plan, link, before, after), "{link:?} {before:?} {after:?}");
            }
        }
    }

    #[test]
    fn what_starts_as_late_as_it_may_delays_nothing_and_a_minute_later_the_end(plan in feasible()) {
        // A lag of a share of a summary grows with it, which nothing knows beforehand.
        let mut plan = plan;
        for task in &mut plan.tasks {
            task.parent = None;
        }
        let Ok(schedule) = schedule(&plan) else { return Ok(()) };
        for (task, dates) in schedule.dates.iter().enumerate() {
            let Some(dates) = dates.filter(|_| plan.tasks[task].work != NOTHING) else { continue };
            let ruler = worked_by(&plan, task).map_or_else(Ruler::clock, |calendar| {
                Ruler::new(&plan.calendars[calendar]).unwrap()
            });
            let later = ruler.next_start(ruler.add(dates.late_start, 1).unwrap()).unwrap();
            prop_assert_eq!(finish(&plan, task, dates.late_start), schedule.finish, "{} {:?}", task, dates);
            prop_assert!(finish(&plan, task, later) > schedule.finish, "{task} {dates:?}");
        }
    }
}

/// A task on office hours that must start with one that works at night: between Friday 17:00 and
/// Monday 8:00 the office does nothing and the night shift does a lot.
#[test]
fn a_late_start_is_not_after_what_another_calendar_asks() {
    let mut plan = plan();
    let night = vec![Hours { from: 1200, to: 1440 }];
    let week = std::array::from_fn(|_| night.clone());
    plan.calendars.push(Calendar { name: "Nuit".to_owned(), week, exceptions: Vec::new() });
    let by = Some(at("2026-01-12T00:00"));
    let nights = Task { calendar: Some(1), work: Work::Working(240), deadline: by, ..task() };
    plan.tasks = vec![days(1), nights, days(9)];
    let kind = LinkKind::StartToStart;
    plan.links = vec![Link { from: 0, to: 1, kind, lag: Lag::Working(0) }];
    let dates: Vec<_> = schedule(&plan).unwrap().dates.into_iter().flatten().collect();
    assert_eq!(dates[1].late_start, at("2026-01-11T20:00"), "Sunday's night");
    assert_eq!(dates[0].late_start, at("2026-01-09T16:59"), "not Monday, 8:00");
    assert_eq!(dates[0].total_float, 5 * 480 - 1);
}
