//! What a phone holds, and where in the changes it stands.

mod timer;

use std::fmt;
use std::str::FromStr;

use auth::Target;
use chrono::{DateTime, NaiveDate, Utc};
use contracts::{DocumentKind, TaskStatus};
use kernel::{
    DocumentId, DocumentVersionId, Fence, Position, ProjectId, RefusalId, SiteId, Timestamp,
    UserId, WorkerId,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;
use web::{Opening, Versioned};

use crate::checklists::model::{Checklist, Run};
use crate::incidents::OpenIncident;
use crate::tasks::Task;
use crate::timeclock::TimeEntry;

pub use timer::{FieldIncident, FieldTimer};

/// How long a phone keeps what is over: validated tasks, stays that ended, resolved incidents.
pub const KEPT: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// A site as the field needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Its project.
    pub project_id: ProjectId,
    /// The centre of its circle.
    pub centre: Position,
    /// The circle's radius in metres.
    pub radius_m: f64,
    /// The polygon that stands in place of the circle.
    pub polygon: Option<Fence>,
    /// Its time zone.
    pub zone: chrono_tz::Tz,
}

impl Site {
    /// Whether `at` is inside the site's fence, given the position's accuracy.
    pub fn admits(&self, at: Position) -> bool {
        match &self.polygon {
            Some(polygon) => polygon.admits(at),
            None => kernel::inside(at, self.centre, self.radius_m),
        }
    }

    /// What an action on the site is checked against.
    pub fn target(&self) -> Target {
        Target::site(self.project_id, self.id)
    }
}

/// The kinds of things a phone holds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = FieldKind)]
pub enum Kind {
    /// A task the worker is on.
    Task,
    /// A stay of the worker on a site.
    TimeEntry,
    /// An incident the worker reported.
    Incident,
    /// A site where the worker has work.
    Site,
    /// A document of such a place.
    Document,
}

impl Kind {
    const ALL: [Self; 5] =
        [Self::Task, Self::TimeEntry, Self::Incident, Self::Site, Self::Document];

    /// The word in cursors and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::TimeEntry => "time_entry",
            Self::Incident => "incident",
            Self::Site => "site",
            Self::Document => "document",
        }
    }
}

/// One thing of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FieldThing)]
pub struct Thing {
    /// Its id.
    pub id: Uuid,
    /// Its kind.
    pub kind: Kind,
}

/// Where a phone stands: everything before it was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Whose changes it counts: [`Cursor::whose`].
    pub whose: Uuid,
    /// Whether the state itself is being read, not yet its changes.
    pub full: bool,
    /// The transaction of the last change taken; while the state is read, where its changes begin.
    pub xid: i64,
    /// The last thing taken, if any.
    pub last: Option<Thing>,
}

impl Cursor {
    /// What stands for the changes of a worker within an epoch of the tenant's data. A phone that
    /// passes to another worker, or a user who becomes another, begins anew: what was touched for
    /// the one says nothing of what was touched for the other. It does not tell who the worker is.
    pub fn whose(epoch: Uuid, worker: WorkerId) -> Uuid {
        let hash = kernel::sha256(&[b"field", epoch.as_bytes(), worker.uuid().as_bytes()]);
        Uuid::from_slice(&hash[..16]).unwrap_or_default()
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { whose, full, xid, last } = self;
        write!(f, "{}.{}.{xid}", whose.simple(), if *full { "full" } else { "delta" })?;
        match last {
            Some(Thing { id, kind }) => write!(f, ".{}.{}", kind.as_str(), id.simple()),
            None => Ok(()),
        }
    }
}

/// Not a cursor that was given out here.
#[derive(Debug, PartialEq, Eq)]
pub struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;
    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let parts: Vec<&str> = text.split('.').collect();
        let [whose, stage, xid, last @ ..] = parts.as_slice() else { return Err(NoCursor) };
        let full = match *stage {
            "full" => true,
            "delta" => false,
            _ => return Err(NoCursor),
        };
        let last = match last {
            [] => None,
            [kind, id] => {
                let kind = Kind::ALL.into_iter().find(|k| k.as_str() == *kind).ok_or(NoCursor)?;
                Some(Thing { id: Uuid::try_parse(id).map_err(|_| NoCursor)?, kind })
            }
            _ => return Err(NoCursor),
        };
        Ok(Self {
            whose: Uuid::try_parse(whose).map_err(|_| NoCursor)?,
            full,
            xid: xid.parse().ok().filter(|xid| *xid >= 0).ok_or(NoCursor)?,
            last,
        })
    }
}

/// What changed for a worker.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FieldChanges {
    /// The epoch of the data; changes after a restore or a move.
    pub epoch: Uuid,
    /// Forget everything held before taking this in: the first page of a full pull. What waits to
    /// be sent is kept.
    pub reset: bool,
    /// Tasks of the worker, as they are now.
    pub tasks: Vec<FieldTask>,
    /// Stays of the worker, open or ended within 30 days, as they are now.
    pub time_entries: Vec<TimeEntry>,
    /// Incidents that the worker reported, not resolved or resolved within 30 days.
    pub incidents: Vec<FieldIncident>,
    /// Sites where the worker has work, as they are now.
    pub sites: Vec<FieldSite>,
    /// What the field may read of these sites and their projects: the records; the bytes are read
    /// from `/v1/documents` when they are wanted.
    pub documents: Vec<FieldDocument>,
    /// What to forget: the worker is no longer on the task, it was cancelled, or it is long over;
    /// the worker has no work on the site any more; the document was withdrawn.
    pub gone: Vec<Thing>,
    /// The cursor to ask with next time.
    pub next: String,
    /// More is waiting: ask again at once.
    pub more: bool,
}

/// A task with everything a phone needs to do it offline.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FieldTask {
    /// The task.
    pub task: Task,
    /// Who is on it.
    pub crew: Vec<FieldWorker>,
    /// Its checklists that nobody has begun to answer, at their newest version.
    pub checklists: Vec<Checklist>,
    /// Those being answered, at the version they began with, with the answers so far.
    pub runs: Vec<Run>,
    /// What went wrong on it and is not resolved, whoever reported it.
    pub incidents: Vec<OpenIncident>,
    /// What was promised of it, what is due first first.
    pub timers: Vec<FieldTimer>,
}

impl FieldTask {
    /// How many questions come with it, asked and answered.
    pub fn questions(&self) -> usize {
        let asked = self.checklists.iter().map(|list| list.questions.len());
        let answered = self.runs.iter().map(|run| run.questions.len());
        asked.chain(answered).sum()
    }
}

/// A site as a phone shows it.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FieldSite {
    /// Its id.
    pub id: SiteId,
    /// Its project.
    pub project_id: ProjectId,
    /// The project's name.
    pub project_name: String,
    /// Its name.
    pub name: String,
    /// For whom the work is done.
    pub client_name: Option<String>,
    /// Its postal address.
    pub address: Option<String>,
    /// Latitude of its centre in degrees.
    pub lat: f64,
    /// Longitude of its centre in degrees.
    pub lon: f64,
    /// The radius of its circle in metres.
    pub radius_m: f64,
    /// The fence as a GeoJSON polygon, in place of the circle.
    pub polygon: Option<Fence>,
    /// Its IANA time zone.
    pub zone: String,
    /// Whom to call.
    pub contacts: Vec<FieldContact>,
    /// When it is open, in its zone; empty where nobody said.
    pub opening_hours: Vec<Opening>,
    /// How to get in: gate, guard, keys, rules.
    pub access_notes: Option<String>,
}

/// Somebody to call about a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldContact {
    /// The name.
    pub name: String,
    /// What the person is on the site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A document as a phone lists it: its version in force.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FieldDocument {
    /// Its id.
    pub id: DocumentId,
    /// Its project.
    pub project_id: ProjectId,
    /// Its site; none: it is the whole project's.
    pub site_id: Option<SiteId>,
    /// What it is.
    pub kind: DocumentKind,
    /// Its name.
    pub name: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Whether readers are asked to say that they have read and understood it.
    pub must_acknowledge: bool,
    /// The last day it holds.
    pub expires_on: Option<NaiveDate>,
    /// The id of its version in force.
    pub version_id: DocumentVersionId,
    /// That version's number.
    pub number: i32,
    /// The name of its file.
    pub file_name: String,
    /// What the bytes are.
    pub media_type: Option<String>,
    /// How many bytes it has.
    pub size: i64,
    /// Their SHA-256, in hex.
    pub sha256: String,
    /// The version of the record.
    pub version: i64,
}

/// A fellow worker.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FieldWorker {
    /// The worker.
    pub id: WorkerId,
    /// The name.
    pub name: String,
}

/// Whether a task is on this worker's phone: the worker is on it, and it is not cancelled or over
/// since before `since`.
pub fn holds(task: &Task, worker: WorkerId, since: Timestamp) -> bool {
    task.workers.contains(&worker)
        && task.status != TaskStatus::Cancelled
        && task.validated_at.is_none_or(|at| at >= since)
}

/// The methods that change something.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, sqlx::Type,
)]
#[serde(rename_all = "UPPERCASE")]
#[sqlx(type_name = "text", rename_all = "UPPERCASE")]
#[schema(as = RefusedMethod)]
pub enum Method {
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

/// A call that a phone made offline and that was refused when it was sent at last.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FieldRefusal {
    /// Its id.
    pub id: RefusalId,
    /// The worker whose phone it was; none where the caller is none, such as a site lead.
    pub worker_id: Option<WorkerId>,
    /// The user whose call it was; not known of those before it was kept.
    pub user_id: Option<UserId>,
    /// The site the call was about.
    pub site_id: SiteId,
    /// The site's project.
    pub project_id: ProjectId,
    /// The call's method.
    pub method: Method,
    /// The call's path.
    pub path: String,
    /// The status it was refused with.
    pub status: i32,
    /// The problem it was refused with.
    #[schema(value_type = Object)]
    pub problem: Map<String, Value>,
    /// When the worker did what was refused, by the phone.
    pub acted_at: DateTime<Utc>,
    /// When the server heard of the refusal.
    pub noted_at: DateTime<Utc>,
    /// Who has dealt with it.
    pub review: Option<RefusalReview>,
    /// Rises with each review; nothing else of it changes.
    pub version: i64,
}

/// Somebody who answers for the site has dealt with a refused call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RefusalReview {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done about it, if it was said.
    pub note: Option<String>,
}

impl Versioned for FieldRefusal {
    fn version(&self) -> i64 {
        self.version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_written() {
        let whose = Cursor::whose(Uuid::now_v7(), WorkerId::new());
        let things = [
            None,
            Some(Thing { id: Uuid::now_v7(), kind: Kind::TimeEntry }),
            Some(Thing { id: Uuid::nil(), kind: Kind::Task }),
        ];
        for (full, last) in [true, false].into_iter().flat_map(|f| things.map(|t| (f, t))) {
            let cursor = Cursor { whose, full, xid: 4_711, last };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn a_cursor_is_of_one_worker_in_one_epoch() {
        let (epoch, worker) = (Uuid::now_v7(), WorkerId::new());
        let own = Cursor::whose(epoch, worker);
        assert_eq!(Cursor::whose(epoch, worker), own);
        assert_ne!(Cursor::whose(epoch, WorkerId::new()), own);
        assert_ne!(Cursor::whose(Uuid::now_v7(), worker), own);
        assert_ne!(own, epoch, "one from before workers were in it is another's");
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let id = Uuid::now_v7();
        for bad in [
            String::new(),
            "x".to_owned(),
            format!("{id}.delta"),
            format!("{id}.delta.-1"),
            format!("{id}.delta.99999999999999999999"),
            format!("{id}.sideways.1"),
            format!("{id}.full.1.task"),
            format!("{id}.full.1.tusk.{id}"),
            format!("{id}.full.1.task.{id}.more"),
        ] {
            assert_eq!(bad.parse::<Cursor>(), Err(NoCursor), "{bad}");
        }
    }
}
