//! What becomes of an import once the other services have tried their rows.

use async_trait::async_trait;
use contracts::{Change, ImportChange};
use jobs::{Handler, Job, JobError, NewJob};
use kernel::{ImportId, TenantId, Timestamp};
use serde_json::json;
use web::{App, Problem, Visit, Write};

use super::model::{Import, Next};
use super::store;
use crate::projects::model::Project;
use crate::sites::model::Site;
use crate::{Error, projects, sites};

const KIND: &str = "projects.import";

/// How many sites are stored at a time.
const LOT: usize = 1000;

/// The job of looking at this import.
pub(super) fn job(import: ImportId, at: Timestamp) -> NewJob {
    NewJob {
        kind: KIND,
        key: Some(import.to_string()),
        payload: json!({ "import": import }),
        run_at: at,
    }
}

/// Looks at imports.
pub(crate) struct Decide {
    app: App,
}

impl Decide {
    pub fn new(app: App) -> Self {
        Self { app }
    }

    async fn work(&self, tenant: TenantId, id: ImportId) -> Result<(), Problem> {
        let mut visit = Visit::system(&self.app, tenant).await?;
        visit.actor = Some(store::find(&mut *visit.db().await?, id).await?.by);
        match visit.commit(async |tx| go_on(tx, id).await).await {
            // Somebody else has the code since, for example: said again, it is refused again.
            Err(problem) if problem.status().is_client_error() => {
                let reason = problem.code().to_owned();
                visit.commit(async |tx| refuse(tx, id, &reason).await).await
            }
            done => done,
        }
    }
}

#[async_trait]
impl Handler for Decide {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let import: ImportId = serde_json::from_value(job.payload["import"].clone())
            .map_err(|error| JobError::Fatal(error.to_string()))?;
        let done = self.work(job.tenant, import).await;
        // Others have tried their rows and wait.
        done.map_err(|problem| JobError::Owed(problem.code().to_owned()))
    }
}

/// Makes what an import makes here once all others can, or gives it up once one cannot.
async fn go_on(tx: &mut Write<'_>, id: ImportId) -> Result<(), Error> {
    store::lock(tx).await?;
    let mut import = store::find(tx, id).await?;
    match import.next() {
        Next::Wait => Ok(()),
        Next::GiveUp(reason) => refuse(tx, id, &reason).await,
        Next::Make => {
            if import.made_at.is_none() {
                let projects = store::waiting::<Project>(tx, id, "project").await?;
                let sites = store::waiting::<Site>(tx, id, "site").await?;
                make(tx, &projects, &sites).await?;
            }
            import.make(tx.now());
            store::make(tx, &import).await?;
            tx.emit_about(&import.news(ImportChange::Made), &import);
            Ok(())
        }
    }
}

/// Makes projects and sites.
pub(super) async fn make(
    tx: &mut Write<'_>,
    projects: &[Project],
    sites: &[Site],
) -> Result<(), Error> {
    for project in projects {
        projects::store::insert(tx, project).await?;
        tx.emit_about(&projects::changed(project, Change::Created), project);
    }
    for lot in sites.chunks(LOT) {
        sites::store::insert_all(tx, lot).await?;
    }
    for site in sites {
        tx.emit_about(&sites::changed(site, Change::Created), site);
    }
    Ok(())
}

/// Gives an import up: its rows are forgotten.
async fn refuse(tx: &mut Write<'_>, id: ImportId, reason: &str) -> Result<(), Error> {
    store::lock(tx).await?;
    let mut import: Import = store::find(tx, id).await?;
    if matches!(import.next(), Next::Wait) {
        return Ok(());
    }
    import.give_up(reason);
    store::give_up(tx, &import).await?;
    tx.emit_about(&import.news(ImportChange::Refused), &import);
    Ok(())
}
