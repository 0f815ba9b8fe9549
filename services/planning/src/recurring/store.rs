//! The SQL of templates of recurring tasks.

use auth::Visibility;
use chrono::NaiveDate;
use kernel::{ChecklistId, ProjectId, SiteId, SkillId, TaskId, TaskTemplateId, Timestamp};
use sqlx::PgConnection;

use super::model::{Closed, TaskTemplate};
use crate::tasks::Task;
use crate::tasks::model::Priority;

/// `query_as!` over the columns of a template, followed by the rest of the statement.
macro_rules! select_templates {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            TaskTemplate,
            r#"select t.id as "id!: TaskTemplateId", t.site_id as "site_id!: SiteId",
                   t.project_id as "project_id!: ProjectId", t.title as "title!",
                   t.description as "description!", t.priority as "priority!: Priority",
                   t.workers_needed as "workers_needed!", t.duration_min as "duration_min!",
                   t.skills as "skills!: Vec<SkillId>",
                   t.checklists as "checklists!: Vec<ChecklistId>", t.rule as "rule!",
                   t.starts_on as "starts_on!", t.starts_at as "starts_at!",
                   t.closed as "closed!: Closed", t.horizon_days as "horizon_days!",
                   t.active as "active!", s.zone as "zone!", t.version as "version!"
               from planning.task_template t join projects_pub.site s on s.id = t.site_id "# + $rest
            $(, $argument)*
        )
    };
}

/// The template of this id.
pub(super) async fn find(
    conn: &mut PgConnection,
    id: TaskTemplateId,
) -> Result<Option<TaskTemplate>, sqlx::Error> {
    select_templates!("where t.id = $1", id as TaskTemplateId).fetch_optional(conn).await
}

/// The template, locked until the end of the transaction.
pub(super) async fn lock(
    tx: &mut PgConnection,
    id: TaskTemplateId,
) -> Result<Option<TaskTemplate>, sqlx::Error> {
    sqlx::query!(
        "select id from planning.task_template where id = $1 for update",
        id as TaskTemplateId
    )
    .fetch_optional(&mut *tx)
    .await?;
    find(tx, id).await
}

/// The templates that are seen, of one site where it is given, after the one of this id.
pub(super) async fn list(
    conn: &mut PgConnection,
    seen: &Visibility,
    site: Option<SiteId>,
    after: Option<TaskTemplateId>,
    limit: i64,
) -> Result<Vec<TaskTemplate>, sqlx::Error> {
    select_templates!(
        "where ($1 or t.project_id = any($2) or t.site_id = any($3))
           and ($4::uuid is null or t.site_id = $4) and ($5::uuid is null or t.id > $5)
         order by t.id limit $6",
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        site as Option<SiteId>,
        after as Option<TaskTemplateId>,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Stores a new template.
pub(super) async fn insert(tx: &mut PgConnection, new: &TaskTemplate) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.task_template
             (id, site_id, project_id, title, description, priority, workers_needed,
              duration_min, skills, checklists, rule, starts_on, starts_at, closed, horizon_days,
              active)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        new.id as TaskTemplateId,
        new.site_id as SiteId,
        new.project_id as ProjectId,
        new.title,
        new.description,
        new.priority as Priority,
        new.workers_needed,
        new.duration_min,
        &new.skills as &[SkillId],
        &new.checklists as &[ChecklistId],
        new.rule,
        new.starts_on,
        new.starts_at,
        new.closed as Closed,
        new.horizon_days,
        new.active
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores a template under its next version.
pub(super) async fn save(
    tx: &mut PgConnection,
    template: &mut TaskTemplate,
) -> Result<(), sqlx::Error> {
    template.version = sqlx::query_scalar!(
        "update planning.task_template
         set title = $2, description = $3, priority = $4, workers_needed = $5, duration_min = $6,
             skills = $7, checklists = $8, rule = $9, starts_at = $10, closed = $11,
             horizon_days = $12, active = $13, version = version + 1
         where id = $1 returning version",
        template.id as TaskTemplateId,
        template.title,
        template.description,
        template.priority as Priority,
        template.workers_needed,
        template.duration_min,
        &template.skills as &[SkillId],
        &template.checklists as &[ChecklistId],
        template.rule,
        template.starts_at,
        template.closed as Closed,
        template.horizon_days,
        template.active
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

/// The days of a template for which a task was planned.
pub(super) async fn days(
    conn: &mut PgConnection,
    template: TaskTemplateId,
) -> Result<Vec<NaiveDate>, sqlx::Error> {
    sqlx::query_scalar!(
        "select on_date from planning.task_occurrence where template_id = $1",
        template as TaskTemplateId
    )
    .fetch_all(conn)
    .await
}

/// A task that was planned for a day.
pub(super) struct Planned {
    pub on_date: NaiveDate,
    pub task: TaskId,
    /// Whether it is as the template left it.
    pub untouched: bool,
}

/// The tasks of a template that begin after now.
pub(super) async fn ahead(
    conn: &mut PgConnection,
    template: TaskTemplateId,
    now: Timestamp,
) -> Result<Vec<Planned>, sqlx::Error> {
    sqlx::query_as!(
        Planned,
        r#"select o.on_date, o.task_id as "task: TaskId",
               t.status = 'planned' and t.version = o.version as "untouched!"
           from planning.task_occurrence o join planning.task t on t.id = o.task_id
           where o.template_id = $1 and t.starts_at > $2 order by o.on_date"#,
        template as TaskTemplateId,
        now
    )
    .fetch_all(conn)
    .await
}

/// Keeps which task was planned for a day.
pub(super) async fn insert_occurrence(
    tx: &mut PgConnection,
    template: TaskTemplateId,
    day: NaiveDate,
    task: &Task,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.task_occurrence (template_id, on_date, task_id, version)
         values ($1, $2, $3, $4)",
        template as TaskTemplateId,
        day,
        task.id as TaskId,
        task.version
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps the version at which a template left a task.
pub(super) async fn left(tx: &mut PgConnection, task: &Task) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update planning.task_occurrence set version = $2 where task_id = $1",
        task.id as TaskId,
        task.version
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets that a task was planned for a day: it was cancelled with its day.
pub(super) async fn forget(tx: &mut PgConnection, task: TaskId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from planning.task_occurrence where task_id = $1", task as TaskId)
        .execute(tx)
        .await?;
    Ok(())
}
