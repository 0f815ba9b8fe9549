//! What was planned and done: tasks, hours and checklists.

use kernel::{ProjectId, SiteId};
use sqlx::{Error, PgConnection};

use super::{Lens, Sites, of};
use crate::kpis::model::{Checklists, Hours, Tasks};

/// Tasks by status, and which of them came without proof.
pub(super) async fn tasks(
    conn: &mut PgConnection,
    lens: &Lens,
    sites: &mut Sites,
) -> Result<(), Error> {
    let rows = within!(
        lens,
        r#"select f.site_id as "site: SiteId", f.project_id as "project: ProjectId",
               count(*) filter (where f.status in ('planned', 'dispatched')
                   or f.started_at is null and f.status in ('travelling', 'on_site')) as "planned!",
               count(*) filter (where f.status = 'in_progress') as "in_progress!",
               count(*) filter (where f.status in ('paused', 'reopened')
                   or f.started_at is not null and f.status in ('travelling', 'on_site')) as "paused!",
               count(*) filter (where f.status = 'blocked') as "blocked!",
               count(*) filter (where f.status = 'done') as "done!",
               count(*) filter (where f.status = 'validated') as "validated!",
               count(*) filter (where f.status = 'cancelled') as "cancelled!",
               count(*) filter (where f.status not in ('done', 'validated', 'cancelled') and f.ends_at < $9) as "late!",
               count(*) filter (where f.status in ('done', 'validated')
                   and f.finished_at > f.ends_at) as "finished_late!",
               coalesce(sum(f.duration_min) filter (where f.status <> 'cancelled'), 0) as "planned_min!",
               coalesce(sum(f.duration_min) filter (where f.status in ('done', 'validated')), 0) as "done_min!",
               count(*) filter (where f.status in ('done', 'validated')
                   and not exists (select from reporting.photo_fact p
                                   where p.task_id = f.id and p.state = 'ready')
                   and not exists (select from reporting.signature_fact g
                                   where g.task_id = f.id)) as "without_proof!"
           from reporting.task_fact f
           left join reporting.site_fact s on s.id = f.site_id
           where reporting.in_view(f.project_id, f.site_id, f.workers, $1, $2, $3, $4, $5, $6)
             and reporting.during_day($7, coalesce(s.zone, $8), f.starts_at, f.ends_at)
           group by f.site_id, f.project_id"#,
        lens.day,
        lens.zone,
        lens.now
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        let figures = of(sites, row.site, row.project);
        figures.proofs.tasks_without_proof = row.without_proof;
        figures.tasks = Tasks {
            planned: row.planned,
            in_progress: row.in_progress,
            paused: row.paused,
            blocked: row.blocked,
            done: row.done,
            validated: row.validated,
            cancelled: row.cancelled,
            late: row.late,
            finished_late: row.finished_late,
            planned_min: row.planned_min,
            done_min: row.done_min,
            progress: None,
        };
    }
    Ok(())
}

/// Stays, cut to the day where one is asked for; an open one lasts until now.
pub(super) async fn hours(
    conn: &mut PgConnection,
    lens: &Lens,
    sites: &mut Sites,
) -> Result<(), Error> {
    let rows = within!(
        lens,
        r#"select f.site_id as "site: SiteId", f.project_id as "project: ProjectId",
               coalesce(sum(greatest(0, extract(epoch from
                   least(coalesce(f.out_at, case when f.in_at > $9::timestamptz - interval '12 hours' then $9
                                            else f.in_at end),
                         reporting.day_begins($7::date + 1, coalesce(s.zone, $8)))
                   - greatest(f.in_at, reporting.day_begins($7, coalesce(s.zone, $8)))))), 0)::bigint
                   as "seconds!",
               count(*) filter (where f.out_at is null
                                      and f.in_at > $9::timestamptz - interval '12 hours') as "present!"
           from reporting.time_entry_fact f
           left join reporting.site_fact s on s.id = f.site_id
           where reporting.in_view(f.project_id, f.site_id, array[f.worker_id],
                                   $1, $2, $3, $4, $5, $6)
             and reporting.during_day($7, coalesce(s.zone, $8), f.in_at, coalesce(f.out_at, $9))
           group by f.site_id, f.project_id"#,
        lens.day,
        lens.zone,
        lens.now
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        of(sites, row.site, row.project).hours =
            Hours { seconds: row.seconds, hours: 0.0, present: row.present };
    }
    Ok(())
}

/// Checklists of the tasks in view; they belong to their task's day.
pub(super) async fn checklists(
    conn: &mut PgConnection,
    lens: &Lens,
    sites: &mut Sites,
) -> Result<(), Error> {
    let rows = within!(
        lens,
        r#"select t.site_id as "site: SiteId", t.project_id as "project: ProjectId",
               count(*) as "begun!",
               count(*) filter (where f.answered >= f.questions) as "complete!",
               coalesce(sum(f.nonconformities), 0) as "nonconformities!"
           from reporting.checklist_run_fact f
           join reporting.task_fact t on t.id = f.task_id
           left join reporting.site_fact s on s.id = t.site_id
           where reporting.in_view(t.project_id, t.site_id, t.workers, $1, $2, $3, $4, $5, $6)
             and reporting.during_day($7, coalesce(s.zone, $8), t.starts_at, t.ends_at)
           group by t.site_id, t.project_id"#,
        lens.day,
        lens.zone
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        of(sites, row.site, row.project).checklists = Checklists {
            begun: row.begun,
            complete: row.complete,
            nonconformities: row.nonconformities,
        };
    }
    Ok(())
}
