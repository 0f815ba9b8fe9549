//! Tools of depots that are out for work beside a search, in its words. No I/O.

use kernel::{TaskId, WorkerId};
use solver::{Depot, Taken};

use super::{Words, day_number};
use crate::dispatch::model::Scene;

impl Words<'_> {
    /// The depots' tools that are out for tasks, but for somebody on some. Nobody notes which depot a tool is
    /// from: each is taken where there still is one, the first depot first.
    pub(in crate::dispatch::model) fn taken(
        &self,
        scene: &Scene,
        depots: &[Depot],
        but: impl Fn(WorkerId, TaskId) -> bool,
    ) -> Vec<Taken> {
        let mut taken = Vec::new();
        for (kind, day, out) in scene.tools_out(but).each() {
            let Some(&tool) = self.tools.get(kind) else { continue };
            let day = day_number(day);
            let mut left: Vec<_> = depots.iter().map(|depot| depot.count(tool)).collect();
            // Where more are out than there are, whoever has one has it all the same.
            let Some(any) = left.iter().position(|count| *count > 0) else { continue };
            for id in out {
                let depot = left.iter().position(|count| *count > 0).unwrap_or(any);
                left[depot] = left[depot].saturating_sub(1);
                taken.push(Taken { day, depot, tool, worker: self.people.get(&id).copied() });
            }
        }
        taken
    }
}
