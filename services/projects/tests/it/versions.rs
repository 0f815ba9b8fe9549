use super::*;

#[tokio::test]
async fn the_second_of_two_changes_to_the_same_version_is_refused_with_the_present_state() {
    let stage = stage().await;
    let manager = manager(&stage);
    let path = format!("/v1/projects/{}", project(&manager, "A").await);
    let first = manager.patch_match(&path, 1, json!({ "name": "Premier" })).await;
    assert_eq!(first.version(), 2);
    first.expect(200);
    let late = manager.patch_match(&path, 1, json!({ "name": "Second" })).await.expect(412);
    assert_eq!(late["current"]["name"], "Premier");
    assert_eq!(manager.get(&path).await.expect(200)["name"], "Premier");
    manager.call(http::Method::PATCH, &path, Some(json!({}))).await.expect(428);
    stage.settle().await;
}

#[tokio::test]
async fn of_many_changes_at_once_one_wins() {
    let stage = stage().await;
    let manager = manager(&stage);
    let path = format!("/v1/sites/{}", site(&manager, project(&manager, "A").await).await);
    let tries = (0..8).map(|n| {
        let (manager, path) = (manager.clone(), path.clone());
        async move {
            let body = json!({ "name": format!("Poste {n}") });
            manager.patch_match(&path, 1, body).await.status.as_u16()
        }
    });
    let mut tries: Vec<_> = tries.map(tokio::spawn).collect();
    let mut answers = Vec::new();
    for one in &mut tries {
        answers.push(one.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|s| **s == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|s| matches!(s, 200 | 412)), "{answers:?}");
    stage.settle().await;
}

#[tokio::test]
async fn a_code_and_a_chosen_id_are_taken_once() {
    let stage = stage().await;
    let manager = manager(&stage);
    let chosen = ProjectId::new();
    let body = json!({ "id": chosen, "code": "A", "name": "Un" });
    let made = manager.post("/v1/projects", body.clone()).await;
    assert_eq!(made.headers["location"], format!("/v1/projects/{chosen}"));
    made.expect(201);
    let taken = manager.post("/v1/projects", json!({ "code": "A", "name": "Deux" })).await;
    assert_eq!(taken.pointers(), ["/code"]);
    taken.expect(409);
    let other_code = json!({ "id": chosen, "code": "B", "name": "Deux" });
    manager.post("/v1/projects", other_code).await.expect(409);
    let second = project(&manager, "B").await;
    let path = format!("/v1/projects/{second}");
    manager.patch_match(&path, 1, json!({ "code": "A" })).await.expect(409);
    stage.settle().await;
}

#[tokio::test]
async fn the_same_call_twice_makes_one_project() {
    let stage = stage().await;
    let manager = manager(&stage).header("idempotency-key", "made-on-the-phone");
    let body = json!({ "code": "A", "name": "Un" });
    let first = manager.post("/v1/projects", body.clone()).await.expect(201);
    let again = manager.post("/v1/projects", body).await.expect(201);
    assert_eq!(first, again);
    assert_eq!(ids(&manager.get("/v1/projects").await.expect(200)).len(), 1);
    stage.settle().await;
}

#[tokio::test]
async fn an_answer_is_given_again_for_thirty_days_and_then_forgotten() {
    let stage = stage().await;
    let manager = manager(&stage);
    let first = manager.clone().header("idempotency-key", "once");
    let body = json!({ "code": "A", "name": "Un" });
    let id = first.post("/v1/projects", body.clone()).await.expect(201)["id"].clone();
    stage.clock.advance(chrono::Duration::days(30));
    let again = first.post("/v1/projects", body).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.expect(201)["id"], id);
    stage.clock.advance(chrono::Duration::days(2));
    let other = manager.header("idempotency-key", "another");
    other.post("/v1/projects", json!({ "code": "B", "name": "Deux" })).await.expect(201);
    let kept: Vec<String> = sqlx::query_scalar("select key from core.idempotency_key")
        .fetch_all(&mut stage.sql().await)
        .await
        .unwrap();
    assert_eq!(kept, ["another"]);
    stage.settle().await;
}
