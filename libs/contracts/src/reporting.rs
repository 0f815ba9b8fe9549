//! What reporting says.

use kernel::ReportId;
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
