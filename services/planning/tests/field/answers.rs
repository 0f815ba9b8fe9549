//! What was answered under a key is answered again: also a refusal, whatever has become of what
//! stood against the call.

use kernel::{ProjectId, TaskId};
use serde_json::json;
use testkit::{Answer, Client};

use crate::world::World;

fn keyed(client: &Client, key: &str) -> Client {
    client.clone().header("idempotency-key", key)
}

#[track_caller]
fn same(first: &Answer, again: &Answer) {
    assert_eq!(first.status, again.status, "{}", again.json);
    assert_eq!(first.bytes, again.bytes, "to the letter, the request's id too");
    assert_eq!(first.headers["content-type"], again.headers["content-type"]);
    assert_eq!(first.headers["content-language"], again.headers["content-language"]);
    assert_eq!(again.headers["idempotency-replayed"], "true");
}

/// Task `second` begins when `first` is done.
async fn after(world: &World, first: TaskId, second: TaskId) {
    sqlx::query(
        "insert into planning.dependency (id, project_id, predecessor, successor, lag_min)
         values (gen_random_uuid(), $1, $2, $3, 0)",
    )
    .bind::<ProjectId>(world.project)
    .bind(first)
    .bind(second)
    .execute(&mut world.stage.sql().await)
    .await
    .unwrap();
}

#[tokio::test]
async fn a_late_copy_of_a_refused_call_does_nothing_though_nothing_stands_against_it_any_more() {
    let world = World::new().await;
    let first = world.task("Creuser", 0, &[world.awa]).await;
    let second = world.task("Poser le câble", 1, &[world.awa]).await;
    after(&world, first, second).await;
    let awa = world.phone(world.awa);
    let start = format!("/v1/tasks/{second}/start");
    let early = keyed(&awa, "start-early");
    let refused = early.post(&start, json!({})).await;
    assert_eq!(refused.json["type"], "urn:fieldops360:problem:predecessors-open");
    assert!(refused.headers.get("idempotency-replayed").is_none());

    for step in ["start", "finish"] {
        awa.post(&format!("/v1/tasks/{first}/{step}"), json!({})).await.expect(200);
    }
    same(&refused, &early.post(&start, json!({})).await);
    let task = world.lead.get(&format!("/v1/tasks/{second}")).await.expect(200);
    assert_eq!(task["status"], "planned", "the late copy did nothing");
    let other = early.post(&format!("{start}?after_step=0"), json!({})).await;
    assert_eq!(other.json["type"], "urn:fieldops360:problem:idempotency-key-reused");

    // Who tries again makes another call.
    keyed(&awa, "start-again").post(&start, json!({})).await.expect(200);
    same(&refused, &early.post(&start, json!({})).await);
    world.stage.settle().await;
}

#[tokio::test]
async fn another_version_under_the_same_key_is_another_call() {
    let world = World::new().await;
    let task = world.task("Creuser", 0, &[]).await;
    let (lead, path) = (keyed(&world.lead, "title"), format!("/v1/tasks/{task}"));
    let title = || json!({"title": "Tranchée"});
    let version = world.lead.get(&path).await.version();
    let first = lead.patch_match(&path, version, title()).await;
    assert_eq!(first.status, 200, "{}", first.json);
    let again = lead.patch_match(&path, version, title()).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(first.bytes, again.bytes);
    let other = lead.patch_match(&path, first.version(), title()).await;
    assert_eq!(other.json["type"], "urn:fieldops360:problem:idempotency-key-reused");
}

#[tokio::test]
async fn what_is_refused_before_a_write_begins_is_remembered_too() {
    let world = World::new().await;
    world.task("Poser le câble", 2, &[world.awa]).await;
    let awa = world.phone(world.awa);
    let body = json!({"site_id": world.site});
    // The clocks of these phones are two hours and three days fast, and they do not say when they
    // send: as soon as the time has come the press would count.
    for (key, hours) in [("two-hours", 2), ("three-days", 72)] {
        let fast = keyed(&awa, key).header("device-time", world.minutes(60 * hours).to_rfc3339());
        let refused = fast.post("/v1/time-entries", body.clone()).await;
        assert_eq!((refused.status.as_u16(), refused.pointers()[0].as_str()), (422, "Device-Time"));
        world.stage.clock.advance(chrono::TimeDelta::hours(hours + 1));
        same(&refused, &fast.post("/v1/time-entries", body.clone()).await);
    }
    let stays = awa.get("/v1/time-entries").await.expect(200);
    assert_eq!(stays["items"], json!([]));
}

#[tokio::test]
async fn who_may_not_is_told_so_again_though_it_has_become_possible() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 0, &[world.awa]).await;
    let binta = keyed(&world.phone(world.binta), "start-of-awas");
    let start = format!("/v1/tasks/{task}/start");
    let unseen = binta.post(&start, json!({})).await;
    assert_eq!(unseen.status, 404);
    world.assign(task, &[world.awa, world.binta]).await;
    same(&unseen, &binta.post(&start, json!({})).await);
    let validate = format!("/v1/tasks/{task}/validate");
    let awa = keyed(&world.phone(world.awa), "validate");
    let forbidden = awa.post(&validate, json!({})).await;
    assert_eq!(forbidden.status, 403);
    same(&forbidden, &awa.post(&validate, json!({})).await);
}

#[tokio::test]
async fn what_was_done_is_answered_so_though_the_copy_would_be_refused_before_it_is_looked_up() {
    let world = World::new().await;
    world.task("Poser le câble", 2, &[world.awa]).await;
    let pressed = world.minutes(-60).to_rfc3339();
    let phone = keyed(&world.phone(world.awa), "press").header("device-time", pressed);
    let body = json!({"site_id": world.site});
    let done = phone.post("/v1/time-entries", body.clone()).await;
    assert_eq!(done.status, 201);
    // By now the press is more than 30 days old, and the key is not.
    world.stage.clock.advance(chrono::TimeDelta::days(30));
    let again = phone.post("/v1/time-entries", body).await;
    assert_eq!((again.status, &again.bytes), (done.status, &done.bytes));
    assert_eq!(again.headers["idempotency-replayed"], "true");
}

#[tokio::test]
async fn what_the_request_shows_by_itself_is_not_kept_and_may_be_set_right_under_its_key() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 2, &[world.awa]).await;
    let path = format!("/v1/tasks/{task}");
    let lead = keyed(&world.lead, "rename");
    let body = json!({"title": "Raccorder"});
    let bare = lead.call(http::Method::PATCH, &path, Some(body.clone())).await;
    assert_eq!(bare.status, 428);
    let version = world.lead.get(&path).await.version();
    lead.patch_match(&path, version, body).await.expect(200);
    let torn = keyed(&world.lead, "torn");
    let form = Some(("text/plain", b"{}".to_vec()));
    assert_eq!(torn.raw(http::Method::POST, "/v1/tasks", form).await.status, 415);
    let kept: Vec<String> =
        sqlx::query_scalar("select key from core.idempotency_key where key = 'torn'")
            .fetch_all(&mut world.stage.sql().await)
            .await
            .unwrap();
    assert_eq!(kept, Vec::<String>::new());
}

#[tokio::test]
async fn of_copies_that_come_at_once_one_answer_stands_for_all() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 0, &[world.awa]).await;
    let [pause, start] = ["pause", "start"].map(|step| format!("/v1/tasks/{task}/{step}"));
    for round in 0..5 {
        let phone = keyed(&world.phone(world.awa), &format!("pause-{round}"));
        let (one, two, started) = tokio::join!(
            phone.post(&pause, json!({})),
            phone.post(&pause, json!({})),
            world.lead.post(&start, json!({})),
        );
        let decided: Vec<Answer> = [one, two]
            .into_iter()
            .filter(|a| a.json["type"] != "urn:fieldops360:problem:in-flight")
            .collect();
        let last = phone.post(&pause, json!({})).await;
        assert!(matches!(last.status.as_u16(), 200 | 409), "{}", last.json);
        for answer in &decided {
            assert_eq!((answer.status, &answer.bytes), (last.status, &last.bytes));
        }
        if started.status == 200 || last.status == 200 {
            let back = json!({"reason": "à refaire"});
            for step in ["pause", "resume", "finish", "reopen"] {
                world.lead.post(&format!("/v1/tasks/{task}/{step}"), back.clone()).await;
            }
        }
    }
    let kept: Vec<String> = sqlx::query_scalar(
        "select key from core.idempotency_key where key like 'pause-%' order by key",
    )
    .fetch_all(&mut world.stage.sql().await)
    .await
    .unwrap();
    assert_eq!(kept.len(), 5, "one answer for each key");
    world.stage.settle().await;
}
