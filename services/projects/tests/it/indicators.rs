use super::*;
use chrono::{DateTime, Duration, Utc};
use kernel::{Clock, SiteId};
use sqlx::PgConnection;
use uuid::Uuid;

struct Yard {
    sql: PgConnection,
    project: ProjectId,
    site: SiteId,
    now: DateTime<Utc>,
}

impl Yard {
    async fn of(stage: &Stage, project: ProjectId, site: SiteId) -> Self {
        Self { sql: stage.sql().await, project, site, now: stage.clock.now() }
    }

    /// A task that begins and ends so many hours from now.
    async fn task(&mut self, status: &str, from: i64, to: i64, finished: Option<i64>) -> Uuid {
        let id = Uuid::now_v7();
        let hour = |h: i64| self.now + Duration::hours(h);
        sqlx::query(
            "insert into planning.task (id, site_id, project_id, title, description, priority,
                 workers_needed, starts_at, ends_at, duration_min, status, finished_at)
             values ($1, $2, $3, 'Tirage', '', 'normal', 1, $4, $5, 60, $6, $7)",
        )
        .bind(id)
        .bind(self.site)
        .bind(self.project)
        .bind(hour(from))
        .bind(hour(to))
        .bind(status)
        .bind(finished.map(hour))
        .execute(&mut self.sql)
        .await
        .unwrap();
        id
    }

    async fn worker(&mut self) -> Uuid {
        let id = Uuid::now_v7();
        sqlx::query(
            "insert into resources.worker (id, name, active, days, day_starts, day_ends, version)
             values ($1, 'Moussa', true, '{1,2,3,4,5}', '08:00', '17:00', 1)",
        )
        .bind(id)
        .execute(&mut self.sql)
        .await
        .unwrap();
        id
    }

    async fn assign(&mut self, task: Uuid, worker: Uuid) {
        sqlx::query(
            "insert into planning.assignment (id, task_id, worker_id, during)
             select $1, id, $3, tstzrange(starts_at, ends_at) from planning.task where id = $2",
        )
        .bind(Uuid::now_v7())
        .bind(task)
        .bind(worker)
        .execute(&mut self.sql)
        .await
        .unwrap();
    }

    async fn absent(&mut self, worker: Uuid, from: i64, to: i64) {
        sqlx::query(
            "insert into resources.absence (id, worker_id, from_at, to_at, kind)
             values ($1, $2, $3, $4, 'sick')",
        )
        .bind(Uuid::now_v7())
        .bind(worker)
        .bind(self.now + Duration::hours(from))
        .bind(self.now + Duration::hours(to))
        .execute(&mut self.sql)
        .await
        .unwrap();
    }

    async fn stay(&mut self, worker: Uuid, from: i64, to: i64) {
        sqlx::query(
            "insert into planning.time_entry
                 (id, worker_id, site_id, project_id, in_at, out_at, clock_in)
             values ($1, $2, $3, $4, $5, $6, '{}')",
        )
        .bind(Uuid::now_v7())
        .bind(worker)
        .bind(self.site)
        .bind(self.project)
        .bind(self.now + Duration::hours(from))
        .bind(self.now + Duration::hours(to))
        .execute(&mut self.sql)
        .await
        .unwrap();
    }

    async fn incident(&mut self, severity: &str, at: i64) {
        sqlx::query(
            "insert into planning.incident
                 (id, site_id, project_id, title, description, severity, cause, status,
                  reported_at, recorded_at, reported_by)
             values ($1, $2, $3, 'Chute', '', $4, 'safety', 'open', $5, $5, $1)",
        )
        .bind(Uuid::now_v7())
        .bind(self.site)
        .bind(self.project)
        .bind(severity)
        .bind(self.now + Duration::hours(at))
        .execute(&mut self.sql)
        .await
        .unwrap();
    }
}

/// Ten tasks: five open of which one late and one soon without workers, one far off without, three
/// done of which one late, one validated; one cancelled. Forty hours, one incident. Two workers,
/// one away for 67.2 of their 1 344 hours.
async fn furnish(yard: &mut Yard) {
    let (one, two) = (yard.worker().await, yard.worker().await);
    let late = yard.task("in_progress", -48, -24, None).await;
    let soon = yard.task("planned", 24, 48, None).await;
    yard.task("planned", 25, 48, None).await;
    yard.task("planned", 24 * 30, 24 * 31, None).await;
    let paused = yard.task("paused", -10, 10, None).await;
    yard.task("done", -100, -90, Some(-91)).await;
    yard.task("done", -100, -90, Some(-90)).await;
    yard.task("done", -100, -90, Some(-80)).await;
    yard.task("validated", -100, -90, Some(-95)).await;
    yard.task("cancelled", -100, -90, None).await;
    yard.assign(late, one).await;
    yard.assign(soon, one).await;
    yard.assign(paused, two).await;
    yard.absent(one, -24 * 28 - 10, -24 * 28 + 60).await;
    let minutes = Duration::minutes(432);
    sqlx::query(
        "insert into resources.absence (id, worker_id, from_at, to_at, kind)
         values ($1, $2, $3, $4, 'leave')",
    )
    .bind(Uuid::now_v7())
    .bind(one)
    .bind(yard.now - minutes)
    .bind(yard.now + Duration::hours(50))
    .execute(&mut yard.sql)
    .await
    .unwrap();
    for day in 1..=4 {
        yard.stay(two, -24 * day - 10, -24 * day).await;
    }
    yard.stay(two, -24 * 100, -24 * 100 + 10).await;
    yard.incident("low", -5).await;
    yard.incident("low", -24 * 100).await;
}

fn value<'a>(indicators: &'a Value, name: &str) -> (&'a Value, &'a str) {
    let all = indicators["indicators"].as_array().unwrap();
    let one = all.iter().find(|i| i["indicator"] == name).unwrap();
    (&one["value"], one["level"].as_str().unwrap())
}

#[tokio::test]
async fn indicators_are_those_of_a_hand_made_yard_and_of_no_other_project() {
    let stage = stage().await;
    let manager = manager(&stage);
    let (ours, other) = (project(&manager, "A").await, project(&manager, "B").await);
    let here = site(&manager, ours).await;
    let there = site(&manager, other).await;
    furnish(&mut Yard::of(&stage, ours, here).await).await;
    furnish(&mut Yard::of(&stage, other, there).await).await;
    let today = stage.clock.now().date_naive();
    for (name, days) in [("Passé", -1), ("Du jour", 0), ("À venir", 9)] {
        let due = today + Duration::days(days);
        let body = json!({ "project_id": ours, "name": name, "due_on": due });
        manager.post("/v1/milestones", body).await.expect(201);
    }
    let path = format!("/v1/risk-indicators?project_id={ours}");
    let got = manager.get(&path).await.expect(200);
    assert_eq!(value(&got, "late_tasks"), (&json!(20.0), "warning"));
    assert_eq!(value(&got, "incident_rate"), (&json!(25.0), "breach"));
    assert_eq!(value(&got, "absence_rate"), (&json!(5.0), "ok"));
    assert_eq!(value(&got, "overdue_milestones"), (&json!(1.0), "warning"));
    assert_eq!(value(&got, "unvalidated_tasks"), (&json!(3.0), "ok"));
    assert_eq!(value(&got, "unstaffed_tasks"), (&json!(1.0), "warning"));
    assert_eq!(value(&got, "overdue_items"), (&json!(0.0), "ok"));
    assert_eq!(value(&got, "critical_risks"), (&json!(0.0), "ok"));
    stage.settle().await;
}

#[tokio::test]
async fn a_projects_own_limits_are_set_once_at_a_time_and_change_the_level() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let here = site(&manager, ours).await;
    furnish(&mut Yard::of(&stage, ours, here).await).await;
    let path = format!("/v1/projects/{ours}/risk-thresholds");
    let usual = manager.get(&path).await.expect(200);
    assert_eq!(usual["version"], 0);
    let set = |warning: f64, breach: f64| {
        json!({ "thresholds": [
            { "indicator": "late_tasks", "warning": warning, "breach": breach },
        ] })
    };
    let tries = (0..6).map(|n| {
        let (manager, path, body) = (manager.clone(), path.clone(), set(30.0 + f64::from(n), 40.0));
        tokio::spawn(async move { manager.patch_match(&path, 0, body).await.status.as_u16() })
    });
    let tries: Vec<_> = tries.collect();
    let mut answers = Vec::new();
    for one in tries {
        answers.push(one.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|s| **s == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|s| matches!(s, 200 | 412)), "{answers:?}");
    let read = format!("/v1/risk-indicators?project_id={ours}");
    let got = manager.get(&read).await.expect(200);
    assert_eq!(value(&got, "late_tasks"), (&json!(20.0), "ok"));
    let answer = manager.patch_match(&path, 1, set(2.0, 1.0)).await;
    assert_eq!(answer.pointers(), ["/thresholds/0/breach"]);
    answer.expect(422);
    let answer = manager.patch_match(&path, 1, set(-2.0, 1.0)).await;
    assert_eq!(answer.pointers(), ["/thresholds/0/warning"]);
    answer.expect(422);
    let reset = manager.patch_match(&path, 1, json!({ "thresholds": [] })).await.expect(200);
    assert_eq!(reset["thresholds"], usual["thresholds"]);
    stage.settle().await;
}

#[tokio::test]
async fn the_status_shows_on_one_page_how_the_project_stands() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let path = format!("/v1/projects/{ours}/status");
    let empty = manager.get(&path).await.expect(200);
    assert_eq!(empty["lights"]["schedule"], "grey");
    assert_eq!(empty["progress"], Value::Null);
    let here = site(&manager, ours).await;
    let mut yard = Yard::of(&stage, ours, here).await;
    furnish(&mut yard).await;
    yard.incident("critical", -1).await;
    let due = stage.clock.now().date_naive() - Duration::days(1);
    let body = json!({ "project_id": ours, "name": "Mise sous tension", "due_on": due });
    manager.post("/v1/milestones", body).await.expect(201);
    for (probability, impact) in [(1, 1), (2, 2), (3, 3), (5, 5), (4, 4), (5, 4)] {
        let body = json!({ "project_id": ours, "category": "other", "title": "Aléa",
                           "probability": probability, "impact": impact });
        manager.post("/v1/risks", body).await.expect(201);
    }
    let body = json!({ "project_id": ours, "held_at": "2026-01-05T09:00:00Z" });
    let meeting = manager.post("/v1/steering/meetings", body).await.expect(201)["id"].clone();
    let body =
        json!({ "meeting_id": meeting, "kind": "action", "title": "Relancer", "due_on": due });
    manager.post("/v1/steering/items", body).await.expect(201);
    let body = json!({ "project_id": ours, "indicator": "tasks_in_time", "aim": "at_least",
                       "target": 90.0, "warning": 60.0 });
    manager.post("/v1/steering/kpis", body).await.expect(201);
    let page = manager.get(&path).await.expect(200);
    assert_eq!(
        page["lights"],
        json!({ "schedule": "amber", "scope": "green", "risks": "red", "safety": "red",
                "steering": "amber", "money": "grey" })
    );
    let scores: Vec<_> =
        page["top_risks"].as_array().unwrap().iter().map(|r| &r["score"]).collect();
    assert_eq!(scores, [25, 20, 16, 9, 4]);
    assert_eq!((&page["milestones"][0]["overdue"], &page["code"]), (&json!(true), &json!("A")));
    assert_eq!(page["open_items"][0]["title"], "Relancer");
    assert_eq!(page["kpis"][0]["value"], 75.0);
    assert_eq!(page["kpis"][0]["level"], "warning");
    assert_eq!(page["progress"], 11.11);
    let lead = stage.client(Role::ProjectLead, Scope::Project(ours));
    lead.get(&path).await.expect(200);
    stage.settle().await;
}
