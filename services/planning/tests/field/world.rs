//! A firm with one project, two sites and three workers.

use std::time::{Duration, Instant};

use auth::{Role, Scope};
use chrono::{TimeDelta, Utc};
use contracts::{Envelope, Event};
use kernel::{Clock, EventId, ProjectId, RequestId, Service, SiteId, TaskId, WorkerId};
use serde_json::{Value, json};
use testkit::{Client, Stage};

/// The sites' circles lie around here.
pub const CENTRE: (f64, f64) = (14.7, -17.4);

pub struct World {
    pub stage: Stage,
    pub project: ProjectId,
    /// Where the lead leads.
    pub site: SiteId,
    /// Where somebody else does.
    pub elsewhere: SiteId,
    /// Leads `site`.
    pub lead: Client,
    pub awa: WorkerId,
    pub binta: WorkerId,
}

impl World {
    pub async fn new() -> Self {
        Self::on(Stage::new(&[planning::module]).await).await
    }

    pub async fn on(stage: Stage) -> Self {
        let (project, site, elsewhere) = (ProjectId::new(), SiteId::new(), SiteId::new());
        let (awa, binta) = (WorkerId::new(), WorkerId::new());
        let mut sql = stage.sql().await;
        sqlx::query(
            "insert into projects.project (id, code, name, status, currency, version)
             values ($1, 'P1', 'Fibre Thiès', 'active', 'XOF', 1)",
        )
        .bind(project)
        .execute(&mut sql)
        .await
        .unwrap();
        for (id, name) in [(site, "Poste nord"), (elsewhere, "Poste sud")] {
            sqlx::query(
                "insert into projects.site
                     (id, project_id, name, client_name, lat, lon, radius_m, zone, version)
                 values ($1, $2, $3, 'Senelec', $4, $5, 100, 'Africa/Dakar', 1)",
            )
            .bind(id)
            .bind(project)
            .bind(name)
            .bind(CENTRE.0)
            .bind(CENTRE.1)
            .execute(&mut sql)
            .await
            .unwrap();
        }
        for (id, name) in [(awa, "Awa Ndiaye"), (binta, "Binta Sow")] {
            sqlx::query(
                "insert into resources.worker
                     (id, name, active, days, day_starts, day_ends, version)
                 values ($1, $2, true, '{1,2,3,4,5,6,7}', '00:00', '23:59', 1)",
            )
            .bind(id)
            .bind(name)
            .execute(&mut sql)
            .await
            .unwrap();
        }
        let lead = stage.client(Role::SiteLead, Scope::Site(site));
        Self { stage, project, site, elsewhere, lead, awa, binta }
    }

    /// The phone of a worker.
    pub fn phone(&self, worker: WorkerId) -> Client {
        self.stage.client(Role::CrewMember, Scope::Own).as_worker(worker)
    }

    /// The present time, moved by so many minutes.
    pub fn minutes(&self, minutes: i64) -> chrono::DateTime<Utc> {
        self.stage.clock.now() + TimeDelta::minutes(minutes)
    }

    /// A task of one hour that begins in so many hours, with these workers.
    pub async fn task(&self, title: &str, in_hours: i64, workers: &[WorkerId]) -> TaskId {
        let new = json!({
            "site_id": self.site, "title": title, "duration_min": 60,
            "starts_at": self.minutes(60 * in_hours),
        });
        let task = self.lead.post("/v1/tasks", new).await.expect(201);
        let id: TaskId = task["id"].as_str().unwrap().parse().unwrap();
        if !workers.is_empty() {
            self.assign(id, workers).await;
        }
        id
    }

    /// Sets who is on a task.
    pub async fn assign(&self, task: TaskId, workers: &[WorkerId]) {
        let version = self.lead.get(&format!("/v1/tasks/{task}")).await.version();
        self.lead
            .clone()
            .header("if-match", format!("\"{version}\""))
            .post(
                &format!("/v1/tasks/{task}/assignments"),
                json!({
                    "worker_ids": workers,
                    "override": {"rules": ["outside_hours"], "reason": "À toute heure"},
                }),
            )
            .await
            .expect(200);
    }

    /// Tells what another service would tell.
    pub async fn tell<E: Event>(&self, news: &E) {
        let subject = news.subject();
        let envelope = Envelope {
            id: EventId::new(),
            tenant: self.stage.tenant.id,
            kind: E::TYPE.to_owned(),
            action: news.action().to_owned(),
            entity: subject.entity.to_owned(),
            entity_id: subject.id,
            entity_version: subject.version,
            actor: None,
            device_at: None,
            at: self.minutes(0),
            request_id: RequestId::new(),
            trace: None,
            payload: serde_json::to_value(news).unwrap(),
        };
        events::store(&mut self.stage.sql().await, &[envelope]).await.unwrap();
        self.stage.app(Service::Planning).outbox.wake(self.stage.tenant.id);
    }

    /// Sets the tenant's epoch anew, as a restore does.
    pub async fn restored(&self) {
        let mut control = self.stage.ground.sql().await;
        sqlx::query("update tenancy.tenant set epoch = $1 where id = $2")
            .bind(uuid::Uuid::now_v7())
            .bind(self.stage.tenant.id)
            .execute(&mut control)
            .await
            .unwrap();
        self.stage.app(Service::Planning).tenants.directory.forget();
    }
}

/// What a phone holds, kept up to date as the description of the pull says.
pub struct Phone {
    pub client: Client,
    /// Tasks, stays and incidents.
    pub held: std::collections::BTreeMap<String, Value>,
    /// Sites and documents.
    pub places: std::collections::BTreeMap<String, Value>,
    pub cursor: Option<String>,
    pub limit: u32,
    /// How many tasks, stays and incidents came, or went, with the last pull.
    pub came: usize,
    pub resets: usize,
}

impl Phone {
    pub fn new(client: Client) -> Self {
        let held = std::collections::BTreeMap::new();
        let places = std::collections::BTreeMap::new();
        Self { client, held, places, cursor: None, limit: 2, came: 0, resets: 0 }
    }

    /// Pulls until nothing more waits.
    pub async fn pull(&mut self) {
        self.came = 0;
        while self.page().await {}
    }

    /// Pulls one page; whether more waits.
    pub async fn page(&mut self) -> bool {
        let limit = self.limit;
        let path = match &self.cursor {
            Some(cursor) => format!("/v1/field/changes?limit={limit}&since={cursor}"),
            None => format!("/v1/field/changes?limit={limit}"),
        };
        let news = self.client.get(&path).await.expect(200);
        if news["reset"] == true {
            self.held.clear();
            self.places.clear();
            self.resets += 1;
        }
        for (kind, id) in [("tasks", "/task/id"), ("time_entries", "/id"), ("incidents", "/id")] {
            for thing in news[kind].as_array().unwrap() {
                let id = thing.pointer(id).unwrap().as_str().unwrap();
                self.held.insert(id.to_owned(), thing.clone());
                self.came += 1;
            }
        }
        for kind in ["sites", "documents"] {
            for thing in news[kind].as_array().unwrap() {
                self.places.insert(thing["id"].as_str().unwrap().to_owned(), thing.clone());
            }
        }
        for gone in news["gone"].as_array().unwrap() {
            let id = gone["id"].as_str().unwrap();
            if matches!(gone["kind"].as_str(), Some("site" | "document")) {
                self.places.remove(id);
            } else {
                self.held.remove(id);
                self.came += 1;
            }
        }
        self.cursor = Some(news["next"].as_str().unwrap().to_owned());
        news["more"] == true
    }

    /// Pulls until `seen` is so. News waits for the oldest writer anywhere on the server, and
    /// other tests hold theirs open on purpose, hence the patience.
    pub async fn until(&mut self, what: &str, seen: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(90);
        loop {
            self.pull().await;
            if seen(self) {
                return;
            }
            assert!(Instant::now() < deadline, "waited in vain for: {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn holds(&self, id: impl ToString) -> bool {
        self.held.contains_key(&id.to_string())
    }

    /// The names of the sites and documents it holds.
    pub fn place_names(&self) -> Vec<&str> {
        let mut names: Vec<_> =
            self.places.values().map(|place| place["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        names
    }
}
