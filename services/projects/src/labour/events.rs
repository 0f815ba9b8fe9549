//! What is listened to: stays on sites, and the hourly cost of workers.

use async_trait::async_trait;
use contracts::{Envelope, Event, RetentionApplied, TimeEntryChanged, WorkerCostChanged};
use events::{ConsumeError, Consumer};
use kernel::{Service, WorkerId};
use sqlx::PgConnection;

use super::{job, store};
use crate::{Error, MoneyError, rates};

/// Prices the hours that were worked.
pub(crate) struct Pricing;

#[async_trait]
impl Consumer for Pricing {
    fn name(&self) -> &'static str {
        "projects.labour"
    }

    fn types(&self) -> &'static [&'static str] {
        &[TimeEntryChanged::TYPE, WorkerCostChanged::TYPE, RetentionApplied::TYPE]
    }

    fn leaves_jobs(&self) -> bool {
        true
    }

    async fn take(&self, tx: &mut PgConnection, event: &Envelope) -> Result<(), ConsumeError> {
        if let Some(stay) = event.read::<TimeEntryChanged>()?
            && store::keep(tx, &stay).await?
        {
            price(tx, stay.worker, event).await?;
            // Hours taken back count too.
            jobs::enqueue(tx, Service::Projects, &job::assess(stay.project, event.at), event.at)
                .await?;
        }
        if let Some(news) = event.read::<WorkerCostChanged>()? {
            store::give_cost(tx, news.worker).await?;
            price(tx, news.worker, event).await?;
        }
        if let Some(kept) = event.read::<RetentionApplied>()? {
            store::forget_workers(tx, kept.hours_before).await?;
        }
        Ok(())
    }
}

/// Books the worker's stays that can be priced, and leaves it to a job to look at their projects'
/// forecasts.
async fn price(
    tx: &mut PgConnection,
    worker: WorkerId,
    event: &Envelope,
) -> Result<(), ConsumeError> {
    let mut projects = Vec::new();
    for stay in store::unbooked(tx, worker).await? {
        let Some(cost) = stay.cost() else { continue };
        match rates::book(tx, cost, stay.currency, stay.day).await {
            Ok(booked) => store::book(tx, stay.entry, booked).await?,
            // Stays unpriced, and is shown as such.
            Err(Error::Money(MoneyError::NoRate { .. } | MoneyError::TooLarge)) => continue,
            Err(Error::Database(error)) => return Err(error.into()),
            Err(other) => return Err(ConsumeError::Retry(other.to_string())),
        }
        if !projects.contains(&stay.project) {
            projects.push(stay.project);
        }
    }
    for project in projects {
        jobs::enqueue(tx, Service::Projects, &job::assess(project, event.at), event.at).await?;
    }
    Ok(())
}
