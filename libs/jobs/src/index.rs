//! The SQL of the index of what is due (`jobs.due`), in the control database.

use kernel::{Service, TenantId, Timestamp};
use sqlx::PgPool;

/// Notes that the tenant is due at `due_at` or earlier.
pub(crate) async fn mark(
    control: &PgPool,
    tenant: TenantId,
    service: Service,
    due_at: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into jobs.due as known (tenant_id, service, due_at, marked_at)
         values ($1, $2, $3, $4)
         on conflict (tenant_id, service) do update
         set due_at = least(known.due_at, excluded.due_at), marked_at = excluded.marked_at",
        tenant as TenantId,
        service.name(),
        due_at,
        now
    )
    .execute(control)
    .await?;
    Ok(())
}

/// Notes every active tenant that is not in the index as due: what a lost index would hide.
pub(crate) async fn mark_all(
    control: &PgPool,
    service: Service,
    now: Timestamp,
    long_ago: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into jobs.due (tenant_id, service, due_at, marked_at)
         select id, $1, $2, $3 from tenancy.tenant where status = 'active'
         on conflict do nothing",
        service.name(),
        now,
        long_ago
    )
    .execute(control)
    .await?;
    Ok(())
}

/// Takes up to `limit` due tenants; nobody else takes them until `until`.
pub(crate) async fn due(
    control: &PgPool,
    service: Service,
    now: Timestamp,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<TenantId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"update jobs.due d set lease_until = $3
           from (select tenant_id from jobs.due
                 where service = $1 and due_at <= $2
                   and (lease_until is null or lease_until <= $2
                        or lease_until > $3::timestamptz + interval '5 minutes')
                 order by due_at limit $4 for update skip locked) free
           where d.tenant_id = free.tenant_id and d.service = $1
           returning d.tenant_id as "tenant: TenantId""#,
        service.name(),
        now,
        until,
        limit
    )
    .fetch_all(control)
    .await
}

/// When a tenant's entry was last touched by a writer.
pub(crate) async fn marked_at(
    control: &PgPool,
    tenant: TenantId,
    service: Service,
) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select marked_at from jobs.due where tenant_id = $1 and service = $2",
        tenant as TenantId,
        service.name()
    )
    .fetch_optional(control)
    .await
}

/// Sets when the tenant is due next, or takes it out of the index; unless a writer touched the
/// entry after `marked_at`.
pub(crate) async fn settle(
    control: &PgPool,
    tenant: TenantId,
    service: Service,
    marked_at: Timestamp,
    due_at: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    match due_at {
        Some(due_at) => {
            sqlx::query!(
                "update jobs.due set due_at = $4, lease_until = null
                 where tenant_id = $1 and service = $2 and marked_at = $3",
                tenant as TenantId,
                service.name(),
                marked_at,
                due_at
            )
            .execute(control)
            .await?;
        }
        None => {
            sqlx::query!(
                "delete from jobs.due
                 where tenant_id = $1 and service = $2 and marked_at = $3",
                tenant as TenantId,
                service.name(),
                marked_at
            )
            .execute(control)
            .await?;
        }
    }
    Ok(())
}
