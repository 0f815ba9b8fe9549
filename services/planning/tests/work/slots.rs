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
    assert!(slots.iter().all(|slot| slot["worker_ids"] == json!([world.awa])), "{found}");
    assert_eq!(slots[0]["starts_at"], at(1, "12:00"), "{found}");
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

/// Takes a slot without doing it.
async fn try_out(world: &World, task: &Value, slot: &Value) {
    let moves = slot["moves"].as_array().unwrap().iter();
    let also = moves.map(|one| {
        json!({"task_id": one["task_id"], "starts_at": one["starts_at"],
               "version": one["version"]})
    });
    let take = json!({"task_id": task["id"], "starts_at": slot["starts_at"],
                      "worker_ids": slot["worker_ids"], "also": also.collect::<Vec<_>>(),
                      "dry_run": true});
    let by = world.lead.clone().header("if-match", "\"1\"");
    let tried = by.post("/v1/dispatch/moves", take).await;
    assert_eq!(tried.status.as_u16(), 200, "{slot}: {}", String::from_utf8_lossy(&tried.bytes));
}

#[tokio::test]
async fn several_places_of_a_day_are_told_and_each_can_be_taken() {
    let world = World::new().await;
    in_france(&world).await;
    for (title, day, span, who) in [
        ("Un", 1, ("08:30", "09:30"), world.awa),
        ("Deux", 1, ("11:00", "13:00"), world.awa),
        ("Trois", 1, ("15:00", "16:00"), world.awa),
        ("Quatre", 1, ("09:00", "12:00"), world.binta),
        ("Cinq", 2, ("08:00", "12:00"), world.binta),
    ] {
        let task = task(&world, title, day, span, json!({})).await;
        world.assign(&task, &[who]).await.expect(200);
    }
    let one = task(&world, "Panne", 1, ("08:00", "09:00"), json!({})).await;
    let two = task(&world, "Levage", 1, ("08:00", "09:00"), json!({"workers_needed": 2})).await;
    let asked = async |task: &Value| {
        let window = json!({"from": at(1, "00:00"), "to": at(3, "00:00")});
        let ask = json!({"task_id": task["id"], "window": window});
        let found = world.lead.post("/v1/dispatch/insert", ask).await.expect(200);
        found["slots"].as_array().unwrap().clone()
    };
    let slots = asked(&one).await;
    let of = |who: WorkerId| {
        let own = slots.iter().filter(|slot| slot["worker_ids"] == json!([who]));
        own.map(|slot| slot["starts_at"].as_str().unwrap()[..10].to_owned()).collect::<Vec<_>>()
    };
    for who in [world.awa, world.binta] {
        let days = of(who);
        assert!(days.iter().filter(|day| *day == "2027-03-01").count() > 1, "{slots:?}");
        assert!(days.contains(&"2027-03-02".to_owned()), "{slots:?}");
    }
    for slot in &slots {
        try_out(&world, &one, slot).await;
    }
    let teams = asked(&two).await;
    assert!(teams.len() > 2, "{teams:?}");
    let mut both = [world.awa, world.binta];
    both.sort();
    for slot in &teams {
        assert_eq!(slot["worker_ids"], json!(both));
        try_out(&world, &two, slot).await;
    }
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

/// Of a team one brings the parts and the load: nobody else is said to lack them, and who would be
/// the only one is.
#[tokio::test]
async fn who_joins_a_team_need_not_bring_what_another_brings() {
    let world = World::new().await;
    for statement in [
        "insert into resources.vehicle (id, plate, kind, capacity_kg, seats, driver_id, active, version)
         select '00000000-0000-7000-8000-0000000000d1', 'DK-1', 'truck', 500, 3, id, true, 1
         from resources.worker where name like 'Awa%'",
        "insert into resources.worker (id, name, active, days, day_starts, day_ends, version)
         values (gen_random_uuid(), 'Coumba Fall', true, '{1,2,3,4,5}', '08:00', '17:00', 1)",
    ] {
        sql(&world, statement).await;
    }
    let load = json!({"needs": {"load_kg": 200}, "workers_needed": 2});
    let pair = task(&world, "Pose", 1, ("09:00", "10:00"), load).await;
    world.assign(&pair, &[world.awa, world.binta]).await.expect(200);
    let why = world.lead.get(&path(&pair, "/dispatch-explanation")).await.expect(200);
    for on_it in why["workers"].as_array().unwrap() {
        assert_eq!(on_it["reasons"], json!([]), "{why}");
        assert!(on_it["cost"].is_number(), "{why}");
    }
    assert_eq!(why["next_best"][0]["name"], "Coumba Fall", "{why}");
    let alone = json!({"needs": {"load_kg": 200}});
    let alone = task(&world, "Livraison", 2, ("09:00", "10:00"), alone).await;
    world.assign(&alone, &[world.awa]).await.expect(200);
    let why = world.lead.get(&path(&alone, "/dispatch-explanation")).await.expect(200);
    assert_eq!(why["next_best"], json!([]), "{why}");
    for other in why["others"].as_array().unwrap() {
        assert_eq!(other["reasons"][0]["rule"], "overload", "{why}");
    }
}
