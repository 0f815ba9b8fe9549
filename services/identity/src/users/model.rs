//! What a user is, and who may grant what to whom.

use auth::{Caller, Grant, Role, Scope};
use chrono::{DateTime, Utc};
use kernel::UserId;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use web::Versioned;

use crate::error::Error;

/// Whether a user may sign in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub(crate) enum Status {
    /// Has not accepted the invitation yet.
    Invited,
    /// May sign in.
    Active,
    /// May not sign in any more.
    Disabled,
}

impl Status {
    /// The word in the database.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

/// A person who signs in.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct User {
    /// The user.
    pub(crate) id: UserId,
    /// By which the user signs in; in lower case.
    pub(crate) email: String,
    /// The person's name.
    pub(crate) name: String,
    /// Whether the user may sign in.
    pub(crate) status: Status,
    /// What the user was granted.
    #[schema(value_type = Vec<Grant>)]
    pub(crate) grants: Json<Vec<Grant>>,
    /// When the user was invited.
    pub(crate) created_at: DateTime<Utc>,
    /// Grows with each change.
    pub(crate) version: i64,
}

impl Versioned for User {
    fn version(&self) -> i64 {
        self.version
    }
}

impl User {
    /// Whether the user runs the firm's account now.
    pub(crate) fn is_active_admin(&self) -> bool {
        self.status == Status::Active && has_admin(&self.grants)
    }
}

/// Whether the grants make a tenant's admin.
pub(crate) fn has_admin(grants: &[Grant]) -> bool {
    grants.contains(&Grant { role: Role::TenantAdmin, scope: Scope::Tenant })
}

/// E-mails are compared without regard to case.
pub(crate) fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Lower is wider.
fn rank(role: Role) -> usize {
    Role::ALL.iter().position(|r| *r == role).unwrap_or(Role::ALL.len())
}

fn widest(grants: &[Grant]) -> usize {
    grants.iter().map(|g| rank(g.role)).min().unwrap_or(Role::ALL.len())
}

/// Nobody gives more than they have; nobody of a firm makes a platform admin; a tenant's admin is
/// one for the whole firm.
pub(crate) fn may_grant(caller: &Caller, grants: &[Grant]) -> Result<(), Error> {
    for (index, grant) in grants.iter().enumerate() {
        match grant.role {
            Role::PlatformAdmin => return Err(Error::GrantSense(index)),
            Role::TenantAdmin if grant.scope != Scope::Tenant => {
                return Err(Error::GrantSense(index));
            }
            Role::TenantAdmin if !has_admin(&caller.grants) => {
                return Err(Error::GrantBeyond(index));
            }
            role if rank(role) < widest(&caller.grants) => return Err(Error::GrantBeyond(index)),
            _ => {}
        }
    }
    Ok(())
}

/// Nobody changes a user who is more than they are.
pub(crate) fn may_change(caller: &Caller, user: &User) -> Result<(), Error> {
    may_grant(caller, &user.grants).map_err(|_| Error::Above)
}

#[cfg(test)]
mod tests {
    use kernel::{SessionId, SiteId};

    use super::*;

    fn grant(role: Role, scope: Scope) -> Grant {
        Grant { role, scope }
    }

    fn caller(role: Role) -> Caller {
        Caller {
            user: UserId::new(),
            session: SessionId::new(),
            grants: vec![grant(role, Scope::Tenant)],
            worker: None,
            mates: Vec::new(),
        }
    }

    #[test]
    fn an_admin_grants_every_role_of_the_firm() {
        for role in Role::ALL.into_iter().filter(|r| *r != Role::PlatformAdmin) {
            may_grant(&caller(Role::TenantAdmin), &[grant(role, Scope::Tenant)]).unwrap();
        }
    }

    #[test]
    fn nobody_makes_a_platform_admin() {
        for role in Role::ALL {
            let fine = grant(Role::CrewMember, Scope::Own);
            let refused =
                may_grant(&caller(role), &[fine, grant(Role::PlatformAdmin, Scope::Tenant)]);
            assert!(refused.is_err(), "{role:?}");
        }
    }

    #[test]
    fn nobody_but_an_admin_makes_an_admin_and_nobody_gives_more_than_they_have() {
        let admin = [grant(Role::TenantAdmin, Scope::Tenant)];
        for role in [Role::Manager, Role::ProjectLead, Role::SiteLead, Role::CrewMember] {
            assert!(may_grant(&caller(role), &admin).is_err(), "{role:?}");
        }
        let lead = caller(Role::ProjectLead);
        assert!(may_grant(&lead, &[grant(Role::Manager, Scope::Tenant)]).is_err());
        assert!(may_grant(&lead, &[grant(Role::SiteLead, Scope::Site(SiteId::new()))]).is_ok());
    }

    #[test]
    fn an_admin_of_one_site_makes_no_sense() {
        let odd = grant(Role::TenantAdmin, Scope::Site(SiteId::new()));
        assert!(matches!(may_grant(&caller(Role::TenantAdmin), &[odd]), Err(Error::GrantSense(0))));
    }
}
