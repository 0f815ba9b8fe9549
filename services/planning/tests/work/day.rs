//! The day of a worker, over all sites.

use auth::{Role, Scope};
use kernel::{PartId, WorkerId};
use serde_json::{Value, json};

use crate::week::{absent, at, sql, task};
use crate::world::{World, at as path, step};

const MONDAY: &str = "/v1/day?date=2027-03-01";

/// A task on the other site, on a day of March 2027.
async fn elsewhere(world: &World, title: &str, span: (String, String), who: &[WorkerId]) -> Value {
    let new = json!({"site_id": world.elsewhere, "title": title, "starts_at": span.0,
                     "ends_at": span.1});
    let task = world.planner().post("/v1/tasks", new).await.expect(201);
    assign(world, &task, who).await;
    task
}

/// Puts workers on a task, at whatever hour.
async fn assign(world: &World, task: &Value, who: &[WorkerId]) {
    let agreed = json!({"rules": ["outside_hours"], "reason": "Décalage"});
    let by = world.planner().header("if-match", "\"1\"");
    let body = json!({"worker_ids": who, "override": agreed});
    by.post(&path(task, "/assignments"), body).await.expect(200);
}

fn titles(day: &Value) -> Vec<&str> {
    let stops = day["stops"].as_array().unwrap();
    stops.iter().map(|stop| stop["task"]["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_day_leads_over_all_sites_in_order_with_whom_to_call_and_the_way_between() {
    let world = World::new().await;
    sql(
        &world,
        "update projects.site set lat = 14.8, access_notes = 'Badge à la loge',
             people = '[{\"name\": \"M. Payet\", \"phone\": \"+262 692 00 00 00\"}]',
             opening_hours = '[{\"day\": 1, \"opens\": \"07:00:00\", \"closes\": \"18:00:00\"},
                               {\"day\": 2, \"opens\": \"09:00:00\", \"closes\": \"12:00:00\"}]'
         where name = 'Poste sud'",
    )
    .await;
    let window = json!({"needs": {"appointment": true,
                                  "window": {"from": at(1, "07:00"), "to": at(1, "11:00")}}});
    let first = task(&world, "Câble", 1, ("08:00", "10:00"), window).await;
    assign(&world, &first, &[world.awa, world.binta]).await;
    elsewhere(&world, "Raccord", (at(1, "11:00"), at(1, "12:00")), &[world.awa]).await;
    // From 23:00 to 1:00 on the other site.
    elsewhere(&world, "Nuit", (at(1, "19:00"), at(1, "21:00")), &[world.awa]).await;
    task(&world, "À personne", 1, ("08:00", "10:00"), json!({})).await;
    absent(&world, world.awa, "2027-03-01T13:00:00Z", "2027-03-01T14:00:00Z").await;

    let answer = world.phone(world.awa).get(MONDAY).await;
    let tag = answer.headers["etag"].to_str().unwrap().to_owned();
    let day = answer.expect(200);
    assert_eq!(titles(&day), ["Câble", "Raccord", "Nuit"]);
    assert_eq!((&day["name"], &day["clock"]), (&json!("Awa Ndiaye"), &Value::Null));
    let (cable, splice, night) = (&day["stops"][0], &day["stops"][1], &day["stops"][2]);
    assert_eq!(cable["task"]["needs"]["appointment"], true);
    assert_eq!(cable["team"], json!([{"id": world.binta, "name": "Binta Sow"}]));
    assert_eq!((&cable["day"], &cable["days"]), (&json!(1), &json!(1)));
    assert_eq!(cable["travel_min"], Value::Null, "where Awa's day starts is not known");
    // 11.1 km by the straight line.
    assert_eq!((&splice["travel_min"], &night["travel_min"]), (&json!(18), &json!(0)));
    assert_eq!((&night["to"], &night["days"]), (&json!(at(1, "20:00")), &json!(2)));
    let sites = day["sites"].as_array().unwrap();
    let south = sites.iter().find(|s| s["name"] == "Poste sud").unwrap();
    assert_eq!(
        (&south["from"], &south["zone"]),
        (&json!("2027-02-28T20:00:00Z"), &json!("Indian/Reunion"))
    );
    assert_eq!(south["contacts"][0]["name"], "M. Payet");
    assert_eq!(south["access_notes"], "Badge à la loge");
    assert_eq!(south["open"].as_array().unwrap().len(), 1, "on a Monday");
    assert_eq!(sites.iter().find(|s| s["name"] == "Poste nord").unwrap()["from"], at(1, "00:00"));
    assert_eq!(day["absences"][0]["from"], at(1, "13:00"));

    let same = world.phone(world.awa).header("if-none-match", &tag).get(MONDAY).await;
    assert_eq!(same.status.as_u16(), 304);
    // The night goes on there on Tuesday.
    let tuesday = world.phone(world.awa).get("/v1/day?date=2027-03-02").await.expect(200);
    assert_eq!(titles(&tuesday), ["Nuit"]);
    let rest = &tuesday["stops"][0];
    assert_eq!((&rest["from"], &rest["day"]), (&json!(at(1, "20:00")), &json!(2)));
    let friday = world.phone(world.awa).get("/v1/day?date=2027-03-05").await.expect(200);
    assert_eq!((titles(&friday).len(), &friday["sites"]), (0, &json!([])));
}

#[tokio::test]
async fn who_leads_sees_a_worker_with_work_there_and_nothing_of_what_else_there_is() {
    let world = World::new().await;
    let own = task(&world, "Câble", 1, ("08:00", "10:00"), json!({})).await;
    assign(&world, &own, &[world.awa, world.binta]).await;
    elsewhere(&world, "Secret", (at(1, "11:00"), at(1, "12:00")), &[world.awa]).await;
    let late = task(&world, "Repli", 1, ("14:00", "15:00"), json!({})).await;
    assign(&world, &late, &[world.awa]).await;
    let of = |worker: WorkerId| format!("{MONDAY}&worker_id={worker}");

    let day = world.lead.get(&of(world.awa)).await.expect(200);
    assert_eq!(titles(&day), ["Câble", "Repli"]);
    assert_eq!(day["elsewhere"], json!([{"from": at(1, "11:00"), "to": at(1, "12:00")}]));
    assert!(!day.to_string().contains("Secret") && !day.to_string().contains("Poste sud"));
    assert_eq!(day["stops"][1]["travel_min"], Value::Null, "the way comes from a place unseen");

    let away = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    away.get(&of(world.awa)).await.expect(200);
    away.get(&of(world.binta)).await.expect(404);
    // To be on a task together opens nobody's day.
    world.phone(world.binta).get(&of(world.awa)).await.expect(404);
    world.phone(world.awa).get(&of(world.awa)).await.expect(200);
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    let all = manager.get(&of(world.awa)).await.expect(200);
    assert_eq!((titles(&all).len(), &all["absences"]), (3, &json!([])));
    manager.get(&of(WorkerId::new())).await.expect(404);
    world.lead.get(MONDAY).await.expect(403);
    world.stage.client(Role::TenantAdmin, Scope::Tenant).get(&of(world.awa)).await.expect(403);
    assert_eq!(world.lead.get("/v1/day?date=0001-01-01").await.pointers(), ["/date"]);
    world.lead.get("/v1/day?dat=2027-03-01").await.expect(400);
}

#[tokio::test]
async fn what_is_to_be_answered_fetched_and_mended_stands_with_the_task() {
    let world = World::new().await;
    let part = PartId::new();
    for statement in [
        "insert into resources.depot (id, name, lat, lon, zone, opening_hours, active, version)
         values (gen_random_uuid(), 'Dépôt Thiès', 14.75, -17.4, 'Africa/Dakar', '[]', true, 1)",
        "insert into resources.tool (id, kind, name, depot_id, active, version)
         select gen_random_uuid(), 'soudeuse', 'Soudeuse fibre', id, true, 1 from resources.depot",
        "insert into resources.vehicle (id, plate, kind, seats, driver_id, active, version)
         select gen_random_uuid(), 'DK-1', 'van', 3, id, true, 1
         from resources.worker where name = 'Awa Ndiaye'",
    ] {
        sql(&world, statement).await;
    }
    let mut conn = world.stage.sql().await;
    let row = "insert into resources.part (id, code, name, unit, active, version)
               values ($1, 'PTO', 'Prise optique', 'piece', true, 1)";
    sqlx::query(row).bind(part).execute(&mut conn).await.unwrap();
    for row in [
        "insert into resources.stock (part_id, vehicle_id, quantity)
         select $1, id, 1 from resources.vehicle",
        "insert into resources.stock (part_id, depot_id, quantity)
         select $1, id, 50 from resources.depot",
    ] {
        sqlx::query(row).bind(part).execute(&mut conn).await.unwrap();
    }
    let list = json!({"name": "Recette", "questions": [
        {"key": "ok", "label": "En ordre ?", "kind": "yes_no", "required": true},
        {"key": "note", "label": "Note", "kind": "text"}]});
    let list = world.planner().post("/v1/checklists", list).await.expect(201);
    let more = json!({"checklists": [list["id"]],
                      "needs": {"tools": ["soudeuse"], "parts": [{"part_id": part, "quantity": 4}]}});
    let job = task(&world, "Raccorder", 1, ("08:00", "10:00"), more).await;
    assign(&world, &job, &[world.awa]).await;
    let incident = json!({"site_id": world.site, "task_id": job["id"], "title": "Fourreau bouché",
                          "severity": "medium", "cause": "access"});
    let incident = world.lead.post("/v1/incidents", incident).await.expect(201);

    let phone = world.phone(world.awa);
    let day = phone.get(MONDAY).await.expect(200);
    let stop = &day["stops"][0];
    let asked = json!([{"checklist_id": list["id"], "name": "Recette", "run_id": null, "answered": 0,
                        "asked": 2, "nonconformities": 0, "complete": false}]);
    assert_eq!(stop["checklists"], asked);
    let depot = &day["depots"][0];
    assert_eq!((&depot["name"], &day["vehicle"]["plate"]), (&json!("Dépôt Thiès"), &json!("DK-1")));
    let bring = &stop["bring"];
    assert_eq!(bring["tools"][0]["depots"], json!([depot["id"]]));
    assert_eq!(
        (&bring["parts"][0]["aboard"], &bring["parts"][0]["missing"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(day["parts"][0]["name"], "Prise optique");
    assert_eq!(stop["incidents"][0]["title"], "Fourreau bouché");

    let run = json!({"task_id": job["id"], "checklist_id": list["id"],
                     "answers": [{"question": "ok", "value": true}]});
    phone.post("/v1/checklist-runs", run).await.expect(201);
    let how = json!({"resolution": "Débouché"});
    let resolve = format!("/v1/incidents/{}/resolve", incident["id"].as_str().unwrap());
    world.lead.post(&resolve, how).await.expect(200);
    step(&phone, &job, "start").await.expect(200);
    let day = phone.get(MONDAY).await.expect(200);
    let stop = &day["stops"][0];
    assert_eq!(
        (&stop["checklists"][0]["answered"], &stop["checklists"][0]["complete"]),
        (&json!(1), &json!(true))
    );
    assert_eq!((&stop["incidents"], &stop["bring"]["tools"]), (&json!([]), &json!([])));
    // Begun before its day: it is of today's as well.
    assert_eq!(titles(&phone.get("/v1/day").await.expect(200)), ["Raccorder"]);
}

#[tokio::test]
async fn the_list_of_who_works_counts_what_is_seen_and_tells_who_is_there() {
    let world = World::new().await;
    let own = task(&world, "Câble", 1, ("08:00", "10:00"), json!({})).await;
    assign(&world, &own, &[world.awa, world.binta]).await;
    elsewhere(&world, "Ailleurs", (at(1, "11:00"), at(1, "12:00")), &[world.awa]).await;
    let here = json!({"site_id": world.site});
    world.phone(world.awa).post("/v1/time-entries", here).await.expect(201);

    let days = "/v1/days?date=2027-03-01";
    let page = world.lead.get(&format!("{days}&limit=1")).await.expect(200);
    let awa = &page["items"][0];
    assert_eq!(
        (&awa["name"], &awa["tasks"], &awa["done"]),
        (&json!("Awa Ndiaye"), &json!(1), &json!(0))
    );
    assert_eq!((&awa["from"], &awa["to"]), (&json!(at(1, "08:00")), &json!(at(1, "10:00"))));
    assert_eq!((&awa["next_task_id"], &awa["site_ids"]), (&own["id"], &json!([world.site])));
    assert_eq!(
        (&awa["clock"]["site_id"], &awa["clock"]["activity"]),
        (&json!(world.site), &json!("work"))
    );
    let next = format!("{days}&limit=1&cursor={}", page["next"].as_str().unwrap());
    let page = world.lead.get(&next).await.expect(200);
    let binta = &page["items"][0];
    assert_eq!(
        (&binta["name"], &binta["clock"], &page["next"]),
        (&json!("Binta Sow"), &Value::Null, &Value::Null)
    );

    let all = world.planner().get(days).await.expect(200);
    assert_eq!(all["items"][0]["tasks"], 2);
    let away = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    let away = away.get(days).await.expect(200);
    assert_eq!(away["items"].as_array().unwrap().len(), 1);
    assert_eq!(away["items"][0]["clock"], Value::Null, "clocked in where another leads");
    let mine = world.phone(world.binta).get(days).await.expect(200);
    assert_eq!(mine["items"].as_array().unwrap().len(), 1, "nobody but oneself");
    let clock = world.phone(world.awa).get("/v1/day").await.expect(200);
    assert_eq!(clock["clock"]["site_id"], json!(world.site));
    assert_eq!(clock["stays"].as_array().unwrap().len(), 1);
    world.stage.client(Role::TenantAdmin, Scope::Tenant).get(days).await.expect(403);
}
