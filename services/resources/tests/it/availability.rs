use super::*;

/// Monday and Tuesday, the second and third of March 2026, in Dakar.
const SPAN: &str = "from=2026-03-02T00:00:00Z&to=2026-03-04T00:00:00Z&zone=Africa/Dakar";

async fn ask(by: &Client, more: &str) -> Value {
    by.get(&format!("/v1/availability?{SPAN}{more}")).await.expect(200)
}

fn rules(of: &Value) -> Vec<&str> {
    let busy = of["busy"].as_array().unwrap().iter();
    busy.map(|b| b["why"]["rule"].as_str().unwrap()).filter(|r| *r != "outside_hours").collect()
}

#[tokio::test]
async fn who_is_free_is_told_and_why_not() {
    let stage = stage().await;
    let lead = lead(&stage);
    let b0 = skill(&lead, "B0").await;
    let body = json!({
        "name": "Awa Diop", "skills": [{ "skill_id": b0, "level": 4, "valid_until": "2026-03-02" }],
        "hours": {
            "days": [1, 2], "starts": "08:00:00", "ends": "17:00:00",
            "other_days": [
                { "day": 2, "starts": "07:00:00", "ends": "12:00:00" },
                { "day": 2, "starts": "13:00:00", "ends": "15:00:00" },
            ],
        },
    });
    let awa: WorkerId = id(&lead.post("/v1/workers", body).await.expect(201));
    let idle = json!({ "days": [], "starts": "08:00:00", "ends": "17:00:00" });
    let idle = json!({ "name": "Modou Fall", "hours": idle });
    let modou: WorkerId = id(&lead.post("/v1/workers", idle).await.expect(201));
    let absence = json!({
        "kind": "sick", "from": "2026-03-02T12:00:00Z", "to": "2026-03-02T23:00:00Z",
    });
    lead.post(&format!("/v1/workers/{awa}/absences"), absence).await.expect(201);

    let all = ask(&lead, "").await;
    assert_eq!(ids(&all), [awa.to_string(), modou.to_string()]);
    let free = |from: &str, to: &str| json!({ "from": from, "to": to });
    assert_eq!(
        all["items"][0]["free"],
        json!([
            free("2026-03-02T08:00:00Z", "2026-03-02T12:00:00Z"),
            free("2026-03-03T07:00:00Z", "2026-03-03T12:00:00Z"),
            free("2026-03-03T13:00:00Z", "2026-03-03T15:00:00Z"),
        ])
    );
    assert_eq!(rules(&all["items"][0]), ["absent"]);
    assert!(!all.to_string().contains("sick"));
    assert_eq!(all["items"][1]["free"], json!([]));
    assert_eq!(rules(&all["items"][1]), ["no_working_time"]);

    let with_skill = ask(&lead, &format!("&skill_id={b0}&level=3")).await;
    assert_eq!(with_skill["items"][0]["free"].as_array().unwrap().len(), 1);
    assert_eq!(rules(&with_skill["items"][0]), ["absent", "skill_expired"]);
    assert_eq!(rules(&with_skill["items"][1]), ["no_working_time", "skill_missing"]);
    let expert = ask(&lead, &format!("&skill_id={b0}&level=5&worker_id={awa}")).await;
    assert_eq!(expert["items"][0]["free"], json!([]));

    let path = format!("/v1/workers/{awa}");
    let version = lead.get(&path).await.version();
    lead.patch_match(&path, version, json!({ "active": false })).await.expect(200);
    assert_eq!(ids(&ask(&lead, "").await), [modou.to_string()]);
    let gone = ask(&lead, &format!("&worker_id={awa}")).await;
    assert!(rules(&gone["items"][0]).contains(&"inactive"));
}

#[tokio::test]
async fn a_task_holds_its_worker_until_it_is_finished() {
    let stage = stage().await;
    let lead = lead(&stage);
    let awa = worker(&lead, "Awa Diop").await;
    let task = uuid::Uuid::now_v7();
    let mut sql = stage.sql().await;
    sqlx::query(
        "insert into planning.task
             (id, site_id, project_id, title, description, priority, workers_needed, starts_at,
              ends_at, duration_min, status)
         values ($1, $1, $1, 'Coffret', '', 'normal', 1, '2026-03-02T09:00:00Z',
                 '2026-03-02T11:00:00Z', 60, 'planned')",
    )
    .bind(task)
    .execute(&mut sql)
    .await
    .unwrap();
    sqlx::query(
        "insert into planning.assignment (id, task_id, worker_id, during)
         values ($1, $1, $2, tstzrange('2026-03-02T09:00:00Z', '2026-03-02T11:00:00Z'))",
    )
    .bind(task)
    .bind(awa)
    .execute(&mut sql)
    .await
    .unwrap();
    let told = ask(&lead, "").await;
    assert_eq!(rules(&told["items"][0]), ["assigned"]);
    assert_eq!(told["items"][0]["free"].as_array().unwrap().len(), 3);
    sqlx::query("update planning.task set status = 'done'").execute(&mut sql).await.unwrap();
    assert!(rules(&ask(&lead, "").await["items"][0]).is_empty());
}

#[tokio::test]
async fn a_vehicle_is_free_where_nobody_drives_it() {
    let stage = stage().await;
    let lead = lead(&stage);
    let awa = worker(&lead, "Awa Diop").await;
    let new = json!({ "plate": "DK 1", "kind": "van", "seats": 3 });
    let van = lead.post("/v1/vehicles", new).await.expect(201);
    let drive = json!({
        "vehicle_id": van["id"], "worker_id": awa,
        "from": "2026-03-02T08:00:00Z", "to": "2026-03-02T18:00:00Z",
    });
    lead.post("/v1/drives", drive).await.expect(201);
    let told = ask(&lead, "&of=vehicles").await;
    assert_eq!((&told["items"][0]["name"], ids(&told).len()), (&json!("DK 1"), 1));
    assert_eq!(told["items"][0]["free"].as_array().unwrap().len(), 2);
    assert_eq!(told["items"][0]["busy"][0]["why"], json!({ "rule": "taken", "worker_id": awa }));
}

#[tokio::test]
async fn the_question_is_bounded_paged_and_not_for_crews() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (awa, modou) = (worker(&lead, "Awa Diop").await, worker(&lead, "Modou Fall").await);
    let first = ask(&lead, "&limit=1").await;
    assert_eq!(ids(&first), [awa.to_string()]);
    let next = ask(&lead, &format!("&limit=1&cursor={}", first["next"].as_str().unwrap())).await;
    assert_eq!((ids(&next), &next["next"]), (vec![modou.to_string()], &Value::Null));
    let crew = json!({ "name": "Nord", "members": [modou] });
    let crew = lead.post("/v1/crews", crew).await.expect(201);
    let of_crew = ask(&lead, &format!("&crew_id={}", crew["id"].as_str().unwrap())).await;
    assert_eq!(ids(&of_crew), [modou.to_string()]);
    for wrong in [
        "from=2026-03-02T00:00:00Z&to=2026-04-03T00:00:00Z",
        "from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z",
        "from=1970-01-01T00:00:00Z&to=1970-01-02T00:00:00Z",
        "from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z&zone=Mars/Olympus",
        "from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z&level=6",
        "from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z&limit=201",
    ] {
        lead.get(&format!("/v1/availability?{wrong}")).await.expect(422);
    }
    let crew = stage.client(Role::CrewMember, Scope::Tenant).as_worker(awa);
    crew.get(&format!("/v1/availability?{SPAN}")).await.expect(403);
    let other = stage.another_tenant().await;
    let abroad = stage.client_at(&other, Role::ProjectLead, Scope::Tenant);
    assert!(ids(&ask(&abroad, "").await).is_empty());
}
