//! What planning says.

use kernel::{
    ChecklistId, ChecklistRunId, EscalationId, IncidentId, ProjectId, RefusalId, SiteId, TaskId,
    TaskTemplateId, Timestamp, WorkerId,
};
use serde::{Deserialize, Serialize};

crate::words! {
    /// Where a task stands.
    TaskStatus {
        /// Planned, nobody assigned yet or nobody started.
        Planned = "planned",
        /// Its workers were told to go.
        Dispatched = "dispatched",
        /// Its workers are on their way to the site.
        Travelling = "travelling",
        /// Its workers have arrived, and work has not begun or not gone on yet.
        OnSite = "on_site",
        /// A worker is on it.
        InProgress = "in_progress",
        /// Work was interrupted.
        Paused = "paused",
        /// Something keeps it from going on.
        Blocked = "blocked",
        /// The worker says it is done.
        Done = "done",
        /// The site lead agrees.
        Validated = "validated",
        /// The site lead sent it back, and nobody has gone on with it yet.
        Reopened = "reopened",
        /// Will not be done.
        Cancelled = "cancelled",
    }
}

impl TaskStatus {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Planned,
        Self::Dispatched,
        Self::Travelling,
        Self::OnSite,
        Self::InProgress,
        Self::Paused,
        Self::Blocked,
        Self::Done,
        Self::Validated,
        Self::Reopened,
        Self::Cancelled,
    ];

    /// Whether work is ahead or under way: not done, not validated, not cancelled.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Validated | Self::Cancelled)
    }
}

crate::changes! {
    /// What happened to a task.
    TaskChange {
        /// Was planned.
        Planned => "task.planned",
        /// Its plan changed.
        Replanned => "task.replanned",
        /// Its workers changed.
        Assigned => "task.assigned",
        /// Its predecessors changed.
        Linked => "task.linked",
        /// Its workers were told to go.
        Dispatched => "task.dispatched",
        /// Its workers were told not to go.
        Recalled => "task.recalled",
        /// Its workers set out for the site.
        Travelling => "task.travelling",
        /// Its workers arrived.
        Arrived => "task.arrived",
        /// Work began.
        Started => "task.started",
        /// Work was interrupted.
        Paused => "task.paused",
        /// Work went on.
        Resumed => "task.resumed",
        /// Something keeps it from going on.
        Blocked => "task.blocked",
        /// What kept it from going on is gone.
        Unblocked => "task.unblocked",
        /// Somebody said how far it is.
        Progressed => "task.progressed",
        /// The worker finished.
        Finished => "task.finished",
        /// The site lead agreed.
        Validated => "task.validated",
        /// The site lead sent it back.
        Reopened => "task.reopened",
        /// Will not be done.
        Cancelled => "task.cancelled",
    }
}

/// A task changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskChanged {
    /// The task.
    pub task: TaskId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: TaskChange,
    /// Its site.
    pub site: SiteId,
    /// Its project.
    pub project: ProjectId,
    /// Where it stands.
    pub status: TaskStatus,
    /// Planned start.
    pub starts_at: Timestamp,
    /// Planned finish.
    pub ends_at: Timestamp,
    /// Planned work in minutes.
    pub duration_min: i32,
    /// When work began.
    pub started_at: Option<Timestamp>,
    /// When the worker finished.
    pub finished_at: Option<Timestamp>,
    /// The workers on it.
    pub workers: Vec<WorkerId>,
}
crate::event!(TaskChanged, "planning.task.v1", "task", task);

crate::changes! {
    /// What happened to a template of recurring tasks.
    TaskTemplateChange {
        /// Was written.
        Created => "task_template.created",
        /// Became another.
        Updated => "task_template.updated",
    }
}

/// A template of recurring tasks changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskTemplateChanged {
    /// The template.
    pub template: TaskTemplateId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: TaskTemplateChange,
    /// The site its tasks are done on.
    pub site: SiteId,
    /// The site's project.
    pub project: ProjectId,
}
crate::event!(TaskTemplateChanged, "planning.task_template.v1", "task_template", template);

crate::changes! {
    /// What happened to a checklist's template.
    ChecklistChange {
        /// Was written.
        Created => "checklist.created",
        /// Got a new version.
        Updated => "checklist.updated",
    }
}

/// A checklist's template changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChecklistChanged {
    /// The template.
    pub checklist: ChecklistId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: ChecklistChange,
}
crate::event!(ChecklistChanged, "planning.checklist.v1", "checklist", checklist);

crate::changes! {
    /// What happened to a checklist being answered.
    ChecklistRunChange {
        /// Answers came in.
        Answered => "checklist_run.answered",
        /// All is answered.
        Completed => "checklist_run.completed",
    }
}

/// A checklist's answers changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChecklistRunChanged {
    /// The run.
    pub run: ChecklistRunId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: ChecklistRunChange,
    /// The task it belongs to.
    pub task: TaskId,
    /// The task's site.
    pub site: SiteId,
    /// How many questions were answered.
    pub answered: i32,
    /// How many there are.
    pub questions: i32,
    /// How many answers are outside their limits.
    pub nonconformities: i32,
}
crate::event!(ChecklistRunChanged, "planning.checklist_run.v1", "checklist_run", run);

crate::words! {
    /// How bad an incident is.
    IncidentSeverity {
        /// To be noted.
        Low = "low",
        /// Hinders the work.
        Medium = "medium",
        /// Stops the work.
        High = "high",
        /// Endangers people.
        Critical = "critical",
    }
}

crate::words! {
    /// Where an incident stands.
    IncidentStatus {
        /// Nobody has dealt with it yet.
        Open = "open",
        /// Somebody is on it.
        InProgress = "in_progress",
        /// Dealt with.
        Resolved = "resolved",
    }
}

crate::changes! {
    /// What happened to an incident.
    IncidentChange {
        /// Was reported.
        Reported => "incident.reported",
        /// Became another.
        Updated => "incident.updated",
        /// Nobody dealt with it in time, and it was passed on.
        Escalated => "incident.escalated",
        /// Was dealt with.
        Resolved => "incident.resolved",
    }
}

/// An incident changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentChanged {
    /// The incident.
    pub incident: IncidentId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: IncidentChange,
    /// The site.
    pub site: SiteId,
    /// The site's project.
    pub project: ProjectId,
    /// The task it hinders, if one.
    pub task: Option<TaskId>,
    /// How bad it is.
    pub severity: IncidentSeverity,
    /// Where it stands.
    pub status: IncidentStatus,
    /// How often it was passed on: 0 not yet, 1 to the project's lead, 2 to the managers.
    #[serde(default)]
    pub escalation: i32,
}
crate::event!(IncidentChanged, "planning.incident.v1", "incident", incident);

crate::changes! {
    /// What happened to a refused call of a phone.
    RefusalChange {
        /// The phone told of it.
        Noted => "refusal.noted",
        /// Somebody who answers for the site has dealt with it.
        Reviewed => "refusal.reviewed",
    }
}

/// A call that a phone made offline was refused when it was sent at last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefusalNoted {
    /// The note of it.
    pub refusal: RefusalId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: RefusalChange,
    /// The worker whose phone it was; none where the caller is none.
    pub worker: Option<WorkerId>,
    /// The site the call was about.
    pub site: SiteId,
    /// The site's project.
    pub project: ProjectId,
    /// The HTTP status it was refused with.
    pub status: i32,
}
crate::event!(RefusalNoted, "planning.refusal.v1", "refusal", refusal);

crate::changes! {
    /// What happened to a project's plan.
    PlanChange {
        /// Somebody moved something; the tasks that moved tell of themselves.
        Moved => "plan.moved",
        /// Somebody took a move back.
        Undone => "plan.undone",
        /// What was not done by a date was moved after it.
        Rescheduled => "plan.rescheduled",
        /// Work was spread so that nobody has more than they can do.
        Levelled => "plan.levelled",
        /// A plan was read from a file.
        Imported => "plan.imported",
        /// Its dates were kept to compare with.
        Baselined => "plan.baselined",
        /// One of its calendars was made or changed.
        CalendarSet => "plan.calendar_set",
    }
}

/// A project's plan changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanChanged {
    /// The project.
    pub project: ProjectId,
    /// The version of its plan that was reached.
    pub version: i64,
    /// What happened.
    pub change: PlanChange,
    /// How many tasks have other dates.
    pub moved: i64,
}
crate::event!(PlanChanged, "planning.plan.v1", "plan", project);

crate::changes! {
    /// What happened to the times after which incidents are passed on.
    EscalationChange {
        /// They were set.
        Set => "incident_escalation.set",
    }
}

/// Incidents that nobody deals with are passed on after other times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EscalationChanged {
    /// The firm's times.
    pub escalation: EscalationId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: EscalationChange,
}
crate::event!(
    EscalationChanged,
    "planning.incident_escalation.v1",
    "incident_escalation",
    escalation
);
