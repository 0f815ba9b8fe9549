use auth::{Role, Scope};
use chrono::TimeDelta;
use kernel::{Clock, CrewId, SiteId};
use serde_json::{Value, json};

use crate::stage;
use crate::world::{World, at, publish, stay, task, told};

fn sites(kpis: &Value) -> Vec<String> {
    let mut ids: Vec<_> = kpis["sites"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["site_id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

fn sorted(ids: &[SiteId]) -> Vec<String> {
    let mut ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn the_figures_of_a_day_are_counted_per_site_and_in_all() {
    let stage = stage().await;
    let world = World::new();
    publish(&stage, &world.day(stage.tenant.id)).await;
    let manager = stage.client(Role::Manager, Scope::Tenant);
    let kpis = manager.get("/v1/kpis?day=2026-03-02").await.expect(200);
    let total = &kpis["total"];
    assert_eq!(total["tasks"]["validated"], json!(4));
    assert_eq!(total["tasks"]["planned"], json!(1));
    assert_eq!(total["tasks"]["finished_late"], json!(4));
    assert_eq!(total["tasks"]["late"], json!(1));
    assert_eq!(total["tasks"]["planned_min"], json!(4 * 240 + 120));
    assert_eq!(total["tasks"]["progress"], json!(88.9));
    assert_eq!(total["hours"]["hours"], json!(20.0));
    assert_eq!(total["hours"]["present"], json!(0));
    assert_eq!(total["incidents"], json!({"low":0,"medium":0,"high":1,"critical":0,"open":1}));
    assert_eq!(total["proofs"]["photos_ready"], json!(4));
    assert_eq!(total["proofs"]["signatures"], json!(1));
    assert_eq!(total["proofs"]["tasks_without_proof"], json!(0));
    assert_eq!(total["checklists"]["nonconformities"], json!(4));
    assert_eq!(kpis["milestones"], json!({"due":1,"late":0,"pending":1,"accepted":0}));
    let first = kpis["sites"].as_array().unwrap().iter();
    let first = first.clone().find(|s| s["site_id"] == json!(world.sites[0])).unwrap();
    assert_eq!(first["tasks"]["validated"], json!(2));
    assert_eq!(first["hours"]["hours"], json!(10.0));
    // The next day nothing was planned; the open incident still waits.
    let next = manager.get("/v1/kpis?day=2026-03-03").await.expect(200);
    assert_eq!(next["total"]["tasks"]["planned"], json!(0));
    assert_eq!(next["total"]["hours"]["seconds"], json!(0));
    assert_eq!(next["total"]["incidents"]["open"], json!(1));
}

#[tokio::test]
async fn each_sees_the_figures_of_the_own_scope_alone() {
    let stage = stage().await;
    let world = World::new();
    publish(&stage, &world.day(stage.tenant.id)).await;
    let see = async |role, scope| stage.client(role, scope).get("/v1/kpis").await.expect(200);

    let all = see(Role::Manager, Scope::Tenant).await;
    assert_eq!(sites(&all), sorted(&world.sites));
    let project = see(Role::ProjectLead, Scope::Project(world.project)).await;
    assert_eq!(sites(&project), sorted(&world.sites[..2]));
    assert_eq!(project["total"]["tasks"]["validated"], json!(3));
    assert_eq!(project["milestones"]["pending"], json!(1));
    let other = see(Role::ProjectLead, Scope::Project(world.other_project)).await;
    assert_eq!(other["milestones"]["pending"], json!(0));
    let site = see(Role::SiteLead, Scope::Site(world.sites[1])).await;
    assert_eq!(sites(&site), sorted(&world.sites[1..2]));
    assert_eq!(site["total"]["incidents"]["high"], json!(1));
    assert_eq!(site["milestones"]["pending"], json!(0));

    // A crew's lead sees what the crew's workers do.
    let mut crew = stage.client(Role::SiteLead, Scope::Crew(CrewId::new()));
    crew.caller.as_mut().unwrap().mates = vec![world.moussa];
    let crew = crew.get("/v1/kpis").await.expect(200);
    assert_eq!(sites(&crew), sorted(&world.sites[1..2]));
    assert_eq!(crew["total"]["hours"]["hours"], json!(5.0));

    // Asking for another's site is no way in.
    let path = format!("/v1/kpis?site_id={}", world.sites[2]);
    let lead = stage.client(Role::SiteLead, Scope::Site(world.sites[1]));
    assert_eq!(lead.get(&path).await.expect(200)["sites"], json!([]));
    for role in [Role::CrewMember, Role::TenantAdmin] {
        assert_eq!(stage.client(role, Scope::Tenant).get("/v1/kpis").await.status, 403);
    }
    assert_eq!(stage.visitor().get("/v1/kpis").await.status, 401);
    let stranger = stage.another_tenant().await;
    let stranger = stage.client_at(&stranger, Role::Manager, Scope::Tenant);
    assert_eq!(stranger.get("/v1/kpis").await.expect(200)["sites"], json!([]));
}

#[tokio::test]
async fn hours_of_an_open_stay_grow_until_now_and_a_late_task_shows() {
    let stage = stage().await;
    let world = World::new();
    let now = stage.clock.now();
    let mut came = stay(&world, 0, world.awa);
    came.in_at = now - TimeDelta::hours(2);
    let mut planned = task(&world, 0, 1);
    planned.starts_at = now;
    planned.ends_at = now + TimeDelta::hours(1);
    // Nobody knows when this one ended: it is no presence and no hours.
    let mut forgotten = stay(&world, 0, world.moussa);
    forgotten.in_at = now - TimeDelta::hours(13);
    let tenant = stage.tenant.id;
    let events =
        [told(tenant, &came, now), told(tenant, &forgotten, now), told(tenant, &planned, now)];
    publish(&stage, &events).await;
    let manager = stage.client(Role::Manager, Scope::Tenant);
    let before = manager.get("/v1/kpis").await.expect(200);
    assert_eq!(before["total"]["hours"]["present"], json!(1));
    assert_eq!(before["total"]["tasks"]["late"], json!(0));
    stage.clock.advance(TimeDelta::minutes(90));
    let after = manager.get("/v1/kpis").await.expect(200);
    assert_eq!(after["total"]["hours"]["hours"], json!(3.5));
    assert_eq!(after["total"]["tasks"]["late"], json!(1));
}

#[tokio::test]
async fn a_day_is_the_sites_own() {
    let stage = stage().await;
    let world = World::new();
    let tenant = stage.tenant.id;
    let mut events = world.founding(tenant);
    for event in &mut events {
        if event.kind == "projects.site.v1" {
            event.payload["zone"] = json!("Asia/Tokyo");
        }
    }
    // 23:30 to 00:30 in Tokyo, of the third and the fourth of March.
    let mut stayed = stay(&world, 0, world.awa);
    stayed.in_at = at("2026-03-03T14:30:00Z");
    stayed.out_at = Some(at("2026-03-03T15:30:00Z"));
    events.push(told(tenant, &stayed, at("2026-03-03T16:00:00Z")));
    publish(&stage, &events).await;
    let manager = stage.client(Role::Manager, Scope::Tenant);
    for (day, hours) in [("02", 0.0), ("03", 0.5), ("04", 0.5), ("05", 0.0)] {
        let kpis = manager.get(&format!("/v1/kpis?day=2026-03-{day}")).await.expect(200);
        assert_eq!(kpis["total"]["hours"]["hours"], json!(hours), "{day}");
    }
}

#[tokio::test]
async fn nonsense_is_refused_and_named() {
    let stage = stage().await;
    let manager = stage.client(Role::Manager, Scope::Tenant);
    for (query, status) in [
        ("day=1850-01-01", 422),
        ("day=2026-02-30", 400),
        ("site_id=x", 400),
        ("colour=red", 400),
        ("day=2026-03-02&day=2026-03-03", 400),
    ] {
        let answer = manager.get(&format!("/v1/kpis?{query}")).await;
        assert_eq!(answer.status, status, "{query}");
    }
}
