//! Crews, as planning reads them: whole teams are put on tasks, searched for and shown.

mod store;

use kernel::CrewId;
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use store::{members, of_workers};

/// A crew that somebody belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CrewOfWorker)]
pub struct Crew {
    /// The crew.
    pub crew_id: CrewId,
    /// Its name.
    pub name: String,
    /// Whether they lead it.
    pub leads: bool,
}
