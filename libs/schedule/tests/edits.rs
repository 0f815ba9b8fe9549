//! Edits: whatever is edited, the dates are those of the plan scheduled anew, and taking the edit
//! back restores them.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use common::draw::{edit, plan};
use proptest::prelude::*;
use schedule::{Network, Plan, Refused, schedule};

/// The plan a network stands for now.
fn current(network: &Network, plan: &Plan) -> Plan {
    let links = network.links().iter().copied().flatten().collect();
    Plan { tasks: network.tasks().to_vec(), links, ..plan.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn an_edit_comes_to_what_a_full_pass_comes_to(
        (plan, edits) in plan().prop_flat_map(|plan| {
            let edits = prop::collection::vec(edit(plan.tasks.len(), plan.links.len()), 1..12);
            (Just(plan), edits)
        })
    ) {
        let Ok(mut network) = Network::new(plan.clone()) else { return Ok(()) };
        for change in edits {
            let before = network.clone();
            match change.on(&network).and_then(|edit| network.edit(edit)) {
                Ok(change) => {
                    let anew = schedule(&current(&network, &plan)).unwrap();
                    prop_assert_eq!(network.dates(), &anew.dates[..]);
                    prop_assert_eq!(network.schedule().finish, anew.finish);
                    let moved: Vec<_> = (0..plan.tasks.len())
                        .filter(|task| before.dates()[*task] != network.dates()[*task])
                        .collect();
                    prop_assert_eq!(&change.moved, &moved);
                    let mut back = network.clone();
                    prop_assert_eq!(back.edit(change.undo).unwrap().moved, moved);
                    prop_assert_eq!(back.dates(), before.dates());
                }
                Err(refused) => {
                    prop_assert!(!matches!(refused, Refused::Hours(_)));
                    prop_assert_eq!(network.dates(), before.dates());
                    prop_assert_eq!(network.tasks(), before.tasks());
                    prop_assert_eq!(network.links(), before.links());
                }
            }
        }
    }
}
