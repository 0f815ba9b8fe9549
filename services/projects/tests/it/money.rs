//! Who sees a project's money, and what two people at once do to it.

use kernel::{BudgetLineId, TaskId};

use super::*;

/// A project in a currency.
pub async fn project_in(by: &Client, code: &str, currency: &str) -> ProjectId {
    let body = json!({ "code": code, "name": "Réseau HTA", "currency": currency });
    id(&by.post("/v1/projects", body).await.expect(201))
}

pub async fn line(by: &Client, project: ProjectId, category: &str, planned: i64) -> Value {
    let body = json!({
        "project_id": project, "name": "Lot", "category": category, "planned_minor": planned,
    });
    by.post("/v1/budget-lines", body).await.expect(201)
}

pub fn cost_of(project: ProjectId, amount: i64) -> Value {
    json!({
        "project_id": project, "category": "materials", "spent_on": "2026-03-02",
        "amount_minor": amount,
    })
}

pub fn order_of(project: ProjectId, amount: i64) -> Value {
    json!({
        "project_id": project, "category": "subcontracting", "supplier": "Sahel Forage",
        "ordered_on": "2026-03-02", "amount_minor": amount,
    })
}

pub fn text(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn another_projects_lead_finds_no_money_of_this_one() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, theirs) = (project(&manager, "A").await, project(&manager, "B").await);
    let contract = claims::contract(&manager, ours, &json!({})).await;
    let claim = claims::claim(&manager, &contract, &[1000]).await;
    let things = [
        ("budget-lines", text(&line(&manager, ours, "materials", 100).await)),
        ("costs", text(&manager.post("/v1/costs", cost_of(ours, 5)).await.expect(201))),
        (
            "commitments",
            text(&manager.post("/v1/commitments", order_of(ours, 5)).await.expect(201)),
        ),
        ("contracts", text(&contract)),
        ("claims", text(&claim)),
    ];
    let stranger = stage.client(Role::ProjectLead, Scope::Project(theirs));
    for (kind, thing) in &things {
        let path = format!("/v1/{kind}/{thing}");
        manager.get(&path).await.expect(200);
        stranger.get(&path).await.expect(404);
        if *kind != "contracts" {
            stranger.patch_match(&path, 1, json!({})).await.expect(404);
        }
        assert!(ids(&stranger.get(&format!("/v1/{kind}")).await.expect(200)).is_empty());
    }
    stranger.get(&format!("/v1/projects/{ours}/budget")).await.expect(404);
    stranger.get(&format!("/v1/earned-value?project_id={ours}")).await.expect(404);
    stranger.post("/v1/costs", cost_of(ours, 5)).await.expect(404);
    stranger.post(&format!("/v1/claims/{}/submit", things[4].1), json!({})).await.expect(404);
    let budgets = stranger.get("/v1/budgets").await.expect(200);
    assert_eq!(budgets["items"].as_array().unwrap().len(), 1);
    assert_eq!(budgets["items"][0]["project_id"], json!(theirs));
    stage.settle().await;
}

#[tokio::test]
async fn site_leads_and_crews_see_no_money_even_of_their_own_project() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let place = site(&manager, ours).await;
    let planned = line(&manager, ours, "materials", 100).await;
    for (role, scope) in [
        (Role::SiteLead, Scope::Site(place)),
        (Role::SiteLead, Scope::Tenant),
        (Role::CrewMember, Scope::Tenant),
    ] {
        let client = stage.client(role, scope);
        for list in [
            "budgets",
            "budget-lines",
            "commitments",
            "costs",
            "contracts",
            "claims",
            "exchange-rates",
        ] {
            client.get(&format!("/v1/{list}")).await.expect(403);
        }
        let unseen = if role == Role::CrewMember { 404 } else { 403 };
        client.get(&format!("/v1/projects/{ours}/budget")).await.expect(unseen);
        client.get(&format!("/v1/earned-value?project_id={ours}")).await.expect(unseen);
        let path = format!("/v1/budget-lines/{}", text(&planned));
        client.get(&path).await.expect(unseen);
        client.patch_match(&path, 1, json!({ "planned_minor": 1 })).await.expect(unseen);
        client.post("/v1/costs", cost_of(ours, 5)).await.expect(unseen);
    }
    for role in [Role::TenantAdmin, Role::Manager, Role::ProjectLead] {
        let client = stage.client(role, Scope::Tenant);
        client.post("/v1/costs", cost_of(ours, 5)).await.expect(201);
        client.get(&format!("/v1/projects/{ours}/budget")).await.expect(200);
    }
    stage.settle().await;
}

#[tokio::test]
async fn of_two_people_changing_a_line_the_second_sees_what_the_first_did() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let path = format!("/v1/budget-lines/{}", text(&line(&manager, ours, "materials", 100).await));
    let change = |planned: i64| json!({ "planned_minor": planned });
    let one = manager.patch_match(&path, 1, change(200));
    let two = manager.patch_match(&path, 1, change(300));
    let (one, two) = tokio::join!(one, two);
    let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
    let won = won.expect(200);
    assert_eq!(lost.expect(412)["current"], won);
    assert_eq!(won["version"], 2);
    manager.call(http::Method::PATCH, &path, Some(change(1))).await.expect(428);
    stage.settle().await;
}

#[tokio::test]
async fn the_same_cost_sent_twice_counts_once() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let sender = manager.clone().header("idempotency-key", "ticket-17");
    let first = sender.post("/v1/costs", cost_of(ours, 500)).await.expect(201);
    assert_eq!(sender.post("/v1/costs", cost_of(ours, 500)).await.expect(201), first);
    let budget = manager.get(&format!("/v1/projects/{ours}/budget")).await.expect(200);
    assert_eq!(budget["actual_minor"], 500);
    let chosen = json!({ "id": first["id"], "project_id": ours, "category": "materials",
        "spent_on": "2026-03-02", "amount_minor": 5 });
    manager.post("/v1/costs", chosen).await.expect(409);
    stage.settle().await;
}

#[tokio::test]
async fn amounts_that_are_negative_huge_or_in_no_currency_are_refused_by_name() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let with = |mut body: Value, name: &str, value: Value| {
        body[name] = value;
        body
    };
    for amount in [json!(-1), json!(0), json!(10_000_000_000_001_i64), json!(i64::MAX)] {
        for (path, body) in
            [("/v1/costs", cost_of(ours, 1)), ("/v1/commitments", order_of(ours, 1))]
        {
            let answer = manager.post(path, with(body, "amount_minor", amount.clone())).await;
            assert_eq!(answer.pointers(), ["/amount_minor"], "{amount}");
            answer.expect(422);
        }
    }
    for amount in [json!(1.5), json!("12"), json!(u64::MAX), json!(1e30)] {
        let wrong = with(cost_of(ours, 1), "amount_minor", amount.clone());
        let answer = manager.post("/v1/costs", wrong).await;
        assert_eq!(answer.pointers(), ["/amount_minor"], "{amount}");
        answer.expect(422);
    }
    for (name, value) in [
        ("currency", json!("FRF")),
        ("currency", json!("eur")),
        ("vat_minor", json!(-1)),
        ("category", json!("bribes")),
        ("spent_on", json!("2026-02-30")),
        ("budget_line_id", json!(BudgetLineId::new())),
        ("commitment_id", json!(kernel::CommitmentId::new())),
    ] {
        let answer = manager.post("/v1/costs", with(cost_of(ours, 1), name, value)).await;
        assert_eq!(answer.pointers(), [format!("/{name}")]);
        answer.expect(422);
    }
    let line =
        json!({ "project_id": ours, "name": "Lot", "category": "labour", "planned_minor": 1 });
    for (name, value) in [
        ("planned_minor", json!(-1)),
        ("remaining_minor", json!(-1)),
        ("nature", json!("other")),
        ("task_id", json!(TaskId::new())),
        ("site_id", json!(SiteId::new())),
        ("phase_id", json!(kernel::PhaseId::new())),
    ] {
        let answer = manager.post("/v1/budget-lines", with(line.clone(), name, value)).await;
        assert_eq!(answer.pointers(), [format!("/{name}")]);
        answer.expect(422);
    }
    stage.settle().await;
}

#[tokio::test]
async fn what_a_line_or_a_cost_names_is_of_the_same_project() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, theirs) = (project(&manager, "A").await, project(&manager, "B").await);
    let (far_line, far_site) =
        (line(&manager, theirs, "materials", 1).await, site(&manager, theirs).await);
    let far_order = manager.post("/v1/commitments", order_of(theirs, 5)).await.expect(201);
    for (name, value) in [("budget_line_id", &far_line["id"]), ("commitment_id", &far_order["id"])]
    {
        let mut body = cost_of(ours, 5);
        body[name] = value.clone();
        let answer = manager.post("/v1/costs", body).await;
        assert_eq!(answer.pointers(), [format!("/{name}")]);
        answer.expect(422);
    }
    let body = json!({ "project_id": ours, "name": "Lot", "category": "labour",
        "planned_minor": 1, "site_id": far_site });
    manager.post("/v1/budget-lines", body).await.expect(422);
    stage.settle().await;
}
