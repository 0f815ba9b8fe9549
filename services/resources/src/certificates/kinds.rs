//! A kind of certificate, and those each trade and country begins with.

use contracts::{CertificateKindChanged, Change};
use kernel::{CertificateKindId, SkillId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

/// How many days before the last day a reminder comes, unless the kind says otherwise.
const REMINDER_DAYS: [i32; 3] = [60, 30, 7];

/// A kind of certificate.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CertificateKind {
    /// Its id.
    pub id: CertificateKindId,
    /// Its short name, unique.
    pub code: String,
    /// Its name in French.
    pub name_fr: String,
    /// Its name in English.
    pub name_en: String,
    /// The skill it proves: how long the skill may be used is then its certificates' to say.
    pub skill_id: Option<SkillId>,
    /// How many months one usually holds; none for what does not expire.
    pub months: Option<i16>,
    /// How many days before the last day a reminder comes.
    pub reminder_days: Vec<i32>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for CertificateKind {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A kind of certificate to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCertificateKind {
    /// Its id, where the caller chooses it.
    pub id: Option<CertificateKindId>,
    /// Its short name: letters, digits, `-`, `_`, `.`, `/`.
    #[validate(length(min = 1, max = 32), custom(function = check::code))]
    #[schema(min_length = 1, max_length = 32, pattern = "^[A-Za-z0-9._/-]+$")]
    pub code: String,
    /// Its name in French.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name_fr: String,
    /// Its name in English.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name_en: String,
    /// The skill it proves.
    pub skill_id: Option<SkillId>,
    /// How many months one usually holds.
    #[validate(range(min = 1, max = 240))]
    #[schema(minimum = 1, maximum = 240)]
    pub months: Option<i16>,
    /// How many days before the last day a reminder comes; 60, 30 and 7 unless said.
    #[validate(length(max = 10), custom(function = check::reminders))]
    #[schema(max_items = 10, example = json!([60, 30, 7]))]
    pub reminder_days: Option<Vec<i32>>,
}

/// Changes to a kind of certificate; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateKindPatch {
    /// Its short name.
    #[validate(length(min = 1, max = 32), custom(function = check::code))]
    #[schema(min_length = 1, max_length = 32, pattern = "^[A-Za-z0-9._/-]+$")]
    pub code: Option<String>,
    /// Its name in French.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name_fr: Option<String>,
    /// Its name in English.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name_en: Option<String>,
    /// The skill it proves.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<SkillId>)]
    pub skill_id: Option<Option<SkillId>>,
    /// How many months one usually holds.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(range(min = 1, max = 240))]
    #[schema(value_type = Option<i16>, minimum = 1, maximum = 240)]
    pub months: Option<Option<i16>>,
    /// How many days before the last day a reminder comes, for certificates noted from now on.
    #[validate(length(max = 10), custom(function = check::reminders))]
    #[schema(max_items = 10)]
    pub reminder_days: Option<Vec<i32>>,
}

impl From<NewCertificateKind> for CertificateKind {
    fn from(new: NewCertificateKind) -> Self {
        Self {
            id: new.id.unwrap_or_else(CertificateKindId::new),
            code: new.code,
            name_fr: new.name_fr,
            name_en: new.name_en,
            skill_id: new.skill_id,
            months: new.months,
            reminder_days: once(new.reminder_days.unwrap_or_else(|| REMINDER_DAYS.to_vec())),
            version: 1,
        }
    }
}

/// The farthest first, each once.
fn once(mut days: Vec<i32>) -> Vec<i32> {
    days.sort_unstable_by(|a, b| b.cmp(a));
    days.dedup();
    days
}

impl CertificateKind {
    /// The same kind, changed.
    #[must_use]
    pub fn change(self, patch: CertificateKindPatch) -> Self {
        Self {
            id: self.id,
            code: patch.code.unwrap_or(self.code),
            name_fr: patch.name_fr.unwrap_or(self.name_fr),
            name_en: patch.name_en.unwrap_or(self.name_en),
            skill_id: patch.skill_id.unwrap_or(self.skill_id),
            months: patch.months.unwrap_or(self.months),
            reminder_days: patch.reminder_days.map_or(self.reminder_days, once),
            version: self.version + 1,
        }
    }

    /// The news of it.
    pub fn changed(&self, change: Change) -> CertificateKindChanged {
        CertificateKindChanged { kind: self.id, version: self.version, change }
    }
}

/// A kind as the seeds have it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    code: String,
    name_fr: String,
    name_en: String,
    /// The code of the skill it proves.
    skill: Option<String>,
    months: Option<i16>,
    /// In which trades; in all where it says none.
    #[serde(default)]
    sectors: Vec<String>,
    /// In which countries (ISO 3166-1 alpha-2); in all where it says none.
    #[serde(default)]
    countries: Vec<String>,
}

/// A kind to be sown, with the code of the skill it proves.
#[derive(Debug)]
pub(super) struct Sown {
    pub kind: CertificateKind,
    pub skill: Option<String>,
}

/// The kinds a firm of this trade and country begins with; those common to all alone where neither
/// is known. How long they hold: the recommendations of the French health insurance for CACES (R482
/// ten years, the others five), NF C 18-510 for electrical authorisations (to be renewed every
/// three years), INRS for first aiders (24 months), the order of 15 February 2012 for AIPR (five
/// years), the order of 23 February 2012 for asbestos (three years), Code du travail R4624-16 for
/// the health visit (five years at most).
pub(super) fn of_trade(sector: &str, country: &str) -> Result<Vec<Sown>, serde_json::Error> {
    let all: Vec<Seed> = serde_json::from_str(include_str!("../../seeds/certificates.json"))?;
    let meant = |words: &[String], word: &str| words.is_empty() || words.iter().any(|w| w == word);
    let of_firm = |seed: &Seed| meant(&seed.sectors, sector) && meant(&seed.countries, country);
    let sow = |seed: Seed| Sown {
        kind: CertificateKind::from(NewCertificateKind {
            id: None,
            code: seed.code,
            name_fr: seed.name_fr,
            name_en: seed.name_en,
            skill_id: None,
            months: seed.months,
            reminder_days: None,
        }),
        skill: seed.skill,
    };
    Ok(all.into_iter().filter(of_firm).map(sow).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn codes(sector: &str, country: &str) -> HashSet<String> {
        of_trade(sector, country).unwrap().into_iter().map(|s| s.kind.code).collect()
    }

    #[test]
    fn each_trade_and_country_has_its_own_kinds() {
        let (dakar, paris) = (codes("electricity", "SN"), codes("electricity", "FR"));
        assert!(dakar.contains("HAB-B1V") && dakar.contains("SST"));
        assert!(!dakar.contains("CARTE-BTP") && !dakar.contains("CACES-R487"));
        assert!(paris.contains("CARTE-BTP"));
        assert!(codes("construction", "FR").contains("CACES-R487"));
        assert!(!codes("gardening", "XX").is_empty());
    }

    #[test]
    fn every_kind_passes_the_checks_and_no_code_is_there_twice() {
        let all: Vec<Seed> =
            serde_json::from_str(include_str!("../../seeds/certificates.json")).unwrap();
        let codes: HashSet<_> = all.iter().map(|s| &s.code).collect();
        assert_eq!(codes.len(), all.len());
        for sector in ["electricity", "construction", "public_works"] {
            for Sown { kind, .. } in of_trade(sector, "FR").unwrap() {
                let new = NewCertificateKind {
                    id: None,
                    code: kind.code.clone(),
                    name_fr: kind.name_fr.clone(),
                    name_en: kind.name_en.clone(),
                    skill_id: None,
                    months: kind.months,
                    reminder_days: Some(kind.reminder_days.clone()),
                };
                assert!(new.validate().is_ok(), "{new:?}");
                assert_eq!(kind.reminder_days, [60, 30, 7]);
            }
        }
    }

    #[test]
    fn reminders_are_each_there_once_the_farthest_first() {
        assert_eq!(once(vec![7, 60, 7, 0]), [60, 7, 0]);
    }
}
