//! What went wrong on a site: what is told of it, and how it is dealt with.

use chrono::{DateTime, Utc};
use contracts::{IncidentChange, IncidentChanged, IncidentSeverity, IncidentStatus};
use kernel::{IncidentId, Position, ProjectId, SiteId, TaskId, UserId, WorkerId};
use serde::{Deserialize, Serialize};
use web::Versioned;

use crate::error::Error;

/// What kind of thing went wrong.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = IncidentCause)]
pub enum Cause {
    /// Somebody was or could have been hurt.
    Safety,
    /// Work is not as it should be.
    Quality,
    /// A machine, a tool or a vehicle failed or is missing.
    Equipment,
    /// Material failed or is missing.
    Material,
    /// Rain, wind, heat.
    Weather,
    /// The site or a part of it cannot be reached.
    Access,
    /// Something else.
    Other,
}

/// Something that went wrong on a site.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// The site.
    pub site_id: SiteId,
    /// The site's project.
    pub project_id: ProjectId,
    /// The task it hinders, if one.
    pub task_id: Option<TaskId>,
    /// What happened, in a few words.
    pub title: String,
    /// What happened, at length.
    pub description: String,
    /// How bad it is.
    pub severity: IncidentSeverity,
    /// What kind of thing went wrong.
    pub cause: Cause,
    /// Where it stands.
    pub status: IncidentStatus,
    /// When it was seen, by the reporter's device where it says so.
    pub reported_at: DateTime<Utc>,
    /// When the server heard of it.
    pub recorded_at: DateTime<Utc>,
    /// Where the reporter's device was.
    pub position: Option<Position>,
    /// The user who reported it.
    pub reported_by: UserId,
    /// The worker who that user is, if any.
    pub reporter_worker_id: Option<WorkerId>,
    /// How it was dealt with, once it is.
    pub resolution: Option<Resolution>,
    /// Rises with each change.
    pub version: i64,
}

/// How an incident was dealt with.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = IncidentResolution)]
pub struct Resolution {
    /// What was done.
    pub text: String,
    /// When, by the device of who did it where it says so.
    pub at: DateTime<Utc>,
    /// The user who says so.
    pub by: UserId,
}

/// What may be changed of an incident that is not resolved.
#[derive(Debug, Default)]
pub struct IncidentEdit {
    /// Another title.
    pub title: Option<String>,
    /// Another description.
    pub description: Option<String>,
    /// It is worse or less bad than it seemed.
    pub severity: Option<IncidentSeverity>,
    /// It is of another kind than it seemed.
    pub cause: Option<Cause>,
    /// Somebody is on it, or no longer.
    pub status: Option<IncidentStatus>,
}

impl Versioned for Incident {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Incident {
    /// Changes what is known of it.
    pub fn edit(&mut self, edit: IncidentEdit) -> Result<(), Error> {
        if self.status == IncidentStatus::Resolved {
            return Err(Error::IncidentResolved);
        }
        match edit {
            IncidentEdit { status: Some(IncidentStatus::Resolved), .. } => {
                return Err(Error::ResolutionNeeded);
            }
            IncidentEdit {
                title: None,
                description: None,
                severity: None,
                cause: None,
                status: None,
            } => return Err(Error::NoChange),
            IncidentEdit { title, description, severity, cause, status } => {
                self.title = title.unwrap_or(std::mem::take(&mut self.title));
                self.description = description.unwrap_or(std::mem::take(&mut self.description));
                self.severity = severity.unwrap_or(self.severity);
                self.cause = cause.unwrap_or(self.cause);
                self.status = status.unwrap_or(self.status);
            }
        }
        self.version += 1;
        Ok(())
    }

    /// Ends it.
    pub fn resolve(&mut self, resolution: Resolution) -> Result<(), Error> {
        if self.status == IncidentStatus::Resolved {
            return Err(Error::IncidentResolved);
        }
        self.status = IncidentStatus::Resolved;
        self.resolution = Some(resolution);
        self.version += 1;
        Ok(())
    }

    /// What others hear of it.
    pub fn event(&self, change: IncidentChange) -> IncidentChanged {
        IncidentChanged {
            incident: self.id,
            version: self.version,
            change,
            site: self.site_id,
            project: self.project_id,
            task: self.task_id,
            severity: self.severity,
            status: self.status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> DateTime<Utc> {
        DateTime::from_timestamp(1_750_000_000, 0).unwrap()
    }

    fn incident() -> Incident {
        Incident {
            id: IncidentId::new(),
            site_id: SiteId::new(),
            project_id: ProjectId::new(),
            task_id: None,
            title: "Câble sectionné".into(),
            description: "Par la pelle, à 2 m du poteau".into(),
            severity: IncidentSeverity::High,
            cause: Cause::Safety,
            status: IncidentStatus::Open,
            reported_at: at(),
            recorded_at: at(),
            position: None,
            reported_by: UserId::new(),
            reporter_worker_id: None,
            resolution: None,
            version: 1,
        }
    }

    fn done() -> Resolution {
        Resolution { text: "Réparé".into(), at: at(), by: UserId::new() }
    }

    #[test]
    fn a_resolved_incident_stays_as_it_is() {
        let mut incident = incident();
        incident.resolve(done()).unwrap();
        assert!(matches!(incident.resolve(done()), Err(Error::IncidentResolved)));
        let edit = IncidentEdit { title: Some("Autre".into()), ..IncidentEdit::default() };
        assert!(matches!(incident.edit(edit), Err(Error::IncidentResolved)));
        assert_eq!(incident.version, 2);
    }

    #[test]
    fn resolving_takes_a_resolution_and_an_edit_a_change() {
        let mut incident = incident();
        let resolved =
            IncidentEdit { status: Some(IncidentStatus::Resolved), ..IncidentEdit::default() };
        assert!(matches!(incident.edit(resolved), Err(Error::ResolutionNeeded)));
        assert!(matches!(incident.edit(IncidentEdit::default()), Err(Error::NoChange)));
        let taken = IncidentEdit {
            status: Some(IncidentStatus::InProgress),
            severity: Some(IncidentSeverity::Low),
            ..IncidentEdit::default()
        };
        incident.edit(taken).unwrap();
        assert_eq!(incident.title, "Câble sectionné");
        assert_eq!(incident.status, IncidentStatus::InProgress);
    }
}
