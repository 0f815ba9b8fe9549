//! Which part of a task lies on a day, where clocks change and over midnight.

use contracts::TaskStatus;
use kernel::ProjectId;

use super::*;
use crate::tasks::Needs;
use crate::tasks::model::{Execution, Priority};

const PARIS: Tz = chrono_tz::Europe::Paris;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn task(from: &str, to: &str) -> Task {
    Task {
        id: TaskId::new(),
        site_id: SiteId::new(),
        project_id: ProjectId::new(),
        phase_id: None,
        milestone_id: None,
        title: "Tirage".into(),
        description: String::new(),
        priority: Priority::Normal,
        workers_needed: 1,
        starts_at: at(from),
        ends_at: at(to),
        duration_min: 60,
        status: TaskStatus::Planned,
        started_at: None,
        finished_at: None,
        validated_at: None,
        zone: PARIS.name().to_owned(),
        skills: Vec::new(),
        checklists: Vec::new(),
        workers: Vec::new(),
        predecessors: Vec::new(),
        needs: Needs::default(),
        execution: Execution::default(),
        version: 1,
    }
}

fn share(task: &Task, day: &str) -> Share {
    let now = at("2026-06-01T12:00:00Z");
    Share::of(task, PARIS, &Bounds::of(PARIS, Some(date(day)), now), now)
}

#[test]
fn the_days_on_which_clocks_change_are_an_hour_shorter_and_longer() {
    let hours = |day: &str| {
        let bounds = Bounds::of(PARIS, Some(date(day)), at("2026-06-01T12:00:00Z"));
        (bounds.to - bounds.from).num_hours()
    };
    assert_eq!(hours("2026-03-29"), 23);
    assert_eq!(hours("2026-10-25"), 25);
    assert_eq!(hours("2026-10-26"), 24);
}

#[test]
fn today_is_the_places_own() {
    let now = at("2026-06-01T21:30:00Z");
    assert_eq!(Bounds::of(PARIS, None, now).date, date("2026-06-01"));
    assert_eq!(Bounds::of(chrono_tz::Indian::Reunion, None, now).date, date("2026-06-02"));
}

#[test]
fn a_night_stands_on_both_its_days_with_the_part_of_each() {
    // From 22:00 to 6:00 in the night in which summer time begins: seven hours.
    let night = task("2026-03-28T21:00:00Z", "2026-03-29T04:00:00Z");
    let first = share(&night, "2026-03-28");
    assert_eq!((first.from, first.to), (night.starts_at, at("2026-03-28T23:00:00Z")));
    let second = share(&night, "2026-03-29");
    assert_eq!((second.from, second.to), (at("2026-03-28T23:00:00Z"), night.ends_at));
    assert_eq!((first.day, second.day, second.days), (Some(1), Some(2), 2));
}

#[test]
fn what_ends_at_midnight_is_not_of_the_day_that_begins() {
    let evening = task("2026-06-01T18:00:00Z", "2026-06-01T22:00:00Z");
    assert_eq!((share(&evening, "2026-06-01").days, share(&evening, "2026-06-02").day), (1, None));
}

#[test]
fn a_task_of_several_days_says_which_of_them_it_is() {
    let long = task("2026-06-01T06:00:00Z", "2026-06-03T15:00:00Z");
    let second = share(&long, "2026-06-02");
    assert_eq!((second.day, second.days), (Some(2), 3));
    assert_eq!((second.to - second.from).num_hours(), 24);
}

#[test]
fn what_is_worked_on_another_day_than_planned_has_the_time_of_the_work() {
    let mut late = task("2026-05-20T06:00:00Z", "2026-05-20T15:00:00Z");
    late.started_at = Some(at("2026-06-01T06:00:00Z"));
    let today = share(&late, "2026-06-01");
    assert_eq!((today.from, today.to), (at("2026-06-01T06:00:00Z"), at("2026-06-01T12:00:00Z")));
    assert_eq!((today.day, today.days), (None, 1));
    assert_eq!(share(&late, "2026-05-20").day, Some(1));
}

#[test]
fn what_is_to_be_fetched_is_so_until_work_begins() {
    let mut task = task("2026-06-01T06:00:00Z", "2026-06-01T15:00:00Z");
    assert!(ahead(&task));
    task.started_at = Some(task.starts_at);
    assert!(!ahead(&task));
    (task.started_at, task.status) = (None, TaskStatus::Cancelled);
    assert!(!ahead(&task));
}
