//! What shows that the work was done.

use kernel::{ProjectId, SiteId};
use sqlx::{Error, PgConnection};

use super::{Lens, Sites, of};
use crate::kpis::model::Proofs;

/// Photos, those of the day where one is asked for.
pub(super) async fn photos(
    conn: &mut PgConnection,
    lens: &Lens,
    sites: &mut Sites,
) -> Result<(), Error> {
    let rows = within!(
        lens,
        r#"select f.site_id as "site: SiteId", f.project_id as "project: ProjectId",
               count(*) filter (where f.state = 'ready') as "ready!",
               count(*) filter (where f.state in ('announced', 'received')) as "waiting!",
               count(*) filter (where f.state = 'unreadable') as "unreadable!"
           from reporting.photo_fact f
           left join reporting.site_fact s on s.id = f.site_id
           left join reporting.task_fact t on t.id = f.task_id
           where reporting.in_view(f.project_id, f.site_id, t.workers, $1, $2, $3, $4, $5, $6)
             and reporting.on_day($7, coalesce(s.zone, $8), f.taken_at)
           group by f.site_id, f.project_id"#,
        lens.day,
        lens.zone
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        let proofs = &mut of(sites, row.site, row.project).proofs;
        *proofs = Proofs {
            photos_ready: row.ready,
            photos_waiting: row.waiting,
            photos_unreadable: row.unreadable,
            ..std::mem::take(proofs)
        };
    }
    Ok(())
}

/// Signatures, those of the day where one is asked for.
pub(super) async fn signatures(
    conn: &mut PgConnection,
    lens: &Lens,
    sites: &mut Sites,
) -> Result<(), Error> {
    let rows = within!(
        lens,
        r#"select f.site_id as "site: SiteId", f.project_id as "project: ProjectId",
               count(*) as "taken!"
           from reporting.signature_fact f
           left join reporting.site_fact s on s.id = f.site_id
           left join reporting.task_fact t on t.id = f.task_id
           where reporting.in_view(f.project_id, f.site_id, t.workers, $1, $2, $3, $4, $5, $6)
             and reporting.on_day($7, coalesce(s.zone, $8), f.signed_at)
           group by f.site_id, f.project_id"#,
        lens.day,
        lens.zone
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        of(sites, row.site, row.project).proofs.signatures = row.taken;
    }
    Ok(())
}
