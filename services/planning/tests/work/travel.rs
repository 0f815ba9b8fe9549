//! Travel times: from a server by road, and from the firm's own table.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth::{Role, Scope};
use axum::extract::State;
use axum::routing::any;
use axum::{Json, Router};
use http::{Method, StatusCode, Uri};
use serde_json::{Value, json};
use testkit::Stage;

use crate::week::{search, searched, sql, task};
use crate::world::World;

/// A server of travel times that gives one answer, and counts how often it is asked.
async fn server(status: StatusCode, answer: fn(&str, &str) -> Value) -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let reply = async move |State(asked): State<Arc<AtomicUsize>>, uri: Uri, body: String| {
        asked.fetch_add(1, Ordering::Relaxed);
        (status, Json(answer(&uri.to_string(), &body)))
    };
    let router = Router::new().fallback(any(reply)).with_state(Arc::clone(&asked));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, asked)
}

/// A firm whose two workers start at home, the second 50 km away.
async fn firm(roads: &str) -> World {
    let stage = Stage::routed_by(roads.parse().unwrap(), &[planning::module]).await;
    let world = World::on(stage).await;
    sql(&world, "update resources.worker set home_lat = 14.7, home_lon = -17.4").await;
    sql(&world, "update resources.worker set home_lat = 15.15 where name like 'Binta%'").await;
    task(&world, "Visite", 1, ("08:00", "10:00"), json!({})).await;
    world
}

/// How many sources and targets an OSRM address asks for.
fn counts(uri: &str) -> (usize, usize) {
    let list = |name: &str| uri.split(name).nth(1).unwrap().split('&').next().unwrap().split(';');
    (list("&sources=").count(), list("&destinations=").count())
}

fn osrm(uri: &str, _: &str) -> Value {
    assert!(uri.starts_with("/table/v1/driving/-17.4"), "{uri}");
    let (sources, targets) = counts(uri);
    // Every way takes ten minutes, except that the last is not known.
    let mut rows = vec![vec![json!(600.0); targets]; sources];
    rows[sources - 1][0] = Value::Null;
    json!({"code": "Ok", "durations": rows})
}

#[tokio::test]
async fn an_osrm_server_is_asked_once_and_what_it_does_not_know_is_estimated() {
    let (url, asked) = server(StatusCode::OK, osrm).await;
    let world = firm(&format!("osrm+{url}")).await;
    let run = searched(&world, search(&world, 1, 1, json!({}))).await;
    let travel = &run["proposal"]["travel"];
    assert_eq!((&travel["source"], &travel["estimated"]), (&json!("osrm"), &json!(1)), "{run}");
    assert_eq!(travel["fell_back"], Value::Null);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!(run["proposal"]["days"][0]["travel_min"].as_i64().unwrap() % 10, 0);
    searched(&world, search(&world, 1, 1, json!({}))).await;
    assert_eq!(asked.load(Ordering::Relaxed), 1, "what it said is remembered");
}

fn valhalla(uri: &str, body: &str) -> Value {
    assert_eq!(uri, "/sources_to_targets");
    let asked: Value = serde_json::from_str(body).unwrap();
    let count = |name: &str| asked[name].as_array().unwrap().len();
    let way = json!({"time": 900, "distance": 12.0, "from_index": 0, "to_index": 0});
    json!({"sources_to_targets": vec![vec![way; count("targets")]; count("sources")]})
}

#[tokio::test]
async fn a_valhalla_server_is_asked_in_its_own_words() {
    let (url, asked) = server(StatusCode::OK, valhalla).await;
    let world = firm(&format!("valhalla+{url}")).await;
    let run = searched(&world, search(&world, 1, 1, json!({}))).await;
    assert_eq!(run["proposal"]["travel"]["source"], "valhalla", "{run}");
    assert_eq!(run["proposal"]["days"][0]["travel_min"], 30);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_server_that_is_away_or_talks_nonsense_is_told_and_the_straight_line_serves() {
    let nonsense: fn(&str, &str) -> Value = |_, _| json!({"code": "Ok", "durations": [[-5.0]]});
    let (strange, _) = server(StatusCode::OK, nonsense).await;
    let (refusing, _) = server(StatusCode::BAD_REQUEST, |_, _| json!({"code": "TooBig"})).await;
    let (moved, _) = server(StatusCode::FOUND, |_, _| json!({})).await;
    for (url, failure) in [
        (format!("osrm+{strange}"), "nonsense"),
        (format!("osrm+{refusing}"), "refused"),
        (format!("osrm+{moved}"), "refused"),
        ("osrm+http://127.0.0.1:9".to_owned(), "away"),
    ] {
        let world = firm(&url).await;
        let run = searched(&world, search(&world, 1, 1, json!({"rounds": 10}))).await;
        let travel = &run["proposal"]["travel"];
        assert_eq!(
            (&travel["source"], &travel["fell_back"]),
            (&json!("straight_line"), &json!(failure)),
            "{url}"
        );
        assert_eq!(run["proposal"]["assignments"].as_array().unwrap().len(), 1);
    }
}

async fn upload(client: &testkit::Client, table: String) -> testkit::Answer {
    let body = Some(("text/csv", table.into_bytes()));
    client.raw(Method::PUT, "/v1/dispatch/travel-matrix", body).await
}

#[tokio::test]
async fn the_firms_own_table_counts_and_a_bad_one_is_refused_by_line_and_column() {
    let world = World::new().await;
    let admin = world.stage.client(Role::TenantAdmin, Scope::Tenant);
    let none = admin.get("/v1/dispatch/travel-matrix").await.expect(200);
    assert_eq!(none["matrix"], Value::Null);
    let (site, awa, binta) = (world.site, world.awa, world.binta);
    let table = |value: &str| {
        format!(",{site},{awa},{binta}\n{site},0,5,90\n{awa},5,0,90\n{binta},{value},90,0\n")
    };
    for (bad, code) in [("", "hole"), ("NaN", "not_a_number"), ("-3", "negative")] {
        let refused = upload(&admin, table(bad)).await.expect(422);
        assert_eq!(
            refused["findings"][0],
            json!({"line": 4, "column": 2, "code": code,
                                                   "value": bad})
        );
    }
    let stranger = format!(",{}\n", kernel::SiteId::new());
    let refused = upload(&admin, stranger).await.expect(422);
    assert_eq!(refused["findings"][0]["code"], "no_line");
    let nobody = kernel::SiteId::new();
    let refused = upload(&admin, format!(",{nobody}\n{nobody},0\n")).await.expect(422);
    assert_eq!(refused["findings"][0]["code"], "unknown");
    upload(&world.lead, table("90")).await.expect(403);
    world.phone(world.awa).get("/v1/dispatch/travel-matrix").await.expect(403);

    let kept = upload(&admin, table("90")).await.expect(200);
    assert_eq!((&kept["places"], &kept["version"]), (&json!(3), &json!(1)));
    assert_eq!(upload(&admin, table("95")).await.expect(200)["version"], 2);
    sql(&world, "update resources.worker set home_lat = 14.7, home_lon = -17.4").await;
    let visit = task(&world, "Visite", 1, ("08:00", "10:00"), json!({})).await;
    let run = searched(&world, search(&world, 1, 1, json!({}))).await;
    assert_eq!(run["proposal"]["travel"]["from_table"], 6);
    let placed = crate::week::placed(&run, &visit);
    assert_eq!(placed["worker_ids"], json!([world.awa]), "five minutes away, not ninety");
    assert_eq!(run["proposal"]["days"][0]["travel_min"], 10);
    admin.delete("/v1/dispatch/travel-matrix").await.expect(204);
    world.stage.settle().await;
}
