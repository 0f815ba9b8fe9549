//! The law of the firm's country: read, agreed on, checked against plans and hours.

use auth::{Role, Scope};
use chrono::{Days, NaiveDate, TimeDelta};
use serde_json::{Value, json};
use testkit::Client;

use crate::world::World;

async fn set(client: &Client, version: i64, body: Value) -> testkit::Answer {
    let client = client.clone().header("if-match", format!("\"{version}\""));
    client.put("/v1/labour/rules", body).await
}

async fn country(world: &World, code: &str) {
    let mut control = world.stage.control_sql().await;
    sqlx::query("update tenancy.tenant set country = $1 where id = $2")
        .bind(code)
        .bind(world.stage.tenant.id)
        .execute(&mut control)
        .await
        .unwrap();
    world.stage.app(kernel::Service::Planning).tenants.directory.forget();
}

/// The day after tomorrow.
fn day(world: &World) -> NaiveDate {
    world.minutes(0).date_naive() + Days::new(2)
}

async fn ask(client: &Client, world: &World, spans: &[(&str, &str)]) -> testkit::Answer {
    let day = day(world);
    let span = |(from, to): &(&str, &str)| json!({"from": format!("{day}T{from}:00Z"), "to": format!("{day}T{to}:00Z")});
    let spans: Vec<_> = spans.iter().map(span).collect();
    let body = json!({"worker_id": world.awa, "site_id": world.site, "spans": spans});
    client.post("/v1/labour/check", body).await
}

fn codes(answer: &Value) -> Vec<&str> {
    let breaches = answer["breaches"].as_array().unwrap();
    breaches.iter().map(|b| b["rule"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_agreement_is_recorded_within_the_law_and_beyond_it_refused_with_the_article() {
    let world = World::new().await;
    country(&world, "FR").await;
    let admin = world.stage.client(Role::TenantAdmin, Scope::Tenant);
    let rules = world.phone(world.awa).get("/v1/labour/rules").await.expect(200);
    assert_eq!((&rules["country"], &rules["known"]), (&json!("FR"), &json!(true)));
    let rule = |rules: &Value, code: &str| {
        let all = rules["rules"].as_array().unwrap();
        all.iter().find(|r| r["code"] == code).unwrap().clone()
    };
    assert_eq!(rule(&rules, "day")["limit"], 600);
    let wider =
        |limit: u32| json!({"name": "Accord BTP", "limits": [{"rule": "day", "limit": limit}]});
    let beyond = set(&admin, 0, wider(721)).await;
    assert_eq!((beyond.status.as_u16(), beyond.pointers()), (422, vec!["/limits".to_owned()]));
    assert!(beyond.json["errors"][0]["detail"].as_str().unwrap().contains("L3121-19"));
    let agreed = set(&admin, 0, wider(720)).await.expect(200);
    assert_eq!(rule(&agreed, "day")["limit"], 720);
    assert_eq!(set(&admin, 0, wider(700)).await.status, 412);
    for (client, status) in [
        (world.lead.clone(), 403),
        (world.phone(world.awa), 403),
        (world.stage.client(Role::Manager, Scope::Tenant), 403),
    ] {
        assert_eq!(set(&client, 1, wider(600)).await.status.as_u16(), status);
    }
    for bad in [
        json!({"name": "x", "limits": [{"rule": "lunch", "limit": 5}]}),
        json!({"name": "x", "overtime": [{"percent": 5}]}),
        json!({"name": " "}),
    ] {
        assert_eq!(set(&admin, 1, bad.clone()).await.status, 422, "{bad}");
    }
    world.stage.settle().await;
}

#[tokio::test]
async fn a_plan_made_by_hand_is_checked_with_what_is_planned_and_worked() {
    let world = World::new().await;
    country(&world, "FR").await;
    let fits = ask(&world.lead, &world, &[("07:00", "12:00"), ("13:00", "17:00")]).await;
    assert_eq!(fits.expect(200)["breaches"], json!([]));
    let long = ask(&world.lead, &world, &[("07:00", "12:00"), ("13:00", "18:30")]).await;
    let long = long.expect(200);
    assert_eq!(codes(&long), ["day"]);
    let breach = &long["breaches"][0];
    assert!(breach["article"].as_str().unwrap().contains("L3121-18"));
    assert_eq!(
        (&breach["limit"], &breach["found"], &breach["planned"]),
        (&json!(600), &json!(630), &json!(true))
    );
    // Six hours of a task that the worker is on are counted beside what is asked.
    let from = day(&world).and_hms_opt(6, 0, 0).unwrap().and_utc();
    let new = json!({"site_id": world.site, "title": "Creuser", "duration_min": 360,
                     "starts_at": from});
    let task = world.lead.post("/v1/tasks", new).await.expect(201);
    world.assign(task["id"].as_str().unwrap().parse().unwrap(), &[world.awa]).await;
    let both = ask(&world.lead, &world, &[("12:30", "17:30")]).await.expect(200);
    assert_eq!(codes(&both), ["day"]);
    let body = json!({"worker_id": world.awa, "site_id": world.site, "without": [task["id"]],
                      "spans": [{"from": from, "to": from + TimeDelta::hours(10)}]});
    let moved = world.lead.post("/v1/labour/check", body).await.expect(200);
    assert_eq!(moved["breaches"], json!([]), "it stands in the task's place");
    // Under age the rules are stricter.
    sqlx::query("update resources.worker set minor_until = $2 where id = $1")
        .bind(world.awa)
        .bind(day(&world) + Days::new(100))
        .execute(&mut world.stage.sql().await)
        .await
        .unwrap();
    let young = ask(&world.lead, &world, &[("12:30", "15:30")]).await.expect(200);
    assert_eq!(codes(&young), ["young_day"]);

    assert_eq!(ask(&world.phone(world.awa), &world, &[("08:00", "09:00")]).await.status, 403);
    let other = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    assert_eq!(ask(&other, &world, &[("08:00", "09:00")]).await.status, 404);
    assert_eq!(ask(&world.lead, &world, &[("09:00", "08:00")]).await.status, 422);
    country(&world, "ML").await;
    let unknown = ask(&world.lead, &world, &[("00:00", "23:00")]).await.expect(200);
    assert_eq!((&unknown["known"], &unknown["breaches"]), (&json!(false), &json!([])));
}

#[tokio::test]
async fn hours_that_break_the_law_are_among_what_is_unusual_with_the_article() {
    let world = World::new().await;
    world.task("Poser le câble", 2, &[world.awa]).await;
    let yesterday = world.minutes(0).date_naive() - Days::new(1);
    let phone = |time: &str| {
        world.phone(world.awa).header("device-time", format!("{yesterday}T{time}:00Z"))
    };
    let body = json!({"site_id": world.site});
    let entry = phone("06:00").post("/v1/time-entries", body).await.expect(201);
    let out = format!("/v1/time-entries/{}/clock-out", entry["id"].as_str().unwrap());
    phone("17:00").post(&out, json!({})).await.expect(200);
    let found = world.lead.get("/v1/time-anomalies").await.expect(200);
    let anomalies = found["items"][0]["anomalies"].as_array().unwrap();
    assert!(anomalies.contains(&json!("law_broken")), "{found}");
    let breach = &found["items"][0]["breaches"][0];
    assert_eq!((&breach["rule"], &breach["found"]), (&json!("day"), &json!(660)));
    assert!(breach["article"].as_str().unwrap().contains("70-183"));
}
