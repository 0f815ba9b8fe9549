//! The SQL of what a search is about: sites, tasks, and what comes before them.

use chrono::NaiveDate;
use kernel::{Position, ProjectId, SiteId, TaskId, WorkerId};
use sqlx::PgConnection;

use crate::dispatch::model::{Before, Work};
use crate::schedule::model::Bound;
use crate::tasks;

/// A site that may be dispatched.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The site.
    pub id: SiteId,
    /// Its project.
    pub project: ProjectId,
    /// Where it is.
    pub at: Position,
}

/// Which sites are meant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sites<'a> {
    /// These.
    Named(&'a [SiteId]),
    /// Those of these projects.
    Of(&'a [ProjectId]),
    /// Those between these degrees: south, west, north, east.
    Within([f64; 4]),
}

/// The sites that are meant, at most `limit`.
pub(crate) async fn sites(
    conn: &mut PgConnection,
    which: Sites<'_>,
    limit: i64,
) -> Result<Vec<Place>, sqlx::Error> {
    let (named, of, within) = match which {
        Sites::Named(ids) => (Some(ids), None, None),
        Sites::Of(projects) => (None, Some(projects), None),
        Sites::Within(degrees) => (None, None, Some(degrees)),
    };
    let [south, west, north, east] = within.map_or([None; 4], |degrees| degrees.map(Some));
    let rows = sqlx::query!(
        r#"select id as "id!: SiteId", project_id as "project!: ProjectId", lat as "lat!",
               lon as "lon!"
           from projects_pub.site
           where id = any($1) or project_id = any($2)
              or (lat between $3 and $5 and lon between $4 and $6)
           order by id limit $7"#,
        named as Option<&[SiteId]>,
        of as Option<&[ProjectId]>,
        south,
        west,
        north,
        east,
        limit
    )
    .fetch_all(conn)
    .await?;
    let place = |lat, lon| Position { lat, lon, accuracy_m: None };
    let rows = rows.into_iter();
    Ok(rows.map(|r| Place { id: r.id, project: r.project, at: place(r.lat, r.lon) }).collect())
}

/// The tasks of these sites that nobody has begun and that are planned on these days, each in its
/// site's zone; summaries and milestones are not work. At most `limit`.
pub(crate) async fn open(
    conn: &mut PgConnection,
    sites: &[SiteId],
    first: NaiveDate,
    last: NaiveDate,
    limit: i64,
) -> Result<Vec<TaskId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select t.id as "id!: TaskId"
           from planning.task t join projects_pub.site s on s.id = t.site_id
           where t.site_id = any($1) and t.status in ('planned', 'dispatched')
             and t.started_at is null and t.ends_at > t.starts_at
             and t.starts_at < ($3::date + 1)::timestamp at time zone s.zone
             and t.ends_at > ($2::date)::timestamp at time zone s.zone
             and not exists (select 1 from planning.task p where p.parent_id = t.id)
           order by t.starts_at, t.id limit $4"#,
        sites as &[SiteId],
        first,
        last,
        limit
    )
    .fetch_all(conn)
    .await
}

/// These tasks with what a search must know of them.
pub(crate) async fn works(
    conn: &mut PgConnection,
    ids: &[TaskId],
) -> Result<Vec<Work>, sqlx::Error> {
    let tasks = tasks::store::of_ids(conn, ids).await?;
    let ids: Vec<_> = tasks.iter().map(|task| task.id).collect();
    let rows = sqlx::query!(
        r#"select s.lat as "lat!", s.lon as "lon!", t.deadline,
               t.constraint_kind as "bound: Bound", t.constraint_at
           from unnest($1::uuid[]) with ordinality as wanted (id, at)
           join planning.task t on t.id = wanted.id
           join projects_pub.site s on s.id = t.site_id
           order by wanted.at"#,
        &ids as &[TaskId]
    )
    .fetch_all(conn)
    .await?;
    let both = tasks.into_iter().zip(rows);
    Ok(both
        .map(|(task, row)| Work {
            task,
            at: Position { lat: row.lat, lon: row.lon, accuracy_m: None },
            deadline: row.deadline,
            bound: row.bound,
            bound_at: row.constraint_at,
        })
        .collect())
}

/// What must be done before these tasks and is not done yet.
pub(crate) async fn befores(
    conn: &mut PgConnection,
    ids: &[TaskId],
) -> Result<Vec<Before>, sqlx::Error> {
    sqlx::query_as!(
        Before,
        r#"select d.predecessor as "predecessor: TaskId", d.successor as "successor: TaskId",
               p.ends_at, d.lag_min
           from planning.dependency d join planning.task p on p.id = d.predecessor
           where d.successor = any($1) and d.kind = 'finish_to_start'
             and p.status not in ('done', 'validated', 'cancelled')
           order by d.successor, d.predecessor"#,
        ids as &[TaskId]
    )
    .fetch_all(conn)
    .await
}

/// The sites of the tasks that hold these workers on these days, with their projects.
pub(crate) async fn sites_of(
    conn: &mut PgConnection,
    workers: &[WorkerId],
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<(ProjectId, SiteId)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select distinct t.project_id as "project: ProjectId", t.site_id as "site: SiteId"
           from planning.assignment a
           join planning.task t on t.id = a.task_id
           join projects_pub.site s on s.id = t.site_id
           where a.worker_id = any($1) and a.holds
             and t.starts_at < ($3::date + 1)::timestamp at time zone s.zone
             and t.ends_at > ($2::date)::timestamp at time zone s.zone"#,
        workers as &[WorkerId],
        first,
        last
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.project, row.site)).collect())
}
