//! Searches: what they find, how they are stopped, taken up again and kept apart.

use auth::{Role, Scope};
use kernel::{ProjectId, Service};
use serde_json::{Value, json};
use testkit::eventually;

use crate::week::{absent, at, ended, of, placed, renew, search, searched, sql, task, undone};
use crate::world::World;

#[tokio::test]
async fn a_search_proposes_who_does_what_and_changes_nothing() {
    let world = World::new().await;
    renew(&world).await;
    let skilled =
        task(&world, "Câble", 1, ("08:00", "12:00"), json!({"skills": [world.skill]})).await;
    let pair = task(&world, "Tranchée", 2, ("09:00", "11:00"), json!({"workers_needed": 2})).await;
    let run = searched(&world, search(&world, 1, 2, json!({}))).await;
    assert_eq!(run["state"], "done", "{run}");
    assert_eq!(run["progress"]["percent"], 100);
    assert_eq!(placed(&run, &skilled)["worker_ids"], json!([world.awa]));
    assert_eq!(placed(&run, &pair)["worker_ids"], json!([world.awa, world.binta]));
    assert_eq!(run["proposal"]["unserved"], json!([]));
    assert_eq!(run["proposal"]["travel"]["source"], "straight_line");
    assert_eq!(run["proposal"]["travel"]["workers_without_start"], 2);
    for planned in [&skilled, &pair] {
        assert_eq!(world.read(planned).await, *planned, "nothing changes before it is published");
    }
    let page = world.lead.get("/v1/dispatch/runs?state=done").await.expect(200);
    assert_eq!(page["items"][0]["id"], run["id"]);
    world.stage.settle().await;
}

#[tokio::test]
async fn what_nobody_can_do_says_which_rule_stops_whom() {
    let world = World::new().await;
    let nobody = task(
        &world,
        "Haute tension",
        1,
        ("08:00", "10:00"),
        json!({
            "skills": [world.skill]
        }),
    )
    .await;
    let long = task(
        &world,
        "Terrassement",
        1,
        ("08:00", "10:00"),
        json!({
            "ends_at": at(3, "17:00")
        }),
    )
    .await;
    let tight = task(
        &world,
        "Relevé",
        1,
        ("08:00", "10:00"),
        json!({
            "needs": {"window": {"from": at(1, "08:00"), "to": at(1, "09:00")}}
        }),
    )
    .await;
    let run = searched(&world, search(&world, 1, 3, json!({}))).await;
    let stopped = undone(&run, &nobody);
    assert_eq!(stopped["rules"], json!({"skill_expired": 1, "skill_missing": 1}));
    assert_eq!(stopped["no_room"], 0);
    let rules: Vec<_> =
        stopped["nearest"].as_array().unwrap().iter().map(|n| &n["reasons"][0]["rule"]).collect();
    assert!(rules.contains(&&json!("skill_missing")), "{rules:?}");
    assert_eq!(undone(&run, &long)["left_out"], "longer_than_a_day");
    assert_eq!(undone(&run, &tight)["left_out"], "window_too_short");

    // What lies in the past is said to, and somebody without hours is named.
    let past = world.task("Hier", 8, 12, json!({})).await;
    sql(&world, "update resources.worker set days = '{}' where name like 'Binta%'").await;
    let ask = json!({"site_ids": [world.site], "from": "2026-03-02", "to": "2026-03-02",
                     "rounds": 10});
    let run = searched(&world, ask).await;
    assert_eq!(undone(&run, &past)["left_out"], "window_past");
    assert_eq!(run["proposal"]["idle"], json!([world.binta]));
}

#[tokio::test]
async fn days_and_scopes_that_are_none_are_refused() {
    let world = World::new().await;
    let post = async |body: Value| world.lead.post("/v1/dispatch/runs", body).await;
    let backwards = post(search(&world, 3, 1, json!({}))).await;
    assert_eq!(backwards.pointers(), ["/to"]);
    backwards.expect(422);
    let endless = json!({"site_ids": [world.site], "from": "2027-03-01", "to": "2027-05-01"});
    assert_eq!(post(endless).await.pointers(), ["/to"]);
    let both = search(&world, 1, 1, json!({"project_ids": [world.project]}));
    assert_eq!(post(both).await.pointers(), ["/site_ids"]);
    let unknown = json!({"site_ids": [kernel::SiteId::new()], "from": "2027-03-01",
                         "to": "2027-03-01"});
    post(unknown).await.expect(404);
    post(search(&world, 1, 1, json!({"weights": {"travel": -1}}))).await.expect(422);
    post(search(&world, 1, 1, json!({"seconds": 0}))).await.expect(422);
    let nothing = json!({"from": "2027-03-01", "to": "2027-03-01"});
    let nothing = world.lead.post("/v1/dispatch/replan", nothing).await;
    assert_eq!(nothing.pointers(), ["/away"]);
}

#[tokio::test]
async fn nobody_searches_or_sees_in_anothers_scope() {
    let world = World::new().await;
    let run = searched(&world, search(&world, 1, 1, json!({}))).await;
    let stranger = world.stage.client(Role::ProjectLead, Scope::Project(ProjectId::new()));
    stranger.post("/v1/dispatch/runs", search(&world, 1, 1, json!({}))).await.expect(404);
    stranger.get(&of(&run, "")).await.expect(404);
    stranger.post(&of(&run, "/cancel"), json!({})).await.expect(404);
    stranger.post(&of(&run, "/publish"), json!({})).await.expect(404);
    let list = stranger.get("/v1/dispatch/runs").await.expect(200);
    assert_eq!(list["items"], json!([]));
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    manager.get(&of(&run, "")).await.expect(200);
    manager.post("/v1/dispatch/runs", search(&world, 1, 1, json!({}))).await.expect(403);
    manager.post(&of(&run, "/publish"), json!({})).await.expect(403);
    // Of a region the lead's own site is meant alone.
    let around = json!({"region": {"lat": 14.7, "lon": -17.4, "radius_km": 5},
                        "from": "2027-03-01", "to": "2027-03-01", "rounds": 5});
    let run = searched(&world, around).await;
    assert_eq!(run["site_ids"], json!([world.site]));
}

#[tokio::test]
async fn a_search_is_stopped_with_the_best_so_far_and_keeps_its_sites_until_then() {
    let world = World::new().await;
    for hour in ["08:00", "09:00", "10:00", "11:00"] {
        let end = format!("{}:30", &hour[..2]);
        task(&world, "Visite", 1, (hour, &end), json!({})).await;
    }
    let mut ask = search(&world, 1, 1, json!({"seconds": 300}));
    ask.as_object_mut().unwrap().remove("rounds");
    let run = world.lead.post("/v1/dispatch/runs", ask.clone()).await.expect(202);
    let busy = world.lead.post("/v1/dispatch/runs", ask).await.expect(409);
    assert_eq!(busy["type"], "urn:fieldops360:problem:dispatch-busy");
    assert_eq!(busy["run"], run["id"]);
    world.lead.post(&of(&run, "/publish"), json!({})).await.expect(409);
    eventually("it has found something", async || {
        let now = world.lead.get(&of(&run, "")).await.expect(200);
        (now["progress"]["rounds"].as_u64() > Some(0)).then_some(())
    })
    .await;
    world.lead.post(&of(&run, "/cancel"), json!({})).await.expect(200);
    let stopped = ended(&world, &run).await;
    assert_eq!(stopped["state"], "cancelled");
    assert_eq!(stopped["proposal"]["assignments"].as_array().unwrap().len(), 4);
    world.lead.post(&of(&run, "/cancel"), json!({})).await.expect(409);
    let again = search(&world, 1, 1, json!({"rounds": 5}));
    assert_eq!(searched(&world, again).await["state"], "done", "the site is free again");
    world.lead.post(&of(&run, "/publish"), json!({})).await.expect(200);
    world.stage.settle().await;
}

/// What a process leaves that dies over a search: a job whose lease lapsed, a run under way.
async fn died(world: &World, run: &Value, attempts: i32) {
    let mut sql = world.stage.sql().await;
    let id: uuid::Uuid = run["id"].as_str().unwrap().parse().unwrap();
    for statement in [
        "update planning.dispatch_run set state = 'running', ended_at = null, proposal = null
         where id = $1",
        "update planning.dispatch_run_site set busy = true where run_id = $1",
    ] {
        sqlx::query(statement).bind(id).execute(&mut sql).await.unwrap();
    }
    sqlx::query(
        "insert into core.job (id, service, kind, key, payload, run_at, created_at, attempts)
         values (gen_random_uuid(), 'planning', 'planning.dispatch', $1, jsonb_build_object('run', $1),
                 now(), now(), $2)",
    )
    .bind(id.to_string())
    .bind(attempts)
    .execute(&mut sql)
    .await
    .unwrap();
    world.stage.app(Service::Planning).jobs.wake(world.stage.tenant.id);
}

#[tokio::test]
async fn a_search_whose_process_died_is_taken_up_again_and_not_for_ever() {
    let world = World::new().await;
    let visit = task(&world, "Visite", 1, ("08:00", "09:00"), json!({})).await;
    let run = searched(&world, search(&world, 1, 1, json!({}))).await;
    died(&world, &run, 1).await;
    let again = ended(&world, &run).await;
    assert_eq!(again["state"], "done");
    assert!(placed(&again, &visit)["worker_ids"].is_array());
    died(&world, &run, 3).await;
    let failed = ended(&world, &run).await;
    assert_eq!((&failed["state"], &failed["failure"]), (&json!("failed"), &json!("died")));
    world.lead.post(&of(&run, "/publish"), json!({})).await.expect(409);
    searched(&world, search(&world, 1, 1, json!({"rounds": 5}))).await;
}

#[tokio::test]
async fn the_same_seed_finds_the_same() {
    let world = World::new().await;
    for day in 1..=4 {
        for (from, to) in [("08:00", "10:00"), ("10:00", "11:30"), ("13:00", "16:00")] {
            task(&world, "Visite", day, (from, to), json!({})).await;
        }
    }
    let ask = || search(&world, 1, 4, json!({"seed": 7}));
    let first = searched(&world, ask()).await;
    let second = searched(&world, ask()).await;
    assert_eq!(first["proposal"]["assignments"], second["proposal"]["assignments"]);
    assert_eq!(first["proposal"]["costs"], second["proposal"]["costs"]);
}

#[tokio::test]
async fn after_a_sick_worker_the_others_keep_what_they_have() {
    let world = World::new().await;
    let (mut hers, mut others) = (Vec::new(), Vec::new());
    for day in 1..=3 {
        let one = task(&world, "Visite", day, ("08:00", "10:00"), json!({})).await;
        let two = task(&world, "Visite", day, ("10:00", "12:00"), json!({})).await;
        world.assign(&one, &[world.awa]).await.expect(200);
        world.assign(&two, &[world.binta]).await.expect(200);
        hers.push(one);
        others.push(two);
    }
    let sick = json!({"from": "2027-03-01", "to": "2027-03-03", "rounds": 300,
                      "away": [{"worker_id": world.awa, "from": at(1, "00:00"),
                                "to": at(2, "23:00")}]});
    let run = world.lead.post("/v1/dispatch/replan", sick).await.expect(202);
    let run = ended(&world, &run).await;
    assert_eq!(run["kind"], "replan");
    assert_eq!(run["proposal"]["before"], 6);
    assert_eq!(run["proposal"]["kept"], 4, "{run}");
    for task in &others {
        assert_eq!(placed(&run, task)["worker_ids"], json!([world.binta]), "{run}");
    }
    for task in &hers[..2] {
        assert_eq!(placed(&run, task)["worker_ids"], json!([world.binta]));
    }
    assert_eq!(placed(&run, &hers[2])["worker_ids"], json!([world.awa]), "{run}");
    // Published only once the absence stands, or not: the plan is lawful either way.
    absent(&world, world.awa, "2027-03-01T00:00:00Z", "2027-03-02T23:00:00Z").await;
    world.lead.post(&of(&run, "/publish"), json!({})).await.expect(200);
    assert_eq!(world.read(&hers[0]).await["workers"], json!([world.binta]));

    let late = json!({"from": "2027-03-03", "to": "2027-03-03", "rounds": 100,
                      "delays": [{"task_id": others[2]["id"], "minutes": 120}]});
    let run = world.lead.post("/v1/dispatch/replan", late).await.expect(202);
    let run = ended(&world, &run).await;
    let start = |task: &Value| -> chrono::DateTime<chrono::Utc> {
        task["starts_at"].as_str().unwrap().parse().unwrap()
    };
    let planned = start(&world.read(&others[2]).await);
    let late = start(placed(&run, &others[2]));
    assert!(late >= planned + chrono::TimeDelta::minutes(120), "{late} after {planned}");
    assert_eq!(placed(&run, &hers[2])["worker_ids"], json!([world.awa]), "{run}");
}
