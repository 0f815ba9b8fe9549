//! The budget lines' rows.

use auth::Visibility;
use kernel::{BudgetLineId, PhaseId, ProjectId, SiteId, TaskId};
use sqlx::PgConnection;

use super::super::model::BudgetLine;
use crate::projects::OfProject;
use crate::{Error, MoneyError};

/// More would make a budget that nobody reads.
const MAX_LINES: i64 = 500;

struct Row {
    id: BudgetLineId,
    project_id: ProjectId,
    name: String,
    category: String,
    nature: String,
    phase_id: Option<PhaseId>,
    site_id: Option<SiteId>,
    task_id: Option<TaskId>,
    planned_minor: i64,
    remaining_minor: Option<i64>,
    version: i64,
}

impl TryFrom<Row> for BudgetLine {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let word = |e: String| sqlx::Error::Decode(e.into());
        Ok(Self {
            id: row.id,
            project_id: row.project_id,
            name: row.name,
            category: row.category.parse().map_err(word)?,
            nature: row.nature.parse().map_err(word)?,
            phase_id: row.phase_id,
            site_id: row.site_id,
            task_id: row.task_id,
            planned_minor: row.planned_minor,
            remaining_minor: row.remaining_minor,
            version: row.version,
        })
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: BudgetLineId", project_id as "project_id: ProjectId", name,
                      category, nature, phase_id as "phase_id: PhaseId",
                      site_id as "site_id: SiteId", task_id as "task_id: TaskId", planned_minor,
                      remaining_minor, version
               from projects.budget_line "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The line.
pub(crate) async fn find_line(
    db: &mut PgConnection,
    id: BudgetLineId,
) -> Result<BudgetLine, sqlx::Error> {
    select!("where id = $1", id as BudgetLineId).fetch_one(db).await?.try_into()
}

/// The line, held until the end of the transaction.
pub(crate) async fn lock_line(
    tx: &mut PgConnection,
    id: BudgetLineId,
) -> Result<BudgetLine, sqlx::Error> {
    select!("where id = $1 for update", id as BudgetLineId).fetch_one(tx).await?.try_into()
}

/// All lines of these projects, the oldest first.
pub(super) async fn of_projects(
    db: &mut PgConnection,
    projects: &[ProjectId],
) -> Result<Vec<BudgetLine>, sqlx::Error> {
    select!("where project_id = any($1) order by id", projects as &[ProjectId])
        .fetch_all(db)
        .await?
        .into_iter()
        .map(BudgetLine::try_from)
        .collect()
}

/// A page of the lines that are seen, and one more.
pub(crate) async fn list_lines(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &OfProject,
    after: Option<BudgetLineId>,
    limit: i64,
) -> Result<Vec<BudgetLine>, sqlx::Error> {
    select!(
        "where ($1 or project_id = any($2)) and ($3::uuid is null or project_id = $3)
           and ($4::uuid is null or id > $4)
         order by id limit $5",
        seen.all,
        &seen.projects as &[ProjectId],
        filter.project_id as Option<ProjectId>,
        after as Option<BudgetLineId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(BudgetLine::try_from)
    .collect()
}

/// Whether the project has this line.
pub(crate) async fn line_of(
    db: &mut PgConnection,
    project: ProjectId,
    line: BudgetLineId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from projects.budget_line where project_id = $1 and id = $2)
               as "there!""#,
        project as ProjectId,
        line as BudgetLineId
    )
    .fetch_one(db)
    .await
}

/// The project takes one line more. Its budget is locked by now.
pub(crate) async fn check_room(db: &mut PgConnection, project: ProjectId) -> Result<(), Error> {
    let there = sqlx::query_scalar!(
        r#"select count(*) as "count!" from projects.budget_line where project_id = $1"#,
        project as ProjectId
    )
    .fetch_one(db)
    .await?;
    if there < MAX_LINES { Ok(()) } else { Err(MoneyError::TooManyLines.into()) }
}

/// The phase, the site and the task are of the line's project, where they are named.
pub(crate) async fn check_references(
    db: &mut PgConnection,
    line: &BudgetLine,
) -> Result<(), Error> {
    let there = sqlx::query!(
        r#"select
               $2::uuid is null or exists (select from projects.phase
                                           where id = $2 and project_id = $1) as "phase!",
               $3::uuid is null or exists (select from projects.site
                                           where id = $3 and project_id = $1) as "site!",
               $4::uuid is null or exists (select from planning_pub.task
                                           where id = $4 and project_id = $1) as "task!""#,
        line.project_id as ProjectId,
        line.phase_id as Option<PhaseId>,
        line.site_id as Option<SiteId>,
        line.task_id as Option<TaskId>
    )
    .fetch_one(db)
    .await?;
    let all = [(there.phase, "phase_id"), (there.site, "site_id"), (there.task, "task_id")];
    match all.into_iter().find(|(there, _)| !there) {
        Some((_, field)) => Err(MoneyError::Elsewhere(field).into()),
        None => Ok(()),
    }
}

/// Stores a new line.
pub(crate) async fn insert_line(
    tx: &mut PgConnection,
    line: &BudgetLine,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.budget_line
             (id, project_id, name, category, nature, phase_id, site_id, task_id, planned_minor,
              remaining_minor, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        line.id as BudgetLineId,
        line.project_id as ProjectId,
        line.name,
        line.category.as_str(),
        line.nature.as_str(),
        line.phase_id as Option<PhaseId>,
        line.site_id as Option<SiteId>,
        line.task_id as Option<TaskId>,
        line.planned_minor,
        line.remaining_minor,
        line.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores a changed line.
pub(crate) async fn update_line(
    tx: &mut PgConnection,
    line: &BudgetLine,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.budget_line
         set name = $2, category = $3, nature = $4, phase_id = $5, site_id = $6, task_id = $7,
             planned_minor = $8, remaining_minor = $9, version = $10
         where id = $1",
        line.id as BudgetLineId,
        line.name,
        line.category.as_str(),
        line.nature.as_str(),
        line.phase_id as Option<PhaseId>,
        line.site_id as Option<SiteId>,
        line.task_id as Option<TaskId>,
        line.planned_minor,
        line.remaining_minor,
        line.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}
