//! The timer of one promise about one thing. No I/O.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    ServiceTarget, ServiceTimerChange as Change, ServiceTimerChanged, ServiceTimerState as State,
};
use kernel::{IncidentId, ProjectId, ServiceLevelId, ServiceTimerId, SiteId, TaskId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use web::Versioned;

use super::meter::{Meter, Pause};
use super::{Pauses, Promise};

/// What a promise is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thing {
    /// A task.
    Task(TaskId),
    /// An incident.
    Incident(IncidentId),
}

impl Thing {
    /// The task it is, if it is one.
    pub fn task(self) -> Option<TaskId> {
        match self {
            Self::Task(id) => Some(id),
            Self::Incident(_) => None,
        }
    }

    /// The incident it is, if it is one.
    pub fn incident(self) -> Option<IncidentId> {
        match self {
            Self::Incident(id) => Some(id),
            Self::Task(_) => None,
        }
    }
}

/// The timer of a promise: by when somebody acts on a task or an incident, or by when it is done.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ServiceTimer {
    /// Its id.
    pub id: ServiceTimerId,
    /// The task it is about, if one.
    pub task_id: Option<TaskId>,
    /// The incident it is about, if one.
    pub incident_id: Option<IncidentId>,
    /// The site.
    pub site_id: SiteId,
    /// The site's project.
    pub project_id: ProjectId,
    /// What is promised.
    pub target: ServiceTarget,
    /// The service level that promises it.
    pub level_id: ServiceLevelId,
    /// Its version then: what was promised stays promised when the level becomes another.
    pub level_version: i64,
    /// What was promised.
    pub promise: Promise,
    /// How it stands.
    pub state: State,
    /// Since when time counts.
    pub started_at: DateTime<Utc>,
    /// By when; while it stands still, as if the pause had not begun.
    pub due_at: DateTime<Utc>,
    /// When what was promised happened, by the device's clock, in time or late.
    pub met_at: Option<DateTime<Utc>>,
    /// Whether nothing is waited for any more.
    pub closed: bool,
    /// Since when it stands still, where it does.
    pub paused_since: Option<DateTime<Utc>>,
    /// Seconds of time that would have counted and did not, without the pause that goes on.
    pub paused_s: i64,
    /// When it was warned that the end is near.
    pub warned_at: Option<DateTime<Utc>>,
    /// When time alone changes it next.
    #[serde(skip)]
    pub look_at: Option<DateTime<Utc>>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for ServiceTimer {
    fn version(&self) -> i64 {
        self.version
    }
}

/// What is known of the thing that a promise is about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// When what was promised happened.
    pub happened_at: Option<Timestamp>,
    /// Whether it is not to happen any more, or is promised no more.
    pub over: bool,
    /// In which times it was blocked, in the order of their beginnings, and whether the firm
    /// waited for its client.
    pub blocks: Vec<(Pause, bool)>,
}

impl ServiceTimer {
    /// A timer that nobody has counted yet.
    pub fn begin(
        thing: Thing,
        (project_id, site_id): (ProjectId, SiteId),
        target: ServiceTarget,
        (level_id, level_version): (ServiceLevelId, i64),
        promise: Promise,
        started_at: Timestamp,
    ) -> Self {
        Self {
            id: ServiceTimerId::new(),
            task_id: thing.task(),
            incident_id: thing.incident(),
            site_id,
            project_id,
            target,
            level_id,
            level_version,
            promise,
            state: State::Running,
            started_at,
            due_at: started_at,
            met_at: None,
            closed: false,
            paused_since: None,
            paused_s: 0,
            warned_at: None,
            look_at: None,
            version: 0,
        }
    }

    /// What it is about.
    pub fn thing(&self) -> Option<Thing> {
        self.task_id.map(Thing::Task).or(self.incident_id.map(Thing::Incident))
    }

    /// Whether what became of it stands whatever the level becomes: it was kept, or broken.
    pub fn is_settled(&self) -> bool {
        self.met_at.is_some() || self.state == State::Breached
    }

    /// Brings it in line with the facts at `now`. What happened to it, if anything did.
    ///
    /// What has been settled by something that still stands stays as it was counted then.
    pub fn follow(&mut self, facts: &Facts, meter: &Meter, now: Timestamp) -> Option<Change> {
        if self.met_at.is_some() && self.met_at == facts.happened_at && self.version > 0 {
            return None;
        }
        let before = self.clone();
        let end = facts.happened_at.unwrap_or(now);
        let pauses = self.promise.pauses.of(facts);
        let began = self.started_at;
        let after = |minutes| meter.after(began, TimeDelta::minutes(minutes), &pauses);
        let warn_at = self.promise.warn_after().map(&after);
        self.due_at = after(self.promise.minutes.into());
        let still = pauses.iter().find(|pause| pause.until.is_none());
        let paused_since = still.map(|p| p.since.max(self.started_at));
        self.paused_since = paused_since.filter(|since| *since < self.due_at);
        self.paused_s = meter.paused(self.started_at, end, &pauses).num_seconds();
        self.met_at = facts.happened_at;
        self.closed = facts.happened_at.is_some() || facts.over;
        self.state = match facts.happened_at {
            Some(at) if at <= self.due_at => State::Met,
            Some(_) => State::Breached,
            None if self.paused_since.is_none() && self.due_at <= now => State::Breached,
            None if facts.over => State::Dropped,
            None if self.paused_since.is_some() => State::Paused,
            None => State::Running,
        };
        if self.state != State::Paused {
            self.paused_since = None;
        }
        let near = warn_at.filter(|at| *at < self.due_at && self.warned_at.is_none());
        let running = self.state == State::Running;
        self.look_at = running.then(|| near.unwrap_or(self.due_at));
        let change = self.changed(&before, near.is_some_and(|at| at <= now));
        if change == Some(Change::Warned) {
            self.warned_at = Some(now);
            self.look_at = Some(self.due_at);
        }
        change
    }

    fn changed(&mut self, before: &Self, near: bool) -> Option<Change> {
        let change = match (before.state, self.state) {
            _ if before.version == 0 => Change::Started,
            (State::Running, State::Running) if near => Change::Warned,
            (State::Breached, State::Breached) if self.met_at.is_some() => Change::Late,
            (State::Breached, State::Breached) if before.met_at.is_some() => Change::Reopened,
            (State::Breached, State::Breached) if self.closed && !before.closed => Change::Dropped,
            (then, same) if then == same => {
                let counted = |t: &Self| (t.due_at, t.look_at, t.closed, t.level_id, t.started_at);
                if counted(before) == counted(self) {
                    return None;
                }
                Change::Moved
            }
            (State::Breached, State::Met | State::Running | State::Paused) => Change::Corrected,
            (State::Met, State::Running | State::Paused) => Change::Reopened,
            (State::Paused | State::Dropped, State::Running) => Change::Resumed,
            (_, State::Running) => Change::Moved,
            (_, State::Paused) => Change::Paused,
            (_, State::Met) => Change::Met,
            (_, State::Breached) => Change::Breached,
            (_, State::Dropped) => Change::Dropped,
        };
        self.version += 1;
        Some(change)
    }

    /// Gives it another promise; it keeps its beginning. A warning that was given for the one
    /// before may be given again.
    pub fn promise(&mut self, (level, version): (ServiceLevelId, i64), promise: Promise) {
        self.level_id = level;
        self.level_version = version;
        self.promise = promise;
        self.warned_at = None;
        // Not counted yet: whatever it comes to is a change.
        self.due_at = self.started_at;
    }

    /// What others hear of it.
    pub fn event(&self, change: Change) -> ServiceTimerChanged {
        let to = match change {
            Change::Warned => Some(self.promise.warn_to),
            Change::Breached => Some(self.promise.breach_to),
            _ => None,
        };
        ServiceTimerChanged {
            timer: self.id,
            version: self.version,
            change,
            site: self.site_id,
            project: self.project_id,
            task: self.task_id,
            incident: self.incident_id,
            target: self.target,
            state: self.state,
            due_at: self.due_at,
            met_at: self.met_at,
            closed: self.closed,
            escalation: to.map_or(0, |to| to.level().into()),
        }
    }
}

impl Pauses {
    /// The times before it happened in which a promise stands still.
    fn of(self, facts: &Facts) -> Vec<Pause> {
        let counts = |by_client: bool| match self {
            Self::Never => false,
            Self::Client => by_client,
            Self::Blocked => true,
        };
        let before_it = |since: Timestamp| facts.happened_at.is_none_or(|at| since < at);
        let those = facts
            .blocks
            .iter()
            .filter(|(pause, by_client)| counts(*by_client) && before_it(pause.since));
        // One that was still going on when it happened ended there.
        let cut = |pause: Pause| match (facts.happened_at, pause.until) {
            (Some(at), None) => Pause { until: Some(at), ..pause },
            _ => pause,
        };
        those.map(|(pause, _)| cut(*pause)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::meter::tests::{at, office, pause};
    use super::super::{Begins, Counts};
    use super::*;
    use crate::incidents::Escalated;

    /// Four working hours, with a warning after three, from Friday 6 March 2026, 15:00.
    fn timer() -> ServiceTimer {
        let promise = Promise {
            minutes: 240,
            counts: Counts::Working,
            begins: Begins::Asked,
            pauses: Pauses::Client,
            warn_percent: Some(75),
            warn_before_min: None,
            warn_to: Escalated::ProjectLead,
            breach_to: Escalated::Manager,
        };
        let place = (ProjectId::new(), SiteId::new());
        let level = (ServiceLevelId::new(), 1);
        let start = at("2026-03-06T15:00:00Z");
        let thing = Thing::Task(TaskId::new());
        ServiceTimer::begin(thing, place, ServiceTarget::Resolve, level, promise, start)
    }

    fn follow(timer: &mut ServiceTimer, facts: &Facts, now: &str) -> Option<Change> {
        timer.follow(facts, &office(chrono_tz::Tz::UTC), at(now))
    }

    fn begun() -> ServiceTimer {
        let mut timer = timer();
        let now = "2026-03-06T15:00:00Z";
        assert_eq!(follow(&mut timer, &Facts::default(), now), Some(Change::Started));
        timer
    }

    fn done(when: &str) -> Facts {
        Facts { happened_at: Some(at(when)), ..Facts::default() }
    }

    fn blocked(since: &str, until: &str, by_client: bool) -> Facts {
        Facts { blocks: vec![(pause(since, until), by_client)], ..Facts::default() }
    }

    #[test]
    fn it_warns_once_and_breaks_once_when_time_alone_passes() {
        let mut timer = begun();
        assert_eq!(timer.due_at, at("2026-03-09T10:00:00Z"));
        assert_eq!(timer.look_at, Some(at("2026-03-09T09:00:00Z")));
        let nothing = Facts::default();
        assert_eq!(follow(&mut timer, &nothing, "2026-03-09T08:59:59Z"), None);
        assert_eq!(follow(&mut timer, &nothing, "2026-03-09T09:00:00Z"), Some(Change::Warned));
        assert_eq!(timer.look_at, Some(timer.due_at));
        assert_eq!(follow(&mut timer, &nothing, "2026-03-09T09:00:01Z"), None);
        assert_eq!(follow(&mut timer, &nothing, "2026-03-09T10:00:00Z"), Some(Change::Breached));
        assert_eq!((timer.look_at, timer.closed), (None, false));
        assert_eq!(follow(&mut timer, &nothing, "2026-03-12T10:00:00Z"), None);
        let late = follow(&mut timer, &done("2026-03-12T09:00:00Z"), "2026-03-12T10:00:00Z");
        assert_eq!((late, timer.state, timer.closed), (Some(Change::Late), State::Breached, true));
        assert_eq!(timer.version, 4);
        // Whoever looks for the first time after the end breaks it without a warning.
        let mut slept = begun();
        assert_eq!(follow(&mut slept, &nothing, "2026-03-20T10:00:00Z"), Some(Change::Breached));
        assert_eq!(slept.warned_at, None);
    }

    #[test]
    fn what_was_done_in_time_and_told_late_was_kept_and_to_the_minute_counts() {
        let mut timer = begun();
        follow(&mut timer, &Facts::default(), "2026-03-09T12:00:00Z");
        assert_eq!(timer.state, State::Breached);
        let kept = done("2026-03-09T10:00:00Z");
        assert_eq!(follow(&mut timer, &kept, "2026-03-10T08:00:00Z"), Some(Change::Corrected));
        assert_eq!((timer.state, timer.met_at), (State::Met, kept.happened_at));
        assert_eq!(follow(&mut timer, &kept, "2026-03-11T08:00:00Z"), None);
        let mut timer = begun();
        let late = done("2026-03-09T10:00:01Z");
        assert_eq!(follow(&mut timer, &late, "2026-03-09T10:00:01Z"), Some(Change::Breached));
        assert!(timer.closed);
    }

    #[test]
    fn it_stands_still_while_the_client_is_waited_for_and_goes_on_after_the_weekend() {
        let mut timer = begun();
        let waits = blocked("2026-03-06T16:00:00Z", "", true);
        // The block may be told of a moment after the write that keeps it began.
        assert_eq!(follow(&mut timer, &waits, "2026-03-06T15:59:59Z"), Some(Change::Paused));
        assert_eq!(timer.paused_since, Some(at("2026-03-06T16:00:00Z")));
        assert_eq!(follow(&mut timer, &waits, "2026-04-01T08:00:00Z"), None, "nor breaks");
        let goes_on = blocked("2026-03-06T16:00:00Z", "2026-03-10T09:00:00Z", true);
        assert_eq!(follow(&mut timer, &goes_on, "2026-03-10T09:00:00Z"), Some(Change::Resumed));
        assert_eq!(timer.due_at, at("2026-03-10T12:00:00Z"));
        assert_eq!(timer.paused_s, (1 + 8 + 1) * 3600);
        // One that was blocked by something else, or after its end, does not stand still.
        let mut timer = begun();
        let own = blocked("2026-03-06T16:00:00Z", "", false);
        assert_eq!(follow(&mut timer, &own, "2026-03-06T16:00:01Z"), None);
        let after = blocked("2026-03-09T10:00:00Z", "", true);
        assert_eq!(follow(&mut timer, &after, "2026-03-09T11:00:00Z"), Some(Change::Breached));
    }

    #[test]
    fn a_pause_that_is_told_late_takes_a_breach_back_before_anything_is_done() {
        let mut timer = begun();
        follow(&mut timer, &Facts::default(), "2026-03-09T10:00:00Z");
        let waited = blocked("2026-03-06T16:00:00Z", "2026-03-09T12:00:00Z", true);
        let change = follow(&mut timer, &waited, "2026-03-09T13:00:00Z");
        assert_eq!((change, timer.state), (Some(Change::Corrected), State::Running));
        assert_eq!(timer.due_at, at("2026-03-09T16:00:00Z"));
    }

    #[test]
    fn what_is_sent_back_runs_again_and_what_is_cancelled_in_time_is_dropped() {
        let mut timer = begun();
        let kept = done("2026-03-06T16:00:00Z");
        assert_eq!(follow(&mut timer, &kept, "2026-03-06T16:00:00Z"), Some(Change::Met));
        let back = follow(&mut timer, &Facts::default(), "2026-03-09T08:00:00Z");
        assert_eq!((back, timer.state), (Some(Change::Reopened), State::Running));
        let over = Facts { over: true, ..Facts::default() };
        assert_eq!(follow(&mut timer, &over, "2026-03-09T08:30:00Z"), Some(Change::Dropped));
        assert!(timer.closed && timer.look_at.is_none());
        // One that was broken before stays so: cancelling what is late betters no figure.
        let mut timer = begun();
        assert_eq!(follow(&mut timer, &over, "2026-03-10T08:00:00Z"), Some(Change::Breached));
        let mut timer = begun();
        follow(&mut timer, &Facts::default(), "2026-03-10T08:00:00Z");
        assert_eq!(follow(&mut timer, &over, "2026-03-10T09:00:00Z"), Some(Change::Dropped));
        assert_eq!((timer.state, timer.closed), (State::Breached, true));
    }

    #[test]
    fn another_promise_counts_from_the_same_beginning() {
        let mut timer = begun();
        let nothing = Facts::default();
        follow(&mut timer, &nothing, "2026-03-09T09:00:00Z");
        assert!(timer.warned_at.is_some());
        let longer = Promise { minutes: 480, ..timer.promise.clone() };
        timer.promise((ServiceLevelId::new(), 3), longer);
        assert_eq!(follow(&mut timer, &nothing, "2026-03-09T09:30:00Z"), Some(Change::Moved));
        assert_eq!(timer.started_at, at("2026-03-06T15:00:00Z"));
        assert_eq!(timer.due_at, at("2026-03-09T15:00:00Z"));
        assert_eq!(timer.look_at, Some(at("2026-03-09T12:00:00Z")), "it warns again");
        let same = timer.promise.clone();
        timer.promise((ServiceLevelId::new(), 1), same);
        assert_eq!(follow(&mut timer, &nothing, "2026-03-09T09:30:30Z"), Some(Change::Moved));
        let shorter = Promise { minutes: 60, ..timer.promise.clone() };
        timer.promise((ServiceLevelId::new(), 1), shorter);
        assert_eq!(follow(&mut timer, &nothing, "2026-03-09T09:31:00Z"), Some(Change::Breached));
    }

    #[test]
    fn who_is_to_hear_of_it_is_told_with_a_warning_and_a_breach_alone() {
        let timer = begun();
        let told = |change| timer.event(change).escalation;
        assert_eq!(
            [told(Change::Started), told(Change::Warned), told(Change::Breached)],
            [0, 1, 2]
        );
    }
}
