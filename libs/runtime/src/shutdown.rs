use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Waits until someone asks the process to stop: Ctrl-C (SIGINT) or a supervisor (SIGTERM).
///
/// # Errors
/// When the signal handlers cannot be installed.
pub async fn shutdown_signal() -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let name = tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    };
    tracing::info!(signal = name, "asked to stop");
    Ok(())
}
