//! What a firm may define has an end, also where two take the last place at once.

use auth::{Role, Scope};
use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};
use testkit::Client;

use crate::world::World;

/// Fills a table up to one place below its limit.
async fn fill(world: &World, statement: &'static str, rows: i64) {
    sqlx::query(statement)
        .bind(rows)
        .bind(world.project)
        .bind(world.site)
        .execute(&mut world.stage.sql().await)
        .await
        .unwrap();
}

/// Of four who make one at the same moment one does, and the others are told why not, in both
/// languages.
async fn one_of_four(client: &Client, path: &str, body: &Value, limit: i64) {
    let answers = join_all((0..4).map(|_| client.post(path, body.clone()))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409], "{path}");
    let french = client.clone().header("accept-language", "fr");
    let english = client.clone().header("accept-language", "en");
    let (fr, en) = (french.post(path, body.clone()).await, english.post(path, body.clone()).await);
    for (answer, title) in [(fr, "Le maximum est atteint"), (en, "The limit is reached")] {
        let refused = answer.expect(409);
        assert_eq!(refused["type"], "urn:fieldops360:problem:limit-reached");
        assert_eq!((&refused["title"], &refused["limit"]), (&json!(title), &json!(limit)));
        assert!(refused["detail"].as_str().unwrap().contains(&limit.to_string()), "{refused}");
    }
}

#[tokio::test]
async fn a_firm_has_so_many_service_levels_and_no_more() {
    let world = World::new().await;
    fill(
        &world,
        "insert into planning.service_level (id, name, project_id, site_id, terms, active)
         select gen_random_uuid(), 'Dépannage', $2, $3,
                '{\"priorities\": [\"low\"], \"resolve_min\": 60}', true
         from generate_series(1, $1)",
        999,
    )
    .await;
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    let terms = json!({"priorities": ["urgent"], "resolve_min": 240});
    let new = json!({"name": "Contrat", "terms": terms});
    one_of_four(&manager, "/v1/service-levels", &new, 1_000).await;
    // Another firm has its own.
    let abroad = world.stage.another_tenant().await;
    let abroad = world.stage.client_at(&abroad, Role::Manager, Scope::Tenant);
    abroad.post("/v1/service-levels", new).await.expect(201);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_firm_has_so_many_templates_of_checklists_and_of_recurring_tasks() {
    let world = World::new().await;
    fill(
        &world,
        "insert into planning.checklist (id)
         select gen_random_uuid()
         from generate_series(1, $1 - (select count(*) from planning.checklist)),
              (select $2::uuid, $3::uuid) as unused",
        999,
    )
    .await;
    let new = json!({"name": "Fouille", "questions": [
        {"key": "deep", "label": "Profondeur", "kind": "number"}]});
    one_of_four(&world.planner(), "/v1/checklists", &new, 1_000).await;
    fill(
        &world,
        "insert into planning.task_template
             (id, site_id, project_id, title, description, priority, workers_needed, duration_min,
              skills, checklists, rule, starts_on, starts_at, closed, horizon_days, active)
         select gen_random_uuid(), $3, $2, 'Ronde', '', 'normal', 1, 30, '{}', '{}',
                'FREQ=YEARLY', '2099-01-05', '08:00', 'skip', 30, false
         from generate_series(1, $1)",
        9_999,
    )
    .await;
    let new = json!({"site_id": world.site, "title": "Ronde", "duration_min": 30,
                     "rule": "FREQ=YEARLY", "starts_on": "2099-01-05", "starts_at": "08:00"});
    one_of_four(&world.lead, "/v1/task-templates", &new, 10_000).await;
    world.stage.settle().await;
}

#[tokio::test]
async fn a_project_has_so_many_calendars_and_baselines_and_another_its_own() {
    let world = World::new().await;
    fill(
        &world,
        "insert into planning.calendar (id, project_id, name, week, exceptions)
         select gen_random_uuid(), $2, 'Semaine', '[[], [], [], [], [], [], []]', '[]'
         from generate_series(1, $1), (select $3::uuid) as unused",
        199,
    )
    .await;
    let day = json!([{"from": "08:00", "to": "17:00"}]);
    let new = json!({"project_id": world.project, "name": "Semaine",
                     "week": [day, day, day, day, day, [], []]});
    one_of_four(&world.planner(), "/v1/calendars", &new, 200).await;
    fill(
        &world,
        "insert into planning.baseline (id, project_id, name, at)
         select gen_random_uuid(), $2, 'Marché', now()
         from generate_series(1, $1), (select $3::uuid) as unused",
        99,
    )
    .await;
    let new = json!({"project_id": world.project, "name": "Marché"});
    one_of_four(&world.planner(), "/v1/schedule/baselines", &new, 100).await;
    world.stage.settle().await;
}

#[tokio::test]
async fn a_site_has_so_many_codes_in_a_month_and_those_of_before_are_forgotten() {
    let world = World::new().await;
    let path = format!("/v1/clock-codes/{}", world.site);
    for _ in 0..50 {
        world.lead.post(&path, json!({})).await.expect(200);
    }
    let refused = world.lead.post(&path, json!({})).await.expect(409);
    assert_eq!(refused["type"], "urn:fieldops360:problem:limit-reached");
    let hangs = world.lead.get(&path).await.expect(200);
    let kept = async || {
        let query = sqlx::query_scalar::<_, i64>("select count(*) from planning.site_code");
        query.fetch_one(&mut world.stage.sql().await).await.unwrap()
    };
    world.stage.clock.advance(TimeDelta::days(30));
    world.lead.post(&path, json!({})).await.expect(409);
    world.stage.clock.advance(TimeDelta::days(2));
    let fresh = world.lead.post(&path, json!({})).await.expect(200);
    assert_ne!(fresh["id"], hangs["id"]);
    assert_eq!(kept().await, 2, "the new one, and the one that hung until now");
    world.stage.settle().await;
}
