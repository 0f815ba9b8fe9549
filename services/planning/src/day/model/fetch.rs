//! What a day's tasks take along: who has it, and where the rest lies. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{DepotId, PartId, Position, VehicleId, WorkerId, distance_m};
use serde::Serialize;
use utoipa::ToSchema;

use crate::dispatch::model::{DepotStock, Person};
use crate::tasks::Needs;

/// How many depots are named for a thing: the nearest.
const DEPOTS: usize = 3;

/// What a task takes along.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DayLoad)]
pub struct Load {
    /// The kinds of tools.
    pub tools: Vec<ToolToBring>,
    /// The parts.
    pub parts: Vec<PartToBring>,
    /// Kilograms that are brought to it.
    pub load_kg: u32,
}

/// A kind of tool that must be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DayTool)]
pub struct ToolToBring {
    /// The kind.
    pub kind: String,
    /// Who of the team has one, on them or in the vehicle; nobody: it is to be fetched.
    pub carried_by: Vec<WorkerId>,
    /// Where nobody has one: the depots where one lies, the nearest to the site first, at most 3.
    pub depots: Vec<DepotId>,
}

/// Parts that a task uses up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DayPart)]
pub struct PartToBring {
    /// The part.
    pub part_id: PartId,
    /// How many of its units the task takes.
    pub quantity: u32,
    /// How many are in the team's vehicles, once the tasks before have had theirs.
    pub aboard: u32,
    /// How many are to be fetched.
    pub missing: u32,
    /// Where some are missing: the depots that have them, the nearest to the site first, at most 3.
    pub depots: Vec<DepotId>,
}

/// What a task takes along, and where it is done by whom.
#[derive(Debug)]
pub struct Asked<'a> {
    /// What it asks.
    pub needs: &'a Needs,
    /// Who is on it.
    pub team: &'a [WorkerId],
    /// Its site.
    pub at: Position,
}

/// Goes through a day's tasks in their order: what is aboard serves the first that asks for it.
pub struct Fetching<'a> {
    people: &'a BTreeMap<WorkerId, Person>,
    depots: &'a [DepotStock],
    used: BTreeMap<(VehicleId, PartId), i64>,
}

impl<'a> Fetching<'a> {
    /// With what these people carry and these depots hold.
    pub fn new(people: &'a BTreeMap<WorkerId, Person>, depots: &'a [DepotStock]) -> Self {
        Self { people, depots, used: BTreeMap::new() }
    }

    /// The load of the next task.
    pub fn next(&mut self, asked: &Asked<'_>) -> Load {
        let team: Vec<&Person> =
            asked.team.iter().filter_map(|worker| self.people.get(worker)).collect();
        let tools = asked.needs.tools.iter().map(|kind| {
            let carried_by: Vec<_> =
                team.iter().filter(|p| p.tools.contains(kind)).map(|p| p.id).collect();
            let depots = if carried_by.is_empty() {
                self.nearest(asked.at, |depot| depot.tools.contains_key(kind))
            } else {
                Vec::new()
            };
            ToolToBring { kind: kind.clone(), carried_by, depots }
        });
        let tools = tools.collect();
        let mut parts = Vec::with_capacity(asked.needs.parts.len());
        for need in &asked.needs.parts {
            let aboard = self.take(&team, need.part_id, need.quantity);
            let missing = need.quantity - aboard;
            let has = |depot: &DepotStock| depot.parts.get(&need.part_id).is_some_and(|n| *n > 0);
            let depots = if missing > 0 { self.nearest(asked.at, has) } else { Vec::new() };
            let (part_id, quantity) = (need.part_id, need.quantity);
            parts.push(PartToBring { part_id, quantity, aboard, missing, depots });
        }
        Load { tools, parts, load_kg: asked.needs.load_kg }
    }

    /// Takes up to so many of a part from the team's vehicles; how many there were. Two who ride
    /// in one vehicle have its stock once.
    fn take(&mut self, team: &[&Person], part: PartId, quantity: u32) -> u32 {
        let mut left = i64::from(quantity);
        let mut seen = BTreeSet::new();
        for person in team {
            let Some(vehicle) = person.vehicle.filter(|vehicle| seen.insert(*vehicle)) else {
                continue;
            };
            let used = self.used.entry((vehicle, part)).or_default();
            let there = person.parts.get(&part).copied().unwrap_or(0) - *used;
            let taken = there.clamp(0, left);
            *used += taken;
            left -= taken;
        }
        u32::try_from(i64::from(quantity) - left).unwrap_or(0)
    }

    fn nearest(&self, to: Position, has: impl Fn(&DepotStock) -> bool) -> Vec<DepotId> {
        let mut depots: Vec<_> = self
            .depots
            .iter()
            .filter(|depot| has(depot))
            .map(|depot| (distance_m(depot.at, to), depot.id))
            .collect();
        depots.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        depots.into_iter().take(DEPOTS).map(|(_, id)| id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::PartNeed;

    fn at(lat: f64) -> Position {
        Position { lat, lon: -17.4, accuracy_m: None }
    }

    fn depot(lat: f64, tool: &str, part: Option<(PartId, i64)>) -> DepotStock {
        DepotStock {
            id: DepotId::new(),
            at: at(lat),
            tools: [(tool.to_owned(), 1)].into(),
            parts: part.into_iter().collect(),
        }
    }

    fn people(all: Vec<Person>) -> BTreeMap<WorkerId, Person> {
        all.into_iter().map(|person| (person.id, person)).collect()
    }

    #[test]
    fn a_tool_that_somebody_of_the_team_has_is_not_fetched() {
        let mut awa = Person::new(WorkerId::new(), "Awa".into());
        awa.tools.insert("perforateur".into());
        let binta = Person::new(WorkerId::new(), "Binta".into());
        let (awa_id, binta_id) = (awa.id, binta.id);
        let depots = [
            depot(14.9, "perforateur", None),
            depot(14.7, "perforateur", None),
            depot(14.6, "mire", None),
        ];
        let people = people(vec![awa, binta]);
        let needs = Needs { tools: vec!["perforateur".into()], ..Needs::default() };
        let mut fetching = Fetching::new(&people, &depots);
        let both = [awa_id, binta_id];
        let load = fetching.next(&Asked { needs: &needs, team: &both, at: at(14.7) });
        assert_eq!(
            (&load.tools[0].carried_by[..], &load.tools[0].depots[..]),
            (&[awa_id][..], &[][..])
        );
        let load = fetching.next(&Asked { needs: &needs, team: &[binta_id], at: at(14.7) });
        assert_eq!(load.tools[0].carried_by, []);
        assert_eq!(load.tools[0].depots, [depots[1].id, depots[0].id], "the nearest first");
    }

    #[test]
    fn parts_aboard_serve_the_first_task_and_a_shared_vehicle_counts_once() {
        let (part, vehicle) = (PartId::new(), VehicleId::new());
        let ride = |name: &str| {
            let mut person = Person::new(WorkerId::new(), name.into());
            person.vehicle = Some(vehicle);
            person.parts.insert(part, 5);
            person
        };
        let (awa, binta) = (ride("Awa"), ride("Binta"));
        let team = [awa.id, binta.id];
        let people = people(vec![awa, binta]);
        let depots = [depot(14.7, "mire", Some((part, 40))), depot(14.7, "mire", Some((part, 0)))];
        let needs =
            Needs { parts: vec![PartNeed { part_id: part, quantity: 4 }], ..Needs::default() };
        let mut fetching = Fetching::new(&people, &depots);
        let asked = Asked { needs: &needs, team: &team, at: at(14.7) };
        let first = fetching.next(&asked).parts.remove(0);
        assert_eq!((first.aboard, first.missing, first.depots.len()), (4, 0, 0));
        let second = fetching.next(&asked).parts.remove(0);
        assert_eq!((second.aboard, second.missing), (1, 3));
        assert_eq!(second.depots, [depots[0].id], "an empty shelf is no help");
    }
}
