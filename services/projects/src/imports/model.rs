//! An import and where it stands.

use chrono::{DateTime, Utc};
use contracts::{ImportChange, ImportChanged, ImportPart, ImportedTask, ImportedWorker};
use kernel::{ImportId, Timestamp, UserId};
use serde::Serialize;
use utoipa::ToSchema;
use web::Versioned;

use crate::projects::model::Project;
use crate::sites::model::Site;

/// An import.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Where it stands: `done` once all of it is there.
    pub state: ImportPart,
    /// When it was accepted.
    pub at: DateTime<Utc>,
    /// Who made it.
    pub by: UserId,
    /// How many projects it made.
    pub projects: i64,
    /// How many sites it made.
    pub sites: i64,
    /// Its workers.
    pub workers: ImportedRows,
    /// Its tasks.
    pub tasks: ImportedRows,
    /// Counts its changes.
    pub version: i64,
}

/// The rows of an import that another service takes over: all of them or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportedRows {
    /// How many there are.
    pub rows: i64,
    /// Where they stand.
    pub state: ImportPart,
    /// The line of the file that could not be taken over, where one is known.
    pub line: Option<i64>,
    /// A word for why not.
    pub reason: Option<String>,
}

impl ImportedRows {
    /// Rows that wait; where there are none, nothing is left to do.
    pub fn waiting(rows: i64) -> Self {
        let state = if rows == 0 { ImportPart::Done } else { ImportPart::Running };
        Self { rows, state, line: None, reason: None }
    }
}

/// All is done once both are; one that failed is all that counts.
pub(super) fn together(workers: ImportPart, tasks: ImportPart) -> ImportPart {
    match (workers, tasks) {
        (ImportPart::Failed, _) | (_, ImportPart::Failed) => ImportPart::Failed,
        (ImportPart::Done, ImportPart::Done) => ImportPart::Done,
        _ => ImportPart::Running,
    }
}

impl Versioned for Import {
    fn version(&self) -> i64 {
        self.version
    }
}

/// What an import makes, all of it checked.
#[derive(Default)]
pub(super) struct Plan {
    /// Projects, made at once.
    pub projects: Vec<Project>,
    /// Sites, made at once.
    pub sites: Vec<Site>,
    /// Workers by their line, for resources.
    pub workers: Vec<(u64, ImportedWorker)>,
    /// Tasks by their line, for planning.
    pub tasks: Vec<(u64, ImportedTask)>,
}

impl Import {
    /// An import of this plan.
    pub fn accept(plan: &Plan, by: UserId, at: Timestamp) -> Self {
        let count = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
        let workers = ImportedRows::waiting(count(plan.workers.len()));
        let tasks = ImportedRows::waiting(count(plan.tasks.len()));
        Self {
            id: ImportId::new(),
            state: together(workers.state, tasks.state),
            at,
            by,
            projects: count(plan.projects.len()),
            sites: count(plan.sites.len()),
            workers,
            tasks,
            version: 1,
        }
    }

    /// The news of it.
    pub fn accepted(&self) -> ImportChanged {
        ImportChanged {
            import: self.id,
            version: self.version,
            change: ImportChange::Accepted,
            tasks: self.tasks.rows,
            workers: self.workers.rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_done_when_all_of_it_is_and_failed_when_any_of_it_did() {
        use ImportPart::{Done, Failed, Running};
        assert_eq!(together(Done, Done), Done);
        assert_eq!(together(Done, Running), Running);
        assert_eq!(together(Running, Failed), Failed);
        assert_eq!(together(Failed, Done), Failed);
        assert_eq!(ImportedRows::waiting(0).state, Done);
    }
}
