//! Sites and documents on the phones: they come with the first task of a place and go with the last.

use chrono::TimeDelta;
use contracts::{Change, DocumentChange, DocumentChanged, ProjectChanged, SiteChanged};
use kernel::{Currency, DocumentId, Position, SiteId};
use serde_json::json;
use testkit::eventually;

use crate::world::{CENTRE, Phone, World};

/// A document with a version in force, as the projects' service keeps it.
async fn document(
    world: &World,
    name: &str,
    site: Option<SiteId>,
    released: bool,
    roles: &[&str],
) -> DocumentId {
    let id = DocumentId::new();
    let mut sql = world.stage.sql().await;
    sqlx::query(
        "insert into projects.document (id, project_id, site_id, kind, name, tags, roles, released,
             must_acknowledge, reminder_days, current, created_by, created_at, version)
         values ($1, $2, $3, 'plan', $4, '{}', $5, $6, false, '{}', 1, $1, now(), 1)",
    )
    .bind(id)
    .bind(world.project)
    .bind(site)
    .bind(name)
    .bind(roles)
    .bind(released)
    .execute(&mut sql)
    .await
    .unwrap();
    sqlx::query(
        "insert into projects.document_version (id, document_id, number, file_name, size, scan,
             text_state, blob_key, sha256, media_type, created_by, created_at, version)
         values (gen_random_uuid(), $1, 1, 'plan.pdf', 1000, 'clean', 'pending', 'k',
                 sha256('plan'), 'application/pdf', $1, now(), 1)",
    )
    .bind(id)
    .execute(&mut sql)
    .await
    .unwrap();
    id
}

/// What the projects' service tells of it.
fn news(world: &World, document: DocumentId, site: Option<SiteId>) -> DocumentChanged {
    DocumentChanged {
        document,
        version: 2,
        change: DocumentChange::Updated,
        project: world.project,
        site,
        restricted: false,
        expires_on: None,
        current: Some(1),
    }
}

#[tokio::test]
async fn a_place_comes_with_the_first_task_there_and_goes_with_the_last() {
    let world = World::new().await;
    document(&world, "Plan de masse", None, true, &[]).await;
    document(&world, "Plan du poste", Some(world.site), true, &["crew_member"]).await;
    document(&world, "Autre poste", Some(world.elsewhere), true, &[]).await;
    document(&world, "Brouillon", Some(world.site), false, &[]).await;
    document(&world, "Contrat", None, true, &["manager"]).await;
    let mut phone = Phone::new(world.phone(world.awa));
    phone.pull().await;
    assert!(phone.places.is_empty());

    sqlx::query(
        "update projects.site
         set access_notes = 'Clé chez le gardien', people = '[{\"name\": \"Mme Sarr\"}]'",
    )
    .execute(&mut world.stage.sql().await)
    .await
    .unwrap();

    let first = world.task("Poser le câble", 2, &[world.awa]).await;
    let second = world.task("Raccorder", 4, &[world.awa]).await;
    let all = ["Plan de masse", "Plan du poste", "Poste nord"];
    phone.until("the site and its documents", |p| p.place_names() == all).await;
    let site = &phone.places[&world.site.to_string()];
    assert_eq!(site["project_name"], "Fibre Thiès");
    assert_eq!(site["access_notes"], "Clé chez le gardien");
    assert_eq!(site["contacts"], json!([{"name": "Mme Sarr"}]));
    assert_eq!((&site["radius_m"], &site["zone"]), (&json!(100.0), &json!("Africa/Dakar")));
    let mut anew = Phone::new(world.phone(world.awa));
    anew.pull().await;
    assert_eq!(anew.places, phone.places, "a full pull brings the same");

    world.assign(first, &[world.binta]).await;
    phone.until("the task's tombstone", |p| !p.holds(first)).await;
    assert_eq!(phone.place_names(), all, "there is still work");
    let cancel = format!("/v1/tasks/{second}/cancel");
    world.lead.post(&cancel, json!({"reason": "pluie"})).await.expect(200);
    phone.until("the tombstones", |p| p.places.is_empty()).await;
    assert_eq!(phone.resets, 1, "none of this was a full pull");
    let mut anew = Phone::new(world.phone(world.awa));
    anew.pull().await;
    assert!(anew.places.is_empty());
    world.stage.settle().await;
}

#[tokio::test]
async fn a_site_in_another_zone_shows_its_tasks_anew_and_one_with_another_name_does_not() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 2, &[world.awa]).await;
    let mut phone = Phone::new(world.phone(world.awa));
    phone.until("the task and its site", |p| p.holds(task) && !p.places.is_empty()).await;
    let (id, site) = (task.to_string(), world.site.to_string());
    assert_eq!(phone.held[&id]["task"]["zone"], "Africa/Dakar");
    let change = async |sets: &'static str, version| {
        sqlx::query(sets).bind(world.site).execute(&mut world.stage.sql().await).await.unwrap();
        let news = SiteChanged {
            site: world.site,
            version,
            change: Change::Updated,
            project: world.project,
            position: Position { lat: CENTRE.0, lon: CENTRE.1, accuracy_m: None },
            radius_m: 100.0,
            zone: "Europe/Paris".to_owned(),
        };
        world.tell(&news).await;
    };
    change("update projects.site set zone = 'Europe/Paris' where id = $1", 2).await;
    phone.until("the other zone", |p| p.places[&site]["zone"] == "Europe/Paris").await;
    phone.until("the task in it", |p| p.held[&id]["task"]["zone"] == "Europe/Paris").await;
    // What it was first held by may come once more.
    world.stage.settle().await;
    phone.until("nothing more", |p| p.came == 0).await;
    change("update projects.site set name = 'Poste ouest' where id = $1", 3).await;
    phone
        .until("the other name", |p| {
            assert_eq!(p.came, 0, "a name is the site's alone");
            p.place_names() == ["Poste ouest"]
        })
        .await;
    world.stage.settle().await;
}

#[tokio::test]
async fn of_two_writers_who_each_take_one_of_two_tasks_the_later_takes_the_site() {
    let world = World::new().await;
    let first = world.task("Poser le câble", 2, &[world.awa]).await;
    let second = world.task("Raccorder", 4, &[world.awa]).await;
    let mut phone = Phone::new(world.phone(world.awa));
    phone.pull().await;
    assert_eq!(phone.place_names(), ["Poste nord"]);

    // One who took the worker off the first task, saw the second, and is not yet done.
    let mut writer = world.stage.sql().await;
    sqlx::query("begin").execute(&mut writer).await.unwrap();
    sqlx::query("delete from planning.assignment where task_id = $1")
        .bind(first)
        .execute(&mut writer)
        .await
        .unwrap();
    sqlx::query(
        "update planning.change set until = until
         where worker_id = $1 and kind = 'site' and entity_id = $2",
    )
    .bind(world.awa)
    .bind(world.site)
    .execute(&mut writer)
    .await
    .unwrap();
    let mut look = world.stage.sql().await;
    let commit = async {
        eventually("the other waits", async || {
            let waits: bool = sqlx::query_scalar(
                "select exists(select from pg_stat_activity
                               where datname = current_database() and wait_event_type = 'Lock')",
            )
            .fetch_one(&mut look)
            .await
            .unwrap();
            waits.then_some(())
        })
        .await;
        sqlx::query("commit").execute(&mut writer).await.unwrap();
    };
    let others = [world.binta];
    tokio::join!(world.assign(second, &others), commit);
    phone.until("the site's tombstone", |p| p.places.is_empty()).await;
}

#[tokio::test]
async fn a_document_comes_when_it_is_released_and_goes_when_it_is_withdrawn() {
    let world = World::new().await;
    world.task("Poser le câble", 2, &[world.awa]).await;
    let plan = document(&world, "Plan", Some(world.site), false, &[]).await;
    let mut phone = Phone::new(world.phone(world.awa));
    phone.pull().await;
    assert_eq!(phone.place_names(), ["Poste nord"]);
    let mut sql = world.stage.sql().await;
    for (change, expected) in [
        ("released = true", true),
        ("roles = '{manager}'", false),
        ("roles = '{}'", true),
        ("released = false", false),
    ] {
        let change = format!("update projects.document set {change}, version = version + 1");
        sqlx::query(sqlx::AssertSqlSafe(change)).execute(&mut sql).await.unwrap();
        world.tell(&news(&world, plan, Some(world.site))).await;
        phone.until("the document", |p| p.places.contains_key(&plan.to_string()) == expected).await;
    }
    assert_eq!(phone.resets, 1);
    world.stage.settle().await;
}

/// The transactions that touched a worker's tasks last.
async fn touched(sql: &mut sqlx::PgConnection, worker: kernel::WorkerId) -> Vec<String> {
    let rows = "select entity_id || ' ' || xid from planning.change
                where worker_id = $1 and kind = 'task' order by 1";
    sqlx::query_scalar(rows).bind(worker).fetch_all(sql).await.unwrap()
}

#[tokio::test]
async fn another_name_of_a_site_or_a_project_is_one_change_for_each_of_its_workers() {
    let world = World::new().await;
    let mut tasks = Vec::new();
    for hour in 0..5 {
        tasks.push(world.task("Poser le câble", 2 * hour + 1, &[world.awa]).await);
    }
    // The news of how this world was made has been heard.
    world.stage.settle().await;
    let mut phone = Phone::new(world.phone(world.awa));
    // A pull waits for the oldest writer on the server, so the tasks need not come with the first.
    phone.until("its tasks", |p| tasks.iter().all(|task| p.holds(task))).await;
    let mut sql = world.stage.sql().await;
    let before = touched(&mut sql, world.awa).await;
    sqlx::query("update projects.site set name = 'Poste est' where id = $1")
        .bind(world.site)
        .execute(&mut sql)
        .await
        .unwrap();
    world
        .tell(&SiteChanged {
            site: world.site,
            project: world.project,
            version: 2,
            change: Change::Updated,
            position: Position { lat: CENTRE.0, lon: CENTRE.1, accuracy_m: None },
            radius_m: 100.0,
            zone: "Africa/Dakar".into(),
        })
        .await;
    phone.until("the new name", |p| p.place_names() == ["Poste est"]).await;
    assert_eq!(touched(&mut sql, world.awa).await, before, "no task comes with it");
    sqlx::query("update projects.project set name = 'Fibre Mbour'")
        .execute(&mut sql)
        .await
        .unwrap();
    world
        .tell(&ProjectChanged {
            project: world.project,
            version: 2,
            change: Change::Updated,
            status: contracts::ProjectStatus::Active,
            currency: Currency::Xof,
        })
        .await;
    let site = world.site.to_string();
    phone.until("the project's name", |p| p.places[&site]["project_name"] == "Fibre Mbour").await;
    world.stage.settle().await;
}

#[tokio::test]
async fn a_site_whose_work_is_long_over_comes_again_with_new_work() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 0, &[world.awa]).await;
    for step in ["start", "finish", "validate"] {
        world.lead.post(&format!("/v1/tasks/{task}/{step}"), json!({})).await.expect(200);
    }
    let mut phone = Phone::new(world.phone(world.awa));
    phone.pull().await;
    assert_eq!(phone.place_names(), ["Poste nord"], "kept a while");
    world.stage.clock.advance(TimeDelta::days(31));
    let mut anew = Phone::new(world.phone(world.awa));
    anew.pull().await;
    assert!(anew.places.is_empty() && anew.held.is_empty());
    world.task("Reprendre", 2, &[world.awa]).await;
    anew.until("the site", |p| p.place_names() == ["Poste nord"]).await;
}

#[tokio::test]
async fn who_is_put_on_a_task_while_its_checklist_changes_gets_the_new_version() {
    let world = World::new().await;
    let planner = world.stage.client(auth::Role::ProjectLead, auth::Scope::Tenant);
    let question = json!({"key": "ok", "label": "En ordre ?", "kind": "yes_no"});
    let list = json!({"name": "Terre", "questions": [question]});
    let list = planner.post("/v1/checklists", list).await.expect(201);
    let task = json!({"site_id": world.site, "title": "Terre", "duration_min": 60,
                      "starts_at": world.minutes(60), "checklists": [list["id"]]});
    let task = world.lead.post("/v1/tasks", task).await.expect(201)["id"].clone();
    let task: kernel::TaskId = task.as_str().unwrap().parse().unwrap();
    world.assign(task, &[world.awa]).await;
    let mut awa = Phone::new(world.phone(world.awa));
    let mut binta = Phone::new(world.phone(world.binta));
    awa.pull().await;
    binta.pull().await;

    let mut writer = world.stage.sql().await;
    for sql in [
        "begin",
        "insert into planning.assignment (id, task_id, worker_id, during)
         select gen_random_uuid(), a.task_id, w.id, a.during
         from planning.assignment a, resources.worker w where w.id <> a.worker_id",
        "insert into planning.change (worker_id, kind, entity_id)
         select worker_id, 'task', task_id from planning.assignment on conflict do nothing",
    ] {
        sqlx::query(sql).execute(&mut writer).await.unwrap();
    }
    let path = format!("/v1/checklists/{}", list["id"].as_str().unwrap());
    planner.patch_match(&path, 1, json!({"name": "Terre et masse"})).await.expect(200);
    world.stage.settle().await;
    binta.pull().await;
    assert!(!binta.holds(task));
    sqlx::query("commit").execute(&mut writer).await.unwrap();
    let id = task.to_string();
    for phone in [&mut awa, &mut binta] {
        phone
            .until("the new version", |p| {
                p.held.get(&id).is_some_and(|t| t["checklists"][0]["name"] == "Terre et masse")
            })
            .await;
    }
}

#[tokio::test]
async fn a_page_ends_early_where_its_tasks_bring_many_questions() {
    let world = World::new().await;
    let planner = world.stage.client(auth::Role::ProjectLead, auth::Scope::Tenant);
    let questions: Vec<_> = (0..100)
        .map(|nth| json!({"key": format!("q{nth}"), "label": "En ordre ?", "kind": "yes_no"}))
        .collect();
    let mut lists = Vec::new();
    for nth in 0..11 {
        let list = json!({"name": format!("Liste {nth}"), "questions": questions});
        lists.push(planner.post("/v1/checklists", list).await.expect(201)["id"].clone());
    }
    for hour in 1..4 {
        let task = json!({"site_id": world.site, "title": "Long", "duration_min": 60,
                          "starts_at": world.minutes(60 * hour), "checklists": lists});
        let task = world.lead.post("/v1/tasks", task).await.expect(201);
        world.assign(task["id"].as_str().unwrap().parse().unwrap(), &[world.awa]).await;
    }
    let mut phone = Phone::new(world.phone(world.awa));
    phone.limit = 100;
    let mut pages = Vec::new();
    loop {
        let before = phone.held.len();
        let more = phone.page().await;
        pages.push(phone.held.len() - before);
        if !more {
            break;
        }
    }
    assert_eq!(pages, [1, 1, 1], "1100 questions each: two are more than a page brings");
}
