//! What was promised of the things that a phone holds.

use chrono::{DateTime, Utc};
use contracts::{ServiceTarget, ServiceTimerState};
use serde::Serialize;

use crate::incidents::Incident;
use crate::service_levels::ServiceTimer;

/// The timer of a promise, as a phone shows it: what is due when, and what became of it. The rest
/// is read from `/v1/service-timers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldTimer {
    /// What is promised.
    pub target: ServiceTarget,
    /// How it stands.
    pub state: ServiceTimerState,
    /// By when; while it stands still, as if the pause had not begun.
    pub due_at: DateTime<Utc>,
    /// When what was promised happened, in time or late.
    pub met_at: Option<DateTime<Utc>>,
    /// When it was warned that the end is near.
    pub warned_at: Option<DateTime<Utc>>,
    /// Whether nothing is waited for any more.
    pub closed: bool,
}

impl From<&ServiceTimer> for FieldTimer {
    fn from(timer: &ServiceTimer) -> Self {
        let ServiceTimer { target, state, due_at, met_at, warned_at, closed, .. } = *timer;
        Self { target, state, due_at, met_at, warned_at, closed }
    }
}

/// An incident that the worker reported, as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FieldIncident {
    /// The incident.
    #[serde(flatten)]
    pub incident: Incident,
    /// What was promised of it, what is due first first.
    pub timers: Vec<FieldTimer>,
}
