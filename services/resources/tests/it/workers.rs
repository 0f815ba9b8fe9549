use kernel::Clock;

use super::*;

#[tokio::test]
async fn a_worker_has_skills_hours_and_perhaps_an_account() {
    let stage = stage().await;
    let lead = lead(&stage);
    let user = account(&stage).await;
    let (b0, br) = (skill(&lead, "B0").await, skill(&lead, "BR").await);
    let body = json!({
        "name": "Awa Diop",
        "phone": "+221 77 000 00 00",
        "user_id": user,
        "hours": { "days": [6, 1], "starts": "07:30:00", "ends": "16:00:00" },
        "skills": [{ "skill_id": b0, "valid_until": "2027-01-31" }],
    });
    let made = lead.post("/v1/workers", body).await.expect(201);
    assert_eq!(made["hours"]["days"], json!([1, 6]));
    let path = format!("/v1/workers/{}", made["id"].as_str().unwrap());
    assert_eq!(lead.get(&path).await.expect(200), made);
    let body = json!({ "phone": null, "skills": [{ "skill_id": br }] });
    let changed = lead.patch_match(&path, 1, body).await.expect(200);
    assert_eq!(changed["phone"], Value::Null);
    assert_eq!(changed["skills"], json!([{ "skill_id": br, "level": 3, "valid_until": null }]));
    assert_eq!(changed["user_id"], json!(user));
    lead.patch_match(&path, 1, json!({ "active": false })).await.expect(412);
    lead.patch_match(&path, 2, json!({ "active": false })).await.expect(200);
    worker(&lead, "Modou Fall").await;
    for (filter, count) in
        [("active=true", 1), ("active=false", 1), ("q=AWA", 1), ("q=x", 0), ("limit=1", 1)]
    {
        let page = lead.get(&format!("/v1/workers?{filter}")).await.expect(200);
        assert_eq!(ids(&page).len(), count, "{filter}");
    }
    let holders = lead.get(&format!("/v1/workers?skill_id={br}")).await.expect(200);
    assert_eq!(ids(&holders).len(), 1);
    stage.settle().await;
}

#[tokio::test]
async fn an_account_is_one_worker_at_most() {
    let stage = stage().await;
    let lead = lead(&stage);
    let user = account(&stage).await;
    let body = |user: UserId| json!({ "name": "Awa Diop", "user_id": user });
    lead.post("/v1/workers", body(user)).await.expect(201);
    let taken = lead.post("/v1/workers", body(user)).await;
    assert_eq!(taken.pointers(), ["/user_id"]);
    taken.expect(409);
    let unknown = lead.post("/v1/workers", body(UserId::new())).await;
    assert_eq!(unknown.pointers(), ["/user_id"]);
    unknown.expect(422);
    let path = format!("/v1/workers/{}", worker(&lead, "Modou Fall").await);
    lead.patch_match(&path, 1, json!({ "user_id": user })).await.expect(409);
    lead.patch_match(&path, 1, json!({ "user_id": UserId::new() })).await.expect(422);
    stage.settle().await;
}

#[tokio::test]
async fn bad_input_points_at_its_field() {
    let stage = stage().await;
    let lead = lead(&stage);
    let b0 = skill(&lead, "B0").await;
    let hours =
        |days: Value, ends: &str| json!({ "days": days, "starts": "08:00:00", "ends": ends });
    for (more, pointer) in [
        (json!({ "name": "" }), "/name"),
        (json!({ "phone": "1" }), "/phone"),
        (json!({ "age": 30 }), "/age"),
        (json!({ "hours": hours(json!([8]), "17:00:00") }), "/hours/days"),
        (json!({ "hours": hours(json!([1]), "07:00:00") }), "/hours/ends"),
        (json!({ "hours": hours(json!([1]), "25:00:00") }), "/hours/ends"),
        (
            json!({ "hours": { "days": [1], "starts": "08:00:00", "ends": "17:00:00",
                "other_days": [{ "day": 2, "starts": "08:00:00", "ends": "12:00:00" }] } }),
            "/hours/other_days/0/day",
        ),
        (json!({ "home": { "lat": 114.7, "lon": -17.4 } }), "/home"),
        (json!({ "depot_id": kernel::DepotId::new() }), "/depot_id"),
        (json!({ "minor_until": "1826-03-02" }), "/minor_until"),
        (json!({ "minor_until": "2099-03-02" }), "/minor_until"),
        (json!({ "minor_until": "2020-03-02" }), "/minor_until"),
        (json!({ "skills": [{ "skill_id": b0, "level": 6 }] }), "/skills/0/level"),
        (json!({ "skills": [{ "skill_id": SkillId::new() }] }), "/skills/0/skill_id"),
        (json!({ "skills": [{ "skill_id": b0 }, { "skill_id": b0 }] }), "/skills/1/skill_id"),
        (
            json!({ "skills": [{ "skill_id": b0, "valid_until": "0001-01-01" }] }),
            "/skills/0/valid_until",
        ),
    ] {
        let mut body = json!({ "name": "Awa Diop" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = lead.post("/v1/workers", body).await;
        assert!(answer.pointers().contains(&pointer.to_owned()), "{more} {:?}", answer.json);
        answer.expect(422);
    }
    assert!(ids(&lead.get("/v1/workers").await.expect(200)).is_empty());
}

#[tokio::test]
async fn an_absence_is_a_new_version_of_its_worker() {
    let stage = stage().await;
    let lead = lead(&stage);
    let path = format!("/v1/workers/{}", worker(&lead, "Awa Diop").await);
    let absences = format!("{path}/absences");
    let body = json!({
        "from": "2026-03-02T08:00:00Z", "to": "2026-03-06T17:00:00Z", "kind": "leave",
    });
    let made = lead.post(&absences, body.clone()).await.expect(201);
    assert_eq!(lead.get(&path).await.version(), 2);
    assert_eq!(ids(&lead.get(&absences).await.expect(200)).len(), 1);
    let later = format!("{absences}?from=2026-03-07T00:00:00Z");
    assert!(ids(&lead.get(&later).await.expect(200)).is_empty());
    let during = format!("{absences}?from=2026-03-03T00:00:00Z&to=2026-03-04T00:00:00Z");
    assert_eq!(ids(&lead.get(&during).await.expect(200)).len(), 1);
    let mut reversed = body;
    reversed["to"] = json!("2026-03-01T08:00:00Z");
    let reversed = lead.post(&absences, reversed).await;
    assert_eq!(reversed.pointers(), ["/to"]);
    reversed.expect(422);
    let absence = format!("{absences}/{}", made["id"].as_str().unwrap());
    let elsewhere = worker(&lead, "Modou Fall").await;
    let wrong = format!("/v1/workers/{elsewhere}/absences/{}", made["id"].as_str().unwrap());
    lead.delete(&wrong).await.expect(404);
    lead.delete(&absence).await.expect(204);
    lead.delete(&absence).await.expect(404);
    assert_eq!(lead.get(&path).await.version(), 3);
    let nobody = format!("/v1/workers/{}/absences", WorkerId::new());
    lead.get(&nobody).await.expect(404);
    let told = sqlx::query_scalar::<_, i64>(
        "select count(*) from core.audit_entry where entity = 'worker' and entity_id = $1",
    )
    .bind(path.rsplit('/').next().unwrap().parse::<uuid::Uuid>().unwrap())
    .fetch_one(&mut stage.sql().await)
    .await
    .unwrap();
    assert_eq!(told, 3);
    stage.settle().await;
}

#[tokio::test]
async fn changes_and_absences_at_once_lose_nothing() {
    let stage = stage().await;
    let lead = lead(&stage);
    let path = format!("/v1/workers/{}", worker(&lead, "Awa Diop").await);
    let tries: Vec<_> = (1..=6)
        .map(|day| {
            let (lead, path) = (lead.clone(), format!("{path}/absences"));
            tokio::spawn(async move {
                let day = format!("2026-03-0{day}");
                let body = json!({
                    "from": format!("{day}T08:00:00Z"),
                    "to": format!("{day}T17:00:00Z"),
                    "kind": "training",
                });
                lead.post(&path, body).await.expect(201)
            })
        })
        .collect();
    for one in tries {
        one.await.unwrap();
    }
    assert_eq!(lead.get(&path).await.version(), 7);
    stage.settle().await;
}

#[tokio::test]
async fn where_a_worker_lives_and_how_old_is_for_who_manages_workers() {
    let stage = stage().await;
    let lead = lead(&stage);
    let birthday = stage.clock.now().date_naive() + chrono::Duration::days(200);
    let home = json!({ "lat": 14.7167, "lon": -17.4677 });
    let body = json!({ "name": "Awa Diop", "home": home, "minor_until": birthday });
    let made = lead.post("/v1/workers", body).await.expect(201);
    assert_eq!((&made["home"], &made["minor_until"]), (&home, &json!(birthday)));
    let path = format!("/v1/workers/{}", made["id"].as_str().unwrap());
    for role in [Role::Manager, Role::SiteLead] {
        let reader = stage.client(role, Scope::Tenant);
        let listed = reader.get("/v1/workers").await.expect(200)["items"][0].clone();
        for seen in [reader.get(&path).await.expect(200), listed] {
            assert_eq!((seen.get("home"), seen.get("minor_until")), (None, None), "{role:?}");
        }
    }
    let start = async || {
        sqlx::query_as::<_, (f64, f64, Option<uuid::Uuid>)>(
            "select lat, lon, depot_id from resources_pub.worker_start",
        )
        .fetch_optional(&mut stage.sql().await)
        .await
        .unwrap()
    };
    assert_eq!(start().await, Some((14.7167, -17.4677, None)));
    let depot = json!({ "name": "Nord", "position": { "lat": 14.75, "lon": -17.39 } });
    let depot = lead.post("/v1/depots", depot).await.expect(201);
    let to_depot = json!({ "depot_id": depot["id"] });
    lead.patch_match(&path, 1, to_depot).await.expect(200);
    assert_eq!(
        start().await.map(|(lat, lon, at)| (lat, lon, at.is_some())),
        Some((14.75, -17.39, true))
    );
    let grown = {
        stage.clock.advance(chrono::Duration::days(201));
        lead.patch_match(&path, 2, json!({ "home": null, "depot_id": null })).await.expect(200)
    };
    assert_eq!((grown.get("home"), grown.get("minor_until")), (None, None), "forgotten");
    assert_eq!(start().await, None);
    stage.settle().await;
    let told: Vec<String> = sqlx::query_scalar("select value::text from core.audit_detail")
        .fetch_all(&mut stage.sql().await)
        .await
        .unwrap();
    assert!(told.iter().all(|text| !text.contains("14.7167") && !text.contains("minor_until")));
}

#[tokio::test]
async fn hours_of_each_day_are_what_planning_reads() {
    let stage = stage().await;
    let lead = lead(&stage);
    let other = json!([
        { "day": 5, "starts": "07:00:00", "ends": "12:00:00" },
        { "day": 5, "starts": "13:00:00", "ends": "15:30:00" },
        { "day": 6, "starts": "21:30:00", "ends": "01:00:00" },
        { "day": 6, "starts": "01:30:00", "ends": "06:00:00", "next_day": true },
    ]);
    let hours =
        json!({ "days": [1, 5, 6], "starts": "08:00:00", "ends": "17:00:00", "other_days": other });
    let body = json!({ "name": "Awa Diop", "hours": hours });
    let made = lead.post("/v1/workers", body).await.expect(201);
    assert_eq!(made["hours"], hours);
    let read: Vec<(i16, String, String, i32, i32)> = sqlx::query_as(
        "select day, starts::text, ends::text, from_min, to_min
         from resources_pub.worker_hours order by day, from_min",
    )
    .fetch_all(&mut stage.sql().await)
    .await
    .unwrap();
    let span = |day: i16, from: &str, to: &str, minutes: (i32, i32)| {
        (day, format!("{from}:00"), format!("{to}:00"), minutes.0, minutes.1)
    };
    let spans = [
        span(1, "08:00", "17:00", (480, 1020)),
        span(5, "07:00", "12:00", (420, 720)),
        span(5, "13:00", "15:30", (780, 930)),
        span(6, "21:30", "01:00", (1290, 1500)),
        span(6, "01:30", "06:00", (1530, 1800)),
    ];
    assert_eq!(read, spans);
    // Sunday's hours may not begin before Saturday's night has ended.
    let path = format!("/v1/workers/{}", made["id"].as_str().unwrap());
    let sunday = json!({ "day": 7, "starts": "05:00:00", "ends": "09:00:00" });
    let mut wrong = hours.clone();
    wrong["days"] = json!([1, 5, 6, 7]);
    wrong["other_days"].as_array_mut().unwrap().push(sunday);
    let refused = lead.patch_match(&path, 1, json!({ "hours": wrong })).await;
    assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec!["/hours".into()]));
    stage.settle().await;
}
