//! Budgets added up: orders, purchases, hours, currencies; and the alert.

use chrono::{DateTime, Utc};
use contracts::{
    Envelope, Event, RetentionApplied, RetentionChange, TimeEntryChange, TimeEntryChanged,
};
use kernel::{Clock, EventId, RequestId, RetentionId, TimeEntryId, WorkerId};

use super::money::{cost_of, line, order_of, project_in, text};
use super::*;

async fn budget(by: &Client, project: ProjectId) -> Value {
    by.get(&format!("/v1/projects/{project}/budget")).await.expect(200)
}

/// The alerts' news of a project, as they were told.
async fn told(stage: &Stage, project: ProjectId) -> Vec<String> {
    stage.settle().await;
    sqlx::query_scalar(
        "select envelope ->> 'action' from core.outbox
         where envelope ->> 'entity' = 'budget' and envelope ->> 'entity_id' = $1 order by id",
    )
    .bind(project.to_string())
    .fetch_all(&mut stage.sql().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn plan_orders_costs_forecast_and_margin_add_up() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let cables = line(&manager, ours, "materials", 1_000).await;
    let drilling = line(&manager, ours, "subcontracting", 2_000).await;
    claims::contract(&manager, ours, &json!({})).await; // 1 000 000 without VAT
    let mut order = order_of(ours, 2_500);
    order["budget_line_id"] = drilling["id"].clone();
    let order = manager.post("/v1/commitments", order).await.expect(201);
    let mut cost = cost_of(ours, 700);
    cost["budget_line_id"] = cables["id"].clone();
    manager.post("/v1/costs", cost).await.expect(201);
    manager.post("/v1/costs", cost_of(ours, 40)).await.expect(201); // on no line
    let sum = budget(&manager, ours).await;
    let figures = ["planned", "committed", "actual", "forecast", "margin"]
        .map(|name| sum[format!("{name}_minor")].as_i64().unwrap());
    assert_eq!(figures, [3_000, 2_500, 740, 3_540, 996_460]);
    assert_eq!(sum["unassigned"][0]["actual_minor"], 40);
    let path = format!("/v1/commitments/{}", text(&order));
    manager.patch_match(&path, 1, json!({ "status": "cancelled" })).await.expect(200);
    let path = format!("/v1/budget-lines/{}", text(&cables));
    manager.patch_match(&path, 1, json!({ "remaining_minor": 100 })).await.expect(200);
    let sum = budget(&manager, ours).await;
    assert_eq!((&sum["committed_minor"], &sum["forecast_minor"]), (&json!(0), &json!(2_840)));
    stage.settle().await;
}

#[tokio::test]
async fn the_alert_is_told_once_per_crossing() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let planned = line(&manager, ours, "materials", 1_000).await;
    let mut at_line = cost_of(ours, 1_100);
    at_line["budget_line_id"] = planned["id"].clone();
    manager.post("/v1/costs", at_line).await.expect(201);
    assert!(told(&stage, ours).await.is_empty(), "ten percent is not above ten percent");
    let light = async || {
        let status = manager.get(&format!("/v1/projects/{ours}/status")).await.expect(200);
        status["lights"]["money"].as_str().unwrap().to_owned()
    };
    assert_eq!(light().await, "amber", "above the plan");
    for _ in 0..3 {
        manager.post("/v1/costs", cost_of(ours, 1)).await.expect(201);
    }
    assert_eq!(told(&stage, ours).await, ["budget.forecast_over"]);
    assert_eq!(budget(&manager, ours).await["over"], true);
    assert_eq!(light().await, "red");
    let path = format!("/v1/budget-lines/{}", text(&planned));
    manager.patch_match(&path, 1, json!({ "planned_minor": 2_000 })).await.expect(200);
    assert_eq!(told(&stage, ours).await[1..], ["budget.forecast_back"]);
    assert_eq!(light().await, "amber", "what was spent beside the lines is above the plan");
    let path = format!("/v1/projects/{ours}/budget");
    let version = manager.get(&path).await.version();
    let set = manager.patch_match(&path, version, json!({ "threshold_bp": 0 })).await;
    assert_eq!(set.version(), version + 2, "the threshold, and the crossing it brought about");
    set.expect(200);
    assert_eq!(told(&stage, ours).await[2..], ["budget.threshold_set", "budget.forecast_over"]);
    manager.patch_match(&path, version, json!({ "threshold_bp": 1 })).await.expect(412);
}

#[tokio::test]
async fn many_costs_at_once_cross_the_threshold_once_and_none_is_lost() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    line(&manager, ours, "equipment", 1_000).await;
    let tries = (0..8).map(|_| {
        let manager = manager.clone();
        tokio::spawn(async move { manager.post("/v1/costs", cost_of(ours, 100)).await.status })
    });
    for one in tries.collect::<Vec<_>>() {
        assert_eq!(one.await.unwrap(), 201);
    }
    let sum = budget(&manager, ours).await;
    assert_eq!((&sum["actual_minor"], &sum["forecast_minor"]), (&json!(800), &json!(1_800)));
    assert_eq!(told(&stage, ours).await, ["budget.forecast_over"]);
}

#[tokio::test]
async fn a_cost_in_another_currency_needs_the_rate_of_its_day() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project_in(&manager, "A", "EUR").await;
    let mut cost = cost_of(ours, 12_345);
    cost["currency"] = json!("MAD");
    let refused = manager.post("/v1/costs", cost.clone()).await;
    assert_eq!(refused.pointers(), ["/currency"]);
    assert_eq!(refused.expect(422)["type"], "urn:fieldops360:problem:no-rate");
    let rate = json!({ "from": "MAD", "to": "EUR", "day": "2026-03-02", "rate": "0.0925" });
    let made = manager.post("/v1/exchange-rates", rate.clone()).await.expect(201);
    assert_eq!(made["rate"], "0.0925");
    manager.post("/v1/exchange-rates", rate).await.expect(409);
    let booked = manager.post("/v1/costs", cost.clone()).await.expect(201);
    assert_eq!(booked["booked_minor"], 1_142); // 123.45 × 0.0925 = 11.419125
    let path = format!("/v1/exchange-rates/{}", text(&made));
    manager.patch_match(&path, 1, json!({ "rate": "0.1" })).await.expect(200);
    let kept = manager.get(&format!("/v1/costs/{}", text(&booked))).await.expect(200);
    assert_eq!(kept["booked_minor"], 1_142, "what was booked stays");
    cost["spent_on"] = json!("2026-03-03");
    manager.post("/v1/costs", cost).await.expect(422);
    for (rate, pointer) in [
        (json!({ "from": "EUR", "to": "XOF", "day": "2026-03-02", "rate": "656" }), "/to"),
        (json!({ "from": "USD", "to": "USD", "day": "2026-03-02", "rate": "1" }), "/to"),
        (json!({ "from": "USD", "to": "EUR", "day": "2026-03-02", "rate": "-1" }), "/rate"),
        (json!({ "from": "USD", "to": "EUR", "day": "2026-03-02", "rate": 0.9 }), "/rate"),
        (json!({ "from": "DEM", "to": "EUR", "day": "2026-03-02", "rate": "1" }), "/from"),
    ] {
        let answer = manager.post("/v1/exchange-rates", rate.clone()).await;
        assert_eq!(answer.pointers(), [pointer], "{rate}");
        answer.expect(422);
    }
    stage.settle().await;
}

#[tokio::test]
async fn euros_and_cfa_francs_stand_side_by_side() {
    let stage = stage().await;
    let manager = manager(&stage);
    let dakar = project_in(&manager, "DKR", "XOF").await;
    let lyon = project_in(&manager, "LYS", "EUR").await;
    line(&manager, dakar, "materials", 65_595_700).await;
    line(&manager, lyon, "materials", 10_000_000).await;
    for (project, amount, currency, booked) in
        [(dakar, 100, "EUR", 656), (lyon, 1_000_000, "XOF", 152_449), (dakar, 5, "XAF", 5)]
    {
        let mut cost = cost_of(project, amount);
        cost["currency"] = json!(currency);
        let cost = manager.post("/v1/costs", cost).await.expect(201);
        assert_eq!(cost["booked_minor"], booked);
    }
    let list = manager.get("/v1/budgets").await.expect(200);
    let shown: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| (b["currency"].clone(), b["planned_minor"].clone(), b["actual_minor"].clone()))
        .collect();
    assert_eq!(
        shown,
        [
            (json!("XOF"), json!(65_595_700), json!(661)),
            (json!("EUR"), json!(10_000_000), json!(152_449)),
        ]
    );
    stage.settle().await;
}

/// What happened, told as planning tells it.
fn envelope<E: Event>(stage: &Stage, of: &E) -> Envelope {
    let subject = of.subject();
    Envelope {
        id: EventId::new(),
        tenant: stage.tenant.id,
        kind: E::TYPE.to_owned(),
        action: of.action().to_owned(),
        entity: subject.entity.to_owned(),
        entity_id: subject.id,
        entity_version: subject.version,
        actor: None,
        device_at: None,
        at: stage.clock.now(),
        request_id: RequestId::new(),
        trace: None,
        payload: serde_json::to_value(of).unwrap(),
    }
}

async fn publish<E: Event>(stage: &Stage, event: &E) {
    for outcome in stage.bus.publish(&[envelope(stage, event)]).await {
        outcome.unwrap();
    }
    stage.settle().await;
}

async fn worker(stage: &Stage, hourly: Option<i64>) -> WorkerId {
    let worker = WorkerId::new();
    sqlx::query(
        "insert into resources.worker (id, name, active, days, day_starts, day_ends, version,
             hourly_cost_minor, hourly_cost_currency)
         values ($1, 'Awa', true, '{1}', '08:00', '17:00', 1, $2,
                 case when $2::bigint is not null then 'XOF' end)",
    )
    .bind(worker)
    .bind(hourly)
    .execute(&mut stage.sql().await)
    .await
    .unwrap();
    worker
}

#[tokio::test]
async fn hours_are_priced_once_told_and_raise_the_alert() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let place = site(&manager, ours).await;
    line(&manager, ours, "labour", 10_000).await;
    let in_at: DateTime<Utc> = "2026-03-02T08:00:00Z".parse().unwrap();
    let mut entry = TimeEntryChanged {
        entry: TimeEntryId::new(),
        version: 1,
        change: TimeEntryChange::ClockedIn,
        worker: worker(&stage, Some(1_500)).await,
        site: place,
        project: ours,
        in_at,
        out_at: None,
        break_seconds: 0,
    };
    publish(&stage, &entry).await;
    assert_eq!(budget(&manager, ours).await["actual_minor"], 0);
    entry.version = 2;
    entry.out_at = Some(in_at + chrono::TimeDelta::hours(8));
    publish(&stage, &entry).await;
    let sum = budget(&manager, ours).await;
    assert_eq!((&sum["actual_minor"], &sum["over"]), (&json!(12_000), &json!(true)));
    assert_eq!(told(&stage, ours).await, ["budget.forecast_over"]);
    // A raise does not change what was spent, and a correction keeps the price.
    sqlx::query("update resources.worker set hourly_cost_minor = 9000")
        .execute(&mut stage.sql().await)
        .await
        .unwrap();
    entry.version = 3;
    entry.out_at = Some(in_at + chrono::TimeDelta::hours(4));
    publish(&stage, &entry).await;
    assert_eq!(budget(&manager, ours).await["actual_minor"], 6_000);
    entry.version = 2;
    entry.out_at = Some(in_at + chrono::TimeDelta::hours(9));
    publish(&stage, &entry).await;
    assert_eq!(budget(&manager, ours).await["actual_minor"], 6_000, "late news changes nothing");
    assert_eq!(told(&stage, ours).await, ["budget.forecast_over", "budget.forecast_back"]);
    // Breaks are not paid.
    entry.version = 4;
    entry.out_at = Some(in_at + chrono::TimeDelta::hours(5));
    entry.break_seconds = 3_600;
    publish(&stage, &entry).await;
    assert_eq!(budget(&manager, ours).await["actual_minor"], 6_000);
    // After five years it is nobody's any more, and costs what it cost.
    let whose = async || {
        sqlx::query_scalar::<_, uuid::Uuid>("select worker_id from projects.labour")
            .fetch_one(&mut stage.sql().await)
            .await
            .unwrap()
    };
    let mut kept = RetentionApplied {
        retention: RetentionId::new(),
        version: 1,
        change: RetentionChange::Applied,
        positions_before: in_at,
        proofs_before: in_at,
        hours_before: in_at,
    };
    publish(&stage, &kept).await;
    assert_eq!(whose().await, entry.worker.uuid());
    kept.hours_before = in_at + chrono::TimeDelta::days(1);
    publish(&stage, &kept).await;
    assert_eq!(whose().await, uuid::Uuid::nil());
    assert_eq!(budget(&manager, ours).await["actual_minor"], 6_000);
}

#[tokio::test]
async fn hours_without_a_price_are_shown_as_such() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let place = site(&manager, ours).await;
    let in_at: DateTime<Utc> = "2026-03-02T08:00:00Z".parse().unwrap();
    let entry = TimeEntryChanged {
        entry: TimeEntryId::new(),
        version: 2,
        change: TimeEntryChange::ClockedOut,
        worker: worker(&stage, None).await,
        site: place,
        project: ours,
        in_at,
        out_at: Some(in_at + chrono::TimeDelta::minutes(90)),
        break_seconds: 0,
    };
    publish(&stage, &entry).await;
    let sum = budget(&manager, ours).await;
    assert_eq!((&sum["actual_minor"], &sum["unpriced_minutes"]), (&json!(0), &json!(90)));
}

#[tokio::test]
async fn earned_value_is_that_of_the_day_asked_for() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let place = site(&manager, ours).await;
    line(&manager, ours, "labour", 1_000_000).await;
    for (minutes, starts, ends, started, finished) in [
        (300, "2026-03-02", "2026-03-03", Some("2026-03-02"), Some("2026-03-04")),
        (100, "2026-03-05", "2026-03-06", Some("2026-03-05"), None),
    ] {
        sqlx::query(
            "insert into planning.task (id, site_id, project_id, title, description, priority,
                 workers_needed, starts_at, ends_at, duration_min, status, started_at, finished_at)
             values ($1, $2, $3, 'T', '', 'normal', 1, $4::date + time '08:00',
                     $5::date + time '17:00', $6, 'in_progress', $7::date + time '08:00',
                     $8::date + time '18:00')",
        )
        .bind(kernel::TaskId::new())
        .bind(place)
        .bind(ours)
        .bind(starts.parse::<chrono::NaiveDate>().unwrap())
        .bind(ends.parse::<chrono::NaiveDate>().unwrap())
        .bind(minutes)
        .bind(started.map(|d: &str| d.parse::<chrono::NaiveDate>().unwrap()))
        .bind(finished.map(|d: &str| d.parse::<chrono::NaiveDate>().unwrap()))
        .execute(&mut stage.sql().await)
        .await
        .unwrap();
    }
    manager.post("/v1/costs", cost_of(ours, 500_000)).await.expect(201); // on 2 March
    let at = async |day: &str| {
        let path = format!("/v1/earned-value?project_id={ours}&at={day}");
        manager.get(&path).await.expect(200)
    };
    let third = at("2026-03-03").await;
    let sums = ["bac", "pv", "ev", "ac"].map(|n| third[format!("{n}_minor")].as_i64().unwrap());
    assert_eq!(sums, [1_000_000, 750_000, 375_000, 500_000]);
    assert_eq!((&third["spi"], &third["cpi"]), (&json!("0.500"), &json!("0.750")));
    assert_eq!(third["eac_minor"], 1_333_333);
    let sixth = at("2026-03-06").await;
    assert_eq!((&sixth["pv_minor"], &sixth["ev_minor"]), (&json!(1_000_000), &json!(875_000)));
    assert_eq!(at("2026-03-01").await["cpi"], Value::Null);
    manager.get("/v1/earned-value").await.expect(400);
    stage.settle().await;
}
