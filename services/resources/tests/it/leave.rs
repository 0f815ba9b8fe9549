use chrono::{Duration, NaiveDate};
use kernel::Clock;

use super::*;

/// A day that is so many days ahead.
fn ahead(stage: &Stage, days: i64) -> NaiveDate {
    stage.clock.now().date_naive() + Duration::days(days)
}

fn days(kind: &str, first: NaiveDate, last: NaiveDate) -> Value {
    json!({ "kind": kind, "days": { "first": first, "last": last } })
}

async fn decide(by: &Client, id: &str, word: &str, version: i64, said: Value) -> testkit::Answer {
    let by = by.clone().header("if-match", format!("\"{version}\""));
    by.post(&format!("/v1/absences/{id}/{word}"), said).await
}

/// How many absences planning reads.
async fn in_force(stage: &Stage) -> i64 {
    sqlx::query_scalar("select count(*) from resources_pub.absence")
        .fetch_one(&mut stage.sql().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn leave_is_asked_for_by_the_worker_and_in_force_once_granted() {
    let stage = stage().await;
    let lead = lead(&stage);
    let awa = worker(&lead, "Awa Diop").await;
    let crew = stage.client(Role::CrewMember, Scope::Own).as_worker(awa);
    let path = format!("/v1/workers/{awa}/absences");
    let asked = days("leave", ahead(&stage, 10), ahead(&stage, 12));
    let asked = crew.post(&path, asked).await.expect(201);
    assert_eq!((&asked["status"], &asked["kind"]), (&json!("asked"), &json!("leave")));
    assert_eq!(in_force(&stage).await, 0, "the worker is still planned");
    assert_eq!(lead.get(&format!("/v1/workers/{awa}")).await.version(), 1);
    let waiting = lead.get("/v1/absences?status=asked").await.expect(200);
    assert_eq!(waiting["items"][0], asked);
    let id = asked["id"].as_str().unwrap();
    decide(&crew, id, "approve", 1, json!({})).await.expect(403);
    decide(&lead, id, "approve", 7, json!({})).await.expect(412);
    let granted = decide(&lead, id, "approve", 1, json!({ "note": "Bonnes vacances" })).await;
    let granted = granted.expect(200);
    assert_eq!((&granted["status"], &granted["version"]), (&json!("approved"), &json!(2)));
    assert_eq!(granted["decided_by"], json!(lead.user()));
    assert_eq!(in_force(&stage).await, 1);
    assert_eq!(lead.get(&format!("/v1/workers/{awa}")).await.version(), 2);
    decide(&lead, id, "refuse", 2, json!({ "note": "Trop tard" })).await.expect(409);
    assert_eq!(crew.get(&path).await.expect(200)["items"][0], granted);
    crew.delete(&format!("{path}/{id}")).await.expect(409);
    lead.delete(&format!("{path}/{id}")).await.expect(204);
    assert_eq!(in_force(&stage).await, 0);
    stage.settle().await;
}

#[tokio::test]
async fn leave_is_refused_with_a_word_and_withdrawn_by_who_asked() {
    let stage = stage().await;
    let lead = lead(&stage);
    let awa = worker(&lead, "Awa Diop").await;
    let crew = stage.client(Role::CrewMember, Scope::Own).as_worker(awa);
    let path = format!("/v1/workers/{awa}/absences");
    let day = ahead(&stage, 10);
    let asked = crew.post(&path, days("rest", day, day)).await.expect(201);
    let id = asked["id"].as_str().unwrap();
    let silent = decide(&lead, id, "refuse", 1, json!({})).await;
    assert_eq!(silent.status.as_u16(), 422);
    let refused = decide(&lead, id, "refuse", 1, json!({ "note": "Coulage ce jour-là" })).await;
    assert_eq!(refused.expect(200)["status"], "refused");
    // What was refused leaves room to ask again.
    let again = crew.post(&path, days("rest", day, day)).await.expect(201);
    crew.delete(&format!("{path}/{}", again["id"].as_str().unwrap())).await.expect(204);
    assert_eq!(ids(&crew.get(&path).await.expect(200)), [id]);
    assert_eq!(in_force(&stage).await, 0);
    stage.settle().await;
}

#[tokio::test]
async fn two_decisions_at_once_are_one() {
    let stage = stage().await;
    let lead = lead(&stage);
    let awa = worker(&lead, "Awa Diop").await;
    let crew = stage.client(Role::CrewMember, Scope::Own).as_worker(awa);
    let path = format!("/v1/workers/{awa}/absences");
    let day = ahead(&stage, 10);
    let asked = crew.post(&path, days("leave", day, day)).await.expect(201);
    let id = asked["id"].as_str().unwrap();
    let decisions = ["approve", "refuse"].into_iter().cycle().take(8);
    let decisions =
        decisions.map(|word| (format!("/v1/absences/{id}/{word}"), json!({ "note": "Vu" })));
    let answers = at_once(&lead.header("if-match", "\"1\""), decisions).await;
    assert_eq!(answers, BTreeMap::from([(200, 1), (412, 7)]));
    stage.settle().await;
}

#[tokio::test]
async fn absences_do_not_overlap_but_illness_may_lie_over_leave() {
    let stage = stage().await;
    let lead = lead(&stage);
    let awa = worker(&lead, "Awa Diop").await;
    let crew = stage.client(Role::CrewMember, Scope::Own).as_worker(awa);
    let path = format!("/v1/workers/{awa}/absences");
    let on = |n: i64| ahead(&stage, n);
    let half = |day: NaiveDate, from_noon: bool, until_noon: bool| {
        json!({ "kind": "leave", "days": {
            "first": day, "last": day, "from_noon": from_noon, "until_noon": until_noon,
        }})
    };
    crew.post(&path, half(on(10), false, true)).await.expect(201);
    crew.post(&path, half(on(10), true, false)).await.expect(201);
    let again = crew.post(&path, days("rest", on(10), on(10))).await;
    assert_eq!(again.json["type"], "urn:fieldops360:problem:absence-overlap");
    again.expect(409);
    lead.post(&path, days("training", on(9), on(11))).await.expect(409);
    lead.post(&path, days("sick", on(9), on(11))).await.expect(201);
    lead.post(&path, days("accident", on(11), on(12))).await.expect(409);
    crew.post(&path, days("leave", on(11), on(11))).await.expect(201);
    stage.settle().await;
}

#[tokio::test]
async fn the_same_leave_asked_for_at_once_is_one() {
    let stage = stage().await;
    let lead = lead(&stage);
    let awa = worker(&lead, "Awa Diop").await;
    let crew = stage.client(Role::CrewMember, Scope::Own).as_worker(awa);
    let day = ahead(&stage, 10);
    let asked = (format!("/v1/workers/{awa}/absences"), days("leave", day, day));
    let answers = at_once(&crew, vec![asked; 10]).await;
    assert_eq!(answers, BTreeMap::from([(201, 1), (409, 9)]));
    stage.settle().await;
}

#[tokio::test]
async fn why_somebody_is_away_is_for_the_worker_and_who_manages_workers() {
    let stage = stage().await;
    let lead = lead(&stage);
    let awa = worker(&lead, "Awa Diop").await;
    let crew = stage.client(Role::CrewMember, Scope::Own).as_worker(awa);
    let path = format!("/v1/workers/{awa}/absences");
    lead.post(&path, days("sick", ahead(&stage, 1), ahead(&stage, 3))).await.expect(201);
    let asked = days("family", ahead(&stage, 20), ahead(&stage, 20));
    crew.post(&path, asked).await.expect(201);
    for (who, count) in [(&lead, 2), (&crew, 2)] {
        let seen = who.get(&path).await.expect(200);
        assert_eq!(ids(&seen).len(), count);
        assert_eq!(seen["items"][0]["kind"], "sick");
    }
    let site_lead = stage.client(Role::SiteLead, Scope::Tenant);
    let seen = site_lead.get(&path).await.expect(200);
    assert_eq!(ids(&seen).len(), 1, "what is in force");
    assert_eq!(seen["items"][0].get("kind"), None);
    site_lead.get("/v1/absences").await.expect(403);
    crew.get("/v1/absences").await.expect(403);
    site_lead.post(&path, days("sick", ahead(&stage, 5), ahead(&stage, 5))).await.expect(403);
    stage.settle().await;
    let told: Vec<String> = sqlx::query_scalar(
        "select value::text from core.audit_detail
         union all select envelope::text from core.outbox",
    )
    .fetch_all(&mut stage.sql().await)
    .await
    .unwrap();
    assert!(told.iter().all(|text| !text.contains("sick") && !text.contains("family")));
}

#[tokio::test]
async fn nobody_asks_for_another_or_for_illness_or_for_what_is_past() {
    let stage = stage().await;
    let lead = lead(&stage);
    let (awa, modou) = (worker(&lead, "Awa Diop").await, worker(&lead, "Modou Fall").await);
    let crew = stage.client(Role::CrewMember, Scope::Tenant).as_worker(awa);
    let (own, other) =
        (format!("/v1/workers/{awa}/absences"), format!("/v1/workers/{modou}/absences"));
    let day = ahead(&stage, 10);
    crew.post(&other, days("leave", day, day)).await.expect(404);
    let asked = lead.post(&other, days("leave", day, day)).await.expect(201);
    let id = asked["id"].as_str().unwrap();
    crew.delete(&format!("{other}/{id}")).await.expect(404);
    crew.delete(&format!("{own}/{id}")).await.expect(404);
    decide(&crew, id, "approve", 1, json!({})).await.expect(404);
    for (body, pointer) in [
        (days("sick", day, day), "/kind"),
        (days("leave", ahead(&stage, -3), ahead(&stage, -2)), "/from"),
        (days("leave", ahead(&stage, 800), ahead(&stage, 801)), "/from"),
        (days("leave", day, ahead(&stage, 9)), "/to"),
        (json!({ "kind": "leave" }), "/days"),
        (days("party", day, day), "/kind"),
    ] {
        let answer = crew.post(&own, body.clone()).await;
        assert!(answer.pointers().contains(&pointer.to_owned()), "{body} {:?}", answer.json);
        answer.expect(422);
    }
    let firm = stage.another_tenant().await;
    let abroad = stage.client_at(&firm, Role::ProjectLead, Scope::Tenant);
    decide(&abroad, id, "approve", 1, json!({})).await.expect(404);
    assert!(ids(&abroad.get("/v1/absences").await.expect(200)).is_empty());
    stage.settle().await;
}
