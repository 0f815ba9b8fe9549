//! The crews' rows.

use std::collections::HashSet;

use auth::Visibility;
use kernel::{CrewId, Timestamp, WorkerId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::api::CrewFilter;
use super::model::{Crew, Membership};
use crate::Error;
use crate::error::broke;

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Crew,
            r#"select id as "id: CrewId", name, lead_id as "lead_id: WorkerId",
                      array(select m.worker_id from resources.crew_member m
                            where m.crew_id = c.id order by m.worker_id)
                          as "members!: Vec<WorkerId>",
                      version
               from resources.crew c "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The crew.
pub(crate) async fn find(db: &mut PgConnection, id: CrewId) -> Result<Crew, sqlx::Error> {
    select!("where id = $1", id as CrewId).fetch_one(db).await
}

/// The crew, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: CrewId) -> Result<Crew, sqlx::Error> {
    // First the lock, then a statement whose snapshot is younger: the members are other rows.
    sqlx::query!("select from resources.crew where id = $1 for update", id as CrewId)
        .fetch_one(&mut *tx)
        .await?;
    find(tx, id).await
}

/// A page of the crews that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &CrewFilter,
    after: Option<CrewId>,
    limit: i64,
) -> Result<Vec<Crew>, sqlx::Error> {
    select!(
        "where ($1 or exists (
                   select from resources.crew_member m
                   where m.crew_id = c.id and m.worker_id = any($2)))
           and ($3::uuid is null or exists (
                   select from resources.crew_member m
                   where m.crew_id = c.id and m.worker_id = $3))
           and ($4::uuid is null or id > $4)
         order by id limit $5",
        seen.all,
        &seen.workers as &[WorkerId],
        filter.worker_id as Option<WorkerId>,
        after as Option<CrewId>,
        limit + 1
    )
    .fetch_all(db)
    .await
}

/// Stores a new crew without its members.
pub(crate) async fn insert(tx: &mut PgConnection, crew: &Crew) -> Result<(), Error> {
    let done = sqlx::query!(
        "insert into resources.crew (id, name, lead_id, version) values ($1, $2, $3, $4)",
        crew.id as CrewId,
        crew.name,
        crew.lead_id as Option<WorkerId>,
        crew.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

/// Stores a changed crew without its members.
pub(crate) async fn update(tx: &mut PgConnection, crew: &Crew) -> Result<(), Error> {
    let done = sqlx::query!(
        "update resources.crew set name = $2, lead_id = $3, version = $4 where id = $1",
        crew.id as CrewId,
        crew.name,
        crew.lead_id as Option<WorkerId>,
        crew.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

/// Stores the crew's members in place of those that were, and since and until when each was one.
pub(crate) async fn set_members(
    tx: &mut PgConnection,
    crew: &Crew,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update resources.crew_membership set to_at = greatest(from_at, $3)
         where crew_id = $1 and to_at is null and worker_id <> all($2)",
        crew.id as CrewId,
        &crew.members as &[WorkerId],
        now
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into resources.crew_membership (crew_id, worker_id, from_at)
         select $1, member, $3 from unnest($2::uuid[]) as member
         where not exists (
             select from resources.crew_membership m
             where m.crew_id = $1 and m.worker_id = member and m.to_at is null)",
        crew.id as CrewId,
        &crew.members as &[WorkerId],
        now
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from resources.crew_member where crew_id = $1", crew.id as CrewId)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "insert into resources.crew_member (crew_id, worker_id) select $1, unnest($2::uuid[])",
        crew.id as CrewId,
        &crew.members as &[WorkerId]
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// A page of who belonged to the crew when, and one more.
pub(crate) async fn memberships(
    db: &mut PgConnection,
    crew: CrewId,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Membership>, sqlx::Error> {
    sqlx::query_as!(
        Membership,
        r#"select id, worker_id as "worker_id: WorkerId", from_at as "from: Timestamp",
                  to_at as "to: Timestamp"
           from resources.crew_membership
           where crew_id = $1 and ($2::uuid is null or id > $2)
           order by id limit $3"#,
        crew as CrewId,
        after,
        limit + 1
    )
    .fetch_all(db)
    .await
}

/// Which of the crew's people there are.
pub(crate) async fn known(
    tx: &mut PgConnection,
    crew: &Crew,
) -> Result<HashSet<WorkerId>, sqlx::Error> {
    let ids: Vec<_> = crew.members.iter().copied().chain(crew.lead_id).collect();
    let known = sqlx::query_scalar!(
        r#"select id as "id: WorkerId" from resources.worker where id = any($1)"#,
        &ids as &[WorkerId]
    )
    .fetch_all(tx)
    .await?;
    Ok(known.into_iter().collect())
}

fn explain(error: sqlx::Error) -> Error {
    if broke(&error, "crew_name") { Error::NameTaken } else { error.into() }
}
