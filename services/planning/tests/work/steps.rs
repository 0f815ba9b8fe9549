//! Every step from every status by every role; and two phones that did not know of each other.

use auth::{Role, Scope};
use contracts::TaskStatus;
use kernel::TaskId;
use serde_json::{Value, json};
use testkit::Client;
use tokio::task::JoinSet;

use crate::world::{World, at, step};

/// Where each step leads a task on which work has begun, in the order of the statuses; `-`: it is
/// refused.
const TABLE: [(&str, Right, [&str; 11]); 13] = {
    const NO: &str = "-";
    const ON_SITE: &str = "on_site";
    const GOES: &str = "in_progress";
    const STOPS: &str = "cancelled";
    use Right::{Agree, Send, Work};
    [
        ("dispatch", Send, ["dispatched", NO, NO, NO, NO, NO, NO, NO, NO, NO, NO]),
        ("recall", Send, [NO, "paused", "paused", "paused", NO, NO, NO, NO, NO, NO, NO]),
        (
            "travel",
            Work,
            ["travelling", "travelling", NO, NO, NO, "travelling", NO, NO, NO, "travelling", NO],
        ),
        ("arrive", Work, [ON_SITE, ON_SITE, ON_SITE, NO, NO, ON_SITE, NO, NO, NO, ON_SITE, NO]),
        ("start", Work, [GOES, GOES, GOES, GOES, NO, NO, NO, NO, NO, GOES, NO]),
        ("pause", Work, [NO, NO, NO, NO, "paused", NO, NO, NO, NO, NO, NO]),
        ("resume", Work, [NO, NO, NO, NO, NO, GOES, NO, NO, NO, NO, NO]),
        (
            "block",
            Work,
            [
                "blocked", "blocked", "blocked", "blocked", "blocked", "blocked", NO, NO, NO,
                "blocked", NO,
            ],
        ),
        ("unblock", Work, [NO, NO, NO, NO, NO, NO, GOES, NO, NO, NO, NO]),
        ("finish", Work, [NO, NO, NO, NO, "done", "done", NO, NO, NO, "done", NO]),
        ("validate", Agree, [NO, NO, NO, NO, NO, NO, NO, "validated", NO, NO, NO]),
        ("reopen", Agree, [NO, NO, NO, NO, NO, NO, NO, "reopened", NO, NO, NO]),
        ("cancel", Agree, [STOPS, STOPS, STOPS, STOPS, STOPS, STOPS, STOPS, NO, NO, STOPS, NO]),
    ]
};

/// What a step takes.
#[derive(Clone, Copy, PartialEq)]
enum Right {
    /// To put workers on the task.
    Send,
    /// To work on it.
    Work,
    /// To answer for the site.
    Agree,
}

/// Brings a task to a status without its steps.
async fn put(world: &World, task: &Value, status: TaskStatus) {
    let id: TaskId = task["id"].as_str().unwrap().parse().unwrap();
    let mut sql = world.stage.sql().await;
    sqlx::query(
        "update planning.task set status = $2, started_at = '2026-03-02T08:00Z' where id = $1",
    )
    .bind(id)
    .bind(status.as_str())
    .execute(&mut sql)
    .await
    .unwrap();
    sqlx::query("update planning.task_block set ended_at = since where task_id = $1")
        .bind(id)
        .execute(&mut sql)
        .await
        .unwrap();
    sqlx::query("delete from planning.work_session where task_id = $1")
        .bind(id)
        .execute(&mut sql)
        .await
        .unwrap();
    if status == TaskStatus::Blocked {
        sqlx::query(
            "insert into planning.task_block
                 (id, task_id, from_status, reason, by_client, since)
             values (gen_random_uuid(), $1, 'in_progress', 'Pluie', false, '2026-03-02T09:00Z')",
        )
        .bind(id)
        .execute(&mut sql)
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn every_step_from_every_status_by_every_role_answers_as_the_tables_say() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({})).await;
    world.assign(&task, &[world.awa]).await.expect(200);
    let here = Scope::Site(world.site);
    // Who calls, whether the task is seen, and what may be done.
    let everybody: [(&str, Client, bool, &[Right]); 8] = [
        ("own crew", world.phone(world.awa), true, &[Right::Work]),
        ("other crew", world.phone(world.binta), false, &[]),
        ("site lead", world.lead.clone(), true, &[Right::Send, Right::Work, Right::Agree]),
        (
            "another site's lead",
            world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere)),
            false,
            &[],
        ),
        ("project lead", world.planner(), true, &[Right::Send, Right::Agree]),
        ("manager", world.stage.client(Role::Manager, Scope::Tenant), true, &[]),
        ("admin", world.stage.client(Role::TenantAdmin, Scope::Tenant), false, &[]),
        ("crew without a worker", world.stage.client(Role::CrewMember, here), false, &[]),
    ];
    let mut calls = 0;
    for (name, right, row) in TABLE {
        for (status, reached) in TaskStatus::ALL.into_iter().zip(row) {
            put(&world, &task, status).await;
            for (who, client, sees, may) in &everybody {
                let path = at(&task, &format!("/{name}"));
                let answer = client.post(&path, json!({"reason": "Ainsi"})).await;
                let expected = match (sees, may.contains(&right), reached) {
                    (false, ..) => 404,
                    (true, false, _) => 403,
                    (true, true, "-") => 409,
                    (true, true, _) => 200,
                };
                let (code, json) = (answer.status.as_u16(), answer.json);
                assert_eq!(code, expected, "{name} from {status:?} by {who}: {json}");
                if code == 200 {
                    assert_eq!(json["status"], reached, "{name} from {status:?}");
                    put(&world, &task, status).await;
                } else {
                    let now = world.read(&task).await;
                    assert_eq!(now["status"], status.as_str(), "{name} refused changes nothing");
                }
                calls += 1;
            }
        }
    }
    assert_eq!(calls, 13 * 11 * 8);
    world.stage.settle().await;
}

#[tokio::test]
async fn fifty_who_finish_at_once_have_one_effect() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({})).await;
    step(&world.lead, &task, "start").await.expect(200);
    let mut calls = JoinSet::new();
    for call in 0..50 {
        let client = world.lead.clone().header("idempotency-key", format!("finish-{call}"));
        let path = at(&task, "/finish");
        calls.spawn(async move { client.post(&path, json!({})).await.status.as_u16() });
    }
    let mut answers = calls.join_all().await;
    answers.sort_unstable();
    // A pool of connections has an end: who finds no place in time is told to come again.
    assert!(answers.iter().all(|code| [200, 409, 503].contains(code)), "{answers:?}");
    assert_eq!(answers.iter().filter(|code| **code == 200).count(), 1, "{answers:?}");
    let steps = world.lead.get(&at(&task, "/transitions")).await.expect(200);
    let finished = steps["items"].as_array().unwrap().iter().filter(|s| s["step"] == "finish");
    assert_eq!(finished.count(), 1);
    let sessions = world.lead.get(&at(&task, "/work-sessions")).await.expect(200);
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
    assert!(sessions["items"][0]["ended_at"].is_string());
    world.stage.settle().await;
}

#[tokio::test]
async fn two_phones_offline_on_one_task_overwrite_nothing_unseen_in_whatever_order_they_come() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({"workers_needed": 2})).await;
    world.assign(&task, &[world.awa, world.binta]).await.expect(200);
    step(&world.lead, &task, "start").await.expect(200);
    let (awa, binta) = (world.phone(world.awa), world.phone(world.binta));
    let call = async |phone: &Client, name: &str, after: i32, time: &str| {
        let device = phone.clone().header("device-time", format!("2026-03-02T{time}:00Z"));
        device.post(&at(&task, &format!("/{name}?after_step={after}")), json!({})).await
    };
    // Both pulled the task after its first step, and lost the network. Awa paused and went on;
    // Binta paused, later. Binta's phone comes back first.
    call(&binta, "pause", 1, "10:00").await.expect(200);
    let refused = call(&awa, "pause", 1, "09:00").await.expect(412);
    assert_eq!(refused["current"]["status"], "paused");
    assert_eq!(refused["current"]["execution"]["steps"], 2);
    // By the status alone this one would fit, and end Binta's pause unseen.
    call(&awa, "resume", 2, "09:10").await.expect(200);
    call(&binta, "resume", 2, "10:30").await.expect(412);
    call(&binta, "finish", 3, "11:00").await.expect(200);

    // What was refused is kept for the site lead.
    let note = json!({"site_id": world.site, "method": "POST", "status": 412,
                      "path": at(&task, "/pause?after_step=1"), "problem": refused,
                      "acted_at": "2026-03-02T09:00:00Z"});
    awa.post("/v1/field/refusals", note).await.expect(201);
    let kept = world.lead.get("/v1/field/refusals").await.expect(200);
    assert_eq!(kept["items"][0]["problem"]["type"], "urn:fieldops360:problem:stale");
    let steps = world.lead.get(&at(&task, "/transitions")).await.expect(200);
    let taken: Vec<_> = steps["items"].as_array().unwrap().iter().collect();
    let names: Vec<_> = taken.iter().map(|s| s["step"].as_str().unwrap()).collect();
    assert_eq!(names, ["start", "pause", "resume", "finish"]);
    assert_eq!(taken[1]["after_step"], 1);
    assert_eq!(taken[1]["worker_id"], json!(world.binta));
    world.stage.settle().await;
}

#[tokio::test]
async fn what_the_office_says_does_not_stand_against_what_a_phone_decided_meanwhile() {
    let world = World::new().await;
    let task = world.task("Tirage du câble", 8, 12, json!({})).await;
    let refused = step(&world.lead, &task, "dispatch").await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:nobody-on-task");
    world.assign(&task, &[world.awa]).await.expect(200);
    let phone = world.phone(world.awa);
    step(&world.lead, &task, "dispatch").await.expect(200);
    phone.post(&at(&task, "/travel?after_step=0"), json!({})).await.expect(200);
    step(&world.lead, &task, "recall").await.expect(200);
    let arrived = phone.post(&at(&task, "/arrive?after_step=1"), json!({})).await.expect(200);
    assert_eq!(
        (&arrived["status"], &arrived["execution"]["steps"]),
        (&json!("on_site"), &json!(2))
    );
    for bad in ["after_step=-1", "after_step=x", "after=1", "after_step=99999999999"] {
        let status = phone.post(&at(&task, &format!("/start?{bad}")), json!({})).await.status;
        assert!([400, 422].contains(&status.as_u16()), "{bad}: {status}");
    }
    world.stage.settle().await;
}
