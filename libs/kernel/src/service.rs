//! The services of the house by name.

use std::fmt;
use std::str::FromStr;

/// One of the services behind the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// The one door.
    Gateway,
    /// Users, roles, sessions, tokens.
    Identity,
    /// Projects, sites, phases, milestones.
    Projects,
    /// Workers, skills, crews.
    Resources,
    /// Tasks, dispatch, checklists, incidents, time clock, the field.
    Planning,
    /// Photos, signatures, the audit trail.
    Proofs,
    /// Facts, KPIs, the live feed, reports.
    Reporting,
    /// Tenants and their making.
    Provisioning,
}

impl Service {
    /// All services, the gateway first.
    pub const ALL: [Self; 8] = [
        Self::Gateway,
        Self::Identity,
        Self::Projects,
        Self::Resources,
        Self::Planning,
        Self::Proofs,
        Self::Reporting,
        Self::Provisioning,
    ];

    /// The services that keep data in a tenant's database, each in the schema of its name.
    pub const OF_TENANT: [Self; 6] = [
        Self::Identity,
        Self::Projects,
        Self::Resources,
        Self::Planning,
        Self::Proofs,
        Self::Reporting,
    ];

    /// The name in addresses, schemas, roles and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Identity => "identity",
            Self::Projects => "projects",
            Self::Resources => "resources",
            Self::Planning => "planning",
            Self::Proofs => "proofs",
            Self::Reporting => "reporting",
            Self::Provisioning => "provisioning",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Service {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|s| s.name() == name)
            .ok_or_else(|| format!("no service is named {name}"))
    }
}
