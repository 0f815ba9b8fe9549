use super::*;

#[tokio::test]
async fn a_crews_members_change_and_its_leader_is_one_of_them() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (awa, modou) = (worker(&lead, "Awa Diop").await, worker(&lead, "Modou Fall").await);
    let made = lead.post("/v1/crews", json!({ "name": "Nord", "lead_id": awa })).await.expect(201);
    assert_eq!(made["members"], json!([awa]));
    let path = format!("/v1/crews/{}", made["id"].as_str().unwrap());
    let changed = lead.patch_match(&path, 1, json!({ "members": [modou] })).await.expect(200);
    assert_eq!(changed["members"], json!([awa, modou]));
    let body = json!({ "lead_id": null, "members": [modou] });
    let changed = lead.patch_match(&path, 2, body).await.expect(200);
    assert_eq!((&changed["lead_id"], &changed["members"]), (&Value::Null, &json!([modou])));
    lead.patch_match(&path, 2, json!({ "name": "Sud" })).await.expect(412);
    let of_modou = lead.get(&format!("/v1/crews?worker_id={modou}")).await.expect(200);
    assert_eq!(of_modou["items"][0], changed);
    let of_awa = lead.get(&format!("/v1/crews?worker_id={awa}")).await.expect(200);
    assert!(ids(&of_awa).is_empty());
    let crew = made["id"].as_str().unwrap();
    let members = lead.get(&format!("/v1/workers?crew_id={crew}")).await.expect(200);
    assert_eq!(ids(&members), [modou.to_string()]);
    stage.settle().await;
}

#[tokio::test]
async fn strangers_and_a_taken_name_are_refused() {
    let stage = stage().await;
    let lead = lead(&stage);
    let awa = worker(&lead, "Awa Diop").await;
    let stranger =
        lead.post("/v1/crews", json!({ "name": "Nord", "members": [awa, WorkerId::new()] })).await;
    assert_eq!(stranger.pointers(), ["/members/1"]);
    stranger.expect(422);
    let leader =
        lead.post("/v1/crews", json!({ "name": "Nord", "lead_id": WorkerId::new() })).await;
    assert_eq!(leader.pointers(), ["/lead_id"]);
    leader.expect(422);
    lead.post("/v1/crews", json!({ "name": "Nord" })).await.expect(201);
    let taken = lead.post("/v1/crews", json!({ "name": "Nord" })).await;
    assert_eq!(taken.pointers(), ["/name"]);
    taken.expect(409);
    stage.settle().await;
}

#[tokio::test]
async fn who_belonged_to_a_crew_when_stays_known() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (awa, modou) = (worker(&lead, "Awa Diop").await, worker(&lead, "Modou Fall").await);
    let body = json!({ "name": "Nord", "lead_id": awa, "members": [modou] });
    let made = lead.post("/v1/crews", body).await.expect(201);
    let path = format!("/v1/crews/{}", made["id"].as_str().unwrap());
    lead.patch_match(&path, 1, json!({ "members": [] })).await.expect(200);
    // The clock goes back: what ended does not end before it began.
    stage.clock.advance(chrono::Duration::hours(-2));
    lead.patch_match(&path, 2, json!({ "members": [modou] })).await.expect(200);
    lead.patch_match(&path, 3, json!({ "lead_id": null, "members": [] })).await.expect(200);
    let all = lead.get(&format!("{path}/memberships")).await.expect(200);
    let items = all["items"].as_array().unwrap();
    let of = |worker: WorkerId| {
        items.iter().filter(|m| m["worker_id"] == json!(worker)).cloned().collect::<Vec<_>>()
    };
    assert_eq!((of(awa).len(), of(modou).len()), (1, 2));
    for one in items {
        let time = |end: &str| one[end].as_str().unwrap().parse::<kernel::Timestamp>().unwrap();
        assert!(time("from") <= time("to"), "{one}");
    }
    let crew = stage.client(Role::CrewMember, Scope::Tenant).as_worker(awa);
    crew.get(&format!("{path}/memberships")).await.expect(404);
    stage.settle().await;
}
