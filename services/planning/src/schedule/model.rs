//! Links between tasks as a graph, and what follows from moving one. No I/O.

use std::collections::{HashMap, HashSet, VecDeque};

use chrono::Duration;
use contracts::TaskStatus;
use kernel::{TaskId, Timestamp};

/// The successor begins when the predecessor ended and `lag_min` minutes passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Comes first.
    pub predecessor: TaskId,
    /// Comes after.
    pub successor: TaskId,
    /// Minutes between them.
    pub lag_min: i32,
}

/// Where a task stands in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Planned start.
    pub starts_at: Timestamp,
    /// Planned end.
    pub ends_at: Timestamp,
    /// What is done or cancelled binds nobody; what has begun is moved by nobody.
    pub status: TaskStatus,
}

impl Slot {
    fn binds(&self) -> bool {
        matches!(self.status, TaskStatus::Planned | TaskStatus::InProgress | TaskStatus::Paused)
    }

    fn free_after(&self, link: &Link) -> Timestamp {
        self.ends_at + Duration::minutes(link.lag_min.into())
    }
}

/// The tasks of the cycle that `new` would close, from its predecessor round to it again (which is
/// not repeated); none where it closes none.
pub fn cycle(links: &[Link], new: &Link) -> Option<Vec<TaskId>> {
    let mut came_from: HashMap<TaskId, TaskId> = HashMap::new();
    let mut seen = HashSet::from([new.successor]);
    let mut queue = VecDeque::from([new.successor]);
    while let Some(task) = queue.pop_front() {
        if task == new.predecessor {
            let back = std::iter::successors(Some(task), |t| came_from.get(t).copied());
            let mut tasks: Vec<_> = back.collect();
            tasks.reverse();
            tasks.rotate_right(1);
            return Some(tasks);
        }
        for link in links.iter().filter(|l| l.predecessor == task) {
            if seen.insert(link.successor) {
                came_from.insert(link.successor, task);
                queue.push_back(link.successor);
            }
        }
    }
    None
}

/// When a task may begin for what comes before it; none where nothing binds it.
pub fn earliest(links: &[Link], slots: &HashMap<TaskId, Slot>, task: TaskId) -> Option<Timestamp> {
    links
        .iter()
        .filter(|l| l.successor == task)
        .filter_map(|l| slots.get(&l.predecessor).filter(|s| s.binds()).map(|s| s.free_after(l)))
        .max()
}

/// The new starts of the planned tasks that must move later because `from` stands where it does,
/// each after what it depends on. Nothing ever moves earlier. The links hold no cycle.
pub fn push(
    links: &[Link],
    slots: &HashMap<TaskId, Slot>,
    from: TaskId,
) -> Vec<(TaskId, Timestamp)> {
    let mut slots = slots.clone();
    let mut moved = Vec::new();
    for task in in_working_order(links, from) {
        let Some(earliest) = earliest(links, &slots, task) else { continue };
        let Some(slot) = slots.get_mut(&task) else { continue };
        if slot.status == TaskStatus::Planned && slot.starts_at < earliest {
            slot.ends_at += earliest - slot.starts_at;
            slot.starts_at = earliest;
            moved.push((task, earliest));
        }
    }
    moved
}

/// What depends on `from`, directly or not, each task after all that it depends on (Kahn's
/// algorithm on the part of the graph that `from` reaches).
fn in_working_order(links: &[Link], from: TaskId) -> Vec<TaskId> {
    let mut after: HashMap<TaskId, Vec<TaskId>> = HashMap::new();
    for link in links {
        after.entry(link.predecessor).or_default().push(link.successor);
    }
    let successors = |task: &TaskId| after.get(task).into_iter().flatten().copied();

    let mut open: HashMap<TaskId, usize> = HashMap::new();
    let mut reached = HashSet::from([from]);
    let mut queue = VecDeque::from([from]);
    while let Some(task) = queue.pop_front() {
        for next in successors(&task) {
            *open.entry(next).or_default() += 1;
            if reached.insert(next) {
                queue.push_back(next);
            }
        }
    }

    let mut order = Vec::new();
    let mut ready = VecDeque::from([from]);
    while let Some(task) = ready.pop_front() {
        for next in successors(&task) {
            if let Some(count) = open.get_mut(&next) {
                *count -= 1;
                if *count == 0 {
                    order.push(next);
                    ready.push_back(next);
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(h: i64) -> Timestamp {
        "2026-03-02T00:00:00Z".parse::<Timestamp>().unwrap() + Duration::hours(h)
    }

    fn ids<const N: usize>() -> [TaskId; N] {
        std::array::from_fn(|_| TaskId::new())
    }

    fn link(predecessor: TaskId, successor: TaskId, lag_min: i32) -> Link {
        Link { predecessor, successor, lag_min }
    }

    fn slot(from: i64, to: i64) -> Slot {
        Slot { starts_at: hour(from), ends_at: hour(to), status: TaskStatus::Planned }
    }

    #[test]
    fn a_cycle_is_named_in_its_order_and_a_diamond_is_none() {
        let [a, b, c, d] = ids();
        let diamond = [link(a, b, 0), link(a, c, 0), link(b, d, 0)];
        assert_eq!(cycle(&diamond, &link(c, d, 0)), None);
        let chain = [link(a, b, 0), link(b, c, 0), link(a, d, 0)];
        assert_eq!(cycle(&chain, &link(c, a, 0)), Some(vec![c, a, b]));
        assert_eq!(cycle(&chain, &link(b, a, 0)), Some(vec![b, a]));
        assert_eq!(cycle(&[], &link(a, a, 0)), Some(vec![a]));
    }

    #[test]
    fn a_chain_is_pushed_with_its_lags() {
        let [a, b, c] = ids();
        let links = [link(a, b, 60), link(b, c, 0)];
        let slots = HashMap::from([(a, slot(8, 12)), (b, slot(10, 11)), (c, slot(11, 14))]);
        assert_eq!(push(&links, &slots, a), [(b, hour(13)), (c, hour(14))]);
    }

    #[test]
    fn slack_in_the_chain_takes_the_move_up() {
        let [a, b, c] = ids();
        let links = [link(a, b, 0), link(b, c, 0)];
        let slots = HashMap::from([(a, slot(8, 12)), (b, slot(10, 11)), (c, slot(20, 21))]);
        assert_eq!(push(&links, &slots, a), [(b, hour(12))]);
        let early = HashMap::from([(a, slot(1, 2)), (b, slot(10, 11)), (c, slot(20, 21))]);
        assert_eq!(push(&links, &early, a), [], "nothing moves earlier");
    }

    #[test]
    fn the_end_of_a_diamond_waits_for_its_later_side() {
        let [a, b, c, d] = ids();
        // d is linked to the short side first: it must still be moved once, after both.
        let links = [link(b, d, 0), link(a, b, 0), link(a, c, 0), link(c, d, 30)];
        let slots = HashMap::from([
            (a, slot(8, 10)),
            (b, slot(9, 10)),
            (c, slot(9, 13)),
            (d, slot(10, 11)),
        ]);
        let moved = push(&links, &slots, a);
        assert_eq!(moved.len(), 3);
        assert_eq!(moved[2], (d, hour(14) + Duration::minutes(30)));
    }

    #[test]
    fn what_has_begun_stays_and_what_is_cancelled_binds_nobody() {
        let [a, b, c] = ids();
        let links = [link(a, b, 0), link(b, c, 0)];
        let begun = Slot { status: TaskStatus::InProgress, ..slot(9, 10) };
        let slots = HashMap::from([(a, slot(8, 12)), (b, begun), (c, slot(10, 11))]);
        assert_eq!(push(&links, &slots, a), []);
        let gone = Slot { status: TaskStatus::Cancelled, ..slot(9, 30) };
        let slots = HashMap::from([(a, slot(8, 12)), (b, gone), (c, slot(10, 11))]);
        assert_eq!(push(&links, &slots, a), []);
        assert_eq!(earliest(&links, &slots, c), None);
        assert_eq!(earliest(&links, &slots, b), Some(hour(12)));
    }
}
