//! A week to come: Monday 1 March 2027 and the days after it.

use kernel::WorkerId;
use serde_json::{Value, json};
use testkit::eventually;

use crate::world::World;

/// A value of the day of March 2027, as the API takes instants.
pub fn at(day: u32, time: &str) -> String {
    format!("2027-03-{day:02}T{time}:00Z")
}

/// A task on a day of March 2027, from one time to another in UTC, with more values.
pub async fn task(world: &World, title: &str, day: u32, span: (&str, &str), more: Value) -> Value {
    let mut new = json!({"site_id": world.site, "title": title,
                         "starts_at": at(day, span.0), "ends_at": at(day, span.1)});
    new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.lead.post("/v1/tasks", new).await.expect(201)
}

/// Lets the certificate of Awa's skill hold for that year.
pub async fn renew(world: &World) {
    sql(world, "update resources.worker_skill set valid_until = '2027-12-31'").await;
}

/// The firm is one of France.
pub async fn in_france(world: &World) {
    let mut control = world.stage.control_sql().await;
    sqlx::query("update tenancy.tenant set country = 'FR'").execute(&mut control).await.unwrap();
    eventually("the service knows", async || {
        let rules = world.lead.get("/v1/labour/rules").await.expect(200);
        (rules["country"] == "FR").then_some(())
    })
    .await;
}

pub async fn sql(world: &World, statement: &'static str) {
    sqlx::query(statement).execute(&mut world.stage.sql().await).await.unwrap();
}

pub async fn absent(world: &World, worker: WorkerId, from: &str, to: &str) {
    sqlx::query(
        "insert into resources.absence (id, worker_id, from_at, to_at, kind)
         values (gen_random_uuid(), $1, $2::timestamptz, $3::timestamptz, 'sick')",
    )
    .bind(worker)
    .bind(from)
    .bind(to)
    .execute(&mut world.stage.sql().await)
    .await
    .unwrap();
}

/// A search of the world's site over these days of March 2027, in a few rounds.
pub fn search(world: &World, from: u32, to: u32, more: Value) -> Value {
    let mut ask = json!({"site_ids": [world.site], "from": format!("2027-03-{from:02}"),
                         "to": format!("2027-03-{to:02}"), "rounds": 200});
    ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ask
}

/// Makes a search and waits for its end.
pub async fn searched(world: &World, ask: Value) -> Value {
    let run = world.lead.post("/v1/dispatch/runs", ask).await.expect(202);
    ended(world, &run).await
}

/// Waits for the end of a search.
pub async fn ended(world: &World, run: &Value) -> Value {
    let path = format!("/v1/dispatch/runs/{}", run["id"].as_str().unwrap());
    eventually("the search ends", async || {
        let run = world.lead.get(&path).await.expect(200);
        let state = run["state"].as_str().unwrap();
        (!["queued", "running"].contains(&state)).then_some(run)
    })
    .await
}

/// The address of a search, or of something below it.
pub fn of(run: &Value, below: &str) -> String {
    format!("/v1/dispatch/runs/{}{below}", run["id"].as_str().unwrap())
}

/// The assignment that a proposal has for a task.
pub fn placed<'a>(run: &'a Value, task: &Value) -> &'a Value {
    let all = run["proposal"]["assignments"].as_array().unwrap();
    all.iter().find(|placed| placed["task_id"] == task["id"]).unwrap_or(&Value::Null)
}

/// What a proposal says of a task that nobody does.
pub fn undone<'a>(run: &'a Value, task: &Value) -> &'a Value {
    let all = run["proposal"]["unserved"].as_array().unwrap();
    all.iter().find(|undone| undone["task_id"] == task["id"]).unwrap_or(&Value::Null)
}
