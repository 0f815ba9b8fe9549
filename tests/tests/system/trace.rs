//! One request, one trace, through every process and event it causes.

use reqwest::Method;
use serde_json::json;
use testkit::eventually;
use uuid::Uuid;

use crate::{firm, serve};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_one_trace_from_the_gateway_to_what_reporting_makes_of_it() {
    let (serve, _turn) = serve().await;
    let (team, plan) = firm(&*serve).await.unwrap();
    let trace = Uuid::new_v4();
    serve.collector.watch(trace.into_bytes());
    let parent = format!("00-{}-b7ad6b7169203331-01", trace.simple());
    let api = team.site_lead.with("traceparent", parent);
    let body = json!({"site_id": plan.sites[0], "title": "Suivi", "severity": "low",
                      "cause": "other", "description": "-"});
    let answer = api.send(Method::POST, "/v1/incidents", Some(&body)).await.unwrap();
    assert_eq!(answer.status, 201);
    for service in ["gateway", "planning", "reporting"] {
        eventually(service, async || serve.collector.seen().contains(service).then_some(())).await;
    }
}
