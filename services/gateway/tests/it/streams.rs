//! Bodies pass as they come, in both directions and within bounds.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, patch};
use futures::{StreamExt, stream};
use gateway::Upstream;
use reqwest::Method;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::rig::{Plan, Rig, Shape, person, problem, raw};

const PIECE: &str = "application/offset+octet-stream";
const SOON: Duration = Duration::from_secs(10);

type Feed = mpsc::UnboundedSender<Bytes>;

/// A live stream that says what the test feeds it.
fn feed() -> (Router, Feed) {
    let (feed, events) = mpsc::unbounded_channel::<Bytes>();
    let events = Arc::new(Mutex::new(Some(events)));
    let answer = async move || {
        let events = events.lock().unwrap().take().expect("one reader");
        let pieces = stream::unfold(events, async |mut events| {
            Some((Ok::<_, Infallible>(events.recv().await?), events))
        });
        Response::builder()
            .header("content-type", "text/event-stream")
            .body(Body::from_stream(pieces))
            .unwrap()
    };
    (Router::new().route("/v1/live", get(answer)), feed)
}

fn live(shape: Shape) -> (Plan, Feed) {
    let (router, feed) = feed();
    let mut plan = Plan::of(shape);
    plan.extra = Some((router, vec!["/v1/live".to_owned()]));
    (plan, feed)
}

#[tokio::test]
async fn events_pass_one_by_one() {
    for shape in [Shape::Local, Shape::Remote] {
        let (plan, feed) = live(shape);
        let rig = Rig::new(plan).await;
        feed.send("data: 0\n\n".into()).unwrap();
        let answer = rig.get("/v1/live").bearer_auth(rig.somebody()).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let mut pieces = answer.bytes_stream();
        for n in 0..5 {
            let piece = timeout(SOON, pieces.next()).await.unwrap().unwrap().unwrap();
            assert_eq!(piece, format!("data: {n}\n\n"));
            feed.send(format!("data: {}\n\n", n + 1).into()).unwrap();
        }
    }
}

#[tokio::test]
async fn a_live_stream_ends_with_its_session_and_with_the_gateway() {
    let (plan, feed) = live(Shape::Remote);
    let rig = Rig::new(plan).await;
    let caller = person();
    let token = rig.token(rig.stage.tenant.id, caller.clone());
    feed.send("data: 0\n\n".into()).unwrap();
    let mut pieces = rig.get("/v1/live").bearer_auth(token).send().await.unwrap().bytes_stream();
    timeout(SOON, pieces.next()).await.unwrap().unwrap().unwrap();
    rig.revoke(caller.session).await;
    assert!(timeout(SOON, pieces.next()).await.unwrap().is_none());

    let (plan, feed) = live(Shape::Local);
    let rig = Rig::new(plan).await;
    feed.send("data: 0\n\n".into()).unwrap();
    let mut pieces =
        rig.get("/v1/live").bearer_auth(rig.somebody()).send().await.unwrap().bytes_stream();
    timeout(SOON, pieces.next()).await.unwrap().unwrap().unwrap();
    rig.drain.cancel();
    assert!(timeout(SOON, pieces.next()).await.unwrap().is_none());
}

/// A service that says over a channel how many bytes each piece brought, and in the end how many
/// came in all.
fn counting() -> (Router, mpsc::UnboundedReceiver<usize>) {
    let (tell, told) = mpsc::unbounded_channel();
    let answer = async move |request: Request| {
        let (mut pieces, mut all) = (request.into_body().into_data_stream(), 0);
        while let Some(Ok(piece)) = pieces.next().await {
            all += piece.len();
            tell.send(all).unwrap();
        }
        all.to_string()
    };
    (Router::new().route("/v1/pieces", patch(answer)), told)
}

#[tokio::test]
async fn a_20_mb_upload_is_passed_on_as_it_comes() {
    const PART: usize = 1 << 20;
    const PARTS: usize = 20;
    for shape in [Shape::Local, Shape::Remote] {
        let (router, mut told) = counting();
        let mut plan = Plan::of(shape);
        plan.extra = Some((router, vec!["/v1/pieces".to_owned()]));
        let rig = Rig::new(plan).await;
        // Each part is sent only when the service has the one before it: whoever gathers the body
        // first waits for ever.
        let (send, parts) = mpsc::unbounded_channel::<Bytes>();
        let parts = stream::unfold(parts, async |mut parts| {
            Some((Ok::<_, Infallible>(parts.recv().await?), parts))
        });
        let upload = rig
            .at(&rig.host(), Method::PATCH, "/v1/pieces")
            .bearer_auth(rig.somebody())
            .header("content-type", PIECE)
            .body(reqwest::Body::wrap_stream(parts))
            .send();
        let upload = tokio::spawn(upload);
        for part in 1..=PARTS {
            send.send(Bytes::from(vec![7; PART])).unwrap();
            while timeout(SOON, told.recv()).await.unwrap().unwrap() < part * PART {}
        }
        drop(send);
        let answer = timeout(SOON, upload).await.unwrap().unwrap().unwrap();
        assert_eq!(answer.text().await.unwrap(), (PARTS * PART).to_string());
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_cut() {
    for shape in [Shape::Local, Shape::Remote] {
        let (router, mut told) = counting();
        let mut plan = Plan::of(shape);
        plan.settings.piece_bytes = 3 << 20;
        plan.extra = Some((router, vec!["/v1/pieces".to_owned()]));
        let rig = Rig::new(plan).await;
        for (kind, limit) in [(PIECE, 3 << 20), ("application/json", 1 << 20)] {
            let request =
                || rig.at(&rig.host(), Method::PATCH, "/v1/pieces").header("content-type", kind);
            let endless = stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from(vec![0; 65536])));
            let body = problem(request().body(reqwest::Body::wrap_stream(endless)), 413).await;
            assert_eq!(body["type"], "urn:fieldops360:problem:too-large");
            let mut most = 0;
            while let Ok(all) = told.try_recv() {
                most = all;
            }
            assert!(most <= limit, "{most} bytes came through");
        }
        let host = rig.host();
        let declared = format!(
            "POST /v1/tasks HTTP/1.1\r\nhost: {host}\r\ncontent-length: 104857600\r\n\
             expect: 100-continue\r\n\r\n"
        );
        let said = raw(rig.address, declared.as_bytes()).await;
        assert!(said.starts_with("HTTP/1.1 413") && said.contains("connection: close"), "{said}");
        let sent =
            problem(rig.at(&host, Method::POST, "/v1/tasks").body(vec![0_u8; 100 << 20]), 413);
        timeout(SOON, sent).await.unwrap();
    }
}

#[tokio::test]
async fn a_body_that_stands_still_and_a_service_that_does_are_told_apart() {
    for shape in [Shape::Local, Shape::Remote] {
        let (router, _told) = counting();
        let stuck = router.route("/v1/stuck", get(async || std::future::pending::<()>().await));
        let mut plan = Plan::of(shape);
        plan.settings.patience = Duration::from_millis(300);
        plan.extra = Some((stuck, vec!["/v1/pieces".to_owned(), "/v1/stuck".to_owned()]));
        let rig = Rig::new(plan).await;
        let still = stream::once(async { Ok::<_, Infallible>(Bytes::from_static(b"{")) })
            .chain(stream::pending());
        let slow = rig
            .at(&rig.host(), Method::PATCH, "/v1/pieces")
            .body(reqwest::Body::wrap_stream(still));
        assert_eq!(problem(slow, 408).await["type"], "urn:fieldops360:problem:too-slow");
        assert_eq!(
            problem(rig.get("/v1/stuck"), 504).await["type"],
            "urn:fieldops360:problem:timeout"
        );
    }
}

#[tokio::test]
async fn a_service_that_is_down_is_a_503_to_be_tried_again() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut plan = Plan::of(Shape::Remote);
    plan.upstream = Some(Upstream::Remote(format!("http://{gone}").parse().unwrap()));
    let rig = Rig::new(plan).await;
    let answer = rig.get("/v1/tasks").bearer_auth(rig.somebody()).send().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "2");
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
}

/// Tells when it is given up.
struct Given(mpsc::UnboundedSender<&'static str>);

impl Drop for Given {
    fn drop(&mut self) {
        let _ = self.0.send("given up");
    }
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_request_with_it() {
    for shape in [Shape::Local, Shape::Remote] {
        let (tell, mut told) = mpsc::unbounded_channel();
        let wait = async move || {
            tell.send("begun").unwrap();
            let _given = Given(tell.clone());
            std::future::pending::<()>().await;
        };
        let mut plan = Plan::of(shape);
        plan.extra =
            Some((Router::new().route("/v1/wait", get(wait)), vec!["/v1/wait".to_owned()]));
        let rig = Rig::new(plan).await;
        let call = tokio::spawn(rig.get("/v1/wait").send());
        assert_eq!(timeout(SOON, told.recv()).await.unwrap(), Some("begun"));
        call.abort();
        assert_eq!(timeout(SOON, told.recv()).await.unwrap(), Some("given up"));
    }
}
