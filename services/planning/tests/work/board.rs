//! The board: workers by time.

use auth::{Role, Scope};
use http::Method;
use serde_json::{Value, json};

use crate::week::{absent, at, task};
use crate::world::{World, at as path};

const WEEK: &str = "/v1/dispatch/board?from=2027-03-01&to=2027-03-05";

#[tokio::test]
async fn the_board_shows_who_does_what_who_is_away_and_what_lacks_workers() {
    let world = World::new().await;
    let one = task(&world, "Un", 1, ("08:00", "10:00"), json!({})).await;
    let two = task(&world, "Deux", 1, ("10:30", "12:00"), json!({})).await;
    let open = task(&world, "Ouverte", 2, ("08:00", "10:00"), json!({"workers_needed": 2})).await;
    world.assign(&one, &[world.awa]).await.expect(200);
    world.assign(&two, &[world.awa]).await.expect(200);
    let first = world.lead.get(WEEK).await;
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    let board = first.expect(200);
    let workers = board["workers"].as_array().unwrap();
    assert_eq!(workers.len(), 2);
    assert_eq!(workers[0]["name"], "Awa Ndiaye");
    assert_eq!(workers[0]["assignments"][0]["title"], "Un");
    assert_eq!(workers[0]["assignments"][1]["travel_min"], 0, "on the same site");
    assert_eq!(workers[0]["hours"].as_array().unwrap().len(), 5);
    assert_eq!(workers[0]["breaches"], json!([]));
    assert_eq!(board["unassigned"][0]["task_id"], open["id"]);
    assert_eq!(board["unassigned"][0]["missing"], 2);
    let same = world.lead.clone().header("if-none-match", &tag).get(WEEK).await;
    assert_eq!(same.status.as_u16(), 304);
    assert!(same.bytes.is_empty());

    absent(&world, world.awa, "2027-03-01T09:00:00Z", "2027-03-01T18:00:00Z").await;
    let now = world.lead.clone().header("if-none-match", &tag).get(WEEK).await.expect(200);
    let awa = &now["workers"][0];
    assert_eq!(awa["absences"].as_array().unwrap().len(), 1);
    let broken: Vec<_> =
        awa["breaches"].as_array().unwrap().iter().map(|b| &b["task_id"]).collect();
    assert_eq!(broken.len(), 2, "{awa}");
    assert_eq!(awa["breaches"][0]["refusal"]["reasons"][0]["rule"], "absent");

    // Page by page; what lacks workers stands on the first.
    let page = world.lead.get(&format!("{WEEK}&limit=1")).await.expect(200);
    let next = format!("{WEEK}&limit=1&cursor={}", page["next"].as_str().unwrap());
    let page = world.lead.get(&next).await.expect(200);
    assert_eq!(page["workers"][0]["name"], "Binta Sow");
    assert_eq!((&page["unassigned"], &page["next"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn what_somebody_may_not_see_holds_its_workers_without_a_name() {
    let world = World::new().await;
    let planner = world.planner();
    let hidden = json!({"site_id": world.elsewhere, "title": "Secret", "starts_at": at(2, "08:00"),
                        "ends_at": at(2, "10:00")});
    let hidden = planner.post("/v1/tasks", hidden).await.expect(201);
    let open = json!({"site_id": world.elsewhere, "title": "Secret", "starts_at": at(2, "08:00"),
                      "ends_at": at(2, "10:00")});
    planner.post("/v1/tasks", open).await.expect(201);
    let agreed = json!({"rules": ["outside_hours"], "reason": "Décalage"});
    let awa = json!({"worker_ids": [world.awa], "override": agreed});
    let by = planner.header("if-match", "\"1\"");
    by.post(&path(&hidden, "/assignments"), awa).await.expect(200);
    let board = world.lead.get(WEEK).await.expect(200);
    let held = &board["workers"][0]["assignments"][0];
    assert_eq!((&held["task_id"], &held["title"]), (&Value::Null, &Value::Null));
    assert_eq!(held["from"], at(2, "08:00"));
    assert_eq!(board["unassigned"], json!([]));
    assert!(!board.to_string().contains("Secret"));
    world.phone(world.awa).get(WEEK).await.expect(403);
    world.stage.client(Role::Manager, Scope::Tenant).get(WEEK).await.expect(403);
    let long = "/v1/dispatch/board?from=2027-03-01&to=2027-06-05";
    assert_eq!(world.lead.get(long).await.pointers(), ["/to"]);
    world.lead.call(Method::GET, "/v1/dispatch/board", None).await.expect(400);
}
