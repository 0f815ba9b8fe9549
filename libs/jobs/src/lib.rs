//! Work that time or an event starts.
//!
//! A service [`enqueue`]s a job in the transaction that makes it necessary. Before the commit it
//! calls [`Jobs::before_commit`], which notes in the control database when the tenant is due
//! (`jobs.due`); after it [`Jobs::wake`]. The [`Runner`] asks that index every second, so a tenant
//! with nothing due costs nothing, leases jobs of due tenants and hands them to their [`Handler`],
//! outside any transaction. A lease is renewed while the handler works; when its process dies,
//! another takes the job over. What fails is tried again with growing pauses, and stays visible as
//! failed when it has been tried [`ATTEMPTS`] times, unless it is [owed](JobError::Owed).
//!
//! The promise is *at least once*: a handler whose process dies may have done all of its work.

mod due;
mod index;
mod queue;
pub mod reminder;
mod runner;
mod store;

use async_trait::async_trait;
use kernel::{JobId, TenantId, Timestamp};

pub use due::Jobs;
pub use runner::{ATTEMPTS, Runner};
pub use store::{enqueue, purge};

/// Work to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Which handler does it, [`Handler::kind`].
    pub kind: &'static str,
    /// At most one job of a kind waits per key; none for work that may stand several times.
    pub key: Option<String>,
    /// What the handler needs to know: ids rather than data, which may change until then.
    pub payload: serde_json::Value,
    /// Not before this.
    pub run_at: Timestamp,
}

/// A job in a handler's hands.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The firm it is for.
    pub tenant: TenantId,
    /// Its kind.
    pub kind: String,
    /// What [`NewJob::payload`] held.
    pub payload: serde_json::Value,
    /// Which attempt this is, from 1.
    pub attempts: u32,
}

/// Does the jobs of one kind.
#[async_trait]
pub trait Handler: Send + Sync {
    /// The kind, such as `planning.reminder`.
    fn kind(&self) -> &'static str;

    /// Does the job; no transaction is open. May run again after a crash, so its effects must
    /// bear repetition.
    async fn run(&self, job: &Job) -> Result<(), JobError>;
}

/// Why a job was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// It may work later.
    #[error("{0}")]
    Retry(String),
    /// It was promised to others, who build on it: it is tried until it works, however often.
    #[error("{0}")]
    Owed(String),
    /// It never will.
    #[error("{0}")]
    Fatal(String),
}

impl From<sqlx::Error> for JobError {
    fn from(error: sqlx::Error) -> Self {
        Self::Retry(error.to_string())
    }
}

impl From<tenancy::TenancyError> for JobError {
    fn from(error: tenancy::TenancyError) -> Self {
        Self::Retry(error.to_string())
    }
}
