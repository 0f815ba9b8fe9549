//! When what happens on a route: the forward pass with pauses, breaks and several windows.

use crate::NEVER;
use crate::plan::{Stop, Visit};
use crate::problem::{Time, Window};
use crate::search::instance::{Instance, Node, Row};

/// The times of a route.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Timing {
    pub leave: Time,
    pub back: Time,
    pub work: Time,
    /// What its starts cost.
    pub soft: f64,
}

/// What is written down of a route, for a plan.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub stops: Vec<Stop>,
    pub breaks: Vec<Window>,
}

/// A worker's clock on the way.
struct Clock<'a> {
    row: &'a Row,
    /// The window it stands in.
    window: usize,
    time: Time,
    /// Work since the last rest.
    since: Time,
    work: Time,
    idle: Time,
    breaks: Option<&'a mut Vec<Window>>,
}

impl Clock<'_> {
    /// To the next window, if this one is over; `None` when there is none.
    fn settle(&mut self) -> Option<()> {
        while self.time >= self.row.windows[self.window].to {
            let next = self.row.windows.get(self.window + 1)?;
            if next.from - self.row.windows[self.window].to >= self.row.pause {
                self.since = 0;
            }
            self.window += 1;
            self.time = self.time.max(next.from);
        }
        Some(())
    }

    /// Takes the break that is due, or what a pause of the shift leaves of it.
    fn rest(&mut self) {
        let end = self.row.windows[self.window].to;
        let to = (self.time + self.row.pause).min(end);
        if let Some(breaks) = &mut self.breaks {
            breaks.push(Window { from: self.time, to });
        }
        if to == end {
            // The break runs into the pause of the shift. A rest all the same if both together
            // are long enough; if not, the pause counts for what it is, and a new break is due.
            let gap = self.row.windows.get(self.window + 1).map_or(0, |next| next.from - end);
            if to - self.time + gap >= self.row.pause {
                self.since = 0;
            }
        } else {
            self.since = 0;
        }
        self.time = to;
    }

    /// Works through pauses and breaks.
    fn flow(&mut self, mut left: Time) -> Option<()> {
        while left > 0 {
            self.settle()?;
            let room = self.row.after - self.since;
            if room == 0 {
                self.rest();
                continue;
            }
            let step = left.min(self.row.windows[self.window].to - self.time).min(room);
            self.time += step;
            self.since += step;
            self.work += step;
            left -= step;
        }
        Some(())
    }

    /// Waits until an instant; a long wait holds a break.
    fn wait(&mut self, until: Time) -> Option<()> {
        while self.time < until {
            self.settle()?;
            if self.time >= until {
                break;
            }
            let to = until.min(self.row.windows[self.window].to);
            let left = to - self.time;
            let room = self.row.after - self.since;
            if left >= self.row.pause && room > 0 {
                let first = (left - self.row.pause).min(room);
                self.stand(first);
                self.rest();
            } else if left > room {
                self.stand(room);
                self.rest();
            } else {
                self.stand(left);
            }
        }
        Some(())
    }

    fn stand(&mut self, time: Time) {
        self.time += time;
        self.since += time;
        self.work += time;
        self.idle += time;
    }

    /// Works in one piece, after a break or a pause if need be; `None` when it fits nowhere. The
    /// clock then stands at the start.
    fn fit(&mut self, length: Time) -> Option<()> {
        if length > self.row.after {
            return None;
        }
        loop {
            self.settle_for(length)?;
            let end = self.row.windows[self.window].to;
            if self.time + length > end {
                self.row.windows.get(self.window + 1)?;
                self.wait(end)?;
            } else if self.since + length > self.row.after {
                self.rest();
            } else {
                return Some(());
            }
        }
    }

    /// Takes a break before work in which one would become due, if without what was done before it
    /// none would: who reads the plan sees the break between two jobs, and not within one.
    fn ahead(&mut self, length: Time) -> Option<()> {
        while self.due(length) {
            self.rest();
            self.settle_for(length)?;
        }
        Some(())
    }

    /// Whether a break is due before work: the whole of it would be too much, or the part of it before
    /// the next pause, though it would not by itself.
    fn due(&self, length: Time) -> bool {
        let part = length.min(self.row.windows[self.window].to - self.time);
        let most = self.row.after;
        length <= most && self.tires(length) || part <= most && self.since + part > most
    }

    /// Whether a break becomes due within work that starts now and goes on through pauses.
    fn tires(&self, length: Time) -> bool {
        let (mut since, mut left, mut at) = (self.since, length, self.time);
        if since + length <= self.row.after {
            return false;
        }
        for pair in self.row.windows[self.window..].windows(2) {
            let step = left.min(pair[0].to - at);
            (since, left) = (since + step, left - step);
            if left == 0 || since > self.row.after {
                break;
            }
            if pair[1].from - pair[0].to >= self.row.pause {
                since = 0;
            }
            at = pair[1].from;
        }
        since + left > self.row.after
    }

    /// Waits where work that starts now would go on over what holds the worker, and tells whether it
    /// would; `None` when it cannot be done in what is left of the day.
    fn held_up(&mut self, length: Time) -> Option<bool> {
        if self.row.walls.is_empty() {
            return Some(false);
        }
        let Self { row, window, time, since, work, idle, .. } = *self;
        let mut ahead = Clock { row, window, time, since, work, idle, breaks: None };
        ahead.flow(length)?;
        let wall = row.walls.iter().copied().find(|wall| time < *wall && *wall < ahead.time);
        self.wait(wall.unwrap_or(time))?;
        Some(wall.is_some())
    }

    /// What takes no time may happen at the very end of a window.
    fn settle_for(&mut self, length: Time) -> Option<()> {
        let at_end = self.time == self.row.windows[self.window].to;
        if length == 0 && at_end { Some(()) } else { self.settle() }
    }

    /// To the start of a service; `None` when it is too late.
    fn begin(&mut self, inst: &Instance, node: u32, it: &Node, pin: Time) -> Option<Time> {
        loop {
            let from = open(inst, node, it, pin, self.time)?;
            self.wait(from)?;
            if it.flows {
                self.settle_for(it.duration)?;
                self.ahead(it.duration)?;
                if self.held_up(it.duration)? {
                    continue;
                }
            } else {
                self.fit(it.duration)?;
            }
            if open(inst, node, it, pin, self.time)? == self.time {
                return Some(self.time);
            }
        }
    }
}

/// The first instant from a time on at which a node may start.
fn open(inst: &Instance, node: u32, it: &Node, pin: Time, time: Time) -> Option<Time> {
    if pin != NEVER {
        return (time <= pin).then_some(pin);
    }
    if !it.many {
        return (time <= it.to).then_some(time.max(it.from));
    }
    let windows = &inst.problem.jobs[node as usize].windows;
    windows.iter().find(|window| window.to >= time).map(|window| window.from.max(time))
}

/// The times of a route that leaves at an instant; `None` when it cannot be done. Idle time before
/// the first stop, and in all, come with it.
fn pass(
    inst: &Instance,
    row: &Row,
    pins: &[Time],
    nodes: &[u32],
    leave: Time,
    mut record: Option<&mut Record>,
) -> Option<(Timing, Time, Time)> {
    let (mut stops, breaks) = match record.as_mut() {
        Some(record) => (Some(&mut record.stops), Some(&mut record.breaks)),
        None => (None, None),
    };
    let mut clock = Clock { row, window: 0, time: leave, since: 0, work: 0, idle: 0, breaks };
    clock.settle()?;
    let leave = clock.time;
    let (mut at, mut soft, mut first) = (row.start, 0.0, NEVER);
    for &node in nodes {
        let it = &inst.nodes[node as usize];
        let way = inst.travel(at, it.place);
        if way >= NEVER {
            return None;
        }
        clock.flow(way)?;
        let arrive = clock.time;
        let pin = pins.get(node as usize).copied().unwrap_or(NEVER);
        let start = clock.begin(inst, node, it, pin)?;
        if first == NEVER {
            first = clock.idle;
        }
        if it.timed {
            soft += inst.soft(node, start);
        }
        if it.flows {
            clock.flow(it.duration)?;
        } else {
            clock.time += it.duration;
            clock.since += it.duration;
            clock.work += it.duration;
        }
        if let Some(stops) = &mut stops {
            let visit = match (node as usize).checked_sub(inst.jobs) {
                Some(depot) => Visit::Depot(depot),
                None => Visit::Job(node as usize),
            };
            stops.push(Stop { visit, arrive, start, end: clock.time });
        }
        at = it.place;
    }
    let way = inst.travel(at, row.end);
    if way >= NEVER {
        return None;
    }
    clock.flow(way)?;
    let timing = Timing { leave, back: clock.time, work: clock.work, soft };
    Some((timing, first, clock.idle))
}

/// The times of a route that is back as early as can be and leaves as late as that allows, as far
/// as two attempts show; `None` when it cannot be done within the day.
pub(crate) fn simulate(inst: &Instance, row: &Row, pins: &[Time], nodes: &[u32]) -> Option<Timing> {
    let (mut best, first, idle) = pass(inst, row, pins, nodes, row.from, None)?;
    if idle > 0 {
        let fair = |it: &Timing| it.back <= best.back && it.work < best.work;
        let later = |by: Time| {
            let (timing, ..) = pass(inst, row, pins, nodes, row.from + by, None)?;
            Some(timing).filter(|timing| fair(timing) && timing.soft <= best.soft)
        };
        let sooner = || (first > 0 && first < idle).then(|| later(first)).flatten();
        if let Some(better) = later(idle).or_else(sooner) {
            best = better;
        }
    }
    if row.too_long(best.leave, best.back) {
        best = pass(inst, row, pins, nodes, best.back - row.span, None)?.0;
        if row.too_long(best.leave, best.back) {
            return None;
        }
    }
    (best.work <= row.most).then_some(best)
}

/// Writes a route down that leaves at an instant.
pub(crate) fn record(
    inst: &Instance,
    row: &Row,
    pins: &[Time],
    nodes: &[u32],
    leave: Time,
) -> Option<(Timing, Record)> {
    let mut record = Record::default();
    let (timing, ..) = pass(inst, row, pins, nodes, leave, Some(&mut record))?;
    Some((timing, record))
}

/// Whether a row can do a job if it does nothing else.
pub(crate) fn alone(inst: &Instance, row: usize, job: u32) -> bool {
    let row = &inst.rows[row];
    if row.from >= row.to {
        return false;
    }
    simulate(inst, row, &[], &[job]).is_some()
}
