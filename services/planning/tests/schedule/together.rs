//! Two project leads drag in the same plan at once.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::Client;

use crate::world::World;
use crate::{dates, make, plan};

const TASKS: usize = 12;
const MOVES: usize = 200;

/// A chain of tasks with a side branch, all on one day.
async fn plant(world: &World) -> Vec<Value> {
    let mut tasks = Vec::new();
    for nth in 0..TASKS {
        tasks.push(world.task(&format!("T{nth}"), 6, 7, json!({})).await);
    }
    for (from, to) in [(0, 1), (1, 2), (2, 3), (0, 4), (4, 5), (6, 7), (7, 8), (3, 9), (8, 9)] {
        let link = json!({"kind": "link", "predecessor": tasks[from]["id"],
                          "successor": tasks[to]["id"], "lag_min": 15});
        make(&world.planner(), link).await.expect(200);
    }
    let last = json!({"kind": "constrain", "task_id": tasks[9]["id"],
                      "constraint": "finish_no_later_than", "at": "2026-03-02T16:00:00Z"});
    make(&world.planner(), last).await.expect(200);
    tasks
}

/// What one of them asks: the same for the same number, so that it can be asked again.
fn edit(tasks: &[Value], seed: usize) -> Value {
    let mixed = seed.wrapping_mul(2_654_435_761) >> 7;
    let task = &tasks[mixed % TASKS]["id"];
    let minutes = (mixed / TASKS) % 420;
    match mixed % 5 {
        0 => json!({"kind": "resize", "task_id": task, "duration_min": 15 + minutes % 120}),
        1 => json!({"kind": "link", "predecessor": task,
                    "successor": tasks[(mixed / 13) % TASKS]["id"], "lag_min": minutes % 30}),
        _ => json!({"kind": "drag", "task_id": task,
                    "start": format!("2026-03-02T{:02}:{:02}:00Z", 6 + minutes / 60, minutes % 60)}),
    }
}

/// Every refusal says why.
fn explained(answer: &Value) -> bool {
    match answer["type"].as_str().unwrap_or_default().rsplit(':').next().unwrap_or_default() {
        "constraint-broken" => answer["broken"][0]["by_min"].as_i64().is_some_and(|by| by != 0),
        "starts-too-early" => answer["earliest"].is_string(),
        "cycle" => !answer["cycle"].as_array().unwrap().is_empty(),
        "already-exists" => true,
        _ => false,
    }
}

/// Makes the moves, each on the version last seen; answers those that were done, by the version
/// that they made.
async fn drag(
    client: Client,
    project: String,
    tasks: Vec<Value>,
    who: usize,
) -> BTreeMap<i64, Value> {
    let mut done = BTreeMap::new();
    let path = format!("/v1/schedule?project_id={project}");
    let mut version = client.get(&path).await.expect(200)["version"].as_i64().unwrap();
    for nth in 0..MOVES {
        let edit = edit(&tasks, 2 * nth + who);
        loop {
            let new = json!({"move": edit, "plan_version": version});
            let answer = client.post("/v1/schedule/moves", new).await;
            match answer.status.as_u16() {
                200 => {
                    version = answer.json["plan_version"].as_i64().unwrap();
                    assert!(done.insert(version, edit).is_none());
                    break;
                }
                412 => {
                    let moves = answer.json["moves"].as_array().unwrap();
                    let now = answer.json["plan_version"].as_i64().unwrap();
                    let told: Vec<_> =
                        moves.iter().map(|m| m["version"].as_i64().unwrap()).collect();
                    assert_eq!(told, (version + 1..=now).collect::<Vec<_>>(), "all of it is told");
                    version = now;
                }
                409 => {
                    assert!(explained(&answer.json), "{}", answer.json);
                    break;
                }
                other => panic!("{other}: {}", answer.json),
            }
        }
    }
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_project_leads_lose_no_move_and_the_plan_is_what_their_moves_make_of_it() {
    let world = World::new().await;
    let tasks = plant(&world).await;
    let project = world.project.to_string();
    let side =
        |who: usize| tokio::spawn(drag(world.planner(), project.clone(), tasks.clone(), who));
    let (one, two) = (side(0), side(1));
    let (one, two) = (one.await.unwrap(), two.await.unwrap());
    assert!(one.len() > 20 && two.len() > 20, "{} and {} moves were done", one.len(), two.len());
    let mut all = one.clone();
    all.extend(two.clone());
    assert_eq!(all.len(), one.len() + two.len(), "each move made a version of its own");

    let last = plan(&world).await;
    assert_eq!(last["version"].as_i64(), all.keys().next_back().copied());
    assert_eq!(world.stage.settle().await, ());

    // The same moves, one after the other, in another firm's empty plan.
    let again = World::new().await;
    let others = plant(&again).await;
    let named: BTreeMap<_, _> = tasks
        .iter()
        .zip(&others)
        .map(|(a, b)| (a["id"].as_str().unwrap(), b["id"].as_str().unwrap()))
        .collect();
    let planner = again.planner();
    for edit in all.values() {
        let mut text = edit.to_string();
        for (old, new) in &named {
            text = text.replace(old, new);
        }
        make(&planner, serde_json::from_str(&text).unwrap()).await.expect(200);
    }
    let mut expected = dates(&plan(&again).await);
    let mut found = dates(&last);
    for row in &mut found {
        row.0 = named[row.0.as_str()].to_owned();
    }
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}
