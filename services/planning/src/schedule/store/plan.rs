//! The SQL of a project's plan: read as a whole, written where it changed.

use std::collections::HashMap;

use auth::Visibility;
use chrono_tz::Tz;
use contracts::{TaskChange, TaskChanged, TaskStatus};
use kernel::{CalendarId, ProjectId, SiteId, TaskId, Timestamp, WorkerId};
use serde::Serialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::schedule::model::{Book, Bound, Frame, Item, Shift, Terms};
use crate::words::Word;

/// The plan of a project, with what of it `seen` covers marked.
pub(crate) async fn book(
    conn: &mut PgConnection,
    project: ProjectId,
    seen: &Visibility,
    now: Timestamp,
) -> Result<Book, sqlx::Error> {
    let frame = frame(conn, project, now).await?;
    let items = items(conn, project, seen).await?;
    let links = super::links::of_project(conn, project).await?;
    let calendars = super::calendars::of_project(conn, project).await?;
    let calendars = calendars.into_iter().map(|c| (c.id, c)).collect();
    let site_calendars = site_calendars(conn, project).await?;
    Ok(Book { frame, items, links, calendars, site_calendars })
}

/// What holds for the whole of a plan; one that nobody has touched yet begins with its first task.
pub(crate) async fn frame(
    conn: &mut PgConnection,
    project: ProjectId,
    now: Timestamp,
) -> Result<Frame, sqlx::Error> {
    let row = sqlx::query!(
        r#"select coalesce(p.version, 0) as "version!",
               coalesce(p.starts_at,
                        (select min(t.starts_at) from planning.task t where t.project_id = $1),
                        $2) as "starts_at!",
               p.status_at as "status_at?", p.calendar_id as "calendar_id?: CalendarId"
           from (select 1) one left join planning.plan p on p.project_id = $1"#,
        project as ProjectId,
        now
    )
    .fetch_one(conn)
    .await?;
    Ok(Frame {
        project,
        version: row.version,
        starts_at: row.starts_at,
        status_at: row.status_at,
        calendar_id: row.calendar_id,
    })
}

async fn items(
    conn: &mut PgConnection,
    project: ProjectId,
    seen: &Visibility,
) -> Result<Vec<Item>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select t.id as "id!: TaskId", t.site_id as "site_id!: SiteId", s.zone as "zone!",
               t.title as "title!", t.status as "status!: Word<TaskStatus>",
               t.starts_at as "starts_at!", t.ends_at as "ends_at!", t.started_at, t.finished_at,
               t.version as "version!", t.parent_id as "parent_id: TaskId",
               t.position as "position!", t.duration_min as "duration_min!", t.work_min,
               t.work_elapsed as "work_elapsed!", t.not_before, t.free as "free!",
               t.constraint_kind as "constraint_kind!: Bound", t.constraint_at, t.deadline,
               t.calendar_id as "calendar_id: CalendarId", t.done_min as "done_min!",
               t.splits as "splits!: Json<Vec<(i64, i64)>>",
               exists (select 1 from planning.assignment a where a.task_id = t.id) as "staffed!",
               ($2 or t.project_id = any($3) or t.site_id = any($4) or exists (
                   select 1 from planning.assignment a
                   where a.task_id = t.id and a.worker_id = any($5))) as "seen!"
           from planning.task t join projects_pub.site s on s.id = t.site_id
           where t.project_id = $1 order by t.id"#,
        project as ProjectId,
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        &seen.workers as &[WorkerId]
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Item {
            id: r.id,
            site_id: r.site_id,
            zone: r.zone.parse().unwrap_or(Tz::UTC),
            title: r.title,
            status: r.status.into(),
            starts_at: r.starts_at,
            ends_at: r.ends_at,
            started_at: r.started_at,
            finished_at: r.finished_at,
            staffed: r.staffed,
            seen: r.seen,
            version: r.version,
            terms: Terms {
                parent_id: r.parent_id,
                position: r.position,
                duration_min: r.duration_min,
                work_min: r.work_min.unwrap_or_else(|| Terms::minutes(r.starts_at, r.ends_at)),
                work_elapsed: r.work_elapsed,
                not_before: r.not_before.or((!r.free).then_some(r.starts_at)),
                constraint_kind: r.constraint_kind,
                constraint_at: r.constraint_at,
                deadline: r.deadline,
                calendar_id: r.calendar_id,
                done_min: r.done_min,
                splits: r.splits.0,
            },
        })
        .collect())
}

/// Which sites of a project have a calendar of their own.
pub(crate) async fn site_calendars(
    conn: &mut PgConnection,
    project: ProjectId,
) -> Result<HashMap<SiteId, CalendarId>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select site_id as "site: SiteId", calendar_id as "calendar: CalendarId"
           from planning.site_calendar where project_id = $1"#,
        project as ProjectId
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.site, r.calendar)).collect())
}

/// Locks tasks in the order of their ids; whether all are as they were read.
pub(crate) async fn lock_as_read(
    tx: &mut PgConnection,
    book: &Book,
    ids: &[TaskId],
) -> Result<bool, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: TaskId", version from planning.task
           where id = any($1) order by id for update"#,
        ids as &[TaskId]
    )
    .fetch_all(tx)
    .await?;
    let same = |id, version| book.item(id).is_some_and(|item| item.version == version);
    Ok(rows.iter().all(|row| same(row.id, row.version)))
}

/// Counts a change to a plan, and keeps what holds for the whole of it.
pub(crate) async fn bump(tx: &mut PgConnection, frame: &Frame) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into planning.plan as p (project_id, version, starts_at, status_at, calendar_id)
         values ($1, 1, $2, $3, $4)
         on conflict (project_id) do update
         set version = p.version + 1, starts_at = excluded.starts_at,
             status_at = excluded.status_at, calendar_id = excluded.calendar_id
         returning version",
        frame.project as ProjectId,
        frame.starts_at,
        frame.status_at,
        frame.calendar_id as Option<CalendarId>
    )
    .fetch_one(tx)
    .await
}

/// Keeps which calendar a site has.
pub(crate) async fn set_site_calendar(
    tx: &mut PgConnection,
    project: ProjectId,
    site: SiteId,
    calendar: Option<CalendarId>,
) -> Result<(), sqlx::Error> {
    match calendar {
        Some(calendar) => {
            sqlx::query!(
                "insert into planning.site_calendar (site_id, project_id, calendar_id)
                 values ($1, $2, $3)
                 on conflict (site_id) do update set calendar_id = excluded.calendar_id",
                site as SiteId,
                project as ProjectId,
                calendar as CalendarId
            )
            .execute(tx)
            .await?;
        }
        None => {
            sqlx::query!("delete from planning.site_calendar where site_id = $1", site as SiteId)
                .execute(tx)
                .await?;
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct TermsRow<'a> {
    id: TaskId,
    #[serde(flatten)]
    terms: &'a Terms,
}

/// Keeps what tasks' dates depend on.
pub(crate) async fn save_terms(
    tx: &mut PgConnection,
    terms: impl Iterator<Item = (TaskId, &Terms)>,
) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = terms.map(|(id, terms)| TermsRow { id, terms }).collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update planning.task t
         set parent_id = x.parent_id, position = x.position, duration_min = x.duration_min,
             work_min = x.work_min, work_elapsed = x.work_elapsed, not_before = x.not_before,
             free = x.not_before is null, constraint_kind = x.constraint_kind,
             constraint_at = x.constraint_at, deadline = x.deadline, calendar_id = x.calendar_id,
             done_min = x.done_min, splits = x.splits,
             percent_done = case when x.done_min = t.done_min or x.work_min = 0
                                 then t.percent_done
                                 else least(100, round(100.0 * x.done_min / x.work_min)) end
         from jsonb_to_recordset($1) x (id uuid, parent_id uuid, position int, duration_min int,
             work_min int, work_elapsed boolean, not_before timestamptz, constraint_kind text,
             constraint_at timestamptz, deadline timestamptz, calendar_id uuid, done_min int,
             splits jsonb)
         where t.id = x.id",
        Json(&rows) as _
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Counts a change to each of `touched`, which `shifts` give new dates, and answers what is told
/// of them. What a task's dates depended on silently is kept from now on.
pub(crate) async fn save_dates(
    tx: &mut PgConnection,
    touched: &[TaskId],
    shifts: &[Shift],
) -> Result<Vec<TaskChanged>, sqlx::Error> {
    let ids: Vec<_> = shifts.iter().map(|s| s.task_id).collect();
    let starts: Vec<_> = shifts.iter().map(|s| s.after.start).collect();
    let ends: Vec<_> = shifts.iter().map(|s| s.after.finish).collect();
    sqlx::query!(
        "update planning.task t
         set not_before = case when t.free then t.not_before
                               else coalesce(t.not_before, t.starts_at) end,
             work_min = coalesce(t.work_min, greatest(
                 (extract(epoch from date_trunc('minute', t.ends_at)
                                     - date_trunc('minute', t.starts_at)) / 60)::int,
                 (t.ends_at > t.starts_at)::int)),
             starts_at = x.starts_at, ends_at = x.ends_at
         from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) x (id, starts_at, ends_at)
         where t.id = x.id",
        &ids as &[TaskId],
        &starts,
        &ends
    )
    .execute(&mut *tx)
    .await?;
    let rows = sqlx::query!(
        r#"with told as (
               update planning.task set version = version + 1 where id = any($1)
               returning id, version, site_id, project_id, status, starts_at, ends_at,
                         duration_min, started_at, finished_at)
           select id as "id!: TaskId", version as "version!", site_id as "site_id!: SiteId",
               project_id as "project_id!: ProjectId", status as "status!: Word<TaskStatus>",
               starts_at as "starts_at!", ends_at as "ends_at!", duration_min as "duration_min!",
               started_at, finished_at,
               array(select worker_id from planning.assignment a
                     where a.task_id = told.id order by worker_id) as "workers!: Vec<WorkerId>"
           from told order by id"#,
        touched as &[TaskId]
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| TaskChanged {
            task: r.id,
            version: r.version,
            change: TaskChange::Replanned,
            site: r.site_id,
            project: r.project_id,
            status: r.status.into(),
            starts_at: r.starts_at,
            ends_at: r.ends_at,
            duration_min: r.duration_min,
            started_at: r.started_at,
            finished_at: r.finished_at,
            workers: r.workers,
        })
        .collect())
}
