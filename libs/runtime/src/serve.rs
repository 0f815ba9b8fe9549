use std::{
    convert::Infallible, error::Error as StdError, io, net::SocketAddr, pin::pin, sync::Arc,
    time::Duration,
};

use http::{Request, Response};
use http_body::Body;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Service, ServiceExt};

/// What one listener grants its clients.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time to send the head of a request in full, counted from the moment the connection is free
    /// for it; so also the time a kept connection may stay idle.
    pub head_timeout: Duration,
    /// Size of a request's head (first line and headers) in bytes; beyond it the answer is 431.
    pub head_bytes: usize,
    /// Connections open at once; further ones wait in the kernel's queue.
    pub connections: usize,
    /// Time that requests under way get to finish once the listener is asked to stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(10),
            head_bytes: 16 * 1024,
            connections: 16 * 1024,
            grace: Duration::from_secs(15),
        }
    }
}

/// The address of the machine at the other end of the connection; every request carries it
/// among its extensions. Behind a load balancer that is the balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

/// Accepts HTTP/1.1 connections and answers their requests by `service` (an axum router is one)
/// until `stop` is cancelled: then it takes no further connection, closes the idle ones, and
/// returns when the requests under way are answered or their grace is over.
///
/// This is our own loop because the ready-made server waits for a request's head for ever and
/// bounds neither its size nor the number of connections.
pub async fn serve<S, B>(listener: TcpListener, service: S, stop: CancellationToken, limits: Limits)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let places = Arc::new(Semaphore::new(limits.connections));
    let connections = TaskTracker::new();
    loop {
        let (stream, peer, place) = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let service = service.clone();
        let stop = stop.clone();
        connections.spawn(async move {
            converse(stream, peer, service, stop, limits).await;
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed, so there is always a permit in the end.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                // Most likely no file descriptor is left: others have to close theirs first.
                tracing::warn!(%error, "no connection can be accepted for now");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn converse<S, B>(
    stream: TcpStream,
    peer: SocketAddr,
    service: S,
    stop: CancellationToken,
    limits: Limits,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, %peer, "small answers may wait for more");
    }
    let answer = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(PeerAddr(peer));
        service.clone().oneshot(request)
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_timeout)
            .max_header_size(limits.head_bytes)
            .serve_connection(TokioIo::new(stream), answer)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            match timeout(limits.grace, connection).await {
                Ok(ended) => ended,
                Err(_) => return tracing::warn!(%peer, "a request was cut off at shutdown"),
            }
        }
    };
    if let Err(error) = ended {
        // Clients vanish and dawdle all the time; that is no news to the operator.
        tracing::debug!(%error, %peer, "connection ended");
    }
}
