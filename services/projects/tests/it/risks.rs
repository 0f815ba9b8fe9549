use super::*;

fn new_risk(project: ProjectId, probability: i16, impact: i16) -> Value {
    json!({
        "project_id": project, "category": "supply", "title": "Câbles livrés en retard",
        "probability": probability, "impact": impact,
    })
}

async fn risk(by: &Client, project: ProjectId, probability: i16, impact: i16) -> String {
    let made = by.post("/v1/risks", new_risk(project, probability, impact)).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

async fn meeting(by: &Client, project: ProjectId) -> String {
    let body = json!({ "project_id": project, "held_at": "2026-01-05T09:00:00Z",
                       "attendees": ["Awa Diop", "Senelec"], "agenda": "Point mensuel" });
    let made = by.post("/v1/steering/meetings", body).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

fn review(meeting: &str, probability: i16, impact: i16) -> Value {
    json!({ "meeting_id": meeting, "probability": probability, "impact": impact,
            "note": "Fournisseur relancé" })
}

#[tokio::test]
async fn another_projects_lead_finds_no_risk_and_no_steering() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, theirs) = (project(&manager, "A").await, project(&manager, "B").await);
    let risk = risk(&manager, ours, 4, 4).await;
    let meeting = meeting(&manager, ours).await;
    let item = json!({ "meeting_id": meeting, "kind": "action", "title": "Relancer" });
    let item = manager.post("/v1/steering/items", item).await.expect(201)["id"].clone();
    let kpi = json!({ "project_id": ours, "indicator": "tasks_in_time", "aim": "at_least",
                      "target": 90.0, "warning": 80.0 });
    let kpi = manager.post("/v1/steering/kpis", kpi).await.expect(201)["id"].clone();
    let (item, kpi) = (item.as_str().unwrap(), kpi.as_str().unwrap());
    let stranger = stage.client(Role::ProjectLead, Scope::Project(theirs));
    for path in [
        format!("/v1/risks/{risk}"),
        format!("/v1/risks/{risk}/history"),
        format!("/v1/risks/heat-map?project_id={ours}"),
        format!("/v1/risk-indicators?project_id={ours}"),
        format!("/v1/projects/{ours}/risk-thresholds"),
        format!("/v1/projects/{ours}/status"),
        format!("/v1/steering/meetings/{meeting}"),
        format!("/v1/steering/items/{item}"),
        format!("/v1/steering/kpis/{kpi}"),
    ] {
        stranger.get(&path).await.expect(404);
    }
    let path = format!("/v1/risks/{risk}");
    stranger.patch_match(&path, 1, json!({ "probability": 1 })).await.expect(404);
    let reviews = format!("{path}/reviews");
    let own = stranger.clone().header("if-match", "\"1\"");
    own.post(&reviews, review(&meeting, 1, 1)).await.expect(404);
    stranger.post("/v1/risks", new_risk(ours, 1, 1)).await.expect(404);
    let body = json!({ "meeting_id": meeting, "kind": "action", "title": "À moi" });
    stranger.post("/v1/steering/items", body).await.expect(404);
    stranger.post(&format!("/v1/steering/meetings/{meeting}/close"), json!({})).await.expect(404);
    stranger.post(&format!("/v1/steering/items/{item}/done"), json!({})).await.expect(404);
    stranger.delete(&format!("/v1/steering/kpis/{kpi}")).await.expect(404);
    for list in ["risks", "steering/meetings", "steering/items", "steering/kpis"] {
        let page = stranger.get(&format!("/v1/{list}")).await.expect(200);
        assert!(ids(&page).is_empty(), "{list}");
    }
    assert_eq!(stranger.get("/v1/risks/heat-map").await.expect(200)["total"], 0);
    stage.settle().await;
}

#[tokio::test]
async fn a_site_lead_reads_and_reports_risks_of_the_own_project_and_no_more() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, theirs) = (project(&manager, "A").await, project(&manager, "B").await);
    let mine = site(&manager, ours).await;
    let hidden = risk(&manager, theirs, 5, 5).await;
    let lead = stage.client(Role::SiteLead, Scope::Site(mine));
    let own = risk(&lead, ours, 3, 3).await;
    let seen = ids(&lead.get("/v1/risks").await.expect(200));
    assert_eq!(seen, std::slice::from_ref(&own));
    assert_eq!(lead.get("/v1/risks/heat-map").await.expect(200)["total"], 1);
    lead.get(&format!("/v1/risks/{own}")).await.expect(200);
    lead.get(&format!("/v1/risks/{hidden}")).await.expect(404);
    let path = format!("/v1/risks/{own}");
    lead.patch_match(&path, 1, json!({ "status": "closed" })).await.expect(403);
    lead.post("/v1/risks", new_risk(theirs, 1, 1)).await.expect(404);
    lead.get(&format!("/v1/projects/{ours}/status")).await.expect(403);
    lead.get(&format!("/v1/risk-indicators?project_id={ours}")).await.expect(403);
    lead.get("/v1/steering/meetings").await.expect(403);
    let body = json!({ "project_id": ours, "held_at": "2026-01-05T09:00:00Z" });
    lead.post("/v1/steering/meetings", body).await.expect(403);
    let crew = stage.client(Role::CrewMember, Scope::Own);
    crew.get("/v1/risks").await.expect(403);
    crew.get(&path).await.expect(404);
    crew.post("/v1/risks", new_risk(ours, 1, 1)).await.expect(403);
    let admin = stage.client(Role::TenantAdmin, Scope::Tenant);
    admin.patch_match(&path, 1, json!({ "status": "closed" })).await.expect(200);
    stage.settle().await;
}

#[tokio::test]
async fn of_many_reviews_at_once_none_is_lost_unseen() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let path = format!("/v1/risks/{}", risk(&manager, ours, 3, 3).await);
    let tries = (0..8_i16).map(|n| {
        let manager = manager.clone().header("if-match", "\"1\"");
        let path = format!("{path}/reviews");
        let body = json!({ "probability": n % 5 + 1, "impact": 2, "note": format!("Avis {n}") });
        tokio::spawn(async move { manager.post(&path, body).await.status.as_u16() })
    });
    let tries: Vec<_> = tries.collect();
    let mut answers = Vec::new();
    for one in tries {
        answers.push(one.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|s| **s == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|s| matches!(s, 200 | 412)), "{answers:?}");
    let history = manager.get(&format!("{path}/history")).await.expect(200);
    let entries = history["items"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["before"], Value::Null);
    assert_eq!(entries[1]["before"]["probability"], 3);
    let now = manager.get(&path).await.expect(200);
    assert_eq!(entries[1]["after"]["probability"], now["probability"]);
    stage.settle().await;
}

#[tokio::test]
async fn the_history_keeps_every_judgement_page_by_page() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let meeting = meeting(&manager, ours).await;
    let path = format!("/v1/risks/{}", risk(&manager, ours, 4, 5).await);
    let change = json!({ "mitigation": "Deuxième fournisseur", "probability": 3 });
    let changed = manager.patch_match(&path, 1, change).await.expect(200);
    assert_eq!((&changed["score"], &changed["band"]), (&json!(15), &json!("critical")));
    let second = manager.clone().header("if-match", "\"2\"");
    let mut body = review(&meeting, 2, 4);
    body["status"] = json!("mitigated");
    body["next_review_on"] = json!("2026-02-05");
    let reviewed = second.post(&format!("{path}/reviews"), body).await.expect(200);
    assert_eq!((&reviewed["score"], &reviewed["status"]), (&json!(8), &json!("mitigated")));
    let again = manager.clone().header("if-match", "\"3\"");
    let twice = again.post(&format!("{path}/reviews"), review(&meeting, 1, 1)).await;
    assert_eq!(twice.json["type"], "urn:fieldops360:problem:reviewed-already");
    twice.expect(409);
    let first = manager.get(&format!("{path}/history?limit=2")).await.expect(200);
    let acts = |page: &Value| {
        let items = page["items"].as_array().unwrap().clone();
        items.iter().map(|e| e["act"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(acts(&first), ["reported", "updated"]);
    let next = first["next"].as_str().unwrap();
    let last = manager.get(&format!("{path}/history?limit=2&cursor={next}")).await.expect(200);
    assert_eq!(acts(&last), ["reviewed"]);
    assert_eq!(last["items"][0]["meeting_id"], json!(meeting));
    assert_eq!(last["items"][0]["by"], json!(manager.user()));
    stage.settle().await;
}

#[tokio::test]
async fn the_heat_map_counts_each_risk_once_where_it_stands() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, other) = (project(&manager, "A").await, project(&manager, "B").await);
    let a = risk(&manager, ours, 2, 3).await;
    let b = risk(&manager, ours, 2, 3).await;
    let c = risk(&manager, ours, 5, 5).await;
    let closed = risk(&manager, ours, 5, 5).await;
    let path = format!("/v1/risks/{closed}");
    manager.patch_match(&path, 1, json!({ "status": "closed" })).await.expect(200);
    risk(&manager, other, 1, 1).await;
    let map = manager.get(&format!("/v1/risks/heat-map?project_id={ours}")).await.expect(200);
    assert_eq!(map["total"], 3);
    let cells = map["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 25);
    let cell = |p: i64, i: i64| {
        cells.iter().find(|c| (&c["probability"], &c["impact"]) == (&json!(p), &json!(i))).unwrap()
    };
    assert_eq!((&cell(2, 3)["count"], &cell(2, 3)["risk_ids"]), (&json!(2), &json!([a, b])));
    assert_eq!(cell(5, 5)["risk_ids"], json!([c]));
    assert_eq!((&cell(5, 5)["score"], &cell(5, 5)["band"]), (&json!(25), &json!("critical")));
    assert_eq!(cell(3, 2)["count"], 0);
    let all = manager.get("/v1/risks/heat-map").await.expect(200);
    assert_eq!(all["total"], 4);
    let grave = manager.get(&format!("/v1/risks?project_id={ours}&min_score=7&status=open")).await;
    assert_eq!(ids(&grave.expect(200)), [c]);
    stage.settle().await;
}

#[tokio::test]
async fn bad_risks_are_refused_at_their_field() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    for (field, value, pointer) in [
        ("probability", json!(0), "/probability"),
        ("impact", json!(6), "/impact"),
        ("title", json!(" "), "/title"),
        ("category", json!("luck"), "/category"),
        ("owner_id", json!(ProjectId::new()), "/owner_id"),
        ("next_review_on", json!("9999-01-01"), "/next_review_on"),
        ("colour", json!("red"), "/colour"),
    ] {
        let mut body = new_risk(ours, 3, 3);
        body[field] = value;
        let answer = manager.post("/v1/risks", body).await;
        assert_eq!(answer.pointers(), [pointer]);
        answer.expect(422);
    }
    manager.post("/v1/risks", new_risk(ProjectId::new(), 3, 3)).await.expect(404);
    let (other, path) = (project(&manager, "B").await, risk(&manager, ours, 3, 3).await);
    let foreign = meeting(&manager, other).await;
    let reviewer = manager.clone().header("if-match", "\"1\"");
    let path = format!("/v1/risks/{path}/reviews");
    let answer = reviewer.post(&path, review(&foreign, 1, 1)).await;
    assert_eq!(answer.pointers(), ["/meeting_id"]);
    answer.expect(422);
    manager.post(&path, review(&foreign, 1, 1)).await.expect(428);
    manager.get("/v1/risks?min_score=26").await.expect(422);
    manager.get("/v1/risks?status=vague").await.expect(400);
    stage.settle().await;
}

#[tokio::test]
async fn the_same_report_sent_twice_makes_one_risk() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let phone = manager.clone().header("idempotency-key", "r1");
    let first = phone.post("/v1/risks", new_risk(ours, 3, 3)).await.expect(201);
    let again = phone.post("/v1/risks", new_risk(ours, 3, 3)).await.expect(201);
    assert_eq!(first["id"], again["id"]);
    assert_eq!(ids(&manager.get("/v1/risks").await.expect(200)).len(), 1);
    stage.settle().await;
}
