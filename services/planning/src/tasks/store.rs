//! The SQL of tasks.

pub(crate) mod blocks;
pub(crate) mod needs;
pub(crate) mod progress;
pub(crate) mod steps;

use chrono::NaiveDate;
use contracts::TaskStatus;
use kernel::{
    ChecklistId, MilestoneId, PhaseId, ProjectId, SiteId, SkillId, TaskId, Timestamp, WorkerId,
};
use sqlx::PgConnection;
use sqlx::types::Json;

use auth::Visibility;

use super::model::{Execution, Priority, Task};
use super::needs::Needs;
use crate::words::Word;

/// `query_as!` over the columns of a task, followed by the rest of the statement.
macro_rules! select_tasks {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Task,
            r#"select t.id as "id!: TaskId", t.site_id as "site_id!: SiteId",
                   t.project_id as "project_id!: ProjectId", t.phase_id as "phase_id: PhaseId",
                   t.milestone_id as "milestone_id: MilestoneId", t.title as "title!",
                   t.description as "description!", t.priority as "priority!: Priority",
                   t.workers_needed as "workers_needed!", t.starts_at as "starts_at!",
                   t.ends_at as "ends_at!", t.duration_min as "duration_min!",
                   t.status as "status!: Word<TaskStatus>", t.started_at, t.finished_at,
                   t.validated_at, t.zone as "zone!", t.skills as "skills!: Vec<SkillId>",
                   t.checklists as "checklists!: Vec<ChecklistId>",
                   t.workers as "workers!: Vec<WorkerId>",
                   t.predecessors as "predecessors!: Vec<TaskId>",
                   e.execution as "execution!: Json<Execution>", t.version as "version!",
                   coalesce(n.needs, '{}'::jsonb) as "needs!: Needs"
               from planning.task_state t
               join planning.task_execution e on e.task_id = t.id
               left join planning.task_need n on n.task_id = t.id "# + $rest
            $(, $argument)*
        )
    };
}

/// The task of this id.
pub(crate) async fn find(conn: &mut PgConnection, id: TaskId) -> Result<Option<Task>, sqlx::Error> {
    select_tasks!("where t.id = $1", id as TaskId).fetch_optional(conn).await
}

/// The tasks of these ids, by start.
pub(crate) async fn of_ids(
    conn: &mut PgConnection,
    ids: &[TaskId],
) -> Result<Vec<Task>, sqlx::Error> {
    select_tasks!("where t.id = any($1) order by t.starts_at, t.id", ids as &[TaskId])
        .fetch_all(conn)
        .await
}

/// The task, locked until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: TaskId) -> Result<Option<Task>, sqlx::Error> {
    lock_all(tx, &[id]).await.map(|tasks| tasks.into_iter().next())
}

/// The tasks, locked in the order of their ids until the end of the transaction, then read by a
/// statement of its own, which sees what the last holder of the lock committed.
pub(crate) async fn lock_all(
    tx: &mut PgConnection,
    ids: &[TaskId],
) -> Result<Vec<Task>, sqlx::Error> {
    sqlx::query!(
        "select id from planning.task where id = any($1) order by id for update",
        ids as &[TaskId]
    )
    .fetch_all(&mut *tx)
    .await?;
    of_ids(tx, ids).await
}

/// What a list of tasks is narrowed to.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub day: Option<NaiveDate>,
    pub site: Option<SiteId>,
    pub project: Option<ProjectId>,
    pub worker: Option<WorkerId>,
    pub status: Option<TaskStatus>,
}

/// Which tasks a page of the visible ones holds, by start, after the one that the cursor names. A
/// day is the site's own: a task is on it when any of its span is. Ids alone, since this statement
/// is planned anew for what is asked for, which takes long where all that hangs on a task is read.
pub(crate) async fn list(
    conn: &mut PgConnection,
    seen: &Visibility,
    filter: &Filter,
    after: Option<(Timestamp, TaskId)>,
    limit: i64,
) -> Result<Vec<(Timestamp, TaskId)>, sqlx::Error> {
    let keys = sqlx::query!(
        r#"select t.starts_at, t.id as "id: TaskId"
           from planning.task t
           join projects_pub.site s on s.id = t.site_id
           where ($1 or t.project_id = any($2) or t.site_id = any($3) or exists (
                   select 1 from planning.assignment a
                   where a.task_id = t.id and a.worker_id = any($4)))
             and ($5::date is null or (t.ends_at > ($5::date)::timestamp at time zone s.zone
                  and t.starts_at < ($5::date + 1)::timestamp at time zone s.zone))
             and ($6::uuid is null or t.site_id = $6)
             and ($7::uuid is null or t.project_id = $7)
             and ($8::uuid is null or exists (select 1 from planning.assignment a
                  where a.task_id = t.id and a.worker_id = $8))
             and ($9::text is null or t.status = $9)
             and ($10::timestamptz is null or (t.starts_at, t.id) > ($10, $11::uuid))
           order by t.starts_at, t.id limit $12"#,
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        &seen.workers as &[WorkerId],
        filter.day,
        filter.site as Option<SiteId>,
        filter.project as Option<ProjectId>,
        filter.worker as Option<WorkerId>,
        filter.status.map(TaskStatus::as_str),
        after.map(|a| a.0),
        after.map(|a| a.1) as Option<TaskId>,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(keys.into_iter().map(|key| (key.starts_at, key.id)).collect())
}

/// A site's project and zone.
pub(crate) async fn site(
    conn: &mut PgConnection,
    id: SiteId,
) -> Result<Option<(ProjectId, String)>, sqlx::Error> {
    let site = sqlx::query!(
        r#"select project_id as "project!: ProjectId", zone as "zone!"
           from projects_pub.site where id = $1"#,
        id as SiteId
    )
    .fetch_optional(conn)
    .await?;
    Ok(site.map(|s| (s.project, s.zone)))
}

/// Whether the milestone is one of the project.
pub(crate) async fn has_milestone(
    conn: &mut PgConnection,
    project: ProjectId,
    milestone: MilestoneId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from projects_pub.milestone
                          where id = $1 and project_id = $2) as "there!""#,
        milestone as MilestoneId,
        project as ProjectId
    )
    .fetch_one(conn)
    .await
}

/// Whether these skills, each named once, all exist.
pub(crate) async fn has_skills(
    conn: &mut PgConnection,
    skills: &[SkillId],
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) = cardinality($1::uuid[]) as "all!"
           from resources_pub.skill where id = any($1)"#,
        skills as &[SkillId]
    )
    .fetch_one(conn)
    .await
}

/// Whether these checklists, each named once, all exist.
pub(crate) async fn has_checklists(
    conn: &mut PgConnection,
    checklists: &[ChecklistId],
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) = cardinality($1::uuid[]) as "all!"
           from planning.checklist where id = any($1)"#,
        checklists as &[ChecklistId]
    )
    .fetch_one(conn)
    .await
}

/// Stores a new task with its skills, its checklists and what it asks.
pub(crate) async fn insert(tx: &mut PgConnection, task: &Task) -> Result<(), sqlx::Error> {
    let measure = task.execution.measure.as_ref();
    sqlx::query!(
        "insert into planning.task
             (id, site_id, project_id, phase_id, milestone_id, title, description, priority,
              workers_needed, starts_at, ends_at, duration_min, status, quantity, unit)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        task.id as TaskId,
        task.site_id as SiteId,
        task.project_id as ProjectId,
        task.phase_id as Option<PhaseId>,
        task.milestone_id as Option<MilestoneId>,
        task.title,
        task.description,
        task.priority as Priority,
        task.workers_needed,
        task.starts_at,
        task.ends_at,
        task.duration_min,
        task.status.as_str(),
        measure.map(|m| m.quantity),
        measure.map(|m| &m.unit) as Option<&String>
    )
    .execute(&mut *tx)
    .await?;
    replace_links(tx, task).await
}

/// Stores a task's plan under its next version.
pub(crate) async fn save_plan(tx: &mut PgConnection, task: &mut Task) -> Result<(), sqlx::Error> {
    let measure = task.execution.measure.as_ref();
    task.version = sqlx::query_scalar!(
        "update planning.task
         set phase_id = $2, milestone_id = $3, title = $4, description = $5, priority = $6,
             workers_needed = $7, starts_at = $8, ends_at = $9, duration_min = $10,
             quantity = $11, unit = $12, version = version + 1
         where id = $1 returning version",
        task.id as TaskId,
        task.phase_id as Option<PhaseId>,
        task.milestone_id as Option<MilestoneId>,
        task.title,
        task.description,
        task.priority as Priority,
        task.workers_needed,
        task.starts_at,
        task.ends_at,
        task.duration_min,
        measure.map(|m| m.quantity),
        measure.map(|m| &m.unit) as Option<&String>
    )
    .fetch_one(&mut *tx)
    .await?;
    replace_links(tx, task).await
}

/// Counts a change to what hangs on a task: its workers, its links.
pub(crate) async fn bump(tx: &mut PgConnection, task: &mut Task) -> Result<(), sqlx::Error> {
    task.version = sqlx::query_scalar!(
        "update planning.task set version = version + 1 where id = $1 returning version",
        task.id as TaskId
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

async fn replace_links(tx: &mut PgConnection, task: &Task) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with gone as (delete from planning.task_skill
                       where task_id = $1 and skill_id <> all($2::uuid[]))
         insert into planning.task_skill (task_id, skill_id)
         select $1, skill from unnest($2::uuid[]) skill on conflict do nothing",
        task.id as TaskId,
        &task.skills as &[SkillId]
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "with gone as (delete from planning.task_checklist
                       where task_id = $1 and checklist_id <> all($2::uuid[]))
         insert into planning.task_checklist (task_id, checklist_id)
         select $1, checklist from unnest($2::uuid[]) checklist on conflict do nothing",
        task.id as TaskId,
        &task.checklists as &[ChecklistId]
    )
    .execute(&mut *tx)
    .await?;
    needs::replace(tx, task).await
}
