//! Two phones work on the same thing offline and send in the reverse order: the later is told, and
//! so is the site's lead; nothing is overwritten silently.

use serde_json::{Value, json};
use testkit::{Answer, Client};

use crate::world::{Phone, World};

/// The step as a phone sends it that knows the task as it pulled it, with so many own steps waiting.
async fn step(phone: &Phone, client: &Client, task: &str, step: &str, waiting: i64) -> Answer {
    let steps = phone.held[task]["task"]["execution"]["steps"].as_i64().unwrap();
    let path = format!("/v1/tasks/{task}/{step}?after_step={}", steps + waiting);
    client.post(&path, json!({})).await
}

/// Reports a refused call, as the phone does.
async fn report(world: &World, phone: &Client, path: &str, minutes: i64, answer: &Answer) {
    report_as(world, phone, path, minutes, answer.status.as_u16(), &answer.json).await;
}

async fn report_as(
    world: &World,
    phone: &Client,
    path: &str,
    minutes: i64,
    status: u16,
    problem: &Value,
) {
    let body = json!({"site_id": world.site, "method": "POST", "path": path, "status": status,
                      "problem": problem, "acted_at": world.minutes(minutes)});
    phone.post("/v1/field/refusals", body).await.expect(201);
}

#[tokio::test]
async fn of_two_phones_with_the_same_task_the_later_to_send_is_told_and_so_is_the_lead() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 0, &[world.awa, world.binta]).await.to_string();
    let (mut awa, mut binta) =
        (Phone::new(world.phone(world.awa)), Phone::new(world.phone(world.binta)));
    awa.pull().await;
    binta.pull().await;

    // Awa worked first and sends last.
    let at = |client: &Client, minutes| {
        client.clone().header("device-time", world.minutes(minutes).to_rfc3339())
    };
    let (first, second) = (at(&binta.client, -50), at(&binta.client, -30));
    step(&binta, &first, &task, "start", 0).await.expect(200);
    let paused = step(&binta, &second, &task, "pause", 1).await.expect(200);
    assert_eq!(paused["status"], "paused");
    let start = step(&awa, &at(&awa.client, -60), &task, "start", 0).await;
    assert_eq!(start.status, 412, "{}", start.json);
    assert_eq!(start.json["current"]["status"], "paused", "with the state it met");
    report(&world, &awa.client, &format!("/v1/tasks/{task}/start"), -60, &start).await;
    // What waits behind it about the same task is not sent, and is reported too.
    let behind = json!({"title": "held back behind a refused call"});
    report_as(&world, &awa.client, &format!("/v1/tasks/{task}/finish"), -10, 424, &behind).await;

    let steps = world.lead.get(&format!("/v1/tasks/{task}/transitions?limit=50")).await;
    let steps = steps.expect(200)["items"].as_array().unwrap().clone();
    let taken: Vec<_> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(taken, ["start", "pause"], "what was told first stands");
    let now = world.lead.get(&format!("/v1/tasks/{task}")).await.expect(200);
    assert_eq!((&now["status"], &now["version"]), (&paused["status"], &paused["version"]));
    let seen = world.lead.get("/v1/field/refusals").await.expect(200);
    let seen: Vec<_> = (seen["items"].as_array().unwrap().iter())
        .map(|one| (one["path"].as_str().unwrap().rsplit('/').next().unwrap(), &one["problem"]))
        .collect();
    assert_eq!(seen, [("start", &start.json), ("finish", &behind)], "the lead sees both");
    world.stage.settle().await;
}

#[tokio::test]
async fn of_two_edits_from_the_same_version_the_second_gets_the_present_state() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 2, &[world.awa]).await;
    let path = format!("/v1/tasks/{task}");
    let version = world.lead.get(&path).await.version();
    let other = world.stage.client(auth::Role::SiteLead, auth::Scope::Site(world.site));
    other.patch_match(&path, version, json!({"title": "Raccorder"})).await.expect(200);
    let late = world.lead.patch_match(&path, version, json!({"title": "Creuser"})).await;
    assert_eq!(late.status, 412);
    assert_eq!(late.json["current"]["title"], "Raccorder");
    assert_eq!(world.lead.get(&path).await.expect(200)["title"], "Raccorder");
}

#[tokio::test]
async fn a_lost_answer_is_given_again_to_who_is_off_the_task_by_now() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 0, &[world.awa]).await;
    let phone = world.phone(world.awa).header("idempotency-key", "start-once");
    let start = format!("/v1/tasks/{task}/start");
    let then = phone.post(&start, json!({})).await.expect(200);
    world.assign(task, &[world.binta]).await;
    let again = phone.post(&start, json!({})).await;
    assert_eq!(again.headers.get("idempotency-replayed").unwrap(), "true");
    assert_eq!(again.expect(200), then);
    let another = world.phone(world.awa).post(&start, json!({})).await;
    assert_eq!(another.status, 404, "a new call is refused");
}
