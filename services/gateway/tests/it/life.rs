//! Start, outage and stop.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use reqwest::Method;
use serde_json::json;
use testkit::eventually;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::rig::{Plan, Rig, Shape, json_of, problem};

#[tokio::test]
async fn nothing_is_served_before_services_can_know_the_gateway() {
    let rig = Rig::unready(Plan::of(Shape::Local)).await;
    let health = |path: &str| rig.at("10.1.2.3", Method::GET, path);
    assert_eq!(json_of(health("/health/live"), 200).await, json!({ "status": "live" }));
    let state = json_of(health("/health/ready"), 503).await;
    assert_eq!(state["waiting_for"], json!(["keys", "control"]));
    problem(rig.get("/v1/tasks"), 503).await;

    tokio::spawn(rig.gateway.clone().run(CancellationToken::new()));
    eventually("ready", async || rig.gateway.is_ready().then_some(())).await;
    assert_eq!(json_of(health("/health/ready"), 200).await, json!({ "status": "ready" }));
    let echo = json_of(rig.get("/v1/tasks"), 200).await;
    rig.vouched(&echo).await;
}

#[tokio::test]
async fn a_key_whose_time_is_over_is_forgotten_and_others_stay() {
    let rig = Rig::unready(Plan::of(Shape::Local)).await;
    let mut admin = rig.stage.control_sql().await;
    sqlx::query(
        "insert into tenancy.internal_key values
             ('old', '\\x00', now() - interval '1 second'), ('live', '\\x00', now() + interval '1 hour')",
    )
    .execute(&mut admin)
    .await
    .unwrap();
    tokio::spawn(rig.gateway.clone().run(CancellationToken::new()));
    eventually("the old key is gone", async || {
        let left: Vec<String> = sqlx::query_scalar("select kid from tenancy.internal_key")
            .fetch_all(&mut admin)
            .await
            .unwrap();
        assert!(left.contains(&"live".to_owned()));
        // the stage's, the live one, the gateway's own
        (!left.contains(&"old".to_owned()) && left.len() == 3).then_some(())
    })
    .await;
}

/// A service that waits until it is let go.
fn waiting() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (arrived, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (arrived.clone(), release.clone());
    let answer = async move || {
        tell.notify_one();
        wait.notified().await;
        "done"
    };
    (Router::new().route("/v1/slow", get(answer)), arrived, release)
}

#[tokio::test]
async fn readiness_drops_first_and_requests_under_way_finish() {
    for shape in [Shape::Local, Shape::Remote] {
        let (router, arrived, release) = waiting();
        let mut plan = Plan::of(shape);
        plan.extra = Some((router, vec!["/v1/slow".to_owned()]));
        let rig = Rig::new(plan).await;
        let slow = rig.get("/v1/slow").bearer_auth(rig.somebody());
        let slow = tokio::spawn(slow.send());
        arrived.notified().await;

        rig.drain.cancel();
        let state = json_of(rig.at("localhost", Method::GET, "/health/ready"), 503).await;
        assert_eq!(state["waiting_for"], json!(["stopping"]));
        json_of(rig.get("/v1/tasks").bearer_auth(rig.somebody()), 200).await;

        rig.stop.cancel();
        eventually("the door is closed", async || {
            TcpStream::connect(rig.address).await.is_err().then_some(())
        })
        .await;
        assert!(!rig.listening.is_finished());
        release.notify_one();
        let answer = slow.await.unwrap().unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.text().await.unwrap(), "done");
        timeout(Duration::from_secs(10), rig.listening).await.unwrap().unwrap();
    }
}

/// A way to PostgreSQL that can be cut.
struct Cable {
    port: u16,
    cut: Mutex<CancellationToken>,
    plugged: Mutex<bool>,
}

impl Cable {
    async fn lay(host: String, port: u16) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let cable = Arc::new(Self {
            port: listener.local_addr().unwrap().port(),
            cut: Mutex::default(),
            plugged: Mutex::new(true),
        });
        let this = Arc::clone(&cable);
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                if !*this.plugged.lock().unwrap() {
                    continue;
                }
                let cut = this.cut.lock().unwrap().clone();
                let mut far = TcpStream::connect((host.as_str(), port)).await.unwrap();
                tokio::spawn(async move {
                    tokio::select! {
                        () = cut.cancelled() => {}
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    }
                });
            }
        });
        cable
    }

    fn pull(&self) {
        *self.plugged.lock().unwrap() = false;
        std::mem::take(&mut *self.cut.lock().unwrap()).cancel();
    }

    fn plug(&self) {
        *self.plugged.lock().unwrap() = true;
    }
}

#[tokio::test]
async fn without_the_control_database_nobody_signed_in_is_served_after_five_seconds() {
    let server = testkit::setting("FIELDOPS_TEST_PG_URL");
    let options: sqlx::postgres::PgConnectOptions = server.parse().unwrap();
    let cable = Cable::lay(options.get_host().to_owned(), options.get_port()).await;
    let mut plan = Plan::of(Shape::Local);
    plan.control_port = Some(cable.port);
    let rig = Rig::new(plan).await;
    let token = rig.somebody();
    json_of(rig.get("/v1/tasks").bearer_auth(&token), 200).await;

    cable.pull();
    let answer = eventually("a signed-in call is refused", async || {
        let answer = rig.get("/v1/tasks").bearer_auth(&token).send().await.unwrap();
        (answer.status() != 200).then_some(answer)
    })
    .await;
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    eventually("no longer ready", async || (!rig.gateway.is_ready()).then_some(())).await;

    cable.plug();
    eventually("ready again", async || rig.gateway.is_ready().then_some(())).await;
    json_of(rig.get("/v1/tasks").bearer_auth(&token), 200).await;
}

#[tokio::test]
async fn the_first_calls_after_start_are_all_believed() {
    let rig = Rig::new(Plan::of(Shape::Local)).await;
    let echo = json_of(rig.get("/v1/tasks").bearer_auth(rig.somebody()), 200).await;
    let token = echo["headers"]["x-fieldops-internal"].as_str().unwrap();
    let service = kernel::Service::Planning;
    let keys = web::InternalKeys::new(rig.stage.ground.control(service).pool, service);
    let now = kernel::Clock::now(&*rig.stage.clock);
    let calls = (0..20).map(|_| keys.verify(token, now));
    let believed = futures::future::join_all(calls).await;
    assert_eq!(believed.iter().filter(|b| b.is_err()).count(), 0);
}
