//! What services say to each other over an import, of which all arrives or nothing: projects
//! checks and keeps its rows; resources tries the workers, planning the tasks, and each says whether
//! they could be. Only then projects makes what it has to make, and they what they tried.
//!
//! The rows stand in `projects_pub.import_row(import_id, kind, line, id, row)`; `row` is one of
//! the types here, or a project or site as `projects` shows it. Their ids were made when the import
//! was accepted, so that a second delivery changes nothing.

use chrono::NaiveDate;
use kernel::{ImportId, SiteId, SkillId, TaskId, Timestamp, WorkerId};
use serde::{Deserialize, Serialize};

crate::changes! {
    /// What happened to an import.
    ImportChange {
        /// Was checked by projects and kept: who finds rows in it tries them.
        Accepted => "import.accepted",
        /// Its projects and sites are there: who tried rows takes them over.
        Made => "import.made",
        /// None of it is anywhere.
        Refused => "import.refused",
    }
}

/// An import, and how far it is.
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
        /// Not looked at yet.
        Running = "running",
        /// It can be taken over.
        Checked = "checked",
        /// All of it is there.
        Done = "done",
        /// None of it is there.
        Failed = "failed",
    }
}

crate::changes! {
    /// What happened to a part of an import.
    ImportPartChange {
        /// It can be taken over, and will be once the rest can.
        Checked => "import.checked",
        /// All of it is there.
        Taken => "import.taken",
        /// None of it is there.
        Failed => "import.failed",
    }
}

/// How planning fares with the tasks of an import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TasksImported {
    /// The import.
    pub import: ImportId,
    /// 1 once it was checked, 2 once it was taken over.
    pub version: i64,
    /// How it went.
    pub change: ImportPartChange,
    /// The line of the file that could not be taken over, where one is known.
    pub line: Option<i64>,
    /// A word for why not: `refused`.
    pub reason: Option<String>,
}
crate::event!(TasksImported, "planning.import.v1", "import", import);

/// How resources fares with the workers of an import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkersImported {
    /// The import.
    pub import: ImportId,
    /// 1 once it was checked, 2 once it was taken over.
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
