//! What is counted of a project, and the rows of its limits.

use chrono::{Days, NaiveDate};
use contracts::Indicator;
use kernel::{ProjectId, Timestamp};
use sqlx::PgConnection;

use super::model::{Figures, RiskThreshold, RiskThresholds};

/// What is counted of the project at this time, which is on this day in the project's zone.
pub(crate) async fn figures(
    db: &mut PgConnection,
    project: ProjectId,
    now: Timestamp,
    today: NaiveDate,
) -> Result<Figures, sqlx::Error> {
    sqlx::query_as!(
        Figures,
        r#"with task as (
               select * from planning_pub.task where project_id = $1 and status <> 'cancelled'
           ), tally as (
               select count(*) as tasks,
                      count(*) filter (where open) as open_tasks,
                      count(*) filter (where open and ends_at < $2) as late_tasks,
                      count(*) filter (where not open) as finished_tasks,
                      count(*) filter (where not open and finished_at <= ends_at) as in_time_tasks,
                      count(*) filter (where status = 'validated') as validated_tasks,
                      count(*) filter (where status in ('planned', 'dispatched') and starts_at < $3
                          and not exists (select from planning_pub.task_worker w
                                          where w.task_id = t.id)) as unstaffed_tasks
               from (select *, status not in ('done', 'validated', 'cancelled') as open from task) t
           ), incident as (
               select count(*) filter (where reported_at > $4 and reported_at <= $2) as incidents,
                      count(*) filter (where severity = 'critical' and status <> 'resolved')
                          as critical_incidents
               from planning_pub.incident where project_id = $1
           ), stay as (
               select coalesce(sum(extract(epoch from out_at - in_at)), 0)::float8 / 3600 as hours
               from planning_pub.time_entry
               where project_id = $1 and in_at > $4 and out_at <= $2
           ), crew as (
               select distinct w.worker_id
               from planning_pub.task_worker w join task on task.id = w.task_id
               where task.starts_at < $2 and task.ends_at > $5
           ), away as (
               select coalesce(sum(extract(epoch from least(a.to_at, $2) - greatest(a.from_at, $5))),
                               0)::float8 / 3600 as absent_hours
               from resources_pub.absence a join crew using (worker_id)
               where a.from_at < $2 and a.to_at > $5
           ), milestone as (
               select count(*) as milestones,
                      count(*) filter (where status = 'accepted') as accepted_milestones,
                      count(*) filter (where status = 'refused') as refused_milestones,
                      count(*) filter (where status <> 'accepted' and due_on < $6)
                          as overdue_milestones
               from projects.milestone where project_id = $1
           )
           select tasks as "tasks!", open_tasks as "open_tasks!", late_tasks as "late_tasks!",
                  finished_tasks as "finished_tasks!", in_time_tasks as "in_time_tasks!",
                  validated_tasks as "validated_tasks!", unstaffed_tasks as "unstaffed_tasks!",
                  incidents as "incidents!", critical_incidents as "critical_incidents!",
                  hours as "hours!", (select count(*) from crew) as "workers!",
                  absent_hours as "absent_hours!", milestones as "milestones!",
                  accepted_milestones as "accepted_milestones!",
                  refused_milestones as "refused_milestones!",
                  overdue_milestones as "overdue_milestones!",
                  (select count(*) from projects.steering_item
                   where project_id = $1 and status = 'open' and due_on < $6) as "overdue_items!",
                  (select count(*) from projects.risk
                   where project_id = $1 and status = 'open' and score >= 15) as "critical_risks!"
           from tally, incident, stay, away, milestone"#,
        project as ProjectId,
        now,
        now + Days::new(7),
        now - Days::new(90),
        now - Days::new(28),
        today
    )
    .fetch_one(db)
    .await
}

/// The limits of the project.
pub(crate) async fn thresholds(
    db: &mut PgConnection,
    project: ProjectId,
) -> Result<RiskThresholds, sqlx::Error> {
    let version = sqlx::query_scalar!(
        "select version from projects.risk_thresholds where project_id = $1",
        project as ProjectId
    );
    let version = version.fetch_optional(&mut *db).await?.unwrap_or(0);
    let rows = sqlx::query!(
        "select indicator, warning, breach from projects.risk_limit where project_id = $1",
        project as ProjectId
    );
    let own = rows.fetch_all(db).await?.into_iter().map(|row| {
        let indicator: Indicator =
            row.indicator.parse().map_err(|e: String| sqlx::Error::Decode(e.into()))?;
        Ok(RiskThreshold { indicator, warning: row.warning, breach: row.breach })
    });
    let own = own.collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(RiskThresholds::of(project, &own, version))
}

/// Stores the limits of the project: `own` are those that differ from the usual ones.
pub(crate) async fn set(
    tx: &mut PgConnection,
    thresholds: &RiskThresholds,
    own: &[RiskThreshold],
) -> Result<(), sqlx::Error> {
    let project = thresholds.project_id;
    sqlx::query!(
        "insert into projects.risk_thresholds (project_id, version) values ($1, $2)
         on conflict (project_id) do update set version = excluded.version",
        project as ProjectId,
        thresholds.version
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from projects.risk_limit where project_id = $1", project as ProjectId)
        .execute(&mut *tx)
        .await?;
    let words: Vec<String> = own.iter().map(|o| o.indicator.as_str().to_owned()).collect();
    let warnings: Vec<f64> = own.iter().map(|o| o.warning).collect();
    let breaches: Vec<f64> = own.iter().map(|o| o.breach).collect();
    sqlx::query!(
        "insert into projects.risk_limit (project_id, indicator, warning, breach)
         select $1, * from unnest($2::text[], $3::float8[], $4::float8[])",
        project as ProjectId,
        &words,
        &warnings,
        &breaches
    )
    .execute(tx)
    .await
    .map(|_| ())
}
