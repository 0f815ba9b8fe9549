//! The rows of imports, and what there is of what they name.

use std::collections::HashMap;

use contracts::{ImportPart, TasksImported, WorkersImported};
use kernel::{ImportId, ProjectId, SiteId, SkillId, UserId};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::check::{Known, KnownSite};
use super::model::{Import, ImportedRows, Plan, together};
use super::rows::Rows;

/// How many rows are stored at a time.
const LOT: usize = 1000;

/// Lets one import at a time look and make, until the end of the transaction: two with the same
/// codes do not pass each other by.
pub(super) async fn lock(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock('projects.import'::regclass::oid::int4, 0)")
        .fetch_one(tx)
        .await
        .map(|_| ())
}

/// What there is of what the rows name.
pub(super) async fn known(db: &mut PgConnection, rows: &Rows) -> Result<Known, sqlx::Error> {
    let mut codes: Vec<&str> = Vec::new();
    codes.extend(rows.projects.iter().map(|r| r.project.code.as_str()));
    codes.extend(rows.sites.iter().map(|r| r.project.as_str()));
    codes.extend(rows.tasks.iter().map(|r| r.project.as_str()));
    codes.sort_unstable();
    codes.dedup();
    let mut sites: Vec<(&str, &str)> = Vec::new();
    sites.extend(rows.sites.iter().map(|r| (r.project.as_str(), r.new.name.as_str())));
    sites.extend(rows.tasks.iter().map(|r| (r.project.as_str(), r.site.as_str())));
    sites.sort_unstable();
    sites.dedup();
    let mut skills: Vec<&str> = Vec::new();
    skills.extend(rows.workers.iter().flat_map(|r| &r.skills).map(|s| s.0.as_str()));
    skills.extend(rows.tasks.iter().flat_map(|r| &r.skills).map(String::as_str));
    skills.sort_unstable();
    skills.dedup();
    Ok(Known {
        projects: projects(db, &codes).await?,
        sites: find_sites(db, &sites).await?,
        skills: find_skills(db, &skills).await?,
    })
}

/// Texts as a parameter that holds many of them.
fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

async fn projects(
    db: &mut PgConnection,
    codes: &[&str],
) -> Result<HashMap<String, ProjectId>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select code, id as "id: ProjectId" from projects.project where code = any($1)"#,
        &texts(codes)
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.code, row.id)).collect())
}

async fn find_sites(
    db: &mut PgConnection,
    names: &[(&str, &str)],
) -> Result<HashMap<(String, String), Vec<KnownSite>>, sqlx::Error> {
    let (codes, names): (Vec<&str>, Vec<&str>) = names.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"select p.code, s.name, s.id as "id: SiteId", s.project_id as "project: ProjectId", s.zone
           from unnest($1::text[], $2::text[]) as wanted (code, name)
           join projects.project p on p.code = wanted.code
           join projects.site s on s.project_id = p.id and s.name = wanted.name"#,
        &texts(&codes),
        &texts(&names)
    )
    .fetch_all(db)
    .await?;
    let mut sites: HashMap<_, Vec<KnownSite>> = HashMap::new();
    for row in rows {
        let zone = row.zone.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))?;
        let site = KnownSite { id: row.id, project: row.project, zone };
        sites.entry((row.code, row.name)).or_default().push(site);
    }
    Ok(sites)
}

async fn find_skills(
    db: &mut PgConnection,
    codes: &[&str],
) -> Result<HashMap<String, SkillId>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select code as "code!", id as "id!: SkillId" from resources_pub.skill
           where code = any($1)"#,
        &texts(codes)
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.code, row.id)).collect())
}

/// Stores an import with the rows that wait for others.
pub(super) async fn insert(
    tx: &mut PgConnection,
    import: &Import,
    plan: &Plan,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.import
             (id, at, by_user, projects, sites, tasks, workers, tasks_state, workers_state, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        import.id as ImportId,
        import.at,
        import.by as UserId,
        import.projects,
        import.sites,
        import.tasks.rows,
        import.workers.rows,
        import.tasks.state.as_str(),
        import.workers.state.as_str(),
        import.version
    )
    .execute(&mut *tx)
    .await?;
    insert_rows(tx, import.id, "worker", &plan.workers).await?;
    insert_rows(tx, import.id, "task", &plan.tasks).await
}

async fn insert_rows<T: Serialize>(
    tx: &mut PgConnection,
    import: ImportId,
    kind: &str,
    rows: &[(u64, T)],
) -> Result<(), sqlx::Error> {
    for lot in rows.chunks(LOT) {
        let lot: Vec<_> =
            lot.iter().map(|(line, row)| json!({ "line": line, "row": row })).collect();
        sqlx::query!(
            "insert into projects.import_row (import_id, kind, line, id, row)
             select $1, $2, line, (row ->> 'id')::uuid, row
             from jsonb_to_recordset($3) as lot (line bigint, row jsonb)",
            import as ImportId,
            kind,
            Value::Array(lot)
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// The import.
pub(super) async fn find(db: &mut PgConnection, id: ImportId) -> Result<Import, sqlx::Error> {
    let row = sqlx::query!(
        r#"select at, by_user as "by: UserId", projects, sites, tasks, workers, tasks_state,
                  tasks_line, tasks_reason, workers_state, workers_line, workers_reason, version
           from projects.import where id = $1"#,
        id as ImportId
    )
    .fetch_one(db)
    .await?;
    let part = |word: String| word.parse().map_err(|e: String| sqlx::Error::Decode(e.into()));
    let (workers, tasks) = (part(row.workers_state)?, part(row.tasks_state)?);
    Ok(Import {
        id,
        state: together(workers, tasks),
        at: row.at,
        by: row.by,
        projects: row.projects,
        sites: row.sites,
        workers: ImportedRows {
            rows: row.workers,
            state: workers,
            line: row.workers_line,
            reason: row.workers_reason,
        },
        tasks: ImportedRows {
            rows: row.tasks,
            state: tasks,
            line: row.tasks_line,
            reason: row.tasks_reason,
        },
        version: row.version,
    })
}

/// Notes how it went with the workers, and forgets their rows.
pub(super) async fn end_workers(
    tx: &mut PgConnection,
    news: &WorkersImported,
    state: ImportPart,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.import
         set workers_state = $2, workers_line = $3, workers_reason = $4, version = version + 1
         where id = $1 and workers_state = 'running'",
        news.import as ImportId,
        state.as_str(),
        news.line,
        news.reason
    )
    .execute(&mut *tx)
    .await?;
    forget(tx, news.import, "worker").await
}

/// Notes how it went with the tasks, and forgets their rows.
pub(super) async fn end_tasks(
    tx: &mut PgConnection,
    news: &TasksImported,
    state: ImportPart,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.import
         set tasks_state = $2, tasks_line = $3, tasks_reason = $4, version = version + 1
         where id = $1 and tasks_state = 'running'",
        news.import as ImportId,
        state.as_str(),
        news.line,
        news.reason
    )
    .execute(&mut *tx)
    .await?;
    forget(tx, news.import, "task").await
}

async fn forget(tx: &mut PgConnection, import: ImportId, kind: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from projects.import_row where import_id = $1 and kind = $2",
        import as ImportId,
        kind
    )
    .execute(tx)
    .await
    .map(|_| ())
}
