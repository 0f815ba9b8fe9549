//! What projects says of the parts of its sites and of what it delivers: deliverables, change
//! orders, issues.

use chrono::NaiveDate;
use kernel::{ChangeOrderId, DeliverableId, IssueId, ProjectId, SiteId, SitePartId};
use serde::{Deserialize, Serialize};

crate::words! {
    /// What a part of a site is.
    SitePartKind {
        /// An area of the site: a building, a street, a bay.
        Zone = "zone",
        /// A floor, or a depth, of a zone or of the site itself.
        Level = "level",
    }
}

crate::changes! {
    /// What happened to a part of a site.
    SitePartChange {
        /// Came to be.
        Created => "site_part.created",
        /// Became another.
        Updated => "site_part.updated",
        /// Is no more.
        Removed => "site_part.removed",
    }
}

/// A part of a site changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SitePartChanged {
    /// The part.
    pub part: SitePartId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: SitePartChange,
    /// Its site.
    pub site: SiteId,
    /// The site's project.
    pub project: ProjectId,
    /// The zone it lies in, if any.
    pub parent: Option<SitePartId>,
    /// What it is.
    pub kind: SitePartKind,
}
crate::event!(SitePartChanged, "projects.site_part.v1", "site_part", part);

crate::words! {
    /// Where a deliverable stands.
    DeliverableStatus {
        /// Being made.
        Pending = "pending",
        /// Handed over, waiting for the sponsor.
        Submitted = "submitted",
        /// The sponsor agreed; final.
        Accepted = "accepted",
        /// The sponsor sent it back.
        Refused = "refused",
    }
}

crate::changes! {
    /// What happened to a deliverable.
    DeliverableChange {
        /// Came to be.
        Created => "deliverable.created",
        /// Became another.
        Updated => "deliverable.updated",
        /// Was handed over.
        Submitted => "deliverable.submitted",
        /// The sponsor agreed.
        Accepted => "deliverable.accepted",
        /// The sponsor sent it back.
        Refused => "deliverable.refused",
    }
}

/// A deliverable changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliverableChanged {
    /// The deliverable.
    pub deliverable: DeliverableId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: DeliverableChange,
    /// Its project.
    pub project: ProjectId,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// Where it stands.
    pub status: DeliverableStatus,
}
crate::event!(DeliverableChanged, "projects.deliverable.v1", "deliverable", deliverable);

crate::words! {
    /// Where a change order stands.
    ChangeOrderStatus {
        /// Being written.
        Draft = "draft",
        /// Waiting for a decision.
        Submitted = "submitted",
        /// Agreed; final.
        Approved = "approved",
        /// Turned down; may be written anew.
        Rejected = "rejected",
    }
}

crate::changes! {
    /// What happened to a change order.
    ChangeOrderChange {
        /// Was drafted.
        Created => "change_order.created",
        /// Became another.
        Updated => "change_order.updated",
        /// Waits for a decision.
        Submitted => "change_order.submitted",
        /// Was agreed.
        Approved => "change_order.approved",
        /// Was turned down.
        Rejected => "change_order.rejected",
    }
}

/// A change order changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeOrderChanged {
    /// The change order.
    pub change_order: ChangeOrderId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: ChangeOrderChange,
    /// Its project.
    pub project: ProjectId,
    /// Its number within the project, from 1.
    pub number: i32,
    /// What it adds to the contract, in minor units of the project's currency; negative for less.
    pub amount_minor: Option<i64>,
    /// The days it adds to the project; negative for fewer.
    pub delay_days: i32,
    /// Where it stands.
    pub status: ChangeOrderStatus,
}
crate::event!(ChangeOrderChanged, "projects.change_order.v1", "change_order", change_order);

crate::words! {
    /// How much an issue weighs on its project.
    IssueSeverity {
        /// To be noted.
        Low = "low",
        /// To be settled in time.
        Medium = "medium",
        /// Threatens a date or the budget.
        High = "high",
        /// Threatens the project.
        Critical = "critical",
    }
}

crate::words! {
    /// Where an issue stands.
    IssueStatus {
        /// To be settled.
        Open = "open",
        /// Settled.
        Resolved = "resolved",
    }
}

crate::changes! {
    /// What happened to an issue.
    IssueChange {
        /// Was raised.
        Created => "issue.created",
        /// Became another.
        Updated => "issue.updated",
        /// Was settled.
        Resolved => "issue.resolved",
        /// Came up again.
        Reopened => "issue.reopened",
    }
}

/// An issue changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssueChanged {
    /// The issue.
    pub issue: IssueId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: IssueChange,
    /// Its project.
    pub project: ProjectId,
    /// How much it weighs.
    pub severity: IssueSeverity,
    /// Where it stands.
    pub status: IssueStatus,
    /// The day it should be settled by.
    pub due_on: Option<NaiveDate>,
}
crate::event!(IssueChanged, "projects.issue.v1", "issue", issue);
