//! An end for a stay that nobody clocked out of: found, never invented, and counting for nothing
//! until the site lead accepts it.

use chrono::{DateTime, Utc};
use kernel::TaskId;
use serde::{Deserialize, Serialize};

use super::{Correction, TimeEntry};
use crate::error::{Error, TimeError};

/// What an end was found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TimeEvidence)]
pub enum Evidence {
    /// The last step the worker took on a task.
    TaskStep,
    /// The end of the last task the worker was planned on there that day.
    PlannedEnd,
    /// The end of the worker's hours that day.
    HoursEnd,
}

/// An end that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TimeProposal)]
pub struct Proposal {
    /// The end.
    pub end_at: DateTime<Utc>,
    /// What it was found by.
    pub evidence: Evidence,
    /// The task, where it was found by one.
    pub task_id: Option<TaskId>,
    /// When it was found.
    pub at: DateTime<Utc>,
}

/// What is known of when a worker may have left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signs {
    /// The last step on a task, and which.
    pub step: Option<(DateTime<Utc>, TaskId)>,
    /// The end of the last planned task of that day, and which.
    pub planned: Option<(DateTime<Utc>, TaskId)>,
    /// The end of the worker's hours that day.
    pub hours: Option<DateTime<Utc>>,
}

impl Signs {
    /// The end they point to: what somebody did goes before what was planned, and that before
    /// usual hours; but who was planned to stay longer than the last step shows is taken at the
    /// plan's word. None where they point nowhere within the day from `from` to `until`, when the
    /// worker came somewhere else, or it is `now`.
    pub fn end(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<Proposal> {
        let can = |at: &DateTime<Utc>| *at > from && *at <= until && *at - from <= super::LONGEST;
        let made = |end_at, evidence, task_id| Proposal { end_at, evidence, task_id, at: now };
        let step = self.step.filter(|(at, _)| can(at));
        let planned = self.planned.filter(|(at, _)| can(at));
        match (step, planned) {
            (Some((at, _)), Some((end, task))) if end > at => {
                Some(made(end, Evidence::PlannedEnd, Some(task)))
            }
            (Some((at, task)), _) => Some(made(at, Evidence::TaskStep, Some(task))),
            (None, Some((at, task))) => Some(made(at, Evidence::PlannedEnd, Some(task))),
            (None, None) => self.hours.filter(can).map(|at| made(at, Evidence::HoursEnd, None)),
        }
    }
}

impl TimeEntry {
    /// Takes the end that was found for it, or that none is found any more, unless the worker has
    /// left meanwhile. Whether it is news.
    pub fn propose(&mut self, proposal: Option<Proposal>) -> bool {
        let end = |proposal: &Option<Proposal>| proposal.as_ref().map(|found| found.end_at);
        if self.out_at.is_some() || end(&self.proposal) == end(&proposal) {
            return false;
        }
        self.proposal = proposal;
        self.version += 1;
        true
    }

    /// The site lead accepts the end that was found.
    pub fn accept(&mut self, correction: Correction) -> Result<(), Error> {
        if self.out_at.is_some() {
            return Err(Error::AlreadyOut);
        }
        let proposal = self.proposal.clone().ok_or(TimeError::NoProposal)?;
        self.correct(None, Some(proposal.end_at), None, correction)
    }
}
