//! The SQL of the facts: a row is overwritten by a higher version only.

use contracts::{
    BudgetChanged, CertificateChange, CertificateChanged, ChecklistRunChanged, DocumentChange,
    DocumentChanged, IncidentChanged, MilestoneChanged, PhotoChanged, ProjectChanged,
    ServiceTimerChanged, SignatureTaken, SiteChanged, TaskChanged, TimeEntryChanged, WorkerChanged,
};
use kernel::{
    CertificateId, CertificateKindId, ChecklistRunId, DocumentId, IncidentId, MilestoneId, PhotoId,
    ProjectId, ServiceTimerId, SignatureId, SiteId, TaskId, TimeEntryId, WorkerId,
};
use sqlx::{Error, PgConnection};

use super::Fact;

/// Keeps what `fact` says, unless something newer is known.
pub async fn keep(tx: &mut PgConnection, fact: &Fact) -> Result<(), Error> {
    match fact {
        Fact::Project(e) => project(tx, e).await,
        Fact::Site(e) => site(tx, e).await,
        Fact::Milestone(e) => milestone(tx, e).await,
        Fact::Task(e) => task(tx, e).await,
        Fact::Incident(e) => incident(tx, e).await,
        Fact::ServiceTimer(e) => service_timer(tx, e).await,
        Fact::TimeEntry(e) => time_entry(tx, e).await,
        Fact::ChecklistRun(e) => checklist_run(tx, e).await,
        Fact::Photo(e) => photo(tx, e).await,
        Fact::Signature(e) => signature(tx, e).await,
        Fact::Document(e) => document(tx, e).await,
        Fact::Certificate(e) => certificate(tx, e).await,
        Fact::Worker(e) => worker(tx, e).await,
        Fact::Budget(e) => budget(tx, e).await,
        // Our own tables say it already, or nothing is counted of it.
        Fact::Report(_) | Fact::Alert(_) | Fact::Dispatch(_) => Ok(()),
    }
}

async fn project(tx: &mut PgConnection, e: &ProjectChanged) -> Result<(), Error> {
    sqlx::query!(
        "insert into reporting.project_fact as f (id, version, status) values ($1, $2, $3)
         on conflict (id) do update set version = excluded.version, status = excluded.status
         where excluded.version > f.version",
        e.project as ProjectId,
        e.version,
        e.status.as_str()
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn site(tx: &mut PgConnection, e: &SiteChanged) -> Result<(), Error> {
    sqlx::query!(
        "insert into reporting.site_fact as f (id, version, project_id, zone)
         values ($1, $2, $3, $4)
         on conflict (id) do update set version = excluded.version,
             project_id = excluded.project_id, zone = excluded.zone
         where excluded.version > f.version",
        e.site as SiteId,
        e.version,
        e.project as ProjectId,
        e.zone
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn milestone(tx: &mut PgConnection, e: &MilestoneChanged) -> Result<(), Error> {
    sqlx::query!(
        "insert into reporting.milestone_fact as f (id, version, project_id, due_on, status)
         values ($1, $2, $3, $4, $5)
         on conflict (id) do update set version = excluded.version,
             project_id = excluded.project_id, due_on = excluded.due_on, status = excluded.status
         where excluded.version > f.version",
        e.milestone as MilestoneId,
        e.version,
        e.project as ProjectId,
        e.due_on,
        e.status.as_str()
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn task(tx: &mut PgConnection, e: &TaskChanged) -> Result<(), Error> {
    sqlx::query!(
        "insert into reporting.task_fact as f
             (id, version, site_id, project_id, status, starts_at, ends_at, duration_min,
              started_at, finished_at, workers)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (id) do update set version = excluded.version, site_id = excluded.site_id,
             project_id = excluded.project_id, status = excluded.status,
             starts_at = excluded.starts_at, ends_at = excluded.ends_at,
             duration_min = excluded.duration_min, started_at = excluded.started_at,
             finished_at = excluded.finished_at, workers = excluded.workers
         where excluded.version > f.version",
        e.task as TaskId,
        e.version,
        e.site as SiteId,
        e.project as ProjectId,
        e.status.as_str(),
        e.starts_at,
        e.ends_at,
        e.duration_min,
        e.started_at,
        e.finished_at,
        &e.workers as &[WorkerId]
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn incident(tx: &mut PgConnection, e: &IncidentChanged) -> Result<(), Error> {
    sqlx::query!(
        "insert into reporting.incident_fact as f
             (id, version, site_id, project_id, task_id, severity, status, escalation)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (id) do update set version = excluded.version, site_id = excluded.site_id,
             project_id = excluded.project_id, task_id = excluded.task_id,
             severity = excluded.severity, status = excluded.status,
             escalation = excluded.escalation
         where excluded.version > f.version",
        e.incident as IncidentId,
        e.version,
        e.site as SiteId,
        e.project as ProjectId,
        e.task as Option<TaskId>,
        e.severity.as_str(),
        e.status.as_str(),
        e.escalation
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn service_timer(tx: &mut PgConnection, e: &ServiceTimerChanged) -> Result<(), Error> {
    sqlx::query!(
        "insert into reporting.service_timer_fact as f
             (id, version, site_id, project_id, task_id, state, due_at, closed)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (id) do update set version = excluded.version, state = excluded.state,
             due_at = excluded.due_at, closed = excluded.closed
         where excluded.version > f.version",
        e.timer as ServiceTimerId,
        e.version,
        e.site as SiteId,
        e.project as ProjectId,
        e.task as Option<TaskId>,
        e.state.as_str(),
        e.due_at,
        e.closed
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn time_entry(tx: &mut PgConnection, e: &TimeEntryChanged) -> Result<(), Error> {
    sqlx::query!(
        "insert into reporting.time_entry_fact as f
             (id, version, worker_id, site_id, project_id, in_at, out_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (id) do update set version = excluded.version,
             worker_id = excluded.worker_id, site_id = excluded.site_id,
             project_id = excluded.project_id, in_at = excluded.in_at, out_at = excluded.out_at
         where excluded.version > f.version",
        e.entry as TimeEntryId,
        e.version,
        e.worker as WorkerId,
        e.site as SiteId,
        e.project as ProjectId,
        e.in_at,
        e.out_at
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn checklist_run(tx: &mut PgConnection, e: &ChecklistRunChanged) -> Result<(), Error> {
    sqlx::query!(
        "insert into reporting.checklist_run_fact as f
             (id, version, task_id, site_id, answered, questions, nonconformities)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (id) do update set version = excluded.version, task_id = excluded.task_id,
             site_id = excluded.site_id, answered = excluded.answered,
             questions = excluded.questions, nonconformities = excluded.nonconformities
         where excluded.version > f.version",
        e.run as ChecklistRunId,
        e.version,
        e.task as TaskId,
        e.site as SiteId,
        e.answered,
        e.questions,
        e.nonconformities
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn photo(tx: &mut PgConnection, e: &PhotoChanged) -> Result<(), Error> {
    sqlx::query!(
        "insert into reporting.photo_fact as f
             (id, version, task_id, site_id, project_id, state, taken_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (id) do update set version = excluded.version, task_id = excluded.task_id,
             site_id = excluded.site_id, project_id = excluded.project_id,
             state = excluded.state, taken_at = excluded.taken_at
         where excluded.version > f.version",
        e.photo as PhotoId,
        e.version,
        e.task as Option<TaskId>,
        e.site as SiteId,
        e.project as ProjectId,
        e.state.as_str(),
        e.taken_at
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn signature(tx: &mut PgConnection, e: &SignatureTaken) -> Result<(), Error> {
    sqlx::query!(
        "insert into reporting.signature_fact as f
             (id, version, task_id, site_id, project_id, signed_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do update set version = excluded.version, task_id = excluded.task_id,
             site_id = excluded.site_id, project_id = excluded.project_id,
             signed_at = excluded.signed_at
         where excluded.version > f.version",
        e.signature as SignatureId,
        e.version,
        e.task as TaskId,
        e.site as SiteId,
        e.project as ProjectId,
        e.signed_at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// That a reminder came stays known until the day is another.
async fn document(tx: &mut PgConnection, e: &DocumentChanged) -> Result<(), Error> {
    let reminded_for = e.expires_on.filter(|_| e.change == DocumentChange::Expiring);
    sqlx::query!(
        "insert into reporting.document_fact as f
             (id, version, project_id, site_id, expires_on, reminded_for, reminded_at_version)
         values ($1, $2::bigint, $3, $4, $5, $6::date, case when $6::date is null then 0 else $2::bigint end)
         on conflict (id) do update set version = greatest(f.version, excluded.version),
             expires_on = case when excluded.version > f.version
                               then excluded.expires_on else f.expires_on end,
             reminded_for = case when excluded.reminded_at_version > f.reminded_at_version
                                 then excluded.reminded_for else f.reminded_for end,
             reminded_at_version = greatest(f.reminded_at_version, excluded.reminded_at_version)",
        e.document as DocumentId,
        e.version,
        e.project as ProjectId,
        e.site as Option<SiteId>,
        e.expires_on,
        reminded_for
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn budget(tx: &mut PgConnection, e: &BudgetChanged) -> Result<(), Error> {
    sqlx::query!(
        "insert into reporting.budget_fact as f (id, version, over) values ($1, $2, $3)
         on conflict (id) do update set version = excluded.version, over = excluded.over
         where excluded.version > f.version",
        e.project as ProjectId,
        e.version,
        e.over
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// That a reminder came stays known until the day is another; that it was removed, for good.
async fn certificate(tx: &mut PgConnection, e: &CertificateChanged) -> Result<(), Error> {
    let reminded_for = e.expires_on.filter(|_| e.change == CertificateChange::Expiring);
    sqlx::query!(
        "insert into reporting.certificate_fact as f
             (id, version, worker_id, kind_id, held, expires_on, reminded_for, reminded_at_version)
         values ($1, $2::bigint, $3, $4, $5, $6, $7::date,
                 case when $7::date is null then 0 else $2::bigint end)
         on conflict (id) do update set version = greatest(f.version, excluded.version),
             held = case when excluded.version > f.version then excluded.held else f.held end,
             expires_on = case when excluded.version > f.version
                               then excluded.expires_on else f.expires_on end,
             reminded_for = case when excluded.reminded_at_version > f.reminded_at_version
                                 then excluded.reminded_for else f.reminded_for end,
             reminded_at_version = greatest(f.reminded_at_version, excluded.reminded_at_version)",
        e.certificate as CertificateId,
        e.version,
        e.worker as WorkerId,
        e.kind as CertificateKindId,
        e.change != CertificateChange::Removed,
        e.expires_on,
        reminded_for
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn worker(tx: &mut PgConnection, e: &WorkerChanged) -> Result<(), Error> {
    sqlx::query!(
        "insert into reporting.worker_fact as f (id, version, active) values ($1, $2, $3)
         on conflict (id) do update set version = excluded.version, active = excluded.active
         where excluded.version > f.version",
        e.worker as WorkerId,
        e.version,
        e.active
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets stays that ended, or began and never ended, before this.
pub async fn forget_hours(
    tx: &mut PgConnection,
    before: kernel::Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from reporting.time_entry_fact where coalesce(out_at, in_at) < $1",
        before
    )
    .execute(tx)
    .await?;
    Ok(())
}
