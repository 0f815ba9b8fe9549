//! What a sign-in is, how long it lasts, and what its refresh tokens are made of.

use auth::ACCESS_TTL_SECS;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use kernel::{SessionId, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use crate::secret;

/// A session unused for so long ends.
const IDLE: Duration = Duration::days(30);
/// A session ends after so long in any case.
const ABSOLUTE: Duration = Duration::days(90);
/// How many wrong passwords an account stands within [`WINDOW`].
const ATTEMPTS: i32 = 10;
/// The time in which wrong passwords are counted together.
const WINDOW: Duration = Duration::minutes(15);

/// A refresh token: which session, which family (the part all tokens of the session share, so that
/// a spent one is told from a guess without keeping all of them), and 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RefreshToken {
    pub(crate) session: SessionId,
    family: [u8; 16],
    secret: [u8; 32],
}

impl RefreshToken {
    /// The first token of a session.
    pub(crate) fn first(session: SessionId) -> Self {
        Self { session, family: rand::random(), secret: rand::random() }
    }

    /// A token to follow this one.
    pub(crate) fn next(&self) -> Self {
        Self { secret: rand::random(), ..self.clone() }
    }

    /// Reads what [`Self::text`] wrote.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 64] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (session, rest) = bytes.split_first_chunk::<16>()?;
        let (family, secret) = rest.split_first_chunk::<16>()?;
        Some(Self {
            session: SessionId(Uuid::from_bytes(*session)),
            family: *family,
            secret: secret.try_into().ok()?,
        })
    }

    /// The token as the client keeps it.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes())
    }

    /// What is stored of this token.
    pub(crate) fn hash(&self) -> [u8; 32] {
        secret::hash(&self.bytes())
    }

    /// What is stored of the part that all tokens of the session share.
    pub(crate) fn family_hash(&self) -> [u8; 32] {
        secret::hash(&self.family)
    }

    fn bytes(&self) -> Vec<u8> {
        [self.session.uuid().as_bytes(), &self.family, &self.secret[..]].concat()
    }
}

/// When a session that is used now ends if it is not used again.
pub(crate) fn idle_until(now: Timestamp) -> Timestamp {
    now + IDLE
}

/// When a session that begins now ends in any case.
pub(crate) fn ends_at(now: Timestamp) -> Timestamp {
    now + ABSOLUTE
}

/// Until when the access tokens of a session that ends now must be refused. A minute more than
/// they live: one may be in the making.
pub(crate) fn revoked_until(now: Timestamp) -> Timestamp {
    now + Duration::seconds(ACCESS_TTL_SECS + 60)
}

/// Sign-ins with a wrong password that began before this are forgotten.
pub(crate) fn window_start(now: Timestamp) -> Timestamp {
    now - WINDOW
}

/// Seconds to wait where this attempt is one too many: `count` of them since `since`, itself
/// included.
pub(crate) fn wait_secs(count: i32, since: Timestamp, now: Timestamp) -> Option<u32> {
    (count > ATTEMPTS).then(|| {
        let rest = (since + WINDOW - now).num_seconds().max(0);
        u32::try_from(rest).unwrap_or(0) + 1
    })
}

/// A sign-in on one device.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct Session {
    /// The session.
    pub(crate) id: SessionId,
    /// What the device called itself at sign-in (its `User-Agent`).
    pub(crate) device: String,
    /// When the user signed in.
    pub(crate) created_at: DateTime<Utc>,
    /// When it last asked for a new access token.
    pub(crate) used_at: DateTime<Utc>,
    /// When it ends if it is not used again.
    pub(crate) idle_until: DateTime<Utc>,
    /// When it ends in any case.
    pub(crate) ends_at: DateTime<Utc>,
    /// Whether it is the one this was asked from.
    pub(crate) current: bool,
}

#[cfg(test)]
mod tests {
    use kernel::{Clock, SystemClock};

    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written_and_nothing_else_is() {
        let token = RefreshToken::first(SessionId::new());
        let text = token.text();
        assert!(RefreshToken::parse(&text) == Some(token.clone()));
        let next = token.next();
        assert!(next.hash() != token.hash() && next.family_hash() == token.family_hash());
        for bad in ["", "x", &text[1..], &format!("{text}A"), &format!("{text}=")] {
            assert!(RefreshToken::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_eleventh_attempt_waits_for_the_end_of_the_window() {
        let now = SystemClock.now();
        assert_eq!(wait_secs(10, now, now), None);
        assert_eq!(wait_secs(11, now, now), Some(901));
        assert_eq!(wait_secs(40, now - Duration::minutes(15), now), Some(1));
    }
}
