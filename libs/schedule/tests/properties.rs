//! What holds for every plan, drawn at random.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use std::collections::HashSet;

use chrono::NaiveDateTime;
use common::draw;
use common::links::{feasible, keeps};
use proptest::prelude::*;
use schedule::{Calendar, Lag, Link, LinkKind, Plan, Refused, Work, schedule};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_task_is_before_its_predecessors_allow(plan in feasible()) {
        let Ok(schedule) = schedule(&plan) else { return Ok(()) };
        let holds = |task| plan.tasks.iter().any(|other| other.parent == Some(task));
        for link in plan.links.iter().filter(|link| !holds(link.from) && !holds(link.to)) {
            if let (Some(before), Some(after)) = (schedule.dates[link.from], schedule.dates[link.to]) {
                let before = (before.early_start, before.early_finish);
                let after = (after.early_start, after.early_finish);
                prop_assert!(keeps(&plan, link, before, after), "{link:?} {before:?} {after:?}");
            }
        }
    }

    #[test]
    fn what_can_be_kept_has_no_negative_float_and_something_is_critical(plan in feasible()) {
        let Ok(schedule) = schedule(&plan) else { return Ok(()) };
        for (task, dates) in schedule.dates.iter().enumerate() {
            let Some(dates) = dates else { continue };
            prop_assert!(dates.total_float >= 0 && dates.free_float >= 0, "{dates:?}");
            prop_assert!(dates.early_start <= dates.early_finish, "{dates:?}");
            prop_assert!(dates.finish <= schedule.finish);
            // A summary counts its float by its own calendar, whatever its parts work by.
            if plan.tasks.iter().all(|part| part.parent != Some(task)) {
                prop_assert!(dates.critical == (dates.total_float == 0), "{dates:?}");
                prop_assert!(dates.critical || dates.finish < schedule.finish, "{dates:?}");
            }
        }
    }

    #[test]
    fn a_summary_spans_what_it_holds(plan in draw::plan()) {
        let Ok(schedule) = schedule(&plan) else { return Ok(()) };
        for (task, dates) in plan.tasks.iter().zip(&schedule.dates) {
            if let (Some(parent), Some(dates)) = (task.parent, dates) {
                let outer = schedule.dates[parent].unwrap();
                prop_assert!(outer.start <= dates.start && dates.finish <= outer.finish);
            }
        }
    }

    #[test]
    fn the_order_of_tasks_and_links_means_nothing(
        (plan, keys) in draw::plan().prop_flat_map(|plan| {
            let keys = prop::collection::vec(any::<u32>(), plan.tasks.len());
            (Just(plan), keys)
        })
    ) {
        // A task stays after its parent: shuffled among what is equally deep.
        let depth = |task: usize| {
            std::iter::successors(Some(task), |task| plan.tasks[*task].parent).count()
        };
        let mut order: Vec<_> = (0..plan.tasks.len()).collect();
        order.sort_by_key(|&task| (depth(task), keys[task]));
        let mut new = vec![0; order.len()];
        for (place, &task) in order.iter().enumerate() {
            new[task] = place;
        }
        let mut other = plan.clone();
        other.tasks = order.iter().map(|&task| plan.tasks[task].clone()).collect();
        for task in &mut other.tasks {
            task.parent = task.parent.map(|parent| new[parent]);
        }
        for link in &mut other.links {
            (link.from, link.to) = (new[link.from], new[link.to]);
        }
        other.links.reverse();
        match (schedule(&plan), schedule(&other)) {
            (Ok(one), Ok(other)) => {
                prop_assert_eq!(one.finish, other.finish);
                for (task, dates) in one.dates.iter().enumerate() {
                    prop_assert_eq!(dates, &other.dates[new[task]]);
                }
            }
            (one, other) => prop_assert_eq!(one.is_ok(), other.is_ok()),
        }
    }

    #[test]
    fn a_circle_is_found_and_named_truly(
        plan in draw::plan(),
        back in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let mut plan = plan;
        let count = plan.tasks.len();
        for task in &mut plan.tasks {
            task.inactive = false;
        }
        let (one, other) = (back.0.index(count), back.1.index(count));
        for (from, to) in [(one, other), (other, one)] {
            plan.links.push(Link { from, to, kind: LinkKind::StartToStart, lag: Lag::Working(0) });
        }
        match schedule(&plan) {
            Err(Refused::Cycle(circle)) => {
                let above = |task: usize| {
                    std::iter::successors(Some(task), |task| plan.tasks[*task].parent)
                        .collect::<HashSet<_>>()
                };
                let joined = |from: usize, to: usize| {
                    let (up, down) = (above(from), above(to));
                    up.contains(&to) || down.contains(&from) || share_a_part(&plan, from, to)
                        || plan.links.iter().any(|link| (link.from, link.to) == (from, to))
                };
                for place in 0..circle.len() {
                    let (from, to) = (circle[place], circle[(place + 1) % circle.len()]);
                    prop_assert!(joined(from, to), "{from} {to} in {circle:?}");
                }
            }
            Err(Refused::Link(_)) => {}
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn absurd_input_is_answered_and_never_waited_for(
        plan in draw::plan(),
        lags in prop::collection::vec(any::<i64>(), 1..8),
        work in any::<i64>(),
        empty in any::<bool>(),
    ) {
        let mut plan = plan;
        for (link, lag) in plan.links.iter_mut().zip(lags.iter().cycle()) {
            let century = lag % (100 * 366 * 1440);
            link.lag = if lag % 3 == 0 { Lag::Elapsed(century) } else { Lag::Working(century) };
        }
        if let Some(link) = plan.links.first_mut() {
            link.lag = Lag::Percent(lags[0] as i32);
        }
        plan.tasks[0].work = Work::Working(work);
        if empty {
            plan.calendars[1] = Calendar { week: Default::default(), ..plan.calendars[1].clone() };
        }
        if let Ok(schedule) = schedule(&plan) {
            prop_assert!(work >= 0 || plan.tasks.iter().any(|task| task.parent == Some(0)) || plan.tasks[0].inactive);
            let first: NaiveDateTime = "1950-01-01T00:00:00".parse().unwrap();
            prop_assert!(schedule.dates.iter().flatten().all(|dates| dates.late_start >= first));
        }
    }
}

fn share_a_part(plan: &Plan, one: usize, other: usize) -> bool {
    let inside = |part: usize, whole: usize| {
        std::iter::successors(Some(part), |task| plan.tasks[*task].parent).any(|task| task == whole)
    };
    (0..plan.tasks.len()).any(|part| inside(part, one) && inside(part, other))
}
