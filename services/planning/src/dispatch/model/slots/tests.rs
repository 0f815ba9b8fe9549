use chrono::Duration;

use super::*;
use crate::dispatch::model::draw::tests::{at, person, scene, work};
use crate::dispatch::model::duration;
use crate::dispatch::model::hours::{Past, bounds};
use crate::law::hours::Hours;
use crate::tasks::Needs;

/// A day's worth of work from Monday 2 March 2026 on, an hour ahead of UTC.
fn held(from: &str, to: &str) -> Held {
    let (from, to) = (at(&format!("2026-03-{from}:00Z")), at(&format!("2026-03-{to}:00Z")));
    Held { movable: Some((from, to + Duration::hours(2))), ..Held::sample(TaskId::new(), from, to) }
}

/// Somebody who works every day from eight to five.
fn worker(tasks: Vec<Held>) -> Person {
    Person { tasks, ..person(&[1, 2, 3, 4, 5, 6, 7], 8, 17) }
}

/// An hour of work is to be done on these days.
fn ask(first: &str, last: &str, people: Vec<Person>) -> Scene {
    let work = work("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z", Needs::default());
    Scene { beside: true, ..scene(first, last, vec![work], people) }
}

/// Everywhere is a quarter of an hour from everywhere else.
fn drawn<'a>(scene: &'a Scene, window: (&str, &str)) -> Beside<'a> {
    let spots = Spots::of(scene);
    let places = spots.list.len();
    let time = |nth: usize| Some(if nth / places == nth % places { 0.0 } else { 900.0 });
    let travel = spots.matrix(&(0..places * places).map(time).collect::<Vec<_>>()).unwrap();
    let at = |text: &str| seconds(at(&format!("2026-03-{text}:00Z")));
    let window = Window { from: at(window.0), to: at(window.1) - duration(&scene.works[0]) };
    let who = (0..scene.people.len()).collect();
    let asked = Question { window, team: 1, who, make_room: true, brings: true };
    let beside = Beside::draw(scene, &spots, travel, &asked).unwrap();
    beside.problem.check().unwrap();
    beside
}

fn first(scene: &Scene, window: (&str, &str)) -> Option<Slot> {
    drawn(scene, window).slots().unwrap().into_iter().next()
}

#[test]
fn a_day_planned_by_hand_without_its_ways_takes_one_more_in_its_gaps() {
    // From eight, without the way there; one after the other; to five, without the way home.
    let tasks = vec![
        held("02T07:00", "02T09:00"),
        held("02T09:00", "02T11:00"),
        held("02T14:00", "02T16:00"),
    ];
    let start = Some((kernel::Position { lat: 14.7, lon: -17.4, accuracy_m: None }, None));
    let one = Person { start, ..worker(tasks) };
    let scene = ask("2026-03-02", "2026-03-02", vec![one]);
    let slot = first(&scene, ("02T07:00", "02T16:00")).unwrap();
    assert_eq!(slot.starts_at, at("2026-03-02T11:15:00Z"), "a quarter of an hour after the second");
    assert_eq!(slot.moves, []);
    assert_eq!(slot.travel_min, 15);
}

#[test]
fn what_must_move_is_named_and_what_may_not_is_no_obstacle_elsewhere() {
    let tasks = vec![held("02T07:00", "02T11:00"), held("02T12:00", "02T14:00")];
    let mut scene = ask("2026-03-02", "2026-03-02", vec![worker(tasks)]);
    let id = scene.people[0].tasks[1].id;
    let slot = first(&scene, ("02T11:00", "02T12:30")).unwrap();
    assert_eq!(slot.starts_at, at("2026-03-02T11:15:00Z"));
    let moved: Vec<_> = slot.moves.iter().map(|one| (one.task_id, one.starts_at)).collect();
    assert_eq!(moved, [(id, at("2026-03-02T12:30:00Z"))], "two ways and an hour");
    for stays in [|held: &mut Held| held.movable = None, |held: &mut Held| held.seen = false] {
        scene.people[0].tasks[1] = held("02T12:00", "02T14:00");
        stays(&mut scene.people[0].tasks[1]);
        assert_eq!(first(&scene, ("02T11:00", "02T12:30")), None);
        assert!(first(&scene, ("02T14:00", "02T16:00")).is_some());
    }
}

#[test]
fn pauses_are_taken_within_what_spans_them_and_absences_are_nobodys_time() {
    let mut one = worker(vec![held("02T08:00", "02T13:30")]);
    one.tasks[0].movable = None;
    let noon = |from: u32, to: u32| Hours { day: 1, from: from * 60, to: to * 60 };
    one.hours = vec![noon(8, 12), noon(13, 17)];
    let scene = ask("2026-03-02", "2026-03-02", vec![one]);
    let days = beside(&scene, &scene.people[0], 0);
    assert_eq!(days[0].shift.windows.len(), 2, "noon is free within the task");
    let slot = first(&scene, ("02T07:00", "02T16:00")).unwrap();
    assert_eq!(slot.starts_at, at("2026-03-02T13:45:00Z"));

    let mut away = worker(vec![]);
    away.absences.push((at("2026-03-02T00:00:00Z"), at("2026-03-02T12:00:00Z")));
    let scene = ask("2026-03-02", "2026-03-02", vec![away]);
    let slot = first(&scene, ("02T07:00", "02T16:00")).unwrap();
    assert!(slot.starts_at >= at("2026-03-02T12:00:00Z"), "{slot:?}");
}

/// The scene with the law of France.
fn in_france(mut scene: Scene) -> Scene {
    let rules = labour::law("FR").unwrap().rules();
    let free: Vec<_> = scene.works.iter().map(|work| work.task.id).collect();
    let past = Past {
        worked: vec![],
        leave: Vec::new(),
        now: scene.now,
        first: scene.first,
        last: scene.last,
        free: &free,
        beside: true,
    };
    let of = |person: &Person| (person.id, bounds(&rules, scene.zone, person, past.clone()));
    scene.limits = scene.people.iter().map(of).collect();
    scene.law = Some(rules);
    scene
}

#[test]
fn slots_keep_the_rest_of_a_week_and_between_days() {
    // No rest of 35 hours but the one from Friday evening on.
    let week = |evening| {
        vec![
            held("02T08:00", "02T15:00"),
            held("03T14:00", "03T21:00"),
            held("05T04:00", "05T11:00"),
            held("06T14:00", evening),
        ]
    };
    let scene = |tasks| in_france(ask("2026-03-08", "2026-03-08", vec![worker(tasks)]));
    assert_eq!(first(&scene(week("06T21:00")), ("08T07:00", "08T16:00")), None, "L3132-2");
    assert!(first(&scene(week("06T20:00")), ("08T07:00", "08T16:00")).is_some());
    let all = ["02", "03", "04", "05", "06", "07"];
    let all = all.map(|day| held(&format!("{day}T08:00"), &format!("{day}T11:00"))).into();
    assert_eq!(first(&scene(all), ("08T07:00", "08T16:00")), None, "a seventh day, L3132-1");

    // Late on the evening before, and early on the day after.
    let late = vec![held("02T20:00", "02T23:00"), held("04T02:00", "04T05:00")];
    let scene = in_france(ask("2026-03-03", "2026-03-03", vec![worker(late)]));
    let slot = first(&scene, ("03T07:00", "03T16:00")).unwrap();
    assert_eq!(slot.starts_at, at("2026-03-03T10:00:00Z"), "eleven hours after, L3131-1");
    assert!(first(&scene, ("03T13:30", "03T15:00")).is_some());
    assert_eq!(first(&scene, ("03T14:15", "03T15:30")), None, "eleven hours before");
}

#[test]
fn a_day_has_its_hours_of_work_and_what_lies_between_is_none() {
    let scene = |tasks| in_france(ask("2026-03-02", "2026-03-02", vec![worker(tasks)]));
    // Thirteen hours from the first to the last, six of work.
    let apart = scene(vec![held("02T06:00", "02T09:00"), held("02T16:00", "02T19:00")]);
    assert!(first(&apart, ("02T10:00", "02T15:00")).is_some());
    let full = scene(vec![held("02T06:00", "02T11:30"), held("02T15:00", "02T19:00")]);
    assert_eq!(first(&full, ("02T12:00", "02T14:30")), None, "L3121-18");
}

#[test]
fn a_slot_leaves_a_break_where_one_is_due() {
    let scene = |tasks| in_france(ask("2026-03-02", "2026-03-02", vec![worker(tasks)]));
    // Five and a half hours, a way of a quarter of an hour, one more: no twenty minutes.
    let long = scene(vec![held("02T08:00", "02T13:30")]);
    assert_eq!(first(&long, ("02T13:30", "02T14:50")), None, "L3121-16");
    let short = scene(vec![held("02T08:30", "02T13:30")]);
    assert!(first(&short, ("02T13:30", "02T14:50")).is_some());
    // What was planned in one piece has its break within.
    let whole = scene(vec![held("02T06:00", "02T13:00")]);
    assert!(first(&whole, ("02T14:00", "02T16:00")).is_some());
}

#[test]
fn nobody_and_no_time_are_no_question() {
    let scene = ask("2026-03-02", "2026-03-02", vec![worker(vec![])]);
    let spots = Spots::of(&scene);
    let travel = || spots.matrix(&vec![Some(0.0); spots.list.len().pow(2)]).unwrap();
    let window = Window { from: 10, to: 20 };
    let asked = Question { window, team: 2, who: vec![0], make_room: true, brings: true };
    assert!(Beside::draw(&scene, &spots, travel(), &asked).is_none());
    let backwards = Window { from: 20, to: 10 };
    let asked =
        Question { window: backwards, team: 1, who: vec![0], make_room: true, brings: true };
    assert!(Beside::draw(&scene, &spots, travel(), &asked).is_none());
}
