//! From places on rulers to dates and floats.

use super::{Network, Span, State};
use crate::moment::moment;
use crate::plan::{Dates, Refused};

impl Network {
    /// A task's dates; those of what a summary holds must be known. Where its early times and those
    /// of what follows it stayed as they were, so does what is written of them.
    pub(super) fn date(&self, task: usize, stayed: bool) -> Result<Option<Dates>, Refused> {
        match self.jobs[task].state {
            State::Off => Ok(None),
            State::Summary => Ok(self.rolled_up(task)),
            State::Waiting | State::Begun(_) | State::Done => {
                self.own(task, self.dates[task].filter(|_| stayed)).map(Some)
            }
        }
    }

    /// The early times that count: the settled ones where some tasks go as late as possible.
    fn first(&self, node: usize) -> Span {
        if self.settled.is_empty() { self.early[node] } else { self.settled[node] }
    }

    /// The dates of a task with work of its own. Total float is that of Microsoft Project: of the
    /// start and the finish the smaller, of what has begun the finish's, of what goes as late as
    /// possible none; and what is done is not critical.
    fn own(&self, task: usize, known: Option<Dates>) -> Result<Dates, Refused> {
        let job = &self.jobs[task];
        let (early, late) = (self.first(task), self.late[task]);
        let at = |place| moment(self.wall(task, place)).ok_or(Refused::Years(task));
        let (early_start, early_finish) = match known {
            Some(known) => (known.early_start, known.early_finish),
            None => (at(early.start)?, at(early.finish)?),
        };
        let late_finish = at(late.finish & !1)?;
        let (early_start, late_start) = match job.state {
            State::Begun(began) => {
                let began = moment(began).ok_or(Refused::Years(task))?;
                (began, began)
            }
            _ if job.span == 0 => (early_start, late_finish),
            _ if late.start == early.start => (early_start, early_start),
            _ => (early_start, at(late.start)?),
        };
        let total_float = match job.state {
            _ if job.late => 0,
            State::Waiting => (late.start >> 1) - (early.start >> 1),
            _ => (late.finish >> 1) - (early.finish >> 1),
        };
        // Free float that was not the total came from a link, and links only know early times.
        let free_float = match known {
            Some(known) if known.free_float != known.total_float.max(0) => known.free_float,
            _ => self.free_float(task, total_float),
        };
        Ok(Dates {
            start: if job.late { late_start } else { early_start },
            finish: if job.late { late_finish } else { early_finish },
            early_start,
            early_finish,
            late_start,
            late_finish,
            total_float,
            free_float,
            critical: total_float <= 0 && job.state != State::Done,
        })
    }

    /// How far a task can slip before a link moves another; without links, before the end moves.
    /// Never negative, as in Microsoft Project.
    fn free_float(&self, task: usize, total: i64) -> i64 {
        if self.jobs[task].state == State::Done {
            return 0;
        }
        let own = self.shown(task);
        let gaps = self.graph.links_out_of(task).filter_map(|link| {
            let arc = self.arcs[link].as_ref()?;
            let to = self.exit(arc.to);
            if self.jobs[arc.to].state == State::Done {
                return None;
            }
            let next = self.shown(to);
            let place = if arc.kind.reaches_finish() { next.finish } else { next.start };
            let latest = self.pull(arc, (self.ruler(to), place));
            let now = if arc.kind.leaves_finish() { own.finish } else { own.start };
            Some((latest >> 1) - (now >> 1))
        });
        gaps.min().unwrap_or(total).max(0)
    }

    /// The times a node is planned at.
    pub(super) fn shown(&self, node: usize) -> Span {
        if self.jobs[self.task(node)].late { self.at_last(node) } else { self.first(node) }
    }

    /// A summary's dates are those of what it holds. Its float is counted by its own calendar, but
    /// is not negative where that of no part is, whose calendars may be others; where it has none
    /// left, it is critical, unless all of it is done.
    fn rolled_up(&self, task: usize) -> Option<Dates> {
        let mut parts = self.graph.parts(task).filter_map(|part| {
            let dates = self.dates[part]?;
            // What goes as late as possible is early where it is late.
            let late = self.jobs[part].late;
            let (early_start, early_finish) = if late {
                (dates.late_start, dates.late_finish)
            } else {
                (dates.early_start, dates.early_finish)
            };
            Some(Dates { early_start, early_finish, ..dates })
        });
        let mut all = parts.next()?;
        let mut least = all.total_float;
        for dates in parts {
            all.start = all.start.min(dates.start);
            all.finish = all.finish.max(dates.finish);
            all.early_start = all.early_start.min(dates.early_start);
            all.early_finish = all.early_finish.max(dates.early_finish);
            all.late_start = all.late_start.min(dates.late_start);
            all.late_finish = all.late_finish.max(dates.late_finish);
            all.critical |= dates.critical;
            least = least.min(dates.total_float);
        }
        let ruler = &self.rulers[self.jobs[task].calendar];
        let finish_float = ruler.between(all.early_finish, all.late_finish);
        let start_float = ruler.between(all.early_start, all.late_start);
        let float =
            if self.jobs[task].begun { finish_float } else { finish_float.min(start_float) };
        all.total_float = float.max(least.min(0));
        all.free_float = all.total_float.max(0);
        all.critical &= all.total_float <= 0;
        Some(all)
    }
}
