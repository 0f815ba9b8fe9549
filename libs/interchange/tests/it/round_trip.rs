//! What is written is read again as it was.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use interchange::{
    Assignment, Baseline, CalendarInfo, Document, Limits, Resource, ResourceKind, Settings,
    TaskInfo, Unit, csv, mspdi,
};
use proptest::prelude::*;
use schedule::{
    Calendar, Constraint, Exception, Hours, Lag, LagCalendar, Link, LinkKind, Plan, Progress, Task,
    Work,
};

fn day() -> impl Strategy<Value = NaiveDate> {
    (0..20_000_i64).prop_map(|d| NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + TimeDelta::days(d))
}

fn moment() -> impl Strategy<Value = NaiveDateTime> {
    (day(), 0..1440_i64).prop_map(|(d, m)| d.and_hms_opt(0, 0, 0).unwrap() + TimeDelta::minutes(m))
}

/// Text as people type it; white space around it is not kept.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-Zéà0-9 <>&'\"=+@;,.\\n-]{0,24}".prop_map(|t| t.trim().to_owned())
}

fn hours() -> impl Strategy<Value = Vec<Hours>> {
    prop::sample::select(vec![
        vec![],
        vec![Hours { from: 480, to: 720 }, Hours { from: 780, to: 1020 }],
        vec![Hours { from: 0, to: 360 }, Hours { from: 1320, to: 1440 }],
        vec![Hours { from: 0, to: 1440 }],
    ])
}

fn calendar() -> impl Strategy<Value = Calendar> {
    let exception = (text(), day(), 0..40_i64, hours()).prop_map(|(name, from, days, hours)| {
        Exception { name, from, to: from + TimeDelta::days(days), hours }
    });
    let exceptions = prop::collection::vec(exception, 0..4);
    (text(), prop::array::uniform7(hours()), exceptions)
        .prop_map(|(name, week, exceptions)| Calendar { name, week, exceptions })
}

fn constraint() -> impl Strategy<Value = Constraint> {
    (0..8, moment()).prop_map(|(kind, at)| match kind {
        0 => Constraint::AsSoonAsPossible,
        1 => Constraint::AsLateAsPossible,
        2 => Constraint::MustStartOn(at),
        3 => Constraint::MustFinishOn(at),
        4 => Constraint::StartNoEarlierThan(at),
        5 => Constraint::StartNoLaterThan(at),
        6 => Constraint::FinishNoEarlierThan(at),
        _ => Constraint::FinishNoLaterThan(at),
    })
}

/// Work in whole minutes, and progress that agrees with it.
fn task() -> impl Strategy<Value = (Task, TaskInfo)> {
    let work = (any::<bool>(), 0..100_000_i64);
    let dates = (prop::option::of(moment()), prop::option::of(moment()), 0..=4_u8, moment());
    let unit = prop::sample::select(vec![
        Unit::Minutes,
        Unit::Hours,
        Unit::Days,
        Unit::Weeks,
        Unit::Months,
    ]);
    let about = (text(), text(), text(), 0..=1000_u16, unit, any::<[bool; 3]>());
    (work, constraint(), dates, about, prop::option::of(0..2_usize)).prop_map(
        |((elapsed, minutes), constraint, (deadline, told, stage, began), about, calendar)| {
            let (name, wbs, notes, priority, unit, [milestone, estimated, inactive]) = about;
            let progress = match stage {
                0 => Progress { started_at: Some(began), finished_at: None, done: minutes / 3 },
                1 => Progress {
                    started_at: Some(began),
                    finished_at: Some(began + TimeDelta::days(3)),
                    done: minutes,
                },
                _ => Progress::default(),
            };
            let task = Task {
                name,
                parent: None,
                work: if elapsed { Work::Elapsed(minutes) } else { Work::Working(minutes) },
                calendar,
                constraint,
                deadline,
                progress,
                splits: Vec::new(),
                inactive,
            };
            let told = told.map(|start| (start, start + TimeDelta::hours(5)));
            let info = TaskInfo {
                wbs,
                notes,
                priority,
                unit,
                milestone,
                estimated,
                told,
                baselines: vec![Baseline {
                    number: 3,
                    start: told.map(|told| told.0),
                    finish: None,
                    duration: Some(minutes),
                    work: None,
                    cost: Some(minutes * 7),
                }],
                ..TaskInfo::default()
            };
            (task, info)
        },
    )
}

fn link(tasks: usize) -> impl Strategy<Value = Link> {
    let kind = prop::sample::select(vec![
        LinkKind::FinishToStart,
        LinkKind::StartToStart,
        LinkKind::FinishToFinish,
        LinkKind::StartToFinish,
    ]);
    let lag = prop_oneof![
        (-90_000..90_000_i64).prop_map(Lag::Working),
        (-90_000..90_000_i64).prop_map(Lag::Elapsed),
        (-100..300_i32).prop_map(Lag::Percent),
    ];
    (0..tasks, 0..tasks, kind, lag).prop_map(|(from, to, kind, lag)| Link { from, to, kind, lag })
}

fn document() -> impl Strategy<Value = Document> {
    let tasks = prop::collection::vec((task(), any::<prop::sample::Index>(), any::<bool>()), 1..8);
    let links = prop::collection::vec(link(8), 0..6);
    (text(), moment(), prop::option::of(moment()), [calendar(), calendar()], tasks, links).prop_map(
        |(name, start, status_at, calendars, given, mut links)| {
            let mut plan = Plan {
                start,
                status_at,
                calendars: calendars.to_vec(),
                calendar: 1,
                lag_calendar: LagCalendar::Successor,
                tasks: Vec::new(),
                links: Vec::new(),
            };
            let mut tasks: Vec<TaskInfo> = Vec::new();
            // The outline is a walk through a tree: a task's parent is its neighbour or one above.
            let mut above: Vec<usize> = Vec::new();
            for (at, ((task, info), depth, deeper)) in given.into_iter().enumerate() {
                above.truncate(if deeper { above.len() } else { depth.index(above.len() + 1) });
                plan.tasks.push(Task { parent: above.last().copied(), ..task });
                tasks.push(TaskInfo { uid: i64::try_from(at).unwrap() + 1, ..info });
                above.push(at);
            }
            links.retain(|link| link.from < tasks.len() && link.to < tasks.len());
            links.sort_by_key(|link| link.to);
            plan.links = links;
            Document {
                name,
                currency: Some("XOF".to_owned()),
                settings: Settings { status_at, ..Settings::default() },
                plan,
                tasks,
                calendars: vec![
                    CalendarInfo { uid: 3, base: None },
                    CalendarInfo { uid: 5, base: None },
                ],
                resources: vec![Resource {
                    uid: 4,
                    name: "Équipe".to_owned(),
                    kind: ResourceKind::Cost,
                    calendar: Some(0),
                    units: 250,
                }],
                assignments: vec![Assignment { uid: 9, task: 0, resource: 0, units: 33, work: 77 }],
                remarks: Vec::new(),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn project_xml_is_read_as_it_was_written(document in document()) {
        let mut bytes = Vec::new();
        mspdi::write(&document, &mut bytes).unwrap();
        let again = mspdi::read(&bytes[..], &Limits::default());
        let again = again.map_err(|fault| TestCaseError::fail(format!("{fault}\n{}", String::from_utf8_lossy(&bytes))))?;
        prop_assert_eq!(again, document);
    }

    #[test]
    fn tables_are_read_as_they_were_written(document in document()) {
        let mut document = document;
        for (at, (task, info)) in document.plan.tasks.iter_mut().zip(&mut document.tasks).enumerate() {
            task.name = format!("{} {at}", task.name).trim().to_owned();
            info.wbs = String::new();
        }
        let mut bytes = Vec::new();
        csv::write_tasks(&document, &mut bytes).unwrap();
        let base = csv::Base {
            name: document.name.clone(),
            start: document.plan.start,
            settings: document.settings,
            calendars: document.plan.calendars.clone(),
            calendar: document.plan.calendar,
        };
        let again = csv::read_tasks(std::io::Cursor::new(bytes), &base, &Limits::default());
        let again = again.map_err(|fault| TestCaseError::fail(fault.to_string()))?;
        prop_assert_eq!(&again.plan.links, &document.plan.links);
        for (own, was) in again.plan.tasks.iter().zip(&document.plan.tasks) {
            prop_assert_eq!(&own.name, &was.name);
            prop_assert_eq!(own.work, was.work);
            prop_assert_eq!(own.constraint, was.constraint);
            prop_assert_eq!(own.deadline, was.deadline);
            prop_assert_eq!(own.progress.started_at, was.progress.started_at);
            prop_assert_eq!(own.progress.finished_at, was.progress.finished_at);
        }
        for (own, was) in again.tasks.iter().zip(&document.tasks) {
            prop_assert_eq!(&own.notes, &was.notes);
        }
    }
}

#[test]
fn a_derived_calendar_stays_one() {
    let eight = vec![Hours { from: 480, to: 960 }];
    let holiday = |name: &str, day: &str| Exception {
        name: name.to_owned(),
        from: day.parse().unwrap(),
        to: day.parse().unwrap(),
        hours: Vec::new(),
    };
    let mut base =
        Calendar { name: "Base".to_owned(), week: Default::default(), exceptions: vec![] };
    base.week[0].clone_from(&eight);
    base.exceptions.push(holiday("Noël", "2026-12-25"));
    let mut own = Calendar { name: "Équipe".to_owned(), ..base.clone() };
    own.week[1] = eight;
    own.exceptions.push(holiday("Pluie", "2026-11-02"));
    let document = Document {
        name: "Projet".to_owned(),
        currency: None,
        settings: Settings::default(),
        plan: Plan {
            start: "2026-03-02T08:00:00".parse().unwrap(),
            status_at: None,
            calendars: vec![own, base],
            calendar: 1,
            lag_calendar: LagCalendar::Successor,
            tasks: vec![],
            links: vec![],
        },
        tasks: vec![],
        calendars: vec![
            CalendarInfo { uid: 2, base: Some(1) },
            CalendarInfo { uid: 1, base: None },
        ],
        resources: vec![],
        assignments: vec![],
        remarks: vec![],
    };
    let mut bytes = Vec::new();
    mspdi::write(&document, &mut bytes).unwrap();
    assert_eq!(String::from_utf8_lossy(&bytes).matches("Noël").count(), 1, "said once");
    assert_eq!(mspdi::read(&bytes[..], &Limits::default()).unwrap(), document);
}
