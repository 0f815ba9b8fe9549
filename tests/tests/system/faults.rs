//! Crashes and outages of a running system. The ledger decides: lost = 0, unexpected = 0.

use std::process::Command;
use std::time::{Duration, Instant};

use fieldops::demo::{Api, Plan, Team};
use journeys::System;
use journeys::ledger::Storm;
use journeys::up::Up;
use kernel::Service;
use reqwest::Method;
use serde_json::json;
use testkit::setting;
use uuid::Uuid;

use crate::{firm, serve};

/// How many writers a storm has.
const WRITERS: usize = 4;

/// Runs a server's control script: `start`, `stop`, `kill` or `wait`.
fn server(name: &str, action: &str) {
    let script = setting(&format!("FIELDOPS_TEST_{name}_CTL"));
    let done = Command::new(&script).arg(action).status().expect("the control script");
    assert!(done.success(), "{script} {action}");
}

/// A multiple of the bounded time, for `make faults`.
fn times(base: Duration) -> Duration {
    let factor = std::env::var("FIELDOPS_FAULTS_FACTOR").ok().and_then(|f| f.parse().ok());
    base * factor.unwrap_or(1)
}

struct Scene {
    team: Team,
    plan: Plan,
}

impl Scene {
    async fn set(system: &impl System) -> Self {
        let (team, plan) = firm(system).await.unwrap();
        Self { team, plan }
    }

    fn site(&self) -> &str {
        // The second site has no tasks: nothing but the storm moves its figures.
        &self.plan.sites[1]
    }

    fn storm(&self) -> Storm {
        Storm::begin(&self.team.site_lead, self.site(), WRITERS)
    }

    async fn settle(&self, storm: Storm) {
        let ledger = storm.end().await;
        eprintln!("{} asked, {} acknowledged", ledger.asked.len(), ledger.acknowledged.len());
        ledger.settle(&self.team.site_lead, &self.team.manager, self.site()).await.unwrap();
    }
}

/// Faults 1, 2 and 3.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_killed_in_a_write_storm_lose_and_double_nothing() {
    let (serve, _turn) = serve().await;
    let scene = Scene::set(&*serve).await;
    let storm = scene.storm();
    let until = Instant::now() + times(Duration::from_secs(12));
    let victims = [Service::Planning, Service::Reporting, Service::Gateway, Service::Proofs];
    for victim in victims.into_iter().cycle() {
        storm.rage(Duration::from_millis(700)).await;
        serve.kill(victim);
        serve.start(victim).unwrap();
        serve.ready_one(victim).await.unwrap();
        if Instant::now() > until {
            break;
        }
    }
    scene.settle(storm).await;
}

/// Fault 4.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_killed_under_load_comes_back_and_pools_reconnect() {
    let (serve, _turn) = serve().await;
    let scene = Scene::set(&*serve).await;
    let storm = scene.storm();
    storm.rage(Duration::from_secs(1)).await;
    server("PG", "kill");
    storm.rage(times(Duration::from_secs(1))).await;
    server("PG", "start");
    server("PG", "wait");
    storm.rage(Duration::from_secs(2)).await;
    scene.settle(storm).await;
}

/// Faults 5 and 10.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rabbitmq_killed_and_away_in_a_write_storm_loses_and_doubles_nothing() {
    let (serve, _turn) = serve().await;
    let scene = Scene::set(&*serve).await;
    let storm = scene.storm();
    storm.rage(Duration::from_secs(1)).await;
    server("RABBIT", "kill");
    let away = Instant::now();
    // Writes go on while it is away.
    let id = Uuid::now_v7();
    let body = json!({"id": id, "site_id": scene.plan.sites[0], "title": "Sans courtier",
                      "severity": "low", "cause": "other", "description": "-"});
    let answer = scene.team.site_lead.send(Method::POST, "/v1/incidents", Some(&body)).await;
    assert_eq!(answer.unwrap().status, 201);
    let rest = times(Duration::from_secs(8)).saturating_sub(away.elapsed());
    storm.rage(rest).await;
    server("RABBIT", "start");
    server("RABBIT", "wait");
    storm.rage(Duration::from_secs(1)).await;
    scene.settle(storm).await;
}

/// Fault 6.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_killed_in_a_write_storm_loses_nothing_and_lets_nobody_in() {
    let (serve, _turn) = serve().await;
    let scene = Scene::set(&*serve).await;
    let storm = scene.storm();
    storm.rage(Duration::from_secs(1)).await;
    server("REDIS", "kill");
    // Limits are told from the gateway's own memory, and a session that ends is over.
    let lead = &scene.team.lead;
    let answer = lead.send(Method::GET, "/v1/me", None).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.header("ratelimit").is_some(), "{:?}", answer.headers);
    lead.post("/v1/auth/sign-out-everywhere", &json!({})).await.unwrap();
    testkit::eventually("the ended session is refused", async || {
        let answer = lead.send(Method::GET, "/v1/me", None).await.unwrap();
        (answer.status == 401).then_some(())
    })
    .await;
    storm.rage(times(Duration::from_secs(1))).await;
    server("REDIS", "start");
    server("REDIS", "wait");
    storm.rage(Duration::from_secs(1)).await;
    assert_eq!(lead.send(Method::GET, "/v1/me", None).await.unwrap().status, 401);
    scene.settle(storm).await;
}

/// Fault 8.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_stop_under_load_it_finishes_what_it_began() {
    let mut up = Up::fresh().await.unwrap();
    let scene = Scene::set(&up).await;
    let storm = scene.storm();
    storm.rage(Duration::from_secs(1)).await;
    assert!(up.process.stop(Duration::from_mins(1)), "it did not stop by itself");
    up.restart().await.unwrap();
    // The address is a new one; what was acknowledged must be there under it.
    let ledger = storm.abandon().await;
    let moved = |api: &Api| api.moved_to(up.target());
    ledger
        .settle(&moved(&scene.team.site_lead), &moved(&scene.team.manager), scene.site())
        .await
        .unwrap();
    assert!(ledger.refused.is_empty(), "5xx while stopping: {:?}", ledger.refused);
}

/// Fault 18.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_fifty_times_at_once_has_one_effect() {
    let (serve, _turn) = serve().await;
    let scene = Scene::set(&*serve).await;
    let api = scene.team.site_lead.with("idempotency-key", Uuid::now_v7().to_string());
    let body = json!({"site_id": scene.site(), "title": "Une fois", "severity": "low",
                      "cause": "other", "description": "-"});
    let calls = (0..50).map(|_| api.send(Method::POST, "/v1/incidents", Some(&body)));
    let answers = futures::future::join_all(calls).await;
    let mut ids = std::collections::BTreeSet::new();
    for answer in answers {
        let answer = answer.unwrap();
        match answer.status.as_u16() {
            201 => assert!(ids.insert(answer.json()["id"].to_string()) || ids.len() == 1),
            409 => assert_eq!(answer.json()["type"], "urn:fieldops360:problem:in-flight"),
            other => panic!("{other}: {}", String::from_utf8_lossy(&answer.bytes)),
        }
    }
    assert_eq!(ids.len(), 1);
    let mut other = body.clone();
    other["title"] = json!("Autre chose");
    let answer = api.send(Method::POST, "/v1/incidents", Some(&other)).await.unwrap();
    assert_eq!(answer.status, 422);
    let there = scene.team.site_lead.get(&format!("/v1/incidents?site_id={}", scene.site())).await;
    assert_eq!(there.unwrap()["items"].as_array().unwrap().len(), 1);
}

/// Fault 19.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_gone_at_any_byte_leaves_all_or_nothing() {
    use tokio::io::AsyncWriteExt;
    let (serve, _turn) = serve().await;
    let scene = Scene::set(&*serve).await;
    let api = &scene.team.site_lead;
    let address = serve.target().url.trim_start_matches("http://").to_owned();
    let mut asked = std::collections::BTreeMap::new();
    let request = |id: Uuid| {
        let body = json!({"id": id, "site_id": scene.site(), "title": "Coupure",
                          "severity": "low", "cause": "other", "description": "-"})
        .to_string();
        format!(
            "POST /v1/incidents HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            api.host,
            api.token.clone().unwrap(),
            body.len()
        )
    };
    let whole = request(Uuid::now_v7()).len();
    for cut in (0..whole).step_by(7).chain([whole - 1, whole]) {
        let id = Uuid::now_v7();
        asked.insert(id.to_string(), cut == whole);
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream.write_all(&request(id).as_bytes()[..cut]).await.unwrap();
        drop(stream);
    }
    let id = Uuid::now_v7();
    let body = json!({"id": id, "site_id": scene.site(), "title": "Entière", "severity": "low",
                      "cause": "other", "description": "-"});
    api.post("/v1/incidents", &body).await.unwrap();
    let there = api.get(&format!("/v1/incidents?site_id={}&limit=200", scene.site())).await;
    let there = there.unwrap();
    for incident in there["items"].as_array().unwrap() {
        let known = incident["id"].as_str().unwrap();
        // One whose last byte arrived may be there, or not; half of one never.
        assert!(known == id.to_string() || asked[known], "{known} was never asked whole");
        assert_eq!(incident["severity"], "low");
    }
}
