use auth::{Role, Scope};
use contracts::{Envelope, TaskChange, TaskChanged, TaskStatus};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};
use testkit::{Stage, Tenant};
use uuid::Uuid;

use crate::stage;
use crate::world::{World, at, publish, publish_at_once, task, told};

const FACTS: [&str; 10] = [
    "project_fact",
    "site_fact",
    "milestone_fact",
    "task_fact",
    "incident_fact",
    "time_entry_fact",
    "photo_fact",
    "signature_fact",
    "checklist_run_fact",
    "document_fact",
];

async fn facts(sql: &mut PgConnection) -> Vec<Value> {
    let mut all = Vec::new();
    for table in FACTS {
        let rows: Option<Value> = sqlx::query_scalar(AssertSqlSafe(format!(
            "select jsonb_agg(to_jsonb(t) order by id) from reporting.{table} t"
        )))
        .fetch_one(&mut *sql)
        .await
        .unwrap();
        all.push(rows.unwrap_or_else(|| panic!("{table} is empty")));
    }
    all
}

async fn figures(stage: &Stage, tenant: &Tenant) -> Value {
    let manager = stage.client_at(tenant, Role::Manager, Scope::Tenant);
    let mut kpis = manager.get("/v1/kpis?day=2026-03-02").await.expect(200);
    kpis["lag_ms"] = Value::Null;
    kpis
}

async fn feed_counts(sql: &mut PgConnection) -> (i64, i64, i64) {
    sqlx::query_as(
        "select count(*) filter (where entity <> 'alert'),
                count(distinct (entity_id, version, kind)) filter (where entity <> 'alert'),
                (select seq from reporting.feed_head) - count(*)
         from reporting.feed",
    )
    .fetch_one(sql)
    .await
    .unwrap()
}

#[tokio::test]
async fn every_event_three_times_in_any_order_leaves_the_same_facts_figures_and_feed() {
    let stage = stage().await;
    let world = World::new();
    let orderly = world.day(stage.tenant.id);
    publish(&stage, &orderly).await;

    let other = stage.another_tenant().await;
    let mut unruly: Vec<Envelope> = Vec::new();
    for _ in 0..3 {
        unruly.extend(orderly.iter().cloned().map(|e| Envelope { tenant: other.id, ..e }));
    }
    unruly.shuffle(&mut StdRng::seed_from_u64(17));
    publish_at_once(&stage, &unruly, 7).await;

    let (mut sql, mut other_sql) = (stage.sql().await, stage.sql_at(&other).await);
    assert_eq!(facts(&mut sql).await, facts(&mut other_sql).await);
    assert_eq!(figures(&stage, &stage.tenant).await, figures(&stage, &other).await);
    let events = i64::try_from(orderly.len()).unwrap();
    // Each once, and no number is missing.
    assert_eq!(feed_counts(&mut sql).await, (events, events, 0));
    assert_eq!(feed_counts(&mut other_sql).await, (events, events, 0));
    stage.settle().await;
}

#[tokio::test]
async fn late_news_never_overwrites_newer() {
    let stage = stage().await;
    let world = World::new();
    let old = task(&world, 0, 4);
    let new = TaskChanged {
        version: 5,
        change: TaskChange::Validated,
        status: TaskStatus::Validated,
        ..old.clone()
    };
    let (sent, late) = (at("2026-03-02T12:00:00Z"), at("2026-03-02T08:00:00Z"));
    publish(&stage, &[told(stage.tenant.id, &new, sent)]).await;
    publish(&stage, &[told(stage.tenant.id, &old, late)]).await;
    let manager = stage.client(Role::Manager, Scope::Tenant);
    let kpis = manager.get("/v1/kpis").await.expect(200);
    assert_eq!(kpis["total"]["tasks"]["validated"], json!(1));
    assert_eq!(kpis["total"]["tasks"]["planned"], json!(0));
    assert_eq!(kpis["as_of"], json!("2026-03-02T12:00:00Z"));
}

#[tokio::test]
async fn an_event_that_does_not_read_is_put_aside_and_the_next_is_taken() {
    let stage = stage().await;
    let world = World::new();
    let good = told(stage.tenant.id, &task(&world, 0, 4), at("2026-03-02T08:00:00Z"));
    let bad = told(stage.tenant.id, &task(&world, 0, 4), at("2026-03-02T08:00:00Z"));
    let bad = Envelope { payload: json!({ "task": "no id" }), ..bad };
    stage.bus.publish(&[bad.clone(), good]).await;
    let dead = stage.bus.dead_letters(10).await.unwrap();
    assert_eq!(dead.iter().map(|d| d.id).collect::<Vec<_>>(), [Some(bad.id)]);
    let manager = stage.client(Role::Manager, Scope::Tenant);
    let kpis = manager.get("/v1/kpis").await.expect(200);
    assert_eq!(kpis["total"]["tasks"]["planned"], json!(1));
}

#[tokio::test]
async fn a_bad_event_costs_its_batch_nothing_and_a_double_in_it_counts_once() {
    let stage = stage().await;
    let world = World::new();
    let tell = |version| {
        let task = TaskChanged { version, ..task(&world, 0, 4) };
        told(stage.tenant.id, &task, at("2026-03-02T08:00:00Z"))
    };
    let [first, second, bad, third] = [1, 2, 3, 4].map(tell);
    let bad = Envelope { payload: json!({ "task": "no id" }), ..bad };
    let batch = [first.clone(), second.clone(), first.clone(), bad.clone(), third.clone()];
    // Twice, as after a crash between the commit and its acknowledgement.
    for _ in 0..2 {
        publish(&stage, &batch).await;
    }
    let entries: Vec<(i64, Uuid)> = sqlx::query_as(
        "select seq, entity_id from reporting.feed where entity = 'task' order by seq",
    )
    .fetch_all(&mut stage.sql().await)
    .await
    .unwrap();
    let told = [first.entity_id, second.entity_id, third.entity_id];
    assert_eq!(entries, [1, 2, 3].into_iter().zip(told).collect::<Vec<_>>());
    let dead = stage.bus.dead_letters(10).await.unwrap();
    assert_eq!(dead.iter().map(|d| d.id).collect::<Vec<_>>(), [Some(bad.id)]);
    let manager = stage.client(Role::Manager, Scope::Tenant);
    let kpis = manager.get("/v1/kpis").await.expect(200);
    assert_eq!(kpis["total"]["tasks"]["planned"], json!(3));
}
