//! The SQL of the feed.

use contracts::Envelope;
use kernel::{ProjectId, SiteId, TaskId, Timestamp, WorkerId};
use serde_json::Value;
use sqlx::{Error, PgConnection};
use uuid::Uuid;

use super::model::{Entry, Reach, Sight};
use crate::facts::Place;

/// An entry to be appended.
#[derive(Debug, Clone)]
pub struct NewEntry<'a> {
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub kind: &'a str,
    /// The kind of thing.
    pub entity: &'a str,
    /// The thing.
    pub entity_id: Uuid,
    /// The version it reached.
    pub version: i64,
    /// Its new state.
    pub state: &'a Value,
}

/// Appends what an event tells, and notes how far the facts now are.
pub async fn append_event(
    tx: &mut PgConnection,
    event: &Envelope,
    place: &Place,
) -> Result<(), Error> {
    // Locks the head. PostgreSQL's clock stands beside the server's here only to show the lag.
    sqlx::query!(
        "update reporting.feed_head
         set as_of = greatest(as_of, $1), taken_at = clock_timestamp()",
        event.at
    )
    .execute(&mut *tx)
    .await?;
    let entry = NewEntry {
        at: event.at,
        kind: &event.action,
        entity: &event.entity,
        entity_id: event.entity_id,
        version: event.entity_version,
        state: &event.payload,
    };
    append(tx, &entry, place).await
}

/// Locks the feed until the end of the transaction, which whoever raises alerts does first.
pub async fn lock(tx: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!("select seq from reporting.feed_head for update").fetch_one(tx).await?;
    Ok(())
}

/// Appends an entry and drops the two oldest if they are past thirty days, so that the feed keeps
/// its length. The head stays locked until the commit: numbers become visible in their order.
///
/// What the event does not say of its place is found in what the others publish. Budgets, and the
/// alerts about them, are marked as money.
pub async fn append(
    tx: &mut PgConnection,
    entry: &NewEntry<'_>,
    place: &Place,
) -> Result<(), Error> {
    sqlx::query!(
        "with head as (update reporting.feed_head set seq = seq + 1 returning seq),
              purged as (delete from reporting.feed where seq = any(array(
                  select seq from (select seq, at from reporting.feed order by seq limit 2) oldest
                  where at < $2::timestamptz - interval '30 days'))),
              report as (select project_id, site_id from reporting.report
                         where $4 = 'report' and id = $5)
         insert into reporting.feed
             (seq, at, kind, entity, entity_id, version, project_id, site_id, workers, payload,
              money)
         select head.seq, $2, $3, $4, $5, $6,
             coalesce($7, (select project_id from projects_pub.site where id = $8),
                      (select project_id from report)),
             coalesce($8, (select site_id from report)),
             $9::uuid[] || coalesce((select workers from reporting.task_fact where id = $10), '{}'),
             $1,
             $4 = 'budget' or $4 = 'alert' and exists (
                 select from reporting.alert where id = $5 and rule = 'forecast_over')
         from head",
        entry.state,
        entry.at,
        entry.kind,
        entry.entity,
        entry.entity_id,
        entry.version,
        place.project as Option<ProjectId>,
        place.site as Option<SiteId>,
        &place.workers as &[WorkerId],
        place.task as Option<TaskId>
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Drops what is past thirty days.
pub async fn forget(tx: &mut PgConnection, now: Timestamp) -> Result<(), Error> {
    lock(tx).await?;
    sqlx::query!("delete from reporting.feed where at < $1::timestamptz - interval '30 days'", now)
        .execute(tx)
        .await?;
    Ok(())
}

/// The newest number.
pub async fn head(conn: &mut PgConnection) -> Result<i64, Error> {
    sqlx::query_scalar!("select seq from reporting.feed_head").fetch_one(conn).await
}

/// Where the feed begins and ends.
pub async fn reach(conn: &mut PgConnection) -> Result<Reach, Error> {
    sqlx::query_as!(
        Reach,
        r#"select seq as head, (select min(seq) from reporting.feed) as oldest
           from reporting.feed_head"#
    )
    .fetch_one(conn)
    .await
}

/// At most `limit` entries after `after` and up to `upto` that the caller may see.
pub async fn between(
    conn: &mut PgConnection,
    after: i64,
    upto: i64,
    sight: &Sight,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    sqlx::query_as!(
        Entry,
        r#"select seq, kind, at, entity, entity_id, version,
                  project_id as "project_id: ProjectId", site_id as "site_id: SiteId",
                  payload as state
           from reporting.feed
           where seq > $1 and seq <= $2
             and ($3 or project_id = any($4) or site_id = any($5) or workers && $6)
             and (not money or $8 or project_id = any($9))
           order by seq limit $7"#,
        after,
        upto,
        sight.visible.all,
        &sight.visible.projects as &[ProjectId],
        &sight.visible.sites as &[SiteId],
        &sight.visible.workers as &[WorkerId],
        limit,
        sight.money.all,
        &sight.money.projects as &[ProjectId]
    )
    .fetch_all(conn)
    .await
}
