//! The SQL of the figures: a few grouped queries over the facts.

mod milestones;
mod service_levels;

use std::collections::BTreeMap;

use auth::Visibility;
use chrono::NaiveDate;
use kernel::{ProjectId, SiteId, Timestamp};
use sqlx::{Error, PgConnection};
use uuid::Uuid;

pub use self::milestones::milestones;
use super::model::{Checklists, Figures, Hours, Incidents, Proofs, SiteFigures, Tasks};

/// What is counted.
#[derive(Debug, Clone)]
pub struct Lens {
    /// What the caller may see.
    pub visible: Visibility,
    /// Of this project only.
    pub project: Option<ProjectId>,
    /// Of this site only.
    pub site: Option<SiteId>,
    /// Of this day only, in the site's own zone.
    pub day: Option<NaiveDate>,
    /// The firm's zone, for a site whose own is not known yet.
    pub zone: String,
    /// The present time.
    pub now: Timestamp,
}

/// The visibility and the narrowing as plain values, to be bound.
struct Bind {
    all: bool,
    projects: Vec<Uuid>,
    sites: Vec<Uuid>,
    workers: Vec<Uuid>,
    project: Option<Uuid>,
    site: Option<Uuid>,
}

impl Lens {
    fn bind(&self) -> Bind {
        Bind {
            all: self.visible.all,
            projects: self.visible.projects.iter().map(|p| p.uuid()).collect(),
            sites: self.visible.sites.iter().map(|s| s.uuid()).collect(),
            workers: self.visible.workers.iter().map(|w| w.uuid()).collect(),
            project: self.project.map(ProjectId::uuid),
            site: self.site.map(SiteId::uuid),
        }
    }
}

/// How fresh the facts are: the newest event's time, and how long it took to arrive.
pub async fn freshness(conn: &mut PgConnection) -> Result<(Option<Timestamp>, Option<i64>), Error> {
    let head =
        sqlx::query!("select as_of, taken_at from reporting.feed_head").fetch_one(conn).await?;
    let lag =
        head.taken_at.zip(head.as_of).map(|(taken, at)| (taken - at).num_milliseconds().max(0));
    Ok((head.as_of, lag))
}

/// The figures of every site in view.
pub async fn sites(conn: &mut PgConnection, lens: &Lens) -> Result<Vec<SiteFigures>, Error> {
    let bind = lens.bind();
    let mut sites = known_sites(conn, &bind).await?;
    tasks(conn, lens, &bind, &mut sites).await?;
    incidents(conn, &bind, &mut sites).await?;
    service_levels::count(conn, lens, &bind, &mut sites).await?;
    hours(conn, lens, &bind, &mut sites).await?;
    photos(conn, lens, &bind, &mut sites).await?;
    signatures(conn, lens, &bind, &mut sites).await?;
    checklists(conn, lens, &bind, &mut sites).await?;
    Ok(sites
        .into_iter()
        .map(|(site_id, mut site)| {
            site.1.settle();
            SiteFigures { site_id, project_id: site.0, figures: site.1 }
        })
        .collect())
}

type Sites = BTreeMap<SiteId, (Option<ProjectId>, Figures)>;

/// Sites in view, also those where nothing has happened yet.
async fn known_sites(conn: &mut PgConnection, b: &Bind) -> Result<Sites, Error> {
    let rows = sqlx::query!(
        r#"select id as "id: SiteId", project_id as "project: ProjectId"
           from reporting.site_fact
           where ($1 or project_id = any($2) or id = any($3))
             and ($4::uuid is null or project_id = $4) and ($5::uuid is null or id = $5)"#,
        b.all,
        &b.projects,
        &b.sites,
        b.project,
        b.site
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, (Some(r.project), Figures::default()))).collect())
}

fn of(sites: &mut Sites, site: SiteId, project: ProjectId) -> &mut Figures {
    let entry = sites.entry(site).or_default();
    entry.0.get_or_insert(project);
    &mut entry.1
}

async fn tasks(
    conn: &mut PgConnection,
    lens: &Lens,
    b: &Bind,
    sites: &mut Sites,
) -> Result<(), Error> {
    let rows = sqlx::query!(
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
           where ($1 or f.project_id = any($2) or f.site_id = any($3) or f.workers && $4)
             and ($5::uuid is null or f.project_id = $5) and ($6::uuid is null or f.site_id = $6)
             and ($7::date is null or
                  (f.starts_at < ($7::date + 1)::timestamp at time zone coalesce(s.zone, $8)
                   and f.ends_at > $7::date::timestamp at time zone coalesce(s.zone, $8)))
           group by f.site_id, f.project_id"#,
        b.all,
        &b.projects,
        &b.sites,
        &b.workers,
        b.project,
        b.site,
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

/// Open incidents as they stand, whatever the day: each still needs somebody.
async fn incidents(conn: &mut PgConnection, b: &Bind, sites: &mut Sites) -> Result<(), Error> {
    let rows = sqlx::query!(
        r#"select f.site_id as "site: SiteId", f.project_id as "project: ProjectId",
               count(*) filter (where f.severity = 'low') as "low!",
               count(*) filter (where f.severity = 'medium') as "medium!",
               count(*) filter (where f.severity = 'high') as "high!",
               count(*) filter (where f.severity = 'critical') as "critical!"
           from reporting.incident_fact f
           left join reporting.task_fact t on t.id = f.task_id
           where f.status <> 'resolved'
             and ($1 or f.project_id = any($2) or f.site_id = any($3) or t.workers && $4)
             and ($5::uuid is null or f.project_id = $5) and ($6::uuid is null or f.site_id = $6)
           group by f.site_id, f.project_id"#,
        b.all,
        &b.projects,
        &b.sites,
        &b.workers,
        b.project,
        b.site
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

/// Stays, cut to the day where one is asked for; an open one lasts until now.
async fn hours(
    conn: &mut PgConnection,
    lens: &Lens,
    b: &Bind,
    sites: &mut Sites,
) -> Result<(), Error> {
    let rows = sqlx::query!(
        r#"select f.site_id as "site: SiteId", f.project_id as "project: ProjectId",
               coalesce(sum(greatest(0, extract(epoch from
                   least(coalesce(f.out_at, $9),
                         ($7::date + 1)::timestamp at time zone coalesce(s.zone, $8))
                   - greatest(f.in_at, $7::date::timestamp at time zone coalesce(s.zone, $8))))), 0)::bigint
                   as "seconds!",
               count(*) filter (where f.out_at is null) as "present!"
           from reporting.time_entry_fact f
           left join reporting.site_fact s on s.id = f.site_id
           where ($1 or f.project_id = any($2) or f.site_id = any($3) or f.worker_id = any($4))
             and ($5::uuid is null or f.project_id = $5) and ($6::uuid is null or f.site_id = $6)
             and ($7::date is null or
                  (f.in_at < ($7::date + 1)::timestamp at time zone coalesce(s.zone, $8)
                   and coalesce(f.out_at, $9) > $7::date::timestamp at time zone coalesce(s.zone, $8)))
           group by f.site_id, f.project_id"#,
        b.all,
        &b.projects,
        &b.sites,
        &b.workers,
        b.project,
        b.site,
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

async fn photos(
    conn: &mut PgConnection,
    lens: &Lens,
    b: &Bind,
    sites: &mut Sites,
) -> Result<(), Error> {
    let rows = sqlx::query!(
        r#"select f.site_id as "site: SiteId", f.project_id as "project: ProjectId",
               count(*) filter (where f.state = 'ready') as "ready!",
               count(*) filter (where f.state in ('announced', 'received')) as "waiting!",
               count(*) filter (where f.state = 'unreadable') as "unreadable!"
           from reporting.photo_fact f
           left join reporting.site_fact s on s.id = f.site_id
           left join reporting.task_fact t on t.id = f.task_id
           where ($1 or f.project_id = any($2) or f.site_id = any($3) or t.workers && $4)
             and ($5::uuid is null or f.project_id = $5) and ($6::uuid is null or f.site_id = $6)
             and ($7::date is null or
                  (f.taken_at < ($7::date + 1)::timestamp at time zone coalesce(s.zone, $8)
                   and f.taken_at >= $7::date::timestamp at time zone coalesce(s.zone, $8)))
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

async fn signatures(
    conn: &mut PgConnection,
    lens: &Lens,
    b: &Bind,
    sites: &mut Sites,
) -> Result<(), Error> {
    let rows = sqlx::query!(
        r#"select f.site_id as "site: SiteId", f.project_id as "project: ProjectId",
               count(*) as "taken!"
           from reporting.signature_fact f
           left join reporting.site_fact s on s.id = f.site_id
           left join reporting.task_fact t on t.id = f.task_id
           where ($1 or f.project_id = any($2) or f.site_id = any($3) or t.workers && $4)
             and ($5::uuid is null or f.project_id = $5) and ($6::uuid is null or f.site_id = $6)
             and ($7::date is null or
                  (f.signed_at < ($7::date + 1)::timestamp at time zone coalesce(s.zone, $8)
                   and f.signed_at >= $7::date::timestamp at time zone coalesce(s.zone, $8)))
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
        of(sites, row.site, row.project).proofs.signatures = row.taken;
    }
    Ok(())
}

/// Checklists of the tasks in view; they belong to their task's day.
async fn checklists(
    conn: &mut PgConnection,
    lens: &Lens,
    b: &Bind,
    sites: &mut Sites,
) -> Result<(), Error> {
    let rows = sqlx::query!(
        r#"select t.site_id as "site: SiteId", t.project_id as "project: ProjectId",
               count(*) as "begun!",
               count(*) filter (where f.answered >= f.questions) as "complete!",
               coalesce(sum(f.nonconformities), 0) as "nonconformities!"
           from reporting.checklist_run_fact f
           join reporting.task_fact t on t.id = f.task_id
           left join reporting.site_fact s on s.id = t.site_id
           where ($1 or t.project_id = any($2) or t.site_id = any($3) or t.workers && $4)
             and ($5::uuid is null or t.project_id = $5) and ($6::uuid is null or t.site_id = $6)
             and ($7::date is null or
                  (t.starts_at < ($7::date + 1)::timestamp at time zone coalesce(s.zone, $8)
                   and t.ends_at > $7::date::timestamp at time zone coalesce(s.zone, $8)))
           group by t.site_id, t.project_id"#,
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
        of(sites, row.site, row.project).checklists = Checklists {
            begun: row.begun,
            complete: row.complete,
            nonconformities: row.nonconformities,
        };
    }
    Ok(())
}
