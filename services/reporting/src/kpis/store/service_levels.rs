//! How what was promised went.

use kernel::{ProjectId, SiteId};
use sqlx::{Error, PgConnection};

use super::{Lens, Sites, of};
use crate::kpis::model::ServiceLevels;

/// Promises, those due on the day where one is asked for.
pub(super) async fn count(
    conn: &mut PgConnection,
    lens: &Lens,
    sites: &mut Sites,
) -> Result<(), Error> {
    let rows = within!(
        lens,
        r#"select f.site_id as "site: SiteId", f.project_id as "project: ProjectId",
               count(*) filter (where f.state in ('running', 'paused')) as "open!",
               count(*) filter (where f.state = 'met') as "met!",
               count(*) filter (where f.state = 'breached') as "breached!"
           from reporting.service_timer_fact f
           left join reporting.task_fact t on t.id = f.task_id
           left join reporting.site_fact s on s.id = f.site_id
           where reporting.in_view(f.project_id, f.site_id, t.workers, $1, $2, $3, $4, $5, $6)
             and reporting.on_day($7, coalesce(s.zone, $8), f.due_at)
           group by f.site_id, f.project_id"#,
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
