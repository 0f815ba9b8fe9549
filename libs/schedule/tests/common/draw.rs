//! Plans and edits drawn at random: several calendars, summaries, all links, lags, constraints,
//! progress.

use proptest::prelude::*;
use schedule::{
    Calendar, Constraint, Edit, Exception, Hours, Lag, LagCalendar, Link, LinkKind, Network, Plan,
    Progress, Refused, Task, Work,
};

use super::{at, office, task};

fn hours(pairs: &[(u16, u16)]) -> Vec<Hours> {
    pairs.iter().map(|&(from, to)| Hours { from, to }).collect()
}

/// The office with holidays; a night shift over midnight six days a week, with a Sunday worked; the
/// clock but for a fortnight.
pub fn calendars() -> Vec<Calendar> {
    let day = |text: &str| text.parse().unwrap();
    let except = |from, to, pairs: &[_]| Exception {
        name: String::new(),
        from: day(from),
        to: day(to),
        hours: hours(pairs),
    };
    let mut office = office();
    office.exceptions =
        vec![except("2026-01-19", "2026-01-19", &[]), except("2026-02-02", "2026-02-06", &[])];
    let night = |weekday| match weekday {
        0 => hours(&[(1320, 1440)]),
        6 => Vec::new(),
        _ => hours(&[(0, 360), (1320, 1440)]),
    };
    let night = Calendar {
        name: "Nuit".to_owned(),
        week: std::array::from_fn(night),
        exceptions: vec![except("2026-01-11", "2026-01-11", &[(600, 720)])],
    };
    let whole = Calendar {
        name: "Continu".to_owned(),
        week: std::array::from_fn(|_| hours(&[(0, 1440)])),
        exceptions: vec![except("2026-01-10", "2026-01-24", &[])],
    };
    vec![office, night, whole]
}

pub fn moment() -> impl Strategy<Value = chrono::NaiveDateTime> {
    (0_i64..60 * 48).prop_map(|half| at("2025-12-25T00:00") + chrono::TimeDelta::minutes(half * 30))
}

pub fn constraint() -> impl Strategy<Value = Constraint> {
    prop_oneof![
        8 => Just(Constraint::AsSoonAsPossible),
        1 => Just(Constraint::AsLateAsPossible),
        1 => moment().prop_map(Constraint::StartNoEarlierThan),
        1 => moment().prop_map(Constraint::StartNoLaterThan),
        1 => moment().prop_map(Constraint::FinishNoEarlierThan),
        1 => moment().prop_map(Constraint::FinishNoLaterThan),
        1 => moment().prop_map(Constraint::MustStartOn),
        1 => moment().prop_map(Constraint::MustFinishOn),
    ]
}

pub fn work() -> impl Strategy<Value = Work> {
    prop_oneof![
        1 => Just(Work::Working(0)),
        6 => (1_i64..60).prop_map(|hours| Work::Working(hours * 60)),
        1 => (0_i64..60).prop_map(|hours| Work::Elapsed(hours * 60)),
    ]
}

pub fn lag() -> impl Strategy<Value = Lag> {
    prop_oneof![
        4 => Just(Lag::Working(0)),
        2 => (-20_i64..40).prop_map(|hours| Lag::Working(hours * 60)),
        1 => (-20_i64..80).prop_map(|hours| Lag::Elapsed(hours * 60)),
        1 => (-100_i32..200).prop_map(Lag::Percent),
    ]
}

pub fn kind() -> impl Strategy<Value = LinkKind> {
    prop_oneof![
        3 => Just(LinkKind::FinishToStart),
        1 => Just(LinkKind::StartToStart),
        1 => Just(LinkKind::FinishToFinish),
        1 => Just(LinkKind::StartToFinish),
    ]
}

pub fn progress() -> impl Strategy<Value = Progress> {
    prop_oneof![
        8 => Just(Progress::default()),
        1 => (moment(), 0_i64..600).prop_map(|(at, done)| Progress {
            started_at: Some(at),
            finished_at: None,
            done,
        }),
        1 => (moment(), 0_i64..90).prop_map(|(at, hours)| Progress {
            started_at: Some(at),
            finished_at: Some(at + chrono::TimeDelta::hours(hours)),
            done: 0,
        }),
    ]
}

/// A task that may hold or be held.
fn any_task() -> impl Strategy<Value = (Task, Option<prop::sample::Index>)> {
    let rest = (
        prop::option::weighted(0.3, 0_usize..3),
        prop::option::weighted(0.1, moment()),
        prop::option::weighted(0.1, (0_i64..1000, 0_i64..1000)),
        prop::bool::weighted(0.05),
        prop::option::weighted(0.4, any::<prop::sample::Index>()),
    );
    (work(), constraint(), progress(), rest).prop_map(|(work, constraint, progress, rest)| {
        let (calendar, deadline, split, inactive, parent) = rest;
        let splits = split.into_iter().collect();
        (
            Task { work, constraint, progress, calendar, deadline, splits, inactive, ..task() },
            parent,
        )
    })
}

/// A link from a task to a later one, mostly; now and then the other way.
pub fn link(tasks: usize) -> impl Strategy<Value = Link> {
    (0..tasks, 0..tasks, kind(), lag(), prop::bool::weighted(0.02)).prop_map(
        |(a, b, kind, lag, back)| {
            let (from, to) = if (a < b) == back { (b, a) } else { (a, b) };
            Link { from, to, kind, lag }
        },
    )
}

/// Whether a task holds another or is that task, one way or the other.
fn holds(tasks: &[Task], one: usize, other: usize) -> bool {
    let above = |task| std::iter::successors(Some(task), |task: &usize| tasks[*task].parent);
    above(one).any(|task| task == other) || above(other).any(|task| task == one)
}

/// A plan; not all of them can be scheduled.
pub fn plan() -> impl Strategy<Value = Plan> {
    let calendar = prop_oneof![
        Just(LagCalendar::Successor),
        Just(LagCalendar::Predecessor),
        Just(LagCalendar::Plan)
    ];
    let status = prop::option::weighted(0.2, moment());
    (prop::collection::vec(any_task(), 2..14), calendar, status).prop_flat_map(
        |(drawn, lag_calendar, status_at)| {
            let mut tasks: Vec<Task> = Vec::new();
            for (mut task, parent) in drawn {
                let place = tasks.len();
                task.parent = parent.filter(|_| place > 0).map(|parent| parent.index(place));
                tasks.push(task);
            }
            let count = tasks.len();
            prop::collection::vec(link(count), 0..2 * count).prop_map(move |mut links| {
                links.retain(|link| !holds(&tasks, link.from, link.to));
                Plan {
                    start: at("2026-01-05T08:00"),
                    status_at,
                    calendars: calendars(),
                    calendar: 0,
                    lag_calendar,
                    tasks: tasks.clone(),
                    links,
                }
            })
        },
    )
}

/// A change to one thing.
#[derive(Debug, Clone)]
pub enum Draw {
    Work(usize, Work),
    Constraint(usize, Constraint),
    Deadline(usize, Option<chrono::NaiveDateTime>),
    Progress(usize, Progress),
    Calendar(usize, Option<usize>),
    Inactive(usize, bool),
    Drag(usize, chrono::NaiveDateTime),
    Link(usize, Option<Link>),
}

impl Draw {
    pub fn on(self, network: &Network) -> Result<Edit, Refused> {
        match self {
            Self::Work(task, work) => network.revise(task, |task| task.work = work),
            Self::Constraint(task, to) => network.revise(task, |task| task.constraint = to),
            Self::Deadline(task, at) => network.revise(task, |task| task.deadline = at),
            Self::Progress(task, to) => network.revise(task, |task| task.progress = to),
            Self::Calendar(task, to) => network.revise(task, |task| task.calendar = to),
            Self::Inactive(task, to) => network.revise(task, |task| task.inactive = to),
            Self::Drag(task, start) => network.drag(task, start),
            Self::Link(place, link) => Ok(Edit::Link(place, link)),
        }
    }
}

pub fn edit(tasks: usize, links: usize) -> impl Strategy<Value = Draw> {
    let task = 0..tasks;
    prop_oneof![
        (task.clone(), work()).prop_map(|(task, to)| Draw::Work(task, to)),
        (task.clone(), constraint()).prop_map(|(task, to)| Draw::Constraint(task, to)),
        (task.clone(), prop::option::of(moment())).prop_map(|(task, to)| Draw::Deadline(task, to)),
        (task.clone(), progress()).prop_map(|(task, to)| Draw::Progress(task, to)),
        (task.clone(), prop::option::of(0_usize..3))
            .prop_map(|(task, to)| Draw::Calendar(task, to)),
        (task.clone(), any::<bool>()).prop_map(|(task, to)| Draw::Inactive(task, to)),
        (task, moment()).prop_map(|(task, to)| Draw::Drag(task, to)),
        (0..=links, prop::option::weighted(0.7, link(tasks)))
            .prop_map(|(place, to)| Draw::Link(place, to)),
    ]
}
