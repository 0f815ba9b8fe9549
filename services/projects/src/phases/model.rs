//! A phase and its rules.

use chrono::NaiveDate;
use kernel::{PhaseId, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use crate::Error;
use crate::projects::model::in_order;

/// A phase of a project.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Phase {
    /// Its id.
    pub id: PhaseId,
    /// Its project.
    pub project_id: ProjectId,
    /// Its name.
    pub name: String,
    /// Its place among the project's phases; two may share one and run side by side.
    pub order: i32,
    /// First planned day.
    pub starts_on: Option<NaiveDate>,
    /// Last planned day.
    pub ends_on: Option<NaiveDate>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Phase {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A phase to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPhase {
    /// Its id, where the caller chooses it.
    pub id: Option<PhaseId>,
    /// Its project.
    pub project_id: ProjectId,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Its place among the project's phases; after the last unless said.
    #[validate(range(min = 1, max = 100_000))]
    #[schema(minimum = 1, maximum = 100_000)]
    pub order: Option<i32>,
    /// First planned day.
    #[validate(custom(function = check::day))]
    pub starts_on: Option<NaiveDate>,
    /// Last planned day.
    #[validate(custom(function = check::day))]
    pub ends_on: Option<NaiveDate>,
}

/// Changes to a phase; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhasePatch {
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Its place among the project's phases.
    #[validate(range(min = 1, max = 100_000))]
    #[schema(minimum = 1, maximum = 100_000)]
    pub order: Option<i32>,
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

impl Phase {
    /// A new phase; `last` is the place of the project's last one, 0 where there is none.
    pub fn add(new: NewPhase, last: i32) -> Result<Self, Error> {
        in_order(new.starts_on, new.ends_on)?;
        Ok(Self {
            id: new.id.unwrap_or_else(PhaseId::new),
            project_id: new.project_id,
            name: new.name,
            order: new.order.unwrap_or(last + 1),
            starts_on: new.starts_on,
            ends_on: new.ends_on,
            version: 1,
        })
    }

    /// The same phase, changed.
    pub fn change(self, patch: PhasePatch) -> Result<Self, Error> {
        let starts_on = patch.starts_on.unwrap_or(self.starts_on);
        let ends_on = patch.ends_on.unwrap_or(self.ends_on);
        in_order(starts_on, ends_on)?;
        Ok(Self {
            id: self.id,
            project_id: self.project_id,
            name: patch.name.unwrap_or(self.name),
            order: patch.order.unwrap_or(self.order),
            starts_on,
            ends_on,
            version: self.version + 1,
        })
    }
}
