//! The critical path method on small plans computed by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use common::{at, days, plan, task};
use schedule::{Constraint, Lag, Link, LinkKind, Refused, Ruler, Task, Work, schedule};

fn link(from: usize, to: usize) -> Link {
    Link { from, to, kind: LinkKind::FinishToStart, lag: Lag::Working(0) }
}

/// The Reliable Construction Co. project of F. Hillier and G. Lieberman, "Introduction to Operations
/// Research", chapter "Project Management with PERT/CPM": activities A to N, weeks taken here as
/// days, with the earliest and latest times and the slack the book gives.
#[test]
fn early_late_and_float_are_those_of_the_textbook() {
    let mut plan = plan();
    plan.tasks = [2, 4, 10, 6, 4, 5, 7, 9, 7, 8, 4, 5, 2, 6].map(days).to_vec();
    let pairs = "AB BC CD CE EF DG EH GH CI FJ IJ JK JL HM KN LN";
    let place = |letter: u8| usize::from(letter - b'A');
    plan.links = pairs
        .split(' ')
        .map(|pair| link(place(pair.as_bytes()[0]), place(pair.as_bytes()[1])))
        .collect();
    let schedule = schedule(&plan).unwrap();
    let ruler = Ruler::new(&plan.calendars[0]).unwrap();
    let day = |at| ruler.between(plan.start, at) / 480;
    let found: Vec<_> = schedule
        .dates
        .iter()
        .flatten()
        .map(|dates| {
            let early = (day(dates.early_start), day(dates.early_finish));
            let late = (day(dates.late_start), day(dates.late_finish));
            (early, late, dates.total_float / 480, dates.critical)
        })
        .collect();
    let book = [
        ((0, 2), (0, 2), 0, true),
        ((2, 6), (2, 6), 0, true),
        ((6, 16), (6, 16), 0, true),
        ((16, 22), (20, 26), 4, false),
        ((16, 20), (16, 20), 0, true),
        ((20, 25), (20, 25), 0, true),
        ((22, 29), (26, 33), 4, false),
        ((29, 38), (33, 42), 4, false),
        ((16, 23), (18, 25), 2, false),
        ((25, 33), (25, 33), 0, true),
        ((33, 37), (34, 38), 1, false),
        ((33, 38), (33, 38), 0, true),
        ((38, 40), (42, 44), 4, false),
        ((38, 44), (38, 44), 0, true),
    ];
    assert_eq!(found, book);
    assert_eq!(day(schedule.finish), 44);
    assert_eq!(schedule.finish, at("2026-03-05T17:00"));
}

#[test]
fn elapsed_work_begins_at_once_and_ignores_the_weekend() {
    let mut plan = plan();
    plan.tasks = vec![days(5), Task { work: Work::Elapsed(2 * 1440), ..task() }, days(1)];
    plan.links = vec![link(0, 1), link(1, 2)];
    let dates = schedule(&plan).unwrap().dates;
    assert_eq!(dates[1].unwrap().start, at("2026-01-09T17:00"));
    assert_eq!(dates[1].unwrap().finish, at("2026-01-11T17:00"));
    assert_eq!(dates[2].unwrap().start, at("2026-01-12T08:00"));
    assert_eq!(dates[0].unwrap().total_float, 0);
}

#[test]
fn a_circle_through_a_summary_is_named_in_order() {
    let mut plan = plan();
    plan.tasks = vec![task(), Task { parent: Some(0), ..days(1) }, days(1), days(1)];
    plan.links = vec![link(1, 2), link(2, 3), link(3, 0)];
    let Err(Refused::Cycle(mut circle)) = schedule(&plan) else { panic!("no circle") };
    circle.sort_unstable();
    assert_eq!(circle, [0, 1, 2, 3]);
}

#[test]
fn a_hard_date_goes_before_the_links_and_shows_as_negative_float() {
    let mut plan = plan();
    let must = Constraint::FinishNoLaterThan(at("2026-01-07T17:00"));
    plan.tasks = vec![days(3), Task { constraint: must, ..days(2) }];
    plan.links = vec![link(0, 1)];
    let dates = schedule(&plan).unwrap().dates;
    assert_eq!(dates[1].unwrap().start, at("2026-01-06T08:00"));
    assert_eq!(dates[1].unwrap().total_float, 0);
    assert_eq!(dates[0].unwrap().total_float, -2 * 480);
}
