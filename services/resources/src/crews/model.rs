//! A crew and its rules.

use std::collections::HashSet;

use kernel::{CrewId, Timestamp, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;
use web::{Versioned, check};

use crate::Error;

/// Workers who go out together.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Crew {
    /// Its id.
    pub id: CrewId,
    /// Its name, unique.
    pub name: String,
    /// Who leads it.
    pub lead_id: Option<WorkerId>,
    /// Who belongs to it, the leader among them.
    pub members: Vec<WorkerId>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Crew {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A worker in a crew for a span of time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = CrewMembership)]
pub struct Membership {
    /// Its place in the list.
    #[serde(skip)]
    pub id: Uuid,
    /// Who belonged to it.
    pub worker_id: WorkerId,
    /// Since when; none where that was before it was kept.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub from: Option<Timestamp>,
    /// Until when; none for who belongs to it still.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub to: Option<Timestamp>,
}

/// A crew to be formed.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCrew {
    /// Its id, where the caller chooses it.
    pub id: Option<CrewId>,
    /// Its name, unique.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Who leads it; a member without being named as one.
    pub lead_id: Option<WorkerId>,
    /// Who belongs to it.
    #[serde(default)]
    #[validate(length(max = 200))]
    #[schema(max_items = 200)]
    pub members: Vec<WorkerId>,
}

/// Changes to a crew; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CrewPatch {
    /// Its name, unique.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Who leads it.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<WorkerId>)]
    pub lead_id: Option<Option<WorkerId>>,
    /// All who belong to it from now on.
    #[validate(length(max = 200))]
    #[schema(max_items = 200)]
    pub members: Option<Vec<WorkerId>>,
}

impl Crew {
    /// A new crew.
    pub fn form(new: NewCrew) -> Self {
        Self {
            id: new.id.unwrap_or_else(CrewId::new),
            name: new.name,
            lead_id: new.lead_id,
            members: new.members,
            version: 1,
        }
    }

    /// The same crew, changed.
    #[must_use]
    pub fn change(self, patch: CrewPatch) -> Self {
        Self {
            id: self.id,
            name: patch.name.unwrap_or(self.name),
            lead_id: patch.lead_id.unwrap_or(self.lead_id),
            members: patch.members.unwrap_or(self.members),
            version: self.version + 1,
        }
    }

    /// The crew with each member once and its leader among them, all of them `known`.
    pub fn gather(mut self, known: &HashSet<WorkerId>) -> Result<Self, Error> {
        if self.lead_id.is_some_and(|lead| !known.contains(&lead)) {
            return Err(Error::LeadUnknown);
        }
        if let Some(place) = self.members.iter().position(|m| !known.contains(m)) {
            return Err(Error::MemberUnknown(place));
        }
        self.members.extend(self.lead_id);
        self.members.sort_unstable();
        self.members.dedup();
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leader_is_a_member_and_nobody_is_one_twice() {
        let (lead, other) = (WorkerId::new(), WorkerId::new());
        let members = vec![other, other];
        let new = NewCrew { id: None, name: "Nord".to_owned(), lead_id: Some(lead), members };
        let crew = Crew::form(new).gather(&HashSet::from([lead, other])).unwrap();
        assert_eq!(crew.members, [lead, other]);
        let strangers = crew.clone().gather(&HashSet::from([lead]));
        assert!(matches!(strangers, Err(Error::MemberUnknown(1))));
        assert!(matches!(crew.gather(&HashSet::from([other])), Err(Error::LeadUnknown)));
    }
}
