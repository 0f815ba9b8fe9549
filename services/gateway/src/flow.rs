//! A request's body on its way through: never gathered, cut when it is too large, given up when it
//! stands still.

use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use futures::StreamExt;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};
use web::Problem;

/// How much of a refused body is still read, and for how long. Closing a connection on a client
/// that is still sending makes its system throw our answer away unread.
const LINGER_BYTES: usize = 16 << 20;
const LINGER: Duration = Duration::from_secs(2);

/// Why a body was not let through whole.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the body is larger than {0} bytes")]
    TooLarge(u64),
    #[error("the body did not come in time")]
    TooSlow,
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::TooLarge(bytes) => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                format!("Le corps de la requête dépasse {} Mio", bytes >> 20),
                format!("The request body is larger than {} MiB", bytes >> 20),
            ),
            Fault::TooSlow => Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "too-slow",
                "Le corps de la requête n'est pas arrivé à temps",
                "The request body did not arrive in time",
            ),
        }
    }
}

/// What a body may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// Bytes at most.
    pub(crate) bytes: u64,
    /// Time to arrive; for an upload, the time it may stand still.
    pub(crate) time: Duration,
    /// Whether it is an upload, on which a slow network may take long.
    pub(crate) upload: bool,
}

/// How a body fares, for whoever waits for the answer.
pub(crate) struct Progress {
    moved: Mutex<Instant>,
    fault: OnceLock<Fault>,
}

impl Progress {
    /// What went wrong with the body, if anything did.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.fault.get().copied()
    }

    fn moved(&self) -> Instant {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for `answer` until `patience` has passed since the last piece of the body, and a
    /// moment more, so that a client that stands still is told from a service that does.
    pub(crate) async fn patiently<T>(
        &self,
        patience: Duration,
        answer: impl Future<Output = T>,
    ) -> Option<T> {
        let patience = patience + Duration::from_secs(1);
        let mut answer = std::pin::pin!(answer);
        loop {
            let until = self.moved() + patience;
            tokio::select! {
                biased;
                answer = &mut answer => return Some(answer),
                () = sleep_until(until) => {
                    if self.moved() + patience <= Instant::now() {
                        return None;
                    }
                }
            }
        }
    }
}

/// A body that is watched on its way.
struct Watched {
    body: Body,
    allowance: Allowance,
    left: u64,
    alarm: Pin<Box<Sleep>>,
    progress: Arc<Progress>,
}

/// Watches `body`.
pub(crate) fn watch(body: Body, allowance: Allowance) -> (Body, Arc<Progress>) {
    let progress = Arc::new(Progress { moved: Mutex::new(Instant::now()), fault: OnceLock::new() });
    let watched = Watched {
        body,
        left: allowance.bytes,
        alarm: Box::pin(sleep(allowance.time)),
        allowance,
        progress: Arc::clone(&progress),
    };
    (Body::new(watched), progress)
}

impl Watched {
    fn fail(&self, fault: Fault) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let fault = *self.progress.fault.get_or_init(|| fault);
        Poll::Ready(Some(Err(axum::Error::new(fault))))
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(fault) = self.progress.fault() {
            return self.fail(fault);
        }
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            return match self.alarm.as_mut().poll(cx) {
                Poll::Ready(()) => self.fail(Fault::TooSlow),
                Poll::Pending => Poll::Pending,
            };
        };
        let now = Instant::now();
        *self.progress.moved.lock().unwrap_or_else(PoisonError::into_inner) = now;
        if self.allowance.upload {
            let alarm = now + self.allowance.time;
            self.alarm.as_mut().reset(alarm);
        }
        let size = frame.as_ref().and_then(|f| f.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
        match self.left.checked_sub(size as u64) {
            Some(left) => self.left = left,
            None => return self.fail(Fault::TooLarge(self.allowance.bytes)),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that is read a little further when it is left unread.
struct Lingering(Body);

/// Makes an early answer reach a client that is still sending. One that asked whether to send at
/// all (`Expect: 100-continue`) has nothing under way.
pub(crate) fn linger(body: Body) -> Body {
    if http_body::Body::is_end_stream(&body) { body } else { Body::new(Lingering(body)) }
}

impl http_body::Body for Lingering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let body = std::mem::take(&mut self.0);
        if http_body::Body::is_end_stream(&body) {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(timeout(LINGER, async move {
                let (mut pieces, mut read) = (body.into_data_stream(), 0);
                while let Some(Ok(piece)) = pieces.next().await {
                    read += piece.len();
                    if read > LINGER_BYTES {
                        break;
                    }
                }
            }));
        }
    }
}
