//! The pull: no change is missed, whatever order transactions commit in.

use std::collections::BTreeMap;

use auth::{Role, Scope};
use chrono::TimeDelta;
use kernel::{IncidentId, WorkerId};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::world::{Phone, World};

/// Writes an incident as the service does: the state and the touch in one transaction.
async fn write(conn: &mut PgConnection, world: &World, id: IncidentId, title: &str) {
    sqlx::query(
        "insert into planning.incident (id, site_id, project_id, title, description, severity,
             cause, status, reported_at, recorded_at, reported_by, reporter_worker_id)
         values ($1, $2, $3, $4, '', 'low', 'other', 'open', now(), now(), $5, $6)
         on conflict (id) do update set title = excluded.title, version = incident.version + 1",
    )
    .bind(id)
    .bind(world.site)
    .bind(world.project)
    .bind(title)
    .bind(uuid::Uuid::now_v7())
    .bind(world.awa)
    .execute(&mut *conn)
    .await
    .unwrap();
    touch(conn, world.awa, id).await;
}

async fn touch(conn: &mut PgConnection, worker: WorkerId, id: IncidentId) {
    sqlx::query(
        "insert into planning.change (worker_id, kind, entity_id) values ($1, 'incident', $2)
         on conflict (worker_id, kind, entity_id) do update set xid = excluded.xid",
    )
    .bind(worker)
    .bind(id)
    .execute(conn)
    .await
    .unwrap();
}

async fn run(conn: &mut PgConnection, sql: &'static str) {
    sqlx::query(sql).execute(conn).await.unwrap();
}

#[tokio::test]
async fn of_two_overlapping_transactions_both_are_seen_though_the_later_commits_first() {
    let world = World::new().await;
    let (mut early, mut late) = (world.stage.sql().await, world.stage.sql().await);
    let (first, second) = (IncidentId::new(), IncidentId::new());
    let mut phone = Phone::new(world.phone(world.awa));
    phone.pull().await;

    run(&mut early, "begin").await;
    write(&mut early, &world, first, "first").await;
    run(&mut late, "begin").await;
    write(&mut late, &world, second, "second").await;
    run(&mut late, "commit").await;
    phone.pull().await;
    assert!(phone.held.is_empty(), "the cursor must not pass the transaction that is open");

    run(&mut early, "commit").await;
    phone.until("both changes", |p| p.holds(first) && p.holds(second)).await;
}

#[tokio::test]
async fn a_full_pull_begun_while_a_transaction_is_open_misses_nothing_of_it() {
    let world = World::new().await;
    let (mut early, mut late) = (world.stage.sql().await, world.stage.sql().await);
    let (first, second) = (IncidentId::new(), IncidentId::new());
    run(&mut early, "begin").await;
    write(&mut early, &world, first, "first").await;
    write(&mut late, &world, second, "second").await;

    let mut phone = Phone::new(world.phone(world.awa));
    phone.pull().await;
    assert!(phone.holds(second) && !phone.holds(first), "the state as it is committed");
    run(&mut early, "commit").await;
    phone.until("the one that was open", |p| p.holds(first)).await;
}

#[tokio::test]
async fn many_changes_of_one_transaction_come_in_pages_each_once() {
    let world = World::new().await;
    let mut phone = Phone::new(world.phone(world.awa));
    phone.pull().await;
    let mut writer = world.stage.sql().await;
    let ids: Vec<IncidentId> = (0..7).map(|_| IncidentId::new()).collect();
    run(&mut writer, "begin").await;
    for id in &ids {
        write(&mut writer, &world, *id, "one of seven").await;
    }
    run(&mut writer, "commit").await;
    let mut came = 0;
    phone
        .until("all seven", |p| {
            assert!(p.came == 0 || p.came == 7, "all of a transaction or nothing");
            p.came == 7
        })
        .await;
    came += phone.came;
    phone.pull().await;
    assert_eq!((came, phone.came), (7, 0), "each comes once");
    assert!(ids.iter().all(|id| phone.holds(id)));
}

/// A small generator of numbers (Knuth's MMIX multiplier), so that a failing course of events can
/// be played again by its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[tokio::test]
async fn whatever_order_writers_commit_in_the_phone_ends_with_the_state() {
    const WRITERS: usize = 4;
    let world = World::new().await;
    for seed in 0..4 {
        let mut dice = Dice(seed);
        let mut phone = Phone::new(world.phone(world.awa));
        let mut writers = Vec::new();
        for _ in 0..WRITERS {
            // Each its own things: two open writers of one thing would wait for each other.
            let things: Vec<IncidentId> = (0..4).map(|_| IncidentId::new()).collect();
            writers.push((world.stage.sql().await, things, false));
        }
        for step in 0..100 {
            let (conn, things, open) = &mut writers[dice.below(WRITERS as u64) as usize];
            match dice.below(6) {
                0 => {
                    phone.page().await;
                }
                1 | 2 if *open => {
                    run(conn, if dice.below(4) == 0 { "rollback" } else { "commit" }).await;
                    *open = false;
                }
                _ => {
                    if !*open {
                        run(conn, "begin").await;
                        *open = true;
                    }
                    let thing = things[dice.below(4) as usize];
                    write(conn, &world, thing, &format!("{seed}/{step}")).await;
                }
            }
        }
        for (conn, _, open) in &mut writers {
            if *open {
                run(conn, "commit").await;
            }
        }
        let state: BTreeMap<String, String> =
            sqlx::query_as::<_, (uuid::Uuid, String)>("select id, title from planning.incident")
                .fetch_all(&mut writers[0].0)
                .await
                .unwrap()
                .into_iter()
                .map(|(id, title)| (id.to_string(), title))
                .collect();
        assert!(!state.is_empty());
        phone.until("the state", |p| titles(&p.held) == state).await;
        let mut anew = Phone::new(world.phone(world.awa));
        anew.pull().await;
        assert_eq!(anew.held, phone.held, "a full pull equals the state, seed {seed}");
    }
}

fn titles(held: &BTreeMap<String, Value>) -> BTreeMap<String, String> {
    held.iter().map(|(id, v)| (id.clone(), v["title"].as_str().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn a_task_comes_with_its_crew_and_goes_when_the_worker_is_taken_off() {
    let world = World::new().await;
    let mut phone = Phone::new(world.phone(world.awa));
    phone.pull().await;
    assert_eq!(phone.resets, 1);
    let task = world.task("Poser le câble", 2, &[world.awa, world.binta]).await;
    phone.until("the task", |p| p.holds(task)).await;
    let held = &phone.held[&task.to_string()];
    assert_eq!(held["task"]["title"], "Poser le câble");
    let mut crew: Vec<&str> =
        held["crew"].as_array().unwrap().iter().map(|w| w["name"].as_str().unwrap()).collect();
    crew.sort_unstable();
    assert_eq!(crew, ["Awa Ndiaye", "Binta Sow"]);

    world.assign(task, &[world.binta]).await;
    phone.until("the tombstone", |p| !p.holds(task)).await;
    let mut other = Phone::new(world.phone(world.binta));
    other.pull().await;
    assert!(other.holds(task), "who is still on it keeps it");
    assert_eq!(phone.resets, 1, "none of this was a full pull");
}

#[tokio::test]
async fn a_cancelled_task_goes_from_the_phone() {
    let world = World::new().await;
    let mut phone = Phone::new(world.phone(world.awa));
    let task = world.task("Poser le câble", 2, &[world.awa]).await;
    phone.pull().await;
    assert!(phone.holds(task));
    let cancel = format!("/v1/tasks/{task}/cancel");
    world.lead.post(&cancel, json!({"reason": "pluie"})).await.expect(200);
    phone.until("the tombstone", |p| !p.holds(task)).await;
}

#[tokio::test]
async fn a_phone_gets_its_own_workers_things_alone() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 2, &[world.awa]).await;
    let incident = json!({"site_id": world.site, "title": "Vol de câble", "severity": "high",
                          "cause": "material"});
    let id = world.phone(world.awa).post("/v1/incidents", incident).await.expect(201)["id"].clone();
    let mut awa = Phone::new(world.phone(world.awa));
    awa.pull().await;
    assert!(awa.holds(task) && awa.holds(id.as_str().unwrap()));
    let mut binta = Phone::new(world.phone(world.binta));
    binta.pull().await;
    assert!(binta.held.is_empty());
}

#[tokio::test]
async fn what_is_long_over_is_not_pulled_anew_and_goes_when_touched() {
    let world = World::new().await;
    world.task("Poser le câble", 2, &[world.awa]).await;
    let client = world.phone(world.awa);
    let told = json!({"site_id": world.site, "title": "Pluie", "severity": "low",
                      "cause": "weather"});
    let told = client.post("/v1/incidents", told).await.expect(201);
    let resolve = format!("/v1/incidents/{}/resolve", told["id"].as_str().unwrap());
    world.lead.post(&resolve, json!({"resolution": "Séché"})).await.expect(200);
    let came = client.clone().header("device-time", world.minutes(-60).to_rfc3339());
    let came = came.post("/v1/time-entries", json!({"site_id": world.site})).await.expect(201);
    let entry = format!("/v1/time-entries/{}", came["id"].as_str().unwrap());
    client.post(&format!("{entry}/clock-out"), json!({})).await.expect(200);
    let mut phone = Phone::new(world.phone(world.awa));
    phone.pull().await;
    assert_eq!(phone.held.len(), 3);

    world.stage.clock.advance(TimeDelta::days(31));
    let mut anew = Phone::new(world.phone(world.awa));
    anew.pull().await;
    assert_eq!(anew.held.len(), 1, "the task is still to be done");
    let right = json!({"in_at": world.minutes(-31 * 1440 - 70), "reason": "oubli"});
    world.lead.patch_match(&entry, 2, right).await.expect(200);
    phone.until("the tombstone", |p| p.held.len() == 2).await;
}

#[tokio::test]
async fn a_task_brings_its_checklists_and_what_was_answered() {
    let world = World::new().await;
    let planner = world.stage.client(Role::ProjectLead, Scope::Tenant);
    let list = json!({"name": "Mise à la terre", "questions": [
        {"key": "ohm", "label": "Résistance", "kind": "number", "max": 10.0, "unit": "Ω",
         "required": true}]});
    let list = planner.post("/v1/checklists", list).await.expect(201);
    let task = json!({"site_id": world.site, "title": "Terre", "duration_min": 60,
                      "starts_at": world.minutes(60), "checklists": [list["id"]]});
    let task = world.lead.post("/v1/tasks", task).await.expect(201);
    let id = task["id"].as_str().unwrap().to_owned();
    world.assign(id.parse().unwrap(), &[world.awa]).await;
    let mut phone = Phone::new(world.phone(world.awa));
    phone.pull().await;
    assert_eq!(phone.held[&id]["checklists"], json!([list]));
    assert_eq!(phone.held[&id]["runs"], json!([]));

    let answers = json!({"task_id": id, "checklist_id": list["id"],
                         "answers": [{"question": "ohm", "value": 14.0}]});
    phone.client.post("/v1/checklist-runs", answers).await.expect(201);
    phone.until("the answers", |p| p.held[&id]["runs"] != json!([])).await;
    let run = &phone.held[&id]["runs"][0];
    assert_eq!(run["answers"][0]["conforms"], false);
    assert_eq!(run["questions"], list["questions"]);
    assert_eq!(phone.held[&id]["checklists"], json!([]), "it is being answered");
}

#[tokio::test]
async fn after_a_restore_the_phone_begins_anew() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 2, &[world.awa]).await;
    let mut phone = Phone::new(world.phone(world.awa));
    phone.pull().await;
    phone.held.insert("lost by the restore".into(), json!({}));
    world.restored().await;
    phone.pull().await;
    assert_eq!(phone.resets, 2);
    assert_eq!(phone.held.keys().collect::<Vec<_>>(), [&task.to_string()]);
}

#[tokio::test]
async fn a_phone_that_passes_to_another_worker_begins_anew_and_misses_nothing() {
    let world = World::new().await;
    let old = world.task("Creuser", 2, &[world.awa]).await;
    let touched_before = world.task("Poser le câble", 3, &[world.binta]).await;
    let mut phone = Phone::new(world.phone(world.awa));
    phone.until("Awa's task", |p| p.holds(old)).await;
    // A user becomes another worker, or takes the phone over: the cursor comes from the one before.
    phone.client = world.phone(world.binta);
    phone.until("Binta's task", |p| p.holds(touched_before)).await;
    assert!(!phone.holds(old), "nothing of Awa's stays on it");
    assert_eq!(phone.resets, 2);
    phone.pull().await;
    assert_eq!(phone.resets, 2, "once");
    world.stage.settle().await;
}

#[tokio::test]
async fn who_is_no_worker_pulls_nothing_and_bad_cursors_are_refused() {
    let world = World::new().await;
    let crew = world.stage.client(Role::CrewMember, Scope::Own);
    assert_eq!(crew.get("/v1/field/changes").await.status, 403);
    let manager = world.stage.client(Role::Manager, Scope::Tenant).as_worker(world.awa);
    assert_eq!(manager.get("/v1/field/changes").await.status, 403);
    let phone = world.phone(world.awa);
    for bad in ["x", "", "%00", "019.delta.1", "é"] {
        let answer = phone.get(&format!("/v1/field/changes?since={bad}")).await;
        assert_eq!(answer.status, 422, "{bad}");
    }
    assert_eq!(phone.get("/v1/field/changes?limit=0").await.status, 422);
    assert_eq!(phone.get("/v1/field/changes?limit=201").await.status, 422);
    assert_eq!(phone.get("/v1/field/changes?unknown=1").await.status, 400);
}
