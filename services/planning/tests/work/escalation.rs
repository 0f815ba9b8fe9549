//! After how long incidents are passed on: the firm's own times, also for those that are open.

use auth::{Role, Scope};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Clock, IncidentId, ProjectId};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use testkit::{Answer, Client};

use crate::world::World;

const PATH: &str = "/v1/incident-escalation";

fn steps(project_lead: impl Into<Option<i32>>, manager: impl Into<Option<i32>>) -> Value {
    json!({"project_lead_min": project_lead.into(), "manager_min": manager.into()})
}

fn times(high: Value) -> Value {
    json!({"low": steps(None, None), "medium": steps(1_440, 4_320), "high": high,
           "critical": steps(30, 120)})
}

async fn set(client: &Client, version: i64, times: Value) -> Answer {
    let client = client.clone().header("if-match", format!("\"{version}\""));
    client.put(PATH, times).await
}

fn admin(world: &World) -> Client {
    world.stage.client(Role::TenantAdmin, Scope::Tenant)
}

async fn report(world: &World, severity: &str) -> Value {
    let new = json!({"site_id": world.site, "title": "Câble nu", "severity": severity,
                     "cause": "safety"});
    world.lead.post("/v1/incidents", new).await.expect(201)
}

fn at(incident: &Value) -> String {
    format!("/v1/incidents/{}", incident["id"].as_str().unwrap())
}

async fn passed_on(world: &World, incident: &Value) -> Value {
    world.lead.get(&at(incident)).await.expect(200)["escalated_to"].clone()
}

async fn later(world: &World, minutes: i64) {
    world.stage.clock.advance(TimeDelta::minutes(minutes));
    world.stage.settle().await;
}

/// How often something was told, by what it was.
async fn told(world: &World, action: &str) -> i64 {
    sqlx::query_scalar("select count(*) from core.audit_entry where action = $1")
        .bind(action)
        .fetch_one(&mut world.stage.sql().await)
        .await
        .unwrap()
}

/// An open, grave incident as the service keeps it, reported at a moment.
async fn keep(conn: &mut PgConnection, world: &World, at: DateTime<Utc>) -> IncidentId {
    let id = IncidentId::new();
    sqlx::query(
        "insert into planning.incident (id, site_id, project_id, title, description, severity,
             cause, status, reported_at, recorded_at, reported_by)
         values ($1, $2, $3, 'Câble nu', '', 'high', 'safety', 'open', $4, $4, $1)",
    )
    .bind(id)
    .bind(world.site)
    .bind(world.project)
    .bind(at)
    .execute(conn)
    .await
    .unwrap();
    id
}

#[tokio::test]
async fn the_usual_times_hold_until_the_firm_sets_its_own() {
    let world = World::new().await;
    let read = world.lead.get(PATH).await.expect(200);
    assert_eq!((&read["version"], &read["times"]), (&json!(0), &times(steps(240, 1_440))));
    assert_eq!(read["usual"], read["times"]);
    let own = times(steps(60, None));
    let kept = set(&admin(&world), 0, own.clone()).await.expect(200);
    assert_eq!((&kept["version"], &kept["times"]), (&json!(1), &own));
    assert_eq!(kept["usual"], read["usual"]);
    assert_eq!(world.lead.get(PATH).await.expect(200), kept);
    let stale = set(&admin(&world), 0, own.clone()).await.expect(412);
    assert_eq!(stale["current"], kept);
    // The same call twice is one.
    let once = admin(&world).header("idempotency-key", "times");
    let first = set(&once, 1, own.clone()).await;
    assert_eq!(set(&once, 1, own).await.bytes, first.bytes);
    assert_eq!(told(&world, "incident_escalation.set").await, 2);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_time_that_is_shortened_counts_for_incidents_that_are_open() {
    let world = World::new().await;
    let (grave, noted) = (report(&world, "high").await, report(&world, "low").await);
    let done = report(&world, "high").await;
    let how = json!({"resolution": "Isolé"});
    world.lead.post(&format!("{}/resolve", at(&done)), how).await.expect(200);
    later(&world, 50).await;
    assert_eq!(passed_on(&world, &grave).await, Value::Null);
    let mut own = times(steps(60, 90));
    own["low"] = steps(None, 55);
    set(&admin(&world), 0, own.clone()).await.expect(200);
    later(&world, 4).await;
    assert_eq!(passed_on(&world, &noted).await, Value::Null);
    later(&world, 1).await;
    assert_eq!(passed_on(&world, &noted).await, "manager", "never before, and at 55 minutes now");
    assert_eq!(passed_on(&world, &grave).await, Value::Null);
    later(&world, 5).await;
    assert_eq!(passed_on(&world, &grave).await, "project_lead");
    // What would have been passed on by now is at once.
    own["high"] = steps(10, 20);
    set(&admin(&world), 1, own).await.expect(200);
    world.stage.settle().await;
    assert_eq!(passed_on(&world, &grave).await, "manager");
    later(&world, 60 * 24 * 40).await;
    assert_eq!(passed_on(&world, &done).await, Value::Null);
    assert_eq!(told(&world, "incident.escalated").await, 3, "once to each");
}

#[tokio::test]
async fn a_time_that_is_put_off_or_taken_away_passes_nothing_on_before() {
    let world = World::new().await;
    let grave = report(&world, "high").await;
    set(&admin(&world), 0, times(steps(600, None))).await.expect(200);
    later(&world, 599).await;
    assert_eq!(passed_on(&world, &grave).await, Value::Null, "not after the four hours of before");
    later(&world, 1).await;
    assert_eq!(passed_on(&world, &grave).await, "project_lead");
    later(&world, 60 * 24 * 3).await;
    assert_eq!(passed_on(&world, &grave).await, "project_lead", "the managers never");
    // New ones as well; what was passed on stays so.
    let fresh = report(&world, "high").await;
    set(&admin(&world), 1, times(steps(None, None))).await.expect(200);
    later(&world, 60 * 24 * 3).await;
    assert_eq!(passed_on(&world, &fresh).await, Value::Null);
    assert_eq!(passed_on(&world, &grave).await, "project_lead");
    set(&admin(&world), 2, times(steps(None, 60))).await.expect(200);
    world.stage.settle().await;
    for incident in [&fresh, &grave] {
        assert_eq!(passed_on(&world, incident).await, "manager");
    }
}

#[tokio::test]
async fn an_incident_that_somebody_leaves_again_is_passed_on_as_if_nobody_had_been_on_it() {
    let world = World::new().await;
    let grave = report(&world, "high").await;
    let path = at(&grave);
    let on_it = json!({"status": "in_progress"});
    world.lead.patch_match(&path, 1, on_it).await.expect(200);
    later(&world, 300).await;
    assert_eq!(passed_on(&world, &grave).await, Value::Null, "somebody is on it");
    world.lead.patch_match(&path, 2, json!({"status": "open"})).await.expect(200);
    world.stage.settle().await;
    assert_eq!(passed_on(&world, &grave).await, "project_lead");
    // One that seemed less bad at first counts from when it was heard of.
    let small = report(&world, "low").await;
    later(&world, 40).await;
    world.lead.patch_match(&at(&small), 1, json!({"severity": "critical"})).await.expect(200);
    world.stage.settle().await;
    assert_eq!(passed_on(&world, &small).await, "project_lead");
}

#[tokio::test]
async fn all_open_incidents_are_found_page_by_page() {
    let world = World::new().await;
    let mut sql = world.stage.sql().await;
    let now = world.stage.clock.now();
    for _ in 0..205 {
        keep(&mut sql, &world, now - TimeDelta::minutes(30)).await;
    }
    set(&admin(&world), 0, times(steps(20, None))).await.expect(200);
    world.stage.settle().await;
    let left: i64 =
        sqlx::query_scalar("select count(*) from planning.incident where escalation = 0")
            .fetch_one(&mut sql)
            .await
            .unwrap();
    assert_eq!((left, told(&world, "incident.escalated").await), (0, 205));
}

#[tokio::test]
async fn an_incident_whose_report_is_not_committed_yet_is_not_passed_over() {
    let world = World::new().await;
    let mut sql = world.stage.sql().await;
    let now = world.stage.clock.now();
    // A report that has read the times of before and is still being written.
    let mut report = sql.begin().await.unwrap();
    sqlx::query(
        "select pg_advisory_xact_lock_shared('planning.incident_escalation'::regclass::oid::bigint)",
    )
    .execute(&mut *report)
    .await
    .unwrap();
    let id = keep(&mut report, &world, now - TimeDelta::minutes(30)).await;
    let admin = admin(&world);
    let setting = tokio::spawn(async move { set(&admin, 0, times(steps(20, None))).await });
    let mut other = world.stage.sql().await;
    testkit::eventually("the times wait for the report", async || {
        let waits: bool = sqlx::query_scalar(
            "select exists(select from pg_locks where locktype = 'advisory' and not granted
                           and database = (select oid from pg_database
                                           where datname = current_database()))",
        )
        .fetch_one(&mut other)
        .await
        .unwrap();
        waits.then_some(())
    })
    .await;
    report.commit().await.unwrap();
    setting.await.unwrap().expect(200);
    world.stage.settle().await;
    let found = world.lead.get(&format!("/v1/incidents/{id}")).await.expect(200);
    assert_eq!(found["escalated_to"], "project_lead");
}

#[tokio::test]
async fn those_of_the_whole_firm_set_them_who_deals_with_incidents_reads_them() {
    let world = World::new().await;
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    let own = times(steps(60, 120));
    set(&manager, 0, own.clone()).await.expect(200);
    let of_one = world.stage.client(Role::Manager, Scope::Project(world.project));
    let of_another = world.stage.client(Role::Manager, Scope::Project(ProjectId::new()));
    for client in [&of_one, &of_another, &world.planner(), &world.lead] {
        assert_eq!(client.get(PATH).await.expect(200)["times"], own);
        set(client, 1, own.clone()).await.expect(403);
    }
    let phone = world.phone(world.awa);
    phone.get(PATH).await.expect(403);
    set(&phone, 1, own.clone()).await.expect(403);
    let abroad = world.stage.another_tenant().await;
    let abroad = world.stage.client_at(&abroad, Role::TenantAdmin, Scope::Tenant);
    assert_eq!(abroad.get(PATH).await.expect(200)["version"], 0);
    world.stage.settle().await;
}

#[tokio::test]
async fn times_that_cannot_be_are_refused_and_named() {
    let world = World::new().await;
    let admin = admin(&world);
    let over = |more: Value| {
        let mut body = times(steps(60, 120));
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (more, pointer) in [
        (json!({"high": steps(60, 59)}), "/high/manager_min"),
        (json!({"low": steps(0, 60)}), "/low/project_lead_min"),
        (json!({"medium": steps(None, 43_201)}), "/medium/manager_min"),
        (json!({"critical": steps(-5, None)}), "/critical/project_lead_min"),
        (json!({"critical": {"manager_min": 5}}), "/critical"),
        (
            json!({"critical": {"project_lead_min": 5.5, "manager_min": 9}}),
            "/critical/project_lead_min",
        ),
        (json!({"high": null}), "/high"),
        (json!({"urgent": steps(1, 2)}), "/urgent"),
    ] {
        let answer = set(&admin, 0, over(more.clone())).await;
        assert_eq!(answer.status.as_u16(), 422, "{more}");
        assert!(answer.pointers()[0].starts_with(pointer), "{more}: {:?}", answer.pointers());
    }
    assert_eq!(set(&admin, 0, json!([])).await.status.as_u16(), 422);
    assert_eq!(admin.put(PATH, over(json!({}))).await.status.as_u16(), 428);
    assert_eq!(told(&world, "incident_escalation.set").await, 0);
}
