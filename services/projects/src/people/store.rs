//! What identity shows of people.

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
