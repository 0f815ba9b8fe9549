//! Signing in and staying signed in. A tenant's users and the platform's admins go the same way;
//! only where their data is, and who is told, differs.

mod api;
mod model;
mod store;

pub(crate) use api::{RefreshRequest, SignInRequest, SignedIn, device_of, routes};

use auth::{ACCESS_TTL_SECS, Caller, KeyPair, mint_access};
use kernel::{SessionId, TenantId, Timestamp, UserId};
use sqlx::PgConnection;
use web::{Visit, Write};

use crate::error::Error;
use crate::users::model::{User, normal_email};
use crate::{password, secret, users};
use model::{RefreshToken, wait_secs};

/// Somebody who knows an account's password.
pub(crate) struct Proven {
    user: UserId,
    account: [u8; 32],
}

/// What is needed to check a password, read while no connection is held any longer than that.
pub(crate) struct Challenge {
    account: [u8; 32],
    known: Option<(UserId, String)>,
}

/// Counts the attempt and looks the account up.
pub(crate) async fn challenge(
    db: &mut PgConnection,
    email: &str,
    now: Timestamp,
) -> Result<Challenge, Error> {
    let email = normal_email(email);
    let account = secret::hash(email.as_bytes());
    let (count, since) = store::count_attempt(db, &account, now).await?;
    if let Some(seconds) = wait_secs(count, since, now) {
        return Err(Error::TooManyAttempts(seconds));
    }
    Ok(Challenge { account, known: store::password_of(db, &email).await? })
}

impl Challenge {
    /// Checks the password; as long for an account that is not there.
    pub(crate) async fn prove(self, password: String) -> Result<Proven, Error> {
        let (user, hash) = self.known.unzip();
        match (password::verify(password, hash).await?, user) {
            (true, Some(user)) => Ok(Proven { user, account: self.account }),
            _ => Err(Error::Credentials),
        }
    }
}

impl Proven {
    /// Who it is.
    pub(crate) fn user(&self) -> UserId {
        self.user
    }

    /// Begins a session, in the transaction that `db` is in.
    pub(crate) async fn begin(
        &self,
        db: &mut PgConnection,
        device: &str,
        now: Timestamp,
    ) -> Result<(User, RefreshToken), Error> {
        let user = store::hold_active(db, self.user).await?.ok_or(Error::Credentials)?;
        store::forget_attempts(db, &self.account).await?;
        let token = RefreshToken::first(SessionId::new());
        store::open(db, user.id, &token, device, now).await?;
        Ok((user, token))
    }
}

/// What came of a refresh token.
pub(crate) enum Refreshed {
    /// It was exchanged.
    Next(User, RefreshToken),
    /// It was none that is exchanged; to be looked at as a replay.
    Refused(RefreshToken),
}

/// Exchanges a refresh token for the next one.
pub(crate) async fn refresh(
    db: &mut PgConnection,
    text: &str,
    now: Timestamp,
) -> Result<Refreshed, Error> {
    let token = RefreshToken::parse(text).ok_or(Error::Session)?;
    let next = token.next();
    match store::rotate(db, &token, &next, now).await? {
        None => Ok(Refreshed::Refused(token)),
        Some(user) => {
            let user = users::store::find(db, user).await?.ok_or(Error::Session)?;
            Ok(Refreshed::Next(user, next))
        }
    }
}

/// Ends the session of a spent token; answers its user. The control database is written before the
/// caller commits: whatever dies in between, no token goes on that should not.
pub(crate) async fn end_replayed(
    db: &mut PgConnection,
    control: &sqlx::PgPool,
    tenant: Option<TenantId>,
    token: &RefreshToken,
    now: Timestamp,
) -> Result<Option<UserId>, Error> {
    let user = store::end_replayed(db, token, now).await?;
    if user.is_some() {
        store::revoke(control, tenant, &[token.session], now).await?;
    }
    Ok(user)
}

/// Ends one session of a user; false where it had ended.
pub(crate) async fn end(
    db: &mut PgConnection,
    control: &sqlx::PgPool,
    tenant: Option<TenantId>,
    (user, session): (UserId, SessionId),
    now: Timestamp,
) -> Result<bool, Error> {
    let ended = store::end(db, user, session, now).await?;
    if ended {
        store::revoke(control, tenant, &[session], now).await?;
    }
    Ok(ended)
}

/// Ends all sessions of a tenant's user, whose row `tx` holds.
pub(crate) async fn end_all(visit: &Visit, tx: &mut Write<'_>, user: UserId) -> Result<(), Error> {
    let now = tx.now();
    let ended = store::end_all(tx, user, now).await?;
    store::revoke(visit.app.tenants.control(), Some(visit.tenant.id), &ended, now).await?;
    Ok(())
}

/// The answer to a sign-in or a refresh.
pub(crate) fn signed_in(
    key: &KeyPair,
    tenant: Option<TenantId>,
    user: User,
    work: Work,
    token: &RefreshToken,
    now: Timestamp,
) -> Result<SignedIn, Error> {
    let caller = Caller {
        user: user.id,
        session: token.session,
        grants: user.grants.0.clone(),
        worker: work.worker,
        mates: work.mates,
    };
    Ok(SignedIn {
        access_token: mint_access(key, tenant, caller, now)?,
        token_type: "Bearer",
        expires_in: ACCESS_TTL_SECS,
        refresh_token: token.text(),
        session_id: token.session,
        user,
    })
}

/// What a token says of the user's work.
#[derive(Default)]
pub(crate) struct Work {
    worker: Option<kernel::WorkerId>,
    mates: Vec<kernel::WorkerId>,
}

impl Work {
    /// Reads it from the tenant's database.
    pub(crate) async fn of(db: &mut PgConnection, user: &User) -> Result<Self, Error> {
        Ok(Self {
            worker: users::store::worker_of(db, user.id).await?.map(|w| w.id),
            mates: users::store::mates_of(db, &user.grants).await?,
        })
    }
}
