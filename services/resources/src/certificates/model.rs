//! A certificate and its rules.

use chrono::{Datelike, Days, Months, NaiveDate};
use contracts::{CertificateChange, CertificateChanged};
use kernel::{CertificateId, CertificateKindId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};
use web::{Versioned, check};

use super::kinds::CertificateKind;
use crate::Error;

/// How many certificates a worker has at most: more is a mistake.
pub(super) const MOST: i64 = 200;

/// A certificate that a worker has.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Certificate {
    /// Its id.
    pub id: CertificateId,
    /// Who has it.
    pub worker_id: WorkerId,
    /// What kind it is of.
    pub kind_id: CertificateKindId,
    /// Its number.
    pub number: Option<String>,
    /// Who issued it.
    pub issuer: Option<String>,
    /// The first day it holds.
    pub issued_on: NaiveDate,
    /// The last day it holds; none where it does not expire.
    pub expires_on: Option<NaiveDate>,
    /// Where the paper or the file is kept.
    pub document: Option<String>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Certificate {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A certificate to be noted.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCertificate {
    /// Its id, where the caller chooses it.
    pub id: Option<CertificateId>,
    /// Who has it.
    pub worker_id: WorkerId,
    /// What kind it is of.
    pub kind_id: CertificateKindId,
    /// Its number.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 100)]
    pub number: Option<String>,
    /// Who issued it.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub issuer: Option<String>,
    /// The first day it holds.
    #[validate(custom(function = issue))]
    pub issued_on: NaiveDate,
    /// The last day it holds; `null` where it does not expire. Where it is absent it is reckoned
    /// from the kind's months.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(custom(function = check::day))]
    #[schema(value_type = Option<NaiveDate>)]
    pub expires_on: Option<Option<NaiveDate>>,
    /// Where the paper or the file is kept.
    #[validate(length(min = 1, max = 500), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 500)]
    pub document: Option<String>,
}

/// Changes to a certificate; what is absent stays, `null` clears. Who has it and what kind it is of
/// stay.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificatePatch {
    /// Its number.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub number: Option<Option<String>>,
    /// Who issued it.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    pub issuer: Option<Option<String>>,
    /// The first day it holds.
    #[validate(custom(function = issue))]
    pub issued_on: Option<NaiveDate>,
    /// The last day it holds.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(custom(function = check::day))]
    #[schema(value_type = Option<NaiveDate>)]
    pub expires_on: Option<Option<NaiveDate>>,
    /// Where the paper or the file is kept.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 500), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    pub document: Option<Option<String>>,
}

/// The first day of a certificate: one may be older than what can be planned, but not than the
/// oldest worker.
#[allow(clippy::trivially_copy_pass_by_ref)] // the validator hands references
fn issue(day: &NaiveDate) -> Result<(), ValidationError> {
    if (1950..=2100).contains(&day.year()) {
        Ok(())
    } else {
        Err(ValidationError::new("range")
            .with_message("année de 1950 à 2100 | year from 1950 to 2100".into()))
    }
}

/// The last day of what holds so many months from its first.
fn last_day(first: NaiveDate, months: i16) -> Option<NaiveDate> {
    first
        .checked_add_months(Months::new(months.unsigned_abs().into()))?
        .checked_sub_days(Days::new(1))
}

impl Certificate {
    /// A new certificate of this kind.
    pub fn note(new: NewCertificate, kind: &CertificateKind) -> Result<Self, Error> {
        let usual = kind.months.and_then(|months| last_day(new.issued_on, months));
        Self {
            id: new.id.unwrap_or_else(CertificateId::new),
            worker_id: new.worker_id,
            kind_id: kind.id,
            number: new.number,
            issuer: new.issuer,
            issued_on: new.issued_on,
            expires_on: new.expires_on.unwrap_or(usual),
            document: new.document,
            version: 1,
        }
        .settle()
    }

    /// The same certificate, changed.
    pub fn change(self, patch: CertificatePatch) -> Result<Self, Error> {
        Self {
            number: patch.number.unwrap_or(self.number),
            issuer: patch.issuer.unwrap_or(self.issuer),
            issued_on: patch.issued_on.unwrap_or(self.issued_on),
            expires_on: patch.expires_on.unwrap_or(self.expires_on),
            document: patch.document.unwrap_or(self.document),
            version: self.version + 1,
            ..self
        }
        .settle()
    }

    fn settle(self) -> Result<Self, Error> {
        match self.expires_on {
            Some(last) if last < self.issued_on => Err(Error::ExpiryBeforeIssue),
            _ => Ok(self),
        }
    }

    /// The news of it.
    pub fn changed(&self, change: CertificateChange) -> CertificateChanged {
        CertificateChanged {
            certificate: self.id,
            version: self.version,
            change,
            worker: self.worker_id,
            kind: self.kind_id,
            expires_on: self.expires_on,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::kinds::NewCertificateKind;
    use super::*;

    fn kind(months: Option<i16>) -> CertificateKind {
        let body = json!({ "code": "X", "name_fr": "x", "name_en": "x", "months": months });
        CertificateKind::from(serde_json::from_value::<NewCertificateKind>(body).unwrap())
    }

    fn new(more: Value) -> NewCertificate {
        let mut body = json!({
            "worker_id": WorkerId::new(), "kind_id": CertificateKindId::new(),
            "issued_on": "2026-03-31",
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(body).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_day_is_reckoned_from_the_kind_unless_it_is_said() {
        let last = |more, months| Certificate::note(new(more), &kind(months)).unwrap().expires_on;
        assert_eq!(last(json!({}), Some(36)), Some(day("2029-03-30")));
        assert_eq!(last(json!({}), Some(11)), Some(day("2027-02-27")));
        assert_eq!(last(json!({}), None), None);
        assert_eq!(last(json!({ "expires_on": null }), Some(36)), None);
        let said = json!({ "expires_on": "2027-01-01" });
        assert_eq!(last(said, Some(36)), Some(day("2027-01-01")));
    }

    #[test]
    fn it_does_not_end_before_it_begins() {
        let early = new(json!({ "expires_on": "2026-03-30" }));
        assert!(matches!(Certificate::note(early, &kind(None)), Err(Error::ExpiryBeforeIssue)));
        let one_day = new(json!({ "expires_on": "2026-03-31" }));
        let held = Certificate::note(one_day, &kind(None)).unwrap();
        let patch =
            CertificatePatch { issued_on: Some(day("2026-04-01")), ..CertificatePatch::default() };
        assert!(matches!(held.change(patch), Err(Error::ExpiryBeforeIssue)));
    }

    #[test]
    fn no_certificate_is_two_hundred_years_old() {
        assert!(new(json!({ "issued_on": "1826-03-02" })).validate().is_err());
        assert!(new(json!({ "issued_on": "1987-06-01" })).validate().is_ok());
        assert!(new(json!({ "expires_on": "2226-03-02" })).validate().is_err());
    }
}
