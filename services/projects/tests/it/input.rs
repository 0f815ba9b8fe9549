use super::*;

#[tokio::test]
async fn bad_input_points_at_its_field() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let place = json!({ "lat": 14.7, "lon": -17.4 });
    for (path, body, pointer) in [
        ("/v1/projects", json!({ "code": "B C", "name": "x" }), "/code"),
        ("/v1/projects", json!({ "code": "B", "name": " " }), "/name"),
        ("/v1/projects", json!({ "code": "B", "name": "x".repeat(201) }), "/name"),
        ("/v1/projects", json!({ "code": "B" }), "/name"),
        ("/v1/projects", json!({ "code": "B", "name": "x", "budget": 1 }), "/budget"),
        ("/v1/projects", json!({ "code": "B", "name": "x", "currency": "FRF" }), "/currency"),
        (
            "/v1/projects",
            json!({ "code": "B", "name": "x", "starts_on": "9999-01-01" }),
            "/starts_on",
        ),
        (
            "/v1/projects",
            json!({ "code": "B", "name": "x", "starts_on": "2026-02-02", "ends_on": "2026-02-01" }),
            "/ends_on",
        ),
        (
            "/v1/sites",
            json!({ "project_id": ours, "name": "x", "position": { "lat": 91, "lon": 0 } }),
            "/position",
        ),
        (
            "/v1/sites",
            json!({ "project_id": ours, "name": "x", "position": place, "radius_m": 9.9 }),
            "/radius_m",
        ),
        (
            "/v1/sites",
            json!({ "project_id": ours, "name": "x", "position": place, "zone": "Mars/Olympus" }),
            "/zone",
        ),
        ("/v1/phases", json!({ "project_id": ours, "name": "x", "order": 0 }), "/order"),
        ("/v1/milestones", json!({ "project_id": ours, "name": "x" }), "/due_on"),
    ] {
        let answer = manager.post(path, body.clone()).await;
        assert_eq!(answer.pointers(), [pointer], "{body}");
        answer.expect(422);
    }
    let nowhere = json!({ "project_id": ProjectId::new(), "name": "x", "position": place });
    manager.post("/v1/sites", nowhere).await.expect(404);
    manager.get("/v1/projects/none").await.expect(404);
    manager.get("/v1/projects?colour=red").await.expect(400);
    manager.get("/v1/projects?limit=201").await.expect(422);
    manager.get("/v1/projects?cursor=x").await.expect(422);
    manager.get("/v1/projects?q=%00").await.expect(422);
}

#[tokio::test]
async fn a_list_is_read_page_by_page_and_filtered() {
    let stage = stage().await;
    let manager = manager(&stage);
    for code in ["P1", "P2", "P3", "P4", "P5"] {
        project(&manager, code).await;
    }
    let (mut path, mut pages) = ("/v1/projects?limit=2".to_owned(), Vec::new());
    loop {
        let page = manager.get(&path).await.expect(200);
        pages.push(ids(&page));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/projects?limit=2&cursor={next}");
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let one = manager.get("/v1/projects?q=p4&status=draft").await.expect(200);
    assert_eq!(one["items"][0]["code"], "P4");
    assert!(ids(&manager.get("/v1/projects?status=closed").await.expect(200)).is_empty());
}

#[tokio::test]
async fn defaults_are_the_firms_and_null_clears() {
    let stage = stage().await;
    let manager = manager(&stage);
    let body = json!({ "code": "A", "name": "Un", "client": "Senelec" });
    let made = manager.post("/v1/projects", body).await.expect(201);
    assert_eq!((&made["currency"], &made["status"]), (&json!("XOF"), &json!("draft")));
    let ours: ProjectId = id(&made);
    let path = format!("/v1/projects/{ours}");
    let cleared = manager.patch_match(&path, 1, json!({ "client": null })).await.expect(200);
    assert_eq!(cleared["client"], Value::Null);
    let path = format!("/v1/sites/{}", site(&manager, ours).await);
    assert_eq!(manager.get(&path).await.expect(200)["zone"], "Africa/Dakar");
    let orders: Vec<_> =
        [phase(&manager, ours, "Études").await, phase(&manager, ours, "Travaux").await]
            .iter()
            .map(|p| p["order"].clone())
            .collect();
    assert_eq!(orders, [1, 2]);
    stage.settle().await;
}
