//! What is promised, and the timers that count it: each warning and each breach once, pauses, late
//! word, and who sees what.

use auth::{Role, Scope};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Clock, Service, ServiceLevelId};
use serde_json::{Value, json};
use testkit::Client;

use crate::world::{World, at, ids, step};

/// Acts within one hour, done within four, around the clock; warned of when three quarters are over.
fn terms() -> Value {
    json!({"priorities": ["high", "urgent"], "severities": ["critical"], "counts": "always",
           "respond_min": 60, "resolve_min": 240, "warn_percent": 75})
}

fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn promise(world: &World, terms: Value) -> Value {
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    let new = json!({"name": "Dépannage", "terms": terms});
    manager.post("/v1/service-levels", new).await.expect(201)
}

/// A task that is planned from now on.
async fn urgent(world: &World) -> Value {
    let now = world.stage.clock.now();
    let new = json!({"site_id": world.site, "title": "Panne", "priority": "urgent",
                     "starts_at": now, "duration_min": 60});
    world.lead.post("/v1/tasks", new).await.expect(201)
}

/// Puts Awa on a task, at whatever hour it is.
async fn assign(world: &World, task: &Value) {
    let version = world.read(task).await["version"].as_i64().unwrap();
    let lead = world.lead.clone().header("if-match", format!("\"{version}\""));
    let agreed = json!({"rules": ["outside_hours"], "reason": "Astreinte"});
    let set = json!({"worker_ids": [world.awa], "override": agreed});
    lead.post(&at(task, "/assignments"), set).await.expect(200);
}

/// The timers of a thing: its promise to act, then that to have it done.
async fn timers(client: &Client, thing: &str, id: &Value) -> (Value, Value) {
    let path = format!("/v1/service-timers?{thing}_id={}", id.as_str().unwrap());
    let page = client.get(&path).await.expect(200);
    let of = |target: &str| {
        let items = page["items"].as_array().unwrap().iter();
        items.filter(|timer| timer["target"] == target).cloned().collect::<Vec<_>>()
    };
    let (mut respond, mut resolve) = (of("respond"), of("resolve"));
    assert!(respond.len() < 2 && resolve.len() < 2, "one of each");
    (respond.pop().unwrap_or_default(), resolve.pop().unwrap_or_default())
}

async fn of(world: &World, task: &Value) -> (Value, Value) {
    timers(&world.lead, "task", &task["id"]).await
}

async fn history(world: &World, timer: &Value) -> Vec<String> {
    let path = format!("/v1/service-timers/{}/entries", timer["id"].as_str().unwrap());
    let page = world.lead.get(&path).await.expect(200);
    let items = page["items"].as_array().unwrap().iter();
    items.map(|entry| entry["change"].as_str().unwrap().to_owned()).collect()
}

/// How often something was told of timers, by what it was.
async fn told(world: &World, action: &str) -> i64 {
    sqlx::query_scalar("select count(*) from core.audit_entry where action = $1")
        .bind(format!("service_timer.{action}"))
        .fetch_one(&mut world.stage.sql().await)
        .await
        .unwrap()
}

async fn later(world: &World, step: TimeDelta) {
    world.stage.clock.advance(step);
    world.stage.settle().await;
}

fn moment(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn it_warns_once_and_breaks_once_and_what_is_done_in_time_is_kept() {
    let world = World::new().await;
    promise(&world, terms()).await;
    let task = urgent(&world).await;
    let normal = world.task("Ronde", 8, 9, json!({})).await;
    assert_eq!(of(&world, &normal).await, (Value::Null, Value::Null));
    let (respond, resolve) = of(&world, &task).await;
    assert_eq!((&respond["state"], &resolve["state"]), (&json!("running"), &json!("running")));
    let lasts = moment(&resolve["due_at"]) - moment(&resolve["started_at"]);
    assert_eq!(lasts, TimeDelta::hours(4));

    later(&world, TimeDelta::minutes(50)).await;
    step(&world.lead, &task, "start").await.expect(200);
    let (respond, _) = of(&world, &task).await;
    assert_eq!((&respond["state"], &respond["closed"]), (&json!("met"), &json!(true)));
    assert_eq!(history(&world, &respond).await, ["started", "warned", "met"]);
    later(&world, TimeDelta::minutes(130)).await;
    later(&world, TimeDelta::minutes(20)).await;
    assert_eq!(told(&world, "warned").await, 2);
    assert_eq!(told(&world, "breached").await, 0);
    later(&world, TimeDelta::minutes(41)).await;
    later(&world, TimeDelta::days(3)).await;
    let (_, resolve) = of(&world, &task).await;
    assert_eq!((&resolve["state"], &resolve["closed"]), (&json!("breached"), &json!(false)));
    assert_eq!((told(&world, "warned").await, told(&world, "breached").await), (2, 1));
    step(&world.lead, &task, "finish").await.expect(200);
    let (_, resolve) = of(&world, &task).await;
    assert_eq!((&resolve["state"], &resolve["closed"]), (&json!("breached"), &json!(true)));
    assert_eq!(history(&world, &resolve).await, ["started", "warned", "breached", "late"]);
    world.stage.settle().await;
}

/// Lets another worker find the same work at the same moment.
async fn again(world: &World, copies: i32) {
    sqlx::query(
        "insert into core.job (id, service, kind, payload, run_at, created_at)
         select gen_random_uuid(), service, kind, payload, run_at, created_at
         from core.job, generate_series(1, $1)
         where kind = 'planning.service_timers' and state = 'waiting'",
    )
    .bind(copies)
    .execute(&mut world.stage.sql().await)
    .await
    .unwrap();
}

#[tokio::test]
async fn two_workers_and_one_that_dies_half_way_break_each_promise_once() {
    let world = World::new().await;
    promise(&world, with(terms(), json!({"warn_percent": null}))).await;
    let mut tasks = Vec::new();
    for _ in 0..5 {
        tasks.push(urgent(&world).await);
    }
    world.stage.settle().await;
    again(&world, 3).await;
    // The first to come dies when it has stored its work and told half of it.
    let mut sql = world.stage.sql().await;
    for statement in [
        "create sequence core.dying",
        "create function core.die() returns trigger language plpgsql security definer as $$
         begin
             if nextval('core.dying') = 3 then
                 raise exception 'gone' using errcode = '58030';
             end if;
             return new;
         end $$",
        "create trigger die before insert on core.audit_entry
         for each row when (new.action = 'service_timer.breached') execute function core.die()",
    ] {
        sqlx::query(statement).execute(&mut sql).await.unwrap();
    }
    world.stage.clock.advance(TimeDelta::minutes(61));
    world.stage.app(Service::Planning).jobs.wake(world.stage.tenant.id);
    world.stage.settle().await;
    later(&world, TimeDelta::minutes(2)).await;
    let died: bool = sqlx::query_scalar("select last_value > 3 from core.dying")
        .fetch_one(&mut sql)
        .await
        .unwrap();
    assert!(died, "it was tried again");
    assert_eq!(told(&world, "breached").await, 5, "each once");
    for task in &tasks {
        let (respond, resolve) = of(&world, task).await;
        assert_eq!(history(&world, &respond).await, ["started", "breached"]);
        assert_eq!(history(&world, &resolve).await, ["started"]);
    }
    again(&world, 3).await;
    later(&world, TimeDelta::hours(9)).await;
    assert_eq!(told(&world, "breached").await, 10);
}

#[tokio::test]
async fn a_finish_made_in_time_and_sent_late_takes_the_breach_back_and_both_stay_visible() {
    let world = World::new().await;
    promise(&world, with(terms(), json!({"respond_min": null, "warn_percent": null}))).await;
    let task = urgent(&world).await;
    assign(&world, &task).await;
    let began = world.stage.clock.now();
    later(&world, TimeDelta::hours(20)).await;
    assert_eq!(of(&world, &task).await.1["state"], "breached");
    let phone = world.phone(world.awa);
    let then = |minutes| {
        let at = began + TimeDelta::minutes(minutes);
        phone.clone().header("device-time", at.to_rfc3339())
    };
    step(&then(30), &task, "start").await.expect(200);
    step(&then(200), &task, "finish").await.expect(200);
    let (_, resolve) = timers(&phone, "task", &task["id"]).await;
    assert_eq!((&resolve["state"], &resolve["closed"]), (&json!("met"), &json!(true)));
    assert!(moment(&resolve["met_at"]) < moment(&resolve["due_at"]));
    assert_eq!(history(&world, &resolve).await, ["started", "breached", "corrected"]);
    // Sent back, it is to be done again, and its time is over.
    step(&world.lead, &task, "reopen").await.expect(200);
    later(&world, TimeDelta::minutes(1)).await;
    let (_, resolve) = of(&world, &task).await;
    assert_eq!((&resolve["state"], &resolve["closed"]), (&json!("breached"), &json!(false)));
    // What was done after its end, and told later still, stays broken.
    step(&world.lead, &task, "finish").await.expect(200);
    assert_eq!(of(&world, &task).await.1["state"], "breached");
    world.stage.settle().await;
}

#[tokio::test]
async fn it_stands_still_while_the_client_is_waited_for_and_no_longer() {
    let world = World::new().await;
    promise(&world, with(terms(), json!({"respond_min": null, "warn_percent": null}))).await;
    let task = urgent(&world).await;
    let own = json!({"reason": "Pas de câble"});
    world.lead.post(&at(&task, "/block"), own).await.expect(200);
    assert_eq!(of(&world, &task).await.1["state"], "running", "that is the firm's own");
    step(&world.lead, &task, "unblock").await.expect(200);
    later(&world, TimeDelta::hours(1)).await;
    let clients = json!({"reason": "Clé chez le client", "by_client": true});
    world.lead.post(&at(&task, "/block"), clients).await.expect(200);
    let (_, paused) = of(&world, &task).await;
    assert_eq!(paused["state"], "paused");
    later(&world, TimeDelta::days(2)).await;
    assert_eq!(told(&world, "breached").await, 0);
    step(&world.lead, &task, "unblock").await.expect(200);
    let (_, resumed) = of(&world, &task).await;
    assert_eq!((&resumed["state"], &resumed["paused_since"]), (&json!("running"), &Value::Null));
    let moved = moment(&resumed["due_at"]) - moment(&paused["due_at"]);
    assert!(moved >= TimeDelta::days(2), "{moved}");
    assert_eq!(moved.num_seconds(), resumed["paused_s"].as_i64().unwrap());
    later(&world, TimeDelta::hours(3)).await;
    assert_eq!(told(&world, "breached").await, 1);
    let changes = history(&world, &resumed).await;
    assert_eq!(changes, ["started", "paused", "resumed", "breached"]);
}

#[tokio::test]
async fn another_priority_picks_another_level_and_the_timer_keeps_its_beginning() {
    let world = World::new().await;
    let short = promise(&world, with(terms(), json!({"priorities": ["urgent"]}))).await;
    let long = json!({"priorities": ["high"], "resolve_min": 600});
    let long = promise(&world, with(terms(), long)).await;
    let task = urgent(&world).await;
    let (first, _) = of(&world, &task).await;
    assert_eq!(first["level_id"], short["id"]);
    later(&world, TimeDelta::minutes(30)).await;
    let set = async |priority: &str| {
        let version = world.read(&task).await["version"].as_i64().unwrap();
        let set = json!({"priority": priority});
        world.lead.patch_match(&at(&task, ""), version, set).await.expect(200);
        of(&world, &task).await
    };
    let (respond, resolve) = set("high").await;
    assert_eq!((&respond["level_id"], &resolve["level_id"]), (&long["id"], &long["id"]));
    assert_eq!(respond["started_at"], first["started_at"]);
    let lasts = moment(&resolve["due_at"]) - moment(&resolve["started_at"]);
    assert_eq!(lasts, TimeDelta::hours(10));
    // Nothing is promised of a normal one; back again, its time has gone on.
    let (respond, resolve) = set("normal").await;
    assert_eq!((&respond["state"], &resolve["state"]), (&json!("dropped"), &json!("dropped")));
    later(&world, TimeDelta::hours(5)).await;
    assert_eq!(told(&world, "breached").await, 0);
    let (respond, resolve) = set("urgent").await;
    assert_eq!((&respond["state"], &resolve["state"]), (&json!("breached"), &json!("breached")));
    assert_eq!(resolve["started_at"], first["started_at"]);
    // A promise that was broken stays broken, whatever the task becomes.
    let (_, resolve) = set("high").await;
    assert_eq!((&resolve["state"], &resolve["level_id"]), (&json!("breached"), &short["id"]));
    world.stage.settle().await;
}

#[tokio::test]
async fn an_incident_is_taken_up_and_resolved_in_time_or_passed_on() {
    let world = World::new().await;
    promise(&world, with(terms(), json!({"respond_min": 10}))).await;
    let report = async || {
        let new = json!({"site_id": world.site, "title": "Câble nu", "severity": "critical",
                         "cause": "safety"});
        world.lead.post("/v1/incidents", new).await.expect(201)
    };
    let path = |incident: &Value| format!("/v1/incidents/{}", incident["id"].as_str().unwrap());
    let (taken, left) = (report().await, report().await);
    let on_it = json!({"status": "in_progress"});
    let taken = world.lead.patch_match(&path(&taken), 1, on_it).await.expect(200);
    assert!(taken["responded_at"].is_string());
    later(&world, TimeDelta::minutes(11)).await;
    let (respond, resolve) = timers(&world.lead, "incident", &taken["id"]).await;
    assert_eq!((&respond["state"], &resolve["state"]), (&json!("met"), &json!("running")));
    let (respond, _) = timers(&world.lead, "incident", &left["id"]).await;
    assert_eq!(respond["state"], "breached");
    // Long before its severity would have it passed on.
    let passed = world.lead.get(&path(&left)).await.expect(200);
    assert_eq!(passed["escalated_to"], "manager");
    assert_eq!(world.lead.get(&path(&taken)).await.expect(200)["escalated_to"], Value::Null);
    let how = json!({"resolution": "Isolé"});
    for incident in [&taken, &left] {
        world.lead.post(&format!("{}/resolve", path(incident)), how.clone()).await.expect(200);
        let (_, resolve) = timers(&world.lead, "incident", &incident["id"]).await;
        assert_eq!((&resolve["state"], &resolve["closed"]), (&json!("met"), &json!(true)));
    }
    world.stage.settle().await;
}

#[tokio::test]
async fn other_working_hours_move_what_is_due() {
    let world = World::new().await;
    let planner = world.planner();
    let day = json!([{"from": "00:00", "to": "24:00"}]);
    let calendar = json!({"project_id": world.project, "name": "Sans arrêt",
                          "week": [day, day, day, day, day, day, day]});
    let calendar = planner.post("/v1/calendars", calendar).await.expect(201);
    let used = json!({"kind": "use_calendar", "calendar_id": calendar["id"]});
    let used = json!({"move": used, "project_id": world.project});
    planner.post("/v1/schedule/moves", used).await.expect(200);
    let working = json!({"counts": "working", "respond_min": null, "warn_percent": null});
    promise(&world, with(terms(), working)).await;
    let task = urgent(&world).await;
    let (_, before) = of(&world, &task).await;
    assert_eq!(moment(&before["due_at"]) - moment(&before["started_at"]), TimeDelta::hours(4));
    let today = world.stage.clock.now().date_naive();
    let closed = json!({"exceptions": [{"name": "Tabaski", "kind": "holiday", "from": today,
                                        "to": today + TimeDelta::days(1)}]});
    let path = format!("/v1/calendars/{}", calendar["id"].as_str().unwrap());
    planner.patch_match(&path, 1, closed).await.expect(200);
    world.stage.settle().await;
    let (_, after) = of(&world, &task).await;
    let opens = (today + TimeDelta::days(2)).and_hms_opt(4, 0, 0).unwrap().and_utc();
    assert_eq!(moment(&after["due_at"]), opens, "four hours after work begins again in Dakar");
    assert_eq!(history(&world, &after).await, ["started", "moved"]);
}

#[tokio::test]
async fn who_leads_promises_for_what_they_lead_and_others_read_what_holds_for_them() {
    let world = World::new().await;
    let planner = world.planner();
    let firm = promise(&world, terms()).await;
    let new = |more: Value| with(json!({"name": "Contrat", "terms": terms()}), more);
    let (project, site) = (json!({"project_id": world.project}), json!({"site_id": world.site}));
    let of_project = planner.post("/v1/service-levels", new(project.clone())).await.expect(201);
    let of_site = planner.post("/v1/service-levels", new(site.clone())).await.expect(201);
    assert_eq!(of_site["project_id"], json!(world.project));
    let elsewhere = json!({"site_id": world.elsewhere});
    let of_other = planner.post("/v1/service-levels", new(elsewhere)).await.expect(201);
    planner.post("/v1/service-levels", new(json!({}))).await.expect(403);

    let stranger = world.stage.client(Role::ProjectLead, Scope::Project(kernel::ProjectId::new()));
    stranger.post("/v1/service-levels", new(project.clone())).await.expect(404);
    stranger.post("/v1/service-levels", new(site.clone())).await.expect(404);
    world.lead.post("/v1/service-levels", new(site)).await.expect(403);
    let path = |level: &Value| format!("/v1/service-levels/{}", level["id"].as_str().unwrap());
    // Who leads the site sees what holds there, and nothing of the other.
    let seen = world.lead.get("/v1/service-levels").await.expect(200);
    let mut holds = [&firm, &of_project, &of_site].map(|level| level["id"].as_str().unwrap());
    holds.sort_unstable();
    assert_eq!(ids(&seen), holds);
    world.lead.get(&path(&of_other)).await.expect(404);
    stranger.get(&path(&firm)).await.expect(200);
    for level in [&of_project, &of_site] {
        stranger.get(&path(level)).await.expect(404);
        stranger.patch_match(&path(level), 1, json!({"active": false})).await.expect(404);
    }
    world.lead.patch_match(&path(&of_site), 1, json!({"active": false})).await.expect(403);
    planner.patch_match(&path(&firm), 1, json!({"active": false})).await.expect(403);
    for client in [world.phone(world.awa), world.stage.client(Role::TenantAdmin, Scope::Tenant)] {
        client.get(&path(&firm)).await.expect(404);
        client.get("/v1/service-levels").await.expect(403);
    }
    // Timers are seen by whoever sees the task, and by nobody else.
    let task = urgent(&world).await;
    let (respond, _) = of(&world, &task).await;
    assert_eq!(respond["level_id"], of_site["id"], "the nearest holds");
    let timer = format!("/v1/service-timers/{}", respond["id"].as_str().unwrap());
    let other = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    for client in [&other, &stranger, &world.phone(world.awa)] {
        client.get(&timer).await.expect(404);
        client.get(&format!("{timer}/entries")).await.expect(404);
        let none = client.get("/v1/service-timers").await.expect(200);
        assert_eq!(none["items"], json!([]));
    }
    assign(&world, &task).await;
    world.phone(world.awa).get(&timer).await.expect(200);
    let abroad = world.stage.another_tenant().await;
    let abroad = world.stage.client_at(&abroad, Role::Manager, Scope::Tenant);
    abroad.get(&timer).await.expect(404);
    abroad.get(&path(&firm)).await.expect(404);
    assert_eq!(abroad.get("/v1/service-levels").await.expect(200)["items"], json!([]));

    // The list goes on where it ended.
    let page = world.lead.get("/v1/service-timers?open=true&limit=1").await.expect(200);
    let next = page["next"].as_str().unwrap();
    let rest = format!("/v1/service-timers?open=true&limit=1&cursor={next}");
    let rest = world.lead.get(&rest).await.expect(200);
    assert_eq!(
        (&page["items"][0]["target"], &rest["items"][0]["target"]),
        (&json!("respond"), &json!("resolve"))
    );
    assert_eq!(rest["next"], Value::Null);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_level_that_changes_leaves_what_was_promised_and_says_what_is_wrong() {
    let world = World::new().await;
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    let level = promise(&world, terms()).await;
    let path = format!("/v1/service-levels/{}", level["id"].as_str().unwrap());
    let task = urgent(&world).await;
    let before = of(&world, &task).await;
    let shorter = json!({"terms": with(terms(), json!({"respond_min": 5}))});
    manager.patch_match(&path, 2, shorter.clone()).await.expect(412);
    let set = manager.patch_match(&path, 1, shorter).await.expect(200);
    assert_eq!(set["terms"]["respond_min"], 5);
    assert_eq!(of(&world, &task).await, before);
    let (respond, _) = of(&world, &urgent(&world).await).await;
    assert_eq!((&respond["promise"]["minutes"], &respond["level_version"]), (&json!(5), &json!(2)));
    manager.patch_match(&path, 2, json!({"active": false})).await.expect(200);
    assert_eq!(of(&world, &urgent(&world).await).await, (Value::Null, Value::Null));

    let once = manager.clone().header("idempotency-key", "level");
    let id = ServiceLevelId::new();
    let new = json!({"id": id, "name": "Une fois", "terms": terms()});
    let first = once.post("/v1/service-levels", new.clone()).await;
    assert_eq!(once.post("/v1/service-levels", new.clone()).await.bytes, first.bytes);
    first.expect(201);
    manager.post("/v1/service-levels", new).await.expect(409);

    for (field, value) in [
        ("respond_min", json!(0)),
        ("respond_min", json!(-5)),
        ("resolve_min", json!(i32::MIN)),
        ("resolve_min", json!(100 * 366 * 1440)),
        ("resolve_min", json!(59)),
        ("warn_percent", json!(100)),
        ("warn_before_min", json!(10)),
        ("priorities", json!(["now"])),
        ("counts", json!("sometimes")),
        ("colour", json!("red")),
    ] {
        let body = json!({"name": "X", "terms": with(terms(), json!({field: value}))});
        let answer = manager.post("/v1/service-levels", body).await;
        assert_eq!(answer.status.as_u16(), 422, "{field}: {value}");
        assert!(answer.pointers()[0].starts_with(&format!("/terms/{field}")), "{value}");
    }
    for (body, pointer) in [
        (json!({"name": "", "terms": terms()}), "/name"),
        (json!({"name": "X"}), "/terms"),
        (json!({"name": "X", "terms": {"priorities": ["high"]}}), "/terms/respond_min"),
        (json!({"name": "X", "terms": {"resolve_min": 5}}), "/terms/priorities"),
        (
            json!({"name": "X", "terms": terms(), "project_id": world.project,
                "site_id": kernel::SiteId::new()}),
            "404",
        ),
    ] {
        let answer = manager.post("/v1/service-levels", body.clone()).await;
        let found = answer.pointers().first().cloned().unwrap_or(answer.status.as_str().into());
        assert_eq!(found, pointer, "{body}");
    }
    manager.get("/v1/service-timers?due_before=0001-01-01T00:00:00Z").await.expect(422);
    manager.get("/v1/service-timers?state=unknown").await.expect(400);
    world.stage.settle().await;
}

#[tokio::test]
async fn what_counts_from_the_plan_follows_it_until_it_has_come() {
    let world = World::new().await;
    let planned = json!({"begins": "planned", "respond_min": null, "warn_percent": null});
    promise(&world, with(terms(), planned)).await;
    let now = world.stage.clock.now();
    let start = now + TimeDelta::hours(10);
    let new = json!({"site_id": world.site, "title": "Visite", "priority": "high",
                     "starts_at": start, "duration_min": 60});
    let task = world.lead.post("/v1/tasks", new).await.expect(201);
    let (_, timer) = of(&world, &task).await;
    assert_eq!(timer["started_at"], task["starts_at"]);
    let later_on = start + TimeDelta::hours(5);
    let version = task["version"].as_i64().unwrap();
    let moved = json!({"starts_at": later_on});
    let task = world.lead.patch_match(&at(&task, ""), version, moved).await.expect(200);
    let (_, timer) = of(&world, &task).await;
    assert!(moment(&timer["started_at"]) > start);
    assert_eq!(timer["started_at"], task["starts_at"]);
    later(&world, TimeDelta::hours(16)).await;
    // Its time has come: putting it off does not put off what was promised.
    let version = world.read(&task).await["version"].as_i64().unwrap();
    let put_off = json!({"starts_at": later_on + TimeDelta::days(1)});
    world.lead.patch_match(&at(&task, ""), version, put_off).await.expect(200);
    assert_eq!(of(&world, &task).await.1["started_at"], timer["started_at"]);
    later(&world, TimeDelta::hours(4)).await;
    assert_eq!(told(&world, "breached").await, 1);
}
