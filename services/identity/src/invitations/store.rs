//! Invitations in the tenant's database.

use kernel::{InvitationId, Timestamp, UserId};
use sqlx::PgConnection;
use web::Invitee;

use super::model::{Invitation, expires_at};
use crate::error::Error;

/// Whom the invitation is for.
pub(super) async fn user_of(
    db: &mut PgConnection,
    id: InvitationId,
) -> Result<Option<UserId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select user_id as "user: UserId" from identity.invitation where id = $1"#,
        id as InvitationId
    )
    .fetch_optional(db)
    .await
}

/// The invitation.
pub(super) async fn find(db: &mut PgConnection, id: InvitationId) -> Result<Invitation, Error> {
    sqlx::query_as!(
        Invitation,
        r#"select i.id as "id: InvitationId", i.user_id as "user_id: UserId", p.email, p.name,
                  i.created_at, i.expires_at, i.accepted_at, i.revoked_at, i.version
           from identity.invitation i join identity.person p on p.id = i.user_id
           where i.id = $1"#,
        id as InvitationId
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound)
}

/// A page of invitations by id.
pub(super) async fn list(
    db: &mut PgConnection,
    after: Option<InvitationId>,
    limit: i64,
) -> Result<Vec<Invitation>, sqlx::Error> {
    sqlx::query_as!(
        Invitation,
        r#"select i.id as "id: InvitationId", i.user_id as "user_id: UserId", p.email, p.name,
                  i.created_at, i.expires_at, i.accepted_at, i.revoked_at, i.version
           from identity.invitation i join identity.person p on p.id = i.user_id
           where $1::uuid is null or i.id > $1 order by i.id limit $2"#,
        after as Option<InvitationId>,
        limit + 1
    )
    .fetch_all(db)
    .await
}

/// Stores a new invitation.
pub(super) async fn insert(
    db: &mut PgConnection,
    id: InvitationId,
    user: UserId,
    by: UserId,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into identity.invitation
             (id, user_id, token_hash, invited_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        id as InvitationId,
        user as UserId,
        &token_hash[..],
        by as UserId,
        now,
        expires_at(now)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The invitation of a new tenant's first admin.
pub(super) async fn found(db: &mut PgConnection, invitee: &Invitee) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into identity.invitation as i (id, user_id, token_hash, created_at, expires_at)
         values ($1, $2, $3, $4, $5)
         on conflict (id) do update
             set token_hash = excluded.token_hash, expires_at = excluded.expires_at
             where i.accepted_at is null",
        invitee.invitation as InvitationId,
        invitee.user as UserId,
        &invitee.token_hash[..],
        invitee.now,
        expires_at(invitee.now)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives an invitation another secret and another seven days.
pub(super) async fn reissue(
    db: &mut PgConnection,
    id: InvitationId,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update identity.invitation
         set token_hash = $2, expires_at = $3, accepted_at = null, revoked_at = null,
             version = version + 1
         where id = $1",
        id as InvitationId,
        &token_hash[..],
        expires_at(now)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes an invitation back that was not accepted.
pub(super) async fn revoke(
    db: &mut PgConnection,
    id: InvitationId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update identity.invitation set revoked_at = $2, version = version + 1
         where id = $1 and accepted_at is null",
        id as InvitationId,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// For whom the secret holds now; looked at before the costly hash of the password.
pub(super) async fn holds_for(
    db: &mut PgConnection,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<UserId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select user_id as "user: UserId" from identity.invitation
           where token_hash = $1 and accepted_at is null and revoked_at is null
             and expires_at > $2"#,
        &token_hash[..],
        now
    )
    .fetch_optional(db)
    .await
}

/// Accepts in one statement: of many at once, one succeeds.
pub(super) async fn accept(
    db: &mut PgConnection,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<UserId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"update identity.invitation set accepted_at = $2, version = version + 1
           where token_hash = $1 and accepted_at is null and revoked_at is null
             and expires_at > $2
           returning user_id as "user: UserId""#,
        &token_hash[..],
        now
    )
    .fetch_optional(db)
    .await
}
