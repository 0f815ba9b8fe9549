//! The rows of imports, and what there is of what they name.

use std::collections::{HashMap, HashSet};

use contracts::{ImportPart, ImportPartChange, TasksImported, WorkersImported};
use kernel::{ImportId, ProjectId, SiteId, SkillId, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::check::{Known, KnownSite};
use super::model::{Import, ImportedRows, Plan};
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
        waiting_projects: waiting_projects(db, &codes).await?,
        waiting_sites: waiting_sites(db, &sites).await?,
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

/// The codes among these that an import under way brings.
async fn waiting_projects(
    db: &mut PgConnection,
    codes: &[&str],
) -> Result<HashSet<String>, sqlx::Error> {
    let rows = sqlx::query_scalar!(
        r#"select row ->> 'code' as "code!" from projects.import_row
           where kind = 'project' and row ->> 'code' = any($1)"#,
        &texts(codes)
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().collect())
}

/// The sites among these, of projects that are there, that an import under way brings.
async fn waiting_sites(
    db: &mut PgConnection,
    names: &[(&str, &str)],
) -> Result<HashSet<(String, String)>, sqlx::Error> {
    let (codes, names): (Vec<&str>, Vec<&str>) = names.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"select p.code, wanted.name as "name!"
           from unnest($1::text[], $2::text[]) as wanted (code, name)
           join projects.project p on p.code = wanted.code
           join projects.import_row r on r.kind = 'site' and r.row ->> 'name' = wanted.name
               and r.row ->> 'project_id' = p.id::text"#,
        &texts(&codes),
        &texts(&names)
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.code, row.name)).collect())
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

/// Stores an import.
pub(super) async fn insert(tx: &mut PgConnection, import: &Import) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.import
             (id, at, by_user, projects, sites, tasks, workers, tasks_state, workers_state, made_at,
              version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        import.id as ImportId,
        import.at,
        import.by as UserId,
        import.projects,
        import.sites,
        import.tasks.rows,
        import.workers.rows,
        import.tasks.state.as_str(),
        import.workers.state.as_str(),
        import.made_at,
        import.version
    )
    .execute(&mut *tx)
    .await
    .map(|_| ())
}

/// Keeps the rows of an import until it is decided.
pub(super) async fn keep(
    tx: &mut PgConnection,
    import: ImportId,
    plan: &Plan,
) -> Result<(), sqlx::Error> {
    insert_rows(tx, import, "project", &plan.projects).await?;
    insert_rows(tx, import, "site", &plan.sites).await?;
    insert_rows(tx, import, "worker", &plan.workers).await?;
    insert_rows(tx, import, "task", &plan.tasks).await
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

/// What is to be made here of an import, in the order of the file.
pub(super) async fn waiting<T: DeserializeOwned>(
    tx: &mut PgConnection,
    import: ImportId,
    kind: &str,
) -> Result<Vec<T>, sqlx::Error> {
    let rows = sqlx::query_scalar!(
        "select row from projects.import_row where import_id = $1 and kind = $2 order by line",
        import as ImportId,
        kind
    )
    .fetch_all(tx)
    .await?;
    let read = |row| serde_json::from_value(row).map_err(|e| sqlx::Error::Decode(Box::new(e)));
    rows.into_iter().map(read).collect()
}

/// The import.
pub(super) async fn find(db: &mut PgConnection, id: ImportId) -> Result<Import, sqlx::Error> {
    let row = sqlx::query!(
        r#"select at, by_user as "by: UserId", made_at, reason, projects, sites, tasks, workers,
                  tasks_state, tasks_line, tasks_reason, workers_state, workers_line,
                  workers_reason, version
           from projects.import where id = $1"#,
        id as ImportId
    )
    .fetch_one(db)
    .await?;
    let part = |word: String| word.parse().map_err(|e: String| sqlx::Error::Decode(e.into()));
    let mut import = Import {
        id,
        state: ImportPart::Running,
        reason: row.reason,
        at: row.at,
        by: row.by,
        made_at: row.made_at,
        projects: row.projects,
        sites: row.sites,
        workers: ImportedRows {
            rows: row.workers,
            state: part(row.workers_state)?,
            line: row.workers_line,
            reason: row.workers_reason,
        },
        tasks: ImportedRows {
            rows: row.tasks,
            state: part(row.tasks_state)?,
            line: row.tasks_line,
            reason: row.tasks_reason,
        },
        version: row.version,
    };
    import.state = import.together();
    Ok(import)
}

/// Notes that the projects and sites of an import are there, and forgets their rows.
pub(super) async fn make(tx: &mut PgConnection, import: &Import) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.import set made_at = $2, version = $3 where id = $1",
        import.id as ImportId,
        import.made_at,
        import.version
    )
    .execute(&mut *tx)
    .await?;
    forget(tx, import.id, &["project", "site"]).await
}

/// Notes that an import was given up, and forgets its rows.
pub(super) async fn give_up(tx: &mut PgConnection, import: &Import) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.import
         set reason = $2, workers_state = $3, tasks_state = $4, version = $5 where id = $1",
        import.id as ImportId,
        import.reason,
        import.workers.state.as_str(),
        import.tasks.state.as_str(),
        import.version
    )
    .execute(&mut *tx)
    .await?;
    forget(tx, import.id, &["project", "site", "worker", "task"]).await
}

/// Where a part stands by its news, and where it must have stood: news may come twice, and late.
fn step(change: ImportPartChange) -> (ImportPart, ImportPart) {
    match change {
        ImportPartChange::Checked => (ImportPart::Running, ImportPart::Checked),
        ImportPartChange::Failed => (ImportPart::Running, ImportPart::Failed),
        ImportPartChange::Taken => (ImportPart::Checked, ImportPart::Done),
    }
}

/// Notes how the workers fare; once they are there their rows are forgotten.
pub(super) async fn note_workers(
    tx: &mut PgConnection,
    news: &WorkersImported,
) -> Result<(), sqlx::Error> {
    let (from, to) = step(news.change);
    let noted = sqlx::query!(
        "update projects.import
         set workers_state = $3, workers_line = $4, workers_reason = $5, version = version + 1
         where id = $1 and workers_state = $2",
        news.import as ImportId,
        from.as_str(),
        to.as_str(),
        news.line,
        news.reason
    )
    .execute(&mut *tx)
    .await?;
    if noted.rows_affected() == 1 && to == ImportPart::Done {
        forget(tx, news.import, &["worker"]).await?;
    }
    Ok(())
}

/// Notes how the tasks fare; once they are there their rows are forgotten.
pub(super) async fn note_tasks(
    tx: &mut PgConnection,
    news: &TasksImported,
) -> Result<(), sqlx::Error> {
    let (from, to) = step(news.change);
    let noted = sqlx::query!(
        "update projects.import
         set tasks_state = $3, tasks_line = $4, tasks_reason = $5, version = version + 1
         where id = $1 and tasks_state = $2",
        news.import as ImportId,
        from.as_str(),
        to.as_str(),
        news.line,
        news.reason
    )
    .execute(&mut *tx)
    .await?;
    if noted.rows_affected() == 1 && to == ImportPart::Done {
        forget(tx, news.import, &["task"]).await?;
    }
    Ok(())
}

async fn forget(
    tx: &mut PgConnection,
    import: ImportId,
    kinds: &[&str],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from projects.import_row where import_id = $1 and kind = any($2)",
        import as ImportId,
        &texts(kinds)
    )
    .execute(tx)
    .await
    .map(|_| ())
}
