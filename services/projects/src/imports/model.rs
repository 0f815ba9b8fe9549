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
    /// Where it stands: `done` once all of it is there, `failed` where none of it is or will be.
    pub state: ImportPart,
    /// A word for why none of it is there.
    pub reason: Option<String>,
    /// When it was accepted.
    pub at: DateTime<Utc>,
    /// Who made it.
    pub by: UserId,
    /// When its projects and sites were made; none before its workers and tasks were tried.
    pub made_at: Option<DateTime<Utc>>,
    /// How many projects it makes.
    pub projects: i64,
    /// How many sites it makes.
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

/// What is to be done about an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: others are at work, or all is done, or it was given up.
    Wait,
    /// All can: projects and sites are to be made, and the others told.
    Make,
    /// One cannot.
    GiveUp(String),
}

impl Versioned for Import {
    fn version(&self) -> i64 {
        self.version
    }
}

/// What an import makes, all of it checked.
#[derive(Default)]
pub(super) struct Plan {
    /// Projects by their line.
    pub projects: Vec<(u64, Project)>,
    /// Sites by their line.
    pub sites: Vec<(u64, Site)>,
    /// Workers by their line, for resources.
    pub workers: Vec<(u64, ImportedWorker)>,
    /// Tasks by their line, for planning.
    pub tasks: Vec<(u64, ImportedTask)>,
}

impl Import {
    /// An import of this plan.
    pub fn accept(plan: &Plan, by: UserId, at: Timestamp) -> Self {
        let count = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
        let mut import = Self {
            id: ImportId::new(),
            state: ImportPart::Running,
            reason: None,
            at,
            by,
            made_at: None,
            projects: count(plan.projects.len()),
            sites: count(plan.sites.len()),
            workers: ImportedRows::waiting(count(plan.workers.len())),
            tasks: ImportedRows::waiting(count(plan.tasks.len())),
            version: 1,
        };
        if import.waits_for_nobody() {
            import.made_at = Some(at);
        }
        import.state = import.together();
        import
    }

    /// Whether projects and sites are all of it.
    pub fn waits_for_nobody(&self) -> bool {
        self.workers.rows == 0 && self.tasks.rows == 0
    }

    /// Where it stands, by its parts.
    pub fn together(&self) -> ImportPart {
        let parts = [self.workers.state, self.tasks.state];
        if self.reason.is_some() || parts.contains(&ImportPart::Failed) {
            ImportPart::Failed
        } else if self.made_at.is_some() && parts == [ImportPart::Done; 2] {
            ImportPart::Done
        } else {
            ImportPart::Running
        }
    }

    /// What is to be done about it.
    pub fn next(&self) -> Next {
        use ImportPart::{Checked, Done};
        let parts = [&self.workers, &self.tasks];
        if self.reason.is_some() || parts.iter().all(|part| part.state == Done) {
            return Next::Wait;
        }
        if let Some(part) = parts.iter().find(|part| part.state == ImportPart::Failed) {
            return Next::GiveUp(part.reason.clone().unwrap_or_else(|| "refused".to_owned()));
        }
        let ready = parts.iter().all(|part| matches!(part.state, Checked | Done));
        if ready { Next::Make } else { Next::Wait }
    }

    /// Its projects and sites are there.
    pub fn make(&mut self, now: Timestamp) {
        self.made_at.get_or_insert(now);
        self.version += 1;
        self.state = self.together();
    }

    /// None of it will be there.
    pub fn give_up(&mut self, reason: &str) {
        self.reason = Some(reason.to_owned());
        for part in [&mut self.workers, &mut self.tasks] {
            if part.rows > 0 {
                part.state = ImportPart::Failed;
            }
        }
        self.version += 1;
        self.state = self.together();
    }

    /// The news of it.
    pub fn news(&self, change: ImportChange) -> ImportChanged {
        ImportChanged {
            import: self.id,
            version: self.version,
            change,
            tasks: self.tasks.rows,
            workers: self.workers.rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(workers: ImportPart, tasks: ImportPart) -> Import {
        let mut import = Import::accept(&Plan::default(), UserId::new(), Timestamp::default());
        import.made_at = None;
        for (part, state) in [(&mut import.workers, workers), (&mut import.tasks, tasks)] {
            part.state = state;
            part.rows = 3;
        }
        import.state = import.together();
        import
    }

    #[test]
    fn an_import_is_done_when_all_of_it_is_and_failed_when_any_of_it_did() {
        use ImportPart::{Checked, Done, Failed, Running};
        assert_eq!(import(Done, Running).state, Running);
        assert_eq!(import(Running, Failed).state, Failed);
        assert_eq!(import(Failed, Checked).state, Failed);
        let mut whole = import(Done, Done);
        assert_eq!(whole.state, Running, "its projects are not there");
        whole.make(Timestamp::default());
        assert_eq!((whole.state, whole.version), (Done, 2));
        let alone = Import::accept(&Plan::default(), UserId::new(), Timestamp::default());
        assert_eq!((alone.state, alone.next()), (Done, Next::Wait));
    }

    #[test]
    fn it_goes_on_when_all_can_and_is_given_up_once_when_one_cannot() {
        use ImportPart::{Checked, Done, Failed, Running};
        assert_eq!(import(Checked, Running).next(), Next::Wait);
        assert_eq!(import(Checked, Checked).next(), Next::Make);
        assert_eq!(
            import(Done, Checked).next(),
            Next::Make,
            "there are no workers, or it is told again"
        );
        let mut refused = import(Checked, Failed);
        assert_eq!(refused.next(), Next::GiveUp("refused".to_owned()));
        refused.give_up("refused");
        assert_eq!((refused.next(), refused.workers.state), (Next::Wait, Failed));
    }
}
