//! Who comes before whom: the links and the work breakdown as flat arrays, and an order in which
//! every node comes after all it depends on (Kahn, "Topological sorting of large networks",
//! Communications of the ACM 5(11), 1962).

use super::link::Arc;
use super::{Job, State};
use crate::plan::{Refused, Task};

/// The nodes in order, and their neighbours. Node `task` is a task, or the opening of a summary;
/// node `tasks + summary` is its closing.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    tasks: usize,
    /// The summary of each task.
    pub(super) parent: Vec<Option<usize>>,
    parts: Rows,
    ins: Rows,
    outs: Rows,
    /// Every node that takes part, after all it depends on.
    pub(super) order: Vec<usize>,
    /// Where each node is in that order.
    pub(super) place: Vec<usize>,
}

/// Lists of numbers in one array (compressed sparse rows).
#[derive(Debug, Clone, Default)]
struct Rows {
    starts: Vec<usize>,
    items: Vec<usize>,
}

impl Rows {
    /// Item `i` goes to the row `row(i)`; those without a row are left out.
    fn new(rows: usize, items: usize, row: impl Fn(usize) -> Option<usize>) -> Self {
        let mut starts = vec![0; rows + 1];
        for row in (0..items).filter_map(&row) {
            starts[row + 1] += 1;
        }
        for row in 0..rows {
            starts[row + 1] += starts[row];
        }
        let mut next = starts.clone();
        let mut sorted = vec![0; starts[rows]];
        for item in 0..items {
            if let Some(row) = row(item) {
                sorted[next[row]] = item;
                next[row] += 1;
            }
        }
        Self { starts, items: sorted }
    }

    fn row(&self, row: usize) -> impl Iterator<Item = usize> {
        self.items[self.starts[row]..self.starts[row + 1]].iter().copied()
    }
}

impl Graph {
    pub(super) fn new(tasks: &[Task], jobs: &[Job], arcs: &[Option<Arc>]) -> Result<Self, Refused> {
        let count = tasks.len();
        let on = |node: usize| jobs[node % count].state != State::Off;
        let arc = |place: usize| arcs[place].as_ref().filter(|arc| on(arc.from) && on(arc.to));
        let parent: Vec<_> = tasks.iter().map(|task| task.parent).collect();
        let mut graph = Self {
            tasks: count,
            parts: Rows::new(count, count, |task| parent[task].filter(|_| on(task))),
            parent,
            ins: Rows::new(2 * count, arcs.len(), |place| arc(place).map(|arc| arc.to)),
            outs: Rows::new(2 * count, arcs.len(), |place| arc(place).map(|arc| arc.from)),
            order: Vec::with_capacity(count),
            place: vec![usize::MAX; 2 * count],
        };
        let summary = |task: usize| jobs[task].state == State::Summary;
        let nodes = (0..count).filter(|task| on(*task));
        let nodes = nodes.chain((0..count).filter(|task| summary(*task)).map(|task| count + task));
        graph.sort(nodes, arcs)?;
        Ok(graph)
    }

    /// The links into a node.
    pub(super) fn links_into(&self, node: usize) -> impl Iterator<Item = usize> {
        self.ins.row(node)
    }

    /// The links out of a node.
    pub(super) fn links_out_of(&self, node: usize) -> impl Iterator<Item = usize> {
        self.outs.row(node)
    }

    /// The tasks a summary holds, one level down.
    pub(super) fn parts(&self, summary: usize) -> impl Iterator<Item = usize> {
        self.parts.row(summary)
    }

    fn is_summary(&self, task: usize) -> bool {
        self.parts.starts[task] < self.parts.starts[task + 1]
    }

    /// Where a task is left: a summary by its closing.
    fn exit(&self, task: usize) -> usize {
        if self.is_summary(task) { task + self.tasks } else { task }
    }

    /// Calls with each node that comes directly after this one.
    pub(super) fn after(&self, node: usize, arcs: &[Option<Arc>], mut call: impl FnMut(usize)) {
        self.links_out_of(node)
            .filter_map(|place| arcs[place].as_ref())
            .for_each(|arc| call(arc.to));
        if node < self.tasks && self.is_summary(node) {
            self.parts(node).for_each(&mut call);
        } else if let Some(summary) = self.parent[node % self.tasks] {
            call(summary + self.tasks);
        }
    }

    /// Calls with each node that comes directly before this one.
    pub(super) fn before(&self, node: usize, arcs: &[Option<Arc>], mut call: impl FnMut(usize)) {
        self.links_into(node)
            .filter_map(|place| arcs[place].as_ref())
            .for_each(|arc| call(arc.from));
        if node >= self.tasks {
            self.parts(node - self.tasks).for_each(|part| call(self.exit(part)));
        } else if let Some(summary) = self.parent[node] {
            call(summary);
        }
    }

    fn sort(
        &mut self,
        nodes: impl Iterator<Item = usize> + Clone,
        arcs: &[Option<Arc>],
    ) -> Result<(), Refused> {
        let mut waits = vec![0_usize; 2 * self.tasks];
        let mut order = Vec::with_capacity(self.tasks);
        for node in nodes.clone() {
            self.before(node, arcs, |_| waits[node] += 1);
            if waits[node] == 0 {
                order.push(node);
            }
        }
        let mut next = 0;
        while next < order.len() {
            self.after(order[next], arcs, |after| {
                waits[after] -= 1;
                if waits[after] == 0 {
                    order.push(after);
                }
            });
            next += 1;
        }
        if let Some(node) = nodes.into_iter().find(|node| waits[*node] > 0) {
            return Err(Refused::Cycle(self.cycle(node, &waits, arcs)));
        }
        for (place, node) in order.iter().enumerate() {
            self.place[*node] = place;
        }
        self.order = order;
        Ok(())
    }

    /// The tasks of a circle. Whatever still waits waits for another that does, so going back must
    /// come to where it was. Only the ends of links are named: what lies between a summary and its
    /// part needs no name.
    fn cycle(&self, node: usize, waits: &[usize], arcs: &[Option<Arc>]) -> Vec<usize> {
        let mut path = vec![node];
        let mut seen = vec![None; 2 * self.tasks];
        let circle = loop {
            let node = path[path.len() - 1];
            if let Some(first) = seen[node].replace(path.len() - 1) {
                break &path[first..];
            }
            let mut before = node;
            self.before(node, arcs, |other| {
                if waits[other] > 0 {
                    before = other;
                }
            });
            path.push(before);
        };
        let mut named = Vec::new();
        for step in circle.windows(2).rev() {
            let (from, to) = (step[1], step[0]);
            if self
                .links_into(to)
                .any(|place| arcs[place].as_ref().is_some_and(|arc| arc.from == from))
            {
                named.extend([from % self.tasks, to % self.tasks]);
            }
        }
        named.dedup();
        if named.len() > 1 && named.first() == named.last() {
            named.pop();
        }
        named
    }
}
