//! Whole systems under test: the real binary in both shapes, as its users run it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

pub mod calls;
pub mod collector;
pub mod ledger;
pub mod process;
pub mod serve;
pub mod up;
pub mod world;

use std::sync::Arc;

use anyhow::Result;
use fieldops::demo::Target;
use fieldops::up::Person;

/// A running system, in either shape.
pub trait System: Send + Sync {
    /// Where it answers.
    fn target(&self) -> &Target;
    /// Its platform admin.
    fn platform_admin(&self) -> &Person;
}

/// A system that tests share.
pub type Shared = Arc<dyn System>;

/// The folder with real photos, where the run has one.
pub fn data_folder() -> Option<std::path::PathBuf> {
    std::env::var_os("FIELDOPS_DATA").map(Into::into)
}

/// Asks again and again until a system says it is ready, for at most a minute.
pub async fn until_ready(url: &str) -> Result<()> {
    let http = reqwest::Client::new();
    for _ in 0..1_200 {
        let answer = http.get(format!("{url}/health/ready")).send().await;
        if answer.is_ok_and(|a| a.status().is_success()) {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    anyhow::bail!("{url} did not get ready within a minute")
}
