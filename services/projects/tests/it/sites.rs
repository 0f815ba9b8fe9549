//! Sites in depth: fences, hours, contacts, parts; and the roadmap over them.

use super::*;

fn polygon(ring: &[[f64; 2]]) -> Value {
    json!({ "type": "Polygon", "coordinates": [ring] })
}

fn square() -> Value {
    polygon(&[[-17.53, 14.74], [-17.51, 14.74], [-17.51, 14.76], [-17.53, 14.76], [-17.53, 14.74]])
}

#[tokio::test]
async fn a_site_keeps_its_polygon_hours_and_contacts_and_shows_them_to_others() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let body = json!({
        "project_id": ours, "name": "Poste Almadies", "sector": "HTA",
        "position": { "lat": 14.745, "lon": -17.52 }, "polygon": square(),
        "contacts": [{ "name": "Moussa Ba", "role": "gardien", "phone": "+221 77 000 00 00" }],
        "opening_hours": [{ "day": 1, "opens": "07:00:00", "closes": "12:00:00" },
                          { "day": 1, "opens": "13:00:00", "closes": "18:00:00" }],
    });
    let made = manager.post("/v1/sites", body.clone()).await.expect(201);
    for name in ["sector", "polygon", "contacts", "opening_hours"] {
        assert_eq!(made[name], body[name], "{name}");
    }
    let path = format!("/v1/sites/{}", made["id"].as_str().unwrap());
    assert_eq!(manager.get(&path).await.expect(200), made);
    let mut sql = stage.sql().await;
    let seen: Value = sqlx::query_scalar("select polygon from projects_pub.site")
        .fetch_one(&mut sql)
        .await
        .unwrap();
    assert_eq!(seen, square());
    let change = json!({ "polygon": null, "contacts": [], "name": "Poste" });
    let changed = manager.patch_match(&path, 1, change).await.expect(200);
    assert_eq!((&changed["polygon"], &changed["contacts"]), (&Value::Null, &json!([])));
    assert_eq!(changed["opening_hours"], body["opening_hours"]);
    stage.settle().await;
}

#[tokio::test]
async fn what_is_no_fence_no_hours_and_no_address_is_refused_by_its_field() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let bow = polygon(&[[0.0, 0.0], [0.1, 0.1], [0.1, 0.0], [0.0, 0.1], [0.0, 0.0]]);
    let fiji = polygon(&[[179.9, -17.0], [-179.9, -17.0], [-179.9, -16.9], [179.9, -17.0]]);
    let hours = |opens: &str, closes: &str| json!([{ "day": 1, "opens": opens, "closes": closes }]);
    for (field, value, pointer) in [
        ("polygon", bow, "/polygon"),
        ("polygon", fiji, "/polygon"),
        ("polygon", json!({ "type": "Point", "coordinates": [] }), "/polygon/type"),
        ("opening_hours", hours("18:00:00", "07:00:00"), "/opening_hours"),
        ("contacts", json!([{ "name": "A", "email": "nobody" }]), "/contacts/0/email"),
    ] {
        let mut body = json!({ "project_id": ours, "name": "x",
                               "position": { "lat": 14.7, "lon": -17.5 } });
        body[field] = value;
        let answer = manager.post("/v1/sites", body).await;
        assert_eq!((answer.status.as_u16(), answer.pointers()), (422, vec![pointer.to_owned()]));
    }
    let answer = manager.clone().header("accept-language", "en");
    let body = json!({ "project_id": ours, "name": "x", "position": { "lat": 0.0, "lon": 179.9 },
        "polygon": polygon(&[[179.9, 0.0], [-179.9, 0.0], [-179.9, 0.1], [179.9, 0.0]]) });
    let told = answer.post("/v1/sites", body).await.expect(422);
    assert!(told["errors"][0]["detail"].as_str().unwrap().contains("180th meridian"), "{told}");
    stage.settle().await;
}

#[tokio::test]
async fn a_sites_parts_are_a_tree_of_zones_and_levels() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let (here, there) = (site(&manager, ours).await, site(&manager, ours).await);
    let add = async |site: SiteId, kind: &str, name: &str, parent: Option<&str>| {
        let body = json!({ "site_id": site, "kind": kind, "name": name, "parent_id": parent });
        manager.post("/v1/site-parts", body).await
    };
    let zone = add(here, "zone", "Bâtiment A", None).await.expect(201);
    let zone = zone["id"].as_str().unwrap().to_owned();
    let level = add(here, "level", "R+1", Some(&zone)).await.expect(201);
    add(here, "zone", "Bâtiment A", None).await.expect(409);
    add(here, "level", "R+1", Some(&zone)).await.expect(409);
    add(here, "level", "R+1", None).await.expect(201);
    add(there, "level", "R+1", Some(&zone)).await.expect(422);
    add(here, "zone", "Aile", Some(&zone)).await.expect(422);
    let list = format!("/v1/site-parts?site_id={here}");
    let lead = stage.client(Role::SiteLead, Scope::Site(here));
    assert_eq!(ids(&lead.get(&list).await.expect(200)).len(), 3);
    let stranger = stage.client(Role::SiteLead, Scope::Site(there));
    stranger.get(&list).await.expect(404);
    let zone = format!("/v1/site-parts/{zone}");
    stranger.get(&zone).await.expect(404);
    lead.patch_match(&zone, 1, json!({ "name": "À moi" })).await.expect(403);
    lead.delete(&zone).await.expect(403);
    manager.delete(&zone).await.expect(409);
    manager.delete(&format!("/v1/site-parts/{}", level["id"].as_str().unwrap())).await.expect(204);
    manager.patch_match(&zone, 1, json!({ "place": 3 })).await.expect(200);
    manager.delete(&zone).await.expect(204);
    manager.get(&zone).await.expect(404);
    stage.settle().await;
}

#[tokio::test]
async fn the_roadmap_shows_what_each_sees_and_how_far_it_is() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, theirs) = (project(&manager, "A").await, project(&manager, "B").await);
    let (here, there) = (site(&manager, ours).await, site(&manager, ours).await);
    phase(&manager, ours, "Études").await;
    milestone(&manager, ours).await;
    manager
        .patch_match(&format!("/v1/projects/{ours}"), 1, json!({ "ends_on": "2026-01-31" }))
        .await
        .expect(200);
    let mut sql = stage.sql().await;
    for (site, status) in [(here, "done"), (here, "planned"), (there, "cancelled")] {
        sqlx::query(
            "insert into planning.task (id, site_id, project_id, title, description, priority,
                 workers_needed, starts_at, ends_at, duration_min, status)
             values (gen_random_uuid(), $1, $2, 't', '', 'normal', 1, $3::timestamptz - interval '4 hours',
                     $3::timestamptz - interval '2 hours', 120, $4)",
        )
        .bind(site)
        .bind(ours)
        .bind(kernel::Clock::now(&*stage.clock))
        .bind(status)
        .execute(&mut sql)
        .await
        .unwrap();
    }
    let map = manager.get("/v1/roadmap").await.expect(200);
    let [one, two] = map["items"].as_array().unwrap().as_slice() else { panic!("{map}") };
    assert_eq!((one["id"].clone(), two["id"].clone()), (json!(ours), json!(theirs)));
    let expected = json!({ "tasks": 2, "done": 1, "late": 1, "done_percent": 50.0,
                           "planned_percent": 100.0 });
    assert_eq!(one["progress"], expected);
    assert_eq!(two["progress"]["done_percent"], Value::Null);
    assert_eq!(one["phases"].as_array().unwrap().len(), 1);
    assert_eq!(one["milestones"].as_array().unwrap().len(), 1);
    assert_eq!(one["sites"].as_array().unwrap().len(), 2);
    let today: chrono::NaiveDate = map["today"].as_str().unwrap().parse().unwrap();
    let due = chrono::NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
    assert_eq!(one["late_days"], json!((today - due).num_days().max(0)));
    let lead = stage.client(Role::SiteLead, Scope::Site(there));
    let map = lead.get("/v1/roadmap").await.expect(200);
    let [one] = map["items"].as_array().unwrap().as_slice() else { panic!("{map}") };
    assert_eq!(ids(&json!({ "items": one["sites"] })), [there.to_string()]);
    assert_eq!(one["progress"]["tasks"], 0, "the tasks of the other site are not seen");
    let first = manager.get("/v1/roadmap?limit=1").await.expect(200);
    let next = first["next"].as_str().unwrap();
    let second = manager.get(&format!("/v1/roadmap?limit=1&cursor={next}")).await.expect(200);
    assert_eq!((&second["items"][0]["id"], &second["next"]), (&json!(theirs), &Value::Null));
    stage.client(Role::CrewMember, Scope::Tenant).get("/v1/roadmap").await.expect(403);
    stage.settle().await;
}
