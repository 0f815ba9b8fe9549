//! What dispatch must know of a task beyond its plan. No I/O but the column it is kept in.

use chrono::{DateTime, Utc};
use kernel::{CertificateKindId, PartId, SkillId, WorkerId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::Postgres;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueRef};
use sqlx::types::Json;
use utoipa::ToSchema;
use validator::{Validate, ValidationError, ValidationErrors};

/// What a task asks of those who do it, beside its skills. Left out, it asks nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskNeeds)]
pub struct Needs {
    /// When it can be done: it begins and ends within. Without it, dispatch leaves it on the day
    /// that it is planned on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    pub window: Option<TimeWindow>,
    /// Whether it is promised for its planned start: dispatch does not move it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub appointment: bool,
    /// The least level of some of its skills, where holding them is not enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub levels: Vec<SkillLevel>,
    /// The kinds of certificates that each of its workers must hold on the day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub certificates: Vec<CertificateKindId>,
    /// The kinds of tools that must be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 20), custom(function = tool_kinds))]
    #[schema(max_items = 20)]
    pub tools: Vec<String>,
    /// The parts that it uses up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 50), nested)]
    #[schema(max_items = 50)]
    pub parts: Vec<PartNeed>,
    /// Kilograms that are brought to it.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[validate(range(max = 100_000))]
    #[schema(maximum = 100_000)]
    pub load_kg: u32,
    /// Who should do it, where they can.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub preferred_workers: Vec<WorkerId>,
    /// Whether it must not be interrupted, not even by a break.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unbroken: bool,
}

/// The fields of [`Needs`]. What a newer version keeps besides is passed over when read, so that
/// both can run side by side.
const FIELDS: [&str; 9] = [
    "window",
    "appointment",
    "levels",
    "certificates",
    "tools",
    "parts",
    "load_kg",
    "preferred_workers",
    "unbroken",
];

/// From when to when something can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskWindow)]
pub struct TimeWindow {
    /// From when.
    pub from: DateTime<Utc>,
    /// To when.
    pub to: DateTime<Utc>,
}

impl Validate for TimeWindow {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut errors = ValidationErrors::new();
        for (field, at) in [("from", &self.from), ("to", &self.to)] {
            if let Err(error) = web::check::instant(at) {
                errors.add(field, error);
            }
        }
        if self.to <= self.from {
            let message = "la fin doit suivre le début | the end must come after the start";
            errors.add("to", ValidationError::new("order").with_message(message.into()));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// The least level of a skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskSkillLevel)]
pub struct SkillLevel {
    /// The skill, one of the task's.
    pub skill_id: SkillId,
    /// From 1, who learns it, to 5, who teaches it.
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5)]
    pub level: i16,
}

/// How much of a part is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskPart)]
pub struct PartNeed {
    /// The part.
    pub part_id: PartId,
    /// How many of its units.
    #[validate(range(min = 1, max = 1_000_000))]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub quantity: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_false(value: &bool) -> bool {
    !value
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_zero(value: &u32) -> bool {
    *value == 0
}

fn tool_kinds(kinds: &[String]) -> Result<(), ValidationError> {
    if kinds.iter().any(|kind| kind.is_empty() || kind.chars().count() > 32) {
        let message = "de 1 à 32 caractères | 1 to 32 characters";
        return Err(ValidationError::new("length").with_message(message.into()));
    }
    kinds.iter().try_for_each(|kind| web::check::text(kind))
}

impl Needs {
    /// Whether it asks nothing: then nothing is kept.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The least level at which a skill must be held.
    pub fn level(&self, skill: SkillId) -> i16 {
        self.levels.iter().find(|l| l.skill_id == skill).map_or(1, |l| l.level)
    }

    /// The same with each thing named once, as sets are compared.
    pub fn in_order(mut self) -> Self {
        self.levels.sort_by_key(|l| (l.skill_id, std::cmp::Reverse(l.level)));
        self.levels.dedup_by_key(|l| l.skill_id);
        self.certificates.sort();
        self.certificates.dedup();
        self.tools.sort();
        self.tools.dedup();
        self.parts.sort_by_key(|p| (p.part_id, std::cmp::Reverse(p.quantity)));
        self.parts.dedup_by_key(|p| p.part_id);
        self.preferred_workers.sort();
        self.preferred_workers.dedup();
        self
    }
}

impl sqlx::Type<Postgres> for Needs {
    fn type_info() -> PgTypeInfo {
        <Json<Value> as sqlx::Type<Postgres>>::type_info()
    }
    fn compatible(ty: &PgTypeInfo) -> bool {
        <Json<Value> as sqlx::Type<Postgres>>::compatible(ty)
    }
}

impl<'r> sqlx::Decode<'r, Postgres> for Needs {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let Json(mut kept) = <Json<Map<String, Value>> as sqlx::Decode<Postgres>>::decode(value)?;
        kept.retain(|field, _| FIELDS.contains(&field.as_str()));
        Ok(serde_json::from_value(Value::Object(kept))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_read_back() {
        let all = Needs {
            window: Some(TimeWindow {
                from: "2026-03-02T08:00:00Z".parse().unwrap(),
                to: "2026-03-02T12:00:00Z".parse().unwrap(),
            }),
            appointment: true,
            levels: vec![SkillLevel { skill_id: SkillId::new(), level: 3 }],
            certificates: vec![CertificateKindId::new()],
            tools: vec!["perforateur".into()],
            parts: vec![PartNeed { part_id: PartId::new(), quantity: 2 }],
            load_kg: 40,
            preferred_workers: vec![WorkerId::new()],
            unbroken: true,
        };
        assert!(all.validate().is_ok());
        let json = serde_json::to_value(&all).unwrap();
        let fields: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        assert_eq!(fields.len(), FIELDS.len());
        assert!(fields.iter().all(|field| FIELDS.contains(&field.as_str())), "{fields:?}");
        assert_eq!(serde_json::to_value(Needs::default()).unwrap(), serde_json::json!({}));
    }

    #[test]
    fn a_window_ends_after_it_begins_and_tools_have_names() {
        let at = |text: &str| text.parse().unwrap();
        let window =
            Some(TimeWindow { from: at("2026-03-02T12:00:00Z"), to: at("2026-03-02T12:00:00Z") });
        assert!(Needs { window, ..Needs::default() }.validate().is_err());
        let tools = vec![String::new()];
        assert!(Needs { tools, ..Needs::default() }.validate().is_err());
    }

    #[test]
    fn the_higher_of_two_levels_counts() {
        let skill_id = SkillId::new();
        let levels = vec![SkillLevel { skill_id, level: 2 }, SkillLevel { skill_id, level: 4 }];
        let needs = Needs { levels, ..Needs::default() }.in_order();
        assert_eq!(needs.level(skill_id), 4);
        assert_eq!(needs.level(SkillId::new()), 1);
    }
}
