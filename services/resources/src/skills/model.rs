//! A skill, and the skills each trade begins with.

use kernel::SkillId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

/// What a worker can do or is certified for.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Skill {
    /// Its id.
    pub id: SkillId,
    /// Its short name, unique.
    pub code: String,
    /// Its name in French.
    pub name_fr: String,
    /// Its name in English.
    pub name_en: String,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Skill {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A skill to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSkill {
    /// Its id, where the caller chooses it.
    pub id: Option<SkillId>,
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
}

/// Changes to a skill; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkillPatch {
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
}

impl From<NewSkill> for Skill {
    fn from(new: NewSkill) -> Self {
        Self {
            id: new.id.unwrap_or_else(SkillId::new),
            code: new.code,
            name_fr: new.name_fr,
            name_en: new.name_en,
            version: 1,
        }
    }
}

impl Skill {
    /// The same skill, changed.
    #[must_use]
    pub fn change(self, patch: SkillPatch) -> Self {
        Self {
            id: self.id,
            code: patch.code.unwrap_or(self.code),
            name_fr: patch.name_fr.unwrap_or(self.name_fr),
            name_en: patch.name_en.unwrap_or(self.name_en),
            version: self.version + 1,
        }
    }
}

/// The skills a firm of this trade begins with; those common to all trades alone where the trade
/// is not known.
pub(crate) fn of_trade(sector: &str) -> Result<Vec<Skill>, serde_json::Error> {
    let own = match sector {
        "electricity" => include_str!("../../seeds/electricity.json"),
        "construction" => include_str!("../../seeds/construction.json"),
        "public_works" => include_str!("../../seeds/public_works.json"),
        _ => "[]",
    };
    let common = include_str!("../../seeds/common.json");
    let mut skills: Vec<NewSkill> = serde_json::from_str(own)?;
    skills.extend(serde_json::from_str::<Vec<NewSkill>>(common)?);
    Ok(skills.into_iter().map(Skill::from).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_trade_has_skills_that_pass_the_checks_and_no_code_twice() {
        for sector in ["electricity", "construction", "public_works", "gardening"] {
            let skills = of_trade(sector).unwrap();
            let codes: HashSet<_> = skills.iter().map(|s| &s.code).collect();
            assert_eq!(codes.len(), skills.len(), "{sector}");
            for skill in &skills {
                let new = NewSkill {
                    id: None,
                    code: skill.code.clone(),
                    name_fr: skill.name_fr.clone(),
                    name_en: skill.name_en.clone(),
                };
                assert!(new.validate().is_ok(), "{new:?}");
            }
        }
        assert!(of_trade("electricity").unwrap().iter().any(|s| s.code == "B0"));
    }
}
