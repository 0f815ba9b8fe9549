//! A service's part of an import, of which all arrives or nothing: it is tried, in a transaction
//! that is taken back, once projects accepted the import; and taken over, in one commit, once every
//! part could be. Whoever said that it could does not refuse any more: it owes the part, and tries
//! until it works. So nothing that was made of an import need ever be taken back, with what people
//! have built on it since.

use std::marker::PhantomData;

use async_trait::async_trait;
use contracts::{Envelope, Event, ImportChange, ImportChanged, ImportPartChange};
use events::{ConsumeError, Consumer};
use jobs::{ATTEMPTS, Handler, Job, JobError, NewJob};
use kernel::{ImportId, Service, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use crate::app::App;
use crate::context::Visit;
use crate::problem::Problem;
use crate::write::Write;

/// What of an import a service takes over.
#[async_trait]
pub trait Part: Send + Sync + 'static {
    /// The service.
    const SERVICE: Service;
    /// The name of the consumer that hears of imports: `planning.imports`.
    const CONSUMER: &'static str;
    /// The kind of the jobs that do the work: `planning.import`.
    const JOB: &'static str;
    /// How the service tells how it fares.
    type News: Event;

    /// How many rows of an import are its.
    fn rows(import: &ImportChanged) -> i64;

    /// What is told.
    fn news(told: Told) -> Self::News;

    /// Claims the import; false where its rows were taken over before.
    async fn claim(
        tx: &mut PgConnection,
        import: ImportId,
        now: Timestamp,
    ) -> Result<bool, sqlx::Error>;

    /// Makes all of it; `line` says which row is being looked at.
    async fn make(
        tx: &mut Write<'_>,
        import: ImportId,
        line: &mut Option<i64>,
    ) -> Result<(), Problem>;
}

/// How a service fares with its part.
#[derive(Debug, Clone)]
pub struct Told {
    /// The import.
    pub import: ImportId,
    /// 1 once it was tried, 2 once it was taken over.
    pub version: i64,
    /// How it went.
    pub change: ImportPartChange,
    /// The line of the file that could not be taken over, where one is known.
    pub line: Option<i64>,
    /// A word for why not.
    pub reason: Option<String>,
}

/// What is to be done with a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    #[default]
    Try,
    Take,
}

#[derive(Serialize, Deserialize)]
struct Wanted {
    import: ImportId,
    by: Option<UserId>,
    #[serde(default)]
    step: Step,
}

/// Leaves a job for each import that has rows for this service.
pub struct HearsOfImports<P>(PhantomData<P>);

impl<P> Default for HearsOfImports<P> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

#[async_trait]
impl<P: Part> Consumer for HearsOfImports<P> {
    fn name(&self) -> &'static str {
        P::CONSUMER
    }

    fn types(&self) -> &'static [&'static str] {
        &[ImportChanged::TYPE]
    }

    fn leaves_jobs(&self) -> bool {
        true
    }

    async fn take(&self, tx: &mut PgConnection, event: &Envelope) -> Result<(), ConsumeError> {
        let Some(news) = event.read::<ImportChanged>()?.filter(|news| P::rows(news) > 0) else {
            return Ok(());
        };
        let step = match news.change {
            ImportChange::Accepted => Step::Try,
            ImportChange::Made => Step::Take,
            ImportChange::Refused => return Ok(()),
        };
        let job = NewJob {
            kind: P::JOB,
            key: Some(format!("{} {step:?}", news.import)),
            payload: json!(Wanted { import: news.import, by: event.actor, step }),
            run_at: event.at,
        };
        jobs::enqueue(tx, P::SERVICE, &job, event.at).await?;
        Ok(())
    }
}

/// Does those jobs.
pub struct TakesImports<P> {
    app: App,
    part: PhantomData<P>,
}

impl<P> TakesImports<P> {
    /// For the service of this state.
    pub fn new(app: App) -> Self {
        Self { app, part: PhantomData }
    }
}

#[async_trait]
impl<P: Part> Handler for TakesImports<P> {
    fn kind(&self) -> &'static str {
        P::JOB
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let Wanted { import, by, step } = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Fatal(error.to_string()))?;
        let again = |problem: Problem| JobError::Retry(problem.code().to_owned());
        let mut visit = Visit::system(&self.app, job.tenant).await.map_err(again)?;
        visit.actor = by;
        match step {
            Step::Try => {
                let told = rehearse::<P>(&visit, import, job.attempts >= ATTEMPTS).await;
                let news = P::news(told.map_err(again)?);
                let noted = visit.commit(async |tx| {
                    tx.emit(&news);
                    Ok::<_, Problem>(())
                });
                noted.await.map_err(again)
            }
            Step::Take => take::<P>(&visit, import)
                .await
                .map_err(|problem| JobError::Owed(problem.code().to_owned())),
        }
    }
}

/// Whether the part could be taken over. What is refused for what it says would be refused again,
/// and whoever asked must not wait; so it is with what fails at the `last` attempt.
async fn rehearse<P: Part>(visit: &Visit, import: ImportId, last: bool) -> Result<Told, Problem> {
    let mut line = None;
    let change = ImportPartChange::Checked;
    let told = Told { import, version: 1, change, line: None, reason: None };
    match visit.rehearse(async |tx| P::make(tx, import, &mut line).await).await {
        Ok(()) => Ok(told),
        Err(problem) if last || problem.status().is_client_error() => {
            let change = ImportPartChange::Failed;
            Ok(Told { change, line, reason: Some(problem.code().to_owned()), ..told })
        }
        Err(problem) => Err(problem),
    }
}

async fn take<P: Part>(visit: &Visit, import: ImportId) -> Result<(), Problem> {
    let change = ImportPartChange::Taken;
    let news = P::news(Told { import, version: 2, change, line: None, reason: None });
    let taken = visit.commit(async |tx| {
        let now = tx.now();
        if P::claim(tx, import, now).await? {
            P::make(tx, import, &mut None).await?;
            tx.emit(&news);
        }
        Ok::<_, Problem>(())
    });
    taken.await
}
