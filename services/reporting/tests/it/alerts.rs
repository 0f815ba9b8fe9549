use auth::{Role, Scope};
use chrono::{NaiveDate, TimeDelta};
use contracts::{
    BudgetChange, BudgetChanged, CertificateChange, CertificateChanged, Change, DocumentChange,
    DocumentChanged, IncidentChange, IncidentChanged, IncidentSeverity, IncidentStatus, TaskChange,
    TaskChanged, WorkerChanged,
};
use kernel::{CertificateId, CertificateKindId, Clock, DocumentId, SiteId, WorkerId};
use serde_json::{Value, json};
use testkit::Client;

use crate::stage;
use crate::world::{World, incident, publish, task, told};

async fn open_alerts(client: &Client) -> Vec<Value> {
    let page = client.get("/v1/alerts?open=true").await.expect(200);
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_grave_incident_is_an_alert_until_it_is_resolved() {
    let stage = stage().await;
    let world = World::new();
    let (tenant, now) = (stage.tenant.id, stage.clock.now());
    let manager = stage.client(Role::Manager, Scope::Tenant);
    let low = incident(&world, 0, IncidentSeverity::Low);
    let grave = incident(&world, 0, IncidentSeverity::Critical);
    publish(&stage, &[told(tenant, &low, now), told(tenant, &grave, now)]).await;
    let alerts = open_alerts(&manager).await;
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0]["rule"], json!("incident_severe"));
    assert_eq!(alerts[0]["entity_id"], json!(grave.incident));
    let resolved = IncidentChanged {
        version: 2,
        change: IncidentChange::Resolved,
        status: IncidentStatus::Resolved,
        ..grave
    };
    publish(&stage, &[told(tenant, &resolved, now)]).await;
    assert!(open_alerts(&manager).await.is_empty());
    let closed = manager.get("/v1/alerts?open=false").await.expect(200);
    assert_eq!(closed["items"][0]["version"], json!(2));
}

#[tokio::test]
async fn time_alone_makes_a_task_late_once_and_a_new_plan_clears_it() {
    let stage = stage().await;
    let world = World::new();
    let (tenant, now) = (stage.tenant.id, stage.clock.now());
    let manager = stage.client(Role::Manager, Scope::Tenant);
    let mut planned = task(&world, 0, 1);
    planned.starts_at = now;
    planned.ends_at = now + TimeDelta::hours(1);
    publish(&stage, &[told(tenant, &planned, now)]).await;
    assert!(open_alerts(&manager).await.is_empty());
    stage.clock.advance(TimeDelta::hours(2));
    for _ in 0..2 {
        let alerts = open_alerts(&manager).await;
        assert_eq!(alerts.len(), 1);
        assert_eq!(alerts[0]["rule"], json!("task_late"));
    }
    // Old news of the task, told late, does not clear it.
    let old = TaskChanged { version: 0, ..planned.clone() };
    publish(&stage, &[told(tenant, &old, now)]).await;
    assert_eq!(open_alerts(&manager).await.len(), 1);
    let replanned = TaskChanged {
        version: 2,
        change: TaskChange::Replanned,
        ends_at: now + TimeDelta::hours(9),
        ..planned
    };
    publish(&stage, &[told(tenant, &replanned, stage.clock.now())]).await;
    assert!(open_alerts(&manager).await.is_empty());
}

#[tokio::test]
async fn an_alert_is_acknowledged_by_those_who_see_it() {
    let stage = stage().await;
    let world = World::new();
    let (tenant, now) = (stage.tenant.id, stage.clock.now());
    let grave = incident(&world, 0, IncidentSeverity::High);
    publish(&stage, &[told(tenant, &grave, now)]).await;
    let lead = stage.client(Role::SiteLead, Scope::Site(world.sites[0]));
    let id = open_alerts(&lead).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/alerts/{id}/acknowledge");
    let other = stage.client(Role::SiteLead, Scope::Site(world.sites[1]));
    assert!(open_alerts(&other).await.is_empty());
    assert_eq!(other.post(&path, json!({})).await.status, 404);
    let crew = stage.client(Role::CrewMember, Scope::Tenant);
    assert_eq!(crew.post(&path, json!({})).await.status, 403);
    let lead = lead.header("idempotency-key", "seen");
    let first = lead.post(&path, json!({})).await;
    let again = lead.post(&path, json!({})).await;
    assert_eq!(first.bytes, again.bytes);
    let seen = first.expect(200);
    assert_eq!(seen["acknowledged_by"], json!(lead.user()));
    assert_eq!(seen["version"], json!(2));
    stage.settle().await;
    let mut sql = stage.sql().await;
    let told: i64 = sqlx::query_scalar(
        "select count(*) from reporting.feed where kind in ('alert.raised', 'alert.acknowledged')",
    )
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert_eq!(told, 2);
}

#[tokio::test]
async fn a_reminder_is_one_alert_and_one_line_of_the_feed_however_often_it_is_told() {
    let stage = stage().await;
    let world = World::new();
    let (tenant, now) = (stage.tenant.id, stage.clock.now());
    let manager = stage.client(Role::Manager, Scope::Tenant);
    let last = NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
    let created = DocumentChanged {
        document: DocumentId::new(),
        version: 1,
        change: DocumentChange::Created,
        project: world.project,
        site: Some(world.sites[0]),
        restricted: true,
        expires_on: Some(last),
        current: None,
    };
    let reminder =
        DocumentChanged { version: 2, change: DocumentChange::Expiring, ..created.clone() };
    let reminder = told(tenant, &reminder, now);
    publish(&stage, &[told(tenant, &created, now), reminder.clone(), reminder]).await;
    let alerts = open_alerts(&manager).await;
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0]["rule"], json!("document_expiring"));
    let other = stage.client(Role::SiteLead, Scope::Site(world.sites[1]));
    assert!(open_alerts(&other).await.is_empty());

    // A second reminder of the same day, and late news of the first record: still one alert.
    let second =
        DocumentChanged { version: 3, change: DocumentChange::Expiring, ..created.clone() };
    publish(&stage, &[told(tenant, &second, now), told(tenant, &created, now)]).await;
    assert_eq!(open_alerts(&manager).await.len(), 1);
    let renewed = DocumentChanged {
        version: 4,
        change: DocumentChange::Updated,
        expires_on: NaiveDate::from_ymd_opt(2027, 6, 30),
        ..created
    };
    publish(&stage, &[told(tenant, &renewed, now)]).await;
    assert!(open_alerts(&manager).await.is_empty());
    stage.settle().await;
    let kinds: Vec<String> = sqlx::query_scalar("select kind from reporting.feed order by seq")
        .fetch_all(&mut stage.sql().await)
        .await
        .unwrap();
    // What some roles only see is named by its reminders alone.
    assert_eq!(kinds, ["document.expiring", "alert.raised", "document.expiring", "alert.cleared"]);
}

#[tokio::test]
async fn a_certificate_near_its_end_is_an_alert_of_the_firm_until_it_is_renewed() {
    let stage = stage().await;
    let (tenant, now) = (stage.tenant.id, stage.clock.now());
    let created = CertificateChanged {
        certificate: CertificateId::new(),
        version: 1,
        change: CertificateChange::Created,
        worker: WorkerId::new(),
        kind: CertificateKindId::new(),
        expires_on: NaiveDate::from_ymd_opt(2026, 6, 30),
    };
    let reminder =
        CertificateChanged { version: 2, change: CertificateChange::Expiring, ..created.clone() };
    let reminder = told(tenant, &reminder, now);
    publish(&stage, &[told(tenant, &created, now), reminder.clone(), reminder]).await;
    let manager = stage.client(Role::Manager, Scope::Tenant);
    let alerts = open_alerts(&manager).await;
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0]["rule"], json!("certificate_expiring"));
    assert_eq!(alerts[0]["project_id"], Value::Null);

    // Who manages workers sees it whatever the scope; who does not, does not.
    let lead = stage.client(Role::ProjectLead, Scope::Site(SiteId::new()));
    let site_lead = stage.client(Role::SiteLead, Scope::Site(SiteId::new()));
    assert_eq!(open_alerts(&lead).await, alerts);
    assert!(open_alerts(&site_lead).await.is_empty());
    let path = format!("/v1/alerts/{}/acknowledge", alerts[0]["id"].as_str().unwrap());
    site_lead.post(&path, json!({})).await.expect(404);
    lead.post(&path, json!({})).await.expect(200);

    // One of the same kind that lasts longer clears it, and its removal raises it again.
    let renewed = CertificateChanged {
        certificate: CertificateId::new(),
        expires_on: NaiveDate::from_ymd_opt(2029, 6, 30),
        ..created.clone()
    };
    publish(&stage, &[told(tenant, &renewed, now)]).await;
    assert!(open_alerts(&manager).await.is_empty());
    let removed =
        CertificateChanged { version: 2, change: CertificateChange::Removed, ..renewed.clone() };
    // Late news of what is gone does not bring it back.
    publish(&stage, &[told(tenant, &removed, now), told(tenant, &renewed, now)]).await;
    assert_eq!(open_alerts(&manager).await.len(), 1);
    let gone = CertificateChanged { version: 3, change: CertificateChange::Removed, ..created };
    publish(&stage, &[told(tenant, &gone, now)]).await;
    assert!(open_alerts(&manager).await.is_empty());
    stage.settle().await;
}

#[tokio::test]
async fn who_is_no_longer_planned_leaves_no_alert_of_a_certificate() {
    let stage = stage().await;
    let (tenant, now) = (stage.tenant.id, stage.clock.now());
    let worker = WorkerChanged {
        worker: WorkerId::new(),
        version: 1,
        change: Change::Created,
        user: None,
        active: true,
        skills: Vec::new(),
    };
    let expiring = CertificateChanged {
        certificate: CertificateId::new(),
        version: 2,
        change: CertificateChange::Expiring,
        worker: worker.worker,
        kind: CertificateKindId::new(),
        expires_on: NaiveDate::from_ymd_opt(2026, 6, 30),
    };
    let other = CertificateChanged {
        certificate: CertificateId::new(),
        worker: WorkerId::new(),
        ..expiring.clone()
    };
    let news =
        [told(tenant, &worker, now), told(tenant, &expiring, now), told(tenant, &other, now)];
    publish(&stage, &news).await;
    let manager = stage.client(Role::Manager, Scope::Tenant);
    assert_eq!(open_alerts(&manager).await.len(), 2);

    let at = |version, active| WorkerChanged {
        version,
        active,
        change: Change::Updated,
        ..worker.clone()
    };
    let left = told(tenant, &at(2, false), now);
    publish(&stage, &[left.clone(), left, told(tenant, &worker, now)]).await;
    let open = open_alerts(&manager).await;
    assert_eq!(open.len(), 1, "the other worker's stays");
    assert_eq!(open[0]["entity_id"], json!(other.certificate));
    // Another reminder of before, told late, opens it no more.
    publish(&stage, &[told(tenant, &expiring, now)]).await;
    assert_eq!(open_alerts(&manager).await.len(), 1);
    // Whoever comes back must renew it.
    publish(&stage, &[told(tenant, &at(3, true), now)]).await;
    assert_eq!(open_alerts(&manager).await.len(), 2);
    stage.settle().await;
}

#[tokio::test]
async fn a_forecast_above_its_plan_is_an_alert_for_those_who_see_the_money() {
    let stage = stage().await;
    let world = World::new();
    let (tenant, now) = (stage.tenant.id, stage.clock.now());
    let over = BudgetChanged {
        project: world.project,
        version: 2,
        change: BudgetChange::ForecastOver,
        over: true,
        currency: kernel::Currency::Xof,
        planned_minor: 1_000,
        forecast_minor: 1_200,
    };
    publish(&stage, &[told(tenant, &over, now), told(tenant, &over, now)]).await;
    let lead = stage.client(Role::ProjectLead, Scope::Project(world.project));
    let alerts = open_alerts(&lead).await;
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0]["rule"], json!("forecast_over"));
    assert_eq!(alerts[0]["entity_id"], json!(world.project));
    let path = format!("/v1/alerts/{}/acknowledge", alerts[0]["id"].as_str().unwrap());
    for blind in [
        stage.client(Role::SiteLead, Scope::Tenant),
        stage.client(Role::SiteLead, Scope::Project(world.project)),
        stage.client(Role::ProjectLead, Scope::Project(world.other_project)),
    ] {
        assert!(open_alerts(&blind).await.is_empty());
        blind.post(&path, json!({})).await.expect(404);
    }
    lead.post(&path, json!({})).await.expect(200);
    stage.settle().await;
    // The feed tells it too: the news, the alert and its acknowledgement, all marked as money.
    let marked: Vec<(String, bool)> =
        sqlx::query_as("select kind, money from reporting.feed order by seq")
            .fetch_all(&mut stage.sql().await)
            .await
            .unwrap();
    let kinds: Vec<_> = marked.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds[..2], ["budget.forecast_over", "alert.raised"]);
    assert!(marked.iter().all(|(_, money)| *money), "{marked:?}");
    let back = BudgetChanged {
        version: 3,
        change: BudgetChange::ForecastBack,
        over: false,
        ..over.clone()
    };
    publish(&stage, &[told(tenant, &back, now), told(tenant, &over, now)]).await;
    assert!(open_alerts(&lead).await.is_empty(), "late news does not raise it again");
}
