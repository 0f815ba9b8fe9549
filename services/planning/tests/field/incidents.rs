//! Incidents: who may report where, and how they are dealt with.

use auth::{Role, Scope};
use kernel::{IncidentId, TaskId};
use serde_json::{Value, json};

use crate::world::{Phone, World};

fn report(world: &World) -> Value {
    json!({
        "site_id": world.site, "title": "Câble sectionné", "description": "À 2 m du poteau",
        "severity": "high", "cause": "safety",
    })
}

fn path(incident: &Value) -> String {
    format!("/v1/incidents/{}", incident["id"].as_str().unwrap())
}

#[tokio::test]
async fn what_hinders_a_task_is_on_the_phones_of_all_who_are_on_it_until_it_is_resolved() {
    let world = World::new().await;
    let task = world.task("Poser le câble", 2, &[world.awa, world.binta]).await;
    let mut phone = Phone::new(world.phone(world.awa));
    let told = |phone: &Phone| phone.held[&task.to_string()]["incidents"].clone();
    phone.until("the task", |p| p.holds(task)).await;
    assert_eq!(told(&phone), json!([]));
    let mut body = report(&world);
    body["task_id"] = json!(task);
    let by = world.phone(world.binta);
    let incident = by.post("/v1/incidents", body).await.expect(201);
    phone.until("the incident", |p| told(p)[0]["id"] == incident["id"]).await;
    let seen = told(&phone)[0].clone();
    assert_eq!((&seen["title"], &seen["severity"]), (&incident["title"], &json!("high")));
    assert!(seen.get("position").is_none() && seen.get("reported_by").is_none());
    assert!(!phone.holds(incident["id"].as_str().unwrap()), "it is the reporter's");

    let how = json!({"resolution": "Réparé"});
    world.lead.post(&format!("{}/resolve", path(&incident)), how).await.expect(200);
    phone.until("its end", |p| told(p) == json!([])).await;
}

#[tokio::test]
async fn a_worker_reports_where_there_is_a_task_of_theirs_and_nowhere_else() {
    let world = World::new().await;
    let phone = world.phone(world.awa);
    assert_eq!(phone.post("/v1/incidents", report(&world)).await.status, 404, "no task yet");
    let task = world.task("Poser le câble", 2, &[world.awa]).await;
    let other = world.task("Creuser", 4, &[world.binta]).await;

    let seen = world.minutes(-40);
    let came = phone.clone().header("device-time", world.minutes(-60).to_rfc3339());
    came.post("/v1/time-entries", json!({"site_id": world.site})).await.expect(201);
    let told = phone
        .clone()
        .header("device-time", seen.to_rfc3339())
        .header("device-position", "geo:14.7,-17.4;u=8")
        .post("/v1/incidents", report(&world))
        .await
        .expect(201);
    assert_eq!(told["status"], "open");
    assert_eq!(told["reporter_worker_id"], json!(world.awa));
    assert_eq!(told["position"]["accuracy_m"], 8.0);
    assert_eq!(
        told["reported_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>(),
        Ok(seen)
    );

    let with_task = |task: TaskId, site| {
        let mut body = report(&world);
        body["task_id"] = json!(task);
        body["site_id"] = json!(site);
        body
    };
    phone.post("/v1/incidents", with_task(task, world.site)).await.expect(201);
    for (task, site) in [(other, world.site), (task, world.elsewhere), (TaskId::new(), world.site)]
    {
        assert_eq!(phone.post("/v1/incidents", with_task(task, site)).await.status, 404);
    }
    world.stage.settle().await;
}

#[tokio::test]
async fn a_worker_reads_the_own_reports_and_the_site_lead_those_of_the_site() {
    let world = World::new().await;
    world.task("Poser le câble", 2, &[world.awa, world.binta]).await;
    let (awa, binta) = (world.phone(world.awa), world.phone(world.binta));
    let told = awa.post("/v1/incidents", report(&world)).await.expect(201);
    awa.get(&path(&told)).await.expect(200);
    assert_eq!(binta.get(&path(&told)).await.status, 404);
    assert_eq!(binta.get("/v1/incidents").await.expect(200)["items"], json!([]));
    let list = world.lead.get("/v1/incidents?status=open&severity=high").await.expect(200);
    assert_eq!(list["items"], json!([told]));
    assert_eq!(world.lead.get("/v1/incidents?severity=low").await.expect(200)["items"], json!([]));
    let other = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    assert_eq!(other.get(&path(&told)).await.status, 404);
    let edit = json!({"severity": "low"});
    assert_eq!(other.patch_match(&path(&told), 1, edit.clone()).await.status, 404);
    assert_eq!(awa.patch_match(&path(&told), 1, edit).await.status, 403);
    let how = json!({"resolution": "réparé"});
    assert_eq!(awa.post(&format!("{}/resolve", path(&told)), how).await.status, 403);
    let admin = world.stage.client(Role::TenantAdmin, Scope::Tenant);
    assert_eq!(admin.get("/v1/incidents").await.status, 403);
    assert_eq!(admin.post("/v1/incidents", report(&world)).await.status, 403);
}

#[tokio::test]
async fn the_site_lead_deals_with_it_and_what_is_resolved_stays() {
    let world = World::new().await;
    let told = world.lead.post("/v1/incidents", report(&world)).await.expect(201);
    let edit = json!({"status": "in_progress", "severity": "medium"});
    let path = path(&told);
    assert_eq!(world.lead.call(http::Method::PATCH, &path, Some(edit.clone())).await.status, 428);
    let taken = world.lead.patch_match(&path, 1, edit.clone()).await.expect(200);
    assert_eq!((&taken["status"], &taken["version"]), (&json!("in_progress"), &json!(2)));
    let stale = world.lead.patch_match(&path, 1, edit.clone()).await;
    assert_eq!((stale.status.as_u16(), &stale.json["current"]["version"]), (412, &json!(2)));
    let by_the_back_door = world.lead.patch_match(&path, 2, json!({"status": "resolved"})).await;
    assert_eq!(by_the_back_door.status, 422);
    assert_eq!(world.lead.patch_match(&path, 2, json!({})).await.status, 422);

    let resolve = format!("{path}/resolve");
    assert_eq!(world.lead.post(&resolve, json!({"resolution": " "})).await.status, 422);
    let how = json!({"resolution": "Câble remplacé"});
    let done = world.lead.post(&resolve, how.clone()).await.expect(200);
    assert_eq!(done["resolution"]["text"], "Câble remplacé");
    assert_eq!(world.lead.post(&resolve, how).await.status, 409);
    assert_eq!(world.lead.patch_match(&path, 3, edit).await.status, 409);
    world.stage.settle().await;
}

#[tokio::test]
async fn replayed_it_is_told_once_and_a_taken_id_is_refused() {
    let world = World::new().await;
    let mut body = report(&world);
    body["id"] = json!(IncidentId::new());
    let phone = world.lead.clone().header("idempotency-key", "incident-1");
    let first = phone.post("/v1/incidents", body.clone()).await.expect(201);
    assert_eq!(phone.post("/v1/incidents", body.clone()).await.expect(201), first);
    let taken = world.lead.post("/v1/incidents", body.clone()).await;
    assert_eq!(taken.status, 409);
    assert_eq!(taken.json["type"], "urn:fieldops360:problem:already-exists");
    body["title"] = json!("Autre");
    assert_eq!(phone.post("/v1/incidents", body).await.status, 422);
}

#[tokio::test]
async fn bad_input_is_named_and_never_breaks_anything() {
    let world = World::new().await;
    for (field, value) in [
        ("title", json!("")),
        ("title", json!("x".repeat(201))),
        ("title", json!("a\u{0}b")),
        ("description", json!("x".repeat(4001))),
        ("severity", json!("fatal")),
        ("cause", json!("bad luck")),
        ("site_id", json!("no-id")),
        ("id", json!("' or 1=1")),
        ("unknown", json!(true)),
    ] {
        let mut body = report(&world);
        body[field] = value.clone();
        let answer = world.lead.post("/v1/incidents", body).await;
        assert_eq!(answer.status, 422, "{field}: {value}");
        assert_eq!(answer.pointers()[0], format!("/{field}"), "{value}");
    }
    assert_eq!(world.lead.get("/v1/incidents/no-id").await.status, 404);
    assert_eq!(world.lead.get("/v1/incidents?severity=fatal").await.status, 400);
    assert_eq!(world.lead.get("/v1/incidents?cursor=!!").await.status, 422);
}
