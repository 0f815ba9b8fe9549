//! The SQL of the steps that tasks take, and of what they mean: time worked, workers held.

use auth::Caller;
use chrono::{DateTime, Utc};
use contracts::TaskStatus;
use kernel::{TaskId, Timestamp, UserId, WorkerId};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::tasks::model::{Step, Task, TaskRef};
use crate::words::Word;

/// A step that a task took.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = TaskTransition)]
pub struct Transition {
    /// Its id; later ones sort later.
    pub id: Uuid,
    /// The step.
    pub step: Step,
    /// How many steps the device knew of that decided on it, where it said so.
    pub after_step: Option<i32>,
    /// Where the task stood.
    pub from_status: TaskStatus,
    /// Where it stands since.
    pub to_status: TaskStatus,
    /// When, by the device's clock, where it said so.
    pub device_at: Option<DateTime<Utc>>,
    /// When it counts as taken: by the device's clock, corrected where that is known to be off, not
    /// before the step before it, nor after the server heard of it.
    pub acted_at: DateTime<Utc>,
    /// Whether what the device told could not be, so that the nearest moment that could counts.
    pub doubtful: bool,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
    /// Latitude in degrees of where the device was; for who took the step and those who read the
    /// audit trail there.
    pub lat: Option<f64>,
    /// Longitude in degrees of where the device was.
    pub lon: Option<f64>,
    /// Accuracy of the position in metres.
    pub accuracy_m: Option<f64>,
    /// The user who took it.
    pub user_id: Option<UserId>,
    /// The worker that the user is.
    pub worker_id: Option<WorkerId>,
    /// Why, where it was said.
    pub reason: Option<String>,
}

impl Transition {
    /// Whether it was taken by this person.
    pub(crate) fn is_of(&self, caller: &Caller) -> bool {
        self.user_id == Some(caller.user)
            || self.worker_id.is_some() && self.worker_id == caller.worker
    }

    /// Leaves out where.
    pub(crate) fn unplace(&mut self) {
        (self.lat, self.lon, self.accuracy_m) = (None, None, None);
    }
}

/// Stores where a task now stands under its next version, and the step that led there.
pub(crate) async fn save(
    tx: &mut PgConnection,
    task: &mut Task,
    step: &Transition,
) -> Result<(), sqlx::Error> {
    task.version = sqlx::query_scalar!(
        "update planning.task
         set status = $2, started_at = $3, finished_at = $4, validated_at = $5, steps = $6,
             responded_at = $7, version = version + 1
         where id = $1 returning version",
        task.id as TaskId,
        task.status.as_str(),
        task.started_at,
        task.finished_at,
        task.validated_at,
        task.execution.steps,
        task.execution.responded_at
    )
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into planning.task_transition
             (id, task_id, move, from_status, to_status, device_at, at, lat, lon, accuracy_m,
              user_id, worker_id, reason, after_step, acted_at, doubtful)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        step.id,
        task.id as TaskId,
        step.step as Step,
        step.from_status.as_str(),
        step.to_status.as_str(),
        step.device_at,
        step.at,
        step.lat,
        step.lon,
        step.accuracy_m,
        step.user_id as Option<UserId>,
        step.worker_id as Option<WorkerId>,
        step.reason,
        step.after_step,
        step.acted_at,
        step.doubtful
    )
    .execute(&mut *tx)
    .await?;
    work(tx, task, step).await?;
    hold(tx, task, step).await
}

/// Counts the time that is worked, from step to step.
async fn work(tx: &mut PgConnection, task: &Task, step: &Transition) -> Result<(), sqlx::Error> {
    let at = step.acted_at;
    if step.from_status == TaskStatus::InProgress {
        sqlx::query!(
            "update planning.work_session set ended_at = greatest($2, started_at)
             where task_id = $1 and ended_at is null",
            task.id as TaskId,
            at
        )
        .execute(&mut *tx)
        .await?;
    }
    if step.to_status == TaskStatus::InProgress {
        sqlx::query!(
            "insert into planning.work_session (id, task_id, started_at, workers)
             select $1, $2, $3, greatest(count(*), 1)
             from planning.assignment where task_id = $2",
            step.id,
            task.id as TaskId,
            at
        )
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// A task that is blocked, finished or cancelled holds its workers no more; one that goes on holds
/// those who were not put on another meanwhile.
async fn hold(tx: &mut PgConnection, task: &Task, step: &Transition) -> Result<(), sqlx::Error> {
    let holds = |status: TaskStatus| status.is_open() && status != TaskStatus::Blocked;
    match (holds(step.from_status), holds(step.to_status)) {
        (true, false) => {
            sqlx::query!(
                "update planning.assignment set holds = false where task_id = $1 and holds",
                task.id as TaskId
            )
            .execute(tx)
            .await?;
        }
        (false, true) => {
            sqlx::query!(
                "update planning.assignment a set holds = true
                 where a.task_id = $1 and not a.holds and not exists (
                     select 1 from planning.assignment b
                     where b.worker_id = a.worker_id and b.task_id <> a.task_id and b.holds
                       and b.during && a.during)",
                task.id as TaskId
            )
            .execute(tx)
            .await?;
        }
        _ => {}
    }
    Ok(())
}

/// When the last step counts as taken that a task took, of those that are counted
/// ([`Step::counts`]).
pub(crate) async fn last(
    conn: &mut PgConnection,
    task: TaskId,
) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select max(acted_at) from planning.task_transition
         where task_id = $1 and move not in ('dispatch', 'recall')",
        task as TaskId
    )
    .fetch_one(conn)
    .await
}

/// The steps that a task took, the first first.
pub(crate) async fn transitions(
    conn: &mut PgConnection,
    task: TaskId,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Transition>, sqlx::Error> {
    sqlx::query_as!(
        Transition,
        r#"select id, move as "step: Step", after_step, from_status as "from_status: Word<TaskStatus>",
               to_status as "to_status: Word<TaskStatus>", device_at, acted_at, doubtful, at,
               lat, lon, accuracy_m, user_id as "user_id: UserId",
               worker_id as "worker_id: WorkerId", reason
           from planning.task_transition
           where task_id = $1 and ($2::uuid is null or id > $2)
           order by id limit $3"#,
        task as TaskId,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// The predecessors that a task still waits for: those after whose end it starts and that are not
/// done, and those with which it starts and that have not begun. One that was cancelled holds
/// nobody up, nor does one that the plan lets it overlap with.
pub(crate) async fn open_predecessors(
    conn: &mut PgConnection,
    task: TaskId,
) -> Result<Vec<TaskRef>, sqlx::Error> {
    sqlx::query_as!(
        TaskRef,
        r#"select t.id as "id: TaskId", t.title, t.status as "status: Word<TaskStatus>"
           from planning.dependency d join planning.task t on t.id = d.predecessor
           where d.successor = $1 and d.lag_min >= 0
             and t.status not in ('done', 'validated', 'cancelled')
             and (d.kind = 'finish_to_start'
                  or d.kind = 'start_to_start' and t.started_at is null)
           order by t.starts_at, t.id"#,
        task as TaskId
    )
    .fetch_all(conn)
    .await
}
