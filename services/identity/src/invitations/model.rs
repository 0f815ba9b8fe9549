//! What an invitation is.

use chrono::{DateTime, Duration, Utc};
use kernel::{InvitationId, Timestamp, UserId};
use serde::Serialize;
use web::Versioned;

/// How long an invitation can be accepted.
const HOLDS: Duration = Duration::days(7);

/// When an invitation that is issued now expires.
pub(super) fn expires_at(now: Timestamp) -> Timestamp {
    now + HOLDS
}

/// An invitation to become a user. Its secret is shown once, when it is issued.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct Invitation {
    /// The invitation.
    pub(crate) id: InvitationId,
    /// The user to be.
    pub(crate) user_id: UserId,
    /// The user's e-mail.
    pub(crate) email: String,
    /// The user's name.
    pub(crate) name: String,
    /// When it was issued first.
    pub(crate) created_at: DateTime<Utc>,
    /// Until when it can be accepted.
    pub(crate) expires_at: DateTime<Utc>,
    /// When it was accepted.
    pub(crate) accepted_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    /// Grows with each change.
    pub(crate) version: i64,
}

impl Versioned for Invitation {
    fn version(&self) -> i64 {
        self.version
    }
}

/// Where the web app lets a person accept: the secret stands after the `#`, so that no server's
/// log gets to see it.
pub(super) fn link(token: &str) -> String {
    format!("/accept-invitation#token={token}")
}
