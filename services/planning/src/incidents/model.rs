//! What went wrong on a site: what is told of it, and how it is dealt with.

use chrono::{DateTime, Duration, Utc};
use contracts::{IncidentChange, IncidentChanged, IncidentSeverity, IncidentStatus};
use kernel::{
    ChecklistRunId, IncidentId, PhotoId, Position, ProjectId, SiteId, TaskId, Timestamp, UserId,
    WorkerId,
};
use serde::{Deserialize, Serialize};
use web::Versioned;

use crate::error::Error;
use crate::escalation::EscalationTimes;

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
    /// When somebody first dealt with it, by the device's clock.
    pub responded_at: Option<DateTime<Utc>>,
    /// How it was dealt with, once it is.
    pub resolution: Option<Resolution>,
    /// The checklist's run whose answer opened it.
    pub run_id: Option<ChecklistRunId>,
    /// The question that was answered outside its limits.
    pub question: Option<String>,
    /// Whether the task cannot go on until it is resolved.
    pub blocks_task: bool,
    /// Minutes that what remains of the task is delayed by.
    pub delay_min: Option<i32>,
    /// Until when that delay lasts: it counts from when it was told, or from the task's start where
    /// that was still to come. None where the task was done by then.
    pub delayed_until: Option<DateTime<Utc>>,
    /// Until when the block is expected to last.
    pub expected_until: Option<DateTime<Utc>>,
    /// Whether it is for the client to mend what blocks the task.
    pub by_client: bool,
    /// Whether the plan could not follow and is to be mended by hand.
    pub plan_kept: bool,
    /// To whom it was passed on, since nobody dealt with it in time.
    pub escalated_to: Option<Escalated>,
    /// When.
    pub escalated_at: Option<DateTime<Utc>>,
    /// Photos that show it.
    pub photo_ids: Vec<PhotoId>,
    /// Rises with each change.
    pub version: i64,
}

/// An incident that is not resolved, as those see it whose task it hinders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = TaskIncident)]
pub struct OpenIncident {
    /// Its id.
    pub id: IncidentId,
    /// What happened, in a few words.
    pub title: String,
    /// How bad it is.
    pub severity: IncidentSeverity,
    /// What kind of thing went wrong.
    pub cause: Cause,
    /// Where it stands.
    pub status: IncidentStatus,
    /// Whether the task cannot go on until it is resolved.
    pub blocks_task: bool,
    /// Until when the block is expected to last.
    pub expected_until: Option<DateTime<Utc>>,
    /// When it was seen.
    pub reported_at: DateTime<Utc>,
}

/// How many photos may show an incident.
pub const MOST_PHOTOS: usize = 50;

/// Whom an incident is passed on to; the later is higher.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = IncidentEscalation)]
pub enum Escalated {
    /// The project's lead: the site lead has not begun to deal with it.
    ProjectLead,
    /// The managers: it is still not resolved.
    Manager,
}

impl Escalated {
    /// Both.
    pub const ALL: [Self; 2] = [Self::ProjectLead, Self::Manager];

    /// The word in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProjectLead => "project_lead",
            Self::Manager => "manager",
        }
    }

    /// How often it was passed on, as it is stored.
    pub fn level(self) -> i16 {
        match self {
            Self::ProjectLead => 1,
            Self::Manager => 2,
        }
    }

    /// To whom it was passed on, from how often.
    pub fn at_level(level: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|to| to.level() == level)
    }
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
#[derive(Debug, Default, PartialEq)]
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
    /// Its task cannot go on until it is resolved, or can.
    pub blocks_task: Option<bool>,
    /// Its task is delayed by so many minutes in all, or by none.
    pub delay_min: Option<Option<i32>>,
    /// What it blocks is expected to stand still until then.
    pub expected_until: Option<Timestamp>,
    /// It is for the client to mend what blocks the task, or not.
    pub by_client: Option<bool>,
}

impl Versioned for Incident {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Incident {
    /// Changes what is known of it, at `at` by the device's clock.
    pub fn edit(&mut self, edit: IncidentEdit, at: Timestamp) -> Result<(), Error> {
        if self.status == IncidentStatus::Resolved {
            return Err(Error::IncidentResolved);
        }
        if edit.status == Some(IncidentStatus::Resolved) {
            return Err(Error::ResolutionNeeded);
        }
        if edit == IncidentEdit::default() {
            return Err(Error::NoChange);
        }
        self.title = edit.title.unwrap_or(std::mem::take(&mut self.title));
        self.description = edit.description.unwrap_or(std::mem::take(&mut self.description));
        self.severity = edit.severity.unwrap_or(self.severity);
        self.cause = edit.cause.unwrap_or(self.cause);
        self.status = edit.status.unwrap_or(self.status);
        self.blocks_task = edit.blocks_task.unwrap_or(self.blocks_task);
        self.expected_until = edit.expected_until.or(self.expected_until);
        self.by_client = edit.by_client.unwrap_or(self.by_client);
        if let Some(minutes) = edit.delay_min {
            self.delay(minutes);
        }
        if self.status != IncidentStatus::Open {
            self.responded_at = self.responded_at.or(Some(at));
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
        self.responded_at = self.responded_at.or(Some(resolution.at));
        self.resolution = Some(resolution);
        self.version += 1;
        Ok(())
    }

    /// Sets by how many minutes in all it delays its task; they count from the same moment.
    fn delay(&mut self, minutes: Option<i32>) {
        let more = minutes.zip(self.delay_min).map(|(new, old)| new - old);
        self.delayed_until = self
            .delayed_until
            .zip(more)
            .map(|(until, more)| until + Duration::minutes(more.into()));
        self.delay_min = minutes;
    }

    /// Counts its delay, unless that was done: from `at`, or from the task's planned start where
    /// the task has not begun and that is still to come.
    pub fn count_delay(&mut self, planned: Option<Timestamp>, at: Timestamp) {
        let from = planned.map_or(at, |planned| planned.max(at));
        let until = self.delay_min.map(|minutes| from + Duration::minutes(minutes.into()));
        self.delayed_until = self.delayed_until.or(until);
    }

    /// Until when what remains of its task is expected to wait for it.
    pub fn until(&self) -> Option<Timestamp> {
        self.expected_until.or(self.delayed_until)
    }

    /// What it does to its task.
    pub fn effect(&self) -> (bool, Option<i32>, Option<Timestamp>, bool) {
        (self.blocks_task, self.delay_min, self.expected_until, self.by_client)
    }

    /// Whether it does something to its task.
    pub fn has_effect(&self) -> bool {
        self.blocks_task || self.delay_min.is_some() || self.expected_until.is_some()
    }

    /// When it is passed on, as it stands, if nobody deals with it until then. That somebody is on
    /// it keeps it from the project's lead, not from the managers.
    pub fn escalates_at(&self, to: Escalated, times: &EscalationTimes) -> Option<Timestamp> {
        let waits = match to {
            Escalated::ProjectLead => self.status == IncidentStatus::Open,
            Escalated::Manager => self.status != IncidentStatus::Resolved,
        };
        let after =
            times.after(self.severity, to).filter(|_| waits && self.escalated_to < Some(to));
        after.map(|after| self.recorded_at + after)
    }

    /// Passes it on, if it is time and nobody has dealt with it; whether it is.
    pub fn escalate(&mut self, to: Escalated, times: &EscalationTimes, now: Timestamp) -> bool {
        let due = self.escalates_at(to, times).is_some_and(|at| at <= now);
        due && self.pass_on(to, now)
    }

    /// Passes it on at once, since a service level says so; whether it does. What is resolved or
    /// was passed on as far before stays as it is.
    pub fn pass_on(&mut self, to: Escalated, now: Timestamp) -> bool {
        if self.status == IncidentStatus::Resolved || self.escalated_to >= Some(to) {
            return false;
        }
        self.escalated_to = Some(to);
        self.escalated_at = Some(now);
        self.version += 1;
        true
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
            escalation: self.escalated_to.map_or(0, |to| to.level().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

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
            responded_at: None,
            resolution: None,
            run_id: None,
            question: None,
            blocks_task: false,
            delay_min: None,
            delayed_until: None,
            expected_until: None,
            by_client: false,
            plan_kept: false,
            escalated_to: None,
            escalated_at: None,
            photo_ids: Vec::new(),
            version: 1,
        }
    }

    fn done_with() -> Resolution {
        Resolution { text: "Réparé".into(), at: at(), by: UserId::new() }
    }

    #[test]
    fn a_resolved_incident_stays_as_it_is() {
        let mut incident = incident();
        incident.resolve(done_with()).unwrap();
        assert!(matches!(incident.resolve(done_with()), Err(Error::IncidentResolved)));
        let edit = IncidentEdit { title: Some("Autre".into()), ..IncidentEdit::default() };
        assert!(matches!(incident.edit(edit, at()), Err(Error::IncidentResolved)));
        assert_eq!(incident.version, 2);
    }

    #[test]
    fn resolving_takes_a_resolution_and_an_edit_a_change() {
        let mut incident = incident();
        let resolved =
            IncidentEdit { status: Some(IncidentStatus::Resolved), ..IncidentEdit::default() };
        assert!(matches!(incident.edit(resolved, at()), Err(Error::ResolutionNeeded)));
        assert!(matches!(incident.edit(IncidentEdit::default(), at()), Err(Error::NoChange)));
        let taken = IncidentEdit {
            status: Some(IncidentStatus::InProgress),
            severity: Some(IncidentSeverity::Low),
            ..IncidentEdit::default()
        };
        incident.edit(taken, at()).unwrap();
        assert_eq!(incident.responded_at, Some(at()));
        assert_eq!(incident.title, "Câble sectionné");
        assert_eq!(incident.status, IncidentStatus::InProgress);
    }

    #[test]
    fn it_is_passed_on_once_to_each_when_it_is_time_and_nobody_dealt_with_it() {
        use Escalated::{Manager, ProjectLead};
        let usual = &EscalationTimes::USUAL;
        let hours = |hours: i64| at() + TimeDelta::hours(hours);
        let mut grave = incident();
        assert_eq!(grave.escalates_at(ProjectLead, usual), Some(hours(4)));
        assert!(!grave.escalate(ProjectLead, usual, hours(3)));
        assert!(grave.escalate(ProjectLead, usual, hours(4)));
        assert!(!grave.escalate(ProjectLead, usual, hours(5)), "once");
        assert_eq!(grave.escalates_at(ProjectLead, usual), None);
        assert!(grave.escalate(Manager, usual, hours(24)));
        assert!(!grave.escalate(ProjectLead, usual, hours(30)), "never back");
        assert_eq!((grave.escalated_to, grave.version), (Some(Manager), 3));

        let mut taken = Incident { status: IncidentStatus::InProgress, ..incident() };
        assert!(!taken.escalate(ProjectLead, usual, hours(10)), "somebody is on it");
        assert!(taken.escalate(Manager, usual, hours(24)), "and has not resolved it");
        let mut done = incident();
        done.resolve(done_with()).unwrap();
        assert!(!done.escalate(Manager, usual, hours(1000)));
        let mut low = Incident { severity: IncidentSeverity::Low, ..incident() };
        assert!(!low.escalate(Manager, usual, hours(1000)), "is only noted");
        assert!(low.pass_on(Manager, hours(1)), "but a service level may pass it on");
        assert!(!low.pass_on(ProjectLead, hours(2)) && !done.pass_on(Manager, hours(1)));
    }
    #[test]
    fn a_delay_counts_from_when_it_was_told_or_from_a_start_that_is_still_to_come() {
        let minutes = |minutes: i64| at() + Duration::minutes(minutes);
        let late = || Incident { delay_min: Some(60), ..incident() };
        for (planned, until) in [(None, 60), (Some(minutes(-120)), 60), (Some(minutes(30)), 90)] {
            let mut late = late();
            late.count_delay(planned, at());
            late.count_delay(None, minutes(600));
            assert_eq!(late.until(), Some(minutes(until)), "counted once");
        }
        let mut late = late();
        let edit = |delay| IncidentEdit { delay_min: Some(delay), ..IncidentEdit::default() };
        late.count_delay(None, at());
        late.edit(edit(Some(90)), minutes(20)).unwrap();
        assert_eq!(late.until(), Some(minutes(90)), "from the same moment");
        late.edit(edit(None), minutes(20)).unwrap();
        assert_eq!((late.delay_min, late.until()), (None, None));
        late.edit(edit(Some(10)), minutes(20)).unwrap();
        late.count_delay(None, minutes(20));
        assert_eq!(late.until(), Some(minutes(30)));
    }
}
