//! The SQL of searches and their proposals.

use auth::Visibility;
use contracts::DispatchState;
use kernel::{DispatchRunId, ProjectId, SiteId, Timestamp, UserId};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::scene::Place;
use crate::dispatch::model::{Ask, Basis, Kind, Progress, Proposal, Run};
use crate::words::Word;

/// `query_as!` over the columns of a run, followed by the rest of the statement.
macro_rules! select_runs {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select r.id as "id: DispatchRunId", r.kind as "kind: Kind",
                   r.state as "state: Word<DispatchState>", r.ask as "ask: Json<Ask>", r.what_if,
                   r.asked_by as "asked_by: UserId", r.asked_at, r.stop, r.started_at, r.ended_at,
                   r.progress as "progress: Json<Progress>",
                   r.failure, r.published_by as "published_by: UserId", r.published_at, r.version,
                   array(select s.site_id from planning.dispatch_run_site s
                         where s.run_id = r.id order by s.site_id) as "sites!: Vec<SiteId>",
                   array(select s.project_id from planning.dispatch_run_site s
                         where s.run_id = r.id order by s.site_id)
                       as "projects!: Vec<ProjectId>"
               from planning.dispatch_run r "# + $rest
            $(, $argument)*
        )
    };
}

struct Row {
    id: DispatchRunId,
    kind: Kind,
    state: Word<DispatchState>,
    ask: Json<Ask>,
    what_if: bool,
    asked_by: Option<UserId>,
    asked_at: Timestamp,
    stop: bool,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    progress: Json<Progress>,
    failure: Option<String>,
    published_by: Option<UserId>,
    published_at: Option<Timestamp>,
    version: i64,
    sites: Vec<SiteId>,
    projects: Vec<ProjectId>,
}

impl From<Row> for Run {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            state: row.state.into(),
            ask: row.ask.0,
            what_if: row.what_if,
            asked_by: row.asked_by,
            asked_at: row.asked_at,
            stop: row.stop,
            started_at: row.started_at,
            ended_at: row.ended_at,
            progress: row.progress.0,
            failure: row.failure,
            published_by: row.published_by,
            published_at: row.published_at,
            version: row.version,
            places: row.projects.iter().copied().zip(row.sites.iter().copied()).collect(),
            site_ids: row.sites,
            project_ids: {
                let mut projects = row.projects;
                projects.sort();
                projects.dedup();
                projects
            },
        }
    }
}

/// The run of this id.
pub(crate) async fn find(
    conn: &mut PgConnection,
    id: DispatchRunId,
) -> Result<Option<Run>, sqlx::Error> {
    let row = select_runs!("where r.id = $1", id as DispatchRunId).fetch_optional(conn).await?;
    Ok(row.map(Run::from))
}

/// The run, locked until the end of the transaction.
pub(crate) async fn lock(
    tx: &mut PgConnection,
    id: DispatchRunId,
) -> Result<Option<Run>, sqlx::Error> {
    sqlx::query!(
        "select id from planning.dispatch_run where id = $1 for update",
        id as DispatchRunId
    )
    .fetch_optional(&mut *tx)
    .await?;
    find(tx, id).await
}

/// The runs of which the caller sees every site, the newest first, after the one that the cursor
/// names.
pub(crate) async fn list(
    conn: &mut PgConnection,
    seen: &Visibility,
    state: Option<DispatchState>,
    after: Option<(Timestamp, DispatchRunId)>,
    limit: i64,
) -> Result<Vec<Run>, sqlx::Error> {
    let rows = select_runs!(
        "where ($1 or not exists (select 1 from planning.dispatch_run_site s
                                  where s.run_id = r.id and s.project_id <> all($2)
                                    and s.site_id <> all($3)))
           and ($4::text is null or r.state = $4)
           and ($5::timestamptz is null or (r.asked_at, r.id) < ($5, $6::uuid))
         order by r.asked_at desc, r.id desc limit $7",
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        state.map(DispatchState::as_str),
        after.map(|a| a.0),
        after.map(|a| a.1) as Option<DispatchRunId>,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Run::from).collect())
}

/// The run that plans one of these sites now.
pub(crate) async fn busy(
    conn: &mut PgConnection,
    sites: &[SiteId],
) -> Result<Option<DispatchRunId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select run_id as "run: DispatchRunId" from planning.dispatch_run_site
           where site_id = any($1) and busy limit 1"#,
        sites as &[SiteId]
    )
    .fetch_optional(conn)
    .await
}

/// Stores a new run and takes its sites; those of what ended long ago are forgotten.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    run: &Run,
    places: &[Place],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from planning.dispatch_run
         where id in (select id from planning.dispatch_run
                      where state in ('done', 'cancelled', 'failed', 'published')
                        and asked_at < $1::timestamptz - interval '90 days' limit 100)",
        run.asked_at
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into planning.dispatch_run
             (id, kind, state, ask, what_if, asked_by, asked_at, progress)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        run.id as DispatchRunId,
        run.kind as Kind,
        run.state.as_str(),
        Json(&run.ask) as Json<&Ask>,
        run.what_if,
        run.asked_by as Option<UserId>,
        run.asked_at,
        Json(&run.progress) as Json<&Progress>
    )
    .execute(&mut *tx)
    .await?;
    let sites: Vec<_> = places.iter().map(|place| place.id).collect();
    let projects: Vec<_> = places.iter().map(|place| place.project).collect();
    sqlx::query!(
        "insert into planning.dispatch_run_site (run_id, site_id, project_id)
         select $1, site, project from unnest($2::uuid[], $3::uuid[]) as place (site, project)
         order by site",
        run.id as DispatchRunId,
        &sites as &[SiteId],
        &projects as &[ProjectId]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores where a run stands under its next version. One that ended leaves its sites to others.
pub(crate) async fn save(tx: &mut PgConnection, run: &mut Run) -> Result<(), sqlx::Error> {
    run.version = sqlx::query_scalar!(
        "update planning.dispatch_run
         set state = $2, stop = $3, started_at = $4, ended_at = $5, progress = $6, failure = $7,
             published_by = $8, published_at = $9, version = version + 1
         where id = $1 returning version",
        run.id as DispatchRunId,
        run.state.as_str(),
        run.stop,
        run.started_at,
        run.ended_at,
        Json(&run.progress) as Json<&Progress>,
        run.failure,
        run.published_by as Option<UserId>,
        run.published_at
    )
    .fetch_one(&mut *tx)
    .await?;
    if run.is_over() {
        sqlx::query!(
            "update planning.dispatch_run_site set busy = false where run_id = $1 and busy",
            run.id as DispatchRunId
        )
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Keeps what a run found, and the tasks as they were when it began.
pub(crate) async fn keep(
    tx: &mut PgConnection,
    id: DispatchRunId,
    proposal: &Proposal,
    basis: &[Basis],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update planning.dispatch_run set proposal = $2, basis = $3 where id = $1",
        id as DispatchRunId,
        Json(proposal) as Json<&Proposal>,
        Json(basis) as Json<&[Basis]>
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What a run found, with the tasks as they were; none before it ended.
pub(crate) async fn found(
    conn: &mut PgConnection,
    id: DispatchRunId,
) -> Result<Option<(Proposal, Vec<Basis>)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select proposal as "proposal: Json<Proposal>", basis as "basis: Json<Vec<Basis>>"
           from planning.dispatch_run where id = $1"#,
        id as DispatchRunId
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(|row| Some((row.proposal?.0, row.basis?.0))))
}

/// Notes how far a run is and tells whether it is to stop. It changes nothing that anybody
/// relies on, so it is no version of its own.
pub(crate) async fn advance(
    conn: &mut PgConnection,
    id: DispatchRunId,
    progress: &Progress,
) -> Result<bool, sqlx::Error> {
    let stop = sqlx::query_scalar!(
        "update planning.dispatch_run set progress = $2
         where id = $1 and state = 'running' returning stop",
        id as DispatchRunId,
        Json(progress) as Json<&Progress>
    )
    .fetch_optional(conn)
    .await?;
    // A run that is no longer running has no use for more.
    Ok(stop.unwrap_or(true))
}
