//! What stands on a roadmap: a few statements a page, however many projects there are.

use std::collections::HashMap;

use auth::Visibility;
use chrono::NaiveDate;
use kernel::{MilestoneId, PhaseId, ProjectId, SiteId, Timestamp};
use sqlx::PgConnection;

use super::model::{MOST, Minutes};

/// A phase of one of the projects.
pub(super) struct Phase {
    pub id: PhaseId,
    pub project_id: ProjectId,
    pub name: String,
    pub place: i32,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
}

/// A milestone of one of the projects.
pub(super) struct Milestone {
    pub id: MilestoneId,
    pub project_id: ProjectId,
    pub name: String,
    pub phase_id: Option<PhaseId>,
    pub due_on: NaiveDate,
    pub status: String,
}

/// A site of one of the projects.
pub(super) struct Site {
    pub id: SiteId,
    pub project_id: ProjectId,
    pub name: String,
    pub zone: String,
}

/// The work of one site and phase of a project.
pub(super) struct Work {
    pub project: ProjectId,
    pub site: SiteId,
    pub phase: Option<PhaseId>,
    pub minutes: Minutes,
}

/// The phases of these projects by their place, one more of each than is shown.
pub(super) async fn phases(
    db: &mut PgConnection,
    of: &[ProjectId],
) -> Result<HashMap<ProjectId, Vec<Phase>>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Phase,
        r#"select x.id as "id: PhaseId", x.project_id as "project_id: ProjectId", x.name, x.place,
                  x.starts_on, x.ends_on
           from unnest($1::uuid[]) with ordinality as wanted (project, nth),
                lateral (select id, project_id, name, place, starts_on, ends_on
                         from projects.phase where project_id = wanted.project
                         order by place, id limit $2) x
           order by wanted.nth, x.place, x.id"#,
        of as &[ProjectId],
        MOST + 1
    )
    .fetch_all(db)
    .await?;
    Ok(grouped(rows, |p| p.project_id))
}

/// The milestones of these projects by their day, one more of each than is shown.
pub(super) async fn milestones(
    db: &mut PgConnection,
    of: &[ProjectId],
) -> Result<HashMap<ProjectId, Vec<Milestone>>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Milestone,
        r#"select x.id as "id: MilestoneId", x.project_id as "project_id: ProjectId", x.name,
                  x.phase_id as "phase_id: PhaseId", x.due_on, x.status
           from unnest($1::uuid[]) with ordinality as wanted (project, nth),
                lateral (select id, project_id, name, phase_id, due_on, status
                         from projects.milestone where project_id = wanted.project
                         order by due_on, id limit $2) x
           order by wanted.nth, x.due_on, x.id"#,
        of as &[ProjectId],
        MOST + 1
    )
    .fetch_all(db)
    .await?;
    Ok(grouped(rows, |m| m.project_id))
}

/// Those sites of these projects that are seen, oldest first, one more of each than is shown.
pub(super) async fn sites(
    db: &mut PgConnection,
    of: &[ProjectId],
    seen: &Visibility,
) -> Result<HashMap<ProjectId, Vec<Site>>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Site,
        r#"select x.id as "id: SiteId", x.project_id as "project_id: ProjectId", x.name, x.zone
           from unnest($1::uuid[]) with ordinality as wanted (project, nth),
                lateral (select id, project_id, name, zone
                         from projects.site
                         where project_id = wanted.project
                           and ($2 or project_id = any($3) or id = any($4))
                         order by id limit $5) x
           order by wanted.nth, x.id"#,
        of as &[ProjectId],
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        MOST + 1
    )
    .fetch_all(db)
    .await?;
    Ok(grouped(rows, |s| s.project_id))
}

fn grouped<T>(rows: Vec<T>, project: impl Fn(&T) -> ProjectId) -> HashMap<ProjectId, Vec<T>> {
    let mut groups: HashMap<ProjectId, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(project(&row)).or_default().push(row);
    }
    groups
}

/// The work of these projects whose tasks are seen, by site and phase, as it stands at `now`.
pub(super) async fn work(
    db: &mut PgConnection,
    of: &[ProjectId],
    seen: &Visibility,
    now: Timestamp,
) -> Result<Vec<Work>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select project_id as "project!: ProjectId", site_id as "site!: SiteId",
                  phase_id as "phase: PhaseId",
                  count(*) as "tasks!",
                  count(*) filter (where over) as "done!",
                  count(*) filter (where not over and ends_at < $5) as "late!",
                  sum(duration_min)::float8 as "all_min!",
                  coalesce(sum(duration_min) filter (where over), 0)::float8 as "done_min!",
                  sum(duration_min * least(1, greatest(0,
                      extract(epoch from $5 - starts_at)
                      / extract(epoch from ends_at - starts_at))))::float8 as "due_min!"
           from (select project_id, site_id, phase_id, duration_min, starts_at, ends_at,
                        status in ('done', 'validated') as over
                 from planning_pub.task
                 where project_id = any($1) and status <> 'cancelled'
                   and ($2 or project_id = any($3) or site_id = any($4))) task
           group by project_id, site_id, phase_id"#,
        of as &[ProjectId],
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        now
    )
    .fetch_all(db)
    .await?;
    let work = rows.into_iter().map(|row| Work {
        project: row.project,
        site: row.site,
        phase: row.phase,
        minutes: Minutes {
            tasks: row.tasks,
            done: row.done,
            late: row.late,
            all_min: row.all_min,
            done_min: row.done_min,
            due_min: row.due_min,
        },
    });
    Ok(work.collect())
}
