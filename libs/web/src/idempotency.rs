//! The same call made twice has one effect: the answer is stored in the commit of the change and
//! given again. A key is the caller's; another body under it is refused.
//!
//! A refusal is an answer too. A copy of a refused call that the network delivers late, when what
//! stood against it is gone, must not take effect after all: the person was told no, and whoever
//! leads the site sees it among the refused calls. So it is stored as well, in a transaction of its
//! own once the one that was refused is taken back; the answer that was stored first stands. Whoever
//! sets right what was wrong and tries again makes another call, with another key. The draft of the
//! header says so too (draft-ietf-httpapi-idempotency-key-header-06: a retry after the first request
//! has completed gets its result, success or error), as does Stripe's documentation, which stores
//! errors once the call has begun. Not stored is what is passing ([`Problem`]s with a `Retry-After`,
//! 401, 5xx) and what the request shows by itself (400, 413, 415, 428).

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use kernel::{Timestamp, UserId};
use sqlx::PgConnection;
use sqlx::error::DatabaseError;

use tenancy::Tenant;

use crate::answer::respond;
use crate::app::App;
use crate::edge::Fingerprint;
use crate::problem::Problem;

/// How long an answer is given again: a phone may stay away for weeks. Each new key forgets two
/// that are older, so the table is bounded by what thirty days bring.
pub const REMEMBERED: TimeDelta = TimeDelta::days(31);

/// A caller's key with the hash of what was asked under it.
#[derive(Debug, Clone)]
pub struct Claim {
    caller: UserId,
    key: String,
    hash: [u8; 32],
}

/// An answer as it is given now.
pub(crate) struct Given<'a> {
    pub status: StatusCode,
    pub headers: &'a [(HeaderName, String)],
    pub body: &'a [u8],
}

/// An answer that was given before.
#[derive(Debug)]
pub struct StoredAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl IntoResponse for StoredAnswer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut headers: Vec<_> = self
            .headers
            .into_iter()
            .filter_map(|(name, value)| Some((name.parse::<HeaderName>().ok()?, value)))
            .collect();
        headers.push((HeaderName::from_static("idempotency-replayed"), "true".to_owned()));
        respond(status, &headers, self.body)
    }
}

impl Claim {
    pub(crate) fn new(caller: UserId, print: &Fingerprint) -> Self {
        Self { caller, key: print.key.clone(), hash: print.hash }
    }

    /// Claims the key for this transaction: the stored answer if it was done before, 409 while
    /// another request is at it, 422 if it stood for another body.
    pub(crate) async fn take(
        &self,
        tx: &mut PgConnection,
    ) -> Result<Option<StoredAnswer>, Problem> {
        let lock = i64::from_be_bytes(
            kernel::sha256(&[self.caller.uuid().as_bytes(), self.key.as_bytes()])[..8]
                .try_into()
                .unwrap_or_default(),
        );
        let ours = sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "ours!""#, lock)
            .fetch_one(&mut *tx)
            .await?;
        if !ours {
            return Err(in_flight());
        }
        // A statement of its own: its snapshot is younger than the lock.
        let stored = sqlx::query!(
            "select fingerprint, status, headers, body from core.idempotency_key
             where caller = $1 and key = $2",
            self.caller as UserId,
            self.key
        )
        .fetch_optional(tx)
        .await?;
        let Some(stored) = stored else { return Ok(None) };
        if stored.fingerprint != self.hash {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "Cette clé d'idempotence a déjà servi pour une autre demande",
                "This idempotency key already stood for another request",
            ));
        }
        if stored.status == 0 {
            return Err(Problem::conflict(
                "already-done",
                "Déjà fait ; le secret n'est montré qu'une fois",
                "Already done; the secret is shown only once",
            ));
        }
        Ok(Some(StoredAnswer {
            status: u16::try_from(stored.status).unwrap_or(200),
            headers: serde_json::from_value(stored.headers).map_err(Problem::internal)?,
            body: stored.body,
        }))
    }

    /// Stores the answer; `None` for one that holds a secret.
    pub(crate) async fn store(
        &self,
        tx: &mut PgConnection,
        answer: Option<Given<'_>>,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let (status, headers, body) = match answer {
            Some(Given { status, headers, body }) => (status.as_u16(), headers, body),
            None => (0, &[][..], &[][..]),
        };
        let headers: Vec<_> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let result = sqlx::query!(
            "with forgotten as (
                 delete from core.idempotency_key where (caller, key) in (
                     select caller, key from core.idempotency_key
                     where answered_at < $8 order by answered_at limit 2
                     for update skip locked))
             insert into core.idempotency_key
                 (caller, key, fingerprint, status, headers, body, answered_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            self.caller as UserId,
            self.key,
            &self.hash[..],
            i16::try_from(status).unwrap_or_default(),
            serde_json::to_value(headers).map_err(Problem::internal)?,
            body,
            now,
            now - REMEMBERED
        )
        .execute(tx)
        .await;
        match result {
            Err(e) if e.as_database_error().is_some_and(DatabaseError::is_unique_violation) => {
                Err(in_flight())
            }
            other => other.map(|_| ()).map_err(Into::into),
        }
    }
}

/// A key of a call, with whose it is.
#[derive(Clone)]
pub(crate) struct Keyed {
    app: App,
    tenant: Arc<Tenant>,
    claim: Claim,
}

impl std::fmt::Debug for Keyed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyed").field("claim", &self.claim).finish_non_exhaustive()
    }
}

impl Keyed {
    pub(crate) fn new(app: &App, tenant: &Arc<Tenant>, claim: &Claim) -> Self {
        Self { app: app.clone(), tenant: Arc::clone(tenant), claim: claim.clone() }
    }

    /// Stores that the call was refused, and answers: so, or as it was answered first. Where it
    /// cannot be stored nothing is promised, and the call is to be sent again.
    pub(crate) async fn refuse(&self, refusal: Response) -> Response {
        let (parts, body) = refusal.into_parts();
        let body = match to_bytes(body, usize::MAX).await {
            Ok(body) => body,
            Err(error) => return Problem::internal(error).into_response(),
        };
        let kept = [header::CONTENT_TYPE, header::CONTENT_LANGUAGE];
        let headers: Vec<_> = (kept.into_iter())
            .filter_map(|name| {
                let value = parts.headers.get(&name)?.to_str().ok()?.to_owned();
                Some((name, value))
            })
            .collect();
        let given = Given { status: parts.status, headers: &headers, body: &body };
        match self.keep(given).await {
            Ok(None) => Response::from_parts(parts, Body::from(body)),
            Ok(Some(first)) => first.into_response(),
            Err(problem) => problem.into_response(),
        }
    }

    async fn keep(&self, given: Given<'_>) -> Result<Option<StoredAnswer>, Problem> {
        let mut tx = self.app.tenants.begin_of(&self.tenant).await?;
        if let Some(first) = self.claim.take(&mut tx).await? {
            tx.rollback().await?;
            return Ok(Some(first));
        }
        self.claim.store(&mut tx, Some(given), self.app.clock.now()).await?;
        tx.commit().await?;
        Ok(None)
    }
}

fn in_flight() -> Problem {
    Problem::conflict(
        "in-flight",
        "La même demande est en cours de traitement",
        "The same request is being worked on",
    )
    .retry_after(1)
}
