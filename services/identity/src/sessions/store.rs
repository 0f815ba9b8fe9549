//! Sessions, in a tenant's database or (for platform admins) in the control database, which holds
//! the same tables; and the list of revoked sessions, which the control database holds alone.

use auth::Grant;
use kernel::{SessionId, TenantId, Timestamp, UserId};
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::model::{RefreshToken, Session, ends_at, idle_until, revoked_until, window_start};
use crate::users::model::{Status, User};

/// Counts one more attempt to sign in, before the password is looked at, so that many at once are
/// no way around the limit. Answers how many there were, and since when.
pub(super) async fn count_attempt(
    db: &mut PgConnection,
    account: &[u8; 32],
    now: Timestamp,
) -> Result<(i32, Timestamp), sqlx::Error> {
    let row = sqlx::query!(
        "with stale as (
             delete from identity.sign_in_attempt where since <= $3 and account <> $1)
         insert into identity.sign_in_attempt as a (account, failures, since) values ($1, 1, $2)
         on conflict (account) do update set
             failures = case when a.since <= $3 then 1 else a.failures + 1 end,
             since = case when a.since <= $3 then $2 else a.since end
         returning failures, since",
        &account[..],
        now,
        window_start(now)
    )
    .fetch_one(db)
    .await?;
    Ok((row.failures, row.since))
}

/// The account was proven: its failures are forgotten.
pub(super) async fn forget_attempts(
    db: &mut PgConnection,
    account: &[u8; 32],
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from identity.sign_in_attempt where account = $1", &account[..])
        .execute(db)
        .await?;
    Ok(())
}

/// The password hash of an active user with this e-mail.
pub(super) async fn password_of(
    db: &mut PgConnection,
    email: &str,
) -> Result<Option<(UserId, String)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select id as "id: UserId", password_hash as "hash!" from identity.person
           where email = $1 and status = 'active'"#,
        email
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|r| (r.id, r.hash)))
}

/// The user, if still active; held so that nobody disables the account while it signs in.
pub(super) async fn hold_active(
    db: &mut PgConnection,
    id: UserId,
) -> Result<Option<User>, sqlx::Error> {
    sqlx::query_as!(
        User,
        r#"select id as "id: UserId", email, name, status as "status: Status",
                  grants as "grants: Json<Vec<Grant>>", created_at, version
           from identity.person where id = $1 and status = 'active' for share"#,
        id as UserId
    )
    .fetch_optional(db)
    .await
}

/// Begins a session, and forgets the user's that are long over.
pub(super) async fn open(
    db: &mut PgConnection,
    user: UserId,
    token: &RefreshToken,
    device: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with over as (
             delete from identity.session
             where user_id = $2 and (idle_until < $6 or ended_at is not null))
         insert into identity.session
             (id, user_id, family_hash, current_hash, device, created_at, used_at, idle_until, ends_at)
         values ($1, $2, $3, $4, $5, $6, $6, $7, $8)",
        token.session as SessionId,
        user as UserId,
        &token.family_hash()[..],
        &token.hash()[..],
        device,
        now,
        idle_until(now),
        ends_at(now)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Exchanges a refresh token for the next in one statement. It is taken if it is the live one, or
/// the one before as long as the live one was never used: then the unused one is replaced. Either
/// way the token presented is afterwards the one before, and `next` is live. Answers the user.
pub(super) async fn rotate(
    db: &mut PgConnection,
    token: &RefreshToken,
    next: &RefreshToken,
    now: Timestamp,
) -> Result<Option<UserId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"update identity.session
           set previous_hash = $2, current_hash = $3, used_at = $4, idle_until = least($5, ends_at)
           where id = $1 and (current_hash = $2 or previous_hash = $2)
             and ended_at is null and idle_until > $4
           returning user_id as "user: UserId""#,
        token.session as SessionId,
        &token.hash()[..],
        &next.hash()[..],
        now,
        idle_until(now)
    )
    .fetch_optional(db)
    .await
}

/// Ends the session of a token that is of its family and yet spent: somebody copied one.
pub(super) async fn end_replayed(
    db: &mut PgConnection,
    token: &RefreshToken,
    now: Timestamp,
) -> Result<Option<UserId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"update identity.session set ended_at = $4
           where id = $1 and family_hash = $2 and ended_at is null
             and current_hash <> $3 and previous_hash is distinct from $3
           returning user_id as "user: UserId""#,
        token.session as SessionId,
        &token.family_hash()[..],
        &token.hash()[..],
        now
    )
    .fetch_optional(db)
    .await
}

/// Ends one session of this user.
pub(super) async fn end(
    db: &mut PgConnection,
    user: UserId,
    session: SessionId,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update identity.session set ended_at = $3
         where id = $1 and user_id = $2 and ended_at is null",
        session as SessionId,
        user as UserId,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends all sessions of this user. The user's row must be held, so that none begins meanwhile.
pub(super) async fn end_all(
    db: &mut PgConnection,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<SessionId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"update identity.session set ended_at = $2
           where user_id = $1 and ended_at is null returning id as "id: SessionId""#,
        user as UserId,
        now
    )
    .fetch_all(db)
    .await
}

/// The sessions of this user that have not ended.
pub(super) async fn list(
    db: &mut PgConnection,
    user: UserId,
    asking: SessionId,
    after: Option<SessionId>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Session>, sqlx::Error> {
    sqlx::query_as!(
        Session,
        r#"select id as "id: SessionId", device, created_at, used_at, idle_until, ends_at,
                  id = $2 as "current!"
           from identity.session
           where user_id = $1 and ended_at is null and idle_until > $3
             and ($4::uuid is null or id > $4)
           order by id limit $5"#,
        user as UserId,
        asking as SessionId,
        now,
        after as Option<SessionId>,
        limit + 1
    )
    .fetch_all(db)
    .await
}

/// Tells the gateways, through the control database, that the access tokens of these sessions are
/// refused from now on. Forgets those whose tokens have expired.
pub(super) async fn revoke(
    control: &PgPool,
    tenant: Option<TenantId>,
    sessions: &[SessionId],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    if sessions.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = sessions.iter().map(|s| s.uuid()).collect();
    sqlx::query!(
        "with over as (
             delete from identity.revoked_session where until < $4 and session_id <> all($1))
         insert into identity.revoked_session as r (session_id, tenant_id, until)
         select id, $2, $3 from unnest($1::uuid[]) as id
         on conflict (session_id) do update set until = greatest(r.until, excluded.until)",
        &ids,
        tenant as Option<TenantId>,
        revoked_until(now),
        now
    )
    .execute(control)
    .await?;
    Ok(())
}
