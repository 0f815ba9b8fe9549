//! What reporting says.

use kernel::{AlertId, ProjectId, ReportId, SiteId};
use serde::{Deserialize, Serialize};

crate::changes! {
    /// What happened to a report.
    ReportChange {
        /// Was asked for.
        Requested => "report.requested",
        /// Is there.
        Ready => "report.ready",
        /// Could not be made.
        Failed => "report.failed",
    }
}

/// A report changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportChanged {
    /// The report.
    pub report: ReportId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: ReportChange,
}
crate::event!(ReportChanged, "reporting.report.v1", "report", report);

crate::changes! {
    /// What happened to an alert.
    AlertChange {
        /// Somebody said to look into it.
        Acknowledged => "alert.acknowledged",
    }
}

/// An alert changed by somebody's hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertChanged {
    /// The alert.
    pub alert: AlertId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: AlertChange,
    /// The project it concerns, unless it is about the firm.
    pub project: Option<ProjectId>,
    /// The site it concerns, unless it is about the whole project.
    pub site: Option<SiteId>,
}
crate::event!(AlertChanged, "reporting.alert.v1", "alert", alert);
