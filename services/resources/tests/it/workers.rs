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
