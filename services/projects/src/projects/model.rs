//! A project and its rules.

use chrono::NaiveDate;
use contracts::ProjectStatus;
use kernel::{Currency, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use crate::Error;

/// A project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// The firm's short name for it, unique.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Who ordered it.
    pub client: Option<String>,
    /// Where it stands.
    pub status: ProjectStatus,
    /// The currency of its books.
    pub currency: Currency,
    /// First planned day.
    pub starts_on: Option<NaiveDate>,
    /// Last planned day.
    pub ends_on: Option<NaiveDate>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Project {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A project to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// Its id, where the caller chooses it.
    pub id: Option<ProjectId>,
    /// The firm's short name for it: letters, digits, `-`, `_`, `.`, `/`.
    #[validate(length(min = 1, max = 32), custom(function = check::code))]
    #[schema(min_length = 1, max_length = 32, pattern = "^[A-Za-z0-9._/-]+$")]
    pub code: String,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Who ordered it.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub client: Option<String>,
    /// Where it stands; a draft unless said.
    pub status: Option<ProjectStatus>,
    /// The currency of its books; the firm's unless said.
    pub currency: Option<Currency>,
    /// First planned day.
    #[validate(custom(function = check::day))]
    pub starts_on: Option<NaiveDate>,
    /// Last planned day.
    #[validate(custom(function = check::day))]
    pub ends_on: Option<NaiveDate>,
}

/// Changes to a project; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectPatch {
    /// The firm's short name for it.
    #[validate(length(min = 1, max = 32), custom(function = check::code))]
    #[schema(min_length = 1, max_length = 32, pattern = "^[A-Za-z0-9._/-]+$")]
    pub code: Option<String>,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Who ordered it.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    pub client: Option<Option<String>>,
    /// Where it stands.
    pub status: Option<ProjectStatus>,
    /// First planned day.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(custom(function = check::day))]
    #[schema(value_type = Option<NaiveDate>)]
    pub starts_on: Option<Option<NaiveDate>>,
    /// Last planned day.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(custom(function = check::day))]
    #[schema(value_type = Option<NaiveDate>)]
    pub ends_on: Option<Option<NaiveDate>>,
}

impl Project {
    /// A new project; `currency` is the firm's.
    pub fn start(new: NewProject, currency: Currency) -> Result<Self, Error> {
        in_order(new.starts_on, new.ends_on)?;
        Ok(Self {
            id: new.id.unwrap_or_else(ProjectId::new),
            code: new.code,
            name: new.name,
            client: new.client,
            status: new.status.unwrap_or(ProjectStatus::Draft),
            currency: new.currency.unwrap_or(currency),
            starts_on: new.starts_on,
            ends_on: new.ends_on,
            version: 1,
        })
    }

    /// The same project, changed. A closed project may be taken up again; none becomes a draft
    /// again.
    pub fn change(self, patch: ProjectPatch) -> Result<Self, Error> {
        let status = patch.status.unwrap_or(self.status);
        if status == ProjectStatus::Draft && self.status != ProjectStatus::Draft {
            return Err(Error::DraftAgain);
        }
        let starts_on = patch.starts_on.unwrap_or(self.starts_on);
        let ends_on = patch.ends_on.unwrap_or(self.ends_on);
        in_order(starts_on, ends_on)?;
        Ok(Self {
            id: self.id,
            code: patch.code.unwrap_or(self.code),
            name: patch.name.unwrap_or(self.name),
            client: patch.client.unwrap_or(self.client),
            status,
            currency: self.currency,
            starts_on,
            ends_on,
            version: self.version + 1,
        })
    }
}

/// The last day is the first or a later one, where both are known.
pub(crate) fn in_order(
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
) -> Result<(), Error> {
    match (starts_on, ends_on) {
        (Some(first), Some(last)) if last < first => Err(Error::DaysReversed),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> NewProject {
        NewProject {
            id: None,
            code: "DKR-01".to_owned(),
            name: "Réseau HTA".to_owned(),
            client: Some("Senelec".to_owned()),
            status: None,
            currency: None,
            starts_on: NaiveDate::from_ymd_opt(2026, 3, 1),
            ends_on: None,
        }
    }

    #[test]
    fn a_new_project_is_a_draft_in_the_firms_currency() {
        let project = Project::start(new(), Currency::Xof).unwrap();
        assert_eq!(project.status, ProjectStatus::Draft);
        assert_eq!((project.currency, project.version), (Currency::Xof, 1));
    }

    #[test]
    fn the_last_day_is_never_before_the_first() {
        let ends_on = NaiveDate::from_ymd_opt(2026, 2, 28);
        let reversed = NewProject { ends_on, ..new() };
        assert!(matches!(Project::start(reversed, Currency::Xof), Err(Error::DaysReversed)));
        let project = Project::start(new(), Currency::Xof).unwrap();
        let patch = ProjectPatch { ends_on: Some(ends_on), ..ProjectPatch::default() };
        assert!(matches!(project.change(patch), Err(Error::DaysReversed)));
    }

    #[test]
    fn a_project_is_closed_and_taken_up_again_but_never_a_draft_again() {
        let to = |status| ProjectPatch { status: Some(status), ..ProjectPatch::default() };
        let project = Project::start(new(), Currency::Xof).unwrap();
        let closed = project.change(to(ProjectStatus::Closed)).unwrap();
        let active = closed.change(to(ProjectStatus::Active)).unwrap();
        assert_eq!(active.version, 3);
        assert!(matches!(active.change(to(ProjectStatus::Draft)), Err(Error::DraftAgain)));
    }

    #[test]
    fn null_clears_and_absence_keeps() {
        let project = Project::start(new(), Currency::Xof).unwrap();
        let keep: ProjectPatch = serde_json::from_str("{}").unwrap();
        let clear: ProjectPatch = serde_json::from_str(r#"{"client": null}"#).unwrap();
        assert_eq!(project.clone().change(keep).unwrap().client.as_deref(), Some("Senelec"));
        assert_eq!(project.change(clear).unwrap().client, None);
    }
}
