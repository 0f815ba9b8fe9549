//! The SQL of the trail, of its chain, and of the chain's head at the control database.

use kernel::{AuditId, PhotoId, SignatureId, TaskId, TenantId, Timestamp};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::chain::Entry;

/// The last link of a chain.
pub(super) struct Tip {
    pub position: i64,
    pub hash: Vec<u8>,
}

/// Waits until nobody else seals this tenant's chain, until the end of the transaction.
pub(super) async fn lock_chain(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    // One number for all: locks are the database's own, and a database is one tenant's.
    sqlx::query!("select pg_advisory_xact_lock(360)").execute(tx).await?;
    Ok(())
}

/// The chain's last link; none before the first.
pub(super) async fn tip(db: &mut PgConnection) -> Result<Option<Tip>, sqlx::Error> {
    sqlx::query_as!(
        Tip,
        "select position, hash from core.audit_link order by position desc limit 1"
    )
    .fetch_optional(db)
    .await
}

/// The hash of the link at a position.
pub(super) async fn hash_at(
    db: &mut PgConnection,
    position: i64,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!("select hash from core.audit_link where position = $1", position)
        .fetch_optional(db)
        .await
}

/// Takes the oldest entries that wait for a link off their list.
pub(super) async fn take_pending(
    tx: &mut PgConnection,
    limit: i64,
) -> Result<Vec<Entry>, sqlx::Error> {
    sqlx::query_as!(
        Entry,
        r#"with taken as (
               delete from core.audit_pending
               where entry_id in
                   (select entry_id from core.audit_pending order by entry_id limit $1)
               returning entry_id)
           select e.id as "id: AuditId", e.at, e.action, e.entity, e.entity_id, e.entity_version,
                  e.request_id, e.commitment
           from taken join core.audit_entry e on e.id = taken.entry_id order by e.id"#,
        limit
    )
    .fetch_all(tx)
    .await
}

/// Appends links from `first` on, one for each entry.
pub(super) async fn append(
    tx: &mut PgConnection,
    first: i64,
    entries: &[Uuid],
    hashes: &[Vec<u8>],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into core.audit_link (position, entry_id, hash)
         select $1 + n - 1, entry_id, hash
         from unnest($2::uuid[], $3::bytea[]) with ordinality as link (entry_id, hash, n)",
        first,
        entries,
        hashes
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps the tip at the control database. Never goes back.
pub(super) async fn keep_head(
    control: &PgPool,
    tenant: TenantId,
    tip: &Tip,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into audit.head as head (tenant_id, position, hash, sealed_at)
         values ($1, $2, $3, $4)
         on conflict (tenant_id) do update
         set position = excluded.position, hash = excluded.hash, sealed_at = excluded.sealed_at
         where head.position < excluded.position",
        tenant as TenantId,
        tip.position,
        tip.hash,
        now
    )
    .execute(control)
    .await?;
    Ok(())
}

/// The tip as the control database remembers it.
pub(super) async fn head(control: &PgPool, tenant: TenantId) -> Result<Option<Tip>, sqlx::Error> {
    sqlx::query_as!(
        Tip,
        "select position, hash from audit.head where tenant_id = $1",
        tenant as TenantId
    )
    .fetch_optional(control)
    .await
}

/// A link with its entry and the entry's personal part.
pub(super) struct Sealed {
    pub position: i64,
    pub entry_id: AuditId,
    pub hash: Vec<u8>,
    pub entry: Option<Entry>,
    pub detail: Option<(Vec<u8>, Value)>,
    /// Where the device was, unless that is forgotten.
    pub place: Option<(Vec<u8>, Value)>,
}

/// The links after `position`, in order.
pub(super) async fn links(
    db: &mut PgConnection,
    position: i64,
    limit: i64,
) -> Result<Vec<Sealed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select l.position, l.entry_id as "entry_id: AuditId", l.hash,
                  e.at as "at?", e.action as "action?", e.entity as "entity?",
                  e.entity_id as "entity_id?", e.entity_version as "entity_version?",
                  e.request_id as "request_id?", e.commitment as "commitment?",
                  d.salt as "salt?", d.value as "value?",
                  a.salt as "place_salt?", a.value as "place?"
           from core.audit_link l
           left join core.audit_entry e on e.id = l.entry_id
           left join core.audit_detail d on d.entry_id = l.entry_id
           left join core.audit_place a on a.entry_id = l.entry_id
           where l.position > $1 order by l.position limit $2"#,
        position,
        limit
    )
    .fetch_all(db)
    .await?;
    let sealed = rows.into_iter().map(|r| Sealed {
        position: r.position,
        entry_id: r.entry_id,
        hash: r.hash,
        entry: (|| {
            Some(Entry {
                id: r.entry_id,
                at: r.at?,
                action: r.action?,
                entity: r.entity?,
                entity_id: r.entity_id?,
                entity_version: r.entity_version?,
                request_id: r.request_id?,
                commitment: r.commitment?,
            })
        })(),
        detail: r.salt.zip(r.value),
        place: r.place_salt.zip(r.place),
    });
    Ok(sealed.collect())
}

/// How many entries there are, and some of those that no link covers although none waits.
pub(super) async fn census(db: &mut PgConnection) -> Result<(i64, Vec<AuditId>), sqlx::Error> {
    let entries = sqlx::query_scalar!(r#"select count(*) as "n!" from core.audit_entry"#)
        .fetch_one(&mut *db)
        .await?;
    let loose = sqlx::query_scalar!(
        r#"select id as "id: AuditId" from core.audit_entry e
           where not exists (select from core.audit_link l where l.entry_id = e.id)
             and not exists (select from core.audit_pending p where p.entry_id = e.id)
           order by id limit 100"#
    )
    .fetch_all(&mut *db)
    .await?;
    Ok((entries, loose))
}

/// How many entries wait for their link.
pub(super) async fn pending(db: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "n!" from core.audit_pending"#).fetch_one(db).await
}

/// Stored bytes with the hash they should have, and the hash that the trail remembers.
pub(super) struct Kept {
    pub id: Uuid,
    pub key: String,
    pub sha256: Vec<u8>,
    pub told: Option<String>,
}

/// Originals of photos after `after`, by id.
pub(super) async fn originals(
    db: &mut PgConnection,
    after: Option<PhotoId>,
) -> Result<Vec<Kept>, sqlx::Error> {
    sqlx::query_as!(
        Kept,
        r#"select p.id, original_key as "key!", sha256 as "sha256!",
                  (select d.value #>> '{about,sha256}'
                   from core.audit_entry e join core.audit_detail d on d.entry_id = e.id
                   where e.entity = 'photo' and e.entity_id = p.id and e.action = 'photo.received'
                   limit 1) as told
           from proofs.photo p
           where original_key is not null and ($1::uuid is null or p.id > $1)
           order by p.id limit 100"#,
        after as Option<PhotoId>
    )
    .fetch_all(db)
    .await
}

/// Pictures of signatures after `after`, by id.
pub(super) async fn signatures(
    db: &mut PgConnection,
    after: Option<SignatureId>,
) -> Result<Vec<Kept>, sqlx::Error> {
    sqlx::query_as!(
        Kept,
        r#"select s.id, blob_key as key, sha256,
                  (select d.value #>> '{about,sha256}'
                   from core.audit_entry e join core.audit_detail d on d.entry_id = e.id
                   where e.entity = 'signature' and e.entity_id = s.id
                   limit 1) as told
           from proofs.signature s
           where $1::uuid is null or s.id > $1
           order by s.id limit 100"#,
        after as Option<SignatureId>
    )
    .fetch_all(db)
    .await
}

/// An entry as it is read.
pub(super) struct Read {
    pub id: AuditId,
    pub at: Timestamp,
    pub action: String,
    pub entity: String,
    pub entity_id: Uuid,
    pub entity_version: i64,
    pub request_id: Uuid,
    pub detail: Option<Value>,
    pub place: Option<Value>,
    pub name: Option<String>,
    pub position: Option<i64>,
    pub hash: Option<Vec<u8>>,
}

/// The acts of one kind or one thing, or all of them; and one more than `limit`.
pub(super) async fn acts(
    db: &mut PgConnection,
    entity: Option<&str>,
    entity_id: Option<Uuid>,
    hidden: &[String],
    after: Option<AuditId>,
    limit: i64,
) -> Result<Vec<Read>, sqlx::Error> {
    sqlx::query_as!(
        Read,
        r#"select e.id as "id: AuditId", e.at, e.action, e.entity, e.entity_id, e.entity_version,
                  e.request_id, d.value as "detail?", w.value as "place?", p.name as "name?",
                  l.position as "position?", l.hash as "hash?"
           from core.audit_entry e
           left join core.audit_detail d on d.entry_id = e.id
           left join core.audit_place w on w.entry_id = e.id
           left join core.audit_link l on l.entry_id = e.id
           left join identity_pub.person p on p.id::text = d.value ->> 'actor'
           where ($1::text is null or e.entity = $1) and ($2::uuid is null or e.entity_id = $2)
             and ($3::uuid is null or e.id > $3) and e.entity <> all($5)
           order by e.id limit $4"#,
        entity,
        entity_id,
        after as Option<AuditId>,
        limit + 1,
        hidden
    )
    .fetch_all(db)
    .await
}

/// The acts of a task and of all that belongs to it; and one more than `limit`.
pub(super) async fn acts_of_task(
    db: &mut PgConnection,
    task: TaskId,
    after: Option<AuditId>,
    limit: i64,
) -> Result<Vec<Read>, sqlx::Error> {
    sqlx::query_as!(
        Read,
        r#"select e.id as "id: AuditId", e.at, e.action, e.entity, e.entity_id, e.entity_version,
                  e.request_id, d.value as "detail?", w.value as "place?", p.name as "name?",
                  l.position as "position?", l.hash as "hash?"
           from (select 'task' as entity, $1::uuid as id
                 union all select 'photo', id from proofs_pub.photo where task_id = $1
                 union all select 'signature', id from proofs_pub.signature where task_id = $1
                 union all select 'checklist_run', id from planning_pub.checklist_run
                           where task_id = $1
                 union all select 'incident', id from planning_pub.incident
                           where task_id = $1) thing
           join core.audit_entry e on e.entity = thing.entity and e.entity_id = thing.id
           left join core.audit_detail d on d.entry_id = e.id
           left join core.audit_place w on w.entry_id = e.id
           left join core.audit_link l on l.entry_id = e.id
           left join identity_pub.person p on p.id::text = d.value ->> 'actor'
           where $2::uuid is null or e.id > $2
           order by e.id limit $3"#,
        task as TaskId,
        after as Option<AuditId>,
        limit + 1
    )
    .fetch_all(db)
    .await
}

/// Forgets where devices were: of acts on stays before `positions`, of all other acts before
/// `proofs`. Answers how many.
pub(super) async fn forget_places(
    tx: &mut PgConnection,
    positions: Timestamp,
    proofs: Timestamp,
) -> Result<u64, sqlx::Error> {
    let gone = sqlx::query!(
        "delete from core.audit_place w using core.audit_entry e
         where e.id = w.entry_id
           and e.at < case e.entity when 'time_entry' then $1::timestamptz else $2 end",
        positions,
        proofs
    )
    .execute(tx)
    .await?;
    Ok(gone.rows_affected())
}

/// Forgets the personal part of acts on stays and weeks before `hours`, which says who did what with
/// hours, and of refused calls before `proofs`. Answers how many.
pub(super) async fn forget_details(
    tx: &mut PgConnection,
    proofs: Timestamp,
    hours: Timestamp,
) -> Result<u64, sqlx::Error> {
    let gone = sqlx::query!(
        "delete from core.audit_detail d using core.audit_entry e
         where e.id = d.entry_id
           and (e.entity in ('time_entry', 'timesheet') and e.at < $2
                or e.entity = 'refusal' and e.at < $1)",
        proofs,
        hours
    )
    .execute(tx)
    .await?;
    Ok(gone.rows_affected())
}
