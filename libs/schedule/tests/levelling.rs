//! Levelling: tasks wait for what they need, and nobody is in two places.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use common::{at, days, draw, plan};
use proptest::prelude::*;
use schedule::{Constraint, Delay, Demand, Network, Resource, Shortage, Task};

fn crew(units: u32) -> Resource {
    Resource { capacity: vec![(at("1950-01-01T00:00"), units)] }
}

fn need(task: usize, units: u32) -> Demand {
    Demand { task, resource: 0, units }
}

#[test]
fn of_two_tasks_for_one_crew_the_more_urgent_goes_first() {
    let mut plan = plan();
    plan.tasks = vec![days(1), days(2)];
    let network = Network::new(plan).unwrap();
    let levelling = network.level(&[crew(1)], &[need(0, 1), need(1, 1)], &[]).unwrap();
    let start = at("2026-01-07T08:00");
    assert_eq!(levelling.delays, [Delay { task: 0, start, resource: 0 }]);
    assert_eq!(levelling.finish, at("2026-01-07T17:00"));
    let levelling = network.level(&[crew(1)], &[need(0, 1), need(1, 1)], &[500]).unwrap();
    let start = at("2026-01-06T08:00");
    assert_eq!(levelling.delays, [Delay { task: 1, start, resource: 0 }]);
}

#[test]
fn an_absence_is_waited_for() {
    let mut plan = plan();
    plan.tasks = vec![days(2)];
    let network = Network::new(plan).unwrap();
    let steps = [("2026-01-01", 1), ("2026-01-06", 0), ("2026-01-08", 1)];
    let capacity = steps.map(|(day, units)| (at(&format!("{day}T00:00")), units)).to_vec();
    let levelling = network.level(&[Resource { capacity }], &[need(0, 1)], &[]).unwrap();
    let start = at("2026-01-08T08:00");
    assert_eq!(levelling.delays, [Delay { task: 0, start, resource: 0 }]);
}

#[test]
fn what_may_not_wait_goes_first_and_what_never_fits_is_named() {
    let mut plan = plan();
    let must = Constraint::MustStartOn(at("2026-01-05T08:00"));
    plan.tasks = vec![days(1), Task { constraint: must, ..days(1) }, days(1)];
    let network = Network::new(plan).unwrap();
    let demands = [need(0, 1), need(1, 1), need(2, 2)];
    let levelling = network.level(&[crew(1)], &demands, &[9]).unwrap();
    assert_eq!(levelling.shortages, [Shortage { task: 2, resource: 0 }]);
    let start = at("2026-01-06T08:00");
    assert_eq!(levelling.delays, [Delay { task: 0, start, resource: 0 }]);
    let demands = [need(1, 2)];
    let levelling = network.level(&[crew(1)], &demands, &[]).unwrap();
    assert_eq!(levelling.shortages, [Shortage { task: 1, resource: 0 }]);
}

proptest! {
    #[test]
    fn nobody_is_in_two_places_and_links_are_kept(
        plan in draw::plan(),
        needs in prop::collection::vec((any::<prop::sample::Index>(), 1_u32..3), 0..10),
        units in 2_u32..4,
    ) {
        let Ok(network) = Network::new(plan.clone()) else { return Ok(()) };
        let demands: Vec<_> =
            needs.iter().map(|(task, units)| need(task.index(plan.tasks.len()), *units)).collect();
        let Ok(levelling) = network.level(&[crew(units)], &demands, &[]) else { return Ok(()) };
        prop_assert_eq!(&network.level(&[crew(units)], &demands, &[]).unwrap(), &levelling);
        for delay in &levelling.delays {
            prop_assert!(demands.iter().any(|demand| demand.task == delay.task));
            let early = network.dates()[delay.task].unwrap().early_start;
            prop_assert!(delay.start > early, "{delay:?} {early}");
        }
        prop_assert!(levelling.finish >= network.schedule().finish || !levelling.delays.is_empty());
    }

    #[test]
    fn delayed_tasks_fit_side_by_side(
        lengths in prop::collection::vec((1_i64..6, 1_u32..3), 2..12),
        links in prop::collection::vec(draw::link(12), 0..12),
        units in 2_u32..4,
    ) {
        let mut plan = plan();
        plan.tasks = lengths.iter().map(|(length, _)| days(*length)).collect();
        plan.links = links;
        plan.links.retain(|link| link.from < link.to && link.to < lengths.len());
        let demands: Vec<_> =
            lengths.iter().enumerate().map(|(task, (_, units))| need(task, *units)).collect();
        let mut network = Network::new(plan).unwrap();
        let levelling = network.level(&[crew(units)], &demands, &[]).unwrap();
        prop_assert!(levelling.shortages.is_empty());
        for delay in &levelling.delays {
            network.edit(network.drag(delay.task, delay.start).unwrap()).unwrap();
        }
        prop_assert_eq!(network.schedule().finish, levelling.finish);
        let dates: Vec<_> = network.dates().iter().flatten().collect();
        for now in &dates {
            let busy = dates.iter().zip(&demands).filter(|(other, _)| {
                other.start <= now.start && now.start < other.finish
            });
            prop_assert!(busy.map(|(_, demand)| demand.units).sum::<u32>() <= units);
        }
    }
}
