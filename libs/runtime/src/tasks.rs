use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{task::JoinError, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

/// The background tasks of a process: relays, consumers, schedulers.
///
/// Each is expected to run until the token of [`Tasks::token`] is cancelled, and then to finish
/// what it holds and return. One that panics or returns before is logged and makes the process
/// unhealthy, so that a supervisor replaces it; a task that can go on after an error goes on by
/// itself. Clones share the same set.
#[derive(Clone, Default)]
pub struct Tasks {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    tracker: TaskTracker,
    stop: CancellationToken,
    abort: CancellationToken,
    running: Mutex<Vec<&'static str>>,
    fallen: Mutex<Vec<&'static str>>,
}

impl Tasks {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when the process begins to stop.
    pub fn token(&self) -> CancellationToken {
        self.shared.stop.clone()
    }

    /// Starts a task. The name is what logs and health reports call it.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let shared = Arc::clone(&self.shared);
        push(&shared.running, name);
        self.shared.tracker.spawn(async move {
            let mut task = tokio::spawn(task.instrument(tracing::info_span!("task", name)));
            let ended = tokio::select! {
                ended = &mut task => ended,
                () = shared.abort.cancelled() => {
                    task.abort();
                    task.await
                }
            };
            shared.note_end(name, ended);
        });
    }

    /// Whether every task started still does its work.
    pub fn healthy(&self) -> bool {
        self.fallen().is_empty()
    }

    /// The tasks that ended though nobody asked them to.
    pub fn fallen(&self) -> Vec<&'static str> {
        self.shared.fallen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks every task to stop, waits for them as long as `grace`, then cuts off the rest.
    /// Returns the names of those cut off.
    pub async fn stop(&self, grace: Duration) -> Vec<&'static str> {
        self.shared.stop.cancel();
        self.shared.tracker.close();
        if timeout(grace, self.shared.tracker.wait()).await.is_ok() {
            return Vec::new();
        }
        let late = self.shared.running.lock().unwrap_or_else(PoisonError::into_inner).clone();
        tracing::warn!(tasks = ?late, "cut off: not finished within the grace period");
        self.shared.abort.cancel();
        self.shared.tracker.wait().await;
        late
    }
}

impl Shared {
    fn note_end(&self, name: &'static str, ended: Result<(), JoinError>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = running.iter().position(|other| *other == name) {
            running.swap_remove(at);
        }
        drop(running);
        match ended {
            Ok(()) if self.stop.is_cancelled() => {}
            Err(error) if error.is_cancelled() => {}
            Ok(()) => {
                tracing::error!(name, "a background task ended early");
                push(&self.fallen, name);
            }
            Err(error) => {
                tracing::error!(name, %error, "a background task panicked");
                push(&self.fallen, name);
            }
        }
    }
}

fn push(names: &Mutex<Vec<&'static str>>, name: &'static str) {
    names.lock().unwrap_or_else(PoisonError::into_inner).push(name);
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_or_ends_early_is_reported() {
        let tasks = Tasks::new();
        let stop = tasks.token();
        tasks.spawn("steady", async move { stop.cancelled().await });
        assert!(tasks.healthy());

        tasks.spawn("panics", async { panic!("on purpose") });
        tasks.spawn("ends", async {});
        while tasks.fallen().len() < 2 {
            tokio::task::yield_now().await;
        }
        let mut fallen = tasks.fallen();
        fallen.sort_unstable();
        assert_eq!(fallen, ["ends", "panics"]);
        assert!(tasks.stop(Duration::from_secs(5)).await.is_empty());
    }

    #[tokio::test]
    async fn stopping_lets_tasks_finish_and_cuts_off_the_late() {
        let tasks = Tasks::new();
        let stop = tasks.token();
        let finished = CancellationToken::new();
        let done = finished.clone();
        tasks.spawn("finishes", async move {
            stop.cancelled().await;
            done.cancel();
        });
        tasks.spawn("hangs", pending());

        assert_eq!(tasks.stop(Duration::from_millis(50)).await, ["hangs"]);
        assert!(finished.is_cancelled());
        assert!(tasks.healthy(), "being stopped is no failure");
    }
}
