//! Subcontractors' claims that come in, and credit notes both ways.

use super::claims::{claim, contract};
use super::money::{line, order_of, project_in, text};
use super::*;

async fn step(by: &Client, claim: &Value, step: &str) -> testkit::Answer {
    by.post(&format!("/v1/claims/{}/{step}", text(claim)), json!({})).await
}

async fn accepted(by: &Client, claim: &Value) -> Value {
    step(by, claim, "submit").await.expect(200);
    step(by, claim, "accept").await.expect(200)
}

fn credit_of(contract: &Value, corrects: &Value, percent: i64) -> Value {
    json!({
        "contract_id": contract["id"], "claimed_on": "2026-03-15", "corrects": corrects["id"],
        "lines": [{ "line_id": contract["lines"][0]["id"], "percent_bp": percent }],
    })
}

/// A project in euros with a subcontract of 10 000.00 under reverse charge, 5 % retained.
async fn subcontract(by: &Client) -> (ProjectId, Value) {
    let ours = project_in(by, "A", "EUR").await;
    let planned = line(by, ours, "subcontracting", 1_100_000).await;
    let mut order = order_of(ours, 1_000_000);
    order["budget_line_id"] = planned["id"].clone();
    let order = by.post("/v1/commitments", order).await.expect(201);
    let terms = json!({
        "client": "Sahel Réseaux", "country": "FR", "signed_on": "2026-01-15",
        "retention_bp": 500, "reverse_charge": true,
        "lines": [{ "name": "Forage dirigé", "amount_minor": 1_000_000, "vat_bp": 2000 }],
    });
    let body = json!({ "project_id": ours, "reference": "ST-1", "commitment_id": order["id"],
                       "terms": terms });
    (ours, by.post("/v1/contracts", body).await.expect(201))
}

async fn budget(by: &Client, project: ProjectId) -> Value {
    by.get(&format!("/v1/projects/{project}/budget")).await.expect(200)
}

#[tokio::test]
async fn a_subcontractors_accepted_claim_is_spent_and_a_refused_one_is_not() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, subcontract) = subcontract(&manager).await;
    let before = budget(&manager, ours).await;
    assert_eq!(
        (&before["committed_minor"], &before["contract_minor"]),
        (&json!(1_000_000), &json!(0))
    );
    let first = claim(&manager, &subcontract, &[4000]).await;
    assert_eq!(first["commitment_id"], subcontract["commitment_id"]);
    assert_eq!(first["period"]["vat_minor"], 0, "the subcontractor claims no VAT");
    assert_eq!(first["self_assessed_vat_minor"], 80_000, "the firm owes it itself");
    assert!(first["mention"].as_str().unwrap().contains("Autoliquidation"));
    step(&manager, &first, "submit").await.expect(200);
    let path = format!("/v1/claims/{}", text(&first));
    let why = json!({ "note": "30 % au plus" });
    manager.post(&format!("{path}/refuse"), why).await.expect(200);
    assert_eq!(budget(&manager, ours).await["actual_minor"], 0);
    let lines = json!([{ "line_id": subcontract["lines"][0]["id"], "percent_bp": 3000 }]);
    let mended = manager.patch_match(&path, 3, json!({ "lines": lines })).await.expect(200);
    assert_eq!(mended["self_assessed_vat_minor"], 60_000);
    accepted(&manager, &mended).await;
    step(&manager, &mended, "accept").await.expect(409);
    let after = budget(&manager, ours).await;
    assert_eq!(after["actual_minor"], 300_000, "once, and with what is retained");
    assert_eq!(after["lines"][0]["actual_minor"], 300_000, "on the order's line");
    let costs = manager.get("/v1/costs").await.expect(200);
    let cost = &costs["items"][0];
    assert_eq!((&cost["claim_id"], &cost["supplier"]), (&mended["id"], &json!("Sahel Forage")));
    let path = format!("/v1/costs/{}", text(cost));
    manager.patch_match(&path, 1, json!({ "amount_minor": 5 })).await.expect(409);
    manager.patch_match(&path, 1, json!({ "note": "Vu" })).await.expect(200);
    let received = manager.get("/v1/claims?received=true").await.expect(200);
    assert_eq!(ids(&received), [text(&mended)]);
    assert!(ids(&manager.get("/v1/claims?received=false").await.expect(200)).is_empty());
    stage.settle().await;
}

#[tokio::test]
async fn a_subcontractors_credit_note_gives_back_and_a_release_costs_nothing() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, subcontract) = subcontract(&manager).await;
    let first = accepted(&manager, &claim(&manager, &subcontract, &[6000]).await).await;
    let credit = credit_of(&subcontract, &first, 5500);
    let credit = manager.post("/v1/claims", credit).await.expect(201);
    assert_eq!((&credit["kind"], &credit["corrects"]), (&json!("credit"), &first["id"]));
    assert_eq!(credit["self_assessed_vat_minor"], -10_000);
    accepted(&manager, &credit).await;
    assert_eq!(budget(&manager, ours).await["actual_minor"], 550_000);
    accepted(&manager, &claim(&manager, &subcontract, &[10_000]).await).await;
    let release = json!({ "contract_id": subcontract["id"], "claimed_on": "2026-12-31",
                          "kind": "release" });
    let release = manager.post("/v1/claims", release).await.expect(201);
    assert_eq!(release["period"]["net_minor"], 50_000);
    accepted(&manager, &release).await;
    assert_eq!(budget(&manager, ours).await["actual_minor"], 1_000_000);
    stage.settle().await;
}

#[tokio::test]
async fn a_credit_note_corrects_an_issued_claim_and_leaves_it_as_it_was() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project_in(&manager, "A", "EUR").await;
    let contract = contract(&manager, ours, &json!({})).await;
    let first = accepted(&manager, &claim(&manager, &contract, &[3333]).await).await;
    let second = accepted(&manager, &claim(&manager, &contract, &[5000]).await).await;
    let credit = manager.post("/v1/claims", credit_of(&contract, &second, 4000)).await.expect(201);
    assert_eq!((&credit["number"], &credit["status"]), (&json!(3), &json!("draft")));
    let period = &credit["period"];
    assert_eq!((&period["work_minor"], &period["vat_minor"]), (&json!(-100_000), &json!(-20_000)));
    assert_eq!(
        (&period["retention_minor"], &period["net_minor"]),
        (&json!(-6_000), &json!(-114_000))
    );
    manager.post("/v1/claims", credit_of(&contract, &first, 3000)).await.expect(409); // one is open
    accepted(&manager, &credit).await;
    for claim in [&first, &second] {
        let path = format!("/v1/claims/{}", text(claim));
        assert_eq!(&manager.get(&path).await.expect(200), claim);
    }
    let third = claim(&manager, &contract, &[10_000]).await;
    assert_eq!(third["previous"]["work_minor"], 400_000);
    accepted(&manager, &third).await;
    let all = manager.get("/v1/claims").await.expect(200);
    let work = all["items"].as_array().unwrap().iter().map(|c| c["period"]["work_minor"].as_i64());
    assert_eq!(work.sum::<Option<i64>>(), Some(1_000_000));
    assert_eq!(budget(&manager, ours).await["actual_minor"], 0, "ours cost nothing");
    stage.settle().await;
}

#[tokio::test]
async fn a_credit_note_names_an_accepted_claim_and_takes_back_no_more_than_it_claimed() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project_in(&manager, "A", "EUR").await;
    let contract = contract(&manager, ours, &json!({})).await;
    let first = accepted(&manager, &claim(&manager, &contract, &[3000]).await).await;
    let draft = claim(&manager, &contract, &[5000]).await;
    let path = format!("/v1/claims/{}", text(&draft));
    manager.post(&format!("{path}/submit"), json!({})).await.expect(200);
    manager.post("/v1/claims", credit_of(&contract, &draft, 4000)).await.expect(422);
    manager.post(&format!("{path}/accept"), json!({})).await.expect(200);
    let refused = async |body: Value, pointer: &str| {
        let answer = manager.post("/v1/claims", body).await;
        assert_eq!(answer.pointers(), [pointer]);
        answer.expect(422);
    };
    refused(credit_of(&contract, &draft, 2999), "/lines/0/percent_bp").await;
    refused(credit_of(&contract, &draft, 5001), "/lines/0/percent_bp").await;
    refused(credit_of(&contract, &draft, 5000), "/corrects").await;
    refused(credit_of(&contract, &json!({ "id": kernel::ClaimId::new() }), 4000), "/corrects")
        .await;
    let mut other = credit_of(&contract, &first, 4000);
    other["kind"] = json!("progress");
    refused(other, "/corrects").await;
    let mut nothing = credit_of(&contract, &first, 4000);
    nothing["kind"] = json!("credit");
    nothing.as_object_mut().unwrap().remove("corrects");
    refused(nothing, "/corrects").await;
    let once = manager.post("/v1/claims", credit_of(&contract, &draft, 3500)).await.expect(201);
    accepted(&manager, &once).await;
    // Of the 20 points that the second claim had claimed, 15 are given back: 5 are left.
    refused(credit_of(&contract, &draft, 2999), "/lines/0/percent_bp").await;
    refused(credit_of(&contract, &once, 3000), "/corrects").await;
    let rest = manager.post("/v1/claims", credit_of(&contract, &draft, 3000)).await.expect(201);
    let path = format!("/v1/claims/{}", text(&rest));
    let line = &contract["lines"][0]["id"];
    let deeper = json!({ "lines": [{ "line_id": line, "percent_bp": 2000 }] });
    manager.patch_match(&path, 1, deeper).await.expect(422);
    stage.settle().await;
}

#[tokio::test]
async fn an_order_has_one_subcontract_and_is_one_of_the_project() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, made) = subcontract(&manager).await;
    let other = project_in(&manager, "B", "EUR").await;
    let order = manager.post("/v1/commitments", order_of(other, 5)).await.expect(201);
    let terms = json!({ "client": "Nous", "signed_on": "2026-01-15",
        "lines": [{ "name": "x", "amount_minor": 1, "vat_bp": 0 }] });
    for (order, status) in
        [(&order["id"], 422), (&made["commitment_id"], 409), (&json!(ProjectId::new()), 422)]
    {
        let body = json!({ "project_id": ours, "reference": "ST-2", "commitment_id": order,
                           "terms": terms });
        let answer = manager.post("/v1/contracts", body).await;
        assert_eq!(answer.pointers(), ["/commitment_id"]);
        answer.expect(status);
    }
    stage.settle().await;
}
