//! What an alert is.

use auth::Target;
use chrono::{DateTime, Utc};
use contracts::{AlertChange, AlertChanged};
use kernel::{AlertId, ProjectId, SiteId, UserId, WorkerId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::Versioned;

/// What makes an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A task's planned end has passed and it is not finished.
    TaskLate,
    /// An incident of high or critical severity is not resolved.
    IncidentSevere,
    /// Nobody dealt with an incident in time, and it was passed on to the next role.
    IncidentEscalated,
    /// What a service level promises of a task or an incident was not kept, and is waited for
    /// still.
    ServiceLevelBreached,
    /// A milestone's day has passed (in UTC) and it is not accepted.
    MilestoneLate,
    /// A reminder came that a document's last day is near or past.
    DocumentExpiring,
    /// A reminder came that a worker's certificate's last day is near or past, and none of its kind
    /// lasts longer. About the firm, not a project; also for those who manage workers.
    CertificateExpiring,
    /// A project's forecast at completion is above its budget by more than the threshold. For
    /// those who see budgets.
    ForecastOver,
}

impl TryFrom<String> for Rule {
    type Error = String;
    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "task_late" => Ok(Self::TaskLate),
            "incident_severe" => Ok(Self::IncidentSevere),
            "incident_escalated" => Ok(Self::IncidentEscalated),
            "service_level_breached" => Ok(Self::ServiceLevelBreached),
            "milestone_late" => Ok(Self::MilestoneLate),
            "document_expiring" => Ok(Self::DocumentExpiring),
            "certificate_expiring" => Ok(Self::CertificateExpiring),
            "forecast_over" => Ok(Self::ForecastOver),
            _ => Err(format!("unknown rule: {word}")),
        }
    }
}

/// Something a manager should look at.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// The version; higher is newer.
    pub version: i64,
    /// Why it was raised.
    pub rule: Rule,
    /// What kind of thing it is about: `task`, `incident`, `service_timer`, `milestone`, `document`,
    /// `certificate` or `budget` (by its project).
    pub entity: String,
    /// The thing.
    pub entity_id: Uuid,
    /// The project, unless it is about the firm.
    pub project_id: Option<ProjectId>,
    /// The site, unless it is about the whole project.
    pub site_id: Option<SiteId>,
    /// Whom it concerns.
    #[serde(skip)]
    pub workers: Vec<WorkerId>,
    /// Since when.
    pub raised_at: DateTime<Utc>,
    /// When the facts stopped saying so.
    pub cleared_at: Option<DateTime<Utc>>,
    /// When somebody said to look into it.
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// Who said so.
    pub acknowledged_by: Option<UserId>,
}

impl Versioned for Alert {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Alert {
    /// What decides who may see it.
    pub fn target(&self) -> Target {
        Target { project: self.project_id, site: self.site_id, workers: self.workers.clone() }
    }

    /// The event of its acknowledgement.
    pub fn acknowledged(&self) -> AlertChanged {
        AlertChanged {
            alert: self.id,
            version: self.version,
            change: AlertChange::Acknowledged,
            project: self.project_id,
            site: self.site_id,
        }
    }
}

/// What the facts call alarming and no open alert says yet.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// Why.
    pub rule: String,
    /// The kind of thing.
    pub entity: String,
    /// The thing.
    pub entity_id: Uuid,
    /// Its project.
    pub project_id: Option<ProjectId>,
    /// Its site.
    pub site_id: Option<SiteId>,
    /// Whom it concerns.
    pub workers: Vec<WorkerId>,
}

/// An alert that was just raised or cleared.
#[derive(Debug, Clone)]
pub struct Stirred {
    /// The alert.
    pub id: AlertId,
    /// The version it reached.
    pub version: i64,
    /// Why it was raised.
    pub rule: String,
    /// The kind of thing.
    pub entity: String,
    /// The thing.
    pub entity_id: Uuid,
    /// Its project.
    pub project_id: Option<ProjectId>,
    /// Its site.
    pub site_id: Option<SiteId>,
    /// Whom it concerns.
    pub workers: Vec<WorkerId>,
}
