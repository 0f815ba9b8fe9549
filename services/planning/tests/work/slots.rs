//! A place for an urgent task, and why somebody is on one.

use auth::{Role, Scope};
use kernel::{ProjectId, WorkerId};
use serde_json::{Value, json};

use crate::week::{absent, at, in_france, renew, sql, task};
use crate::world::{World, at as path};

fn window() -> Value {
    json!({"from": at(1, "00:00"), "to": at(2, "00:00")})
}

#[tokio::test]
async fn an_urgent_task_finds_its_places_with_their_cost_and_is_taken_in_one_call() {
    let world = World::new().await;
    renew(&world).await;
    let morning = task(&world, "Matin", 1, ("08:00", "12:00"), json!({})).await;
    world.assign(&morning, &[world.awa]).await.expect(200);
    let urgent = json!({"site_id": world.site, "duration_min": 60, "skills": [world.skill]});
    let ask = json!({"task": urgent, "window": window()});
    let found = world.lead.post("/v1/dispatch/insert", ask).await.expect(200);
    let slots = found["slots"].as_array().unwrap();
    assert_eq!(slots.len(), 1, "Awa's best alone: {found}");
    assert_eq!(slots[0]["worker_ids"], json!([world.awa]));
    assert_eq!(found["others"][0]["reasons"][0]["rule"], "skill_missing");
    assert_eq!(found["travel"]["workers_without_start"], 2);

    // A planned one: taken as the board takes it.
    let planned = task(&world, "Panne", 1, ("09:00", "10:00"), json!({"priority": "urgent"})).await;
    let ask = json!({"task_id": planned["id"], "window": window()});
    let found = world.lead.post("/v1/dispatch/insert", ask).await.expect(200);
    let best = &found["slots"][0];
    assert_eq!(best["worker_ids"], json!([world.binta]), "free in the morning: {found}");
    assert_eq!(best["starts_at"], at(1, "08:00"));
    let costs: Vec<_> =
        found["slots"].as_array().unwrap().iter().map(|s| s["cost"].as_f64().unwrap()).collect();
    assert!(costs.is_sorted(), "{costs:?}");
    let take = json!({"task_id": planned["id"], "starts_at": best["starts_at"],
                      "worker_ids": best["worker_ids"]});
    let by = world.lead.clone().header("if-match", "\"1\"");
    let taken = by.post("/v1/dispatch/moves", take).await.expect(200);
    assert_eq!(taken["workers"], json!([world.binta]));
}

#[tokio::test]
async fn what_makes_room_is_named_and_moves_in_the_same_write() {
    let world = World::new().await;
    sql(&world, "update resources.worker set active = false where name like 'Binta%'").await;
    let visit = task(&world, "Visite", 1, ("08:00", "10:00"), json!({})).await;
    world.assign(&visit, &[world.awa]).await.expect(200);
    let urgent = task(&world, "Panne", 1, ("08:00", "09:00"), json!({})).await;
    let now = json!({"from": at(1, "08:00"), "to": at(1, "09:30")});
    let ask = json!({"task_id": urgent["id"], "window": now});
    let found = world.lead.post("/v1/dispatch/insert", ask).await.expect(200);
    let best = &found["slots"][0];
    assert_eq!(best["moves"][0]["task_id"], visit["id"], "{found}");
    assert_eq!(best["moves"][0]["starts_at"], at(1, "09:00"));
    let (starts_at, version) = (&best["moves"][0]["starts_at"], &best["moves"][0]["version"]);
    let also = json!([{"task_id": visit["id"], "starts_at": starts_at, "version": version}]);
    let take = json!({"task_id": urgent["id"], "starts_at": best["starts_at"],
                      "worker_ids": best["worker_ids"], "also": also});
    let by = world.lead.clone().header("if-match", "\"1\"");
    by.post("/v1/dispatch/moves", take).await.expect(200);
    assert_eq!(world.read(&visit).await["starts_at"], at(1, "09:00"));
    assert_eq!(world.read(&visit).await["workers"], json!([world.awa]));
    assert_eq!(world.read(&urgent).await["workers"], json!([world.awa]));
    world.stage.settle().await;
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_answered_as_such() {
    let world = World::new().await;
    let ask = async |body: Value| world.lead.post("/v1/dispatch/insert", body).await;
    assert_eq!(ask(json!({})).await.pointers(), ["/task_id"]);
    let urgent = json!({"site_id": world.site, "duration_min": 60});
    let past = json!({"task": urgent, "window": {"from": "2026-03-02T08:00:00Z",
                                                 "to": "2026-03-02T12:00:00Z"}});
    let past = ask(past).await.expect(200);
    assert_eq!((&past["left_out"], &past["slots"]), (&json!("window_past"), &json!([])));
    let short = json!({"task": urgent, "window": {"from": at(1, "08:00"), "to": at(1, "08:30")}});
    assert_eq!(ask(short).await.expect(200)["left_out"], "window_too_short");
    let wide = json!({"task": urgent, "window": {"from": at(1, "08:00"), "to": at(30, "08:00")}});
    assert_eq!(ask(wide).await.pointers(), ["/to"]);
    let long =
        task(&world, "Long", 1, ("08:00", "10:00"), json!({"ends_at": at(3, "10:00")})).await;
    ask(json!({"task_id": long["id"]})).await.expect(409);
    let stranger = world.stage.client(Role::ProjectLead, Scope::Project(ProjectId::new()));
    stranger.post("/v1/dispatch/insert", json!({"task": urgent})).await.expect(404);
    let crew = world.phone(world.awa);
    crew.post("/v1/dispatch/insert", json!({"task": urgent})).await.expect(404);
}

async fn id(world: &World, who: &str) -> WorkerId {
    let query = sqlx::query_scalar("select id from resources.worker where name like $1");
    query.bind(who).fetch_one(&mut world.stage.sql().await).await.unwrap()
}

#[tokio::test]
async fn an_assignment_explains_itself() {
    let world = World::new().await;
    in_france(&world).await;
    renew(&world).await;
    for statement in [
        "insert into resources.worker (id, name, active, days, day_starts, day_ends, version)
         select gen_random_uuid(), name, true, '{1,2,3,4,5}', '05:00', '22:00', 1
         from unnest(array['Coumba Fall', 'Demba Ba', 'Essa Sy']) name",
        "update resources.worker set home_lat = 14.7, home_lon = -17.4 where name like 'Coumba%'",
        "update resources.worker set home_lat = 15.2, home_lon = -17.4 where name like 'Demba%'",
        "update resources.worker set home_lat = 14.7, home_lon = -17.4 where name like 'Essa%'",
    ] {
        sql(&world, statement).await;
    }
    absent(&world, world.awa, "2027-03-01T00:00:00Z", "2027-03-02T00:00:00Z").await;
    let (coumba, essa) = (id(&world, "Coumba%").await, id(&world, "Essa%").await);
    // Essa works ten hours that day already.
    let day = task(&world, "Journée", 1, ("05:00", "12:00"), json!({})).await;
    let more = task(&world, "Soirée", 1, ("15:00", "18:00"), json!({})).await;
    for task in [&day, &more] {
        world.assign(task, &[essa]).await.expect(200);
    }
    let visit = task(&world, "Visite", 1, ("13:00", "15:00"), json!({})).await;
    world.assign(&visit, &[coumba]).await.expect(200);
    let why = world.lead.get(&path(&visit, "/dispatch-explanation")).await.expect(200);
    assert_eq!(why["workers"][0]["worker_id"], json!(coumba));
    assert_eq!(why["workers"][0]["travel_min"], 0);
    let next: Vec<_> = why["next_best"].as_array().unwrap().iter().map(|n| &n["name"]).collect();
    assert!(next.contains(&&json!("Demba Ba")), "{why}");
    let demba = why["next_best"].as_array().unwrap().iter().find(|n| n["name"] == "Demba Ba");
    assert!(demba.unwrap()["more"].as_f64().unwrap() > 0.0, "he lives an hour away");
    let rule = |name: &str| {
        let others = why["others"].as_array().unwrap();
        let found = others.iter().find(|other| other["name"] == name);
        found.unwrap_or_else(|| panic!("{name} in {why}"))["reasons"][0]["rule"].clone()
    };
    assert_eq!(rule("Awa Ndiaye"), "absent");
    assert!(["working_time", "no_room"].contains(&rule("Essa Sy").as_str().unwrap()), "{why}");
    world.phone(coumba).get(&path(&visit, "/dispatch-explanation")).await.expect(403);
}
