//! Promises as figures and as alerts.

use auth::{Role, Scope};
use contracts::{ServiceTarget, ServiceTimerChange, ServiceTimerChanged, ServiceTimerState};
use kernel::{Clock, ServiceTimerId};
use serde_json::{Value, json};

use crate::stage;
use crate::world::{World, at, publish, task, told};

fn timer(world: &World, site: usize) -> ServiceTimerChanged {
    ServiceTimerChanged {
        timer: ServiceTimerId::new(),
        version: 1,
        change: ServiceTimerChange::Started,
        site: world.sites[site],
        project: world.project_of(site),
        task: None,
        incident: None,
        target: ServiceTarget::Resolve,
        state: ServiceTimerState::Running,
        due_at: at("2026-03-02T12:00:00Z"),
        met_at: None,
        closed: false,
        escalation: 0,
    }
}

fn breached(of: &ServiceTimerChanged) -> ServiceTimerChanged {
    ServiceTimerChanged {
        version: 2,
        change: ServiceTimerChange::Breached,
        state: ServiceTimerState::Breached,
        escalation: 2,
        ..of.clone()
    }
}

fn met(of: &ServiceTimerChanged) -> ServiceTimerChanged {
    ServiceTimerChanged {
        version: 3,
        change: ServiceTimerChange::Met,
        state: ServiceTimerState::Met,
        met_at: Some(at("2026-03-02T11:00:00Z")),
        closed: true,
        ..of.clone()
    }
}

#[tokio::test]
async fn the_share_that_was_kept_is_of_what_was_kept_or_broken() {
    let stage = stage().await;
    let world = World::new();
    let tenant = stage.tenant.id;
    publish(&stage, &world.founding(tenant)).await;
    let now = stage.clock.now();
    let manager = stage.client(Role::Manager, Scope::Tenant);
    let figures = async |query: &str| {
        let kpis = manager.get(&format!("/v1/kpis{query}")).await.expect(200);
        kpis["total"]["service_levels"].clone()
    };
    assert_eq!(figures("").await["met_share"], Value::Null);
    let all: Vec<_> = (0..4).map(|n| timer(&world, n % 2)).collect();
    let mut events: Vec<_> = all.iter().map(|one| told(tenant, one, now)).collect();
    events.extend(all[..2].iter().map(|one| told(tenant, &met(one), now)));
    events.push(told(tenant, &breached(&all[2]), now));
    // Late news of one that was kept, and one on another day.
    events.push(told(tenant, &breached(&all[0]), now));
    let other_day = ServiceTimerChanged { due_at: at("2026-03-03T12:00:00Z"), ..timer(&world, 2) };
    events.push(told(tenant, &breached(&other_day), now));
    publish(&stage, &events).await;
    let all = json!({"open": 1, "met": 2, "breached": 2, "met_share": 50.0});
    assert_eq!(figures("").await, all);
    let day = json!({"open": 1, "met": 2, "breached": 1, "met_share": 66.7});
    assert_eq!(figures("?day=2026-03-02").await, day);
    let lead = stage.client(Role::SiteLead, Scope::Site(world.sites[1]));
    let own = lead.get("/v1/kpis").await.expect(200);
    let own = &own["total"]["service_levels"];
    assert_eq!(own, &json!({"open": 1, "met": 1, "breached": 0, "met_share": 100.0}));
}

#[tokio::test]
async fn a_broken_promise_is_an_alert_while_it_is_waited_for() {
    let stage = stage().await;
    let world = World::new();
    let (tenant, now) = (stage.tenant.id, stage.clock.now());
    let planned = task(&world, 0, 1);
    let about = ServiceTimerChanged { task: Some(planned.task), ..timer(&world, 0) };
    let lead = stage.client(Role::SiteLead, Scope::Site(world.sites[0]));
    let other = stage.client(Role::SiteLead, Scope::Site(world.sites[1]));
    let open = async |client: &testkit::Client| {
        let page = client.get("/v1/alerts?open=true").await.expect(200);
        let alerts = page["items"].as_array().unwrap().clone();
        let rule = json!("service_level_breached");
        alerts.into_iter().filter(|alert| alert["rule"] == rule).collect::<Vec<_>>()
    };
    publish(&stage, &[told(tenant, &planned, now), told(tenant, &about, now)]).await;
    assert!(open(&lead).await.is_empty());
    let broken = breached(&about);
    publish(&stage, &[told(tenant, &broken, now), told(tenant, &broken, now)]).await;
    let alerts = open(&lead).await;
    assert_eq!(alerts.len(), 1);
    assert_eq!(
        (&alerts[0]["entity"], &alerts[0]["entity_id"]),
        (&json!("service_timer"), &json!(about.timer))
    );
    assert!(open(&other).await.is_empty());
    // Done late: it stays broken in the figures and asks for nothing any more.
    let late = ServiceTimerChanged {
        version: 3,
        change: ServiceTimerChange::Late,
        met_at: Some(now),
        closed: true,
        ..broken
    };
    publish(&stage, &[told(tenant, &late, now)]).await;
    assert!(open(&lead).await.is_empty());
    let kpis = lead.get("/v1/kpis").await.expect(200);
    assert_eq!(kpis["total"]["service_levels"]["breached"], 1);
}
