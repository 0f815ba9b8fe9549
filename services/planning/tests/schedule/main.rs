//! The plan: moves and what they move, calendars, two planners at once, and taking back.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod calendars;
mod files;
mod moves;
mod progress;
mod together;
mod undo;
#[path = "../work/world.rs"]
#[allow(dead_code)]
mod world;

use serde_json::{Value, json};
use testkit::{Answer, Client};

use world::World;

/// Makes a move.
async fn make(client: &Client, edit: Value) -> Answer {
    client.post("/v1/schedule/moves", json!({ "move": edit })).await
}

/// The plan as it is read.
async fn plan(world: &World) -> Value {
    let path = format!("/v1/schedule?project_id={}", world.project);
    world.planner().get(&path).await.expect(200)
}

/// A task of a plan.
fn row<'a>(plan: &'a Value, task: &Value) -> &'a Value {
    plan["tasks"].as_array().unwrap().iter().find(|t| t["id"] == task["id"]).unwrap()
}

/// The starts and ends of all tasks, by id.
fn dates(plan: &Value) -> Vec<(String, String, String)> {
    let text = |task: &Value, name: &str| task[name].as_str().unwrap().to_owned();
    let tasks = plan["tasks"].as_array().unwrap().iter();
    let mut dates: Vec<_> =
        tasks.map(|t| (text(t, "id"), text(t, "starts_at"), text(t, "ends_at"))).collect();
    dates.sort();
    dates
}

/// Eight to five with an hour's break, on working days.
fn office(world: &World) -> Value {
    let day = json!([{"from": "08:00", "to": "12:00"}, {"from": "13:00", "to": "17:00"}]);
    json!({"project_id": world.project, "name": "Bureau",
           "week": [day, day, day, day, day, [], []]})
}
