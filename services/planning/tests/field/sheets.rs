//! Weeks of hours: computed, signed, approved, locked, exported.

use auth::{Role, Scope};
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use kernel::WorkerId;
use serde_json::{Value, json};
use testkit::{Answer, Client};

use crate::world::World;

struct Weeks {
    world: World,
    /// Last week's.
    monday: NaiveDate,
}

impl Weeks {
    async fn new() -> Self {
        let world = World::new().await;
        world.task("Poser le câble", 2, &[world.awa, world.binta]).await;
        let today = world.minutes(0).date_naive();
        let back = 7 + u64::from(today.weekday().num_days_from_monday());
        Self { world, monday: today - Days::new(back) }
    }

    fn at(&self, day: u64, time: &str) -> DateTime<Utc> {
        let day = self.monday + Days::new(day);
        format!("{day}T{time}:00Z").parse().unwrap()
    }

    /// A stay of last week with an hour's break at noon.
    async fn stay(&self, worker: WorkerId, day: u64, from: &str, to: &str) -> Value {
        let phone = self.world.phone(worker);
        let then =
            |time: &str| phone.clone().header("device-time", self.at(day, time).to_rfc3339());
        let body = json!({"site_id": self.world.site});
        let entry = then(from).post("/v1/time-entries", body).await.expect(201);
        let path = format!("/v1/time-entries/{}", entry["id"].as_str().unwrap());
        let switch = format!("{path}/switch");
        then("12:00").post(&switch, json!({"to": "break"})).await.expect(200);
        then("13:00").post(&switch, json!({"to": "work"})).await.expect(200);
        then(to).post(&format!("{path}/clock-out"), json!({})).await.expect(200)
    }

    async fn open(&self, client: &Client, worker: WorkerId) -> Value {
        let body = json!({"week": self.monday + Days::new(2), "worker_id": worker});
        client.post("/v1/timesheets", body).await.expect(200)["items"][0].clone()
    }
}

fn path(sheet: &Value, end: &str) -> String {
    format!("/v1/timesheets/{}{end}", sheet["id"].as_str().unwrap())
}

async fn act(client: &Client, sheet: &Value, what: &str, body: Value) -> Answer {
    let read = client.get(&path(sheet, "")).await;
    let version = if read.status == 200 { read.version() } else { 1 };
    let client = client.clone().header("if-match", format!("\"{version}\""));
    client.post(&path(sheet, what), body).await
}

#[tokio::test]
async fn a_week_is_computed_signed_approved_and_then_nothing_of_it_changes() {
    let weeks = Weeks::new().await;
    let world = &weeks.world;
    let (phone, lead) = (world.phone(world.awa), world.lead.clone());
    let mut last = Value::Null;
    for day in 0..5 {
        last = weeks.stay(world.awa, day, "07:00", "17:00").await;
    }
    let sheet = weeks.open(&phone, world.awa).await;
    assert_eq!(weeks.open(&lead, world.awa).await["id"], sheet["id"], "there is one");
    let read = phone.get(&path(&sheet, "")).await.expect(200);
    let figures = &read["figures"];
    assert_eq!((&figures["country"], &figures["law_known"]), (&json!("SN"), &json!(true)));
    assert_eq!((&figures["worked_min"], &figures["break_min"]), (&json!(2700), &json!(300)));
    assert_eq!(figures["normal_min"], 2400);
    assert_eq!(figures["overtime"], json!([{"percent": 15, "minutes": 300}]));
    assert_eq!(figures["days"][0]["worked_min"], 540);
    assert_eq!(figures["days"][6]["worked_min"], 0);
    assert_eq!(figures["breaches"], json!([]));

    let early = act(&lead, &sheet, "/approve", json!({})).await;
    assert_eq!(
        (early.status.as_u16(), &early.json["type"]),
        (409, &json!("urn:fieldops360:problem:not-signed"))
    );
    assert_eq!(act(&lead, &sheet, "/sign", json!({})).await.status, 403, "not the lead's to sign");
    let signed = act(&phone, &sheet, "/sign", json!({})).await.expect(200);
    assert_eq!(signed["state"], "signed");
    assert_eq!(signed["signed"]["figures_sha256"].as_str().unwrap().len(), 64);
    assert_eq!(act(&phone, &sheet, "/approve", json!({})).await.status, 403);
    let approved = act(&lead, &sheet, "/approve", json!({})).await.expect(200);
    assert_eq!(approved["state"], "approved");
    assert_eq!(approved["approved"]["without_worker"], Value::Null);
    assert_eq!(act(&phone, &sheet, "/sign", json!({})).await.status, 409);

    let entry = format!("/v1/time-entries/{}", last["id"].as_str().unwrap());
    let right = json!({"out_at": weeks.at(4, "16:00"), "reason": "parti plus tôt"});
    let version = lead.get(&entry).await.version();
    let locked = lead.patch_match(&entry, version, right.clone()).await;
    assert_eq!((locked.status.as_u16(), &locked.json["timesheet"]), (409, &sheet["id"]));
    let forgotten = phone.clone().header("device-time", weeks.at(5, "08:00").to_rfc3339());
    let forgotten = forgotten.post("/v1/time-entries", json!({"site_id": world.site})).await;
    assert_eq!(forgotten.json["timesheet"], sheet["id"], "{}", forgotten.json);
    let read = phone.get(&path(&sheet, "")).await.expect(200);
    assert_eq!(read["figures"], approved["figures"]);

    assert_eq!(act(&lead, &sheet, "/reopen", json!({"reason": " "})).await.status, 422);
    assert_eq!(act(&phone, &sheet, "/reopen", json!({"reason": "x"})).await.status, 403);
    let open = act(&lead, &sheet, "/reopen", json!({"reason": "Vendredi est faux"})).await;
    let open = open.expect(200);
    assert_eq!((&open["state"], &open["signed"]), (&json!("open"), &Value::Null));
    assert_eq!(open["reopened"]["reason"], "Vendredi est faux");
    act(&phone, &sheet, "/sign", json!({})).await.expect(200);
    lead.patch_match(&entry, version, right).await.expect(200);
    let changed = act(&lead, &sheet, "/approve", json!({})).await;
    assert_eq!(changed.json["type"], "urn:fieldops360:problem:changed-since-signed");
    act(&phone, &sheet, "/sign", json!({})).await.expect(200);
    let approved = act(&lead, &sheet, "/approve", json!({})).await.expect(200);
    assert_eq!(approved["figures"]["worked_min"], 2640);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_week_that_goes_on_or_a_stay_that_does_is_not_signed() {
    let weeks = Weeks::new().await;
    let world = &weeks.world;
    let phone = world.phone(world.awa);
    let now = json!({"week": world.minutes(0).date_naive()});
    let present = phone.post("/v1/timesheets", now).await.expect(200)["items"][0].clone();
    let early = act(&phone, &present, "/sign", json!({})).await;
    assert_eq!(early.json["type"], "urn:fieldops360:problem:week-goes-on");

    let then = phone.clone().header("device-time", weeks.at(3, "08:00").to_rfc3339());
    then.post("/v1/time-entries", json!({"site_id": world.site})).await.expect(201);
    let sheet = weeks.open(&phone, world.awa).await;
    let open = act(&phone, &sheet, "/sign", json!({})).await;
    assert_eq!(open.json["type"], "urn:fieldops360:problem:stay-goes-on");
}

#[tokio::test]
async fn a_lead_opens_the_weeks_of_a_site_and_nobody_else_sees_them() {
    let weeks = Weeks::new().await;
    let world = &weeks.world;
    weeks.stay(world.awa, 0, "08:00", "17:00").await;
    weeks.stay(world.binta, 1, "08:00", "17:00").await;
    let of_site = json!({"week": weeks.monday, "site_id": world.site});
    let all = world.lead.post("/v1/timesheets", of_site.clone()).await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    let again = world.lead.post("/v1/timesheets", of_site.clone()).await.expect(200);
    assert_eq!(again, all);
    let phone = world.phone(world.awa);
    assert_eq!(phone.post("/v1/timesheets", of_site.clone()).await.status, 404);
    let other = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    assert_eq!(other.post("/v1/timesheets", of_site).await.status, 404);
    let hers = all["items"].as_array().unwrap();
    let hers = hers.iter().find(|s| s["worker_id"] == json!(world.binta)).unwrap();
    assert_eq!(phone.get(&path(hers, "")).await.status, 404);
    assert_eq!(other.get(&path(hers, "")).await.status, 404);
    assert_eq!(act(&other, hers, "/approve", json!({})).await.status, 404);
    assert_eq!(act(&phone, hers, "/sign", json!({})).await.status, 404);
    let body = json!({"week": weeks.monday, "worker_id": world.binta});
    assert_eq!(phone.post("/v1/timesheets", body.clone()).await.status, 404);
    assert_eq!(other.post("/v1/timesheets", body).await.status, 404);
    let ids = async |client: &Client, query: &str| {
        let page = client.get(&format!("/v1/timesheets{query}")).await.expect(200);
        page["items"].as_array().unwrap().len()
    };
    assert_eq!(ids(&phone, "").await, 1);
    assert_eq!(ids(&world.lead, &format!("?week={}&state=open", weeks.monday)).await, 2);
    assert_eq!(ids(&world.lead, "?state=approved").await, 0);
    assert_eq!(ids(&other, "").await, 0);
    world.stage.settle().await;
}

#[tokio::test]
async fn payroll_takes_approved_weeks_alone_and_no_name_becomes_a_formula() {
    let weeks = Weeks::new().await;
    let world = &weeks.world;
    sqlx::query("update resources.worker set name = '=HYPERLINK(\"x\")' where id = $1")
        .bind(world.awa)
        .execute(&mut world.stage.sql().await)
        .await
        .unwrap();
    for day in 0..5 {
        weeks.stay(world.awa, day, "07:00", "17:20").await;
    }
    weeks.stay(world.binta, 1, "08:00", "17:00").await;
    let sheet = weeks.open(&world.lead, world.awa).await;
    weeks.open(&world.lead, world.binta).await;
    let why = json!({"without_worker": "Sans téléphone"});
    let approved = act(&world.lead, &sheet, "/approve", why).await.expect(200);
    assert_eq!(approved["approved"]["without_worker"], "Sans téléphone");
    let take = async |client: &Client, query: String| {
        client.get(&format!("/v1/timesheets/export{query}")).await
    };
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    let file = take(&manager, format!("?from={}", weeks.monday)).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    let text = String::from_utf8(file.bytes).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[0].starts_with("worker_id,worker,week,monday,country,kind,percent,minutes,hours")
    );
    assert_eq!(lines.len(), 5, "{text}");
    let week = approved["week"].as_str().unwrap();
    let monday = weeks.monday;
    let line = |kind: &str| {
        let quoted = "\"'=HYPERLINK(\"\"x\"\")\"";
        format!("{},{quoted},{week},{monday},SN,{kind},", world.awa)
    };
    assert!(lines[1].starts_with(&line("worked,,2800,46.67")), "{text}");
    assert!(lines[2].starts_with(&line("normal,,2400,40.00")));
    assert!(lines[3].starts_with(&line("overtime,15,400,6.67")));
    assert!(lines[4].starts_with(&line("break,,300,5.00")));
    assert_eq!(take(&world.lead, format!("?from={monday}")).await.status, 403);
    assert_eq!(take(&world.phone(world.awa), format!("?from={monday}")).await.status, 403);
    let long = format!("?from={}&to={monday}", monday - Days::new(35));
    assert_eq!(take(&manager, long).await.status, 422);
    assert_eq!(
        take(&manager, format!("?from={monday}&to={}", monday - Days::new(7))).await.status,
        422
    );
}

#[tokio::test]
async fn a_week_that_was_opened_early_is_seen_where_its_worker_came_to_work() {
    let weeks = Weeks::new().await;
    let world = &weeks.world;
    let phone = world.phone(world.awa);
    let sheet = weeks.open(&phone, world.awa).await;
    assert_eq!(sheet["sites"], json!([]), "nothing was worked yet");
    let other = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    let there = json!({"site_id": world.elsewhere, "title": "Relevé", "duration_min": 60,
                       "starts_at": world.minutes(600)});
    let there = other.post("/v1/tasks", there).await.expect(201);
    let assigned = other.clone().header("if-match", "\"1\"");
    let agreed = json!({"rules": ["outside_hours"], "reason": "À toute heure"});
    let awa = json!({"worker_ids": [world.awa], "override": agreed});
    let path_there = format!("/v1/tasks/{}/assignments", there["id"].as_str().unwrap());
    assigned.post(&path_there, awa).await.expect(200);
    // A day on the one site, then a day on the other, whose lead opens the weeks of everybody there.
    weeks.stay(world.awa, 0, "08:00", "17:00").await;
    let then = phone.clone().header("device-time", weeks.at(1, "08:00").to_rfc3339());
    let body = json!({"site_id": world.elsewhere});
    let stay = then.post("/v1/time-entries", body).await.expect(201);
    let out = format!("/v1/time-entries/{}/clock-out", stay["id"].as_str().unwrap());
    let then = phone.clone().header("device-time", weeks.at(1, "12:00").to_rfc3339());
    then.post(&out, json!({})).await.expect(200);
    for (lead, site) in [(&world.lead, world.site), (&other, world.elsewhere)] {
        let listed = lead.get("/v1/timesheets").await.expect(200);
        assert_eq!(listed["items"][0]["id"], sheet["id"]);
        let of_site = json!({"week": weeks.monday, "site_id": site});
        let opened = lead.post("/v1/timesheets", of_site).await.expect(200);
        assert_eq!(opened["items"][0]["id"], sheet["id"]);
    }
    let mut sites = [json!(world.site), json!(world.elsewhere)];
    sites.sort_by_key(ToString::to_string);
    let read = phone.get(&path(&sheet, "")).await.expect(200);
    assert_eq!(read["sites"], json!(sites));

    // What was corrected into another week is no more of this one's.
    let entry = format!("/v1/time-entries/{}", stay["id"].as_str().unwrap());
    let version = other.get(&entry).await.version();
    let sunday = weeks.monday - Days::new(1);
    let right = json!({"in_at": format!("{sunday}T08:00:00Z"), "reason": "la veille",
                       "out_at": format!("{sunday}T12:00:00Z")});
    other.patch_match(&entry, version, right).await.expect(200);
    assert_eq!(phone.get(&path(&sheet, "")).await.expect(200)["sites"], json!([world.site]));
    assert_eq!(other.get(&path(&sheet, "")).await.status, 404);
    let why = json!({"without_worker": "Sans téléphone"});
    act(&world.lead, &sheet, "/approve", why).await.expect(200);
    world.stage.settle().await;
}
