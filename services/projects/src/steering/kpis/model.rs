//! A KPI of a project's steering and its rules.

use contracts::{Aim, Indicator};
use kernel::{ProjectId, SteeringKpiId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::Versioned;

use crate::indicators::Limits;
use crate::{Error, SteeringError};

/// A KPI that a project's steering follows.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SteeringKpi {
    /// Its id.
    pub id: SteeringKpiId,
    /// Its project.
    pub project_id: ProjectId,
    /// What it measures.
    pub indicator: Indicator,
    /// Which way it should go.
    pub aim: Aim,
    /// Where it should be.
    pub target: f64,
    /// Beyond the target up to here it is to be watched; beyond this it is missed.
    pub warning: f64,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for SteeringKpi {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A KPI to be followed.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSteeringKpi {
    /// Its id, where the caller chooses it.
    pub id: Option<SteeringKpiId>,
    /// Its project.
    pub project_id: ProjectId,
    /// What it measures; a project follows an indicator once.
    pub indicator: Indicator,
    /// Which way it should go.
    pub aim: Aim,
    /// Where it should be.
    #[validate(range(min = 0.0, max = 1_000_000.0))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub target: f64,
    /// Beyond the target up to here it is to be watched; beyond this it is missed.
    #[validate(range(min = 0.0, max = 1_000_000.0))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub warning: f64,
}

/// Changes to a KPI; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SteeringKpiPatch {
    /// Which way it should go.
    pub aim: Option<Aim>,
    /// Where it should be.
    #[validate(range(min = 0.0, max = 1_000_000.0))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub target: Option<f64>,
    /// Beyond the target up to here it is to be watched.
    #[validate(range(min = 0.0, max = 1_000_000.0))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub warning: Option<f64>,
}

impl SteeringKpi {
    /// A new KPI.
    pub fn follow(new: NewSteeringKpi) -> Result<Self, Error> {
        Self {
            id: new.id.unwrap_or_else(SteeringKpiId::new),
            project_id: new.project_id,
            indicator: new.indicator,
            aim: new.aim,
            target: new.target,
            warning: new.warning,
            version: 1,
        }
        .ordered()
    }

    /// The same KPI, changed.
    pub fn change(self, patch: &SteeringKpiPatch) -> Result<Self, Error> {
        Self {
            aim: patch.aim.unwrap_or(self.aim),
            target: patch.target.unwrap_or(self.target),
            warning: patch.warning.unwrap_or(self.warning),
            version: self.version + 1,
            ..self
        }
        .ordered()
    }

    /// Its limits.
    pub fn limits(&self) -> Limits {
        Limits { aim: self.aim, target: self.target, warning: self.warning }
    }

    fn ordered(self) -> Result<Self, Error> {
        let fine = match self.aim {
            Aim::AtLeast => self.warning <= self.target,
            Aim::AtMost => self.warning >= self.target,
        };
        if fine { Ok(self) } else { Err(SteeringError::WarningMisplaced.into()) }
    }
}
