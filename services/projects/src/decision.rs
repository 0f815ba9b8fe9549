//! What is said with a decision, and who took it.

use kernel::{Timestamp, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;
use web::{Ctx, check};

/// Who decides, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decision {
    /// Who.
    pub by: UserId,
    /// When, by the device that was used.
    pub at: Timestamp,
}

impl Decision {
    /// The caller's.
    pub fn of(cx: &Ctx) -> Self {
        Self { by: cx.caller.user, at: cx.acted_at() }
    }
}

/// A decision in favour, or a step that needs no reason.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Agreement)]
pub struct Agreement {
    /// What is said with it.
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 4000)]
    pub note: Option<String>,
}

/// A decision against.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Objection)]
pub struct Objection {
    /// What is missing: nobody can mend what was refused without a word.
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 4000)]
    pub note: String,
}
