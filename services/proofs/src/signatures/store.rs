//! The signatures' rows.

use auth::Visibility;
use kernel::{ProjectId, SignatureId, SiteId, TaskId, Timestamp, UserId, WorkerId};
use sqlx::PgConnection;

use super::api::SignatureFilter;
use super::model::{Signature, SignatureView};
use crate::photos::position;

struct Row {
    id: SignatureId,
    task_id: TaskId,
    site_id: SiteId,
    project_id: ProjectId,
    created_by: UserId,
    signer_name: String,
    signer_role: String,
    signed_at: Timestamp,
    lat: Option<f64>,
    lon: Option<f64>,
    accuracy_m: Option<f64>,
    blob_key: String,
    sha256: Vec<u8>,
    strokes_key: String,
    strokes_sha256: Vec<u8>,
    version: i64,
    created_at: Timestamp,
    task_workers: Vec<WorkerId>,
}

impl TryFrom<Row> for Signature {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let role = row.signer_role.parse().map_err(|e: String| sqlx::Error::Decode(e.into()))?;
        Ok(Self {
            view: SignatureView {
                id: row.id,
                task_id: row.task_id,
                site_id: row.site_id,
                project_id: row.project_id,
                signer_name: row.signer_name,
                signer_role: role,
                signed_at: row.signed_at,
                position: position(row.lat, row.lon, row.accuracy_m),
                sha256: hex::encode(row.sha256),
                created_at: row.created_at,
                version: row.version,
            },
            created_by: row.created_by,
            blob_key: row.blob_key,
            strokes_key: row.strokes_key,
            strokes_sha256: row.strokes_sha256,
            task_workers: row.task_workers,
        })
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: SignatureId", task_id as "task_id: TaskId",
                      site_id as "site_id: SiteId", project_id as "project_id: ProjectId",
                      created_by as "created_by: UserId", signer_name, signer_role, signed_at, lat, lon, accuracy_m, blob_key, sha256,
                      strokes_key, strokes_sha256, version, created_at,
                      array(select worker_id from planning_pub.task_worker w
                            where w.task_id = s.task_id) as "task_workers!: Vec<WorkerId>"
               from proofs.signature s "#
                + $rest
            $(, $arg)*
        )
    };
}

/// A signature.
pub(crate) async fn find(db: &mut PgConnection, id: SignatureId) -> Result<Signature, sqlx::Error> {
    select!("where id = $1", id as SignatureId).fetch_one(db).await?.try_into()
}

/// A page of the signatures that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &SignatureFilter,
    after: Option<SignatureId>,
    limit: i64,
) -> Result<Vec<Signature>, sqlx::Error> {
    select!(
        "where ($1 or project_id = any($2) or site_id = any($3)
                or exists (select from planning_pub.task_worker w
                           where w.task_id = s.task_id and w.worker_id = any($4)))
           and ($5::uuid is null or task_id = $5)
           and ($6::uuid is null or id > $6)
         order by id limit $7",
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        &seen.workers as &[WorkerId],
        filter.task_id as Option<TaskId>,
        after as Option<SignatureId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Signature::try_from)
    .collect()
}

/// Stores a new signature.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    signature: &Signature,
) -> Result<(), sqlx::Error> {
    let view = &signature.view;
    sqlx::query!(
        "insert into proofs.signature
             (id, task_id, site_id, project_id, created_by, signer_name, signer_role, signed_at,
              lat, lon, accuracy_m, blob_key, sha256, strokes_key, strokes_sha256, version,
              created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, decode($13, 'hex'), $14, $15,
                 $16, $17)",
        view.id as SignatureId,
        view.task_id as TaskId,
        view.site_id as SiteId,
        view.project_id as ProjectId,
        signature.created_by as UserId,
        view.signer_name,
        view.signer_role.as_str(),
        view.signed_at,
        view.position.map(|p| p.lat),
        view.position.map(|p| p.lon),
        view.position.and_then(|p| p.accuracy_m),
        signature.blob_key,
        view.sha256,
        signature.strokes_key,
        signature.strokes_sha256,
        view.version,
        view.created_at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets where signatures drawn before this were drawn: by the device's clock, but no later than
/// they came.
pub(crate) async fn forget_places(
    tx: &mut PgConnection,
    before: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update proofs.signature
         set lat = null, lon = null, accuracy_m = null, version = version + 1
         where least(signed_at, created_at) < $1 and lat is not null",
        before
    )
    .execute(tx)
    .await?;
    Ok(())
}
