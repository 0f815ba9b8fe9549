//! The SQL of weeks of hours.

use auth::Visibility;
use chrono::NaiveDate;
use kernel::{ProjectId, SiteId, TimesheetId, Timestamp, WorkerId};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::csv::Paid;
use super::model::{Approval, Figures, Reopening, Signature, State, Timesheet};
use super::week::week_of;
use crate::timeclock;

struct Row {
    id: TimesheetId,
    worker_id: WorkerId,
    monday: NaiveDate,
    zone: String,
    from_at: Timestamp,
    to_at: Timestamp,
    sites: Vec<SiteId>,
    projects: Vec<ProjectId>,
    state: State,
    figures: Option<Json<Figures>>,
    signed: Option<Json<Signature>>,
    approved: Option<Json<Approval>>,
    reopened: Option<Json<Reopening>>,
    version: i64,
}

impl From<Row> for Timesheet {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            worker_id: row.worker_id,
            monday: row.monday,
            week: week_of(row.monday),
            zone: row.zone,
            from_at: row.from_at,
            to_at: row.to_at,
            sites: row.sites,
            projects: row.projects,
            state: row.state,
            figures: row.figures.map(|figures| figures.0),
            signed: row.signed.map(|signed| signed.0),
            approved: row.approved.map(|approved| approved.0),
            reopened: row.reopened.map(|reopened| reopened.0),
            version: row.version,
        }
    }
}

/// `query_as!` over the columns of a week, followed by the rest of the statement.
macro_rules! select_sheets {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select t.id as "id: TimesheetId", t.worker_id as "worker_id: WorkerId", t.monday,
                   t.zone, t.from_at, t.to_at, t.sites as "sites: Vec<SiteId>",
                   t.projects as "projects: Vec<ProjectId>", t.state as "state: State",
                   t.figures as "figures: Json<Figures>", t.signed as "signed: Json<Signature>",
                   t.approved as "approved: Json<Approval>",
                   t.reopened as "reopened: Json<Reopening>", t.version
               from planning.timesheet t "# + $rest
            $(, $argument)*
        )
    };
}

/// A week.
pub async fn find(
    conn: &mut PgConnection,
    id: TimesheetId,
) -> Result<Option<Timesheet>, sqlx::Error> {
    let row = select_sheets!("where t.id = $1", id as TimesheetId).fetch_optional(conn).await?;
    Ok(row.map(Into::into))
}

/// A worker's week.
pub async fn of_week(
    conn: &mut PgConnection,
    worker: WorkerId,
    monday: NaiveDate,
) -> Result<Option<Timesheet>, sqlx::Error> {
    let row =
        select_sheets!("where t.worker_id = $1 and t.monday = $2", worker as WorkerId, monday)
            .fetch_optional(conn)
            .await?;
    Ok(row.map(Into::into))
}

/// Which weeks a list shows.
pub struct Filter {
    /// The week that begins on this Monday.
    pub monday: Option<NaiveDate>,
    /// With a stay on this site.
    pub site: Option<SiteId>,
    /// Of this worker.
    pub worker: Option<WorkerId>,
    /// That stand here.
    pub state: Option<State>,
    /// After this one.
    pub after: Option<TimesheetId>,
    /// So many at most.
    pub limit: i64,
}

/// The weeks that are seen, in the order of their ids.
pub async fn list(
    conn: &mut PgConnection,
    seen: &Visibility,
    filter: &Filter,
) -> Result<Vec<Timesheet>, sqlx::Error> {
    let rows = select_sheets!(
        "where ($1 or t.projects && $2 or t.sites && $3 or t.worker_id = any($4))
           and ($5::date is null or t.monday = $5)
           and ($6::uuid is null or $6 = any(t.sites))
           and ($7::uuid is null or t.worker_id = $7)
           and ($8::text is null or t.state = $8)
           and ($9::uuid is null or t.id > $9)
         order by t.id limit $10",
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        &seen.workers as &[WorkerId],
        filter.monday,
        filter.site as Option<SiteId>,
        filter.worker as Option<WorkerId>,
        filter.state as Option<State>,
        filter.after as Option<TimesheetId>,
        filter.limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The approved weeks that are seen and begin on these Mondays, by worker; at most so many.
pub async fn paid(
    conn: &mut PgConnection,
    seen: &Visibility,
    from: NaiveDate,
    to: NaiveDate,
    limit: i64,
) -> Result<Vec<Paid>, sqlx::Error> {
    let rows = select_sheets!(
        "where ($1 or t.projects && $2 or t.sites && $3 or t.worker_id = any($4))
           and t.state = 'approved' and t.monday between $5 and $6
         order by t.worker_id, t.monday limit $7",
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        &seen.workers as &[WorkerId],
        from,
        to,
        limit
    )
    .fetch_all(&mut *conn)
    .await?;
    let sheets: Vec<Timesheet> = rows.into_iter().map(Into::into).collect();
    let workers: Vec<WorkerId> = sheets.iter().map(|sheet| sheet.worker_id).collect();
    let names = sqlx::query!(
        r#"select id as "id!: WorkerId", name as "name!" from resources_pub.worker
           where id = any($1)"#,
        &workers as &[WorkerId]
    )
    .fetch_all(conn)
    .await?;
    let name = |worker| names.iter().find(|row| row.id == worker).map(|row| row.name.clone());
    let paid = |sheet: Timesheet| Paid { name: name(sheet.worker_id).unwrap_or_default(), sheet };
    Ok(sheets.into_iter().map(paid).collect())
}

/// The workers with a stay on a site in a span; at most so many.
pub async fn workers_on(
    conn: &mut PgConnection,
    site: SiteId,
    from: Timestamp,
    to: Timestamp,
    limit: i64,
) -> Result<Vec<WorkerId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select distinct worker_id as "worker_id: WorkerId" from planning.time_entry
           where site_id = $1 and in_at < $3
             and (out_at > $2 or out_at is null and in_at > $5)
           order by 1 limit $4"#,
        site as SiteId,
        from,
        to,
        limit,
        from - timeclock::FORGOTTEN
    )
    .fetch_all(conn)
    .await
}

/// The zone of a site.
pub async fn zone_of(conn: &mut PgConnection, site: SiteId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select zone as "zone!" from projects_pub.site where id = $1"#,
        site as SiteId
    )
    .fetch_optional(conn)
    .await
}

/// The approved week of a worker that a span touches.
pub async fn locked(
    conn: &mut PgConnection,
    worker: WorkerId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Option<TimesheetId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: TimesheetId" from planning.timesheet
           where worker_id = $1 and state = 'approved' and from_at < $3 and to_at > $2 limit 1"#,
        worker as WorkerId,
        from,
        to
    )
    .fetch_optional(conn)
    .await
}

/// Lets the weeks of a worker that a span touches know where the worker was, where stays changed in
/// it; approved ones do not change. Under the lock of the worker's stays.
pub async fn note_stays(
    tx: &mut PgConnection,
    worker: WorkerId,
    from: Timestamp,
    to: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update planning.timesheet t set sites = there.sites, projects = there.projects
         from planning.timesheet w
         cross join lateral (
             select coalesce(array_agg(site_id order by site_id, project_id), '{}') as sites,
                    coalesce(array_agg(project_id order by site_id, project_id), '{}') as projects
             from (select distinct e.site_id, e.project_id from planning.time_entry e
                   where e.worker_id = w.worker_id and e.in_at < w.to_at
                     and (e.out_at is null or e.out_at > w.from_at)) stays) there
         where w.id = t.id and t.worker_id = $1 and t.from_at < $3 and t.to_at > $2
           and t.state <> 'approved' and (t.sites, t.projects) <> (there.sites, there.projects)",
        worker as WorkerId,
        from,
        to
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores a new week.
pub async fn insert(tx: &mut PgConnection, sheet: &Timesheet) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.timesheet
             (id, worker_id, monday, zone, from_at, to_at, sites, projects, state, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        sheet.id as TimesheetId,
        sheet.worker_id as WorkerId,
        sheet.monday,
        sheet.zone,
        sheet.from_at,
        sheet.to_at,
        &sheet.sites as &[SiteId],
        &sheet.projects as &[ProjectId],
        sheet.state as State,
        sheet.version
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores what a week has become.
pub async fn update(tx: &mut PgConnection, sheet: &Timesheet) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update planning.timesheet
         set sites = $2, projects = $3, state = $4, figures = $5, signed = $6, approved = $7,
             reopened = $8, version = $9
         where id = $1",
        sheet.id as TimesheetId,
        &sheet.sites as &[SiteId],
        &sheet.projects as &[ProjectId],
        sheet.state as State,
        sheet.figures.as_ref().map(Json) as Option<Json<&Figures>>,
        sheet.signed.as_ref().map(Json) as Option<Json<&Signature>>,
        sheet.approved.as_ref().map(Json) as Option<Json<&Approval>>,
        sheet.reopened.as_ref().map(Json) as Option<Json<&Reopening>>,
        sheet.version
    )
    .execute(tx)
    .await?;
    Ok(())
}
