//! Reminders before a certificate's last day: each is given once, whatever the clock does.

use async_trait::async_trait;
use chrono::NaiveDate;
use chrono_tz::Tz;
use contracts::CertificateChange;
use jobs::{Handler, Job, JobError, NewJob, reminder};
use kernel::CertificateId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use web::{App, Problem, Visit, Write};

use super::kinds::CertificateKind;
use super::model::Certificate;
use super::store;

const KIND: &str = "resources.remind_certificate";

/// Which reminder.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Reminder {
    certificate: CertificateId,
    expires_on: NaiveDate,
    days: i32,
}

/// The work that a certificate's last day asks for.
pub(super) fn jobs(certificate: &Certificate, kind: &CertificateKind, zone: Tz) -> Vec<NewJob> {
    let Some(expires_on) = certificate.expires_on else { return Vec::new() };
    let job = |days: &i32| NewJob {
        kind: KIND,
        key: Some(format!("{}:{expires_on}:{days}", certificate.id)),
        payload: json!(Reminder { certificate: certificate.id, expires_on, days: *days }),
        run_at: reminder::comes_at(expires_on, *days, zone),
    };
    kind.reminder_days.iter().map(job).collect()
}

/// Gives reminders.
pub(crate) struct Remind {
    app: App,
}

impl Remind {
    /// A giver of reminders.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

/// Nobody is told of a certificate that is gone or was renewed, or of a worker who is no longer
/// planned.
async fn remind(tx: &mut Write<'_>, wanted: Reminder, zone: Tz) -> Result<(), Problem> {
    let found = store::to_remind(tx, wanted.certificate, wanted.expires_on).await?;
    let Some((certificate, wanted_days)) = found else { return Ok(()) };
    let given = store::reminded(tx, certificate.id, wanted.expires_on).await?;
    let now = tx.now();
    let days = reminder::due(wanted.expires_on, &wanted_days, &given, zone, now);
    if !days.is_empty() {
        // Whoever changed it meanwhile left reminders of its own; this one is looked at again.
        let version = store::step(tx, &certificate).await?.ok_or(Problem::unavailable(1))?;
        store::remind(tx, certificate.id, wanted.expires_on, &days, now).await?;
        let certificate = Certificate { version, ..certificate };
        let about = json!({ "expires_on": certificate.expires_on, "days": days });
        tx.emit_about(&certificate.changed(CertificateChange::Expiring), &about);
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
