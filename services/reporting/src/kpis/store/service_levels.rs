//! How what was promised went.

use kernel::{ProjectId, SiteId};
use sqlx::{Error, PgConnection};

use super::{Bind, Lens, Sites, of};
use crate::kpis::model::ServiceLevels;

/// Promises, those due on the day where one is asked for.
pub(super) async fn count(
    conn: &mut PgConnection,
    lens: &Lens,
    b: &Bind,
    sites: &mut Sites,
) -> Result<(), Error> {
    let rows = sqlx::query!(
        r#"select f.site_id as "site: SiteId", f.project_id as "project: ProjectId",
               count(*) filter (where f.state in ('running', 'paused')) as "open!",
               count(*) filter (where f.state = 'met') as "met!",
               count(*) filter (where f.state = 'breached') as "breached!"
           from reporting.service_timer_fact f
           left join reporting.task_fact t on t.id = f.task_id
           left join reporting.site_fact s on s.id = f.site_id
           where ($1 or f.project_id = any($2) or f.site_id = any($3) or t.workers && $4)
             and ($5::uuid is null or f.project_id = $5) and ($6::uuid is null or f.site_id = $6)
             and ($7::date is null or
                  (f.due_at >= $7::date::timestamp at time zone coalesce(s.zone, $8)
                   and f.due_at < ($7::date + 1)::timestamp at time zone coalesce(s.zone, $8)))
           group by f.site_id, f.project_id"#,
        b.all,
        &b.projects,
        &b.sites,
        &b.workers,
        b.project,
        b.site,
        lens.day,
        lens.zone
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        of(sites, row.site, row.project).service_levels =
            ServiceLevels { open: row.open, met: row.met, breached: row.breached, met_share: None };
    }
    Ok(())
}
