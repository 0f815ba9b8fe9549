//! Answers kept for repeated calls hold what they said: they are forgotten in time even where nobody
//! calls any more, and counted for those whose they are.

use kernel::{Timestamp, UserId};
use sqlx::PgConnection;

/// Forgets the answers given before this. Answers how many.
///
/// Each keyed call forgets a few as well, but in a firm that stands idle there is none.
pub async fn forget_answers(tx: &mut PgConnection, before: Timestamp) -> Result<u64, sqlx::Error> {
    let gone = sqlx::query!("delete from core.idempotency_key where answered_at < $1", before)
        .execute(tx)
        .await?;
    Ok(gone.rows_affected())
}

/// The answers kept for a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptAnswers {
    /// How many.
    pub count: i64,
    /// When the oldest was given.
    pub oldest: Option<Timestamp>,
    /// When the newest was given.
    pub newest: Option<Timestamp>,
}

/// The answers kept for a user.
pub async fn kept_answers(
    conn: &mut PgConnection,
    user: UserId,
) -> Result<KeptAnswers, sqlx::Error> {
    sqlx::query_as!(
        KeptAnswers,
        r#"select count(*) as "count!", min(answered_at) as oldest, max(answered_at) as newest
           from core.idempotency_key where caller = $1"#,
        user as UserId
    )
    .fetch_one(conn)
    .await
}
