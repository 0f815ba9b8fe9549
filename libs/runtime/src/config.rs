//! Settings that every process has. Each is a flag and an environment variable, and every one
//! has a default, so that a process starts with none given.

use std::time::Duration;

/// Where a process's logs, traces and figures go.
#[derive(Debug, Clone, clap::Args)]
pub struct TelemetryArgs {
    /// What to log: a level, or `target=level` pairs parted by commas
    #[arg(long = "log", env = "FIELDOPS_LOG", default_value = "info", global = true)]
    pub log: String,

    /// OpenTelemetry collector (OTLP over plain HTTP) that receives traces; none are kept without
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", global = true)]
    pub otlp_endpoint: Option<String>,
}

impl Default for TelemetryArgs {
    fn default() -> Self {
        Self { log: "info".to_owned(), otlp_endpoint: None }
    }
}

/// How a process ends.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct StopArgs {
    /// Seconds that requests and tasks under way get to finish when the process is asked to stop
    #[arg(long, env = "FIELDOPS_GRACE", default_value_t = 15, global = true)]
    pub grace: u64,
}

impl StopArgs {
    /// The time to finish, as a duration.
    pub fn grace(self) -> Duration {
        Duration::from_secs(self.grace)
    }
}
