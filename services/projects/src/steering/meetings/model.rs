//! A meeting and its rules.

use chrono::{DateTime, Utc};
use kernel::{ProjectId, SteeringMeetingId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};
use web::{Versioned, check};

use crate::error::Unreviewed;
use crate::{Error, SteeringError};

/// A meeting of a project's steering committee.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SteeringMeeting)]
pub struct Meeting {
    /// Its id.
    pub id: SteeringMeetingId,
    /// Its project.
    pub project_id: ProjectId,
    /// When it is, or was, held.
    pub held_at: DateTime<Utc>,
    /// Who attended, by name: clients and partners have no account.
    pub attendees: Vec<String>,
    /// What it is about.
    pub agenda: Option<String>,
    /// What was said.
    pub minutes: Option<String>,
    /// When it was closed, which is final; none while it is open.
    pub closed_at: Option<DateTime<Utc>>,
    /// Who closed it.
    pub closed_by: Option<UserId>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Meeting {
    fn version(&self) -> i64 {
        self.version
    }
}

fn names(names: &[String]) -> Result<(), ValidationError> {
    names.iter().try_for_each(|name| match name.chars().count() {
        ..=200 => check::text(name),
        _ => Err(ValidationError::new("length")),
    })
}

/// A meeting to be called.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSteeringMeeting)]
pub struct NewMeeting {
    /// Its id, where the caller chooses it.
    pub id: Option<SteeringMeetingId>,
    /// Its project.
    pub project_id: ProjectId,
    /// When it is, or was, held.
    #[validate(custom(function = check::instant))]
    pub held_at: DateTime<Utc>,
    /// Who attends, by name, each of at most 200 characters.
    #[serde(default)]
    #[validate(length(max = 100), custom(function = names))]
    #[schema(max_items = 100)]
    pub attendees: Vec<String>,
    /// What it is about.
    #[validate(length(min = 1, max = 10_000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 10_000)]
    pub agenda: Option<String>,
    /// What was said.
    #[validate(length(min = 1, max = 50_000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 50_000)]
    pub minutes: Option<String>,
}

/// Changes to a meeting; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SteeringMeetingPatch)]
pub struct MeetingPatch {
    /// When it is, or was, held.
    #[validate(custom(function = check::instant))]
    pub held_at: Option<DateTime<Utc>>,
    /// Who attended, by name, each of at most 200 characters.
    #[validate(length(max = 100), custom(function = names))]
    #[schema(max_items = 100)]
    pub attendees: Option<Vec<String>>,
    /// What it is about.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 10_000), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 10_000)]
    pub agenda: Option<Option<String>>,
    /// What was said.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 50_000), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 50_000)]
    pub minutes: Option<Option<String>>,
}

impl Meeting {
    /// A new meeting.
    pub fn call(new: NewMeeting) -> Self {
        Self {
            id: new.id.unwrap_or_else(SteeringMeetingId::new),
            project_id: new.project_id,
            held_at: new.held_at,
            attendees: new.attendees,
            agenda: new.agenda,
            minutes: new.minutes,
            closed_at: None,
            closed_by: None,
            version: 1,
        }
    }

    /// The meeting, unless it is closed.
    pub fn open(self) -> Result<Self, Error> {
        if self.closed_at.is_some() { Err(SteeringError::MeetingClosed.into()) } else { Ok(self) }
    }

    /// The same meeting, changed.
    pub fn change(self, patch: MeetingPatch) -> Result<Self, Error> {
        let open = self.open()?;
        Ok(Self {
            held_at: patch.held_at.unwrap_or(open.held_at),
            attendees: patch.attendees.unwrap_or(open.attendees),
            agenda: patch.agenda.unwrap_or(open.agenda),
            minutes: patch.minutes.unwrap_or(open.minutes),
            version: open.version + 1,
            ..open
        })
    }

    /// The meeting, closed for good: it was held, and left no open risk of the project unreviewed.
    pub fn close(
        self,
        unreviewed: Vec<Unreviewed>,
        by: UserId,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let open = self.open()?;
        if open.held_at > now {
            return Err(SteeringError::MeetingAhead.into());
        }
        if !unreviewed.is_empty() {
            return Err(SteeringError::Unreviewed(unreviewed).into());
        }
        let (closed_at, closed_by) = (Some(now), Some(by));
        Ok(Self { closed_at, closed_by, version: open.version + 1, ..open })
    }
}
