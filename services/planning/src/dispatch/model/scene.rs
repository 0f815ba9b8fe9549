//! What a search is about, as it was read: tasks, people, depots, and the places between which
//! they travel. No I/O.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use kernel::{DepotId, Position, SiteId, TaskId, Timestamp, WorkerId};
use uuid::Uuid;

use super::hours::Bounds;
use super::person::{DepotStock, Person};
use super::tools::ToolsOut;
use crate::schedule::model::Bound;
use crate::tasks::Task;

/// A task that a search may place.
#[derive(Debug, Clone)]
pub struct Work {
    /// The task.
    pub task: Task,
    /// Where its site is.
    pub at: Position,
    /// It should end by this.
    pub deadline: Option<Timestamp>,
    /// What binds it in the project's plan.
    pub bound: Bound,
    /// The moment that binds it.
    pub bound_at: Option<Timestamp>,
}

/// A task that comes before one that a search may place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// The one that comes before.
    pub predecessor: TaskId,
    /// The one that comes after.
    pub successor: TaskId,
    /// When the first ends, as it is planned now.
    pub ends_at: Timestamp,
    /// Minutes between them.
    pub lag_min: i32,
}

/// What a search is about.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The moment of planning.
    pub now: Timestamp,
    /// Whose days the horizon's are: of most of the tasks' sites.
    pub zone: Tz,
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
    /// What may be placed.
    pub works: Vec<Work>,
    /// What comes before it.
    pub befores: Vec<Before>,
    /// Who may do it.
    pub people: Vec<Person>,
    /// Who else has tools of depots out for tasks on these days.
    pub others: Vec<Person>,
    /// What may be fetched where.
    pub depots: Vec<DepotStock>,
    /// The law of working time; none where it is not known.
    pub law: Option<labour::Rules>,
    /// Limits of working time and what is worked beside the search, of each of the people.
    pub limits: BTreeMap<WorkerId, Bounds>,
    /// What counts how much.
    pub weights: solver::Weights,
    /// Whether tasks stay at their planned start.
    pub keep_times: bool,
    /// Whether a place is sought beside what holds people on these days, which is drawn too; else
    /// it is left out of their hours.
    pub beside: bool,
}

impl Scene {
    /// The tools of depots that are out for what holds people, but for some of them on some tasks.
    pub fn tools_out(&self, but: impl Fn(WorkerId, TaskId) -> bool) -> ToolsOut<'_> {
        ToolsOut::of(self.people.iter().chain(&self.others), self.zone, but)
    }
}

/// A place that people travel to or from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// The site, the depot or the worker whose start it is.
    pub id: Uuid,
    /// Where it is.
    pub at: Position,
}

/// The places of a scene, each once.
#[derive(Debug, Clone, Default)]
pub struct Spots {
    /// In a stable order: sites, depots, then starts.
    pub list: Vec<Spot>,
    places: BTreeMap<Uuid, usize>,
}

impl Spots {
    /// Those of a scene; where a place is sought beside what holds its people, that too.
    pub fn of(scene: &Scene) -> Self {
        let mut spots = Self::default();
        let mut sites: Vec<_> = scene.works.iter().map(|w| (w.task.site_id.uuid(), w.at)).collect();
        sites.sort_by_key(|(id, _)| *id);
        for (id, at) in sites {
            spots.add(id, at);
        }
        for depot in &scene.depots {
            spots.add(depot.id.uuid(), depot.at);
        }
        let held = scene.people.iter().flat_map(|person| &person.tasks);
        for held in held.filter(|_| scene.beside) {
            spots.add(held.site.uuid(), held.at);
        }
        for person in &scene.people {
            match person.start {
                Some((at, Some(depot))) => spots.add(depot.uuid(), at),
                Some((at, None)) => spots.add(person.id.uuid(), at),
                None => {}
            }
        }
        spots
    }

    fn add(&mut self, id: Uuid, at: Position) {
        if !self.places.contains_key(&id) {
            self.list.push(Spot { id, at });
            // The place 0 is nowhere: from there and to there it takes no time.
            self.places.insert(id, self.list.len());
        }
    }

    /// How many places there are, nowhere among them.
    pub fn count(&self) -> usize {
        self.list.len() + 1
    }

    /// The place of a site.
    pub fn site(&self, id: SiteId) -> usize {
        self.place(id.uuid())
    }

    /// The place of a depot.
    pub fn depot(&self, id: DepotId) -> usize {
        self.place(id.uuid())
    }

    /// The place that somebody's day starts at; nowhere where it is not known.
    pub fn start(&self, person: &Person) -> usize {
        match person.start {
            Some((_, Some(depot))) => self.place(depot.uuid()),
            Some((_, None)) => self.place(person.id.uuid()),
            None => 0,
        }
    }

    fn place(&self, id: Uuid) -> usize {
        self.places.get(&id).copied().unwrap_or(0)
    }

    /// Seconds between the listed places, row by row, as a matrix with nowhere as its first place.
    pub fn matrix(&self, seconds: &[Option<f64>]) -> Result<solver::Matrix, solver::Fault> {
        let (n, listed) = (self.count(), self.list.len());
        let mut all = vec![Some(0.0); n * n];
        for from in 0..listed {
            for to in 0..listed {
                all[(from + 1) * n + to + 1] = seconds.get(from * listed + to).copied().flatten();
            }
        }
        solver::Matrix::new(n, &all)
    }
}
