//! The parts' rows.

pub(super) mod stock;

use kernel::PartId;
use sqlx::PgConnection;

use super::api::PartFilter;
use super::model::Part;
use crate::error::{Fleet, broke};

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Part,
            r#"select id as "id: PartId", code, name, unit, weight_g, volume_ml, active, version
               from resources.part "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The part.
pub(super) async fn find(db: &mut PgConnection, id: PartId) -> Result<Part, sqlx::Error> {
    select!("where id = $1", id as PartId).fetch_one(db).await
}

/// The part, held until the end of the transaction.
pub(super) async fn lock(tx: &mut PgConnection, id: PartId) -> Result<Part, sqlx::Error> {
    select!("where id = $1 for update", id as PartId).fetch_one(tx).await
}

/// A page of the parts, and one more.
pub(super) async fn list(
    db: &mut PgConnection,
    filter: &PartFilter,
    after: Option<PartId>,
    limit: i64,
) -> Result<Vec<Part>, sqlx::Error> {
    select!(
        "where ($1::boolean is null or active = $1)
           and ($2::text is null or position(lower($2) in lower(concat_ws(' ', code, name))) > 0)
           and ($3::uuid is null or id > $3)
         order by id limit $4",
        filter.active,
        filter.q.as_deref(),
        after as Option<PartId>,
        limit + 1
    )
    .fetch_all(db)
    .await
}

/// Stores a new part.
pub(super) async fn insert(tx: &mut PgConnection, part: &Part) -> Result<(), Fleet> {
    let done = sqlx::query!(
        "insert into resources.part
             (id, code, name, unit, weight_g, volume_ml, active, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        part.id as PartId,
        part.code,
        part.name,
        part.unit,
        part.weight_g,
        part.volume_ml,
        part.active,
        part.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

/// Stores a changed part.
pub(super) async fn update(tx: &mut PgConnection, part: &Part) -> Result<(), Fleet> {
    let done = sqlx::query!(
        "update resources.part
         set code = $2, name = $3, weight_g = $4, volume_ml = $5, active = $6, version = $7
         where id = $1",
        part.id as PartId,
        part.code,
        part.name,
        part.weight_g,
        part.volume_ml,
        part.active,
        part.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

fn explain(error: sqlx::Error) -> Fleet {
    if broke(&error, "part_code") { Fleet::Taken("/code") } else { error.into() }
}
