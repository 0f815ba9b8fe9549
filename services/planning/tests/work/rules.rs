//! The same rules by hand, on the board and in a search.

use auth::{Role, Scope};
use kernel::ProjectId;
use serde_json::{Value, json};
use testkit::Answer;

use crate::week::{at, in_france, placed, renew, search, searched, sql, task, undone};
use crate::world::{World, at as path};

/// Sets who is on a task, with more values.
async fn set(world: &World, task: &Value, more: Value) -> Answer {
    let version = world.read(task).await["version"].as_i64().unwrap();
    let lead = world.lead.clone().header("if-match", format!("\"{version}\""));
    lead.post(&path(task, "/assignments"), more).await
}

/// Moves a task on the board.
async fn put(world: &World, task: &Value, more: Value) -> Answer {
    let version = world.read(task).await["version"].as_i64().unwrap();
    let mut to = json!({"task_id": task["id"]});
    to.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let lead = world.lead.clone().header("if-match", format!("\"{version}\""));
    lead.post("/v1/dispatch/moves", to).await
}

fn rules(refused: &Value) -> Vec<&str> {
    let all = refused["reasons"].as_array().unwrap().iter();
    let all = all.flat_map(|one| one["reasons"].as_array().unwrap());
    all.map(|reason| reason["rule"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn usual_hours_are_left_aside_by_agreement_with_a_reason_and_skills_never() {
    let world = World::new().await;
    renew(&world).await;
    let night = task(
        &world,
        "Coupure de nuit",
        1,
        ("19:00", "22:00"),
        json!({
            "skills": [world.skill]
        }),
    )
    .await;
    let awa = json!({"worker_ids": [world.awa]});
    let refused = set(&world, &night, awa).await.expect(409);
    assert_eq!(rules(&refused), ["outside_hours"]);
    let agreed = json!({"rules": ["outside_hours"], "reason": "Elle l'a proposé"});
    let both = json!({"worker_ids": [world.awa, world.binta], "override": agreed});
    let refused = set(&world, &night, both).await.expect(409);
    assert_eq!(rules(&refused), ["skill_missing"], "nobody agrees to that");
    let never = json!({"rules": ["skill_missing"], "reason": "pressé"});
    set(&world, &night, json!({"worker_ids": [], "override": never})).await.expect(422);
    let silent = json!({"rules": ["outside_hours"], "reason": " "});
    set(&world, &night, json!({"worker_ids": [], "override": silent})).await.expect(422);

    let tried = json!({"worker_ids": [world.awa], "override": agreed, "dry_run": true});
    assert_eq!(set(&world, &night, tried).await.expect(200)["workers"], json!([world.awa]));
    assert_eq!(world.read(&night).await, night, "a dry run changes nothing");
    let done = json!({"worker_ids": [world.awa], "override": agreed});
    set(&world, &night, done).await.expect(200);
    let why = world.lead.get(&path(&night, "/dispatch-explanation")).await.expect(200);
    assert_eq!(why["left_aside"][0]["rules"], json!(["outside_hours"]));
    assert_eq!(why["left_aside"][0]["reason"], "Elle l'a proposé");
    world.stage.settle().await;
}

#[tokio::test]
async fn the_law_names_its_article_by_hand_on_the_board_and_in_a_plans_move() {
    let world = World::new().await;
    in_france(&world).await;
    sql(&world, "update resources.worker set day_starts = '05:00', day_ends = '21:00'").await;
    let early = task(&world, "Matin", 1, ("06:00", "12:00"), json!({})).await;
    let late = task(&world, "Après-midi", 1, ("12:30", "17:00"), json!({})).await;
    let next = task(&world, "Lendemain", 2, ("08:00", "12:00"), json!({})).await;
    world.assign(&early, &[world.awa]).await.expect(200);
    let awa = json!({"worker_ids": [world.awa]});
    for dry_run in [true, false] {
        let ask = json!({"worker_ids": [world.awa], "dry_run": dry_run,
                         "override": {"rules": ["outside_hours"], "reason": "Urgent"}});
        let refused = set(&world, &late, ask).await.expect(409);
        assert_eq!(rules(&refused), ["working_time"], "10 h 30 in a day");
        let reason = &refused["reasons"][0]["reasons"][0];
        assert!(reason["article"].as_str().unwrap().contains("L3121-18"), "{reason}");
        assert_eq!((&reason["limit"], &reason["found"]), (&json!(600), &json!(630)));
    }
    // On the board: moved to the next day it may be hers, back to that day it may not.
    let to = json!({"starts_at": at(2, "13:00"), "worker_ids": [world.awa]});
    put(&world, &late, to).await.expect(200);
    let back = put(&world, &late, json!({"starts_at": at(1, "12:30")})).await.expect(409);
    assert_eq!(rules(&back), ["working_time"]);
    // In the plan as well: the move of a task takes those along who are on it.
    set(&world, &next, awa).await.expect(200);
    let drag = json!({"move": {"kind": "drag", "task_id": late["id"], "start": at(1, "12:30")}});
    let refused = world.lead.post("/v1/schedule/moves", drag).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:workers-unfit");
    assert_eq!(refused["tasks"][0]["reasons"][0]["reasons"][0]["rule"], "working_time");
    let version = world.read(&late).await["version"].as_i64().unwrap();
    let change = json!({"starts_at": at(1, "12:30")});
    world.lead.patch_match(&path(&late, ""), version, change).await.expect(409);
    assert_eq!(world.read(&late).await["starts_at"], at(2, "13:00"));
    // Eleven hours of rest between the evening and the morning.
    let evening = task(&world, "Soir", 3, ("18:00", "21:00"), json!({})).await;
    let morning = task(&world, "Aube", 4, ("05:00", "09:00"), json!({})).await;
    world.assign(&evening, &[world.binta]).await.expect(200);
    let refused = world.assign(&morning, &[world.binta]).await.expect(409);
    let article = refused["reasons"][0]["reasons"][0]["article"].as_str().unwrap();
    assert!(article.contains("L3131-1"), "{article}");
    world.stage.settle().await;
}

#[tokio::test]
async fn a_search_keeps_the_same_law() {
    let world = World::new().await;
    in_france(&world).await;
    sql(&world, "update resources.worker set day_starts = '05:00', day_ends = '21:00'").await;
    sql(&world, "update resources.worker set active = false where name like 'Binta%'").await;
    let mut tasks = Vec::new();
    for _ in 0..3 {
        tasks.push(task(&world, "Visite", 1, ("08:00", "12:30"), json!({})).await);
    }
    let run = searched(&world, search(&world, 1, 1, json!({}))).await;
    let served: Vec<_> = tasks.iter().filter(|task| !placed(&run, task).is_null()).collect();
    assert_eq!(served.len(), 2, "nine hours, and not thirteen and a half");
    let left = tasks.iter().find(|task| placed(&run, task).is_null()).unwrap();
    assert_eq!(undone(&run, left)["no_room"], 1);
    let publish = crate::week::of(&run, "/publish");
    world.lead.post(&publish, json!({})).await.expect(200);
    let refused = put(
        &world,
        left,
        json!({
            "starts_at": at(1, "16:00"), "worker_ids": [world.awa],
        }),
    )
    .await
    .expect(409);
    assert!(rules(&refused).contains(&"working_time"), "{refused}");
}

#[tokio::test]
async fn a_search_leaves_a_week_its_rest_and_is_published() {
    let world = World::new().await;
    in_france(&world).await;
    sql(
        &world,
        "update resources.worker set days = '{1,2,3,4,5,6,7}', day_starts = '04:00',
                                     day_ends = '22:00'",
    )
    .await;
    sql(&world, "update resources.worker set active = false where name like 'Binta%'").await;
    let promised = || json!({"needs": {"appointment": true}});
    let mut tasks = Vec::new();
    // No rest of 35 hours in one piece is left between these five.
    for (day, from, to) in [
        (1, "08:00", "12:00"),
        (2, "15:00", "21:00"),
        (4, "05:00", "09:00"),
        (5, "15:00", "21:00"),
        (7, "07:00", "10:00"),
    ] {
        tasks.push(task(&world, "Visite", day, (from, to), promised()).await);
    }
    let run = searched(&world, search(&world, 1, 7, json!({}))).await;
    let undone: Vec<_> = tasks.iter().filter(|task| placed(&run, task).is_null()).collect();
    assert_eq!(undone.len(), 1, "{run}");
    world.lead.post(&crate::week::of(&run, "/publish"), json!({})).await.expect(200);
    let refused = set(&world, undone[0], json!({"worker_ids": [world.awa]})).await.expect(409);
    let reason = &refused["reasons"][0]["reasons"][0];
    assert!(reason["article"].as_str().unwrap().contains("L3132-2"), "{refused}");
    world.stage.settle().await;
}

#[tokio::test]
async fn the_one_tool_of_a_depot_is_planned_for_one_worker_a_day() {
    let world = World::new().await;
    for statement in [
        "insert into resources.depot (id, name, lat, lon, zone, opening_hours, active, version)
         values ('00000000-0000-7000-8000-0000000000e1', 'Dépôt', 14.7, -17.4, 'Africa/Dakar',
                 '[]', true, 1)",
        "insert into resources.tool (id, kind, name, depot_id, active, version)
         values (gen_random_uuid(), 'nacelle', 'Nacelle 12 m',
                 '00000000-0000-7000-8000-0000000000e1', true, 1)",
    ] {
        sql(&world, statement).await;
    }
    let needs = json!({"needs": {"tools": ["nacelle"], "appointment": true}});
    let one = task(&world, "Levage", 1, ("09:00", "10:00"), needs.clone()).await;
    let two = task(&world, "Élagage", 1, ("09:30", "10:30"), needs.clone()).await;
    let next = task(&world, "Façade", 2, ("09:00", "10:00"), needs).await;
    let found = async || searched(&world, search(&world, 1, 2, json!({}))).await;
    let all = [&one, &two, &next];
    let served = |run: &Value| all.iter().filter(|task| !placed(run, task).is_null()).count();
    let run = found().await;
    assert_eq!(served(&run), 2, "one a day");
    let left = all.iter().find(|task| placed(&run, task).is_null()).unwrap();
    let why = undone(&run, left);
    assert_eq!(why["rules"], json!({"tool_out": 1}), "who has it has no time: {why}");
    assert_eq!(why["no_room"], 1);
    sql(
        &world,
        "insert into resources.tool (id, kind, name, depot_id, active, version)
         select gen_random_uuid(), kind, 'Nacelle 15 m', depot_id, true, 1 from resources.tool",
    )
    .await;
    assert_eq!(served(&found().await), 3);
}

#[tokio::test]
async fn levels_certificates_tools_and_loads_are_asked_by_hand_and_by_a_search() {
    let world = World::new().await;
    renew(&world).await;
    sql(&world, "insert into resources.certificate_kind (id, code, name_fr, name_en, reminder_days, version)
                 values ('00000000-0000-7000-8000-0000000000c1', 'caces', 'CACES', 'CACES', '{}', 1)")
        .await;
    let needs = json!({"levels": [{"skill_id": world.skill, "level": 4}],
                       "certificates": ["00000000-0000-7000-8000-0000000000c1"],
                       "tools": ["nacelle"], "load_kg": 200});
    let lift = task(
        &world,
        "Levage",
        1,
        ("08:00", "10:00"),
        json!({
            "skills": [world.skill], "needs": needs
        }),
    )
    .await;
    assert_eq!(lift["needs"], needs);
    let refused = set(&world, &lift, json!({"worker_ids": [world.awa]})).await.expect(409);
    let stand = ["level_too_low", "certificate_missing", "tool_missing", "overload"];
    assert_eq!(rules(&refused), stand);
    let run = searched(&world, search(&world, 1, 1, json!({}))).await;
    let stopped = undone(&run, &lift)["rules"].as_object().unwrap();
    for rule in stand {
        assert!(stopped.contains_key(rule), "{rule} in {stopped:?}");
    }

    let unknown = json!({"certificates": ["00000000-0000-7000-8000-0000000000ff"]});
    let version = lift["version"].as_i64().unwrap();
    let change = world.lead.patch_match(&path(&lift, ""), version, json!({"needs": unknown})).await;
    assert_eq!(change.pointers(), ["/needs/certificates"]);
    let odd = json!({"needs": {"levels": [{"skill_id": kernel::SkillId::new(), "level": 2}]}});
    let change = world.lead.patch_match(&path(&lift, ""), version, odd).await;
    assert_eq!(change.pointers(), ["/needs/levels"]);
    let unread = json!({"needs": {"colour": "blue"}});
    world.lead.patch_match(&path(&lift, ""), version, unread).await.expect(422);

    for statement in [
        "update resources.worker_skill set level = 4",
        "insert into resources.certificate (id, worker_id, kind_id, issued_on, version)
         select gen_random_uuid(), worker_id, '00000000-0000-7000-8000-0000000000c1', '2026-01-01', 1
         from resources.worker_skill",
        "insert into resources.vehicle (id, plate, kind, capacity_kg, seats, driver_id, active, version)
         select '00000000-0000-7000-8000-0000000000d1', 'DK-1', 'truck', 500, 3, worker_id, true, 1
         from resources.worker_skill",
        "insert into resources.tool (id, kind, name, vehicle_id, active, version)
         values (gen_random_uuid(), 'nacelle', 'Nacelle 12 m',
                 '00000000-0000-7000-8000-0000000000d1', true, 1)",
    ] {
        sql(&world, statement).await;
    }
    let run = searched(&world, search(&world, 1, 1, json!({}))).await;
    assert_eq!(placed(&run, &lift)["worker_ids"], json!([world.awa]), "{run}");
    set(&world, &lift, json!({"worker_ids": [world.awa]})).await.expect(200);
}

#[tokio::test]
async fn a_task_is_moved_to_others_and_to_another_time_in_one_write() {
    let world = World::new().await;
    let one = task(&world, "Un", 1, ("08:00", "10:00"), json!({})).await;
    let two = task(&world, "Deux", 1, ("10:00", "12:00"), json!({})).await;
    world.assign(&one, &[world.awa]).await.expect(200);
    world.assign(&two, &[world.binta]).await.expect(200);
    let clash = json!({"starts_at": at(1, "09:00"), "worker_ids": [world.awa]});
    let refused = put(&world, &two, clash).await.expect(409);
    assert_eq!(rules(&refused), ["overlap"]);
    assert_eq!(world.read(&two).await["workers"], json!([world.binta]));
    let to = json!({"starts_at": at(1, "13:00"), "worker_ids": [world.awa, world.binta]});
    let moved = put(&world, &two, to).await.expect(200);
    assert_eq!(moved["starts_at"], at(1, "13:00"));
    assert_eq!(moved["workers"], json!([world.awa, world.binta]));
    put(&world, &two, json!({})).await.expect(422);
    let stale = world.lead.clone().header("if-match", "\"1\"");
    let body = json!({"task_id": two["id"], "worker_ids": []});
    stale.post("/v1/dispatch/moves", body.clone()).await.expect(412);
    let stranger = world.stage.client(Role::ProjectLead, Scope::Project(ProjectId::new()));
    stranger.header("if-match", "\"1\"").post("/v1/dispatch/moves", body).await.expect(404);

    // What holds somebody elsewhere is not shown to who may not see it.
    let planner = world.planner();
    let hidden = json!({"site_id": world.elsewhere, "title": "Secret", "starts_at": at(2, "08:00"),
                        "ends_at": at(2, "10:00")});
    let hidden = planner.post("/v1/tasks", hidden).await.expect(201);
    let by = planner.header("if-match", "\"1\"");
    let agreed = json!({"rules": ["outside_hours"], "reason": "Décalage"});
    let awa = json!({"worker_ids": [world.awa], "override": agreed});
    by.post(&path(&hidden, "/assignments"), awa).await.expect(200);
    let here = task(&world, "Ici", 2, ("09:00", "11:00"), json!({})).await;
    let refused = world.assign(&here, &[world.awa]).await.expect(409);
    assert_eq!(rules(&refused), ["overlap"]);
    assert!(!refused.to_string().contains("Secret"), "{refused}");
    world.stage.settle().await;
}
