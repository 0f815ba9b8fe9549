use contracts::TaskStatus;
use kernel::{CertificateKindId, Position, ProjectId};

use super::*;
use crate::dispatch::model::{Before, Held, HeldCertificate};
use crate::law::hours::Hours;
use crate::schedule::model::Bound;
use crate::tasks::model::Execution;
use crate::tasks::{Needs, Task, TimeWindow};

pub(in crate::dispatch::model) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(in crate::dispatch::model) fn work(from: &str, to: &str, needs: Needs) -> Work {
    let (starts_at, ends_at) = (at(from), at(to));
    let task = Task {
        id: TaskId::new(),
        site_id: SiteId::new(),
        project_id: ProjectId::new(),
        phase_id: None,
        milestone_id: None,
        title: "Visite".into(),
        description: String::new(),
        priority: Priority::Normal,
        workers_needed: 1,
        starts_at,
        ends_at,
        duration_min: i32::try_from((ends_at - starts_at).num_minutes()).unwrap(),
        status: TaskStatus::Planned,
        started_at: None,
        finished_at: None,
        validated_at: None,
        zone: "Europe/Paris".into(),
        skills: vec![],
        checklists: vec![],
        workers: vec![],
        predecessors: vec![],
        needs,
        execution: Execution::default(),
        version: 1,
    };
    let place = Position { lat: 48.0, lon: 2.0, accuracy_m: None };
    Work { task, at: place, deadline: None, bound: Bound::AsSoonAsPossible, bound_at: None }
}

pub(in crate::dispatch::model) fn person(days: &[i16], from: u32, to: u32) -> Person {
    let mut person = Person::new(WorkerId::new(), "Awa Diop".into());
    let night = if to <= from { 24 } else { 0 };
    let hours = |day: &i16| Hours { day: *day, from: from * 60, to: (to + night) * 60 };
    person.hours = days.iter().map(hours).collect();
    person
}

pub(in crate::dispatch::model) fn scene(
    first: &str,
    last: &str,
    works: Vec<Work>,
    people: Vec<Person>,
) -> Scene {
    Scene {
        now: at("2026-03-01T00:00:00Z"),
        zone: chrono_tz::Europe::Paris,
        first: first.parse().unwrap(),
        last: last.parse().unwrap(),
        works,
        befores: vec![],
        people,
        others: vec![],
        depots: vec![],
        law: None,
        limits: BTreeMap::new(),
        weights: solver::Weights::default(),
        keep_times: false,
        beside: false,
    }
}

fn drawn(scene: &Scene) -> Drawn {
    let spots = Spots::of(scene);
    let places = spots.list.len();
    let travel = spots.matrix(&vec![Some(0.0); places * places]).unwrap();
    let drawn = draw(scene, &spots, travel);
    drawn.problem.check().unwrap();
    drawn
}

#[test]
fn a_night_in_which_the_clocks_change_is_an_hour_longer_or_shorter() {
    // Paris: forward on 29 March 2026 at 02:00, back on 25 October 2026 at 03:00.
    for (day, hours) in [("2026-03-29", 7), ("2026-03-22", 8), ("2026-10-25", 9)] {
        let scene = scene(day, day, vec![], vec![person(&[7], 0, 8)]);
        let shifts = shifts(&scene, &scene.people[0], &HashSet::new());
        assert_eq!(shifts[0].length(), hours * 3600, "{day}");
    }
}

/// From eight on Saturday to two on Sunday afternoon in one go: to the law and to a search these are
/// two days, of which the second is an hour shorter or longer, and nobody works both in full.
#[test]
fn thirty_hours_over_a_night_in_which_the_clocks_change_are_two_days() {
    for (saturday, sunday, hours) in [
        ("2026-03-28", "2026-03-29", 13),
        ("2026-03-21", "2026-03-22", 14),
        ("2026-10-24", "2026-10-25", 15),
    ] {
        let mut worker = person(&[6], 8, 0);
        worker.hours.extend(person(&[7], 0, 14).hours);
        let task = |from: &str, to: &str, day: &str| {
            let window = TimeWindow {
                from: at(&format!("{day}T{from}:00Z")),
                to: at(&format!("{day}T{to}:00Z")),
            };
            let needs = Needs { window: Some(window), ..Needs::default() };
            work(&format!("{day}T12:00:00Z"), &format!("{day}T13:00:00Z"), needs)
        };
        // At the end of the evening and at the beginning of the night.
        let works = vec![task("20:00", "21:30", saturday), task("02:00", "04:00", sunday)];
        let mut scene = scene(saturday, sunday, works, vec![worker]);
        let lengths: Vec<_> = shifts(&scene, &scene.people[0], &HashSet::new())
            .iter()
            .map(|shift| (shift.windows.len(), shift.length() / 3600))
            .collect();
        assert_eq!(lengths, [(1, 16), (1, hours)], "{saturday}");
        assert!(all_placed(&scene), "{saturday}");
        let limits = solver::Limits { daily_rest: Some(11 * 3600), ..solver::Limits::default() };
        scene.limits.insert(scene.people[0].id, Bounds { limits, ..Bounds::default() });
        assert!(!all_placed(&scene), "no eleven hours lie between, {saturday}");
    }
}

#[test]
fn hours_over_midnight_end_when_the_next_begin() {
    let mut worker = person(&[1, 2], 20, 6);
    worker.hours.push(Hours { day: 2, from: 5 * 60, to: 7 * 60 });
    let scene = scene("2026-03-02", "2026-03-03", vec![], vec![worker]);
    let shifts = shifts(&scene, &scene.people[0], &HashSet::new());
    assert_eq!(shifts.len(), 2);
    assert!(shifts[0].windows[0].to <= shifts[1].windows[0].from);
    drawn(&scene);
}

#[test]
fn absences_and_tasks_that_stay_cut_the_day_and_those_that_may_move_do_not() {
    let mut worker = person(&[1], 8, 17);
    worker.absences.push((at("2026-03-02T07:00:00Z"), at("2026-03-02T08:00:00Z")));
    let held = |from: &str, to: &str| Held::sample(TaskId::new(), at(from), at(to));
    worker.tasks = vec![
        held("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"),
        held("2026-03-02T13:00:00Z", "2026-03-02T14:00:00Z"),
    ];
    let free = HashSet::from([worker.tasks[1].id]);
    let scene = scene("2026-03-02", "2026-03-02", vec![], vec![worker]);
    let shifts = shifts(&scene, &scene.people[0], &free);
    let windows: Vec<_> =
        shifts[0].windows.iter().map(|w| (instant(w.from), instant(w.to))).collect();
    assert_eq!(
        windows,
        [
            (at("2026-03-02T08:00:00Z"), at("2026-03-02T10:00:00Z")),
            (at("2026-03-02T11:00:00Z"), at("2026-03-02T16:00:00Z")),
        ]
    );
}

#[test]
fn a_task_stays_on_its_day_in_its_window_or_where_it_is_promised() {
    let window = TimeWindow { from: at("2026-03-03T08:00:00Z"), to: at("2026-03-04T08:00:00Z") };
    let works = vec![
        work("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z", Needs::default()),
        work(
            "2026-03-02T09:00:00Z",
            "2026-03-02T10:00:00Z",
            Needs { window: Some(window), ..Needs::default() },
        ),
        work(
            "2026-03-02T09:00:00Z",
            "2026-03-02T10:00:00Z",
            Needs { appointment: true, ..Needs::default() },
        ),
    ];
    let scene = scene("2026-03-02", "2026-03-05", works, vec![person(&[1, 2], 8, 17)]);
    let drawn = drawn(&scene);
    let starts = drawn.problem.jobs.iter().map(|job| job.windows[0]);
    let starts = starts.map(|window| (instant(window.from), instant(window.to)));
    assert_eq!(
        starts.collect::<Vec<_>>(),
        [
            (at("2026-03-01T23:00:00Z"), at("2026-03-02T22:00:00Z")),
            (at("2026-03-03T08:00:00Z"), at("2026-03-04T07:00:00Z")),
            (at("2026-03-02T09:00:00Z"), at("2026-03-02T09:00:00Z")),
        ]
    );
}

#[test]
fn what_cannot_be_placed_says_why() {
    let short = TimeWindow { from: at("2026-03-02T08:00:00Z"), to: at("2026-03-02T08:30:00Z") };
    let late = TimeWindow { from: at("2026-03-20T08:00:00Z"), to: at("2026-03-20T12:00:00Z") };
    let within = |window| Needs { window: Some(window), ..Needs::default() };
    let works = vec![
        work("2026-03-02T09:00:00Z", "2026-03-04T10:00:00Z", Needs::default()),
        work("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z", within(short)),
        work("2026-02-02T09:00:00Z", "2026-02-02T10:00:00Z", Needs::default()),
        work("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z", within(late)),
    ];
    let mut scene = scene("2026-03-02", "2026-03-05", works, vec![person(&[1], 8, 17)]);
    let why: Vec<_> = drawn(&scene).left_out.into_iter().map(|(_, why)| why).collect();
    assert_eq!(
        why,
        [
            LeftOut::LongerThanADay,
            LeftOut::WindowTooShort,
            LeftOut::WindowPast,
            LeftOut::WindowOutside,
        ]
    );
    // After what comes before it and lies outside of the search.
    scene.works = vec![work("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z", Needs::default())];
    scene.befores = vec![Before {
        predecessor: TaskId::new(),
        successor: scene.works[0].task.id,
        ends_at: at("2026-03-02T11:00:00Z"),
        lag_min: 30,
    }];
    let from = drawn(&scene).problem.jobs[0].windows[0].from;
    assert_eq!(instant(from), at("2026-03-02T11:30:00Z"));
    scene.befores[0].ends_at = at("2026-03-09T11:00:00Z");
    assert_eq!(drawn(&scene).left_out[0].1, LeftOut::WindowOutside);
}

#[test]
fn who_may_not_work_by_night_has_their_hours_cut_and_rest_counts_in_whole_weeks() {
    let mut scene = scene("2026-03-02", "2026-03-03", vec![], vec![person(&[1, 2], 20, 7)]);
    let nights = vec![(22 * 60, 30 * 60)];
    scene.limits.insert(scene.people[0].id, Bounds { nights, ..Bounds::default() });
    let shifts = shifts(&scene, &scene.people[0], &HashSet::new());
    let windows: Vec<_> = shifts.iter().flat_map(|shift| &shift.windows).collect();
    let windows = windows.iter().map(|window| (instant(window.from), instant(window.to)));
    assert_eq!(
        windows.collect::<Vec<_>>(),
        [
            (at("2026-03-02T19:00:00Z"), at("2026-03-02T21:00:00Z")),
            (at("2026-03-03T05:00:00Z"), at("2026-03-03T06:00:00Z")),
            (at("2026-03-03T19:00:00Z"), at("2026-03-03T21:00:00Z")),
            (at("2026-03-04T05:00:00Z"), at("2026-03-04T06:00:00Z")),
        ]
    );
    // Clocks go forward on Sunday 29 March: that week is an hour shorter.
    scene.last = "2026-03-29".parse().unwrap();
    let weeks = weeks(&scene);
    assert_eq!(weeks.len(), 6, "the week before, and the night of the last day lies in the next");
    assert!(weeks.windows(2).all(|two| two[0].span.to == two[1].span.from));
    assert_eq!(weeks[4].span.to - weeks[4].span.from, 167 * 3600);
}

/// Whether all of a scene's work is placed, by a few rounds.
fn all_placed(scene: &Scene) -> bool {
    let problem = drawn(scene).problem;
    let limit = solver::Limit::Iterations(50);
    let options = solver::Options { limit, threads: 1, ..solver::Options::default() };
    let plan = solver::solve(&problem, &options).unwrap().plan;
    assert_eq!(solver::check(&problem, &plan), []);
    plan.unserved.is_empty()
}

#[test]
fn what_a_nights_work_needs_holds_until_its_morning() {
    let kind = CertificateKindId::new();
    let needs = Needs { certificates: vec![kind], ..Needs::default() };
    let placed = |until: &str, hours: (u32, u32)| {
        let mut worker = person(&[1], hours.0, hours.1);
        let (from, until) = ("2026-01-01".parse().unwrap(), Some(until.parse().unwrap()));
        worker.certificates.push(HeldCertificate { kind, from, until });
        let night = work("2026-03-02T21:00:00Z", "2026-03-03T01:00:00Z", needs.clone());
        all_placed(&scene("2026-03-02", "2026-03-02", vec![night], vec![worker]))
    };
    assert!(placed("2026-03-03", (21, 5)));
    assert!(!placed("2026-03-02", (21, 5)), "it ends at midnight");
    assert!(!placed("2026-03-03", (8, 17)), "nobody is there");
}

#[test]
fn the_night_from_sunday_is_kept_free_in_the_week_that_it_runs_into() {
    let worker = person(&[7], 21, 5);
    // The second of March 2026 is a Monday.
    let scene = scene("2026-03-01", "2026-03-01", vec![], vec![worker]);
    let problem = drawn(&scene).problem;
    let next = week_number("2026-03-02".parse().unwrap());
    assert_eq!(problem.workers[0].shifts[0].week, next - 1);
    assert_eq!(problem.workers[0].worked.weeks, [(next, 5 * 3600)]);
}

#[test]
fn an_evening_leaves_out_what_the_night_before_used_up_of_the_day() {
    let worker = person(&[1, 2], 16, 7);
    let id = worker.id;
    let mut scene = scene("2026-03-02", "2026-03-03", vec![], vec![worker]);
    let limits = solver::Limits { day: Some(10 * 3600), ..solver::Limits::default() };
    let nights_before = [(day_number("2026-03-02".parse().unwrap()), 3 * 3600)].into();
    scene.limits.insert(id, Bounds { limits, nights_before, ..Bounds::default() });
    let drawn = |scene: &Scene| {
        let person = &scene.people[0];
        by_calendar(scene, person, shifts(scene, person, &HashSet::new()))
    };
    let shifts = drawn(&scene);
    let evenings: Vec<_> = shifts.iter().map(|it| instant(it.windows[0].from)).collect();
    // Seven hours are left of Monday, three of Tuesday; Paris is an hour ahead.
    assert_eq!(evenings, [at("2026-03-02T16:00:00Z"), at("2026-03-03T20:00:00Z")]);
    assert!(shifts.iter().all(|it| night_of(&scene, it) == 7 * 3600));
    // What holds them from eight to four on Tuesday leaves two hours of Monday's night.
    let held = solver::WorkedDay {
        day: day_number("2026-03-03".parse().unwrap()),
        week: week_number("2026-03-03".parse().unwrap()),
        work: 8 * 3600,
        span: Window { from: 0, to: 0 },
    };
    scene.limits.get_mut(&id).unwrap().worked.days.push(held);
    assert_eq!(night_of(&scene, &drawn(&scene)[0]), 2 * 3600);
}

#[test]
fn no_task_goes_on_over_another_or_an_absence_and_every_one_may_over_lunch() {
    let day = |from: &str, to: &str| {
        (at(&format!("2026-03-02T{from}:00Z")), at(&format!("2026-03-02T{to}:00Z")))
    };
    let placed = |hours: Vec<Hours>, held: Option<(&str, &str)>, away: Option<(&str, &str)>| {
        let mut worker = person(&[], 0, 1);
        worker.hours = hours;
        worker.tasks.extend(held.map(|(from, to)| {
            let (from, to) = day(from, to);
            Held::sample(TaskId::new(), from, to)
        }));
        worker.absences.extend(away.map(|(from, to)| day(from, to)));
        let three = work("2026-03-02T07:00:00Z", "2026-03-02T10:00:00Z", Needs::default());
        all_placed(&scene("2026-03-02", "2026-03-02", vec![three], vec![worker]))
    };
    let whole = |from: u32, to: u32| Hours { day: 1, from: from * 60, to: to * 60 };
    // Two hours on either side; Paris is an hour ahead.
    assert!(placed(vec![whole(8, 10), whole(11, 13)], None, None));
    assert!(!placed(vec![whole(8, 13)], Some(("09:00", "10:00")), None));
    assert!(!placed(vec![whole(8, 13)], None, Some(("09:00", "10:00"))));
    // Behind it there is room enough.
    assert!(placed(vec![whole(8, 14)], Some(("09:00", "10:00")), None));
}
