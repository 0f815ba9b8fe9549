//! Where one more task fits into the days that people have: the plan as it is, with at most the
//! tasks after it moved later. What holds people is drawn as work of a search, which then says where
//! the task is cheapest. No I/O.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{TaskId, Timestamp, WorkerId};
use labour::Span;
use serde::{Deserialize, Serialize};
use solver::{
    Job, Limits, Matrix, Offer, Plan, Problem, Published, Route, Stop, Time, Visit, Window,
};
use utoipa::ToSchema;

use super::draw::{Words, instant, seconds};
use super::hours::facts;
use super::person::{Held, Person};
use super::rules::Reason;
use super::scene::{Scene, Spots, Work};
use super::shifts::{Day, beside};
use crate::error::{DispatchError, Error};
use crate::law::{Known, breaches_in};
use crate::tasks::Task;

/// The most slots that are told.
const TOLD: usize = 20;
/// How much sooner is better where all else is equal, beside being late for a deadline.
const SOONER: f64 = 0.01;
/// As long as a task that lies within a day, whichever.
const ANY: TimeDelta = TimeDelta::seconds(1);

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
    /// Its version, for taking the slot: nothing moves that changed since.
    pub version: i64,
}

/// What is asked of the place of a scene's only task.
#[derive(Debug, Clone)]
pub struct Question {
    /// When it starts.
    pub window: Window,
    /// How many do it together.
    pub team: u8,
    /// Who may, by their place among the scene's people.
    pub who: Vec<usize>,
    /// Whether other tasks may start later for it.
    pub make_room: bool,
    /// Whether each who does it brings the parts and the load that it takes.
    pub brings: bool,
}

/// What stands against each who cannot do a task from an instant on, at whatever time of the scene's
/// days; nothing against the others. What ends is judged on the first of them.
pub fn lasting(scene: &Scene, work: &Work, from: Timestamp) -> Vec<Vec<Reason>> {
    let at_its_time = |reason: &Reason| {
        matches!(
            reason,
            Reason::Overlap { .. } | Reason::OutsideHours { .. } | Reason::Absent { .. }
        )
    };
    // The scene may begin with the day before: it is theirs whose night goes on.
    let begins = scene.first.max(labour::day_of(scene.zone, from));
    let first = labour::midnight(scene.zone, begins);
    let (starts_at, ends_at) = (first, first + ANY);
    let task = Task { starts_at, ends_at, workers: Vec::new(), ..work.task.clone() };
    let tools = scene.tools_out(|_, id| id == task.id);
    let all = scene.first.iter_days().take_while(|day| *day <= scene.last);
    let each = scene.people.iter().map(|person| {
        let at_work = |day| person.hours_of(scene.zone, day).last().is_some_and(|it| it.to > from);
        let days = all.clone().filter(|day| *day >= begins || at_work(*day));
        let mut reasons = person.reasons(&task, &scene.depots);
        reasons.retain(|reason| !at_its_time(reason));
        reasons.extend(tools.always(person, &task, &scene.depots, days));
        reasons
    });
    each.collect()
}

/// A task beside what people have already. The task is the problem's first job.
pub struct Beside<'a> {
    scene: &'a Scene,
    problem: Problem,
    plan: Plan,
    /// The task of each further job.
    held: Vec<&'a Held>,
}

impl<'a> Beside<'a> {
    /// The scene's only task, as it is asked for, beside what holds its people.
    pub fn draw(scene: &'a Scene, spots: &Spots, travel: Matrix, asked: &Question) -> Option<Self> {
        let work = scene.works.first()?;
        if asked.who.len() < usize::from(asked.team) || asked.window.to < asked.window.from {
            return None;
        }
        let words = Words::of(scene);
        // What has begun is asked about as it was planned.
        let now = asked.window.from.min(seconds(scene.now));
        let days: Vec<Vec<Day<'a>>> =
            scene.people.iter().map(|person| beside(scene, person, now)).collect();
        let shifts = |at: usize| days[at].iter().map(|day| day.shift.clone()).collect();
        let mut problem = words.problem(scene, spots, travel, shifts);
        problem.now = now;
        // However little changes count, nothing moves that need not.
        problem.weights.shift = problem.weights.shift.max(solver::Weights::default().shift);
        let mut job = words.job(scene, spots, work, asked.window);
        (job.team, job.only) = (asked.team, asked.who.clone());
        if !asked.brings {
            (job.parts, job.load) = (Vec::new(), 0);
        }
        if job.due.is_none() {
            (job.due, job.priority) = (Some(asked.window.from), SOONER);
        }
        problem.jobs.push(job);
        // To a search, breaks are times and all that is between tasks is work, the ways and the
        // waiting. A plan by hand shows neither: of it the law itself is asked, see `lawful`.
        for worker in &mut problem.workers {
            let Limits { days_a_week, daily_rest, weekly_rest, .. } = worker.limits;
            worker.limits = Limits { days_a_week, daily_rest, weekly_rest, ..Limits::default() };
        }
        problem.taken = words.taken(scene, &problem.depots, |_, id| id == work.task.id);
        let mut it = Self { scene, problem, plan: Plan::default(), held: Vec::new() };
        for (worker, days) in days.iter().enumerate() {
            for (shift, day) in days.iter().enumerate().filter(|(_, day)| !day.pieces.is_empty()) {
                it.hold(spots, worker, shift, day, asked.make_room);
            }
        }
        it.plan.unserved.push(0);
        Some(it)
    }

    /// Draws what holds somebody on a day, as it will be: who is on the way until after a task is to
    /// begin, or has to be home by the end of the day, does less of it.
    fn hold(&mut self, spots: &Spots, worker: usize, shift: usize, day: &Day<'a>, room: bool) {
        let person: &Person = &self.scene.people[worker];
        let windows = &day.shift.windows;
        let Some(span) = day.shift.span() else { return };
        let home = self.problem.workers[worker].start;
        let way = |from, to| self.problem.travel.between(from, to).unwrap_or(0);
        let (mut at, mut free) = (home, span.from.max(self.problem.now));
        let mut drawn = Vec::new();
        for (nth, piece) in day.pieces.iter().enumerate() {
            let place = spots.site(piece.held.site);
            let start = after(windows, free, way(at, place)).max(piece.span.from);
            let start = after(windows, start, 0);
            let last = nth + 1 == day.pieces.len();
            let latest = if last { span.to - way(place, home) } else { span.to };
            let end = piece.span.to.min(latest).max(start);
            let movable = piece.held.movable.filter(|_| room && piece.held.seen);
            let absent = |away: &(_, _)| away.0 < piece.held.to && piece.held.from < away.1;
            let movable = movable.filter(|_| !person.absences.iter().any(absent));
            let slack = movable.map_or(0, |(_, latest)| seconds(latest) - seconds(piece.held.to));
            drawn.push((piece.held, place, Window { from: start, to: end }, slack.max(0)));
            (at, free) = (place, end);
        }
        let mut stops = Vec::new();
        for (held, place, span, slack) in drawn {
            let job = self.problem.jobs.len();
            self.problem.jobs.push(Job {
                place,
                duration: windows.iter().map(|window| common(*window, span)).sum(),
                windows: vec![Window { from: span.from, to: span.from + slack }],
                only: vec![worker],
                interruptible: true,
                ..Job::default()
            });
            self.problem.published.push(Published { job, workers: vec![worker], start: span.from });
            let (start, end) = (span.from, span.to);
            stops.push(Stop { visit: Visit::Job(job), arrive: start, start, end });
            self.held.push(held);
        }
        let leave = stops.first().map_or(span.from, |stop| stop.start);
        let back = stops.last().map_or(span.from, |stop| stop.end);
        self.plan.routes.push(Route { worker, shift, leave, back, stops, breaks: Vec::new() });
    }

    /// Where the task fits within the rules and the law, the cheapest first: such places as somebody
    /// wants to choose among, see [`solver::choose`].
    pub fn slots(&self) -> Result<Vec<Slot>, Error> {
        let fits = |offer: &Offer| {
            let slot = self.slot(offer);
            Ok::<_, Error>(self.allowed(&slot) && self.lawful(&slot)?)
        };
        let told = solver::choose(self.offers()?, TOLD, fits)?;
        Ok(told.iter().map(|offer| self.slot(offer)).collect())
    }

    /// What the task costs with each who has room for it, and the seconds more on the road. The law
    /// is not asked beyond rest.
    pub fn costs(&self) -> Result<HashMap<WorkerId, (f64, Time)>, Error> {
        let mut costs = HashMap::new();
        for offer in self.offers()? {
            for &(worker, _) in &offer.team {
                let told = (offer.cost, self.travel(&offer));
                costs.entry(self.scene.people[worker].id).or_insert(told);
            }
        }
        Ok(costs)
    }

    fn offers(&self) -> Result<Vec<Offer>, Error> {
        let offers = solver::insert(&self.problem, &self.plan, 0, usize::MAX);
        Ok(offers.map_err(DispatchError::Unsolvable)?)
    }

    /// Whether the rules that are judged when a slot is taken let it be, of all who are in it and of
    /// all that makes room for it.
    fn allowed(&self, slot: &Slot) -> bool {
        let Some(work) = self.scene.works.first() else { return false };
        let task = Task {
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            workers: slot.worker_ids.clone(),
            ..work.task.clone()
        };
        let zone = self.scene.zone;
        let mut people = self.scene.people.iter().filter(|it| slot.worker_ids.contains(&it.id));
        people.all(|person| {
            let mut person = person.clone();
            let mut moved = Vec::new();
            for held in &mut person.tasks {
                if let Some(to) = slot.moves.iter().find(|to| to.task_id == held.id) {
                    (held.from, held.to) = (to.starts_at, to.starts_at + (held.to - held.from));
                    moved.push((held.from, held.to));
                }
            }
            moved.into_iter().all(|(from, to)| person.free(zone, from, to))
                && person.reasons(&task, &self.scene.depots).is_empty()
        })
    }

    /// Whether the law lets everybody of a slot work so, judged as when it is taken.
    fn lawful(&self, slot: &Slot) -> Result<bool, Error> {
        let Some(rules) = &self.scene.law else { return Ok(true) };
        let own = self.scene.works.iter().map(|work| work.task.id);
        let moved: Vec<_> = own.chain(slot.moves.iter().map(|one| one.task_id)).collect();
        for person in self.scene.people.iter().filter(|it| slot.worker_ids.contains(&it.id)) {
            let zone = self.scene.zone;
            let work = |span: Span| person.work_in(span, span.to - span.from, zone);
            let mut extra = work(Span::new(slot.starts_at, slot.ends_at));
            for one in slot.moves.iter().filter(|one| one.worker_id == person.id) {
                let task = person.tasks.iter().find(|held| held.id == one.task_id);
                let ends = task.map(|held| one.starts_at + (held.to - held.from));
                let spans = ends.into_iter().map(|ends| Span::new(one.starts_at, ends));
                extra.extend(spans.flat_map(work));
            }
            let others = person.pieces(zone);
            let others = others.filter(|(held, _)| !moved.contains(&held.id));
            let planned = others.map(|(_, span)| span).collect();
            let past = self.scene.limits.get(&person.id);
            let (done, leave) = past.map_or((&[][..], &[][..]), |it| (&it.done, &it.leave));
            let known = Known { worker: facts(person), zone, done, leave };
            if !breaches_in(rules, &known, planned, &extra, self.scene.now)?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn slot(&self, offer: &Offer) -> Slot {
        let mut worker_ids: Vec<_> =
            offer.team.iter().map(|(worker, _)| self.scene.people[*worker].id).collect();
        worker_ids.sort();
        Slot {
            worker_ids,
            starts_at: instant(offer.start),
            ends_at: instant(offer.end),
            cost: offer.cost,
            travel_min: self.travel(offer).div_euclid(60),
            moves: offer.routes.iter().flat_map(|route| self.moves(route)).collect(),
        }
    }

    /// Seconds more on the road.
    fn travel(&self, offer: &Offer) -> Time {
        let now = offer.routes.iter().map(|route| route.travel(&self.problem)).sum::<Time>();
        let same = |told: &&Route| offer.team.contains(&(told.worker, told.shift));
        let told = self.plan.routes.iter().filter(same);
        now - told.map(|route| route.travel(&self.problem)).sum::<Time>()
    }

    fn moves(&self, route: &Route) -> Vec<SlotMove> {
        let worker_id = self.scene.people[route.worker].id;
        let moved = route.stops.iter().filter_map(|stop| {
            let nth = stop.visit.job()?.checked_sub(1)?;
            let later = stop.start - self.problem.published[nth].start;
            let held = self.held[nth];
            let starts_at = instant(seconds(held.from) + later);
            let (task_id, version) = (held.id, held.version);
            (later > 0).then_some(SlotMove { task_id, worker_id, starts_at, version })
        });
        moved.collect()
    }
}

/// When so much time within windows is over; at once is the next instant within one.
fn after(windows: &[Window], from: Time, mut length: Time) -> Time {
    let mut at = from;
    for window in windows.iter().filter(|window| window.to > from) {
        at = at.max(window.from);
        if at + length <= window.to {
            break;
        }
        length -= window.to - at;
        at = window.to;
    }
    at + length
}

/// How long two windows are the same.
fn common(a: Window, b: Window) -> Time {
    (a.to.min(b.to) - a.from.max(b.from)).max(0)
}

#[cfg(test)]
mod tests;
