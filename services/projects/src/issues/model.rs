//! An issue and its rules.

use chrono::{DateTime, NaiveDate, Utc};
use contracts::{IssueChange, IssueChanged, IssueSeverity, IssueStatus};
use kernel::{IssueId, ProjectId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use crate::decision::Decision;
use crate::error::Delivery;

/// An issue of a project.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Issue {
    /// Its id.
    pub id: IssueId,
    /// Its project.
    pub project_id: ProjectId,
    /// What the matter is, in a few words.
    pub title: String,
    /// The same at length.
    pub description: Option<String>,
    /// How much it weighs.
    pub severity: IssueSeverity,
    /// Who is to settle it.
    pub owner_id: Option<UserId>,
    /// The day it should be settled by.
    pub due_on: Option<NaiveDate>,
    /// Where it stands.
    pub status: IssueStatus,
    /// How it was settled.
    pub resolution: Option<String>,
    /// Who settled it.
    pub resolved_by: Option<UserId>,
    /// When, by the device that was used.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Issue {
    fn version(&self) -> i64 {
        self.version
    }
}

/// An issue to be raised.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIssue {
    /// Its id, where the caller chooses it.
    pub id: Option<IssueId>,
    /// Its project.
    pub project_id: ProjectId,
    /// What the matter is, in a few words.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The same at length.
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 4000)]
    pub description: Option<String>,
    /// How much it weighs.
    pub severity: IssueSeverity,
    /// Who is to settle it.
    pub owner_id: Option<UserId>,
    /// The day it should be settled by.
    #[validate(custom(function = check::day))]
    pub due_on: Option<NaiveDate>,
}

/// Changes to an issue; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssuePatch {
    /// What the matter is, in a few words.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// The same at length.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4000)]
    pub description: Option<Option<String>>,
    /// How much it weighs.
    pub severity: Option<IssueSeverity>,
    /// Who is to settle it.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<UserId>)]
    pub owner_id: Option<Option<UserId>>,
    /// The day it should be settled by.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(custom(function = check::day))]
    #[schema(value_type = Option<NaiveDate>)]
    pub due_on: Option<Option<NaiveDate>>,
}

/// How an issue was settled.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IssueResolution)]
pub struct Resolution {
    /// How, for those who ask later.
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 4000)]
    pub resolution: String,
}

impl Issue {
    /// A new issue.
    pub fn raise(new: NewIssue) -> Self {
        Self {
            id: new.id.unwrap_or_else(IssueId::new),
            project_id: new.project_id,
            title: new.title,
            description: new.description,
            severity: new.severity,
            owner_id: new.owner_id,
            due_on: new.due_on,
            status: IssueStatus::Open,
            resolution: None,
            resolved_by: None,
            resolved_at: None,
            version: 1,
        }
    }

    /// The same issue, changed; a settled one stays until it is reopened.
    pub fn change(self, patch: IssuePatch) -> Result<Self, Delivery> {
        let open = self.open()?;
        Ok(Self {
            title: patch.title.unwrap_or(open.title),
            description: patch.description.unwrap_or(open.description),
            severity: patch.severity.unwrap_or(open.severity),
            owner_id: patch.owner_id.unwrap_or(open.owner_id),
            due_on: patch.due_on.unwrap_or(open.due_on),
            version: open.version + 1,
            ..open
        })
    }

    /// The issue, settled.
    pub fn resolve(self, resolution: String, decision: Decision) -> Result<Self, Delivery> {
        let open = self.open()?;
        Ok(Self {
            status: IssueStatus::Resolved,
            resolution: Some(resolution),
            resolved_by: Some(decision.by),
            resolved_at: Some(decision.at),
            version: open.version + 1,
            ..open
        })
    }

    /// The issue, open again; how it had been settled stands in the audit trail.
    pub fn reopen(self) -> Result<Self, Delivery> {
        if self.status == IssueStatus::Open {
            return Err(Delivery::NotResolved);
        }
        Ok(Self {
            status: IssueStatus::Open,
            resolution: None,
            resolved_by: None,
            resolved_at: None,
            version: self.version + 1,
            ..self
        })
    }

    fn open(self) -> Result<Self, Delivery> {
        if self.status == IssueStatus::Resolved { Err(Delivery::Resolved) } else { Ok(self) }
    }

    /// The news of it.
    pub fn changed(&self, change: IssueChange) -> IssueChanged {
        IssueChanged {
            issue: self.id,
            version: self.version,
            change,
            project: self.project_id,
            severity: self.severity,
            status: self.status,
            due_on: self.due_on,
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Clock, SystemClock};

    use super::*;

    #[test]
    fn a_settled_issue_stays_until_it_is_reopened() {
        let decision = Decision { by: UserId::new(), at: SystemClock.now() };
        let issue = Issue::raise(NewIssue {
            id: None,
            project_id: ProjectId::new(),
            title: "Accès refusé par le riverain".to_owned(),
            description: None,
            severity: IssueSeverity::High,
            owner_id: None,
            due_on: None,
        });
        assert!(matches!(issue.clone().reopen(), Err(Delivery::NotResolved)));
        let settled = issue.resolve("Servitude signée".to_owned(), decision).unwrap();
        assert!(matches!(settled.clone().change(IssuePatch::default()), Err(Delivery::Resolved)));
        assert!(matches!(
            settled.clone().resolve("x".to_owned(), decision),
            Err(Delivery::Resolved)
        ));
        let open = settled.reopen().unwrap();
        assert_eq!(
            (open.status, open.resolution.as_ref(), open.version),
            (IssueStatus::Open, None, 3)
        );
    }
}
