//! The code on a site: what workers scan to clock in without a position.
//!
//! A code is worth nothing to who has not stood before it: it names a row and a secret of 122
//! random bits, which the server compares. It hangs until the site lead prints another, or until a
//! day set when it was made; the one before may count for some hours more, until the new print is
//! up. A code that was scanned while it hung and is sent late still counts.

use chrono::{DateTime, Utc};
use http::{HeaderName, StatusCode, header};
use kernel::{SiteCodeId, SiteId, UserId, sha256};
use serde::Serialize;
use uuid::Uuid;
use web::{Answer, Versioned};

use super::model::Press;

/// How the text of a code begins: which code it is, should there be others one day.
const PREFIX: &str = "fo1";

/// The code on a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteCode {
    /// Its id.
    pub id: SiteCodeId,
    /// The site.
    pub site_id: SiteId,
    /// What nobody can guess.
    pub secret: Uuid,
    /// Since when it hangs.
    pub from_at: DateTime<Utc>,
    /// Until when it hangs, or hung; none until another takes its place.
    pub to_at: Option<DateTime<Utc>>,
    /// Who hung it.
    pub by: UserId,
    /// Rises with each change.
    pub version: i64,
}

impl SiteCode {
    /// A new one.
    pub fn new(
        site_id: SiteId,
        by: UserId,
        now: DateTime<Utc>,
        to_at: Option<DateTime<Utc>>,
    ) -> Self {
        let (id, secret) = (SiteCodeId::new(), Uuid::new_v4());
        Self { id, site_id, secret, from_at: now, to_at, by, version: 1 }
    }

    /// What the QR code says.
    pub fn text(&self) -> String {
        format!("{PREFIX}.{}.{}", self.id.uuid().simple(), self.secret.simple())
    }

    /// Which code a text names.
    pub fn named(text: &str) -> Option<SiteCodeId> {
        let mut parts = text.split('.');
        let (prefix, id) = (parts.next()?, parts.next()?);
        (prefix == PREFIX).then(|| Uuid::try_parse(id).ok().map(SiteCodeId)).flatten()
    }

    /// Whether a text is this code, of this site, while it hung. Hashes are compared, so that the
    /// time it takes says nothing of the secret.
    pub fn admits(&self, text: &str, site: SiteId, press: &Press) -> bool {
        let same = sha256(&[text.as_bytes()]) == sha256(&[self.text().as_bytes()]);
        same && self.site_id == site && self.to_at.is_none_or(|to| press.at < to)
    }
}

/// The code on a site, to be printed as a QR code.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = SiteCode)]
pub struct Printed {
    /// Its id.
    pub id: SiteCodeId,
    /// The site.
    pub site_id: SiteId,
    /// What the QR code says. Whoever knows it can clock in by it: print it, do not send it.
    pub code: String,
    /// Since when it hangs.
    pub from_at: DateTime<Utc>,
    /// Until when it counts; none: until another takes its place.
    pub valid_until: Option<DateTime<Utc>>,
    /// Rises with each change.
    pub version: i64,
}

/// A new code, which is told this once and never kept with the call's answer.
#[derive(Debug, Clone)]
pub struct Hung(pub Printed);

impl Answer for Hung {
    const SECRET: bool = true;
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }
    fn headers(&self) -> Vec<(HeaderName, String)> {
        let tag = (header::ETAG, format!("\"{}\"", self.0.version));
        vec![tag, (header::CACHE_CONTROL, "no-store".to_owned())]
    }
    fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&self.0)
    }
}

impl Versioned for Printed {
    fn version(&self) -> i64 {
        self.version
    }
}

impl From<SiteCode> for Printed {
    fn from(code: SiteCode) -> Self {
        let text = code.text();
        let SiteCode { id, site_id, from_at, to_at, version, .. } = code;
        Self { id, site_id, code: text, from_at, valid_until: to_at, version }
    }
}
