//! Where one more task fits into the days that people have: the plan as it is, with at most the
//! tasks after it moved later. No I/O.

use chrono::{DateTime, Utc};
use kernel::{Position, TaskId, WorkerId};
use serde::{Deserialize, Serialize};
use solver::{Time, Window};
use utoipa::ToSchema;

use super::draw::{self, instant, seconds};
use super::person::{Held, Person};
use super::rules::Reason;
use super::scene::{Scene, Spot, Work};

/// The most slots that are told.
const TOLD: usize = 20;

/// A place in the plan for a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DispatchSlot)]
pub struct Slot {
    /// Who would do it.
    pub worker_ids: Vec<WorkerId>,
    /// When it would start.
    pub starts_at: DateTime<Utc>,
    /// When it would end.
    pub ends_at: DateTime<Utc>,
    /// What it costs more than the plan as it is, in the search's own figures.
    pub cost: f64,
    /// Minutes more on the road.
    pub travel_min: i64,
    /// What would move for it; none where it fits in as it is.
    pub moves: Vec<SlotMove>,
}

/// A task that would move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DispatchSlotMove)]
pub struct SlotMove {
    /// The task.
    pub task_id: TaskId,
    /// Whose it is.
    pub worker_id: WorkerId,
    /// When it would start.
    pub starts_at: DateTime<Utc>,
}

/// Seconds between two places.
pub type Travel<'a> = dyn Fn(Spot, Spot) -> Time + Sync + 'a;

/// Where somebody could do a task: any start from the first to the last.
#[derive(Debug, Clone)]
struct Room {
    worker: usize,
    from: Time,
    to: Time,
    travel: Time,
    moves: Vec<SlotMove>,
    /// By how many seconds tasks move, all together.
    delay: Time,
}

/// Where the task fits, the best first; with what stands against each who cannot do it at all.
pub fn slots(
    scene: &Scene,
    work: &Work,
    window: Window,
    travel: &Travel<'_>,
) -> (Vec<Slot>, Vec<(WorkerId, Vec<Reason>)>) {
    let (mut rooms, mut refused) = (Vec::new(), Vec::new());
    for (at, person) in scene.people.iter().enumerate() {
        let reasons = lasting(scene, person, work);
        if reasons.is_empty() {
            rooms.extend(rooms_of(scene, at, work, window, travel));
        } else {
            refused.push((person.id, reasons));
        }
    }
    let team = usize::try_from(work.task.workers_needed).unwrap_or(1).max(1);
    let mut starts: Vec<Time> = rooms.iter().map(|room| room.from).collect();
    starts.sort_unstable();
    starts.dedup();
    let mut slots: Vec<Slot> = Vec::new();
    for start in starts {
        let mut able: Vec<(f64, &Room)> = rooms
            .iter()
            .filter(|room| (room.from..=room.to).contains(&start))
            .map(|room| (cost(scene, work, room, start), room))
            .collect();
        able.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.worker.cmp(&b.1.worker)));
        let mut seen = Vec::new();
        able.retain(|(_, room)| {
            let new = !seen.contains(&room.worker);
            seen.push(room.worker);
            new
        });
        if team == 1 {
            slots
                .extend(able.iter().map(|one| slot(scene, work, start, std::slice::from_ref(one))));
        } else if able.len() >= team {
            slots.push(slot(scene, work, start, &able[..team]));
        }
    }
    slots.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.starts_at.cmp(&b.starts_at)));
    // Of each team its best alone: the others are the same people at a worse time.
    let mut teams: Vec<Vec<WorkerId>> = Vec::new();
    slots.retain(|slot| {
        let new = !teams.contains(&slot.worker_ids);
        teams.push(slot.worker_ids.clone());
        new
    });
    slots.truncate(TOLD);
    (slots, refused)
}

/// What stands against somebody at whatever time.
fn lasting(scene: &Scene, person: &Person, work: &Work) -> Vec<Reason> {
    let mut reasons = person.reasons(&work.task, &scene.depots);
    reasons.retain(|reason| {
        !matches!(
            reason,
            Reason::Overlap { .. } | Reason::OutsideHours { .. } | Reason::Absent { .. }
        )
    });
    reasons
}

fn slot(scene: &Scene, work: &Work, start: Time, team: &[(f64, &Room)]) -> Slot {
    let mut worker_ids: Vec<_> =
        team.iter().map(|(_, room)| scene.people[room.worker].id).collect();
    worker_ids.sort();
    Slot {
        worker_ids,
        starts_at: instant(start),
        ends_at: instant(start + draw::duration(work)),
        cost: team.iter().map(|(cost, _)| cost).sum(),
        travel_min: team.iter().map(|(_, room)| room.travel).sum::<Time>().div_euclid(60),
        moves: team.iter().flat_map(|(_, room)| room.moves.iter().copied()).collect(),
    }
}

/// What a room costs: the road, the work, being late, and what moves.
fn cost(scene: &Scene, work: &Work, room: &Room, start: Time) -> f64 {
    let weights = &scene.weights;
    let task = &work.task;
    let duration = draw::duration(work);
    let preferred = &task.needs.preferred_workers;
    let stranger = !preferred.is_empty() && !preferred.contains(&scene.people[room.worker].id);
    let due = work.deadline.map_or(start, |at| seconds(at) - duration);
    weights.travel * room.travel as f64
        + weights.work * (duration + room.travel) as f64
        + weights.lateness * (start - due).max(0) as f64
        + weights.shift * room.delay as f64
        + weights.change * room.moves.len() as f64 / 2.0
        + if stranger { weights.preferred } else { 0.0 }
        // Sooner is better where all else is equal.
        + weights.lateness * 0.01 * (start - seconds(scene.now)).max(0) as f64
}

fn rooms_of(
    scene: &Scene,
    worker: usize,
    work: &Work,
    window: Window,
    travel: &Travel<'_>,
) -> Vec<Room> {
    let person = &scene.people[worker];
    let free = person.tasks.iter().map(|held| held.id).collect();
    let (limits, done_before) = scene.limits.get(&person.id).cloned().unwrap_or_default();
    let mut rooms = Vec::new();
    for shift in super::shifts::shifts(scene, person, &free) {
        let Some(span) = shift.span() else { continue };
        if span.to < window.from || span.from > window.to {
            continue;
        }
        let mut day: Vec<&Held> = person
            .tasks
            .iter()
            .filter(|held| held.id != work.task.id)
            .filter(|held| seconds(held.from) < span.to && seconds(held.to) > span.from)
            .collect();
        day.sort_by_key(|held| held.from);
        let busy: Time = day.iter().map(|held| seconds(held.to) - seconds(held.from)).sum();
        let duration = draw::duration(work);
        let too_long = limits.day.is_some_and(|most| busy + duration > most);
        let known = done_before.weeks.iter().find(|(week, _)| *week == shift.week);
        let week = known.map_or(0, |(_, sum)| *sum);
        if too_long || limits.week.is_some_and(|most| week + duration > most) {
            continue;
        }
        let trip = Trip { scene, worker, work, window, travel, windows: &shift.windows, day: &day };
        rooms.extend((0..=day.len()).filter_map(|gap| trip.room(gap)));
    }
    rooms
}

/// A day into which a task is to go.
struct Trip<'a> {
    scene: &'a Scene,
    worker: usize,
    work: &'a Work,
    window: Window,
    travel: &'a Travel<'a>,
    windows: &'a [Window],
    day: &'a [&'a Held],
}

impl Trip<'_> {
    fn spot(&self) -> Spot {
        Spot { id: self.work.task.site_id.uuid(), at: self.work.at }
    }

    fn home(&self) -> Option<Spot> {
        let person = &self.scene.people[self.worker];
        let (at, depot) = person.start?;
        Some(Spot { id: depot.map_or(person.id.uuid(), kernel::DepotId::uuid), at })
    }

    fn way(&self, from: Option<Spot>, to: Option<Spot>) -> Time {
        from.zip(to).map_or(0, |(from, to)| (self.travel)(from, to))
    }

    /// The room before the `gap`th task of the day; the tasks after it move later where they must
    /// and may.
    fn room(&self, gap: usize) -> Option<Room> {
        let at = |held: &Held| Some(Spot { id: held.site.uuid(), at: held.at });
        let before = gap.checked_sub(1).map(|nth| self.day[nth]);
        let after = self.day.get(gap).copied();
        let from_spot = before.map_or(self.home(), at);
        let to_spot = after.map_or(self.home(), at);
        let (here, duration) = (Some(self.spot()), draw::duration(self.work));
        let (there, back) = (self.way(from_spot, here), self.way(here, to_spot));
        let span = Window { from: self.windows.first()?.from, to: self.windows.last()?.to };
        let ready = before.map_or(span.from, |held| seconds(held.to).max(span.from));
        let ready = ready.max(seconds(self.scene.now));
        let earliest = self.begin((ready + there).max(self.window.from), duration)?;
        let travel = there + back - self.way(from_spot, to_spot);
        let room = |to: Time, moves: Vec<SlotMove>, delay: Time| Room {
            worker: self.worker,
            from: earliest,
            to: to.min(self.window.to),
            travel,
            moves,
            delay,
        };
        let Some(after) = after else {
            let last = span.to - back - duration;
            return (earliest <= last.min(self.window.to)).then(|| room(last, Vec::new(), 0));
        };
        let last = seconds(after.from) - back - duration;
        if earliest <= last {
            return (earliest <= self.window.to).then(|| room(last, Vec::new(), 0));
        }
        if earliest > self.window.to {
            return None;
        }
        let (moves, delay) = self.push(gap, earliest + duration, span.to)?;
        Some(room(earliest, moves, delay))
    }

    /// When it begins at or after an instant, within one window of the shift unless it may pause.
    fn begin(&self, at: Time, duration: Time) -> Option<Time> {
        let pausing = !self.work.task.needs.unbroken;
        let last = self.windows.last()?.to;
        self.windows.iter().find_map(|window| {
            let from = at.max(window.from);
            let end = if pausing { last } else { window.to };
            (from < window.to && from + duration <= end).then_some(from)
        })
    }

    /// Moves the tasks from the `gap`th on later, as far as they must; none where one may not.
    fn push(&self, gap: usize, done: Time, shift_ends: Time) -> Option<(Vec<SlotMove>, Time)> {
        let (mut at, mut free, mut delay) = (Some(self.spot()), done, 0);
        let mut moves = Vec::new();
        for held in &self.day[gap..] {
            let spot = Some(Spot { id: held.site.uuid(), at: held.at });
            let start = free + self.way(at, spot);
            let (from, to) = (seconds(held.from), seconds(held.to));
            if start <= from {
                break;
            }
            let (_, latest) = held.movable.filter(|_| held.seen)?;
            let end = start + (to - from);
            if end > seconds(latest) || end > shift_ends {
                return None;
            }
            let worker_id = self.scene.people[self.worker].id;
            moves.push(SlotMove { task_id: held.id, worker_id, starts_at: instant(start) });
            delay += start - from;
            (at, free) = (spot, end);
        }
        let all = moves.len() == self.day.len() - gap;
        let home = if all { self.way(at, self.home()) } else { 0 };
        (free + home <= shift_ends).then_some((moves, delay))
    }
}

/// What somebody would cost at the task's present start, or what stands against it.
pub fn at_present(
    scene: &Scene,
    work: &Work,
    worker: usize,
    travel: &Travel<'_>,
) -> Result<(f64, Time), Vec<Reason>> {
    let person = &scene.people[worker];
    let reasons = person.reasons(&work.task, &scene.depots);
    if !reasons.is_empty() {
        return Err(reasons);
    }
    let start = seconds(work.task.starts_at);
    let window = Window { from: start, to: start };
    let rooms = rooms_of(scene, worker, work, window, travel);
    let best = rooms.iter().filter(|room| room.moves.is_empty());
    let costs = best.map(|room| (cost(scene, work, room, start), room.travel));
    costs.min_by(|a, b| a.0.total_cmp(&b.0)).ok_or_else(|| vec![Reason::NoRoom])
}

/// The travel times of a table between listed spots, as a function of two of them.
pub fn between<'a>(
    list: &'a [Spot],
    seconds: &'a [Option<f64>],
    estimate: fn(Position, Position) -> f64,
) -> impl Fn(Spot, Spot) -> Time + 'a {
    let places: std::collections::HashMap<_, _> =
        list.iter().enumerate().map(|(at, spot)| (spot.id, at)).collect();
    move |from: Spot, to: Spot| {
        let known = places.get(&from.id).zip(places.get(&to.id));
        let time = known.and_then(|(f, t)| seconds.get(f * list.len() + t).copied().flatten());
        time.unwrap_or_else(|| estimate(from.at, to.at)).ceil() as Time
    }
}
