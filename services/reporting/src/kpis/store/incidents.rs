//! What went wrong and is not right yet.

use kernel::{ProjectId, SiteId};
use sqlx::{Error, PgConnection};

use super::{Lens, Sites, of};
use crate::kpis::model::Incidents;

/// Open incidents as they stand, whatever the day: each still needs somebody.
pub(super) async fn open(
    conn: &mut PgConnection,
    lens: &Lens,
    sites: &mut Sites,
) -> Result<(), Error> {
    let rows = within!(
        lens,
        r#"select f.site_id as "site: SiteId", f.project_id as "project: ProjectId",
               count(*) filter (where f.severity = 'low') as "low!",
               count(*) filter (where f.severity = 'medium') as "medium!",
               count(*) filter (where f.severity = 'high') as "high!",
               count(*) filter (where f.severity = 'critical') as "critical!"
           from reporting.incident_fact f
           left join reporting.task_fact t on t.id = f.task_id
           where f.status <> 'resolved'
             and reporting.in_view(f.project_id, f.site_id, t.workers, $1, $2, $3, $4, $5, $6)
           group by f.site_id, f.project_id"#
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        of(sites, row.site, row.project).incidents = Incidents {
            low: row.low,
            medium: row.medium,
            high: row.high,
            critical: row.critical,
            open: 0,
        };
    }
    Ok(())
}
