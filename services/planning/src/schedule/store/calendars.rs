//! The SQL of calendars.

use auth::Visibility;
use kernel::{CalendarId, ProjectId};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::schedule::model::Calendar;
use crate::schedule::model::calendar::{Exception, Hours};

struct Row {
    id: CalendarId,
    project_id: ProjectId,
    name: String,
    country: Option<String>,
    week: Json<Vec<Vec<Hours>>>,
    exceptions: Json<Vec<Exception>>,
    version: i64,
}

impl From<Row> for Calendar {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            project_id: row.project_id,
            name: row.name,
            country: row.country,
            week: row.week.0,
            exceptions: row.exceptions.0,
            version: row.version,
        }
    }
}

/// `query_as!` over the columns of a calendar, followed by the rest of the statement.
macro_rules! select_calendars {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select c.id as "id: CalendarId", c.project_id as "project_id: ProjectId", c.name,
                   c.country, c.week as "week: Json<Vec<Vec<Hours>>>",
                   c.exceptions as "exceptions: Json<Vec<Exception>>", c.version
               from planning.calendar c "# + $rest
            $(, $argument)*
        )
    };
}

/// All calendars of a project.
pub(crate) async fn of_project(
    conn: &mut PgConnection,
    project: ProjectId,
) -> Result<Vec<Calendar>, sqlx::Error> {
    let rows = select_calendars!("where c.project_id = $1 order by c.id", project as ProjectId)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The calendar of this id.
pub(crate) async fn find(
    conn: &mut PgConnection,
    id: CalendarId,
) -> Result<Option<Calendar>, sqlx::Error> {
    let row = select_calendars!("where c.id = $1", id as CalendarId).fetch_optional(conn).await?;
    Ok(row.map(Into::into))
}

/// The calendars of visible projects.
pub(crate) async fn list(
    conn: &mut PgConnection,
    seen: &Visibility,
    project: Option<ProjectId>,
    after: Option<CalendarId>,
    limit: i64,
) -> Result<Vec<Calendar>, sqlx::Error> {
    let rows = select_calendars!(
        "where ($1 or c.project_id = any($2) or exists (
                    select 1 from projects_pub.site s
                    where s.project_id = c.project_id and s.id = any($3)))
           and ($4::uuid is null or c.project_id = $4)
           and ($5::uuid is null or c.id > $5)
         order by c.id limit $6",
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[kernel::SiteId],
        project as Option<ProjectId>,
        after as Option<CalendarId>,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Stores a calendar, new or changed.
pub(crate) async fn save(tx: &mut PgConnection, calendar: &Calendar) -> Result<(), sqlx::Error> {
    let week = serde_json::to_value(&calendar.week).unwrap_or(Value::Null);
    let exceptions = serde_json::to_value(&calendar.exceptions).unwrap_or(Value::Null);
    sqlx::query!(
        "insert into planning.calendar (id, project_id, name, country, week, exceptions, version)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (id) do update
         set name = excluded.name, country = excluded.country, week = excluded.week,
             exceptions = excluded.exceptions, version = excluded.version
         where calendar.project_id = excluded.project_id",
        calendar.id as CalendarId,
        calendar.project_id as ProjectId,
        calendar.name,
        calendar.country,
        week,
        exceptions,
        calendar.version
    )
    .execute(tx)
    .await?;
    Ok(())
}
