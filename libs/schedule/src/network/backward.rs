//! The backward pass: the latest each task may start and finish without delaying the end.

use super::{CLOCK, NEVER_AFTER, Network, Span, State, begin, end, open};

impl Network {
    /// A node's late times, from those of the nodes after it.
    pub(super) fn latest(&self, node: usize) -> Span {
        let job = &self.jobs[self.task(node)];
        match job.state {
            State::Summary if node < self.jobs.len() => self.latest_opening(node),
            State::Summary => self.latest_closing(node),
            State::Waiting | State::Begun(_) => self.last(node),
            State::Off | State::Done => job.fixed,
        }
    }

    /// The late times of a task that is not done: the plan's finish, all its links allow, and all
    /// its summaries' links allow, within its deadline. A date it must start or finish on fixes it,
    /// whatever follows: so Microsoft Project, whose total slack of such a task is nought.
    fn last(&self, node: usize) -> Span {
        let job = &self.jobs[node];
        let mut finish = self.ends[job.ruler];
        for arc in self.graph.links_out_of(node).filter_map(|link| self.arcs[link].as_ref()) {
            let Some(to) = self.reaches(arc) else { continue };
            let bound = self.pull(arc, to);
            let bound = if arc.kind.leaves_finish() { bound } else { end(bound, job.span) };
            finish = finish.min(bound);
        }
        if let Some(summary) = self.graph.parent[node] {
            let closing = self.late[self.exit(summary)];
            if closing.finish < NEVER_AFTER {
                finish = finish.min(self.carry_down(CLOCK, closing.finish, job.ruler));
            }
            if closing.start < NEVER_AFTER && job.state == State::Waiting && self.is_first(node) {
                let start = self.carry_down(CLOCK, closing.start, job.ruler);
                finish = finish.min(end(start, job.span));
            }
        }
        let finish = if job.pinned { job.cap } else { finish.min(job.cap) };
        Span { start: begin(finish, job.rest), finish: open(finish, job.span) }
    }

    /// By when all that a summary holds has to start, and finish, for its links to be kept.
    fn latest_opening(&self, summary: usize) -> Span {
        let mut span = Span { start: NEVER_AFTER, finish: NEVER_AFTER };
        for part in self.graph.parts(summary) {
            let late = self.late[part];
            if self.jobs[part].state == State::Done || late.start >= NEVER_AFTER {
                continue;
            }
            span.start = span.start.min(2 * self.wall(part, late.start) + 1);
            span.finish = span.finish.min(2 * self.wall(part, late.finish) + 1);
        }
        span
    }

    /// Until when what a summary holds may finish, and the first of it start.
    fn latest_closing(&self, node: usize) -> Span {
        let summary = self.task(node);
        let mut span = Span { start: NEVER_AFTER, finish: self.jobs[summary].cap };
        for arc in self.graph.links_out_of(node).filter_map(|link| self.arcs[link].as_ref()) {
            let Some(to) = self.reaches(arc) else { continue };
            let end = if arc.kind.leaves_finish() { &mut span.finish } else { &mut span.start };
            *end = self.pull(arc, to).min(*end);
        }
        if let Some(outer) = self.graph.parent[summary] {
            let closing = self.late[self.exit(outer)];
            span.finish = span.finish.min(closing.finish);
            if self.is_first(node) {
                span.start = span.start.min(closing.start);
            }
        }
        span
    }

    /// Whether a node starts when its summary does: a link from a summary's start binds only these.
    fn is_first(&self, node: usize) -> bool {
        self.graph.parent[self.task(node)].is_some_and(|summary| {
            2 * self.start_of(node, self.early[node]) == self.early[self.exit(summary)].start
        })
    }
}
