//! Where one more job may go, now.

use std::convert::Infallible;

use crate::plan::{Plan, Route};
use crate::problem::{Problem, Time};
use crate::search::choice::choose;
use crate::search::insertion::Awake;
use crate::search::instance::Instance;
use crate::search::state::{Slot, State};
use crate::search::tied::{BRIEF, Look, Tie, WIDE, few};
use crate::validate::Fault;

/// Places of a worker's day that are offered besides its first: the cheapest.
const OF_A_DAY: usize = 3;

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

/// Where a job may go in a plan that is otherwise left as it is: of each worker's day the cheapest
/// places and the first, of a team's job several starts of each day, and of all these at most so
/// many as [`choose`] takes. Where the job stands already it is taken out first. Days of the plan
/// that break a rule as they are get no offer.
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
    let all = offers(&mut state, job as u32, &lost);
    let Ok(chosen) = choose(all, most, |_| Ok::<_, Infallible>(true));
    Ok(chosen)
}

/// Whether a problem can be planned and has a job.
pub(crate) fn known(problem: &Problem, job: usize) -> Result<(), Vec<Fault>> {
    problem.check()?;
    if job >= problem.jobs.len() {
        return Err(vec![Fault::Job { job, wrong: crate::Wrong::NoJob(job) }]);
    }
    Ok(())
}

/// The places that are offered, cheapest first; none in the rows that were lost.
pub(crate) fn offers(state: &mut State, job: u32, lost: &[u32]) -> Vec<Offer> {
    let places = places(state, job, lost);
    let offers = places.iter().filter_map(|place| offer(state, job, place));
    let mut offers: Vec<_> = offers.collect();
    offers.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    offers
}

/// Some places in each row, or of a tied job on each day.
fn places(state: &mut State, job: u32, lost: &[u32]) -> Vec<Tie> {
    let mut scratch = Vec::new();
    let look = Look { but: lost, ..WIDE };
    if state.inst.nodes[job as usize].tied {
        if state.inst.problem.jobs[job as usize].team > 1 {
            return state.ties(job, None, look, &mut Awake, &mut scratch);
        }
        let people = 0..state.inst.people.len() as u32;
        let each =
            people.flat_map(|who| state.ties(job, Some(who), look, &mut Awake, &mut scratch));
        return each.collect();
    }
    let mut places = Vec::new();
    for &(row, placed) in state.inst.may_of(job).iter().filter(|it| !lost.contains(&it.0)) {
        let slots: Vec<_> = state.in_row(job, row as usize, placed, &mut scratch).collect();
        let slots = few(slots, OF_A_DAY, |slot| slot.cost);
        let place = |slot: Slot| Tie { start: crate::NEVER, cost: slot.cost, slots: vec![slot] };
        places.extend(slots.into_iter().map(place));
    }
    places
}

/// The cheapest place of a team that one worker is in.
pub(crate) fn with_worker(state: &mut State, job: u32, worker: u32, lost: &[u32]) -> Option<Offer> {
    let look = Look { but: lost, ..BRIEF };
    let places = state.ties(job, Some(worker), look, &mut Awake, &mut Vec::new());
    let best = places.into_iter().min_by(|a, b| a.cost.total_cmp(&b.cost))?;
    offer(state, job, &best)
}

/// A place with its times; the state is as it was afterwards.
fn offer(state: &mut State, job: u32, place: &Tie) -> Option<Offer> {
    let inst = state.inst;
    state.mark();
    let before = state.cost;
    if inst.nodes[job as usize].tied {
        state.put_tie(job, place);
    } else {
        state.put(job, &place.slots[0]);
    }
    // A team may cost more than its slots: each is priced as if the others came not.
    let team = place.slots.len() > 1;
    let cost = if team { state.cost - before } else { place.cost };
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
        cost,
        routes,
    })
}
