//! Where one more job may go, now.

use crate::plan::{Plan, Route};
use crate::problem::{Problem, Time};
use crate::search::insertion::Awake;
use crate::search::instance::Instance;
use crate::search::state::{Slot, State};
use crate::search::tied::Tie;
use crate::search::tour::NONE;
use crate::validate::Fault;

/// A place for a job in a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Who does it: a worker and a shift for each of the team.
    pub team: Vec<(usize, usize)>,
    /// When it starts.
    pub start: Time,
    /// When it ends.
    pub end: Time,
    /// What the plan costs more.
    pub cost: f64,
    /// The days that change, as they are then.
    pub routes: Vec<Route>,
}

/// Where a job may go in a plan that is otherwise left as it is: the cheapest place of each worker
/// and day (of a team's job, of each day), cheapest first, at most so many. Where the job stands
/// already it is taken out first. Days of the plan that break a rule as they are get no offer.
pub fn insert(
    problem: &Problem,
    plan: &Plan,
    job: usize,
    most: usize,
) -> Result<Vec<Offer>, Vec<Fault>> {
    known(problem, job)?;
    let inst = Instance::without_neighbours(problem);
    let mut state = State::new(&inst);
    let lost = state.load(plan);
    state.remove(job as u32);
    state.mark();
    Ok(offers(&mut state, job as u32, &lost, most))
}

/// Whether a problem can be planned and has a job.
pub(crate) fn known(problem: &Problem, job: usize) -> Result<(), Vec<Fault>> {
    problem.check()?;
    if job >= problem.jobs.len() {
        return Err(vec![Fault::Job { job, wrong: crate::Wrong::NoJob(job) }]);
    }
    Ok(())
}

/// The cheapest places, cheapest first.
pub(crate) fn offers(state: &mut State, job: u32, lost: &[u32], most: usize) -> Vec<Offer> {
    let mut places = places(state, job);
    places.retain(|tie| tie.slots.iter().all(|slot| !lost.contains(&slot.row)));
    places.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    places.truncate(most);
    places.into_iter().filter_map(|place| offer(state, job, &place)).collect()
}

/// The cheapest place in each row, or of a tied job on each day.
fn places(state: &mut State, job: u32) -> Vec<Tie> {
    let mut scratch = Vec::new();
    if state.inst.nodes[job as usize].tied {
        if state.inst.problem.jobs[job as usize].team > 1 {
            return state.ties(job, None, &mut Awake, &mut scratch);
        }
        let people = 0..state.inst.people.len() as u32;
        let each = people.flat_map(|who| state.ties(job, Some(who), &mut Awake, &mut scratch));
        return each.collect();
    }
    let mut places = Vec::new();
    for &(row, placed) in state.inst.may_of(job) {
        let mut slot = Slot::none();
        state.try_row(job, row as usize, placed, &mut Awake, &mut scratch, &mut slot);
        if slot.row != NONE {
            places.push(Tie { start: crate::NEVER, cost: slot.cost, slots: vec![slot] });
        }
    }
    places
}

/// The cheapest place of a team that one worker is in.
pub(crate) fn with_worker(state: &mut State, job: u32, worker: u32, lost: &[u32]) -> Option<Offer> {
    let places = state.ties(job, Some(worker), &mut Awake, &mut Vec::new());
    let sound = |tie: &Tie| tie.slots.iter().all(|slot| !lost.contains(&slot.row));
    let best = places.into_iter().filter(sound).min_by(|a, b| a.cost.total_cmp(&b.cost))?;
    offer(state, job, &best)
}

/// A place with its times; the state is as it was afterwards.
fn offer(state: &mut State, job: u32, place: &Tie) -> Option<Offer> {
    let inst = state.inst;
    state.mark();
    if inst.nodes[job as usize].tied {
        state.put_tie(job, place);
    } else {
        state.put(job, &place.slots[0]);
    }
    let routes: Option<Vec<_>> = place.slots.iter().map(|slot| state.route(slot.row)).collect();
    state.back();
    let routes = routes?;
    let visit = crate::Visit::Job(job as usize);
    let stops = routes.iter().flat_map(|route| &route.stops).filter(|stop| stop.visit == visit);
    let stops: Vec<_> = stops.collect();
    Some(Offer {
        team: routes.iter().map(|route| (route.worker, route.shift)).collect(),
        start: stops.first()?.start,
        end: stops.iter().map(|stop| stop.end).max()?,
        cost: place.cost,
        routes,
    })
}
