//! Reminders before a document's last day: each is given once, whatever the clock does.

use async_trait::async_trait;
use chrono::NaiveDate;
use chrono_tz::Tz;
use contracts::DocumentChange;
use jobs::{Handler, Job, JobError, NewJob, reminder};
use kernel::DocumentId;
use serde::{Deserialize, Serialize};
use web::{App, Problem, Visit, Write};

use super::model::{Document, Eyes};
use super::{events, store};

const KIND: &str = "projects.remind_document";

/// Which reminder.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Reminder {
    document: DocumentId,
    expires_on: NaiveDate,
    days: i32,
}

/// The work that a document's last day asks for.
pub(super) fn jobs(document: &Document, zone: Tz) -> Vec<NewJob> {
    let Some(expires_on) = document.expires_on else { return Vec::new() };
    let job = |days: &i32| NewJob {
        kind: KIND,
        key: Some(format!("{}:{expires_on}:{days}", document.id)),
        payload: serde_json::json!(Reminder { document: document.id, expires_on, days: *days }),
        run_at: reminder::comes_at(expires_on, *days, zone),
    };
    document.reminder_days.iter().map(job).collect()
}

/// Gives reminders.
pub(super) struct Remind {
    app: App,
}

impl Remind {
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

async fn remind(tx: &mut Write<'_>, wanted: Reminder, zone: Tz) -> Result<(), Problem> {
    store::hold(tx, wanted.document).await?;
    let document = store::find(tx, &Eyes::platform(), wanted.document).await?;
    if document.expires_on != Some(wanted.expires_on) {
        return Ok(()); // the day was moved: its own reminders come
    }
    let given = store::reminded(tx, document.id, wanted.expires_on).await?;
    let now = tx.now();
    let days = reminder::due(wanted.expires_on, &document.reminder_days, &given, zone, now);
    if !days.is_empty() {
        let version = store::remind(tx, document.id, wanted.expires_on, &days, now).await?;
        let document = Document { version, ..document };
        let about = serde_json::json!({ "expires_on": document.expires_on, "days": days });
        tx.emit_about(&events::changed(&document, DocumentChange::Expiring), &about);
    }
    Ok(())
}

#[async_trait]
impl Handler for Remind {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let wanted: Reminder = serde_json::from_value(job.payload.clone())
            .map_err(|e| JobError::Fatal(e.to_string()))?;
        let retry = |problem: Problem| JobError::Retry(problem.code().to_owned());
        let visit = Visit::system(&self.app, job.tenant).await.map_err(retry)?;
        let zone = visit.tenant.zone;
        visit.commit(async |tx| remind(tx, wanted, zone).await).await.map_err(retry)
    }
}
