//! The figures, and how those of several sites add up.

use std::ops::AddAssign;

use chrono::{DateTime, Utc};
use kernel::{ProjectId, SiteId};
use serde::Serialize;

/// Tasks by status, and how far they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Tasks {
    /// Planned or dispatched, work not begun.
    pub planned: i64,
    /// Being worked on.
    pub in_progress: i64,
    /// Interrupted, or sent back and not gone on with yet.
    pub paused: i64,
    /// Kept from going on by something.
    pub blocked: i64,
    /// Done, not validated yet.
    pub done: i64,
    /// Validated.
    pub validated: i64,
    /// Cancelled; counted nowhere else.
    pub cancelled: i64,
    /// Not finished although the planned end has passed.
    pub late: i64,
    /// Finished, but after the planned end.
    pub finished_late: i64,
    /// Planned minutes of all tasks that are not cancelled.
    pub planned_min: i64,
    /// Planned minutes of the tasks that are done or validated.
    pub done_min: i64,
    /// Percentage of the planned minutes that is done; none without planned work.
    pub progress: Option<f64>,
}

/// Open incidents by severity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Incidents {
    /// Of low severity.
    pub low: i64,
    /// Of medium severity.
    pub medium: i64,
    /// Of high severity.
    pub high: i64,
    /// Of critical severity.
    pub critical: i64,
    /// All of them.
    pub open: i64,
}

/// What service levels promised.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = ServiceLevelFigures)]
pub struct ServiceLevels {
    /// Promises whose time runs or stands still.
    pub open: i64,
    /// Promises that were kept.
    pub met: i64,
    /// Promises that were broken, whether or not what was promised came late.
    pub breached: i64,
    /// Percentage that was kept of what was kept or broken; none before the first.
    pub met_share: Option<f64>,
}

/// Hours on site.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = HoursOnSite)]
pub struct Hours {
    /// Seconds on site, stays that are still open counted up to now.
    pub seconds: i64,
    /// The same in hours, to two decimals.
    pub hours: f64,
    /// Workers who are there now.
    pub present: i64,
}

/// Proofs of the work.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Proofs {
    /// Photos with their watermark.
    pub photos_ready: i64,
    /// Photos whose bytes or watermark are still to come.
    pub photos_waiting: i64,
    /// Files that are no picture.
    pub photos_unreadable: i64,
    /// Signatures.
    pub signatures: i64,
    /// Tasks done or validated with neither a photo nor a signature.
    pub tasks_without_proof: i64,
}

/// Checklists.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Checklists {
    /// Begun.
    pub begun: i64,
    /// Answered in full.
    pub complete: i64,
    /// Answers outside their limits.
    pub nonconformities: i64,
}

/// The figures of a site, or of several together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Figures {
    /// Tasks.
    pub tasks: Tasks,
    /// Incidents that are not resolved.
    pub incidents: Incidents,
    /// What service levels promised.
    pub service_levels: ServiceLevels,
    /// Hours on site.
    pub hours: Hours,
    /// Proofs.
    pub proofs: Proofs,
    /// Checklists.
    pub checklists: Checklists,
}

/// The figures of one site.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SiteFigures {
    /// The site.
    pub site_id: SiteId,
    /// Its project.
    pub project_id: Option<ProjectId>,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Milestones of the projects in view.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Milestones {
    /// Not accepted, and due within the coming seven days.
    pub due: i64,
    /// Not accepted, and their day has passed.
    pub late: i64,
    /// Not accepted, in all.
    pub pending: i64,
    /// Accepted.
    pub accepted: i64,
}

/// Key figures, per site and in all.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Kpis {
    /// The server time of the newest event that is counted in; none before the first.
    pub as_of: Option<DateTime<Utc>>,
    /// How long that event took from its commit until it counted, in milliseconds.
    pub lag_ms: Option<i64>,
    /// All sites in view together.
    pub total: Figures,
    /// Each site in view.
    pub sites: Vec<SiteFigures>,
    /// Milestones of the projects in view.
    pub milestones: Milestones,
}

impl Figures {
    /// Works out what follows from the sums.
    pub fn settle(&mut self) {
        let Tasks { planned_min, done_min, .. } = self.tasks;
        self.tasks.progress =
            (planned_min > 0).then(|| to_decimals(100.0 * done_min as f64 / planned_min as f64, 1));
        self.hours.hours = to_decimals(self.hours.seconds as f64 / 3600.0, 2);
        let ServiceLevels { met, breached, .. } = self.service_levels;
        let settled = met + breached;
        self.service_levels.met_share =
            (settled > 0).then(|| to_decimals(100.0 * met as f64 / settled as f64, 1));
        let Incidents { low, medium, high, critical, .. } = self.incidents;
        self.incidents.open = low + medium + high + critical;
    }
}

fn to_decimals(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}

/// Adds the sums; call [`Figures::settle`] afterwards.
impl AddAssign<&Figures> for Figures {
    fn add_assign(&mut self, other: &Figures) {
        let Figures { tasks, incidents, service_levels, hours, proofs, checklists } = other;
        self.tasks.planned += tasks.planned;
        self.tasks.in_progress += tasks.in_progress;
        self.tasks.paused += tasks.paused;
        self.tasks.blocked += tasks.blocked;
        self.tasks.done += tasks.done;
        self.tasks.validated += tasks.validated;
        self.tasks.cancelled += tasks.cancelled;
        self.tasks.late += tasks.late;
        self.tasks.finished_late += tasks.finished_late;
        self.tasks.planned_min += tasks.planned_min;
        self.tasks.done_min += tasks.done_min;
        self.incidents.low += incidents.low;
        self.incidents.medium += incidents.medium;
        self.incidents.high += incidents.high;
        self.incidents.critical += incidents.critical;
        self.service_levels.open += service_levels.open;
        self.service_levels.met += service_levels.met;
        self.service_levels.breached += service_levels.breached;
        self.hours.seconds += hours.seconds;
        self.hours.present += hours.present;
        self.proofs.photos_ready += proofs.photos_ready;
        self.proofs.photos_waiting += proofs.photos_waiting;
        self.proofs.photos_unreadable += proofs.photos_unreadable;
        self.proofs.signatures += proofs.signatures;
        self.proofs.tasks_without_proof += proofs.tasks_without_proof;
        self.checklists.begun += checklists.begun;
        self.checklists.complete += checklists.complete;
        self.checklists.nonconformities += checklists.nonconformities;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_weighted_by_duration_and_totals_are_not_averages() {
        let site = |planned_min, done_min, seconds| Figures {
            tasks: Tasks { planned_min, done_min, ..Tasks::default() },
            hours: Hours { seconds, ..Hours::default() },
            ..Figures::default()
        };
        let (small, large) = (site(100, 100, 3600), site(900, 0, 1800));
        let mut total = Figures::default();
        total += &small;
        total += &large;
        total.settle();
        assert_eq!(total.tasks.progress, Some(10.0));
        assert!((total.hours.hours - 1.5).abs() < f64::EPSILON);
        let mut empty = Figures::default();
        empty.settle();
        assert_eq!(empty.tasks.progress, None);
        assert_eq!(empty.service_levels.met_share, None);
    }
}
