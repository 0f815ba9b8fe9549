//! What a tenant is asked to be.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kernel::{Currency, InvitationId, RunId, TenantId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

/// Names in host names that the platform keeps for itself.
const RESERVED: [&str; 8] = ["www", "api", "platform", "admin", "docs", "mail", "status", "app"];

/// A tenant to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// Chosen by the client, so that the same call twice makes one tenant.
    pub id: Option<TenantId>,
    /// The name of the firm.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The name in host names: lower-case letters, digits and hyphens.
    #[validate(custom(function = slug))]
    #[schema(min_length = 3, max_length = 40, pattern = "^[a-z][a-z0-9-]{1,38}[a-z0-9]$")]
    pub slug: String,
    /// The trade, which decides the reference data.
    pub sector: Sector,
    /// ISO 3166-1 alpha-2.
    #[validate(custom(function = country))]
    #[schema(min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$")]
    pub country: String,
    /// IANA time zone.
    #[validate(length(max = 64), custom(function = web::check::zone))]
    #[schema(max_length = 64)]
    pub zone: String,
    /// The currency of its books.
    pub currency: Currency,
    /// The plan it subscribes to.
    #[serde(default = "starter")]
    #[validate(length(min = 1, max = 40))]
    #[schema(max_length = 40)]
    pub plan: String,
    /// The first admin's e-mail address.
    #[validate(email, length(max = 254))]
    #[schema(format = Email, max_length = 254)]
    pub admin_email: String,
    /// The first admin's name.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub admin_name: String,
}

fn starter() -> String {
    "starter".to_owned()
}

/// The trades the platform has reference data for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sector {
    /// Electrical networks and installations.
    Electricity,
    /// Buildings.
    Construction,
    /// Roads, earthworks, pipes.
    PublicWorks,
}

impl Sector {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Electricity => "electricity",
            Self::Construction => "construction",
            Self::PublicWorks => "public_works",
        }
    }
}

/// What the making of a tenant starts from.
#[derive(Debug)]
pub struct Founding {
    /// The tenant.
    pub tenant: TenantId,
    /// The run that makes it.
    pub run: RunId,
    /// The secret of the first admin's invitation; kept nowhere.
    pub invitation_token: String,
}

/// The first admin, as a run keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FirstAdmin {
    pub user: UserId,
    pub invitation: InvitationId,
    pub email: String,
    pub name: String,
    pub token_hash: [u8; 32],
}

/// A tenant, as the platform's admins see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TenantView {
    /// Its id.
    pub id: TenantId,
    /// The name of the firm.
    pub name: String,
    /// Its name in host names.
    pub slug: String,
    /// The trade.
    pub sector: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// IANA time zone.
    pub zone: String,
    /// The currency of its books.
    pub currency: String,
    /// `provisioning`, `active`, `suspended` or `removing`.
    pub status: String,
    /// The version of its database's schema.
    pub schema_version: i64,
    /// The plan it subscribes to.
    pub plan: Option<String>,
    /// The last day of its licence.
    pub licensed_until: Option<NaiveDate>,
    /// Rises with each change.
    pub version: i64,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl web::Versioned for TenantView {
    fn version(&self) -> i64 {
        self.version
    }
}

/// The last day of a licence that begins on `day`: a year later, the day before.
pub(crate) fn licence_end(day: NaiveDate) -> NaiveDate {
    day.with_year(day.year() + 1).and_then(|d| d.pred_opt()).unwrap_or(day)
}

fn slug(slug: &str) -> Result<(), ValidationError> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = (3..=40).contains(&slug.len())
        && slug.starts_with(|c: char| c.is_ascii_lowercase())
        && slug.ends_with(inner)
        && slug.chars().all(|c| inner(c) || c == '-');
    if good && !RESERVED.contains(&slug) {
        return Ok(());
    }
    Err(ValidationError::new("slug").with_message(
        "3 à 40 lettres minuscules, chiffres ou tirets, et pas un nom réservé | \
         3 to 40 lower-case letters, digits or hyphens, and not a reserved name"
            .into(),
    ))
}

fn country(code: &str) -> Result<(), ValidationError> {
    if code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(())
    } else {
        Err(ValidationError::new("country")
            .with_message("code ISO à deux majuscules | two-letter ISO code".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_plain_and_not_the_platforms_own() {
        for good in ["sahel", "sahel-reseaux", "a2b"] {
            assert!(slug(good).is_ok(), "{good}");
        }
        for bad in ["", "ab", "-ab", "ab-", "Sahel", "platform", "a.b", "été", "1ab"] {
            assert!(slug(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_licence_lasts_a_year_also_from_a_leap_day() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(licence_end(day(2026, 3, 1)), day(2027, 2, 28));
        assert!(licence_end(day(2028, 2, 29)) >= day(2028, 2, 29));
    }
}
