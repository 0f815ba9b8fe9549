//! Who does what, as the engine's levelling reads it. No I/O.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use engine::{Demand, Network, Resource};
use kernel::{TaskId, Timestamp, WorkerId};

use super::book::{Book, Mode, Unfit};
use crate::tasks::model::Priority;

/// What a task needs.
#[derive(Debug, Clone)]
pub struct Need {
    /// The task.
    pub task: TaskId,
    /// How urgent it is.
    pub priority: Priority,
    /// How many workers it takes.
    pub places: i16,
    /// Who is on it.
    pub workers: Vec<WorkerId>,
}

/// What the tasks of a plan need, and who is there for it.
#[derive(Debug, Clone)]
pub struct Needs {
    /// The open tasks.
    pub tasks: Vec<Need>,
    /// The members of the crew that takes the places nobody has.
    pub members: Vec<WorkerId>,
    /// When workers are away, or on other projects' tasks.
    pub away: Vec<(WorkerId, Timestamp, Timestamp)>,
}

/// What levelling comes to.
#[derive(Debug, Clone)]
pub struct Levelled {
    /// When tasks that must wait can start.
    pub starts: Vec<(TaskId, Timestamp)>,
    /// The tasks for which there is never enough.
    pub short: Vec<TaskId>,
}

/// Lets the tasks of a plan wait for what they need.
pub fn level(book: &Book, needs: &Needs) -> Result<Levelled, Unfit> {
    let drawn = book.draw(Mode::Judge);
    let wall = drawn.wall;
    let places: HashMap<TaskId, usize> =
        drawn.items.iter().enumerate().map(|(place, at)| (book.items[*at].id, place)).collect();
    let mut away: HashMap<WorkerId, Vec<(NaiveDateTime, NaiveDateTime)>> = HashMap::new();
    for (worker, from, to) in &needs.away {
        away.entry(*worker).or_default().push((wall.at(*from), wall.by(*to)));
    }
    let none = Vec::new();
    let times = |worker: &WorkerId| away.get(worker).unwrap_or(&none);
    let mut resources = vec![capacity(drawn.plan.start, needs.members.iter().map(times))];
    let mut known: HashMap<WorkerId, usize> = HashMap::new();
    let mut demands = Vec::new();
    let mut priorities = vec![0; drawn.items.len()];
    for need in &needs.tasks {
        let Some(&task) = places.get(&need.task) else { continue };
        priorities[task] = need.priority as u16;
        for worker in &need.workers {
            let resource = *known.entry(*worker).or_insert_with(|| {
                resources.push(capacity(drawn.plan.start, std::iter::once(times(worker))));
                resources.len() - 1
            });
            demands.push(Demand { task, resource, units: 1 });
        }
        let free = usize::try_from(need.places).unwrap_or(0).saturating_sub(need.workers.len());
        if free > 0 && !needs.members.is_empty() {
            demands.push(Demand { task, resource: 0, units: u32::try_from(free).unwrap_or(0) });
        }
    }
    let levelled = Network::new(drawn.plan.clone())
        .and_then(|network| network.level(&resources, &demands, &priorities))
        .map_err(|refused| book.unfit(&drawn, refused))?;
    let id = |place: usize| drawn.items.get(place).map(|at| book.items[*at].id);
    let starts = levelled.delays.iter().filter_map(|d| Some((id(d.task)?, wall.moment(d.start))));
    let mut short: Vec<_> = levelled.shortages.iter().filter_map(|s| id(s.task)).collect();
    short.dedup();
    Ok(Levelled { starts: starts.collect(), short })
}

/// How many are there from each moment on: all of them, less those who are away.
fn capacity<'a>(
    from: NaiveDateTime,
    away: impl Iterator<Item = &'a Vec<(NaiveDateTime, NaiveDateTime)>>,
) -> Resource {
    let mut steps = vec![];
    let mut all = 0_i64;
    for times in away {
        all += 1;
        let mut until = from;
        for (gone, back) in times {
            // Two absences of one person may overlap: each moment counts once.
            let (gone, back) = ((*gone).max(until), (*back).max(until));
            if gone < back {
                steps.extend([(gone, -1_i64), (back, 1)]);
                until = back;
            }
        }
    }
    steps.sort_unstable();
    let mut capacity = vec![(from, u32::try_from(all).unwrap_or(0))];
    for (at, step) in steps {
        all += step;
        let there = u32::try_from(all).unwrap_or(0);
        match capacity.last_mut() {
            Some(last) if last.0 == at => last.1 = there,
            _ => capacity.push((at, there)),
        }
    }
    Resource { capacity }
}
