//! What a run is made of.

use chrono::{DateTime, Utc};
use kernel::{RunId, TenantId};
use serde::Serialize;
use utoipa::ToSchema;

/// One step of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Clone the database from the template, closed to everybody else.
    Database,
    /// Make the login roles and store their sealed passwords.
    Roles,
    /// Sow the sector's reference data.
    Seeds,
    /// Invite the first admin.
    Admin,
    /// Prove that each service reaches the tenant's database.
    Check,
    /// Open the tenant to its users.
    Activate,
    /// Close the tenant to its users.
    Close,
    /// Drop the database and its roles.
    Drop,
    /// Delete the stored files.
    Files,
    /// Take the tenant off the directory.
    Forget,
}

impl Step {
    /// The steps that make a tenant, in order.
    pub const CREATE: [Self; 6] =
        [Self::Database, Self::Roles, Self::Seeds, Self::Admin, Self::Check, Self::Activate];
    /// The steps that unmake one, in order.
    pub const REMOVE: [Self; 4] = [Self::Close, Self::Drop, Self::Files, Self::Forget];

    /// The word in the database and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Roles => "roles",
            Self::Seeds => "seeds",
            Self::Admin => "admin",
            Self::Check => "check",
            Self::Activate => "activate",
            Self::Close => "close",
            Self::Drop => "drop",
            Self::Files => "files",
            Self::Forget => "forget",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::CREATE.into_iter().chain(Self::REMOVE).find(|s| s.name() == name)
    }
}

/// A run and how far it has come.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunView {
    /// Its id.
    pub id: RunId,
    /// The tenant it makes or unmakes.
    pub tenant_id: TenantId,
    /// `create` or `remove`.
    pub kind: String,
    /// `waiting`, `done` or `failed`.
    pub state: String,
    /// How often it was taken up.
    pub attempts: i32,
    /// What went wrong at the last attempt.
    pub last_error: Option<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when.
    pub finished_at: Option<DateTime<Utc>>,
    /// Its steps in order.
    pub steps: Vec<StepView>,
}

/// A step and whether it is done.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StepView {
    /// Its name.
    pub name: String,
    /// When it was done.
    pub done_at: Option<DateTime<Utc>>,
}

/// A run that was taken up.
pub(crate) struct Taken {
    pub id: RunId,
    pub tenant: TenantId,
    pub admin: Option<crate::tenants::FirstAdmin>,
}
