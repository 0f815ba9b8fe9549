//! A decision or an action and its rules.

use chrono::NaiveDate;
use contracts::{SteeringItemKind, SteeringItemStatus};
use kernel::{ProjectId, SteeringItemId, SteeringMeetingId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use crate::{Error, SteeringError};

/// A decision or an action of a project's steering.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SteeringItem {
    /// Its id.
    pub id: SteeringItemId,
    /// Its project.
    pub project_id: ProjectId,
    /// The meeting it comes from.
    pub meeting_id: SteeringMeetingId,
    /// Which of the two it is.
    pub kind: SteeringItemKind,
    /// What is to be decided or done.
    pub title: String,
    /// The same at length.
    pub details: Option<String>,
    /// The user who answers for it.
    pub owner_id: Option<UserId>,
    /// The day it is due.
    pub due_on: Option<NaiveDate>,
    /// Where it stands.
    pub status: SteeringItemStatus,
    /// When it was taken or done, by the device that was used.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub done_at: Option<Timestamp>,
    /// Who said so.
    pub done_by: Option<UserId>,
    /// What was decided or done.
    pub outcome: Option<String>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for SteeringItem {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A decision or an action to be noted.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSteeringItem {
    /// Its id, where the caller chooses it.
    pub id: Option<SteeringItemId>,
    /// The open meeting it comes from.
    pub meeting_id: SteeringMeetingId,
    /// Which of the two it is.
    pub kind: SteeringItemKind,
    /// What is to be decided or done.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The same at length.
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 4000)]
    pub details: Option<String>,
    /// The user who answers for it.
    pub owner_id: Option<UserId>,
    /// The day it is due.
    #[validate(custom(function = check::day))]
    pub due_on: Option<NaiveDate>,
}

/// Changes to a decision or an action; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SteeringItemPatch {
    /// What is to be decided or done.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// The same at length.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4000)]
    pub details: Option<Option<String>>,
    /// The user who answers for it.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<UserId>)]
    pub owner_id: Option<Option<UserId>>,
    /// The day it is due.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(custom(function = check::day))]
    #[schema(value_type = Option<NaiveDate>)]
    pub due_on: Option<Option<NaiveDate>>,
}

/// How a decision was taken or an action done.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SteeringItemOutcome {
    /// What was decided or done.
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 4000)]
    pub outcome: Option<String>,
}

impl SteeringItem {
    /// A new decision or action, of a meeting of this project.
    pub fn note(new: NewSteeringItem, project_id: ProjectId) -> Self {
        Self {
            id: new.id.unwrap_or_else(SteeringItemId::new),
            project_id,
            meeting_id: new.meeting_id,
            kind: new.kind,
            title: new.title,
            details: new.details,
            owner_id: new.owner_id,
            due_on: new.due_on,
            status: SteeringItemStatus::Open,
            done_at: None,
            done_by: None,
            outcome: None,
            version: 1,
        }
    }

    /// The same, changed.
    pub fn change(self, patch: SteeringItemPatch) -> Result<Self, Error> {
        let open = self.open()?;
        Ok(Self {
            title: patch.title.unwrap_or(open.title),
            details: patch.details.unwrap_or(open.details),
            owner_id: patch.owner_id.unwrap_or(open.owner_id),
            due_on: patch.due_on.unwrap_or(open.due_on),
            version: open.version + 1,
            ..open
        })
    }

    /// The same, taken or done.
    pub fn done(self, how: SteeringItemOutcome, by: UserId, at: Timestamp) -> Result<Self, Error> {
        let open = self.open()?;
        Ok(Self {
            status: SteeringItemStatus::Done,
            done_at: Some(at),
            done_by: Some(by),
            outcome: how.outcome,
            version: open.version + 1,
            ..open
        })
    }

    fn open(self) -> Result<Self, Error> {
        match self.status {
            SteeringItemStatus::Open => Ok(self),
            SteeringItemStatus::Done => Err(SteeringError::ItemDone.into()),
        }
    }
}
