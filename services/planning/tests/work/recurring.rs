//! Tasks that recur: planned ahead, each day once; and what a change to their template reaches.

use auth::{Role, Scope};
use chrono::{NaiveDate, TimeDelta};
use kernel::{Clock, SkillId};
use serde_json::{Value, json};
use testkit::eventually;

use crate::world::{World, at, step};

fn today(world: &World) -> NaiveDate {
    world.stage.clock.now().date_naive()
}

fn daily(world: &World) -> Value {
    json!({"site_id": world.site, "title": "Ronde", "duration_min": 30, "rule": "FREQ=DAILY",
           "starts_on": today(world), "starts_at": "08:00", "horizon_days": 5})
}

fn path(template: &Value, below: &str) -> String {
    format!("/v1/task-templates/{}{below}", template["id"].as_str().unwrap())
}

/// The tasks of the site: starts and titles, in order, of those that are not cancelled.
async fn tasks(world: &World) -> Vec<Value> {
    let page = world.lead.get("/v1/tasks?limit=200").await.expect(200);
    let items = page["items"].as_array().unwrap().iter();
    items.filter(|task| task["status"] != "cancelled").cloned().collect()
}

#[tokio::test]
async fn each_day_is_planned_once_as_far_ahead_as_the_template_says() {
    let world = World::new().await;
    let template = world.lead.post("/v1/task-templates", daily(&world)).await.expect(201);
    world.stage.settle().await;
    let first = tasks(&world).await;
    assert!([5, 6].contains(&first.len()), "today is planned before eight only: {}", first.len());
    let ahead = world.lead.get(&path(&template, "/occurrences")).await.expect(200);
    let ahead = ahead["items"].as_array().unwrap();
    assert_eq!(ahead.len(), first.len());
    assert!(ahead.iter().all(|occurrence| occurrence["task_id"].is_string()));
    // Asked for again, nothing is planned twice; a day later, one more.
    let version = template["version"].as_i64().unwrap();
    let same = json!({"title": "Ronde"});
    world.lead.patch_match(&path(&template, ""), version, same).await.expect(200);
    world.stage.settle().await;
    assert_eq!(tasks(&world).await.len(), first.len());
    world.stage.clock.advance(TimeDelta::days(1));
    world.stage.settle().await;
    assert_eq!(tasks(&world).await.len(), first.len() + 1);
    let days: Vec<_> = tasks(&world).await.iter().map(|t| t["starts_at"].clone()).collect();
    let mut distinct = days.clone();
    distinct.dedup();
    assert_eq!(days, distinct);
}

#[tokio::test]
async fn a_change_reaches_the_tasks_ahead_that_nobody_touched() {
    let world = World::new().await;
    let mut new = daily(&world);
    new["starts_on"] = json!(today(&world) + TimeDelta::days(1));
    let template = world.lead.post("/v1/task-templates", new).await.expect(201);
    world.stage.settle().await;
    let before = tasks(&world).await;
    assert_eq!(before.len(), 5);
    // The first is begun, the second got another title by hand.
    step(&world.lead, &before[0], "start").await.expect(200);
    let own = json!({"title": "Ronde et relève"});
    world.lead.patch_match(&at(&before[1], ""), 1, own).await.expect(200);
    let set =
        json!({"title": "Ronde de nuit", "starts_at": "22:00", "rule": "FREQ=DAILY;INTERVAL=2"});
    let version = template["version"].as_i64().unwrap();
    let other = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    other.patch_match(&path(&template, ""), version, set.clone()).await.expect(404);
    world.lead.patch_match(&path(&template, ""), version + 1, set.clone()).await.expect(412);
    world.lead.patch_match(&path(&template, ""), version, set).await.expect(200);
    world.stage.settle().await;
    let now = tasks(&world).await;
    let titles: Vec<_> = now.iter().map(|t| t["title"].as_str().unwrap()).collect();
    // Days 1, 3 and 5 are of the rule; day 1 is begun, day 2 is somebody's own, day 4 is gone.
    assert_eq!(titles, ["Ronde", "Ronde et relève", "Ronde de nuit", "Ronde de nuit"]);
    assert_eq!(now[0]["id"], before[0]["id"]);
    assert_eq!(now[2]["id"], before[2]["id"], "the same task, changed");
    assert!(now[2]["starts_at"].as_str().unwrap().ends_with("T22:00:00Z"));

    let stop = json!({"active": false});
    world.lead.patch_match(&path(&template, ""), version + 1, stop).await.expect(200);
    world.stage.settle().await;
    assert_eq!(tasks(&world).await.len(), 2, "what was touched stays");
}

#[tokio::test]
async fn a_template_that_ends_meanwhile_plans_nothing_more() {
    let world = World::new().await;
    let template = world.lead.post("/v1/task-templates", daily(&world)).await.expect(201);
    world.stage.settle().await;
    let before = tasks(&world).await.len();
    // Somebody ends it, and has not committed yet when the next day's job comes.
    let mut sql = world.stage.sql().await;
    let mut ends = sqlx::Connection::begin(&mut sql).await.unwrap();
    sqlx::query("update planning.task_template set active = false, version = version + 1")
        .execute(&mut *ends)
        .await
        .unwrap();
    world.stage.clock.advance(TimeDelta::days(1));
    let woken = world.stage.settle();
    let ended = async {
        let waits = "select exists(select 1 from pg_locks l join pg_stat_activity a using (pid)
                                   where not l.granted and a.datname = current_database())
                         or (select count(*) > $1 from planning.task)";
        let mut sql = world.stage.sql().await;
        eventually("the job waits, or has planned", async || {
            let query = sqlx::query_scalar::<_, bool>(waits).bind(i64::try_from(before).unwrap());
            query.fetch_one(&mut sql).await.unwrap().then_some(())
        })
        .await;
        ends.commit().await.unwrap();
    };
    tokio::join!(woken, ended);
    assert_eq!(tasks(&world).await.len(), before);
    let again = world.lead.get(&path(&template, "")).await.expect(200);
    assert_eq!(again["active"], false);
}

#[tokio::test]
async fn a_template_is_seen_by_who_plans_and_says_what_is_wrong() {
    let world = World::new().await;
    let template = world.lead.post("/v1/task-templates", daily(&world)).await.expect(201);
    world.planner().get(&path(&template, "")).await.expect(200);
    for client in [
        world.phone(world.awa),
        world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere)),
        world.stage.client(Role::TenantAdmin, Scope::Tenant),
    ] {
        client.get(&path(&template, "")).await.expect(404);
        client.get(&path(&template, "/occurrences")).await.expect(404);
    }
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    manager.post("/v1/task-templates", daily(&world)).await.expect(403);
    let list = format!("/v1/task-templates?site_id={}", world.site);
    assert_eq!(world.lead.get(&list).await.expect(200)["items"], json!([template]));
    for (field, value) in [
        ("rule", json!("FREQ=HOURLY")),
        ("rule", json!("FREQ=DAILY;BYSETPOS=1")),
        ("starts_on", json!("2026-02-30")),
        ("starts_on", json!("0001-01-01")),
        ("starts_at", json!("25:00")),
        ("duration_min", json!(0)),
        ("horizon_days", json!(400)),
        ("closed", json!("never")),
        ("skills", json!([SkillId::new()])),
        ("title", json!("")),
        ("colour", json!("red")),
    ] {
        let mut body = daily(&world);
        body[field] = value.clone();
        let answer = world.lead.post("/v1/task-templates", body).await;
        assert_eq!(answer.status.as_u16(), 422, "{field}: {value}");
        assert_eq!(answer.pointers()[0], format!("/{field}"), "{value}");
    }
    world.stage.settle().await;
}
