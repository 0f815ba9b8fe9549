//! A depot's tool is with one worker a day, whoever plans it and for whichever site.

use serde_json::{Value, json};

use crate::week::{at, of, placed, search, searched, sql, task, undone};
use crate::world::{World, at as path};

const DEPOT: &str = "insert into resources.depot
    (id, name, lat, lon, zone, opening_hours, active, version)
    values ('00000000-0000-7000-8000-0000000000e1', 'Dépôt', 14.7, -17.4, 'Africa/Dakar', '[]', true,
            1)";
const LIFT: &str = "insert into resources.tool (id, kind, name, depot_id, active, version)
    values (gen_random_uuid(), 'nacelle', 'Nacelle', '00000000-0000-7000-8000-0000000000e1', true, 1)";

fn lift() -> Value {
    json!({"needs": {"tools": ["nacelle"]}})
}

/// A firm with one tool, which Binta has on Monday for the other site; she works here no more.
async fn one_tool_elsewhere() -> World {
    let world = World::new().await;
    sql(&world, DEPOT).await;
    sql(&world, LIFT).await;
    let mut new = json!({"site_id": world.elsewhere, "title": "Ailleurs",
                         "starts_at": at(1, "06:00"), "ends_at": at(1, "08:00")});
    new.as_object_mut().unwrap().extend(lift().as_object().unwrap().clone());
    let elsewhere = world.planner().post("/v1/tasks", new).await.expect(201);
    let binta = json!({"worker_ids": [world.binta]});
    let by = world.planner().header("if-match", "\"1\"");
    by.post(&path(&elsewhere, "/assignments"), binta).await.expect(200);
    sql(&world, "update resources.worker set active = false where name like 'Binta%'").await;
    world
}

/// The rules of the first refusal.
fn rules(refused: &Value) -> Vec<&str> {
    let reasons = refused["reasons"][0]["reasons"].as_array().unwrap();
    reasons.iter().map(|reason| reason["rule"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn by_hand_a_tool_that_is_out_elsewhere_is_refused_and_may_be_agreed_on() {
    let world = one_tool_elsewhere().await;
    let here = task(&world, "Levage", 1, ("14:00", "15:00"), lift()).await;
    let refused = world.assign(&here, &[world.awa]).await.expect(409);
    assert_eq!(rules(&refused), ["tool_out"]);
    let reason = &refused["reasons"][0]["reasons"][0];
    assert_eq!((&reason["there"], &reason["out"]), (&json!(1), &json!(1)));
    assert!(!refused.to_string().contains("Ailleurs"), "what the lead does not see: {refused}");
    // On the board: on Tuesday it is there, back to Monday it is not.
    let put = async |start: String| {
        let version = world.read(&here).await["version"].as_i64().unwrap();
        let to = json!({"task_id": here["id"], "starts_at": start, "worker_ids": [world.awa]});
        let lead = world.lead.clone().header("if-match", format!("\"{version}\""));
        lead.post("/v1/dispatch/moves", to).await
    };
    put(at(2, "14:00")).await.expect(200);
    assert_eq!(rules(&put(at(1, "15:00")).await.expect(409)), ["tool_out"]);
    // A second task of the same day takes no second tool; they may share one by agreement.
    let more = task(&world, "Façade", 2, ("08:00", "09:00"), lift()).await;
    world.assign(&more, &[world.awa]).await.expect(200);
    let shared = task(&world, "Partage", 1, ("16:00", "17:00"), lift()).await;
    let agreed = json!({"worker_ids": [world.awa],
                        "override": {"rules": ["tool_out"], "reason": "La nacelle tourne"}});
    let lead = world.lead.clone().header("if-match", "\"1\"");
    lead.post(&path(&shared, "/assignments"), agreed).await.expect(200);
    let board =
        world.lead.get("/v1/dispatch/board?from=2027-03-01&to=2027-03-02").await.expect(200);
    let breaches = board["workers"][0]["breaches"].as_array().unwrap();
    assert_eq!(breaches.len(), 1, "{board}");
    assert_eq!(breaches[0]["task_id"], shared["id"]);
    assert_eq!(breaches[0]["refusal"]["reasons"][0]["rule"], "tool_out");
    let why = world.lead.get(&path(&shared, "/dispatch-explanation")).await.expect(200);
    assert_eq!(why["workers"][0]["reasons"][0]["rule"], "tool_out");
    let ask = json!({"task_ids": [shared["id"], more["id"]]});
    let proposed = world.lead.post("/v1/dispatch/propose", ask).await.expect(200);
    assert_eq!(proposed["tasks"].as_array().unwrap().len(), 2);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_search_and_an_urgent_task_know_what_is_out_elsewhere() {
    let world = one_tool_elsewhere().await;
    let here = task(&world, "Levage", 1, ("14:00", "15:00"), lift()).await;
    let run = searched(&world, search(&world, 1, 2, json!({}))).await;
    assert_eq!(undone(&run, &here)["rules"], json!({"tool_out": 1}), "{run}");
    assert_eq!(undone(&run, &here)["no_room"], 0);
    let slots = async |to: u32| {
        let window = json!({"from": at(1, "00:00"), "to": at(to, "00:00")});
        let ask = json!({"task_id": here["id"], "window": window});
        world.lead.post("/v1/dispatch/insert", ask).await.expect(200)
    };
    let found = slots(2).await;
    assert_eq!(found["slots"], json!([]));
    assert_eq!(found["others"][0]["reasons"][0]["rule"], "tool_out", "{found}");
    let found = slots(3).await;
    let starts = found["slots"].as_array().unwrap().iter().map(|slot| &slot["starts_at"]);
    let starts: Vec<_> = starts.map(|start| start.as_str().unwrap()).collect();
    assert!(!starts.is_empty(), "{found}");
    assert!(starts.iter().all(|start| start.starts_with("2027-03-02")), "{starts:?}");

    // With a second tool it is planned, and publishing it breaks no rule.
    sql(&world, LIFT).await;
    let run = searched(&world, search(&world, 1, 2, json!({}))).await;
    assert_eq!(placed(&run, &here)["worker_ids"], json!([world.awa]), "{run}");
    world.lead.post(&of(&run, "/publish"), json!({})).await.expect(200);
    // Both tools are out: whoever has one does the next as well.
    let other = task(&world, "Suite", 1, ("09:00", "10:00"), lift()).await;
    sql(&world, "update resources.worker set active = true where name like 'Binta%'").await;
    let run = searched(&world, search(&world, 1, 1, json!({"keep_assigned": true}))).await;
    let who = &placed(&run, &other)["worker_ids"];
    assert!(*who == json!([world.awa]) || *who == json!([world.binta]), "who has one: {run}");
    world.lead.post(&of(&run, "/publish"), json!({})).await.expect(200);
    world.stage.settle().await;
}

#[tokio::test]
async fn of_two_who_take_the_last_tool_at_once_one_is_refused() {
    let world = World::new().await;
    sql(&world, DEPOT).await;
    sql(&world, LIFT).await;
    for day in 1..=5 {
        let one = task(&world, "Levage", day, ("08:00", "09:00"), lift()).await;
        let two = task(&world, "Façade", day, ("10:00", "11:00"), lift()).await;
        let put = |task: &Value, worker: kernel::WorkerId| {
            let lead = world.lead.clone().header("if-match", format!("\"{}\"", task["version"]));
            let path = path(task, "/assignments");
            async move { lead.post(&path, json!({"worker_ids": [worker]})).await }
        };
        let (a, b) = tokio::join!(put(&one, world.awa), put(&two, world.binta));
        let mut both = [a.status.as_u16(), b.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [200, 409], "{} {}", a.json, b.json);
        let refused = if a.status == 409 { a } else { b };
        assert_eq!(rules(&refused.json), ["tool_out"], "{}", refused.json);
    }
}
