//! Users in the tenant's database (and platform admins in the control database: the same shape).

use auth::{Grant, Scope};
use kernel::{CrewId, UserId, WorkerId};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::model::{Status, User};
use crate::error::Error;

/// The user of this id.
pub(crate) async fn find(db: &mut PgConnection, id: UserId) -> Result<Option<User>, sqlx::Error> {
    sqlx::query_as!(
        User,
        r#"select id as "id: UserId", email, name, status as "status: Status",
                  grants as "grants: Json<Vec<Grant>>", created_at, version
           from identity.person where id = $1"#,
        id as UserId
    )
    .fetch_optional(db)
    .await
}

/// The same, held until the transaction ends, and whether it is the firm's last active admin. The
/// admins are held too, all in one order, so that two who remove each other at the same time do
/// not both succeed.
pub(crate) async fn lock(db: &mut PgConnection, id: UserId) -> Result<(User, bool), Error> {
    let held = sqlx::query_as!(
        User,
        r#"select id as "id: UserId", email, name, status as "status: Status",
                  grants as "grants: Json<Vec<Grant>>", created_at, version
           from identity.person
           where id = $1 or (status = 'active'
             and grants @> '[{"role": "tenant_admin", "scope": {"kind": "tenant"}}]')
           order by id for update"#,
        id as UserId
    )
    .fetch_all(db)
    .await?;
    let other_admin = held.iter().any(|u| u.id != id && u.is_active_admin());
    let user = held.into_iter().find(|u| u.id == id).ok_or(Error::NotFound)?;
    let last_admin = user.is_active_admin() && !other_admin;
    Ok((user, last_admin))
}

/// A page of users by id.
pub(crate) async fn list(
    db: &mut PgConnection,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<User>, sqlx::Error> {
    sqlx::query_as!(
        User,
        r#"select id as "id: UserId", email, name, status as "status: Status",
                  grants as "grants: Json<Vec<Grant>>", created_at, version
           from identity.person where $1::uuid is null or id > $1 order by id limit $2"#,
        after as Option<UserId>,
        limit + 1
    )
    .fetch_all(db)
    .await
}

/// Adds a user, with a password where there is one already.
pub(crate) async fn insert(
    db: &mut PgConnection,
    user: &User,
    password_hash: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into identity.person
             (id, email, name, status, grants, password_hash, version, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        user.id as UserId,
        user.email,
        user.name,
        user.status.as_str(),
        Json(&user.grants) as _,
        password_hash,
        user.version,
        user.created_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether an insert failed because somebody has this e-mail.
pub(crate) fn email_taken(error: sqlx::Error) -> Error {
    match error.as_database_error().and_then(|e| e.constraint()) {
        Some("person_email_key") => Error::EmailTaken,
        _ => error.into(),
    }
}

/// Stores the status and the grants as `user` now has them, and its next version.
pub(crate) async fn update(db: &mut PgConnection, user: &mut User) -> Result<(), sqlx::Error> {
    user.version = sqlx::query_scalar!(
        "update identity.person set status = $2, grants = $3, version = version + 1
         where id = $1 returning version",
        user.id as UserId,
        user.status.as_str(),
        Json(&user.grants) as _
    )
    .fetch_one(db)
    .await?;
    Ok(())
}

/// Makes an invited user active.
pub(crate) async fn join(
    db: &mut PgConnection,
    id: UserId,
    password_hash: &str,
) -> Result<Option<User>, sqlx::Error> {
    sqlx::query_as!(
        User,
        r#"update identity.person
           set status = 'active', password_hash = $2, version = version + 1
           where id = $1 and status = 'invited'
           returning id as "id: UserId", email, name, status as "status: Status",
                     grants as "grants: Json<Vec<Grant>>", created_at, version"#,
        id as UserId,
        password_hash
    )
    .fetch_optional(db)
    .await
}

/// Refuses grants whose project, site or crew is not there.
pub(crate) async fn check_scopes(db: &mut PgConnection, grants: &[Grant]) -> Result<(), Error> {
    let mut ids = Vec::new();
    for grant in grants {
        match grant.scope {
            Scope::Tenant | Scope::Own => {}
            Scope::Project(id) => ids.push(id.uuid()),
            Scope::Site(id) => ids.push(id.uuid()),
            Scope::Crew(id) => ids.push(id.uuid()),
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    let known = sqlx::query!(
        r#"select id as "id!: Uuid", 'project' as "kind!" from projects_pub.project
           where id = any($1)
           union all select id, 'site' from projects_pub.site where id = any($1)
           union all select id, 'crew' from resources_pub.crew where id = any($1)"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    let there = |kind: &str, id: Uuid| known.iter().any(|k| k.kind == kind && k.id == id);
    let missing = grants.iter().position(|grant| match grant.scope {
        Scope::Tenant | Scope::Own => false,
        Scope::Project(id) => !there("project", id.uuid()),
        Scope::Site(id) => !there("site", id.uuid()),
        Scope::Crew(id) => !there("crew", id.uuid()),
    });
    missing.map_or(Ok(()), |index| Err(Error::GrantScope(index)))
}

/// The worker a user is, with the name planned under.
#[derive(Debug)]
pub(crate) struct OwnWorker {
    /// The worker.
    pub(crate) id: WorkerId,
    /// The name in the plan.
    pub(crate) name: String,
}

/// The worker this user is, if planned.
pub(crate) async fn worker_of(
    db: &mut PgConnection,
    user: UserId,
) -> Result<Option<OwnWorker>, sqlx::Error> {
    sqlx::query_as!(
        OwnWorker,
        r#"select id as "id!: WorkerId", name as "name!" from resources_pub.worker
           where user_id = $1 and active order by id limit 1"#,
        user as UserId
    )
    .fetch_optional(db)
    .await
}

/// The workers of the crews that the grants name; a hundred at most, a token is no address book.
pub(crate) async fn mates_of(
    db: &mut PgConnection,
    grants: &[Grant],
) -> Result<Vec<WorkerId>, sqlx::Error> {
    let crews: Vec<CrewId> = grants
        .iter()
        .filter_map(|g| if let Scope::Crew(id) = g.scope { Some(id) } else { None })
        .collect();
    if crews.is_empty() {
        return Ok(Vec::new());
    }
    let crews: Vec<Uuid> = crews.into_iter().map(CrewId::uuid).collect();
    sqlx::query_scalar!(
        r#"select distinct worker_id as "id!: WorkerId" from resources_pub.crew_member
           where crew_id = any($1) order by 1 limit 100"#,
        &crews
    )
    .fetch_all(db)
    .await
}
