use std::collections::VecDeque;
use std::sync::LazyLock;
use std::time::Duration;

use auth::{Role, Scope};
use axum::body::{Body, BodyDataStream};
use chrono::TimeDelta;
use contracts::{Envelope, IncidentSeverity, TaskChanged};
use futures::StreamExt;
use http::Response;
use kernel::{Clock, ProjectId};
use serde_json::{Value, json};
use testkit::{Client, Stage};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::stage;
use crate::world::{World, incident, publish, publish_at_once, task, told};

/// Server-sent events as a client reads them.
struct Stream {
    body: BodyDataStream,
    text: String,
    events: VecDeque<(i64, Value)>,
}

impl Stream {
    async fn open(client: &Client, last: Option<i64>) -> Self {
        let client = match last {
            Some(id) => client.clone().header("last-event-id", id.to_string()),
            None => client.clone(),
        };
        let response: Response<Body> = client.open("/v1/live").await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let body = response.into_body().into_data_stream();
        Self { body, text: String::new(), events: VecDeque::new() }
    }

    /// The next event, or none at the end of the stream.
    async fn next(&mut self) -> Option<(i64, Value)> {
        while self.events.is_empty() {
            let chunk = timeout(Duration::from_secs(20), self.body.next()).await.expect("an event");
            self.text.push_str(std::str::from_utf8(&chunk?.unwrap()).unwrap());
            while let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| event.lines().find_map(|l| l.strip_prefix(name));
                if let (Some(id), Some(data)) = (field("id: "), field("data: ")) {
                    let entry = (id.parse().unwrap(), serde_json::from_str(data).unwrap());
                    self.events.push_back(entry);
                }
            }
        }
        self.events.pop_front()
    }

    async fn read(&mut self) -> (i64, Value) {
        self.next().await.expect("the stream goes on")
    }
}

/// A task of tomorrow, which no alert is raised about.
fn tomorrow(stage: &Stage, world: &World) -> TaskChanged {
    let starts_at = stage.clock.now() + TimeDelta::days(1);
    TaskChanged { starts_at, ends_at: starts_at + TimeDelta::hours(4), ..task(world, 0, 4) }
}

fn tasks(stage: &Stage, world: &World, n: usize) -> Vec<Envelope> {
    let now = stage.clock.now();
    (0..n).map(|_| told(stage.tenant.id, &tomorrow(stage, world), now)).collect()
}

#[tokio::test]
async fn what_happens_is_told_at_once_with_its_ids() {
    let stage = stage().await;
    let world = World::new();
    let mut live = Stream::open(&stage.client(Role::Manager, Scope::Tenant), None).await;
    let (id, first) = live.read().await;
    assert_eq!((id, &first["type"]), (0, &json!("live.started")));
    let planned = tomorrow(&stage, &world);
    publish(&stage, &[told(stage.tenant.id, &planned, stage.clock.now())]).await;
    let (id, entry) = live.read().await;
    assert_eq!(id, 1);
    assert_eq!(entry["type"], json!("task.planned"));
    assert_eq!(entry["entity_id"], json!(planned.task));
    assert_eq!(entry["site_id"], json!(planned.site));
    assert_eq!(entry["state"]["status"], json!("planned"));
}

#[tokio::test]
async fn a_reader_that_comes_and_goes_gets_each_entry_once_and_in_order() {
    let stage = stage().await;
    let world = World::new();
    let manager = stage.client(Role::Manager, Scope::Tenant);
    let events = tasks(&stage, &world, 240);
    let writing = publish_at_once(&stage, &events, 6);
    let reading = async {
        let (mut seen, mut last) = (Vec::new(), None);
        while seen.len() < events.len() {
            let mut live = Stream::open(&manager, last).await;
            let (id, first) = live.read().await;
            assert_eq!(first["type"], json!("live.started"));
            if last.is_none() {
                seen.extend(1..=id); // was there before the first look
            }
            last = Some(id);
            for _ in 0..7.min(events.len() - seen.len()) {
                let (id, _) = live.read().await;
                seen.push(id);
                last = Some(id);
            }
        }
        seen
    };
    let ((), seen) = futures::future::join(writing, reading).await;
    let mut in_order = seen.clone();
    in_order.sort_unstable();
    in_order.dedup();
    assert_eq!(seen, in_order);
    assert_eq!(seen, (1..=seen.last().copied().unwrap()).collect::<Vec<_>>(), "no gap");
}

#[tokio::test]
async fn nobody_hears_of_what_is_not_theirs() {
    let stage = stage().await;
    let world = World::new();
    let tenant = stage.tenant.id;
    let site_lead = stage.client(Role::SiteLead, Scope::Site(world.sites[1]));
    let project_lead = stage.client(Role::ProjectLead, Scope::Project(world.other_project));
    let nobody = stage.client(Role::ProjectLead, Scope::Project(ProjectId::new()));
    let stranger = stage.another_tenant().await;
    let stranger = stage.client_at(&stranger, Role::Manager, Scope::Tenant);
    let mut streams = Vec::new();
    for client in [&site_lead, &project_lead, &nobody, &stranger] {
        let mut live = Stream::open(client, None).await;
        live.read().await;
        streams.push(live);
    }
    let now = stage.clock.now();
    for site in 0..3 {
        let low = incident(&world, site, IncidentSeverity::Low);
        publish(&stage, &[told(tenant, &low, now)]).await;
    }
    let [at_site, at_project, at_nothing, elsewhere] = streams.try_into().ok().unwrap();
    for (mut live, site) in [(at_site, 1), (at_project, 2)] {
        let (_, entry) = live.read().await;
        assert_eq!(entry["site_id"], json!(world.sites[site]));
    }
    for mut live in [at_nothing, elsewhere] {
        assert!(timeout(Duration::from_millis(1500), live.next()).await.is_err());
    }
    let crew = stage.client(Role::CrewMember, Scope::Tenant);
    assert_eq!(crew.get("/v1/live").await.status, 403);
}

#[tokio::test]
async fn who_missed_what_is_no_longer_kept_is_told_to_read_anew() {
    let stage = stage().await;
    let world = World::new();
    let manager = stage.client(Role::Manager, Scope::Tenant);
    publish(&stage, &tasks(&stage, &world, 3)).await;
    let mut sql = stage.sql().await;
    sqlx::query("delete from reporting.feed where seq <= 2").execute(&mut sql).await.unwrap();
    for (seen, word) in [(1, "live.reset"), (2, "live.started"), (1_000_000, "live.reset")] {
        let (_, first) = Stream::open(&manager, Some(seen)).await.read().await;
        assert_eq!(first["type"], json!(word), "{seen}");
    }
    for bad in ["x", "-1", "1.5", "99999999999999999999"] {
        let answer = manager.clone().header("last-event-id", bad).get("/v1/live").await;
        assert_eq!(answer.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn entries_older_than_thirty_days_give_way_to_new_ones() {
    let stage = stage().await;
    let world = World::new();
    publish(&stage, &tasks(&stage, &world, 3)).await;
    stage.clock.advance(TimeDelta::days(31));
    publish(&stage, &tasks(&stage, &world, 2)).await;
    let mut sql = stage.sql().await;
    let kept: Vec<i64> = sqlx::query_scalar("select seq from reporting.feed order by seq")
        .fetch_all(&mut sql)
        .await
        .unwrap();
    assert_eq!(kept, [4, 5]);
}

#[tokio::test]
async fn streams_end_when_the_process_stops() {
    static STOP: LazyLock<CancellationToken> = LazyLock::new(CancellationToken::new);
    let stage = Stage::new(&[|| reporting::module_with(STOP.clone())]).await;
    let mut live = Stream::open(&stage.client(Role::Manager, Scope::Tenant), None).await;
    live.read().await;
    STOP.cancel();
    assert!(live.next().await.is_none());
}
