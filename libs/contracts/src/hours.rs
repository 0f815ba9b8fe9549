//! What planning says of hours: stays on sites, weeks, and how long they are kept.

use kernel::{
    AgreementId, ProjectId, RetentionId, SiteCodeId, SiteId, TimeEntryId, TimesheetId, Timestamp,
    WorkerId,
};
use serde::{Deserialize, Serialize};

crate::changes! {
    /// What happened to a stay on a site.
    TimeEntryChange {
        /// The worker came.
        ClockedIn => "time_entry.clocked_in",
        /// The worker left.
        ClockedOut => "time_entry.clocked_out",
        /// The site lead corrected it.
        Corrected => "time_entry.corrected",
        /// A break, travel or work began.
        Switched => "time_entry.switched",
        /// Nobody clocked out: an end was found, and waits for the site lead.
        Proposed => "time_entry.proposed",
        /// The site lead looked at what is unusual about it.
        Reviewed => "time_entry.reviewed",
    }
}

/// A worker's stay on a site changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimeEntryChanged {
    /// The stay.
    pub entry: TimeEntryId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: TimeEntryChange,
    /// The worker.
    pub worker: WorkerId,
    /// The site.
    pub site: SiteId,
    /// The site's project.
    pub project: ProjectId,
    /// When the worker came, by the device's clock.
    pub in_at: Timestamp,
    /// When the worker left.
    pub out_at: Option<Timestamp>,
    /// Seconds of breaks within it.
    #[serde(default)]
    pub break_seconds: i64,
}
crate::event!(TimeEntryChanged, "planning.time_entry.v1", "time_entry", entry);

crate::changes! {
    /// What happened to the code on a site.
    SiteCodeChange {
        /// A new one took the place of the one before.
        Rotated => "site_code.rotated",
        /// It was taken down.
        Revoked => "site_code.revoked",
    }
}

/// The code that workers scan on a site is another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteCodeChanged {
    /// The code.
    pub code: SiteCodeId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: SiteCodeChange,
    /// The site.
    pub site: SiteId,
}
crate::event!(SiteCodeChanged, "planning.site_code.v1", "site_code", code);

crate::changes! {
    /// What happened to a worker's week.
    TimesheetChange {
        /// Was opened.
        Opened => "timesheet.opened",
        /// The worker signed it.
        Signed => "timesheet.signed",
        /// The lead approved it: it is locked.
        Approved => "timesheet.approved",
        /// Was opened again, with a reason.
        Reopened => "timesheet.reopened",
    }
}

/// A worker's week changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimesheetChanged {
    /// The week.
    pub timesheet: TimesheetId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: TimesheetChange,
    /// The worker.
    pub worker: WorkerId,
    /// The week's Monday.
    pub monday: chrono::NaiveDate,
}
crate::event!(TimesheetChanged, "planning.timesheet.v1", "timesheet", timesheet);

crate::changes! {
    /// What happened to the firm's collective agreement.
    AgreementChange {
        /// Was set.
        Set => "labour_agreement.set",
    }
}

/// The collective agreement on working time is another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgreementChanged {
    /// The agreement.
    pub agreement: AgreementId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: AgreementChange,
}
crate::event!(AgreementChanged, "planning.agreement.v1", "labour_agreement", agreement);

crate::changes! {
    /// What happened to personal data that was kept long enough.
    RetentionChange {
        /// Was forgotten.
        Applied => "retention.applied",
    }
}

/// Personal data was kept long enough: every service forgets what it keeps of it (docs/privacy.md).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetentionApplied {
    /// This forgetting.
    pub retention: RetentionId,
    /// Always 1.
    pub version: i64,
    /// What happened.
    pub change: RetentionChange,
    /// Positions before this are gone.
    pub positions_before: Timestamp,
    /// Proofs that somebody was there, before this, are gone.
    pub proofs_before: Timestamp,
    /// Hours that ended before this are gone.
    pub hours_before: Timestamp,
}
crate::event!(RetentionApplied, "planning.retention.v1", "retention", retention);
