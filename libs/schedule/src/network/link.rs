//! What a link asks of its successor going forward, and of its predecessor going back.

use super::{CLOCK, NEVER_AFTER, Network, Span, State};
use crate::moment::YEARS;
use crate::plan::{Lag, LagCalendar, Link, LinkKind, Refused, Work};

/// A link between nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arc {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) kind: LinkKind,
    gap: Gap,
}

/// The time between the ends of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    None,
    /// So many minutes on this ruler.
    Minutes(i64, usize),
    /// So many per cent of what the predecessor's parts take, on this ruler.
    Percent(i64, usize),
}

/// A place and the ruler it is on.
pub(super) type Mark = (usize, i64);

impl LinkKind {
    /// Whether it leaves from the predecessor's finish.
    pub(super) fn leaves_finish(self) -> bool {
        matches!(self, Self::FinishToStart | Self::FinishToFinish)
    }

    /// Whether it leads to the successor's finish.
    pub(super) fn reaches_finish(self) -> bool {
        matches!(self, Self::FinishToFinish | Self::StartToFinish)
    }
}

impl Network {
    /// Compiles a link. Lag is counted by the calendar the plan says, a summary's by its own; per
    /// cent of elapsed work is elapsed time.
    pub(super) fn arc(&self, place: usize, link: &Link) -> Result<Arc, Refused> {
        let before = &self.plan.tasks[link.from];
        let calendar = match self.plan.lag_calendar {
            LagCalendar::Successor => self.jobs[link.to].calendar,
            LagCalendar::Predecessor => self.jobs[link.from].calendar,
            LagCalendar::Plan => self.plan.calendar + 1,
        };
        let gap = match link.lag {
            Lag::Working(minutes) => Gap::Minutes(minutes, calendar),
            Lag::Elapsed(minutes) => Gap::Minutes(minutes, CLOCK),
            Lag::Percent(share) if self.is_summary(link.from) => {
                Gap::Percent(i64::from(share), calendar)
            }
            Lag::Percent(share) => match before.work {
                Work::Working(work) => Gap::Minutes(percent(work, i64::from(share)), calendar),
                Work::Elapsed(work) => Gap::Minutes(percent(work, i64::from(share)), CLOCK),
            },
        };
        let gap = match gap {
            Gap::Minutes(0, _) => Gap::None,
            Gap::Minutes(minutes, _) if !(-YEARS..=YEARS).contains(&minutes) => {
                return Err(Refused::Lag(place));
            }
            gap => gap,
        };
        let (from, to) = (self.exit(link.from), Self::entry(link.to));
        Ok(Arc { from, to, kind: link.kind, gap })
    }

    /// The first place, on the successor's ruler, at which the link lets its end be.
    pub(super) fn push(&self, arc: &Arc, from: Mark) -> i64 {
        let (ruler, place) = match self.gap(arc) {
            Gap::Minutes(minutes, ruler) => {
                let count = (self.carry_up(from.0, from.1, ruler) >> 1) + minutes;
                (ruler, 2 * count + i64::from(minutes < 0))
            }
            _ => from,
        };
        self.carry_up(ruler, place, self.ruler(arc.to))
    }

    /// The last place, on the predecessor's ruler, from which the link lets its end be at `to`.
    pub(super) fn pull(&self, arc: &Arc, to: Mark) -> i64 {
        let (ruler, place) = match self.gap(arc) {
            Gap::Minutes(minutes, ruler) => {
                let count = (self.carry_down(to.0, to.1, ruler) >> 1) - minutes;
                (ruler, 2 * count + 1)
            }
            _ => to,
        };
        self.carry_down(ruler, place, self.ruler(arc.from))
    }

    fn gap(&self, arc: &Arc) -> Gap {
        match arc.gap {
            Gap::Percent(share, ruler) => {
                let Span { start, finish } = self.early[arc.from];
                let count = |place| self.rulers[ruler].count(self.rulers[CLOCK].wall(place));
                Gap::Minutes(percent(count(finish) - count(start), share), ruler)
            }
            gap => gap,
        }
    }

    /// The ruler a node's times are on; a summary's are on the clock.
    pub(super) fn ruler(&self, node: usize) -> usize {
        self.jobs[self.task(node)].ruler
    }

    /// The end of its predecessor that a link leaves from. That a task began is a fact of the
    /// clock.
    pub(super) fn leaves(&self, arc: &Arc, times: Span) -> Mark {
        match self.jobs[self.task(arc.from)].state {
            State::Begun(at) if !arc.kind.leaves_finish() => (CLOCK, 2 * at),
            _ if arc.kind.leaves_finish() => (self.ruler(arc.from), times.finish),
            _ => (self.ruler(arc.from), times.start),
        }
    }

    /// The late end of its successor that a link leads to; none where nothing can follow from it,
    /// since the successor is done or the predecessor's end is past.
    pub(super) fn reaches(&self, arc: &Arc) -> Option<Mark> {
        let past = matches!(self.jobs[self.task(arc.from)].state, State::Begun(_));
        if self.jobs[arc.to].state == State::Done || (past && !arc.kind.leaves_finish()) {
            return None;
        }
        let late = self.late[arc.to];
        let place = if arc.kind.reaches_finish() { late.finish } else { late.start };
        (place < NEVER_AFTER).then(|| (self.ruler(arc.to), place))
    }
}

/// A share of a number of minutes, to the nearest.
fn percent(minutes: i64, share: i64) -> i64 {
    (minutes.saturating_mul(share).saturating_add(50)).div_euclid(100)
}
