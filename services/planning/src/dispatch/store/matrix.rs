//! The SQL of the firm's own travel times.

use kernel::{Timestamp, TravelMatrixId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::dispatch::model::MatrixInfo;
use crate::dispatch::travel::Table;

/// What is told of the firm's table, where there is one.
pub(crate) async fn find(conn: &mut PgConnection) -> Result<Option<MatrixInfo>, sqlx::Error> {
    sqlx::query_as!(
        MatrixInfo,
        r#"select id as "id: TravelMatrixId", cardinality(places)::bigint as "places!",
               uploaded_by as "uploaded_by: UserId", uploaded_at, version
           from planning.travel_matrix"#
    )
    .fetch_optional(conn)
    .await
}

/// The firm's table, where there is one.
pub(crate) async fn table(conn: &mut PgConnection) -> Result<Option<Table>, sqlx::Error> {
    let row = sqlx::query!("select places, seconds from planning.travel_matrix")
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| Table { places: row.places, seconds: row.seconds }))
}

/// Of these places, those that are neither a site, a depot nor a worker.
pub(crate) async fn unknown(
    conn: &mut PgConnection,
    places: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id!" from unnest($1::uuid[]) with ordinality as place (id, at)
           where not exists (select 1 from projects_pub.site s where s.id = place.id)
             and not exists (select 1 from resources_pub.depot d where d.id = place.id)
             and not exists (select 1 from resources_pub.worker w where w.id = place.id)
           order by at"#,
        places
    )
    .fetch_all(conn)
    .await
}

/// Puts a table in the place of the one before.
pub(crate) async fn replace(
    tx: &mut PgConnection,
    table: &Table,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<MatrixInfo, sqlx::Error> {
    sqlx::query_as!(
        MatrixInfo,
        r#"insert into planning.travel_matrix as kept
               (id, places, seconds, uploaded_by, uploaded_at)
           values ($1, $2, $3, $4, $5)
           on conflict (one) do update
           set places = excluded.places, seconds = excluded.seconds,
               uploaded_by = excluded.uploaded_by, uploaded_at = excluded.uploaded_at,
               version = kept.version + 1
           returning id as "id: TravelMatrixId", cardinality(places)::bigint as "places!",
               uploaded_by as "uploaded_by: UserId", uploaded_at, version"#,
        TravelMatrixId::new() as TravelMatrixId,
        &table.places,
        &table.seconds,
        by as Option<UserId>,
        now
    )
    .fetch_one(tx)
    .await
}

/// Takes the table away; tells what it was.
pub(crate) async fn remove(tx: &mut PgConnection) -> Result<Option<MatrixInfo>, sqlx::Error> {
    sqlx::query_as!(
        MatrixInfo,
        r#"delete from planning.travel_matrix
           returning id as "id: TravelMatrixId", cardinality(places)::bigint as "places!",
               uploaded_by as "uploaded_by: UserId", uploaded_at, version"#
    )
    .fetch_optional(tx)
    .await
}
