//! What identity shows of people.

use std::collections::HashMap;

use kernel::UserId;
use sqlx::PgConnection;

/// Whether identity knows this person.
pub(crate) async fn exists(db: &mut PgConnection, person: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from identity_pub.person where id = $1) as "there!""#,
        person as UserId
    )
    .fetch_one(db)
    .await
}

/// The names of those of these people whom identity knows.
pub(crate) async fn names(
    db: &mut PgConnection,
    people: &[UserId],
) -> Result<HashMap<UserId, String>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id!: UserId", name as "name!" from identity_pub.person where id = any($1)"#,
        people as &[UserId]
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(|row| (row.id, row.name)).collect())
}
