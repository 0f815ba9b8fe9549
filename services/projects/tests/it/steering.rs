use super::*;

async fn meeting(by: &Client, project: ProjectId) -> String {
    let body = json!({ "project_id": project, "held_at": "2026-01-05T09:00:00Z",
                       "attendees": ["Awa Diop", "Senelec"] });
    let made = by.post("/v1/steering/meetings", body).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

async fn risk(by: &Client, project: ProjectId, title: &str) -> String {
    let body = json!({ "project_id": project, "category": "safety", "title": title,
                       "probability": 2, "impact": 4 });
    by.post("/v1/risks", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn item(by: &Client, meeting: &str, kind: &str) -> String {
    let body = json!({ "meeting_id": meeting, "kind": kind, "title": "Relancer le fournisseur",
                       "due_on": "2026-01-20" });
    by.post("/v1/steering/items", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_meeting_closes_once_every_open_risk_was_reviewed_in_it() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, other) = (project(&manager, "A").await, project(&manager, "B").await);
    let (first, second) = (risk(&manager, ours, "Crue").await, risk(&manager, ours, "Vol").await);
    risk(&manager, other, "Ailleurs").await;
    let closed = risk(&manager, ours, "Passé").await;
    let path = format!("/v1/risks/{closed}");
    manager.patch_match(&path, 1, json!({ "status": "closed" })).await.expect(200);
    let meeting = meeting(&manager, ours).await;
    let close = format!("/v1/steering/meetings/{meeting}/close");
    let body = json!({ "meeting_id": meeting, "probability": 2, "impact": 4, "note": "Inchangé" });
    let reviewer = manager.clone().header("if-match", "\"1\"");
    reviewer.post(&format!("/v1/risks/{first}/reviews"), body.clone()).await.expect(200);
    let refused = manager.post(&close, json!({})).await;
    assert_eq!(refused.json["risks"], json!([{ "id": second, "title": "Vol" }]));
    refused.expect(409);
    reviewer.post(&format!("/v1/risks/{second}/reviews"), body).await.expect(200);
    let done = manager.post(&close, json!({})).await.expect(200);
    assert_eq!(done["closed_by"], json!(manager.user()));
    assert_eq!(done["version"], 2);
    stage.settle().await;
}

#[tokio::test]
async fn a_closed_meeting_refuses_every_change_and_its_actions_are_done_after_it() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let meeting = meeting(&manager, ours).await;
    let (action, decision) =
        (item(&manager, &meeting, "action").await, item(&manager, &meeting, "decision").await);
    let path = format!("/v1/steering/meetings/{meeting}");
    let change = json!({ "minutes": "Tout va bien.", "agenda": "Point" });
    manager.patch_match(&path, 1, change).await.expect(200);
    manager.post(&format!("{path}/close"), json!({})).await.expect(200);
    let closed = |answer: &testkit::Answer| {
        assert_eq!(answer.json["type"], "urn:fieldops360:problem:meeting-closed");
    };
    let answer = manager.patch_match(&path, 3, json!({ "minutes": null })).await;
    closed(&answer);
    answer.expect(409);
    manager.post(&format!("{path}/close"), json!({})).await.expect(409);
    let body = json!({ "meeting_id": meeting, "kind": "action", "title": "Trop tard" });
    let answer = manager.post("/v1/steering/items", body).await;
    closed(&answer);
    answer.expect(409);
    let action = format!("/v1/steering/items/{action}");
    let answer = manager.patch_match(&action, 1, json!({ "title": "Autre" })).await;
    closed(&answer);
    answer.expect(409);
    let late = format!("/v1/risks/{}/reviews", risk(&manager, ours, "Vol").await);
    let body = json!({ "meeting_id": meeting, "probability": 1, "impact": 1, "note": "Tard" });
    let answer = manager.clone().header("if-match", "\"1\"").post(&late, body).await;
    closed(&answer);
    answer.expect(409);
    let how = json!({ "outcome": "Livré" });
    let done = manager.post(&format!("{action}/done"), how.clone()).await.expect(200);
    assert_eq!((&done["status"], &done["outcome"]), (&json!("done"), &json!("Livré")));
    manager.post(&format!("{action}/done"), how).await.expect(409);
    let open = "/v1/steering/items?status=open&due_by=2026-01-20";
    assert_eq!(ids(&manager.get(open).await.expect(200)), [decision]);
    let actions = "/v1/steering/items?status=open&kind=action";
    assert!(ids(&manager.get(actions).await.expect(200)).is_empty());
    stage.settle().await;
}

#[tokio::test]
async fn reviews_and_closing_at_once_leave_no_review_after_the_closing() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let meeting = meeting(&manager, ours).await;
    let mut tries = Vec::new();
    for n in 0..6 {
        let path = format!("/v1/risks/{}/reviews", risk(&manager, ours, &format!("R{n}")).await);
        let body = json!({ "meeting_id": meeting, "probability": 1, "impact": 1, "note": "Vu" });
        let reviewer = manager.clone().header("if-match", "\"1\"");
        tries.push(tokio::spawn(async move { reviewer.post(&path, body).await.status.as_u16() }));
        let (closer, path) = (manager.clone(), format!("/v1/steering/meetings/{meeting}/close"));
        tries
            .push(tokio::spawn(async move { closer.post(&path, json!({})).await.status.as_u16() }));
    }
    for one in tries {
        let status = one.await.unwrap();
        assert!(matches!(status, 200 | 409), "{status}");
    }
    let closed = manager.get(&format!("/v1/steering/meetings/{meeting}")).await.expect(200);
    let mut sql = stage.sql().await;
    let after: i64 = sqlx::query_scalar(
        "select count(*) from projects.risk_entry e
         join projects.steering_meeting m on m.id = e.meeting_id where e.at > m.closed_at",
    )
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert_eq!(after, 0, "{closed}");
    stage.settle().await;
}

#[tokio::test]
async fn a_meeting_that_was_not_held_is_not_closed() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let body = json!({ "project_id": ours, "held_at": "2090-01-05T09:00:00Z" });
    let made = manager.post("/v1/steering/meetings", body).await.expect(201);
    let path = format!("/v1/steering/meetings/{}/close", made["id"].as_str().unwrap());
    let answer = manager.post(&path, json!({})).await;
    assert_eq!(answer.json["type"], "urn:fieldops360:problem:meeting-ahead");
    answer.expect(409);
    stage.settle().await;
}

#[tokio::test]
async fn kpis_have_sane_targets_and_stand_once() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let new = |aim: &str, target: f64, warning: f64| {
        json!({ "project_id": ours, "indicator": "tasks_in_time", "aim": aim, "target": target,
                "warning": warning })
    };
    for (body, pointer) in [
        (new("at_least", 80.0, 90.0), "/warning"),
        (new("at_most", 80.0, 70.0), "/warning"),
        (new("at_least", -1.0, -2.0), "/target"),
        (new("sideways", 1.0, 1.0), "/aim"),
    ] {
        let answer = manager.post("/v1/steering/kpis", body).await;
        assert_eq!(answer.pointers()[0], pointer);
        answer.expect(422);
    }
    let made = manager.post("/v1/steering/kpis", new("at_least", 90.0, 80.0)).await.expect(201);
    let twice = manager.post("/v1/steering/kpis", new("at_least", 90.0, 80.0)).await;
    assert_eq!(twice.pointers(), ["/indicator"]);
    twice.expect(409);
    let path = format!("/v1/steering/kpis/{}", made["id"].as_str().unwrap());
    manager.patch_match(&path, 1, json!({ "target": 70.0 })).await.expect(422);
    let changed = manager.patch_match(&path, 1, json!({ "target": 95.0 })).await.expect(200);
    assert_eq!(changed["target"], 95.0);
    manager.patch_match(&path, 1, json!({ "target": 99.0 })).await.expect(412);
    manager.delete(&path).await.expect(204);
    manager.get(&path).await.expect(404);
    stage.settle().await;
}

#[tokio::test]
async fn bad_meetings_and_items_are_refused_at_their_field() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let held = "2026-01-05T09:00:00Z";
    for (path, body, pointer) in [
        ("meetings", json!({ "project_id": ours }), "/held_at"),
        ("meetings", json!({ "project_id": ours, "held_at": "9999-01-05T09:00:00Z" }), "/held_at"),
        (
            "meetings",
            json!({ "project_id": ours, "held_at": held, "attendees": [" "] }),
            "/attendees",
        ),
        (
            "meetings",
            json!({ "project_id": ours, "held_at": held, "attendees": ["x".repeat(201)] }),
            "/attendees",
        ),
        ("meetings", json!({ "project_id": ours, "held_at": held, "minutes": "" }), "/minutes"),
    ] {
        let answer = manager.post(&format!("/v1/steering/{path}"), body.clone()).await;
        assert_eq!(answer.pointers()[0], pointer, "{body}");
        answer.expect(422);
    }
    let meeting = meeting(&manager, ours).await;
    let body = json!({ "meeting_id": meeting, "kind": "wish", "title": "x" });
    manager.post("/v1/steering/items", body).await.expect(422);
    let body = json!({ "meeting_id": ProjectId::new(), "kind": "action", "title": "x" });
    manager.post("/v1/steering/items", body).await.expect(404);
    let body = json!({ "meeting_id": meeting, "kind": "action", "title": "x",
                       "owner_id": ProjectId::new() });
    let answer = manager.post("/v1/steering/items", body).await;
    assert_eq!(answer.pointers(), ["/owner_id"]);
    answer.expect(422);
    stage.settle().await;
}
