use kernel::{Clock, Service};
use sqlx::Row;
use web::SeedFor;

use super::*;

#[tokio::test]
async fn sowing_twice_changes_nothing_and_keeps_what_the_firm_made_of_it() {
    let stage = stage().await;
    let lead = lead(&stage);
    let b0 = skill(&lead, "B0").await;
    let path = format!("/v1/skills/{b0}");
    lead.patch_match(&path, 1, json!({ "name_fr": "Habilitation B0 maison" })).await.expect(200);
    let before = lead.get("/v1/skills?limit=200").await.expect(200);
    let firm = SeedFor {
        sector: "electricity".to_owned(),
        country: "SN".to_owned(),
        now: stage.clock.now(),
    };
    let seed = resources::module().seed.unwrap();
    let tenants = &stage.app(Service::Resources).tenants;
    seed(&mut tenants.conn(stage.tenant.id).await.unwrap(), &firm).await.unwrap();
    assert_eq!(lead.get("/v1/skills?limit=200").await.expect(200), before);
    for code in ["B0", "BR", "H0V", "HAUTEUR", "CACES-R486", "TIRAGE", "RACCORDEMENT"] {
        skill(&lead, code).await;
    }
    stage.settle().await;
}

#[tokio::test]
async fn a_skills_code_is_taken_once() {
    let stage = stage().await;
    let lead = lead(&stage);
    let new = |code: &str| json!({ "code": code, "name_fr": "Drone", "name_en": "Drone" });
    let made = lead.post("/v1/skills", new("DRONE")).await.expect(201);
    let taken = lead.post("/v1/skills", new("DRONE")).await;
    assert_eq!(taken.pointers(), ["/code"]);
    taken.expect(409);
    let path = format!("/v1/skills/{}", made["id"].as_str().unwrap());
    lead.patch_match(&path, 1, json!({ "code": "B0" })).await.expect(409);
    let bad = lead.post("/v1/skills", new("DRO NE")).await;
    assert_eq!(bad.pointers(), ["/code"]);
    bad.expect(422);
    stage.settle().await;
}

#[tokio::test]
async fn what_others_read_of_resources_is_there() {
    let stage = stage().await;
    let lead = lead(&stage);
    let body = json!({
        "name": "Awa Diop",
        "skills": [{ "skill_id": skill(&lead, "B0").await, "valid_until": "2027-01-31" }],
    });
    let awa: WorkerId = id(&lead.post("/v1/workers", body).await.expect(201));
    lead.post("/v1/crews", json!({ "name": "Nord", "lead_id": awa })).await.expect(201);
    let row = sqlx::query(
        "select w.name, s.code, ws.valid_until::text as until, c.name as crew
         from resources_pub.worker w
         join resources_pub.worker_skill ws on ws.worker_id = w.id
         join resources_pub.skill s on s.id = ws.skill_id
         join resources_pub.crew_member m on m.worker_id = w.id
         join resources_pub.crew c on c.id = m.crew_id",
    )
    .fetch_one(&mut stage.sql().await)
    .await
    .unwrap();
    let text = |column: &str| row.get::<String, _>(column);
    assert_eq!(
        [text("name"), text("code"), text("until"), text("crew")],
        ["Awa Diop", "B0", "2027-01-31", "Nord"]
    );
}
