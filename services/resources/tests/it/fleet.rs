use kernel::{DepotId, PartId, VehicleId};

use super::*;

async fn depot(by: &Client, name: &str) -> DepotId {
    let position = json!({ "lat": 14.7, "lon": -17.45 });
    id(&by.post("/v1/depots", json!({ "name": name, "position": position })).await.expect(201))
}

async fn van(by: &Client, plate: &str) -> VehicleId {
    let body = json!({ "plate": plate, "kind": "van", "seats": 3 });
    id(&by.post("/v1/vehicles", body).await.expect(201))
}

async fn part(by: &Client, code: &str) -> PartId {
    let body = json!({ "code": code, "name": "Disjoncteur 16 A", "unit": "piece" });
    id(&by.post("/v1/parts", body).await.expect(201))
}

fn in_depot(id: DepotId) -> Value {
    json!({ "kind": "depot", "id": id })
}

fn on(id: VehicleId) -> Value {
    json!({ "kind": "vehicle", "id": id })
}

/// A movement's body.
fn movement(part: PartId, reason: &str, quantity: i64, from: Value, to: Value) -> Value {
    json!({ "part_id": part, "reason": reason, "quantity": quantity, "from": from, "to": to })
}

async fn quantities(by: &Client, filter: &str) -> Vec<i64> {
    let page = by.get(&format!("/v1/stock?{filter}")).await.expect(200);
    let items = page["items"].as_array().unwrap();
    items.iter().map(|s| s["quantity"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_depot_is_taken_in_and_changed_and_its_name_taken_once() {
    let stage = stage().await;
    let lead = lead(&stage);
    let hours = json!([{ "day": 1, "opens": "07:00:00", "closes": "18:00:00" }]);
    let body = json!({
        "name": "Dépôt de Pikine", "address": "Route de Rufisque",
        "position": { "lat": 14.75, "lon": -17.39, "accuracy_m": 20.0 }, "opening_hours": hours,
    });
    let made = lead.post("/v1/depots", body.clone()).await.expect(201);
    assert_eq!(made["position"], json!({ "lat": 14.75, "lon": -17.39 }));
    assert_eq!(made["zone"], json!(stage_zone(&stage).await));
    let path = format!("/v1/depots/{}", made["id"].as_str().unwrap());
    assert_eq!(lead.get(&path).await.expect(200), made);
    lead.post("/v1/depots", body).await.expect(409);
    let body = json!({ "address": null, "active": false });
    let changed = lead.patch_match(&path, 1, body).await.expect(200);
    assert_eq!((&changed["address"], &changed["active"]), (&Value::Null, &json!(false)));
    lead.patch_match(&path, 1, json!({ "active": true })).await.expect(412);
    for (filter, count) in [("active=true", 0), ("active=false", 1)] {
        let page = lead.get(&format!("/v1/depots?{filter}")).await.expect(200);
        assert_eq!(ids(&page).len(), count, "{filter}");
    }
    for (more, pointer) in [
        (json!({ "position": { "lat": 91.0, "lon": 0.0 } }), "/position"),
        (json!({ "zone": "Mars/Olympus" }), "/zone"),
        (
            json!({ "opening_hours": [{ "day": 1, "opens": "18:00:00", "closes": "07:00:00" }] }),
            "/opening_hours",
        ),
    ] {
        let mut body = json!({ "name": "Autre", "position": { "lat": 0.0, "lon": 0.0 } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = lead.post("/v1/depots", body).await;
        assert_eq!(answer.pointers(), [pointer], "{more}");
        answer.expect(422);
    }
    stage.settle().await;
}

async fn stage_zone(stage: &Stage) -> String {
    let tenants = &stage.app(kernel::Service::Resources).tenants;
    tenants.directory.active(stage.tenant.id).await.unwrap().zone.name().to_owned()
}

#[tokio::test]
async fn a_vehicle_carries_stands_somewhere_and_has_a_usual_driver() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (home, awa) = (depot(&lead, "Nord").await, worker(&lead, "Awa Diop").await);
    let body = json!({
        "plate": "dk  1234 aa", "kind": "van", "seats": 3, "depot_id": home, "driver_id": awa,
        "capacity": { "kg": 900, "litres": 6000 },
    });
    let made = lead.post("/v1/vehicles", body.clone()).await.expect(201);
    assert_eq!(made["plate"], "DK 1234 AA");
    assert_eq!(made["capacity"], json!({ "kg": 900, "litres": 6000, "units": null }));
    let taken = lead.post("/v1/vehicles", body).await;
    assert_eq!(taken.pointers(), ["/plate"]);
    taken.expect(409);
    let path = format!("/v1/vehicles/{}", made["id"].as_str().unwrap());
    let changed = lead.patch_match(&path, 1, json!({ "driver_id": null, "seats": 2 })).await;
    assert_eq!(changed.expect(200)["driver_id"], Value::Null);
    for (more, pointer) in [
        (json!({ "depot_id": DepotId::new() }), "/depot_id"),
        (json!({ "driver_id": WorkerId::new() }), "/driver_id"),
        (json!({ "seats": -1 }), "/seats"),
        (json!({ "capacity": { "kg": -5 } }), "/capacity/kg"),
        (json!({ "kind": "boat" }), "/kind"),
    ] {
        let mut body = json!({ "plate": "DK 1", "kind": "van", "seats": 3 });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = lead.post("/v1/vehicles", body).await;
        assert_eq!(answer.pointers(), [pointer], "{more}");
        answer.expect(422);
    }
    stage.settle().await;
}

#[tokio::test]
async fn a_vehicle_has_one_driver_at_a_time_and_a_driver_one_vehicle() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (one, two) = (van(&lead, "DK 1").await, van(&lead, "DK 2").await);
    let (awa, modou) = (worker(&lead, "Awa Diop").await, worker(&lead, "Modou Fall").await);
    let drive = |vehicle: VehicleId, worker: WorkerId, from: &str, to: &str| {
        json!({
            "vehicle_id": vehicle, "worker_id": worker,
            "from": format!("2026-03-02T{from}:00Z"), "to": format!("2026-03-02T{to}:00Z"),
        })
    };
    let drives = "/v1/drives";
    let made = lead.post(drives, drive(one, awa, "08:00", "12:00")).await.expect(201);
    let taken = lead.post(drives, drive(one, modou, "11:00", "13:00")).await;
    assert_eq!(taken.pointers(), ["/vehicle_id"]);
    taken.expect(409);
    let busy = lead.post(drives, drive(two, awa, "11:00", "13:00")).await;
    assert_eq!(busy.pointers(), ["/worker_id"]);
    busy.expect(409);
    lead.post(drives, drive(one, modou, "12:00", "13:00")).await.expect(201);
    let unknown = lead.post(drives, drive(two, WorkerId::new(), "08:00", "09:00")).await;
    assert_eq!(unknown.pointers(), ["/worker_id"]);
    unknown.expect(422);
    lead.post(drives, drive(VehicleId::new(), awa, "15:00", "16:00")).await.expect(404);
    lead.post(drives, drive(two, awa, "16:00", "15:00")).await.expect(422);
    assert_eq!(lead.get(&format!("/v1/vehicles/{one}")).await.version(), 3);
    let of_awa = lead.get(&format!("{drives}?worker_id={awa}")).await.expect(200);
    assert_eq!(of_awa["items"][0], made);
    let path = format!("{drives}/{}", made["id"].as_str().unwrap());
    lead.delete(&path).await.expect(204);
    lead.delete(&path).await.expect(404);
    lead.post(drives, drive(two, awa, "11:00", "13:00")).await.expect(201);
    stage.settle().await;
}

#[tokio::test]
async fn the_same_vehicle_wanted_by_many_at_once_is_driven_by_one() {
    let stage = stage().await;
    let lead = lead(&stage);
    let one = van(&lead, "DK 1").await;
    let mut tries = Vec::new();
    for n in 0..8 {
        let who = worker(&lead, &format!("Ouvrier {n}")).await;
        let body = json!({
            "vehicle_id": one, "worker_id": who,
            "from": "2026-03-02T08:00:00Z", "to": "2026-03-02T12:00:00Z",
        });
        tries.push(("/v1/drives".to_owned(), body));
    }
    assert_eq!(at_once(&lead, tries).await, BTreeMap::from([(201, 1), (409, 7)]));
    stage.settle().await;
}

#[tokio::test]
async fn a_tool_is_held_by_one_at_a_time() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (home, one) = (depot(&lead, "Nord").await, van(&lead, "DK 1").await);
    let body = json!({
        "kind": "MEGOHMMETRE", "name": "Mégohmmètre", "serial": "M-17", "holder": in_depot(home),
    });
    let made = lead.post("/v1/tools", body.clone()).await.expect(201);
    let taken = lead.post("/v1/tools", body).await;
    assert_eq!(taken.pointers(), ["/serial"]);
    taken.expect(409);
    let path = format!("/v1/tools/{}", made["id"].as_str().unwrap());
    let moved = lead.patch_match(&path, 1, json!({ "holder": on(one) })).await.expect(200);
    assert_eq!(moved["holder"], on(one));
    for (holder, count) in [(home.to_string(), 0), (one.to_string(), 1)] {
        let page = lead.get(&format!("/v1/tools?holder_id={holder}")).await.expect(200);
        assert_eq!(ids(&page).len(), count);
    }
    let awa = worker(&lead, "Awa Diop").await;
    let held = json!({ "holder": { "kind": "worker", "id": awa } });
    lead.patch_match(&path, 2, held).await.expect(200);
    let row: (Option<uuid::Uuid>, Option<uuid::Uuid>) =
        sqlx::query_as("select vehicle_id, worker_id from resources_pub.tool")
            .fetch_one(&mut stage.sql().await)
            .await
            .unwrap();
    assert_eq!(row, (None, Some(awa.uuid())));
    let lost = lead.patch_match(&path, 3, json!({ "holder": null })).await.expect(200);
    assert_eq!(lost["holder"], Value::Null);
    let nowhere = lead.patch_match(&path, 4, json!({ "holder": on(VehicleId::new()) })).await;
    assert_eq!(nowhere.pointers(), ["/holder/id"]);
    nowhere.expect(422);
    stage.settle().await;
}

#[tokio::test]
async fn parts_come_move_and_go_and_what_is_not_there_is_not_taken() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (home, one) = (depot(&lead, "Nord").await, van(&lead, "DK 1").await);
    let breaker = part(&lead, "DISJ-16").await;
    let post = async |body: Value| lead.post("/v1/stock-movements", body).await;
    let none = Value::Null;
    let none_left = post(movement(breaker, "used", 1, in_depot(home), none.clone())).await;
    assert_eq!(none_left.json["left"], 0);
    none_left.expect(409);
    post(movement(breaker, "received", 10, none.clone(), in_depot(home))).await.expect(201);
    post(movement(breaker, "moved", 4, in_depot(home), on(one))).await.expect(201);
    post(movement(breaker, "used", 3, on(one), none.clone())).await.expect(201);
    let too_many = post(movement(breaker, "used", 2, on(one), none.clone())).await;
    assert_eq!(
        (&too_many.json["left"], too_many.pointers()),
        (&json!(1), vec!["/quantity".into()])
    );
    too_many.expect(409);
    assert_eq!(quantities(&lead, &format!("depot_id={home}")).await, [6]);
    assert_eq!(quantities(&lead, &format!("vehicle_id={one}")).await, [1]);
    post(movement(breaker, "lost", 1, on(one), none.clone())).await.expect(201);
    assert!(quantities(&lead, &format!("vehicle_id={one}")).await.is_empty());
    let all = lead.get(&format!("/v1/stock-movements?part_id={breaker}")).await.expect(200);
    assert_eq!(ids(&all).len(), 4);
    for (body, pointer) in [
        (movement(breaker, "used", 1, none.clone(), in_depot(home)), "/reason"),
        (movement(breaker, "moved", 1, in_depot(home), in_depot(home)), "/reason"),
        (movement(breaker, "used", 0, in_depot(home), none.clone()), "/quantity"),
        (movement(breaker, "used", -3, in_depot(home), none.clone()), "/quantity"),
        (movement(PartId::new(), "received", 1, none.clone(), in_depot(home)), "/part_id"),
        (movement(breaker, "received", 1, none.clone(), in_depot(DepotId::new())), "/to/id"),
        (movement(breaker, "moved", 1, on(VehicleId::new()), in_depot(home)), "/from/id"),
    ] {
        let answer = post(body.clone()).await;
        assert_eq!(answer.pointers(), [pointer], "{body}");
        answer.expect(422);
    }
    let mut of_task = movement(breaker, "used", 1, in_depot(home), none);
    of_task["task_id"] = json!(kernel::TaskId::new());
    let of_task = post(of_task).await;
    assert_eq!(of_task.pointers(), ["/task_id"]);
    of_task.expect(422);
    assert_eq!(quantities(&lead, &format!("part_id={breaker}")).await, [6]);
    stage.settle().await;
}

#[tokio::test]
async fn fifty_take_the_last_parts_at_once_and_exactly_the_stock_leaves() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (home, breaker) = (depot(&lead, "Nord").await, part(&lead, "DISJ-16").await);
    let came = movement(breaker, "received", 20, Value::Null, in_depot(home));
    lead.post("/v1/stock-movements", came).await.expect(201);
    let used = movement(breaker, "used", 1, in_depot(home), Value::Null);
    let answers = at_once(&lead, vec![("/v1/stock-movements".to_owned(), used); 50]).await;
    assert_eq!(answers, BTreeMap::from([(201, 20), (409, 30)]));
    assert!(quantities(&lead, &format!("part_id={breaker}")).await.is_empty());
    stage.settle().await;
    let told: i64 =
        sqlx::query_scalar("select count(*) from core.audit_entry where action = 'stock.moved'")
            .fetch_one(&mut stage.sql().await)
            .await
            .unwrap();
    assert_eq!(told, 21);
}

#[tokio::test]
async fn parts_sent_to_and_fro_at_once_are_neither_lost_nor_doubled() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (home, one) = (depot(&lead, "Nord").await, van(&lead, "DK 1").await);
    let breaker = part(&lead, "DISJ-16").await;
    let came = movement(breaker, "received", 30, Value::Null, in_depot(home));
    lead.post("/v1/stock-movements", came).await.expect(201);
    let moved =
        |(from, to)| ("/v1/stock-movements".to_owned(), movement(breaker, "moved", 1, from, to));
    let ways = [(in_depot(home), on(one)), (on(one), in_depot(home))];
    let answers = at_once(&lead, ways.into_iter().cycle().take(30).map(moved)).await;
    assert!(answers.keys().all(|status| matches!(status, 201 | 409)), "{answers:?}");
    let all = quantities(&lead, &format!("part_id={breaker}")).await;
    assert_eq!(all.iter().sum::<i64>(), 30);
    stage.settle().await;
}

#[tokio::test]
async fn the_same_movement_sent_twice_has_one_effect() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (home, breaker) = (depot(&lead, "Nord").await, part(&lead, "DISJ-16").await);
    let phone = lead.clone().header("idempotency-key", "livraison-117");
    let body = movement(breaker, "received", 5, Value::Null, in_depot(home));
    let first = phone.post("/v1/stock-movements", body.clone()).await.expect(201);
    assert_eq!(phone.post("/v1/stock-movements", body).await.expect(201), first);
    assert_eq!(quantities(&lead, &format!("part_id={breaker}")).await, [5]);
    stage.settle().await;
}

#[tokio::test]
async fn the_fleet_is_seen_by_leads_changed_by_some_and_of_this_firm() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (home, one) = (depot(&lead, "Nord").await, van(&lead, "DK 1").await);
    let breaker = part(&lead, "DISJ-16").await;
    let lists = ["/v1/depots", "/v1/vehicles", "/v1/tools", "/v1/parts", "/v1/stock", "/v1/drives"];
    let crew = stage.client(Role::CrewMember, Scope::Tenant);
    let site_lead = stage.client(Role::SiteLead, Scope::Site(kernel::SiteId::new()));
    let manager = stage.client(Role::Manager, Scope::Tenant);
    for list in lists {
        crew.get(list).await.expect(403);
        site_lead.get(list).await.expect(200);
        manager.get(list).await.expect(200);
    }
    let came = movement(breaker, "received", 5, Value::Null, in_depot(home));
    crew.post("/v1/stock-movements", came.clone()).await.expect(403);
    manager.post("/v1/stock-movements", came.clone()).await.expect(403);
    site_lead.post("/v1/stock-movements", came.clone()).await.expect(201);
    let path = format!("/v1/vehicles/{one}");
    crew.patch_match(&path, 1, json!({ "seats": 1 })).await.expect(404);
    site_lead.patch_match(&path, 1, json!({ "seats": 1 })).await.expect(403);
    site_lead.post("/v1/parts", json!({ "code": "X", "name": "x", "unit": "m" })).await.expect(403);
    let other = stage.another_tenant().await;
    let abroad = stage.client_at(&other, Role::ProjectLead, Scope::Tenant);
    for path in [path, format!("/v1/depots/{home}"), format!("/v1/parts/{breaker}")] {
        abroad.get(&path).await.expect(404);
        abroad.patch_match(&path, 1, json!({ "active": false })).await.expect(404);
    }
    let stolen = abroad.post("/v1/stock-movements", came).await;
    assert_eq!(stolen.pointers(), ["/part_id"]);
    stolen.expect(422);
    for list in lists {
        let page = abroad.get(list).await.expect(200);
        assert_eq!(page["items"], json!([]), "{list}");
    }
    stage.settle().await;
}
