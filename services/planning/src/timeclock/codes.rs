//! The code on a site: what workers scan to clock in without a position.
//!
//! A code is worth nothing to who has not stood before it: it names a row and a secret of 122
//! random bits, which the server compares. It hangs until the site lead prints another, or until a
//! day set when it was made; the one before may count for some hours more, until the new print is
//! up. A code that was scanned while it hung and is sent late still counts. One that was taken down,
//! because somebody may have its picture, shows nothing more: what is sent by it afterwards counts
//! as a press without a code, whenever the phone says that it was scanned.

use chrono::{DateTime, Utc};
use http::{HeaderName, StatusCode, header};
use kernel::{SiteCodeId, SiteId, UserId, sha256};
use serde::Serialize;
use uuid::Uuid;
use web::{Answer, Versioned};

use super::model::{Press, TRUSTED_SKEW};

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
    /// When it was taken down because somebody may have its picture.
    pub revoked_at: Option<DateTime<Utc>>,
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
        Self { id, site_id, secret, from_at: now, to_at, revoked_at: None, by, version: 1 }
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

    /// The press by a text that was scanned on a site: with the code where the text is this one, of
    /// this site, and it hung there then; without where it was taken down since. None where it
    /// counts for nothing. Hashes are compared, so that the time it takes says nothing of the
    /// secret.
    pub fn admits(&self, text: &str, site: SiteId, press: Press) -> Option<Press> {
        let same = sha256(&[text.as_bytes()]) == sha256(&[self.text().as_bytes()]);
        let hung =
            press.at >= self.from_at - TRUSTED_SKEW && self.to_at.is_none_or(|to| press.at < to);
        let counts = same && self.site_id == site && hung;
        counts.then(|| if self.revoked_at.is_some() { press } else { press.with_code() })
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

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_750_000_000, 0).unwrap_or_default()
    }

    fn scanned(code: &SiteCode, minutes: i64) -> Option<serde_json::Value> {
        let press = Press {
            by: UserId::new(),
            at: noon() + TimeDelta::minutes(minutes),
            device_at: None,
            skew: None,
            now: noon() + TimeDelta::days(1),
            way: serde_json::from_value("plain".into()).unwrap(),
            position: None,
            inside_hint: None,
        };
        code.admits(&code.text(), code.site_id, press).map(|press| serde_json::json!(press.way))
    }

    #[test]
    fn a_code_counts_from_its_making_to_its_end_whenever_the_call_comes() {
        let end = noon() + TimeDelta::hours(8);
        let code = SiteCode::new(SiteId::new(), UserId::new(), noon(), Some(end));
        assert_eq!(scanned(&code, -16), None, "nobody scanned it before it was made");
        assert_eq!(scanned(&code, -14), Some("code".into()), "clocks differ a little");
        assert_eq!(scanned(&code, 479), Some("code".into()));
        assert_eq!(scanned(&code, 480), None);
    }

    #[test]
    fn one_that_was_taken_down_shows_nothing_more_and_costs_nobody_the_press() {
        let mut code = SiteCode::new(SiteId::new(), UserId::new(), noon(), None);
        code.to_at = Some(noon() + TimeDelta::hours(8));
        code.revoked_at = code.to_at;
        assert_eq!(scanned(&code, 60), Some("plain".into()));
        assert_eq!(scanned(&code, 480), None);
    }
}
