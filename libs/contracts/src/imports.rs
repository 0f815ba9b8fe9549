//! What services say to each other while they take over an import: projects checks and keeps its
//! rows, resources takes the workers, planning the tasks, and each says how it went.
//!
//! The rows stand in `projects_pub.import_row(import_id, kind, line, id, row)`; `row` is one of
//! the types here. Their ids were made when the import was accepted, so that a second delivery
//! changes nothing.

use chrono::NaiveDate;
use kernel::{ImportId, SiteId, SkillId, TaskId, Timestamp, WorkerId};
use serde::{Deserialize, Serialize};

crate::changes! {
    /// What happened to an import.
    ImportChange {
        /// Was checked and kept; its projects and sites are there.
        Accepted => "import.accepted",
    }
}

/// An import was accepted: who finds rows in it takes them over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportChanged {
    /// The import.
    pub import: ImportId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: ImportChange,
    /// How many tasks wait to be taken over.
    pub tasks: i64,
    /// How many workers wait to be taken over.
    pub workers: i64,
}
crate::event!(ImportChanged, "projects.import.v1", "import", import);

crate::words! {
    /// How far a service is with its part of an import.
    ImportPart {
        /// Not taken over yet.
        Running = "running",
        /// All of it is there.
        Done = "done",
        /// None of it is there.
        Failed = "failed",
    }
}

crate::changes! {
    /// What happened to a part of an import.
    ImportPartChange {
        /// All of it is there.
        Taken => "import.taken",
        /// None of it is there.
        Failed => "import.failed",
    }
}

/// Planning took over the tasks of an import, or could not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TasksImported {
    /// The import.
    pub import: ImportId,
    /// Always 1: it happens once.
    pub version: i64,
    /// How it went.
    pub change: ImportPartChange,
    /// The line of the file that could not be taken over, where one is known.
    pub line: Option<i64>,
    /// A word for why not: `refused`.
    pub reason: Option<String>,
}
crate::event!(TasksImported, "planning.import.v1", "import", import);

/// Resources took over the workers of an import, or could not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkersImported {
    /// The import.
    pub import: ImportId,
    /// Always 1: it happens once.
    pub version: i64,
    /// How it went.
    pub change: ImportPartChange,
    /// The line of the file that could not be taken over, where one is known.
    pub line: Option<i64>,
    /// A word for why not: `refused`.
    pub reason: Option<String>,
}
crate::event!(WorkersImported, "resources.import.v1", "import", import);

/// A worker's row. All but `id` is what `POST /v1/workers` takes, so that the same rules hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportedWorker {
    /// The worker's id.
    pub id: WorkerId,
    /// The name.
    pub name: String,
    /// The telephone number.
    pub phone: Option<String>,
    /// The skills held.
    pub skills: Vec<ImportedSkill>,
}

/// A skill that a worker of an import holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportedSkill {
    /// The skill.
    pub skill_id: SkillId,
    /// The last day the certificate holds.
    pub valid_until: Option<NaiveDate>,
}

/// A task's row. All but `after` is what `POST /v1/tasks` takes, so that the same rules hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportedTask {
    /// The task's id.
    pub id: TaskId,
    /// The site it is done on.
    pub site_id: SiteId,
    /// What is to be done, in a few words.
    pub title: String,
    /// What is to be done, at length.
    pub description: String,
    /// How urgent it is: `low`, `normal`, `high`, `urgent`.
    pub priority: String,
    /// How many workers it takes.
    pub workers_needed: i16,
    /// Planned start.
    pub starts_at: Timestamp,
    /// Planned end.
    pub ends_at: Option<Timestamp>,
    /// Minutes of planned work.
    pub duration_min: Option<i32>,
    /// The skills that each of its workers must hold.
    pub skills: Vec<SkillId>,
    /// What comes before it: tasks of the same import and project.
    pub after: Vec<ImportedLink>,
}

/// A task that comes before another of the same import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedLink {
    /// The predecessor.
    pub task: TaskId,
    /// Minutes between its end and the start of what comes after it.
    pub lag_min: i32,
}
