//! The SQL of stays on sites.

pub(super) mod codes;
pub(super) mod signs;

use auth::Visibility;
use chrono::NaiveDate;
use kernel::{ProjectId, SiteId, TimeEntryId, Timestamp, WorkerId};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::model::{Clocking, Correction, FORGOTTEN, Proposal, Review, Segment, TimeEntry};

struct Row {
    id: TimeEntryId,
    worker_id: WorkerId,
    site_id: SiteId,
    project_id: ProjectId,
    in_at: Timestamp,
    out_at: Option<Timestamp>,
    clock_in: Json<Clocking>,
    clock_out: Option<Json<Clocking>>,
    segments: Json<Vec<Segment>>,
    correction: Option<Json<Correction>>,
    proposal: Option<Json<Proposal>>,
    review: Option<Json<Review>>,
    version: i64,
}

impl From<Row> for TimeEntry {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            worker_id: row.worker_id,
            site_id: row.site_id,
            project_id: row.project_id,
            in_at: row.in_at,
            out_at: row.out_at,
            clock_in: row.clock_in.0,
            clock_out: row.clock_out.map(|c| c.0),
            segments: row.segments.0,
            correction: row.correction.map(|c| c.0),
            proposal: row.proposal.map(|p| p.0),
            review: row.review.map(|r| r.0),
            version: row.version,
        }
    }
}

/// `query_as!` over the columns of a stay, followed by the rest of the statement.
macro_rules! select_entries {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select e.id as "id: TimeEntryId", e.worker_id as "worker_id: WorkerId",
                   e.site_id as "site_id: SiteId", e.project_id as "project_id: ProjectId",
                   e.in_at, e.out_at, e.clock_in as "clock_in: Json<Clocking>",
                   e.clock_out as "clock_out: Json<Clocking>",
                   e.segments as "segments: Json<Vec<Segment>>",
                   e.correction as "correction: Json<Correction>",
                   e.proposal as "proposal: Json<Proposal>",
                   e.review as "review: Json<Review>", e.version
               from planning.time_entry e "# + $rest
            $(, $argument)*
        )
    };
}

pub(super) mod open;

/// Lets one writer at a time decide about a worker's stays, until the end of the transaction.
pub async fn lock_worker(tx: &mut PgConnection, worker: WorkerId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock('planning.time_entry'::regclass::oid::int4, hashtext($1))",
        worker.to_string()
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

/// A stay.
pub async fn find(
    conn: &mut PgConnection,
    id: TimeEntryId,
) -> Result<Option<TimeEntry>, sqlx::Error> {
    let row = select_entries!("where e.id = $1", id as TimeEntryId).fetch_optional(conn).await?;
    Ok(row.map(Into::into))
}

/// Which stays a list shows.
pub struct Filter {
    /// On this site.
    pub site: Option<SiteId>,
    /// Of this worker.
    pub worker: Option<WorkerId>,
    /// Begun on this day in the site's time zone.
    pub day: Option<NaiveDate>,
    /// After this one.
    pub after: Option<TimeEntryId>,
    /// So many at most.
    pub limit: i64,
}

/// The stays that are seen, in the order of their ids.
pub async fn list(
    conn: &mut PgConnection,
    seen: &Visibility,
    filter: &Filter,
) -> Result<Vec<TimeEntry>, sqlx::Error> {
    let rows = select_entries!(
        "left join projects_pub.site s on s.id = e.site_id
         where ($1 or e.project_id = any($2) or e.site_id = any($3) or e.worker_id = any($4))
           and ($5::uuid is null or e.site_id = $5)
           and ($6::uuid is null or e.worker_id = $6)
           and ($7::date is null
                or (e.in_at at time zone coalesce(s.zone, 'UTC'))::date = $7)
           and ($8::uuid is null or e.id > $8)
         order by e.id limit $9",
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        &seen.workers as &[WorkerId],
        filter.site as Option<SiteId>,
        filter.worker as Option<WorkerId>,
        filter.day,
        filter.after as Option<TimeEntryId>,
        filter.limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// A worker's stays that touch a span, in the order of time. One that is open touches what it may
/// last.
pub async fn of_worker(
    conn: &mut PgConnection,
    worker: WorkerId,
    around: labour::Span,
) -> Result<Vec<TimeEntry>, sqlx::Error> {
    let rows = select_entries!(
        "where e.worker_id = $1 and e.in_at < $3
           and (e.out_at > $2 or e.out_at is null and e.in_at > $4)
         order by e.in_at",
        worker as WorkerId,
        around.from,
        around.to,
        around.from - FORGOTTEN
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The stays of these workers that touch a span.
pub async fn of_workers(
    conn: &mut PgConnection,
    workers: &[WorkerId],
    around: labour::Span,
) -> Result<Vec<TimeEntry>, sqlx::Error> {
    let rows = select_entries!(
        "where e.worker_id = any($1) and e.in_at < $3 and (e.out_at is null or e.out_at > $2)",
        workers as &[WorkerId],
        around.from,
        around.to
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Which stays are looked at for what is unusual.
pub struct Watched {
    /// On this site.
    pub site: Option<SiteId>,
    /// Of this worker.
    pub worker: Option<WorkerId>,
    /// Begun from here on.
    pub from: Timestamp,
    /// Begun before this.
    pub to: Timestamp,
    /// Those too that somebody has looked at.
    pub reviewed: bool,
    /// After this one.
    pub after: Option<TimeEntryId>,
    /// So many at most.
    pub limit: i64,
}

/// The stays of a span that are seen, in the order of their ids.
pub async fn watched(
    conn: &mut PgConnection,
    seen: &Visibility,
    watch: &Watched,
) -> Result<Vec<TimeEntry>, sqlx::Error> {
    let rows = select_entries!(
        "where ($1 or e.project_id = any($2) or e.site_id = any($3) or e.worker_id = any($4))
           and ($5::uuid is null or e.site_id = $5)
           and ($6::uuid is null or e.worker_id = $6)
           and e.in_at >= $7 and e.in_at < $8
           and ($9 or e.review is null)
           and ($10::uuid is null or e.id > $10)
         order by e.id limit $11",
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        &seen.workers as &[WorkerId],
        watch.site as Option<SiteId>,
        watch.worker as Option<WorkerId>,
        watch.from,
        watch.to,
        watch.reviewed,
        watch.after as Option<TimeEntryId>,
        watch.limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Of these, the worker's stays that are open or ended since `since`.
pub async fn recent(
    conn: &mut PgConnection,
    worker: WorkerId,
    ids: &[TimeEntryId],
    since: Timestamp,
) -> Result<Vec<TimeEntry>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = select_entries!(
        "where e.worker_id = $1 and e.id = any($2) and (e.out_at is null or e.out_at >= $3)
         order by e.id",
        worker as WorkerId,
        ids as &[TimeEntryId],
        since
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Another stay of the same worker that overlaps this one. One that is open takes up what it may
/// last; after that its end was forgotten, and the days that follow are free.
pub async fn overlapping(
    conn: &mut PgConnection,
    entry: &TimeEntry,
) -> Result<Option<TimeEntryId>, sqlx::Error> {
    let (from, to) = entry.span();
    sqlx::query_scalar!(
        r#"select id as "id: TimeEntryId" from planning.time_entry
           where worker_id = $1 and id <> $2 and in_at < $4
             and (out_at > $3 or out_at is null and in_at > $5)
           order by in_at limit 1"#,
        entry.worker_id as WorkerId,
        entry.id as TimeEntryId,
        from,
        to,
        from - FORGOTTEN
    )
    .fetch_optional(conn)
    .await
}

/// Whether there is such a worker who is still planned.
pub async fn is_active(conn: &mut PgConnection, worker: WorkerId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists(select 1 from resources_pub.worker where id = $1 and active) as "there!""#,
        worker as WorkerId
    )
    .fetch_one(conn)
    .await
}

/// Stores a new stay.
pub async fn insert(tx: &mut PgConnection, entry: &TimeEntry) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.time_entry
             (id, worker_id, site_id, project_id, in_at, out_at, clock_in, version, located)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        entry.id as TimeEntryId,
        entry.worker_id as WorkerId,
        entry.site_id as SiteId,
        entry.project_id as ProjectId,
        entry.in_at,
        entry.out_at,
        Json(&entry.clock_in) as Json<&Clocking>,
        entry.version,
        entry.located()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores what a stay has become.
pub async fn update(tx: &mut PgConnection, entry: &TimeEntry) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update planning.time_entry
         set in_at = $2, out_at = $3, clock_out = $4, correction = $5, version = $6,
             segments = $7, proposal = $8, review = $9, located = $10
         where id = $1",
        entry.id as TimeEntryId,
        entry.in_at,
        entry.out_at,
        entry.clock_out.as_ref().map(Json) as Option<Json<&Clocking>>,
        entry.correction.as_ref().map(Json) as Option<Json<&Correction>>,
        entry.version,
        Json(&entry.segments) as Json<&Vec<Segment>>,
        entry.proposal.as_ref().map(Json) as Option<Json<&Proposal>>,
        entry.review.as_ref().map(Json) as Option<Json<&Review>>,
        entry.located()
    )
    .execute(tx)
    .await?;
    Ok(())
}
