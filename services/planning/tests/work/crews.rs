//! Crews as a whole: put on a task, searched for, shown on the board.

use kernel::{CrewId, WorkerId};
use serde_json::{Value, json};

use crate::week::{at, placed, renew, search, searched, task};
use crate::world::World;

/// A crew of these workers; the first leads it.
async fn crew(world: &World, name: &str, workers: &[WorkerId]) -> CrewId {
    let id = CrewId::new();
    let mut sql = world.stage.sql().await;
    let row = "insert into resources.crew (id, name, lead_id, version) values ($1, $2, $3, 1)";
    let row = sqlx::query(row).bind(id).bind(name).bind(workers.first());
    row.execute(&mut sql).await.unwrap();
    let row = "insert into resources.crew_member (crew_id, worker_id) values ($1, $2)";
    for worker in workers {
        sqlx::query(row).bind(id).bind(worker).execute(&mut sql).await.unwrap();
    }
    id
}

/// A third worker, who is not planned any more.
async fn gone(world: &World) -> WorkerId {
    let id = WorkerId::new();
    let row = "insert into resources.worker (id, name, active, days, day_starts, day_ends, version)
               values ($1, 'Cheikh Fall', false, '{1,2,3,4,5}', '08:00', '17:00', 1)";
    sqlx::query(row).bind(id).execute(&mut world.stage.sql().await).await.unwrap();
    id
}

async fn put(world: &World, task: &Value, set: Value) -> testkit::Answer {
    let lead = world.lead.clone().header("if-match", format!("\"{}\"", task["version"]));
    lead.post(&crate::world::at(task, "/assignments"), set).await
}

#[tokio::test]
async fn a_whole_crew_is_put_on_a_task_and_each_of_it_is_checked() {
    let world = World::new().await;
    renew(&world).await;
    let all = [world.binta, world.awa, gone(&world).await];
    let crew = crew(&world, "Équipe A", &all).await;
    let trench = task(&world, "Tranchée", 1, ("08:00", "12:00"), json!({})).await;
    let set = json!({"worker_ids": [world.awa], "crew_ids": [crew]});
    let there = put(&world, &trench, set).await.expect(200);
    let mut both = [world.awa, world.binta];
    both.sort();
    assert_eq!(there["workers"], json!(both), "each once, and nobody who is gone");

    let skilled = json!({"skills": [world.skill]});
    let skilled = task(&world, "Armoire", 2, ("08:00", "12:00"), skilled).await;
    let set = json!({"worker_ids": [], "crew_ids": [crew]});
    let refused = put(&world, &skilled, set).await.expect(409);
    assert_eq!(refused["reasons"][0]["worker_id"], json!(world.binta), "{refused}");
    assert_eq!(refused["reasons"][1], Value::Null, "{refused}");

    let unknown = json!({"worker_ids": [], "crew_ids": [crew, CrewId::new()]});
    let refused = put(&world, &skilled, unknown).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/crew_ids", "{refused}");

    // On the board by the same rules.
    let moved = json!({"task_id": trench["id"], "starts_at": at(3, "08:00"), "crew_ids": [crew]});
    let by = world.lead.clone().header("if-match", format!("\"{}\"", there["version"]));
    let moved = by.post("/v1/dispatch/moves", moved).await.expect(200);
    assert_eq!(moved["workers"], json!(both));
}

#[tokio::test]
async fn the_board_and_a_search_know_crews() {
    let world = World::new().await;
    renew(&world).await;
    let (mine, other) =
        (crew(&world, "Équipe A", &[world.binta]).await, crew(&world, "Équipe B", &[]).await);
    let days = format!("from={}&to={}", &at(1, "00:00")[..10], &at(5, "00:00")[..10]);
    let board = async |more: String| {
        world.lead.get(&format!("/v1/dispatch/board?{days}{more}")).await.expect(200)
    };
    let whole = board(String::new()).await;
    assert_eq!(whole["workers"].as_array().unwrap().len(), 2);
    let of_awa = &whole["workers"][0]["crews"];
    assert_eq!((&whole["workers"][0]["name"], of_awa), (&json!("Awa Ndiaye"), &json!([])));
    let crewed = board(format!("&crew_id={mine}")).await;
    let lines = crewed["workers"].as_array().unwrap();
    assert_eq!(lines.len(), 1, "{crewed}");
    let crews = json!([{"crew_id": mine, "name": "Équipe A", "leads": true}]);
    assert_eq!(lines[0]["crews"], crews);
    assert_eq!(board(format!("&crew_id={other}")).await["workers"], json!([]));

    let mut tasks = Vec::new();
    for nth in 0..3 {
        let span = (["08:00", "10:00", "13:00"][nth], ["10:00", "12:00", "15:00"][nth]);
        tasks.push(task(&world, "Tirage", 1, span, json!({})).await);
    }
    let run = searched(&world, search(&world, 1, 1, json!({"crew_ids": [mine]}))).await;
    for task in &tasks {
        assert_eq!(placed(&run, task)["worker_ids"], json!([world.binta]), "{run}");
    }
    let urgent = json!({"site_id": world.site, "duration_min": 60});
    let window = json!({"from": at(2, "08:00"), "to": at(2, "17:00")});
    let ask = json!({"task": urgent, "window": window, "crew_ids": [mine]});
    let found = world.lead.post("/v1/dispatch/insert", ask).await.expect(200);
    let slots = found["slots"].as_array().unwrap();
    assert!(!slots.is_empty());
    assert!(slots.iter().all(|slot| slot["worker_ids"] == json!([world.binta])), "{found}");
    let unknown = json!({"task_id": tasks[0]["id"], "crew_ids": [CrewId::new()]});
    world.lead.post("/v1/dispatch/insert", unknown).await.expect(422);
}
