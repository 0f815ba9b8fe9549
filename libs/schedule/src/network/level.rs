//! Resource levelling: tasks wait for what they need.
//!
//! The serial schedule generation scheme: one task after the other is put at the first moment its
//! links, its constraint and what is left of its resources allow; next comes, of the tasks whose
//! predecessors have their place, the one of the highest priority, and among equals the one that
//! must start first (latest start time), after R. Kolisch, "Serial and parallel
//! resource-constrained project scheduling methods revisited", European Journal of Operational
//! Research 90 (1996). What has begun or is fixed by a date has its place before all others. The
//! same plan always comes out the same.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use chrono::NaiveDateTime;

use super::profile::Profile;
use super::{Network, Span, State, end, open};
use crate::moment::{END, minute, moment};
use crate::plan::Refused;

/// People or equipment that tasks share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// How many units there are from each moment on; none before the first. An absence is a step
    /// down and up again.
    pub capacity: Vec<(NaiveDateTime, u32)>,
}

/// What a task needs from its start to its finish, pauses and nights included: a crew goes home and
/// comes back to the same work. A summary needs nothing but what its parts do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// The task's place in the plan.
    pub task: usize,
    /// The resource's place.
    pub resource: usize,
    /// How many units of it.
    pub units: u32,
}

/// What levelling comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Levelling {
    /// The tasks that start later than their links let them, in the plan's order. What only follows
    /// them is not named.
    pub delays: Vec<Delay>,
    /// The tasks that cannot be placed within capacity: there is never enough, or a hard date does
    /// not let them wait. They stay where their links put them.
    pub shortages: Vec<Shortage>,
    /// When the last task ends then.
    pub finish: NaiveDateTime,
}

/// A task that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    /// The task's place.
    pub task: usize,
    /// When it can start.
    pub start: NaiveDateTime,
    /// The resource it waited for last.
    pub resource: usize,
}

/// A task that asks for more than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// The task's place.
    pub task: usize,
    /// The resource that is short.
    pub resource: usize,
}

/// Where levelling puts a task.
struct Placed {
    span: Span,
    waited: Option<usize>,
    short: Option<usize>,
}

impl Network {
    /// Delays tasks until what they need is free. `priorities` are the tasks', the highest first
    /// served; those it does not reach have none. The network stays as it is; [`Network::drag`]
    /// makes a delay.
    pub fn level(
        &self,
        resources: &[Resource],
        demands: &[Demand],
        priorities: &[u16],
    ) -> Result<Levelling, Refused> {
        let needs = self.needs(resources.len(), demands)?;
        let mut profiles: Vec<_> = resources.iter().map(Resource::profile).collect();
        let mut network = self.clone();
        let mut levelling = Levelling::default();
        for (task, needs) in needs.iter().enumerate().filter(|(task, _)| self.cannot_wait(*task)) {
            let span = self.early[task];
            if let Some((resource, _)) = self.want(task, span, needs, &profiles) {
                levelling.shortages.push(Shortage { task, resource });
            }
            self.hold(task, span, needs, &mut profiles);
        }
        let rank = |node: usize| {
            let task = self.task(node);
            let waits = self.jobs[task].state == State::Waiting && !self.cannot_wait(task);
            let contends = waits && !needs[task].is_empty();
            let late = if contends { self.wall(node, self.late[node].start) } else { 0 };
            let priority = priorities.get(task).copied().unwrap_or(0);
            Reverse((contends, Reverse(priority), late, node))
        };
        let mut waits = vec![0_usize; 2 * self.jobs.len()];
        let mut ready = BinaryHeap::new();
        for &node in &self.graph.order {
            self.graph.before(node, &self.arcs, |_| waits[node] += 1);
            if waits[node] == 0 {
                ready.push(rank(node));
            }
        }
        while let Some(Reverse((contends, _, _, node))) = ready.pop() {
            network.early[node] = self.no_sooner(node, network.earliest(node));
            if contends {
                let placed = network.find(node, &needs[node], &profiles);
                network.early[node] = placed.span;
                network.hold(node, placed.span, &needs[node], &mut profiles);
                levelling.note(node, &placed, network.wall(node, placed.span.start))?;
            }
            self.graph.after(node, &self.arcs, |after| {
                waits[after] -= 1;
                if waits[after] == 0 {
                    ready.push(rank(after));
                }
            });
        }
        levelling.delays.sort_by_key(|delay| delay.task);
        levelling.shortages.sort_by_key(|shortage| shortage.task);
        let (finish, last) = network.find_last();
        levelling.finish = moment(finish).ok_or(Refused::Years(last))?;
        Ok(levelling)
    }

    /// What each task needs, by resource.
    fn needs(
        &self,
        resources: usize,
        demands: &[Demand],
    ) -> Result<Vec<BTreeMap<usize, i64>>, Refused> {
        let mut needs = vec![BTreeMap::new(); self.jobs.len()];
        for demand in demands {
            let known = needs.get_mut(demand.task).filter(|_| demand.resource < resources);
            let known = known.ok_or(Refused::Reference(demand.task))?;
            *known.entry(demand.resource).or_insert(0) += i64::from(demand.units);
        }
        Ok(needs)
    }

    /// A task that goes as late as possible keeps its late dates, and others theirs after it.
    fn no_sooner(&self, node: usize, span: Span) -> Span {
        let planned = self.shown(node);
        let later =
            self.jobs[self.task(node)].state == State::Waiting && span.start < planned.start;
        if later { planned } else { span }
    }

    /// The first place from its early start on at which a task has all it needs. Each look that
    /// fails passes the end of a time of want, so there are no more looks than such times.
    fn find(&self, task: usize, needs: &BTreeMap<usize, i64>, profiles: &[Profile]) -> Placed {
        let job = &self.jobs[task];
        let early = self.early[task];
        let (mut span, mut waited) = (early, None);
        loop {
            let Some((resource, until)) = self.want(task, span, needs, profiles) else {
                return Placed { span, waited, short: None };
            };
            let start = until.map(|until| open(self.rulers[job.ruler].ceil(until), job.span));
            match start.filter(|start| *start <= job.ceiling && self.wall(task, *start) < END) {
                Some(start) => span = Span { start, finish: end(start, job.span) },
                None => return Placed { span: early, waited: None, short: Some(resource) },
            }
            waited = Some(resource);
        }
    }

    /// Whether a task is where it is: it has begun, or a date fixes it.
    fn cannot_wait(&self, task: usize) -> bool {
        let job = &self.jobs[task];
        matches!(job.state, State::Begun(_)) || (job.state == State::Waiting && job.pinned)
    }

    /// The first resource of which a task would want for more at these times, and when it no longer
    /// would, if ever.
    fn want(
        &self,
        task: usize,
        span: Span,
        needs: &BTreeMap<usize, i64>,
        profiles: &[Profile],
    ) -> Option<(usize, Option<i64>)> {
        let (from, to) = (self.start_of(task, span), self.wall(task, span.finish));
        needs.iter().find_map(|(&resource, &units)| {
            profiles[resource].fits(from, to, units).err().map(|until| (resource, until))
        })
    }

    fn hold(
        &self,
        task: usize,
        span: Span,
        needs: &BTreeMap<usize, i64>,
        profiles: &mut [Profile],
    ) {
        let (from, to) = (self.start_of(task, span), self.wall(task, span.finish));
        for (&resource, &units) in needs {
            profiles[resource].take(from, to, units);
        }
    }
}

impl Resource {
    fn profile(&self) -> Profile {
        Profile::new(self.capacity.iter().map(|&(at, units)| (minute(at), i64::from(units))))
    }
}

impl Levelling {
    fn note(&mut self, task: usize, placed: &Placed, start: i64) -> Result<(), Refused> {
        if let Some(resource) = placed.waited {
            let start = moment(start).ok_or(Refused::Years(task))?;
            self.delays.push(Delay { task, start, resource });
        }
        if let Some(resource) = placed.short {
            self.shortages.push(Shortage { task, resource });
        }
        Ok(())
    }
}
