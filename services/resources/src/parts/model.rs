//! A kind of spare part.

use contracts::{Change, PartChanged};
use kernel::PartId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

/// A kind of spare part.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Part {
    /// Its id.
    pub id: PartId,
    /// Its short name, unique.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What one of it is: `piece`, `m`, `kg`. Quantities are whole numbers of it.
    pub unit: String,
    /// What one of it weighs, in grams.
    pub weight_g: Option<i64>,
    /// The room one of it takes, in millilitres.
    pub volume_ml: Option<i64>,
    /// Whether it is still used.
    pub active: bool,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Part {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A kind of spare part to be taken in.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPart {
    /// Its id, where the caller chooses it.
    pub id: Option<PartId>,
    /// Its short name: letters, digits, `-`, `_`, `.`, `/`.
    #[validate(length(min = 1, max = 32), custom(function = check::code))]
    #[schema(min_length = 1, max_length = 32, pattern = "^[A-Za-z0-9._/-]+$")]
    pub code: String,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What one of it is: `piece`, `m`, `kg`; one so small that whole numbers will do.
    #[validate(length(min = 1, max = 20), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 20)]
    pub unit: String,
    /// What one of it weighs, in grams.
    #[validate(range(min = 0, max = 100_000_000))]
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub weight_g: Option<i64>,
    /// The room one of it takes, in millilitres.
    #[validate(range(min = 0, max = 100_000_000))]
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub volume_ml: Option<i64>,
}

/// Changes to a kind of spare part; what is absent stays, `null` clears. Its unit stays: what was
/// counted would mean something else.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartPatch {
    /// Its short name.
    #[validate(length(min = 1, max = 32), custom(function = check::code))]
    #[schema(min_length = 1, max_length = 32, pattern = "^[A-Za-z0-9._/-]+$")]
    pub code: Option<String>,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// What one of it weighs, in grams.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(range(min = 0, max = 100_000_000))]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000_000)]
    pub weight_g: Option<Option<i64>>,
    /// The room one of it takes, in millilitres.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(range(min = 0, max = 100_000_000))]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000_000)]
    pub volume_ml: Option<Option<i64>>,
    /// Whether it is still used.
    pub active: Option<bool>,
}

impl Part {
    /// A new kind of spare part.
    pub fn take_in(new: NewPart) -> Self {
        Self {
            id: new.id.unwrap_or_else(PartId::new),
            code: new.code,
            name: new.name,
            unit: new.unit,
            weight_g: new.weight_g,
            volume_ml: new.volume_ml,
            active: true,
            version: 1,
        }
    }

    /// The same kind of spare part, changed.
    #[must_use]
    pub fn change(self, patch: PartPatch) -> Self {
        Self {
            id: self.id,
            code: patch.code.unwrap_or(self.code),
            name: patch.name.unwrap_or(self.name),
            unit: self.unit,
            weight_g: patch.weight_g.unwrap_or(self.weight_g),
            volume_ml: patch.volume_ml.unwrap_or(self.volume_ml),
            active: patch.active.unwrap_or(self.active),
            version: self.version + 1,
        }
    }

    /// The news of it.
    pub fn changed(&self, change: Change) -> PartChanged {
        PartChanged { part: self.id, version: self.version, change, active: self.active }
    }
}
