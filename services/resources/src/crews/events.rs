//! What is told when a crew changed.

use contracts::{Change, CrewChanged};

use super::model::Crew;

/// The news of a crew.
pub(crate) fn changed(crew: &Crew, change: Change) -> CrewChanged {
    CrewChanged { crew: crew.id, version: crew.version, change, members: crew.members.clone() }
}
