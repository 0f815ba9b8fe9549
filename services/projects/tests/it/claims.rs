//! Contracts and progress claims over the API.

use super::money::{project_in, text};
use super::*;

/// A contract of one line of 1 000 000 at 20 % of VAT, 5 % retained, with other terms where said.
pub async fn contract(by: &Client, project: ProjectId, other: &Value) -> Value {
    let mut terms = json!({
        "client": "Commune", "country": "FR", "signed_on": "2026-01-15", "retention_bp": 500,
        "lines": [{ "name": "Travaux", "amount_minor": 1_000_000, "vat_bp": 2000 }],
    });
    terms.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
    let body = json!({ "project_id": project, "reference": "M-1", "terms": terms });
    by.post("/v1/contracts", body).await.expect(201)
}

fn stand(contract: &Value, percents: &[i64]) -> Value {
    let lines = contract["lines"].as_array().unwrap().iter().zip(percents);
    lines.map(|(l, p)| json!({ "line_id": l["id"], "percent_bp": p })).collect()
}

fn claim_of(contract: &Value, percents: &[i64]) -> Value {
    json!({
        "contract_id": contract["id"], "claimed_on": "2026-02-28",
        "lines": stand(contract, percents),
    })
}

/// A draft at these percentages.
pub async fn claim(by: &Client, contract: &Value, percents: &[i64]) -> Value {
    by.post("/v1/claims", claim_of(contract, percents)).await.expect(201)
}

async fn step(by: &Client, claim: &Value, step: &str, body: Value) -> testkit::Answer {
    by.post(&format!("/v1/claims/{}/{step}", text(claim)), body).await
}

async fn accepted(by: &Client, claim: &Value) -> Value {
    step(by, claim, "submit", json!({})).await.expect(200);
    step(by, claim, "accept", json!({})).await.expect(200)
}

fn period(claim: &Value) -> [i64; 5] {
    ["work", "vat", "retention", "advance", "net"]
        .map(|name| claim["period"][format!("{name}_minor")].as_i64().unwrap())
}

#[tokio::test]
async fn claims_are_cumulative_and_the_retention_comes_at_the_end() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project_in(&manager, "A", "EUR").await;
    let contract = contract(&manager, ours, &json!({})).await;
    let first = claim(&manager, &contract, &[3333]).await;
    assert_eq!(period(&first), [333_300, 66_660, 19_998, 0, 379_962]);
    accepted(&manager, &first).await;
    let second = claim(&manager, &contract, &[10_000]).await;
    assert_eq!(second["number"], 2);
    assert_eq!(second["previous"], first["cumulative"]);
    assert_eq!(period(&second), [666_700, 133_340, 40_002, 0, 760_038]);
    let early =
        json!({ "contract_id": contract["id"], "claimed_on": "2026-03-31", "kind": "release" });
    manager.post("/v1/claims", early.clone()).await.expect(409);
    let second = accepted(&manager, &second).await;
    let paid = step(&manager, &second, "pay", json!({ "paid_on": "2026-04-30" })).await.expect(200);
    assert_eq!((&paid["status"], &paid["paid_on"]), (&json!("paid"), &json!("2026-04-30")));
    let last = manager.post("/v1/claims", early.clone()).await.expect(201);
    assert_eq!(period(&last), [0, 0, -60_000, 0, 60_000]);
    accepted(&manager, &last).await;
    manager.post("/v1/claims", early).await.expect(409); // settled
    stage.settle().await;
}

#[tokio::test]
async fn under_reverse_charge_a_claim_bears_the_mention_and_no_vat() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project_in(&manager, "A", "EUR").await;
    let contract = contract(&manager, ours, &json!({ "reverse_charge": true })).await;
    let claim = claim(&manager, &contract, &[5000]).await;
    assert_eq!(period(&claim), [500_000, 0, 25_000, 0, 475_000]);
    assert!(claim["mention"].as_str().unwrap().contains("Autoliquidation"));
    stage.settle().await;
}

#[tokio::test]
async fn a_claim_accepted_by_many_at_once_is_accepted_once() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let contract = contract(&manager, ours, &json!({})).await;
    let claim = claim(&manager, &contract, &[5000]).await;
    step(&manager, &claim, "submit", json!({})).await.expect(200);
    let path = format!("/v1/claims/{}/accept", text(&claim));
    let tries = (0..8).map(|_| {
        let (manager, path) = (manager.clone(), path.clone());
        tokio::spawn(async move { manager.post(&path, json!({})).await.status.as_u16() })
    });
    let mut answers = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        answers.push(one.await.unwrap());
    }
    answers.sort_unstable();
    assert_eq!(answers, [200, 409, 409, 409, 409, 409, 409, 409]);
    let now = manager.get(&format!("/v1/claims/{}", text(&claim))).await.expect(200);
    assert_eq!(now["version"], 3);
    stage.settle().await;
}

#[tokio::test]
async fn an_accepted_claim_is_final() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let contract = contract(&manager, ours, &json!({})).await;
    let claim = accepted(&manager, &claim(&manager, &contract, &[5000]).await).await;
    let path = format!("/v1/claims/{}", text(&claim));
    let other = json!({ "lines": stand(&contract, &[1000]) });
    manager.patch_match(&path, 3, other).await.expect(409);
    for (move_, body) in
        [("submit", json!({})), ("accept", json!({})), ("refuse", json!({ "note": "Trop tard" }))]
    {
        step(&manager, &claim, move_, body).await.expect(409);
    }
    let terms = json!({ "client": "Autre", "signed_on": "2026-01-15",
        "lines": [{ "name": "Travaux", "amount_minor": 1, "vat_bp": 0 }] });
    let path = format!("/v1/contracts/{}", text(&contract));
    manager.patch_match(&path, 1, json!({ "terms": terms })).await.expect(409);
    assert_eq!(manager.get(&format!("/v1/claims/{}", text(&claim))).await.expect(200), claim);
    stage.settle().await;
}

#[tokio::test]
async fn a_refused_claim_is_mended_under_its_number() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let contract = contract(&manager, ours, &json!({})).await;
    let claim = claim(&manager, &contract, &[5000]).await;
    step(&manager, &claim, "accept", json!({})).await.expect(409);
    step(&manager, &claim, "submit", json!({})).await.expect(200);
    step(&manager, &claim, "refuse", json!({})).await.expect(422);
    step(&manager, &claim, "refuse", json!({ "note": "40 % au plus" })).await.expect(200);
    manager.post("/v1/claims", claim_of(&contract, &[6000])).await.expect(409); // still open
    let path = format!("/v1/claims/{}", text(&claim));
    let mended = json!({ "lines": stand(&contract, &[4000]) });
    let mended = manager.patch_match(&path, 3, mended).await.expect(200);
    assert_eq!((&mended["status"], &mended["number"]), (&json!("draft"), &json!(1)));
    assert_eq!(mended["period"]["work_minor"], 400_000);
    assert_eq!(mended["note"], Value::Null);
    accepted(&manager, &mended).await;
    stage.settle().await;
}

#[tokio::test]
async fn numbers_have_no_gaps_and_no_doubles_whoever_begins_at_once() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let contract = contract(&manager, ours, &json!({})).await;
    for round in 1..=4 {
        let tries = (0..6).map(|_| {
            let (manager, body) = (manager.clone(), claim_of(&contract, &[round * 1000]));
            tokio::spawn(async move { manager.post("/v1/claims", body).await })
        });
        let mut made = Vec::new();
        for one in tries.collect::<Vec<_>>() {
            let answer = one.await.unwrap();
            match answer.status.as_u16() {
                201 => made.push(answer.json),
                other => assert_eq!(other, 409),
            }
        }
        assert_eq!(made.len(), 1);
        assert_eq!(made[0]["number"], round);
        accepted(&manager, &made[0]).await;
    }
    let all = manager.get("/v1/claims?status=accepted").await.expect(200);
    let work = all["items"].as_array().unwrap().iter().map(|c| period(c)[0]);
    assert_eq!(work.collect::<Vec<_>>(), [100_000; 4]);
    stage.settle().await;
}

#[tokio::test]
async fn bad_terms_and_bad_claims_are_refused_by_name() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let line = json!({ "name": "Travaux", "amount_minor": 1_000_000, "vat_bp": 2000 });
    for (other, pointer) in [
        (json!({ "retention_bp": 501 }), "/terms/retention_bp"),
        (json!({ "retention_bp": -1 }), "/terms/retention_bp"),
        (json!({ "country": "SN", "reverse_charge": true }), "/terms/reverse_charge"),
        (json!({ "country": "France" }), "/terms/country"),
        (json!({ "advance_minor": 1_200_001 }), "/terms/advance_minor"),
        (json!({ "advance_from_bp": 9000 }), "/terms/advance_to_bp"),
        (json!({ "lines": [] }), "/terms/lines"),
        (
            json!({ "lines": [{ "name": "x", "amount_minor": 0, "vat_bp": 0 }] }),
            "/terms/lines/0/amount_minor",
        ),
        (
            json!({ "lines": [{ "name": "x", "amount_minor": 1, "vat_bp": 10_001 }] }),
            "/terms/lines/0/vat_bp",
        ),
    ] {
        let mut terms = json!({ "client": "Commune", "country": "FR", "signed_on": "2026-01-15",
            "lines": [line] });
        terms.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        let body = json!({ "project_id": ours, "reference": "M-0", "terms": terms });
        let answer = manager.post("/v1/contracts", body).await;
        assert_eq!(answer.pointers(), [pointer], "{other}");
        answer.expect(422);
    }
    let huge = json!({ "name": "x", "amount_minor": 10_000_000_000_000_i64, "vat_bp": 0 });
    let terms = json!({ "client": "Commune", "signed_on": "2026-01-15", "lines": [huge, huge] });
    let body = json!({ "project_id": ours, "reference": "M-0", "terms": terms });
    manager.post("/v1/contracts", body).await.expect(422);
    let made = contract(&manager, ours, &json!({})).await;
    for (line, pointer) in [
        (json!({ "line_id": kernel::ContractLineId::new(), "percent_bp": 1 }), "/lines/0/line_id"),
        (json!({ "line_id": made["lines"][0]["id"] }), "/lines/0/percent_bp"),
        (json!({ "line_id": made["lines"][0]["id"], "percent_bp": 10_001 }), "/lines/0/percent_bp"),
        (
            json!({ "line_id": made["lines"][0]["id"], "quantity_milli": 1 }),
            "/lines/0/quantity_milli",
        ),
    ] {
        let body =
            json!({ "contract_id": made["id"], "claimed_on": "2026-02-28", "lines": [line] });
        let answer = manager.post("/v1/claims", body).await;
        assert_eq!(answer.pointers(), [pointer]);
        answer.expect(422);
    }
    stage.settle().await;
}
