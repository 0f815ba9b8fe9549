use kernel::SiteId;
use serde_json::{Value, json};
use testkit::Client;

use crate::world::World;
use crate::{make, office, plan, row};

/// Lets the whole project be worked by a calendar, which is made first.
async fn used(world: &World, calendar: Value) -> Value {
    let planner = world.planner();
    let calendar = planner.post("/v1/calendars", calendar).await.expect(201);
    let edit = json!({"kind": "use_calendar", "calendar_id": calendar["id"]});
    let new = json!({"move": edit, "project_id": world.project});
    planner.post("/v1/schedule/moves", new).await.expect(200);
    calendar
}

async fn task(client: &Client, site: SiteId, starts_at: &str, duration_min: i32) -> Value {
    let new = json!({"site_id": site, "title": "Tâche", "starts_at": starts_at,
                     "duration_min": duration_min});
    client.post("/v1/tasks", new).await.expect(201)
}

#[tokio::test]
async fn work_is_done_in_working_time_and_days_off_move_it() {
    let world = World::new().await;
    let night = world.task("Coupure", 20, 23, json!({})).await;
    let calendar = used(&world, office(&world)).await;
    let planner = world.planner();
    assert_eq!(
        world.read(&night).await["ends_at"],
        "2026-03-02T23:00:00Z",
        "what is planned stays"
    );
    // Friday at 16:00, eight hours: one on Friday, seven on Monday.
    let a = task(&planner, world.site, "2026-03-06T16:00:00Z", 480).await;
    assert_eq!(a["ends_at"], "2026-03-09T16:00:00Z");
    let early = task(&planner, world.site, "2026-03-07T06:00:00Z", 60).await;
    assert_eq!(early["starts_at"], "2026-03-09T08:00:00Z", "no work on a Saturday");
    let b = task(&planner, world.site, "2026-03-09T16:00:00Z", 120).await;
    let link = json!({"kind": "link", "predecessor": a["id"], "successor": b["id"],
                      "lag_min": 60});
    make(&planner, link).await.expect(200);
    assert_eq!(world.read(&b).await["starts_at"], "2026-03-10T08:00:00Z", "an hour of work later");

    let path = format!("/v1/calendars/{}", calendar["id"].as_str().unwrap());
    let storm = json!({"exceptions": [{"name": "Tempête", "from": "2026-03-09",
                                       "to": "2026-03-09", "kind": "weather"}]});
    planner.patch_match(&path, 1, storm.clone()).await.expect(200);
    assert_eq!(planner.patch_match(&path, 1, storm).await.expect(412)["current"]["version"], 2);
    assert_eq!(world.read(&a).await["ends_at"], "2026-03-10T16:00:00Z");
    assert_eq!(world.read(&b).await["starts_at"], "2026-03-11T08:00:00Z");
    assert_eq!(world.read(&early).await["starts_at"], "2026-03-10T08:00:00Z");
    assert_eq!(plan(&world).await["zone"], "Africa/Dakar");

    world.lead.post("/v1/calendars", office(&world)).await.expect(404);
    world.lead.get(&path).await.expect(200);
    let stranger = auth::Scope::Project(kernel::ProjectId::new());
    let stranger = world.stage.client(auth::Role::ProjectLead, stranger);
    stranger.get(&path).await.expect(404);
    stranger.patch_match(&path, 2, json!({"name": "Autre"})).await.expect(404);
    world.stage.settle().await;
}

#[tokio::test]
async fn each_site_works_by_its_own_clock() {
    let world = World::new().await;
    used(&world, office(&world)).await;
    let planner = world.planner();
    task(&planner, world.site, "2026-03-02T08:00:00Z", 60).await;
    task(&planner, world.site, "2026-03-02T08:00:00Z", 60).await;
    // Eight o'clock on Réunion is four o'clock in Dakar.
    let there = task(&planner, world.elsewhere, "2026-03-02T00:00:00Z", 480).await;
    assert_eq!(there["starts_at"], "2026-03-02T04:00:00Z");
    assert_eq!(there["ends_at"], "2026-03-02T13:00:00Z");
}

#[tokio::test]
async fn the_nights_when_clocks_change_lose_and_gain_their_hour() {
    let world = World::new().await;
    let paris = SiteId::new();
    let mut sql = world.stage.sql().await;
    sqlx::query(
        "insert into projects.site (id, project_id, name, lat, lon, radius_m, zone, version)
         values ($1, $2, 'Paris', 48.85, 2.35, 100, 'Europe/Paris', 1)",
    )
    .bind(paris)
    .bind(world.project)
    .execute(&mut sql)
    .await
    .unwrap();
    let always = json!([{"from": "00:00", "to": "24:00"}]);
    let nights = json!({"project_id": world.project, "name": "Nuits",
        "week": [always, always, always, always, always, always, always]});
    used(&world, nights).await;
    let planner = world.planner();
    // From 23:00 on 28 March, six hours on the clock: the one from 2:00 to 3:00 is not there.
    let spring = task(&planner, paris, "2026-03-28T22:00:00Z", 360).await;
    assert_eq!(spring["ends_at"], "2026-03-29T03:00:00Z");
    // Until half past two on the clock: that minute is skipped, so the moment of the change.
    let skipped = task(&planner, paris, "2026-03-28T22:00:00Z", 210).await;
    assert_eq!(skipped["ends_at"], "2026-03-29T01:00:00Z");
    // From 23:00 on 24 October: 2:30 is shown twice, the first counts.
    let autumn = task(&planner, paris, "2026-10-24T21:00:00Z", 210).await;
    assert_eq!(autumn["ends_at"], "2026-10-25T00:30:00Z");
    let link = json!({"kind": "link", "predecessor": skipped["id"], "successor": spring["id"]});
    make(&planner, link).await.expect(200);
    let now = plan(&world).await;
    assert!(row(&now, &spring)["starts_at"].as_str() >= row(&now, &skipped)["ends_at"].as_str());
    let leap = task(&planner, paris, "2028-02-28T22:30:00Z", 1440).await;
    assert_eq!(leap["ends_at"], "2028-02-29T22:30:00Z");
}

#[tokio::test]
async fn a_calendar_without_working_time_is_none() {
    let world = World::new().await;
    let planner = world.planner();
    let with = |name: &str, value: Value| {
        let mut calendar = office(&world);
        calendar[name] = value;
        calendar
    };
    let day = json!([{"from": "08:00", "to": "12:00"}]);
    let never = json!({"name": "x", "from": "2026-03-02", "to": "2026-03-01", "kind": "closure"});
    let ages = json!({"name": "x", "from": "2026-03-02", "to": "2036-03-01", "kind": "closure"});
    for (body, pointer) in [
        (with("week", json!([[], [], [], [], [], [], []])), "/week"),
        (with("week", json!([day, day])), "/week"),
        (
            with("week", json!([[{"from": "12:00", "to": "08:00"}], [], [], [], [], [], []])),
            "/week",
        ),
        (with("week", json!([[{"from": "8h", "to": "12h"}], [], [], [], [], [], []])), "/week"),
        (with("country", json!("Sénégal")), "/country"),
        (with("name", json!(" ")), "/name"),
        (with("exceptions", json!([never])), "/exceptions"),
        (with("exceptions", json!([ages])), "/exceptions"),
    ] {
        let refused = planner.post("/v1/calendars", body.clone()).await;
        assert_eq!(refused.status.as_u16(), 422, "{body}: {}", refused.json);
        assert_eq!(refused.pointers(), [pointer], "{body}");
    }
    let list = format!("/v1/calendars?project_id={}", world.project);
    assert_eq!(planner.get(&list).await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn the_holidays_of_a_country_are_days_off_unless_the_calendar_says_otherwise() {
    let world = World::new().await;
    let mut calendar = office(&world);
    calendar["country"] = json!("SN");
    // Independence Day of Senegal 2028 is a Tuesday; Labour Day a Monday, and worked here.
    let worked = json!({"name": "Travail le 1er mai", "from": "2028-05-01", "to": "2028-05-01",
        "kind": "extra", "hours": [{"from": "08:00", "to": "12:00"}]});
    calendar["exceptions"] = json!([worked]);
    used(&world, calendar).await;
    world.task("Début", 8, 9, json!({})).await;
    let planner = world.planner();
    let off = task(&planner, world.site, "2028-04-04T08:00:00Z", 60).await;
    assert_eq!(off["starts_at"], "2028-04-05T08:00:00Z");
    let worked = task(&planner, world.site, "2028-05-01T08:00:00Z", 300).await;
    assert_eq!(worked["starts_at"], "2028-05-01T08:00:00Z");
    assert_eq!(worked["ends_at"], "2028-05-02T09:00:00Z");
}
