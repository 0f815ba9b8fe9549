//! The steps that a task takes: one table of what follows what. No I/O.

use auth::Action;
use contracts::{TaskChange, TaskStatus};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Task;

/// A step that a task takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = TaskStep)]
pub enum Step {
    /// Its workers are told to go.
    Dispatch,
    /// Its workers are told not to go, or to come back.
    Recall,
    /// Its workers set out.
    Travel,
    /// Its workers arrive.
    Arrive,
    /// Work begins, or goes on after the way there.
    Start,
    /// Work is interrupted.
    Pause,
    /// Work goes on.
    Resume,
    /// Something keeps it from going on.
    Block,
    /// What kept it from going on is gone.
    Unblock,
    /// The worker says it is done.
    Finish,
    /// The site lead agrees.
    Validate,
    /// The site lead sends it back.
    Reopen,
    /// It will not be done.
    Cancel,
}

/// Where a step leads.
#[derive(Debug, Clone, Copy)]
enum Leads {
    /// There.
    To(TaskStatus),
    /// To the plan: paused where work has begun.
    ToPlan,
    /// Where it was blocked.
    Back,
}

use self::Leads::{Back, To, ToPlan};
use self::TaskStatus as S;

/// The state machine: each step, where it may be taken, and where it leads. The way to the site may
/// be left out. What is not here is refused.
const TABLE: [(Step, &[TaskStatus], Leads); 13] = [
    (Step::Dispatch, &[S::Planned], To(S::Dispatched)),
    (Step::Recall, &[S::Dispatched, S::Travelling, S::OnSite], ToPlan),
    (Step::Travel, &[S::Planned, S::Dispatched, S::Paused, S::Reopened], To(S::Travelling)),
    (
        Step::Arrive,
        &[S::Planned, S::Dispatched, S::Travelling, S::Paused, S::Reopened],
        To(S::OnSite),
    ),
    (
        Step::Start,
        &[S::Planned, S::Dispatched, S::Travelling, S::OnSite, S::Reopened],
        To(S::InProgress),
    ),
    (Step::Pause, &[S::InProgress], To(S::Paused)),
    (Step::Resume, &[S::Paused], To(S::InProgress)),
    (
        Step::Block,
        &[
            S::Planned,
            S::Dispatched,
            S::Travelling,
            S::OnSite,
            S::InProgress,
            S::Paused,
            S::Reopened,
        ],
        To(S::Blocked),
    ),
    (Step::Unblock, &[S::Blocked], Back),
    (Step::Finish, &[S::InProgress, S::Paused, S::Reopened], To(S::Done)),
    (Step::Validate, &[S::Done], To(S::Validated)),
    (Step::Reopen, &[S::Done], To(S::Reopened)),
    (
        Step::Cancel,
        &[
            S::Planned,
            S::Dispatched,
            S::Travelling,
            S::OnSite,
            S::InProgress,
            S::Paused,
            S::Blocked,
            S::Reopened,
        ],
        To(S::Cancelled),
    ),
];

/// Why a step is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepError {
    /// The task took other steps since the device decided on this one.
    Stale,
    /// It does not fit where the task stands.
    Illegal,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 13] = {
        let mut all = [Self::Dispatch; 13];
        let mut at = 0;
        while at < TABLE.len() {
            all[at] = TABLE[at].0;
            at += 1;
        }
        all
    };

    /// Where the step leads a task, decided on when it had taken `after` steps, where that is
    /// told: what somebody else did meanwhile is not overwritten unseen.
    pub fn from(self, task: &Task, after: Option<i32>) -> Result<TaskStatus, StepError> {
        if after.is_some_and(|after| after != task.execution.steps) {
            return Err(StepError::Stale);
        }
        let row = TABLE.iter().find(|(step, from, _)| *step == self && from.contains(&task.status));
        match row.map(|(.., leads)| *leads) {
            None => Err(StepError::Illegal),
            Some(To(status)) => Ok(status),
            Some(ToPlan) if task.started_at.is_some() => Ok(S::Paused),
            Some(ToPlan) => Ok(S::Planned),
            Some(Back) => {
                task.execution.block.as_ref().map(|block| block.from).ok_or(StepError::Illegal)
            }
        }
    }

    /// The right that it takes.
    pub fn action(self) -> Action {
        match self {
            Self::Dispatch | Self::Recall => Action::AssignTask,
            Self::Travel
            | Self::Arrive
            | Self::Start
            | Self::Pause
            | Self::Resume
            | Self::Block
            | Self::Unblock
            | Self::Finish => Action::WorkTask,
            Self::Validate | Self::Reopen | Self::Cancel => Action::ValidateTask,
        }
    }

    /// Whether it is counted: what is only said from the office does not stand against what a
    /// phone decided without knowing of it.
    pub fn counts(self) -> bool {
        !matches!(self, Self::Dispatch | Self::Recall)
    }

    /// What is told of it.
    pub fn change(self) -> TaskChange {
        match self {
            Self::Dispatch => TaskChange::Dispatched,
            Self::Recall => TaskChange::Recalled,
            Self::Travel => TaskChange::Travelling,
            Self::Arrive => TaskChange::Arrived,
            Self::Start => TaskChange::Started,
            Self::Pause => TaskChange::Paused,
            Self::Resume => TaskChange::Resumed,
            Self::Block => TaskChange::Blocked,
            Self::Unblock => TaskChange::Unblocked,
            Self::Finish => TaskChange::Finished,
            Self::Validate => TaskChange::Validated,
            Self::Reopen => TaskChange::Reopened,
            Self::Cancel => TaskChange::Cancelled,
        }
    }

    /// Takes the step at `at`. The caller has asked [`Self::from`].
    pub fn take(self, task: &mut Task, reached: TaskStatus, at: Timestamp) {
        task.status = reached;
        task.execution.steps += i32::from(self.counts());
        match self {
            Self::Dispatch | Self::Travel | Self::Arrive | Self::Start => {
                let first = task.execution.responded_at.map_or(at, |before| before.min(at));
                task.execution.responded_at = Some(first);
            }
            Self::Recall if reached == S::Planned => task.execution.responded_at = None,
            _ => {}
        }
        match self {
            Self::Start => task.started_at = task.started_at.or(Some(at)),
            Self::Finish => task.finished_at = Some(at),
            Self::Validate => task.validated_at = Some(at),
            Self::Reopen => task.finished_at = None,
            Self::Unblock | Self::Cancel => task.execution.block = None,
            Self::Dispatch
            | Self::Recall
            | Self::Travel
            | Self::Arrive
            | Self::Pause
            | Self::Resume
            | Self::Block => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use kernel::{ProjectId, SiteId, TaskId};

    use super::*;
    use crate::tasks::Needs;
    use crate::tasks::model::{Block, Execution, Priority, Span};

    fn at(seconds: i64) -> Timestamp {
        DateTime::from_timestamp(1_772_438_400 + seconds, 0).unwrap()
    }

    fn task(status: TaskStatus, begun: bool) -> Task {
        let span = Span::plan(at(0), None, Some(240)).unwrap();
        let block = (status == S::Blocked).then(|| Block {
            from: if begun { S::InProgress } else { S::OnSite },
            reason: "Pas de courant".into(),
            incident_id: None,
            by_client: true,
            since: at(0),
            expected_until: None,
            plan_kept: false,
        });
        Task {
            id: TaskId::new(),
            site_id: SiteId::new(),
            project_id: ProjectId::new(),
            phase_id: None,
            milestone_id: None,
            title: "Tirage".into(),
            description: String::new(),
            priority: Priority::Normal,
            workers_needed: 1,
            starts_at: span.starts_at,
            ends_at: span.ends_at,
            duration_min: span.duration_min,
            status,
            started_at: begun.then(|| at(0)),
            finished_at: None,
            validated_at: None,
            zone: "Africa/Dakar".into(),
            skills: Vec::new(),
            checklists: Vec::new(),
            workers: Vec::new(),
            predecessors: Vec::new(),
            needs: Needs::default(),
            execution: Execution { steps: 4, block, ..Execution::default() },
            version: 1,
        }
    }

    /// Each step in its row, each status in its column, in the order of [`TaskStatus::ALL`]: where
    /// it leads a task on which work has begun, in the words of the statuses; `-` is a refusal.
    const EXPECTED: [(&str, &str); 13] = [
        ("dispatch", "dispatched - - - - - - - - - -"),
        ("recall", "- paused paused paused - - - - - - -"),
        ("travel", "travelling travelling - - - travelling - - - travelling -"),
        ("arrive", "on_site on_site on_site - - on_site - - - on_site -"),
        ("start", "in_progress in_progress in_progress in_progress - - - - - in_progress -"),
        ("pause", "- - - - paused - - - - - -"),
        ("resume", "- - - - - in_progress - - - - -"),
        ("block", "blocked blocked blocked blocked blocked blocked - - - blocked -"),
        ("unblock", "- - - - - - in_progress - - - -"),
        ("finish", "- - - - done done - - - done -"),
        ("validate", "- - - - - - - validated - - -"),
        ("reopen", "- - - - - - - reopened - - -"),
        (
            "cancel",
            "cancelled cancelled cancelled cancelled cancelled cancelled cancelled - - cancelled -",
        ),
    ];

    #[test]
    fn every_pair_of_step_and_status_leads_where_the_table_says() {
        let mut pairs = 0;
        for (step, row) in EXPECTED {
            let step: Step = serde_json::from_value(serde_json::json!(step)).unwrap();
            for (status, reached) in TaskStatus::ALL.into_iter().zip(row.split(' ')) {
                let leads = step.from(&task(status, true), None);
                let expected = if reached == "-" {
                    Err(StepError::Illegal)
                } else {
                    Ok(reached.parse().unwrap())
                };
                assert_eq!(leads, expected, "{step:?} from {status:?}");
                pairs += 1;
            }
        }
        assert_eq!(pairs, Step::ALL.len() * TaskStatus::ALL.len());
    }

    #[test]
    fn what_was_recalled_before_it_began_is_planned_again_and_a_block_ends_where_it_began() {
        for status in [S::Dispatched, S::Travelling, S::OnSite] {
            assert_eq!(Step::Recall.from(&task(status, false), None), Ok(S::Planned));
        }
        assert_eq!(Step::Unblock.from(&task(S::Blocked, false), None), Ok(S::OnSite));
        let mut lost = task(S::Blocked, false);
        lost.execution.block = None;
        assert_eq!(Step::Unblock.from(&lost, None), Err(StepError::Illegal));
    }

    #[test]
    fn a_step_decided_on_before_somebody_elses_is_refused_whatever_the_table_says() {
        let paused = task(S::Paused, true);
        assert_eq!(Step::Resume.from(&paused, Some(4)), Ok(S::InProgress));
        for other in [0, 3, 5] {
            assert_eq!(Step::Resume.from(&paused, Some(other)), Err(StepError::Stale));
        }
    }

    #[test]
    fn the_field_counts_its_steps_and_the_office_does_not_count_among_them() {
        let mut task = task(S::Planned, false);
        for step in [Step::Dispatch, Step::Travel, Step::Arrive, Step::Start] {
            let reached = step.from(&task, None).unwrap();
            step.take(&mut task, reached, at(60));
        }
        assert_eq!(task.execution.steps, 4 + 3);
        Step::Start.take(&mut task, S::InProgress, at(900));
        assert_eq!(task.started_at, Some(at(60)), "work begins once");
    }

    #[test]
    fn who_is_told_to_go_has_answered_and_who_is_called_back_has_not() {
        let mut task = task(S::Planned, false);
        Step::Dispatch.take(&mut task, S::Dispatched, at(300));
        assert_eq!(task.execution.responded_at, Some(at(300)));
        // A phone that was offline says that its worker was on the way before.
        Step::Travel.take(&mut task, S::Travelling, at(120));
        assert_eq!(task.execution.responded_at, Some(at(120)));
        Step::Recall.take(&mut task, S::Planned, at(400));
        assert_eq!(task.execution.responded_at, None);
        Step::Start.take(&mut task, S::InProgress, at(500));
        Step::Pause.take(&mut task, S::Paused, at(600));
        assert_eq!(task.execution.responded_at, Some(at(500)));
    }

    #[test]
    fn every_open_status_can_be_left_and_no_closed_one_but_done() {
        for status in TaskStatus::ALL {
            let left = Step::ALL.iter().any(|step| step.from(&task(status, true), None).is_ok());
            assert_eq!(left, status.is_open() || status == S::Done, "{status:?}");
        }
    }
}
