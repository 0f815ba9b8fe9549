//! What the accept loop promises, spoken to over a bare socket.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test's helpers fail the test

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use runtime::{Limits, PeerAddr, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n";

struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<()>,
    /// Told when a request for `/wait` has arrived.
    arrived: Arc<Notify>,
    /// Lets that request be answered.
    release: Arc<Notify>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let (arrived, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (Arc::clone(&arrived), Arc::clone(&release));
        let service = tower::service_fn(move |request: Request<Incoming>| {
            let (tell, wait) = (Arc::clone(&tell), Arc::clone(&wait));
            async move {
                assert!(request.extensions().get::<PeerAddr>().is_some());
                if request.uri().path() == "/wait" {
                    tell.notify_one();
                    wait.notified().await;
                }
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"done"))))
            }
        });
        let running = tokio::spawn(serve(listener, service, stop.clone(), limits));
        Self { address, stop, running, arrived, release }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

/// Everything the server says until it closes; a bound, so that a hang is a failure.
async fn rest(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let ended = timeout(Duration::from_secs(10), stream.read_to_end(&mut said)).await;
    match ended.expect("the server closes the connection") {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{error}"),
    }
    String::from_utf8(said).unwrap()
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    while !said.ends_with(b"done") {
        assert_ne!(
            timeout(Duration::from_secs(10), stream.read_buf(&mut said)).await.unwrap().unwrap(),
            0
        );
    }
    String::from_utf8(said).unwrap()
}

#[tokio::test]
async fn a_head_that_dribbles_in_is_cut_while_others_are_served() {
    let limits = Limits { head_timeout: Duration::from_millis(300), ..Limits::default() };
    let server = Server::start(limits).await;
    let mut slow = server.connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nhost: he").await.unwrap();

    let mut other = server.connect().await;
    other.write_all(GET).await.unwrap();
    assert!(answer(&mut other).await.starts_with("HTTP/1.1 200"));

    assert_eq!(rest(&mut slow).await, "", "cut without an answer");
    assert_eq!(rest(&mut other).await, "", "an idle connection is closed as well");
}

#[tokio::test]
async fn a_request_under_way_is_answered_after_the_stop() {
    let server = Server::start(Limits::default()).await;
    let mut idle = server.connect().await;
    idle.write_all(GET).await.unwrap();
    answer(&mut idle).await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /wait HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
    server.arrived.notified().await;

    server.stop.cancel();
    assert_eq!(rest(&mut idle).await, "", "idle connections end at once");
    assert!(!server.running.is_finished());
    server.release.notify_one();
    let said = rest(&mut busy).await;
    assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("done"), "{said}");
    timeout(Duration::from_secs(10), server.running).await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_request_that_outlives_the_grace_does_not_hold_up_the_stop() {
    let limits = Limits { grace: Duration::from_millis(100), ..Limits::default() };
    let server = Server::start(limits).await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /wait HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
    server.arrived.notified().await;

    server.stop.cancel();
    timeout(Duration::from_secs(10), server.running).await.unwrap().unwrap();
    assert_eq!(rest(&mut busy).await, "");
}

#[tokio::test]
async fn ten_thousand_headers_and_one_huge_header_are_refused() {
    let server = Server::start(Limits::default()).await;
    let many = "x: y\r\n".repeat(10_000);
    let huge = format!("x: {}\r\n", "y".repeat(17 * 1024));
    for headers in [many, huge] {
        let mut stream = server.connect().await;
        let request = format!("GET / HTTP/1.1\r\nhost: here\r\n{headers}\r\n");
        // The server may close before it has read everything.
        let _ = stream.write_all(request.as_bytes()).await;
        let said = rest(&mut stream).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 431"), "{said}");
    }
    let mut stream = server.connect().await;
    stream.write_all(GET).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_their_turn() {
    let server = Server::start(Limits { connections: 1, ..Limits::default() }).await;
    let mut first = server.connect().await;
    first
        .write_all(b"GET /wait HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    server.arrived.notified().await;
    let mut second = server.connect().await;
    second.write_all(GET).await.unwrap();
    let mut byte = [0];
    assert!(timeout(Duration::from_millis(200), second.peek(&mut byte)).await.is_err());

    server.release.notify_one();
    assert!(rest(&mut first).await.ends_with("done"));
    assert!(answer(&mut second).await.ends_with("done"));
}
