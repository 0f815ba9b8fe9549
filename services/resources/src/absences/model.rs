//! An absence and its rules.

use chrono::Duration;
use kernel::{Timestamp, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use crate::Error;

kernel::id! {
    /// A time a worker cannot be planned.
    AbsenceId;
}

/// Why a worker is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum AbsenceKind {
    /// Holidays.
    Leave,
    /// Ill, or hurt.
    Sick,
    /// Being trained.
    Training,
    /// Anything else.
    Other,
}

/// A time a worker cannot be planned. It does not change: it is removed and another is made.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Absence {
    /// Its id.
    pub id: AbsenceId,
    /// Who is away.
    pub worker_id: WorkerId,
    /// From when.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub from: Timestamp,
    /// Until when.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub to: Timestamp,
    /// Why.
    pub kind: AbsenceKind,
}

impl Versioned for Absence {
    fn version(&self) -> i64 {
        1
    }
}

/// An absence to be noted.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAbsence {
    /// Its id, where the caller chooses it.
    pub id: Option<AbsenceId>,
    /// From when.
    #[validate(custom(function = check::instant))]
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub from: Timestamp,
    /// Until when.
    #[validate(custom(function = check::instant))]
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub to: Timestamp,
    /// Why.
    pub kind: AbsenceKind,
}

impl Absence {
    /// A new absence of `worker`.
    pub fn note(new: NewAbsence, worker: WorkerId) -> Result<Self, Error> {
        if new.to <= new.from || new.to > new.from + Duration::days(731) {
            return Err(Error::Span);
        }
        Ok(Self {
            id: new.id.unwrap_or_else(AbsenceId::new),
            worker_id: worker,
            from: new.from,
            to: new.to,
            kind: new.kind,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_absence_ends_after_it_starts_and_within_two_years() {
        let note = |to: &str| {
            let new = json!({ "from": "2026-03-02T08:00:00Z", "to": to, "kind": "leave" });
            Absence::note(serde_json::from_value(new).unwrap(), WorkerId::new())
        };
        assert!(note("2026-03-06T17:00:00Z").is_ok());
        assert!(matches!(note("2026-03-02T08:00:00Z"), Err(Error::Span)));
        assert!(matches!(note("2029-03-02T08:00:00Z"), Err(Error::Span)));
    }
}
