//! The SQL of the firm's times.

use kernel::{EscalationId, Timestamp, UserId};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::model::{EscalationTimes, Setting};

/// The firm's setting; the usual one where there is none.
pub(crate) async fn setting(conn: &mut PgConnection) -> Result<Setting, sqlx::Error> {
    let row = sqlx::query!(
        r#"select id as "id: EscalationId", times as "times: Json<EscalationTimes>", version
           from planning.incident_escalation"#
    )
    .fetch_optional(conn)
    .await?;
    let kept =
        row.map(|row| Setting { id: Some(row.id), times: row.times.0, version: row.version });
    Ok(kept.unwrap_or(Setting::USUAL))
}

/// The firm's setting, which nobody changes until the end of the transaction.
pub(crate) async fn hold(tx: &mut PgConnection) -> Result<Setting, sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock_shared(
             'planning.incident_escalation'::regclass::oid::bigint)"
    )
    .fetch_one(&mut *tx)
    .await?;
    setting(tx).await
}

/// The firm's setting, for the one who changes it, once those who hold it are done.
pub(super) async fn lock(tx: &mut PgConnection) -> Result<Setting, sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock('planning.incident_escalation'::regclass::oid::bigint)"
    )
    .fetch_one(&mut *tx)
    .await?;
    setting(tx).await
}

/// Keeps the times in place of those before.
pub(super) async fn set(
    tx: &mut PgConnection,
    id: EscalationId,
    setting: &Setting,
    by: UserId,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into planning.incident_escalation (id, times, by_user, at, version)
         values ($1, $2, $3, $4, $5)
         on conflict (one) do update set times = excluded.times, by_user = excluded.by_user,
             at = excluded.at, version = excluded.version",
        id as EscalationId,
        Json(&setting.times) as Json<&EscalationTimes>,
        by as UserId,
        at,
        setting.version
    )
    .execute(tx)
    .await?;
    Ok(())
}
