//! The forward pass: the soonest each task can start and finish.

use super::{CLOCK, NEVER_BEFORE, NOBODY, Network, Span, State, begin, end, open};
use crate::plan::LinkKind;

impl Network {
    /// A node's early times, from those of the nodes before it.
    pub(super) fn earliest(&self, node: usize) -> Span {
        self.soonest(node, &self.early, false)
    }

    /// Once the late times are known: what follows a task that goes as late as possible follows its
    /// late dates, unless it goes as late as possible itself. This is the second pass of Microsoft
    /// Project, by way of MPXJ's `MicrosoftScheduler`.
    pub(super) fn settle(&mut self) {
        if !self.jobs.iter().any(|job| job.late) {
            self.settled.clear();
            return;
        }
        let mut times = std::mem::take(&mut self.settled);
        times.clone_from(&self.early);
        for &node in &self.graph.order {
            times[node] = self.soonest(node, &times, true);
        }
        self.settled = times;
    }

    fn soonest(&self, node: usize, times: &[Span], settling: bool) -> Span {
        let job = &self.jobs[self.task(node)];
        match job.state {
            State::Summary if node < self.jobs.len() => self.opening(node, times, settling),
            State::Summary => self.closing(node, times, settling),
            State::Waiting => self.next(node, times, settling),
            State::Off | State::Begun(_) | State::Done => job.fixed,
        }
    }

    /// A task's own times, or its late ones where it goes as late as possible and others follow.
    fn seen(&self, node: usize, times: &[Span], settling: bool) -> Span {
        let late = settling && self.jobs[self.task(node)].late;
        if late { self.at_last(node) } else { times[node] }
    }

    /// The late times as they are written: work finishes where it closes, and so does a milestone.
    pub(super) fn at_last(&self, node: usize) -> Span {
        let Span { start, finish } = self.late[node];
        let span = self.jobs[self.task(node)].span;
        Span { start: if span == 0 { start & !1 } else { start }, finish: finish & !1 }
    }

    /// The early times of a task that has not begun: all its links allow, no sooner than its
    /// summaries open, moved by its constraint.
    ///
    /// As in Microsoft Project: with "tasks will always honor their constraint dates" (its default)
    /// a hard date goes before the links; a task with neither predecessors nor a constraint of its
    /// own starts with the plan; a finish-to-finish link does not pull a task before that.
    fn next(&self, node: usize, times: &[Span], settling: bool) -> Span {
        let job = &self.jobs[node];
        let mut start = NEVER_BEFORE;
        if let Some(opening) = self.graph.parent[node].map(|summary| times[summary]) {
            if opening.start > NEVER_BEFORE {
                start = self.carry_up(CLOCK, opening.start, job.ruler);
            }
            if opening.finish > NEVER_BEFORE {
                let finish = self.carry_up(CLOCK, opening.finish, job.ruler);
                start = start.max(begin(finish, job.span).max(job.origin));
            }
        }
        for arc in self.graph.links_into(node).filter_map(|link| self.arcs[link].as_ref()) {
            let times = self.seen(arc.from, times, settling && !job.late);
            let bound = self.push(arc, self.leaves(arc, times));
            start = start.max(match arc.kind {
                LinkKind::FinishToStart | LinkKind::StartToStart => bound,
                LinkKind::FinishToFinish => begin(bound, job.span).max(job.origin),
                LinkKind::StartToFinish => begin(bound, job.span),
            });
        }
        if start == NEVER_BEFORE {
            start = job.free;
        }
        let start = open(start, job.span).max(job.floor).min(job.ceiling).max(job.resume);
        Span { start, finish: end(start, job.span) }
    }

    /// What all that a summary holds must wait for.
    fn opening(&self, summary: usize, times: &[Span], settling: bool) -> Span {
        let mut span = match self.graph.parent[summary] {
            Some(outer) => times[outer],
            None => Span { start: NEVER_BEFORE, finish: NEVER_BEFORE },
        };
        span.start = span.start.max(self.jobs[summary].floor);
        for arc in self.graph.links_into(summary).filter_map(|link| self.arcs[link].as_ref()) {
            let bound = self.push(arc, self.leaves(arc, self.seen(arc.from, times, settling)));
            let end = if arc.kind.reaches_finish() { &mut span.finish } else { &mut span.start };
            *end = bound.max(*end);
        }
        span
    }

    /// When the first of what a summary holds starts and the last of it finishes, by the clock.
    fn closing(&self, node: usize, times: &[Span], settling: bool) -> Span {
        let mut span = Span { start: super::NEVER_AFTER, finish: NEVER_BEFORE };
        for part in self.graph.parts(self.task(node)).map(|part| self.exit(part)) {
            let times = self.seen(part, times, settling);
            span.start = span.start.min(2 * self.start_of(part, times));
            span.finish = span.finish.max(2 * self.wall(part, times.finish));
        }
        span
    }

    /// The minute of a place of this node.
    pub(super) fn wall(&self, node: usize, place: i64) -> i64 {
        self.rulers[self.ruler(node)].wall(place)
    }

    /// The minute a node with these times starts.
    pub(super) fn start_of(&self, node: usize, times: Span) -> i64 {
        match self.jobs[self.task(node)].state {
            State::Begun(at) => at,
            _ => self.wall(node, times.start),
        }
    }

    /// When the plan finishes, and with which task; with its start where there is none. The last on
    /// each ruler is found by its place alone, and looked up once.
    pub(super) fn find_last(&self) -> (i64, usize) {
        let mut last = vec![(NEVER_BEFORE, NOBODY); self.rulers.len()];
        for &node in self.graph.order.iter().filter(|node| !self.is_summary(self.task(**node))) {
            let last = &mut last[self.ruler(node)];
            if self.early[node].finish > last.0 {
                *last = (self.early[node].finish, node);
            }
        }
        let found = last.into_iter().filter(|last| last.1 != NOBODY);
        let found = found.map(|(place, node)| (self.wall(node, place), node));
        let start = (crate::moment::minute(self.plan.start), NOBODY);
        found.max_by_key(|last| last.0).unwrap_or(start)
    }

    /// Of the last task so far and a node, the one that finishes later. A summary's closing only
    /// repeats what its parts do. What is within the plan's finish of before, which the last has
    /// not been brought below, is not looked up.
    pub(super) fn later(&self, last: (i64, usize), node: usize) -> (i64, usize) {
        let place = self.early[node].finish;
        if self.is_summary(self.task(node)) || place <= self.ends[self.ruler(node)] {
            return last;
        }
        let finish = self.wall(node, place);
        if finish > last.0 { (finish, node) } else { last }
    }

    /// The plan finishes at this minute, with this task.
    pub(super) fn finish_with(&mut self, last: (i64, usize)) {
        self.last = last;
        self.ends.clear();
        self.ends.extend(self.rulers.iter().map(|ruler| ruler.floor(last.0)));
    }
}
