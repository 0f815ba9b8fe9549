//! What planning says of service levels and their timers.

use kernel::{IncidentId, ProjectId, ServiceLevelId, ServiceTimerId, SiteId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

crate::changes! {
    /// What happened to a service level.
    ServiceLevelChange {
        /// Was written.
        Created => "service_level.created",
        /// Became another.
        Updated => "service_level.updated",
    }
}

/// A service level changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceLevelChanged {
    /// The service level.
    pub level: ServiceLevelId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: ServiceLevelChange,
    /// The project it holds for; none where it is the whole firm.
    pub project: Option<ProjectId>,
    /// The site it holds for, where it is one.
    pub site: Option<SiteId>,
}
crate::event!(ServiceLevelChanged, "planning.service_level.v1", "service_level", level);

crate::words! {
    /// What is promised.
    ServiceTarget {
        /// That somebody acts on it.
        Respond = "respond",
        /// That it is done.
        Resolve = "resolve",
    }
}

crate::words! {
    /// How a promise stands.
    ServiceTimerState {
        /// Its time runs.
        Running = "running",
        /// Its time stands still.
        Paused = "paused",
        /// It was kept.
        Met = "met",
        /// It was broken.
        Breached = "breached",
        /// It is promised no more, or what it was about was cancelled in time.
        Dropped = "dropped",
    }
}

crate::words! {
    /// What happened to the timer of a promise.
    ServiceTimerChange {
        /// It began.
        Started = "started",
        /// Its time is another: another level, another start, another calendar.
        Moved = "moved",
        /// It stands still.
        Paused = "paused",
        /// It goes on.
        Resumed = "resumed",
        /// It is near its end, and nothing has happened yet.
        Warned = "warned",
        /// The promise was kept.
        Met = "met",
        /// The promise was broken.
        Breached = "breached",
        /// What was promised happened, but late.
        Late = "late",
        /// What counted as broken was not: word of it came late.
        Corrected = "corrected",
        /// What was done is to be done again.
        Reopened = "reopened",
        /// It is waited for no more.
        Dropped = "dropped",
    }
}

impl ServiceTimerChange {
    pub(crate) fn action(self, _entity: &'static str) -> &'static str {
        match self {
            Self::Started => "service_timer.started",
            Self::Moved => "service_timer.moved",
            Self::Paused => "service_timer.paused",
            Self::Resumed => "service_timer.resumed",
            Self::Warned => "service_timer.warned",
            Self::Met => "service_timer.met",
            Self::Breached => "service_timer.breached",
            Self::Late => "service_timer.late",
            Self::Corrected => "service_timer.corrected",
            Self::Reopened => "service_timer.reopened",
            Self::Dropped => "service_timer.dropped",
        }
    }
}

/// The timer of a promise changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceTimerChanged {
    /// The timer.
    pub timer: ServiceTimerId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: ServiceTimerChange,
    /// The site.
    pub site: SiteId,
    /// The site's project.
    pub project: ProjectId,
    /// The task it is about, if one.
    pub task: Option<TaskId>,
    /// The incident it is about, if one.
    pub incident: Option<IncidentId>,
    /// What is promised.
    pub target: ServiceTarget,
    /// How it stands.
    pub state: ServiceTimerState,
    /// By when.
    pub due_at: Timestamp,
    /// When it happened, in time or late.
    pub met_at: Option<Timestamp>,
    /// Whether nothing is waited for any more.
    pub closed: bool,
    /// Whom a warning or a breach is for, as incidents count it: 1 the project's lead, 2 the
    /// managers; 0 for everything else.
    pub escalation: i32,
}
crate::event!(ServiceTimerChanged, "planning.service_timer.v1", "service_timer", timer);
