//! All of an import arrives or nothing, whoever refuses and wherever it is cut off.

use chrono::{DateTime, Utc};
use kernel::{Clock, Service};
use sqlx::PgConnection;

use super::imports::{PROJECTS, SITES, TASKS, WORKERS, counts, import, lead, whole};
use super::*;

const FILES: [(&str, &str); 4] =
    [("projects", PROJECTS), ("sites", SITES), ("workers", WORKERS), ("tasks", TASKS)];

const SERVICES: [Service; 3] = [Service::Projects, Service::Resources, Service::Planning];

/// The import, once it is no longer under way. Jobs that failed wait for a while: it passes.
async fn ended(stage: &Stage, by: &Client, import: &Value) -> Value {
    let path = format!("/v1/imports/{}", import["id"].as_str().unwrap());
    let mut sql = stage.sql().await;
    testkit::eventually("the import has ended", async || {
        let import = by.get(&path).await.expect(200);
        if import["state"] != "running" {
            return Some(import);
        }
        pass(stage, &mut sql).await;
        None
    })
    .await
}

/// Lets the time pass until the next job that waits, where none runs.
async fn pass(stage: &Stage, sql: &mut PgConnection) {
    let next: Option<DateTime<Utc>> = sqlx::query_scalar(
        "select min(run_at) from core.job where state = 'waiting'
         having not exists (select from core.job where state = 'running')",
    )
    .fetch_optional(sql)
    .await
    .unwrap()
    .flatten();
    if let Some(pause) = next.map(|at| at - stage.clock.now()) {
        stage.clock.advance(pause.max(chrono::Duration::zero()));
        wake(stage);
    }
}

fn wake(stage: &Stage) {
    for service in SERVICES {
        stage.app(service).jobs.wake(stage.tenant.id);
    }
}

/// From now on the rows of a schema's table are refused, those whose number satisfies `which`: as
/// if they were wrong, or as if the database were away.
async fn sabotage(stage: &Stage, table: &str, code: &str, which: &str) {
    let schema = table.split('.').next().unwrap();
    for statement in [
        format!("create sequence if not exists {schema}.refusals"),
        format!(
            "create or replace function {schema}.refuse() returns trigger language plpgsql
             security definer as $$
             declare nth bigint := nextval('{schema}.refusals');
             begin
                 if {which} then raise exception 'refused' using errcode = '{code}'; end if;
                 return new;
             end $$"
        ),
        format!(
            "create trigger refuse before insert on {table}
             for each row execute function {schema}.refuse()"
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut stage.sql().await).await.unwrap();
    }
}

async fn repair(stage: &Stage, table: &str) {
    let statement = sqlx::AssertSqlSafe(format!("drop trigger refuse on {table}"));
    sqlx::query(statement).execute(&mut stage.sql().await).await.unwrap();
}

#[tokio::test]
async fn what_one_service_refuses_is_nowhere() {
    let stage = whole().await;
    let lead = lead(&stage);
    for table in ["planning.task", "resources.worker", "projects.site"] {
        sabotage(&stage, table, "23514", "true").await;
        let made = import(&lead, "/v1/imports", &FILES).await.expect(201);
        ended(&stage, &lead, &made).await;
        stage.settle().await;
        let failed = ended(&stage, &lead, &made).await;
        assert_eq!(failed["state"], "failed", "{table}");
        assert!(failed["reason"].is_string(), "{failed}");
        assert_eq!(failed["made_at"], Value::Null);
        for part in ["workers", "tasks"] {
            assert_eq!(failed[part]["state"], "failed", "{table} {failed}");
        }
        assert_eq!(counts(&stage).await, [0; 6], "{table}");
        repair(&stage, table).await;
    }
    let made = import(&lead, "/v1/imports", &FILES).await.expect(201);
    assert_eq!(ended(&stage, &lead, &made).await["state"], "done", "its codes are free again");
    stage.settle().await;
    assert_eq!(counts(&stage).await, [1, 1, 2, 2, 1, 0]);
}

#[tokio::test]
async fn what_breaks_down_at_any_step_goes_on_from_there() {
    let stage = whole().await;
    let lead = lead(&stage);
    // Two rows of each are written when they are tried, and again when they are made; a project and
    // a site once.
    sabotage(&stage, "planning.task", "58030", "nth in (1, 4)").await;
    sabotage(&stage, "resources.worker", "58030", "nth in (1, 4)").await;
    sabotage(&stage, "projects.project", "58030", "nth in (1, 3)").await;
    sabotage(&stage, "projects.site", "58030", "nth in (1, 3)").await;
    let made = import(&lead, "/v1/imports", &FILES).await.expect(201);
    let done = ended(&stage, &lead, &made).await;
    assert_eq!(done["state"], "done", "{done}");
    stage.settle().await;
    assert_eq!(counts(&stage).await, [1, 1, 2, 2, 1, 0]);
    for (schema, rows) in [("planning", 6), ("resources", 6), ("projects", 5)] {
        let last = format!("select last_value from {schema}.refusals");
        let last: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(last))
            .fetch_one(&mut stage.sql().await)
            .await
            .unwrap();
        assert_eq!(last, rows, "{schema} broke down at both steps");
    }
}

#[tokio::test]
async fn a_part_that_was_tried_and_fails_for_long_arrives_once_what_stops_it_is_mended() {
    let stage = whole().await;
    let lead = lead(&stage);
    // Two tasks are tried; from then on none can be made.
    sabotage(&stage, "planning.task", "58030", "nth > 2").await;
    let made = import(&lead, "/v1/imports", &FILES).await.expect(201);
    let path = format!("/v1/imports/{}", made["id"].as_str().unwrap());
    let mut sql = stage.sql().await;
    testkit::eventually("it failed more often than a job may", async || {
        let often: i64 = sqlx::query_scalar("select last_value from planning.refusals")
            .fetch_one(&mut sql)
            .await
            .unwrap();
        pass(&stage, &mut sql).await;
        (often > 2 + i64::from(jobs::ATTEMPTS) + 2).then_some(())
    })
    .await;
    let waiting = lead.get(&path).await.expect(200);
    assert_eq!(
        (&waiting["state"], &waiting["tasks"]["state"]),
        (&json!("running"), &json!("checked"))
    );
    assert_ne!(waiting["made_at"], Value::Null);
    repair(&stage, "planning.task").await;
    assert_eq!(ended(&stage, &lead, &made).await["state"], "done");
    stage.settle().await;
    assert_eq!(counts(&stage).await, [1, 1, 2, 2, 1, 0]);
}

#[tokio::test]
async fn a_step_done_by_one_that_died_before_it_said_so_is_done_again_and_changes_nothing() {
    let stage = whole().await;
    let lead = lead(&stage);
    let made = import(&lead, "/v1/imports", &FILES).await.expect(201);
    let done = ended(&stage, &lead, &made).await;
    stage.settle().await;
    let before = counts(&stage).await;
    let again = sqlx::query(
        "update core.job set state = 'waiting', attempts = 0, finished_at = null, run_at = $1
         where id in (select distinct on (service, kind, key) id from core.job
                      where kind like '%.import' order by service, kind, key, id)",
    )
    .bind(stage.clock.now())
    .execute(&mut stage.sql().await)
    .await
    .unwrap();
    assert_eq!(again.rows_affected(), 5, "tried and taken by two, decided by one");
    wake(&stage);
    stage.settle().await;
    assert_eq!(counts(&stage).await, before);
    assert_eq!(ended(&stage, &lead, &made).await["version"], done["version"]);
}

#[tokio::test]
async fn nothing_is_seen_while_others_still_look() {
    let stage = whole().await;
    let lead = lead(&stage);
    let mut sql = stage.sql().await;
    for statement in ["begin", "lock table planning.task in access exclusive mode"] {
        sqlx::query(statement).execute(&mut sql).await.unwrap();
    }
    let made = import(&lead, "/v1/imports", &FILES).await.expect(201);
    assert_eq!(made["made_at"], Value::Null);
    let path = format!("/v1/imports/{}", made["id"].as_str().unwrap());
    testkit::eventually("the workers were tried", async || {
        (lead.get(&path).await.expect(200)["workers"]["state"] == "checked").then_some(())
    })
    .await;
    for (of, name) in [("projects", "items"), ("sites", "items"), ("workers", "items")] {
        let page = lead.get(&format!("/v1/{of}")).await.expect(200);
        assert_eq!(page[name], json!([]), "{of}");
    }
    let twice = import(&lead, "/v1/imports", &FILES).await.expect(422);
    assert_eq!(twice["report"]["findings"][0]["code"], "taken", "the code is spoken for");
    sqlx::query("rollback").execute(&mut sql).await.unwrap();
    assert_eq!(ended(&stage, &lead, &made).await["state"], "done");
    stage.settle().await;
}

#[tokio::test]
async fn a_code_that_somebody_takes_meanwhile_ends_the_import() {
    let stage = whole().await;
    let lead = lead(&stage);
    let mut sql = stage.sql().await;
    for statement in ["begin", "lock table planning.task in access exclusive mode"] {
        sqlx::query(statement).execute(&mut sql).await.unwrap();
    }
    let made = import(&lead, "/v1/imports", &FILES).await.expect(201);
    project(&manager(&stage), "DKR-01").await;
    sqlx::query("rollback").execute(&mut sql).await.unwrap();
    let failed = ended(&stage, &lead, &made).await;
    assert_eq!(failed["state"], "failed", "{failed}");
    stage.settle().await;
    assert_eq!(counts(&stage).await, [1, 0, 0, 0, 0, 0]);
}

#[tokio::test]
async fn imported_tasks_are_worked_in_their_sites_time_and_count_in_the_plan() {
    let stage = whole().await;
    let lead = lead(&stage);
    let manager = manager(&stage);
    let place = project(&manager, "DKR-01").await;
    site(&manager, place).await;
    let day = json!([{"from": "08:00", "to": "12:00"}, {"from": "13:00", "to": "17:00"}]);
    let week = json!([day, day, day, day, day, [], []]);
    let calendar = json!({"project_id": place, "name": "Bureau", "week": week});
    let calendar = lead.post("/v1/calendars", calendar).await.expect(201);
    let edit = json!({"kind": "use_calendar", "calendar_id": calendar["id"]});
    let used = json!({"move": edit, "project_id": place});
    let version = &lead.post("/v1/schedule/moves", used).await.expect(200)["plan_version"];
    let tasks = "project,site,title,starts_at,duration_min,ref,predecessors\n\
        DKR-01,Poste Almadies,Tranchée,2026-03-06 16:00,480,T1,\n\
        DKR-01,Poste Almadies,Câble,2026-03-07 00:30,120,T2,T1+30\n\
        DKR-01,Poste Almadies,Essai,2026-03-07 06:00,60,,\n";
    let made = import(&lead, "/v1/imports", &[("tasks", tasks)]).await.expect(201);
    assert_eq!(ended(&stage, &lead, &made).await["state"], "done");
    stage.settle().await;
    let plan = lead.get(&format!("/v1/schedule?project_id={place}")).await.expect(200);
    assert_eq!(plan["version"].as_i64().unwrap(), version.as_i64().unwrap() + 1, "one change");
    let bars: Vec<_> = plan["tasks"].as_array().unwrap().iter().collect();
    let bar = |title: &str| {
        let bar = bars.iter().find(|bar| bar["title"] == title).unwrap();
        (bar["starts_at"].as_str().unwrap().to_owned(), bar["ends_at"].as_str().unwrap().to_owned())
    };
    let dates = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(bar("Tranchée"), dates("2026-03-06T16:00:00Z", "2026-03-09T16:00:00Z"));
    assert_eq!(bar("Câble"), dates("2026-03-09T16:30:00Z", "2026-03-10T09:30:00Z"));
    assert_eq!(bar("Essai"), dates("2026-03-09T08:00:00Z", "2026-03-09T09:00:00Z"));
}
