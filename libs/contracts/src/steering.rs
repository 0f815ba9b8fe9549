//! What projects says of a project's risks and of its steering.

use kernel::{ProjectId, RiskId, SteeringItemId, SteeringKpiId, SteeringMeetingId};
use serde::{Deserialize, Serialize};

crate::words! {
    /// Where a risk comes from.
    RiskCategory {
        /// Days that slip.
        Schedule = "schedule",
        /// Money.
        Cost = "cost",
        /// People's health and safety.
        Safety = "safety",
        /// Work that is not as it should be.
        Quality = "quality",
        /// The technique itself.
        Technical = "technical",
        /// Deliveries and subcontractors.
        Supply = "supply",
        /// Too few people, or without the skills.
        Staff = "staff",
        /// Heat, rain, wind.
        Weather = "weather",
        /// Harm to the surroundings.
        Environment = "environment",
        /// Permits, law and contracts.
        Legal = "legal",
        /// Anything else.
        Other = "other",
    }
}

crate::words! {
    /// Where a risk stands.
    RiskStatus {
        /// It may happen, and something is still to be done about it.
        Open = "open",
        /// What could be done is done; it may still happen.
        Mitigated = "mitigated",
        /// It can no longer happen.
        Closed = "closed",
        /// It happened.
        Occurred = "occurred",
    }
}

crate::words! {
    /// What is measured of a project.
    Indicator {
        /// Open tasks whose planned end has passed, in percent of the open tasks.
        LateTasks = "late_tasks",
        /// Incidents per 1,000 hours worked, over 90 days.
        IncidentRate = "incident_rate",
        /// Time absent of those who work on the project, in percent, over 28 days.
        AbsenceRate = "absence_rate",
        /// Milestones whose day has passed and that are not accepted.
        OverdueMilestones = "overdue_milestones",
        /// Tasks that are done and not validated.
        UnvalidatedTasks = "unvalidated_tasks",
        /// Tasks to begin within seven days that have no worker.
        UnstaffedTasks = "unstaffed_tasks",
        /// Steering actions and decisions whose day has passed.
        OverdueItems = "overdue_items",
        /// Open risks with a score of 15 or more.
        CriticalRisks = "critical_risks",
        /// Validated tasks in percent of all.
        ValidatedTasks = "validated_tasks",
        /// Finished tasks that ended in time, in percent of the finished ones.
        TasksInTime = "tasks_in_time",
        /// Accepted milestones in percent of all.
        AcceptedMilestones = "accepted_milestones",
    }
}

crate::words! {
    /// Which way an indicator should go.
    Aim {
        /// As much as the target, or more.
        AtLeast = "at_least",
        /// As little as the target, or less.
        AtMost = "at_most",
    }
}

crate::words! {
    /// What a meeting leaves behind.
    SteeringItemKind {
        /// Something to be decided.
        Decision = "decision",
        /// Something to be done.
        Action = "action",
    }
}

crate::words! {
    /// Where a decision or an action stands.
    SteeringItemStatus {
        /// Still to be taken or done.
        Open = "open",
        /// Taken or done.
        Done = "done",
    }
}

crate::changes! {
    /// What happened to a risk.
    RiskChange {
        /// Was reported.
        Reported => "risk.reported",
        /// Became another.
        Updated => "risk.updated",
        /// Was judged anew.
        Reviewed => "risk.reviewed",
    }
}

/// A risk changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskChanged {
    /// The risk.
    pub risk: RiskId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: RiskChange,
    /// Its project.
    pub project: ProjectId,
    /// Where it stands.
    pub status: RiskStatus,
    /// How likely it is, 1 to 5.
    pub probability: i16,
    /// How bad it would be, 1 to 5.
    pub impact: i16,
}
crate::event!(RiskChanged, "projects.risk.v1", "risk", risk);

crate::changes! {
    /// What happened to the limits of a project's risk indicators.
    RiskThresholdsChange {
        /// Were set.
        Set => "risk_thresholds.set",
    }
}

/// The limits of a project's risk indicators changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskThresholdsChanged {
    /// The project.
    pub project: ProjectId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: RiskThresholdsChange,
}
crate::event!(RiskThresholdsChanged, "projects.risk_thresholds.v1", "risk_thresholds", project);

crate::changes! {
    /// What happened to a KPI of a project's steering.
    SteeringKpiChange {
        /// Was chosen.
        Created => "steering_kpi.created",
        /// Became another.
        Updated => "steering_kpi.updated",
        /// Is followed no longer.
        Removed => "steering_kpi.removed",
    }
}

/// A KPI of a project's steering changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SteeringKpiChanged {
    /// The KPI.
    pub kpi: SteeringKpiId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: SteeringKpiChange,
    /// Its project.
    pub project: ProjectId,
    /// What it measures.
    pub indicator: Indicator,
}
crate::event!(SteeringKpiChanged, "projects.steering_kpi.v1", "steering_kpi", kpi);

crate::changes! {
    /// What happened to a steering meeting.
    SteeringMeetingChange {
        /// Was called.
        Created => "steering_meeting.created",
        /// Became another.
        Updated => "steering_meeting.updated",
        /// Was closed, which is final.
        Closed => "steering_meeting.closed",
    }
}

/// A steering meeting changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SteeringMeetingChanged {
    /// The meeting.
    pub meeting: SteeringMeetingId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: SteeringMeetingChange,
    /// Its project.
    pub project: ProjectId,
}
crate::event!(SteeringMeetingChanged, "projects.steering_meeting.v1", "steering_meeting", meeting);

crate::changes! {
    /// What happened to a decision or an action.
    SteeringItemChange {
        /// Was noted.
        Created => "steering_item.created",
        /// Became another.
        Updated => "steering_item.updated",
        /// Was taken or done.
        Done => "steering_item.done",
    }
}

/// A decision or an action of a project's steering changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SteeringItemChanged {
    /// The decision or action.
    pub item: SteeringItemId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: SteeringItemChange,
    /// Its project.
    pub project: ProjectId,
    /// Which of the two it is.
    pub kind: SteeringItemKind,
    /// Where it stands.
    pub status: SteeringItemStatus,
}
crate::event!(SteeringItemChanged, "projects.steering_item.v1", "steering_item", item);
