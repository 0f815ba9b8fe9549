//! The SQL of plans.

use chrono::NaiveDate;
use kernel::TenantId;
use serde::Serialize;
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;

use crate::error::Error;

/// What a tenant can subscribe to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Plan {
    /// Its word for programs.
    pub code: String,
    /// Its name in French.
    pub name_fr: String,
    /// Its name in English.
    pub name_en: String,
    /// How many users may sign in.
    pub max_users: i32,
}

pub(crate) async fn list(pool: &PgPool) -> Result<Vec<Plan>, sqlx::Error> {
    sqlx::query_as!(
        Plan,
        "select code, name_fr, name_en, max_users from provisioning.plan order by max_users"
    )
    .fetch_all(pool)
    .await
}

pub(crate) async fn grant(
    tx: &mut PgConnection,
    tenant: TenantId,
    plan: &str,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<(), Error> {
    let granted = sqlx::query!(
        "insert into provisioning.licence (tenant_id, plan, valid_from, valid_until)
         select $1, code, $3, $4 from provisioning.plan where code = $2
         on conflict (tenant_id) do update
         set plan = excluded.plan, valid_until = excluded.valid_until",
        tenant as TenantId,
        plan,
        from,
        until
    )
    .execute(tx)
    .await?;
    if granted.rows_affected() == 0 { Err(Error::NoPlan(plan.to_owned())) } else { Ok(()) }
}
