//! How often may be called.

use std::time::Duration;

use cache::Limit;
use reqwest::{Method, Response};

use crate::rig::{Plan, Rig, Shape, json_of, problem};

fn text(answer: &Response, name: &str) -> String {
    answer.headers()[name].to_str().unwrap().to_owned()
}

fn plan() -> Plan {
    let per = Duration::from_mins(1);
    let mut plan = Plan::of(Shape::Local);
    plan.settings.rates.caller = Limit { burst: 3, per };
    plan.settings.rates.anonymous = Limit { burst: 4, per };
    plan.settings.rates.sign_in = Limit { burst: 2, per };
    plan.settings.rates.tenant = Limit { burst: 9, per };
    plan
}

#[tokio::test]
async fn a_caller_is_told_what_is_left_and_refused_beyond() {
    let rig = Rig::new(plan()).await;
    let (one, other) = (rig.somebody(), rig.somebody());
    for left in [2, 1, 0] {
        let answer = rig.get("/v1/tasks").bearer_auth(&one).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(text(&answer, "ratelimit").starts_with(&format!("\"caller\";r={left};t=")));
        assert_eq!(text(&answer, "ratelimit-policy"), "\"caller\";q=3;w=60, \"tenant\";q=9;w=60");
    }
    let refused = rig.get("/v1/tasks").bearer_auth(&one).send().await.unwrap();
    assert_eq!(refused.status(), 429);
    let wait: i64 = text(&refused, "retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert!(text(&refused, "ratelimit").starts_with("\"caller\";r=0;t="));
    json_of(rig.get("/v1/tasks").bearer_auth(&other), 200).await;

    rig.stage.clock.advance(chrono::Duration::seconds(wait));
    json_of(rig.get("/v1/tasks").bearer_auth(&one), 200).await;
    let body = problem(rig.get("/v1/tasks").bearer_auth(&one), 429).await;
    assert_eq!(body["type"], "urn:fieldops360:problem:too-many-requests");
}

#[tokio::test]
async fn guessing_tokens_is_counted_for_the_address() {
    let rig = Rig::new(plan()).await;
    for _ in 0..4 {
        problem(rig.get("/v1/tasks").bearer_auth("guess"), 401).await;
    }
    problem(rig.get("/v1/tasks").bearer_auth("guess"), 429).await;
    json_of(rig.get("/v1/tasks").bearer_auth(rig.somebody()), 200).await;
}

#[tokio::test]
async fn signing_in_is_allowed_less_often_signed_in_or_not() {
    let rig = Rig::new(plan()).await;
    let sign_in = || rig.at(&rig.host(), Method::POST, "/v1/auth/sessions");
    json_of(sign_in(), 200).await;
    json_of(sign_in().bearer_auth(rig.somebody()), 200).await;
    problem(sign_in(), 429).await;
    problem(sign_in().bearer_auth(rig.somebody()), 429).await;
    json_of(rig.get("/v1/tasks"), 200).await;
}

#[tokio::test]
async fn one_tenant_uses_up_its_own_limit_only() {
    let rig = Rig::new(plan()).await;
    let other = rig.stage.another_tenant().await;
    for _ in 0..9 {
        json_of(rig.get("/v1/tasks").bearer_auth(rig.somebody()), 200).await;
    }
    problem(rig.get("/v1/tasks").bearer_auth(rig.somebody()), 429).await;
    let host = format!("{}.localhost", other.slug);
    json_of(rig.at(&host, Method::GET, "/v1/tasks"), 200).await;
}

#[tokio::test]
async fn behind_a_proxy_of_ours_the_client_it_saw_is_counted() {
    let mut plan = plan();
    plan.settings.proxies = 1;
    let rig = Rig::new(plan).await;
    let from = |address: &str| rig.get("/v1/tasks").header("x-forwarded-for", address);
    for forged in ["9.9.9.9, 1.1.1.1", "8.8.8.8, 1.1.1.1", "1.1.1.1", "::1, 1.1.1.1"] {
        let echo = json_of(from(forged), 200).await;
        assert_eq!(echo["headers"]["x-forwarded-for"], "1.1.1.1");
    }
    problem(from("7.7.7.7, 1.1.1.1"), 429).await;
    json_of(from("2.2.2.2"), 200).await;
}
