//! What is told when a skill changed.

use contracts::{Change, SkillChanged};

use super::model::Skill;

/// The news of a skill.
pub(crate) fn changed(skill: &Skill, change: Change) -> SkillChanged {
    SkillChanged { skill: skill.id, version: skill.version, change }
}
