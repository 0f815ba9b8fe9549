//! Who calls, what they were granted, and whether it covers a given thing.

use kernel::{CrewId, ProjectId, SessionId, SiteId, UserId, WorkerId};
use serde::{Deserialize, Serialize};

use crate::permission::{Action, Reach, reach};

/// What a person is to the firm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Operates the platform; belongs to no tenant.
    PlatformAdmin,
    /// Runs the tenant's account: users and roles.
    TenantAdmin,
    /// Watches KPIs over several sites.
    Manager,
    /// Plans and follows projects.
    ProjectLead,
    /// Runs the day on a site.
    SiteLead,
    /// Does the work, with a phone.
    CrewMember,
}

impl Role {
    /// All roles, the widest first.
    pub const ALL: [Self; 6] = [
        Self::PlatformAdmin,
        Self::TenantAdmin,
        Self::Manager,
        Self::ProjectLead,
        Self::SiteLead,
        Self::CrewMember,
    ];

    /// The word in JSON, tokens and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PlatformAdmin => "platform_admin",
            Self::TenantAdmin => "tenant_admin",
            Self::Manager => "manager",
            Self::ProjectLead => "project_lead",
            Self::SiteLead => "site_lead",
            Self::CrewMember => "crew_member",
        }
    }
}

/// How far a grant reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id", deny_unknown_fields)]
pub enum Scope {
    /// The whole firm.
    Tenant,
    /// One project and its sites.
    Project(ProjectId),
    /// One site.
    Site(SiteId),
    /// What concerns the workers of one crew.
    Crew(CrewId),
    /// What concerns the caller's own work.
    Own,
}

/// A role within a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where it holds.
    pub scope: Scope,
}

/// Who calls, as a verified token says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Caller {
    /// The user, or the platform admin.
    #[serde(rename = "sub")]
    pub user: UserId,
    /// The session the token belongs to.
    #[serde(rename = "sid")]
    pub session: SessionId,
    /// What the user was granted.
    pub grants: Vec<Grant>,
    /// The worker the user is, if planned.
    #[serde(rename = "wid", default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerId>,
    /// The workers of the crews that a grant names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mates: Vec<WorkerId>,
}

/// What an action is done to: enough of it to tell whether a scope covers it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// The project it belongs to.
    pub project: Option<ProjectId>,
    /// The site it belongs to.
    pub site: Option<SiteId>,
    /// The workers it concerns.
    pub workers: Vec<WorkerId>,
}

impl Target {
    /// The firm itself: covered by tenant-wide grants alone.
    pub fn tenant() -> Self {
        Self::default()
    }

    /// A project.
    pub fn project(project: ProjectId) -> Self {
        Self { project: Some(project), ..Self::default() }
    }

    /// A site of a project.
    pub fn site(project: ProjectId, site: SiteId) -> Self {
        Self { project: Some(project), site: Some(site), workers: Vec::new() }
    }

    /// The same, concerning these workers.
    #[must_use]
    pub fn with_workers(mut self, workers: impl IntoIterator<Item = WorkerId>) -> Self {
        self.workers.extend(workers);
        self
    }
}

/// What a caller sees of a kind of thing, for the `where` of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visibility {
    /// Everything of the tenant.
    pub all: bool,
    /// What belongs to these projects.
    pub projects: Vec<ProjectId>,
    /// What belongs to these sites.
    pub sites: Vec<SiteId>,
    /// What concerns these workers.
    pub workers: Vec<WorkerId>,
}

impl Visibility {
    /// Nothing at all.
    pub fn is_empty(&self) -> bool {
        !self.all && self.projects.is_empty() && self.sites.is_empty() && self.workers.is_empty()
    }

    /// Whether `target` is among what is seen.
    pub fn covers(&self, target: &Target) -> bool {
        self.all
            || target.project.is_some_and(|p| self.projects.contains(&p))
            || target.site.is_some_and(|s| self.sites.contains(&s))
            || target.workers.iter().any(|w| self.workers.contains(w))
    }
}

impl Caller {
    /// Whether the caller is a crew member and nothing else: of whom no position is taken but by the
    /// time clock and while clocked in.
    pub fn is_crew(&self) -> bool {
        self.grants.iter().all(|grant| grant.role == Role::CrewMember)
    }

    /// Everything that the caller may do `action` to.
    pub fn visibility(&self, action: Action) -> Visibility {
        self.visibility_by(&self.grants, action)
    }

    /// What the caller may do `action` to in each role, where a thing is open to some roles only.
    pub fn visibility_of_roles(&self, action: Action) -> Vec<(Role, Visibility)> {
        let of = |grant: &Grant| (grant.role, self.visibility_by(&[*grant], action));
        self.grants.iter().map(of).filter(|(_, seen)| !seen.is_empty()).collect()
    }

    fn visibility_by(&self, grants: &[Grant], action: Action) -> Visibility {
        let mut seen = Visibility::default();
        for grant in grants {
            match (reach(grant.role, action), grant.scope) {
                (Reach::No, _) => {}
                (Reach::Any, _) | (Reach::Scope, Scope::Tenant) => seen.all = true,
                (Reach::Scope, Scope::Project(id)) => seen.projects.push(id),
                (Reach::Scope, Scope::Site(id)) => seen.sites.push(id),
                (Reach::Scope, Scope::Crew(_)) => seen.workers.extend(&self.mates),
                (Reach::Own, _) | (Reach::Scope, Scope::Own) => seen.workers.extend(self.worker),
            }
        }
        seen
    }

    /// Whether the caller may do `action` to `target`.
    pub fn may(&self, action: Action, target: &Target) -> bool {
        self.visibility(action).covers(target)
    }

    /// Whether the caller has `action` on anything at all.
    pub fn may_somewhere(&self, action: Action) -> bool {
        self.grants.iter().any(|g| reach(g.role, action) != Reach::No)
    }
}
