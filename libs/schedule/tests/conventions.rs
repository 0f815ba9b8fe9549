//! The conventions the crate's documentation lists, one by one.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use common::{at, days, plan, task};
use schedule::{
    Calendar, Constraint, Dates, Hours, Lag, Link, LinkKind, Plan, Progress, Refused, Task, Work,
    schedule,
};

const FS: LinkKind = LinkKind::FinishToStart;
const SS: LinkKind = LinkKind::StartToStart;
const FF: LinkKind = LinkKind::FinishToFinish;
const SF: LinkKind = LinkKind::StartToFinish;
const DAY: i64 = 480;

/// What is wrong with a plan, and how it is refused.
type Case = (fn(&mut Plan), Refused);

fn link(from: usize, to: usize, kind: LinkKind, lag: i64) -> Link {
    Link { from, to, kind, lag: Lag::Working(lag * DAY) }
}

fn dates(tasks: Vec<Task>, links: Vec<Link>) -> Vec<Dates> {
    dates_of(&Plan { tasks, links, ..plan() })
}

fn dates_of(plan: &Plan) -> Vec<Dates> {
    schedule(plan).unwrap().dates.into_iter().map(Option::unwrap).collect()
}

fn bound(days: i64, constraint: Constraint) -> Task {
    Task { constraint, ..self::days(days) }
}

fn began(days: i64, start: &str, done: i64) -> Task {
    let progress = Progress { started_at: Some(at(start)), finished_at: None, done };
    Task { progress, ..self::days(days) }
}

fn in_summary(task: Task) -> Task {
    Task { parent: Some(0), ..task }
}

#[test]
fn a_milestone_stands_where_its_predecessor_finished() {
    let dates = dates(vec![days(1), task(), days(1)], vec![link(0, 1, FS, 0), link(1, 2, FS, 0)]);
    assert_eq!(dates[1].start, at("2026-01-05T17:00"));
    assert_eq!(dates[2].start, at("2026-01-06T08:00"));
}

#[test]
fn every_kind_of_link_ties_the_ends_it_names() {
    let kinds = [(FS, "06T08:00"), (SS, "05T08:00"), (FF, "05T08:00"), (SF, "01T08:00")];
    for (kind, start) in kinds {
        // The last of two days before Monday the fifth is Friday the second.
        let dates =
            dates(vec![days(1), days(1), days(2)], vec![link(0, 1, FF, 0), link(0, 2, kind, 0)]);
        assert_eq!(dates[2].start, at(&format!("2026-01-{start}")), "{kind:?}");
    }
}

#[test]
fn lag_is_working_time_or_elapsed_time_or_a_share_of_the_predecessor() {
    let start =
        |lag| dates(vec![days(4), days(1)], vec![Link { from: 0, to: 1, kind: FS, lag }])[1].start;
    assert_eq!(start(Lag::Working(2 * DAY)), at("2026-01-13T08:00"));
    assert_eq!(start(Lag::Elapsed(2 * 1440)), at("2026-01-12T08:00"));
    assert_eq!(start(Lag::Percent(50)), at("2026-01-13T08:00"));
    assert_eq!(start(Lag::Percent(-50)), at("2026-01-07T08:00"));
}

#[test]
fn a_must_date_fixes_a_task_and_its_float_is_nought() {
    for constraint in [
        Constraint::MustStartOn(at("2026-01-07T08:00")),
        Constraint::MustFinishOn(at("2026-01-07T17:00")),
    ] {
        let dates = dates(vec![bound(1, constraint), days(9)], vec![]);
        assert_eq!((dates[0].start, dates[0].late_start), (at("2026-01-07T08:00"), dates[0].start));
        assert_eq!((dates[0].total_float, dates[0].critical), (0, true));
    }
}

#[test]
fn a_no_later_than_date_limits_the_late_dates_of_a_task_that_is_early() {
    let dates = dates(
        vec![bound(1, Constraint::StartNoLaterThan(at("2026-01-07T08:00"))), days(9)],
        vec![],
    );
    assert_eq!(dates[0].start, at("2026-01-05T08:00"));
    assert_eq!(dates[0].total_float, 2 * DAY);
}

#[test]
fn a_no_earlier_than_date_goes_before_the_plans_start() {
    let dates = dates(
        vec![bound(1, Constraint::StartNoEarlierThan(at("2025-12-30T08:00"))), days(1)],
        vec![],
    );
    assert_eq!(dates[0].start, at("2025-12-30T08:00"));
}

#[test]
fn a_finish_to_finish_link_does_not_pull_a_task_before_the_plan() {
    let dates = dates(vec![days(1), days(3)], vec![link(0, 1, FF, 0)]);
    assert_eq!(dates[1].start, at("2026-01-05T08:00"));
}

#[test]
fn a_date_in_time_off_is_the_next_working_minute() {
    let dates =
        dates(vec![bound(1, Constraint::StartNoEarlierThan(at("2026-01-10T12:00")))], vec![]);
    assert_eq!(dates[0].start, at("2026-01-12T08:00"));
}

#[test]
fn a_missed_deadline_moves_nothing_and_shows_as_negative_float() {
    let late = Task { deadline: Some(at("2026-01-06T17:00")), ..days(3) };
    let dates = dates(vec![late], vec![]);
    assert_eq!(dates[0].finish, at("2026-01-07T17:00"));
    assert_eq!(dates[0].total_float, -DAY);
}

#[test]
fn as_late_as_possible_takes_its_float_and_what_follows_follows() {
    let late = bound(1, Constraint::AsLateAsPossible);
    let dates = dates(vec![late, days(1), days(5)], vec![link(0, 1, FS, 0)]);
    assert_eq!(dates[0].start, at("2026-01-08T08:00"));
    assert_eq!(dates[0].early_start, at("2026-01-05T08:00"));
    assert_eq!(dates[1].start, at("2026-01-09T08:00"));
    assert_eq!((dates[0].total_float, dates[0].critical), (0, true));
}

#[test]
fn what_began_keeps_its_start_and_what_is_left_goes_on_at_the_status_date() {
    let mut plan = plan();
    plan.tasks = vec![began(4, "2026-01-06T08:00", DAY), days(1), days(9)];
    plan.links = vec![link(0, 1, FS, 0), link(2, 0, FS, 0)];
    let dates = dates_of(&plan);
    assert_eq!((dates[0].start, dates[0].finish), (at("2026-01-06T08:00"), at("2026-01-09T17:00")));
    plan.status_at = Some(at("2026-01-14T08:00"));
    let dates = dates_of(&plan);
    assert_eq!((dates[0].start, dates[0].finish), (at("2026-01-06T08:00"), at("2026-01-16T17:00")));
    assert_eq!(dates[1].start, at("2026-01-19T08:00"));
    assert_eq!(dates[2].start, at("2026-01-14T08:00"));
}

#[test]
fn what_is_done_stays_where_it_was_done_even_on_a_sunday() {
    let done = Progress {
        started_at: Some(at("2026-01-10T09:00")),
        finished_at: Some(at("2026-01-11T12:00")),
        done: DAY,
    };
    let dates = dates(vec![Task { progress: done, ..days(1) }, days(1)], vec![link(0, 1, FS, 0)]);
    assert_eq!((dates[0].start, dates[0].finish), (at("2026-01-10T09:00"), at("2026-01-11T12:00")));
    assert_eq!((dates[0].total_float, dates[0].critical), (0, false));
    assert_eq!(dates[1].start, at("2026-01-12T08:00"));
}

#[test]
fn a_pause_makes_a_task_longer_where_it_lies_within() {
    let split = Task { splits: vec![(DAY, 2 * DAY), (3 * DAY, DAY)], ..days(3) };
    assert_eq!(dates(vec![split], vec![])[0].finish, at("2026-01-09T17:00"));
}

#[test]
fn a_summary_is_its_parts_and_passes_its_links_on_to_them() {
    let tasks = vec![task(), in_summary(days(2)), in_summary(days(3)), days(1), days(1), days(1)];
    let links = vec![link(3, 0, FS, 0), link(0, 4, FS, 0), link(0, 5, SS, 1)];
    let dates = dates(tasks, links);
    assert_eq!((dates[0].start, dates[0].finish), (at("2026-01-06T08:00"), at("2026-01-08T17:00")));
    assert_eq!((dates[1].start, dates[2].start), (dates[0].start, dates[0].start));
    assert_eq!(dates[4].start, at("2026-01-09T08:00"));
    assert_eq!(dates[5].start, at("2026-01-07T08:00"));
    assert_eq!((dates[1].total_float, dates[2].total_float), (DAY, 0));
}

#[test]
fn a_summarys_dates_bind_what_it_holds() {
    let after = Constraint::StartNoEarlierThan(at("2026-01-07T08:00"));
    let by = Some(at("2026-01-08T17:00"));
    let summary = Task { constraint: after, deadline: by, ..task() };
    let dates = dates(vec![summary, in_summary(days(1)), days(9)], vec![]);
    assert_eq!(dates[1].start, at("2026-01-07T08:00"));
    assert_eq!(dates[1].total_float, DAY);
}

#[test]
fn what_is_inactive_has_no_dates_and_binds_nobody() {
    let mut plan = plan();
    plan.tasks = vec![days(5), Task { inactive: true, ..days(5) }, days(1)];
    plan.links = vec![link(0, 1, FS, 0), link(1, 2, FS, 0), link(2, 1, FS, 0)];
    let dates = schedule(&plan).unwrap().dates;
    assert_eq!(dates[1], None);
    assert_eq!(dates[2].unwrap().start, at("2026-01-05T08:00"));
}

#[test]
fn late_dates_cross_from_one_calendar_to_another_and_lose_nothing() {
    let mut plan = plan();
    let early = vec![Hours { from: 360, to: 840 }];
    let week = std::array::from_fn(|_| early.clone());
    plan.calendars.push(Calendar { name: "Matin".to_owned(), week, exceptions: Vec::new() });
    plan.tasks = vec![days(1), Task { calendar: Some(1), ..days(2) }, task(), days(1)];
    plan.links = vec![link(0, 1, FF, 0), link(1, 2, FS, 0), link(2, 3, FS, 0)];
    for dates in dates_of(&plan) {
        assert!(dates.total_float >= 0, "{dates:?}");
    }
}

#[test]
fn what_cannot_be_scheduled_is_refused_by_its_place() {
    let refused = |change: fn(&mut Plan)| {
        let mut plan =
            Plan { tasks: vec![days(1), days(1)], links: vec![link(0, 1, FS, 0)], ..plan() };
        change(&mut plan);
        schedule(&plan).unwrap_err()
    };
    let century = 100 * 366 * 1440;
    let cases: [Case; 9] = [
        (|plan| plan.links.push(link(1, 0, SS, 0)), Refused::Cycle(vec![0, 1])),
        (|plan| plan.calendars[0].week = Default::default(), Refused::NoWorkingTime(0)),
        (|plan| plan.calendars[0].week[3].reverse(), Refused::Hours(0)),
        (|plan| plan.tasks[1].work = Work::Working(-1), Refused::Duration(1)),
        (|plan| plan.links[0].lag = Lag::Elapsed(i64::MIN), Refused::Lag(0)),
        (|plan| plan.links[0].from = 1, Refused::Link(0)),
        (|plan| plan.tasks[0].parent = Some(1), Refused::Reference(0)),
        (|plan| plan.tasks[1].calendar = Some(7), Refused::Reference(1)),
        (|plan| plan.tasks[1].deadline = Some(at("1492-10-12T08:00")), Refused::Years(1)),
    ];
    for (change, expected) in cases {
        assert_eq!(refused(change), expected);
    }
    let mut far = Plan { tasks: vec![days(1), days(1)], links: vec![link(0, 1, FS, 0)], ..plan() };
    far.links[0].lag = Lag::Working(century);
    assert_eq!(schedule(&far), Err(Refused::Years(1)));
}
