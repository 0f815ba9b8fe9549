//! The law of working time where several tasks, or several dispatchers, meet.

use auth::{Role, Scope};
use kernel::{ProjectId, SiteId};
use serde_json::{Value, json};
use testkit::{Answer, Client, eventually};

use crate::week::{at, in_france, of, placed, search, searched, sql, task, undone};
use crate::world::{World, at as path, step};

/// A firm of France with one worker, who may be planned from five in the morning to nine at night.
async fn one_worker() -> World {
    let world = World::new().await;
    in_france(&world).await;
    sql(&world, "update resources.worker set day_starts = '05:00', day_ends = '21:00'").await;
    sql(&world, "update resources.worker set active = false where name like 'Binta%'").await;
    world
}

/// Puts Awa on a task, without reading it first: the calls of two dispatchers meet.
async fn awa_on(world: &World, task: &Value) -> Answer {
    let lead = world.lead.clone().header("if-match", format!("\"{}\"", task["version"]));
    lead.post(&path(task, "/assignments"), json!({"worker_ids": [world.awa]})).await
}

/// Of two calls at once one is done, and the other is refused by the law.
fn one_of(a: &Answer, b: &Answer) {
    let mut both = [a.status.as_u16(), b.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [200, 409], "{} {}", a.json, b.json);
    let refused = if a.status == 409 { a } else { b };
    assert!(refused.json.to_string().contains("working_time"), "{}", refused.json);
}

#[tokio::test]
async fn the_rule_fills_no_day_beyond_the_law_however_many_tasks_there_are() {
    let world = one_worker().await;
    let (mut kept, mut left) = (Vec::new(), Vec::new());
    // Twice in two weeks: the law is broken on either day, and on neither by a single task.
    for day in [1, 9] {
        for span in [("05:00", "08:30"), ("09:00", "12:30")] {
            kept.push(task(&world, "Tranchée", day, span, json!({})).await);
        }
        for span in [("13:00", "16:30"), ("17:00", "20:30")] {
            left.push(task(&world, "Câble", day, span, json!({})).await);
        }
    }
    let ids: Vec<_> = kept.iter().chain(&left).map(|task| task["id"].clone()).collect();
    let which = json!({"task_ids": ids});
    let filled = world.lead.post("/v1/dispatch/assign", which).await.expect(200);
    assert_eq!(filled["tasks"].as_array().unwrap().len(), 8);
    for task in &kept {
        assert_eq!(world.read(task).await["workers"], json!([world.awa]), "{filled}");
    }
    for task in &left {
        assert_eq!(world.read(task).await["workers"], json!([]), "14 hours in a day: {filled}");
    }
    world.stage.settle().await;
}

#[tokio::test]
async fn what_somebody_is_on_already_counts_where_the_rule_fills_it_up() {
    let world = one_worker().await;
    let pair = json!({"workers_needed": 2});
    let one = task(&world, "Tirage", 1, ("05:00", "11:00"), pair).await;
    let two = task(&world, "Soudure", 1, ("12:00", "18:00"), json!({})).await;
    awa_on(&world, &one).await.expect(200);
    let which = json!({"task_ids": [one["id"], two["id"]]});
    let refused = world.lead.post("/v1/dispatch/assign", which).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:nobody-to-assign", "12 hours");
    assert_eq!(world.read(&two).await["workers"], json!([]));
}

#[tokio::test]
async fn a_publication_tells_the_law_with_the_tasks_of_the_day_it_is_broken_on() {
    let world = one_worker().await;
    let early = task(&world, "Tôt", 1, ("08:00", "12:00"), json!({})).await;
    let mut long = Vec::new();
    for span in [("05:00", "09:30"), ("10:00", "14:30")] {
        let promised = json!({"needs": {"appointment": true}});
        long.push(task(&world, "Long", 2, span, promised).await);
    }
    let run = crate::week::search(&world, 1, 2, json!({}));
    let run = crate::week::searched(&world, run).await;
    assert!([&early, &long[0], &long[1]].iter().all(|task| !placed(&run, task).is_null()), "{run}");
    // Meanwhile somebody takes an hour and a half more of the second day.
    let more = task(&world, "Encore", 2, ("15:00", "16:30"), json!({})).await;
    awa_on(&world, &more).await.expect(200);
    let refused = world.lead.post(&of(&run, "/publish"), json!({})).await.expect(409);
    let tasks = refused["tasks"].as_array().unwrap();
    assert_eq!(tasks.len(), 1, "told once: {refused}");
    assert_eq!(tasks[0]["task_id"], long[0]["id"], "and not with the day before: {refused}");
}

#[tokio::test]
async fn two_dispatchers_at_once_never_give_a_worker_more_hours_than_a_day_may_have() {
    let world = one_worker().await;
    for round in 0..16 {
        let day = 1 + round % 5;
        let one = task(&world, "Matin", day, ("06:00", "12:00"), json!({})).await;
        let two = task(&world, "Soir", day, ("13:00", "19:00"), json!({})).await;
        let (a, b) = tokio::join!(awa_on(&world, &one), awa_on(&world, &two));
        one_of(&a, &b);
        for task in [&one, &two] {
            step(&world.lead, task, "cancel").await.expect(200);
        }
    }
    // One of them by moving, in the plan, what she is on already.
    for day in [8, 10, 15, 17, 22, 24] {
        let one = task(&world, "Matin", day + 1, ("06:00", "12:00"), json!({})).await;
        let two = task(&world, "Soir", day, ("13:00", "19:00"), json!({})).await;
        awa_on(&world, &one).await.expect(200);
        let drag = json!({"move": {"kind": "drag", "task_id": one["id"],
                                   "start": at(day, "06:00")}});
        let drag = world.lead.post("/v1/schedule/moves", drag);
        let (a, b) = tokio::join!(drag, awa_on(&world, &two));
        one_of(&a, &b);
        for task in [&one, &two] {
            step(&world.lead, task, "cancel").await.expect(200);
        }
    }
    world.stage.settle().await;
}

/// Another project with a site, and who leads it.
async fn other_project(world: &World) -> (SiteId, Client) {
    let (project, site) = (ProjectId::new(), SiteId::new());
    let mut sql = world.stage.sql().await;
    let row = "insert into projects.project (id, code, name, status, currency, version)
               values ($1, 'P2', 'Fibre Mbour', 'active', 'XOF', 1)";
    sqlx::query(row).bind(project).execute(&mut sql).await.unwrap();
    let row = "insert into projects.site (id, project_id, name, lat, lon, radius_m, zone, version)
               values ($1, $2, 'Poste est', 14.7, -17.4, 100, 'Africa/Dakar', 1)";
    sqlx::query(row).bind(site).bind(project).execute(&mut sql).await.unwrap();
    (site, world.stage.client(Role::ProjectLead, Scope::Project(project)))
}

#[tokio::test]
async fn two_publications_at_once_share_a_workers_hours() {
    let world = one_worker().await;
    let (site, other) = other_project(&world).await;
    let searched = async |client: &Client, ask: Value| {
        let run = client.post("/v1/dispatch/runs", ask).await.expect(202);
        eventually("the search ends", async || {
            let run = client.get(&of(&run, "")).await.expect(200);
            (run["state"] == "done").then_some(run)
        })
        .await
    };
    for day in 1..=4 {
        let promised = json!({"needs": {"appointment": true}});
        let here = task(&world, "Ici", day, ("06:00", "12:00"), promised).await;
        let there = json!({"site_id": site, "title": "Là-bas", "starts_at": at(day, "13:00"),
                           "ends_at": at(day, "19:00"), "needs": {"appointment": true}});
        let there = other.post("/v1/tasks", there).await.expect(201);
        let ask = |site: SiteId| {
            json!({"site_ids": [site], "from": format!("2027-03-{day:02}"),
                   "to": format!("2027-03-{day:02}"), "rounds": 50})
        };
        let one = searched(&world.lead, ask(world.site)).await;
        let two = searched(&other, ask(site)).await;
        assert_eq!(placed(&one, &here)["worker_ids"], json!([world.awa]), "{one}");
        assert_eq!(placed(&two, &there)["worker_ids"], json!([world.awa]), "{two}");
        let (one, two) = (of(&one, "/publish"), of(&two, "/publish"));
        let (a, b) = tokio::join!(world.lead.post(&one, json!({})), other.post(&two, json!({})));
        one_of(&a, &b);
        step(&world.lead, &here, "cancel").await.expect(200);
        step(&other, &there, "cancel").await.expect(200);
    }
    world.stage.settle().await;
}

#[tokio::test]
async fn what_a_search_leaves_where_it_is_counts_in_its_law() {
    let world = one_worker().await;
    sql(&world, "update resources.worker set day_starts = '08:00', day_ends = '18:00'").await;
    // Four days of ten hours, which a search does not move.
    let days = json!({"ends_at": at(4, "18:00"), "duration_min": 2400});
    let long = task(&world, "Terrassement", 1, ("08:00", "09:00"), days).await;
    awa_on(&world, &long).await.expect(200);
    let friday = task(&world, "Câble", 5, ("08:00", "17:30"), json!({})).await;
    let run = searched(&world, search(&world, 1, 5, json!({}))).await;
    assert_eq!(undone(&run, &long)["left_out"], "longer_than_a_day", "{run}");
    assert_eq!(undone(&run, &friday)["no_room"], 1, "more than 48 hours a week: {run}");
    step(&world.lead, &friday, "cancel").await.expect(200);
    let less = task(&world, "Câble", 5, ("08:00", "14:00"), json!({})).await;
    let run = searched(&world, search(&world, 1, 5, json!({}))).await;
    assert_eq!(placed(&run, &less)["worker_ids"], json!([world.awa]), "{run}");
    world.lead.post(&of(&run, "/publish"), json!({})).await.expect(200);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_slot_that_was_overtaken_moves_nothing() {
    let world = World::new().await;
    sql(&world, "update resources.worker set active = false where name like 'Binta%'").await;
    let visit = task(&world, "Visite", 1, ("08:00", "10:00"), json!({})).await;
    world.assign(&visit, &[world.awa]).await.expect(200);
    let urgent = task(&world, "Panne", 1, ("08:00", "09:00"), json!({})).await;
    let now = json!({"from": at(1, "08:00"), "to": at(1, "09:30")});
    let ask = json!({"task_id": urgent["id"], "window": now});
    let found = world.lead.post("/v1/dispatch/insert", ask).await.expect(200);
    let (best, moves) = (&found["slots"][0], &found["slots"][0]["moves"][0]);
    assert_eq!(moves["task_id"], visit["id"], "{found}");
    // Somebody else puts the visit off until tomorrow.
    let version = world.read(&visit).await["version"].as_i64().unwrap();
    let by = world.lead.clone().header("if-match", format!("\"{version}\""));
    let off = json!({"task_id": visit["id"], "starts_at": at(2, "08:00")});
    by.post("/v1/dispatch/moves", off).await.expect(200);

    let take = async |also: Value| {
        let take = json!({"task_id": urgent["id"], "starts_at": best["starts_at"],
                          "worker_ids": best["worker_ids"], "also": also});
        world.lead.clone().header("if-match", "\"1\"").post("/v1/dispatch/moves", take).await
    };
    let also = json!({"task_id": visit["id"], "starts_at": moves["starts_at"],
                      "version": moves["version"]});
    let stale = take(json!([also])).await.expect(412);
    assert_eq!(stale["current"]["id"], visit["id"], "{stale}");
    assert_eq!(world.read(&visit).await["starts_at"], at(2, "08:00"), "where somebody put it");
    assert_eq!(world.read(&urgent).await, urgent);
    let mut unread = also.clone();
    unread.as_object_mut().unwrap().remove("version");
    take(json!([unread])).await.expect(422);
    assert_eq!(take(json!([also, also])).await.pointers(), ["/also"]);
    world.stage.settle().await;
}

#[tokio::test]
async fn one_of_a_team_brings_what_is_used_up_and_carried() {
    let world = World::new().await;
    let needs = json!({"workers_needed": 2, "needs": {"load_kg": 500}});
    let lift = task(&world, "Levage", 1, ("08:00", "10:00"), needs).await;
    let refused = world.assign(&lift, &[world.awa, world.binta]).await.expect(409);
    let reasons = refused["reasons"].as_array().unwrap();
    assert_eq!(reasons.len(), 1, "told once: {refused}");
    assert_eq!(reasons[0]["reasons"][0]["rule"], "overload");
    sql(
        &world,
        "insert into resources.vehicle (id, plate, kind, capacity_kg, seats, driver_id, active,
                                        version)
         select gen_random_uuid(), 'DK-1', 'truck', 500, 3, id, true, 1
         from resources.worker where name like 'Binta%'",
    )
    .await;
    world.assign(&lift, &[world.binta]).await.expect(200);
    world.assign(&lift, &[world.awa, world.binta]).await.expect(200);
    // And nobody joins one who has nothing to carry it with.
    let part = json!({"workers_needed": 2, "needs": {"load_kg": 600}});
    let heavy = task(&world, "Pose", 1, ("13:00", "15:00"), part).await;
    let refused = world.assign(&heavy, &[world.awa, world.binta]).await.expect(409);
    assert_eq!(refused["reasons"][0]["reasons"][0]["capacity_kg"], 500, "the truck's: {refused}");
    world.stage.settle().await;
}
