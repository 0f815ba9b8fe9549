use auth::{Role, Scope};
use kernel::WorkerId;
use serde_json::{Value, json};

use crate::world::{World, at, step};

async fn absent(world: &World, worker: WorkerId, from: &str, to: &str) {
    sqlx::query(
        "insert into resources.absence (id, worker_id, from_at, to_at, kind)
         values (gen_random_uuid(), $1, $2::timestamptz, $3::timestamptz, 'leave')",
    )
    .bind(worker)
    .bind(from)
    .bind(to)
    .execute(&mut world.stage.sql().await)
    .await
    .unwrap();
}

fn rules(refusal: &Value) -> Vec<&str> {
    refusal["reasons"].as_array().unwrap().iter().map(|r| r["rule"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_proposal_says_who_fits_and_which_rule_stands_against_the_others() {
    let world = World::new().await;
    let task = world.task("Câble", 8, 12, json!({"skills": [world.skill]})).await;
    let ask = json!({"site_id": world.site, "day": "2026-03-02"});
    let proposal = world.lead.post("/v1/dispatch/propose", ask.clone()).await.expect(200);
    let proposed = &proposal["tasks"][0];
    assert_eq!(proposed["task_id"], task["id"]);
    assert_eq!(proposed["candidates"][0]["name"], "Awa Ndiaye");
    assert_eq!(proposed["candidates"][0]["valid_until"], "2026-03-31");
    assert_eq!(proposed["others"][0]["name"], "Binta Sow");
    assert_eq!(rules(&proposed["others"][0]), ["skill_missing"]);

    absent(&world, world.awa, "2026-03-02T11:00:00Z", "2026-03-03T00:00:00Z").await;
    let other = world.task("Autre", 8, 9, json!({})).await;
    world.assign(&other, &[world.awa]).await.expect(200);
    let by_id = json!({"task_ids": [task["id"]]});
    let proposal = world.lead.post("/v1/dispatch/propose", by_id).await.expect(200);
    let awa = proposal["tasks"][0]["others"].as_array().unwrap().iter();
    let awa = awa.into_iter().find(|o| o["name"] == "Awa Ndiaye").unwrap();
    assert_eq!(rules(awa), ["absent", "overlap"]);
    assert_eq!(proposal["tasks"][0]["candidates"], json!([]));

    let both = json!({"task_ids": [task["id"]], "day": "2026-03-02"});
    world.lead.post("/v1/dispatch/propose", both).await.expect(422);
    world.lead.post("/v1/dispatch/propose", json!({})).await.expect(422);
    world.phone(world.awa).post("/v1/dispatch/propose", ask.clone()).await.expect(404);
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    manager.post("/v1/dispatch/propose", ask).await.expect(403);
}

#[tokio::test]
async fn an_assignment_against_a_rule_is_refused_with_the_reasons_of_each_worker() {
    let world = World::new().await;
    let task = world.task("Câble", 8, 12, json!({"skills": [world.skill]})).await;
    let nobody = WorkerId::new();
    let refused = world.assign(&task, &[world.awa, world.binta, nobody]).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:workers-unfit");
    let reasons = refused["reasons"].as_array().unwrap();
    assert_eq!(reasons.iter().map(rules).collect::<Vec<_>>(), [["skill_missing"], ["unknown"]]);
    assert_eq!(world.read(&task).await["workers"], json!([]), "nobody of the three");
    world.assign(&task, &[world.awa]).await.expect(200);
    let late = world
        .lead
        .clone()
        .header("if-match", "\"1\"")
        .post(&at(&task, "/assignments"), json!({"worker_ids": []}))
        .await;
    assert_eq!(late.expect(412)["current"]["workers"], json!([world.awa]));

    // In April the certificate is no longer valid.
    let april = json!({"site_id": world.site, "title": "Avril", "skills": [world.skill],
                       "starts_at": "2026-03-31T20:00:00Z", "ends_at": "2026-04-01T06:00:00Z"});
    let april = world.lead.post("/v1/tasks", april).await.expect(201);
    let refused = world.assign(&april, &[world.awa]).await.expect(409);
    assert_eq!(refused["reasons"][0]["reasons"][0]["valid_until"], "2026-03-31");
    let off = world.assign(&task, &[]).await.expect(200);
    assert_eq!(off["workers"], json!([]));
    world.stage.settle().await;
}

#[tokio::test]
async fn whoever_finished_or_lost_a_task_is_free_for_another() {
    let world = World::new().await;
    let first = world.task("Câble", 8, 12, json!({})).await;
    let second = world.task("Coffret", 10, 14, json!({})).await;
    let third = world.task("Mesures", 11, 13, json!({})).await;
    world.assign(&first, &[world.awa]).await.expect(200);
    world.assign(&second, &[world.awa]).await.expect(409);
    step(&world.lead, &first, "start").await.expect(200);
    step(&world.lead, &first, "finish").await.expect(200);
    world.assign(&second, &[world.awa]).await.expect(200);
    step(&world.lead, &first, "reopen").await.expect(200);
    step(&world.lead, &second, "cancel").await.expect(200);
    world.assign(&third, &[world.awa]).await.expect(200);
}

#[tokio::test]
async fn the_rule_fills_the_day_and_says_what_is_missing() {
    let world = World::new().await;
    let skilled = world.task("Câble", 8, 12, json!({"skills": [world.skill]})).await;
    let pair = world.task("Tranchée", 13, 15, json!({"workers_needed": 3})).await;
    let day = json!({"site_id": world.site, "day": "2026-03-02"});
    let filled = world.lead.post("/v1/dispatch/assign", day.clone()).await.expect(200);
    assert_eq!(filled["tasks"][0]["task_id"], skilled["id"]);
    assert_eq!(filled["tasks"][0]["workers"], json!([world.awa]));
    assert_eq!(filled["tasks"][1]["added"], json!([world.binta, world.awa]), "fewest hours first");
    assert_eq!(filled["tasks"][1]["missing"], 1);
    assert_eq!(world.read(&pair).await["workers"], json!([world.awa, world.binta]));
    let again = world.lead.post("/v1/dispatch/assign", day).await.expect(409);
    assert_eq!(again["type"], "urn:fieldops360:problem:nobody-to-assign");
    world.stage.settle().await;
}

#[tokio::test]
async fn two_dispatchers_at_once_never_put_a_worker_on_two_tasks() {
    let world = World::new().await;
    for hour in 0..6 {
        let one = world.task("Un", hour, hour + 2, json!({"skills": [world.skill]})).await;
        let two = world.task("Deux", hour, hour + 1, json!({"skills": [world.skill]})).await;
        let assign = async |task: &Value| {
            let agreed = json!({"rules": ["outside_hours"], "reason": "De nuit"});
            let which = json!({"task_ids": [task["id"]], "override": agreed});
            world.lead.post("/v1/dispatch/assign", which).await.status.as_u16()
        };
        let (a, b) = tokio::join!(assign(&one), assign(&two));
        assert!([a, b].iter().all(|s| [200, 409].contains(s)), "{a} {b}");
        assert_eq!([a, b].iter().filter(|s| **s == 200).count(), 1);
        step(&world.lead, &one, "cancel").await.expect(200);
        step(&world.lead, &two, "cancel").await.expect(200);
    }
    // By hand as well, on the same worker.
    let one = world.task("Un", 12, 14, json!({})).await;
    let two = world.task("Deux", 13, 15, json!({})).await;
    let awa = [world.awa];
    let (a, b) = tokio::join!(world.assign(&one, &awa), world.assign(&two, &awa));
    let mut both = [a.status.as_u16(), b.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [200, 409]);
}
