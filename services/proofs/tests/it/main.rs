//! What proofs promises, over a real PostgreSQL and a real blob store.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod audit;
mod forget;
mod photos;
mod signatures;
mod uploads;

use auth::{Role, Scope};
use http::Method;
use kernel::{PhotoId, ProjectId, SiteId, TaskId, WorkerId};
use serde_json::{Value, json};
use testkit::{Answer, Client, Stage};

/// A firm with a project, two sites, a task on the first and a worker on the task, who is clocked in.
struct Firm {
    stage: Stage,
    project: ProjectId,
    site: SiteId,
    other_site: SiteId,
    task: TaskId,
    worker: WorkerId,
}

impl Firm {
    async fn new() -> Self {
        let firm = Self {
            stage: Stage::new(&[proofs::module]).await,
            project: ProjectId::new(),
            site: SiteId::new(),
            other_site: SiteId::new(),
            task: TaskId::new(),
            worker: WorkerId::new(),
        };
        let mut sql = firm.stage.sql().await;
        let statements = format!(
            "insert into projects.project (id, code, name, status, currency, version)
                 values ('{project}', 'P-001', 'Réseau HTA de l’été', 'active', 'XOF', 1);
             insert into projects.site (id, project_id, name, lat, lon, radius_m, zone, version)
                 values ('{site}', '{project}', 'Poste Médina', 14.7, -17.4, 100, 'Africa/Dakar', 1),
                        ('{other}', '{project}', 'Poste Yoff', 14.8, -17.5, 100, 'Africa/Dakar', 1);
             insert into planning.task (id, site_id, project_id, title, description, priority,
                                        workers_needed, starts_at, ends_at, duration_min, status)
                 values ('{task}', '{site}', '{project}', 'Tirage du câble', '', 'normal', 1,
                         '2026-03-02T08:00Z', '2026-03-02T12:00Z', 240, 'in_progress');
             insert into resources.worker (id, name, active, days, day_starts, day_ends, version)
                 values ('{worker}', 'Aïssatou N’Diaye', true, '{{1,2,3,4,5}}', '08:00', '17:00', 1);
             insert into planning.assignment (id, task_id, worker_id, during)
                 values (gen_random_uuid(), '{task}', '{worker}',
                         '[2026-03-02T08:00Z,2026-03-02T12:00Z)');
             insert into planning.time_entry (id, worker_id, site_id, project_id, in_at, clock_in)
                 values (gen_random_uuid(), '{worker}', '{site}', '{project}',
                         '2026-03-02T07:30Z', '{{}}');",
            project = firm.project,
            site = firm.site,
            other = firm.other_site,
            task = firm.task,
            worker = firm.worker,
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut sql).await.unwrap();
        firm
    }

    fn crew(&self) -> Client {
        self.stage.client(Role::CrewMember, Scope::Own).as_worker(self.worker)
    }

    /// Somebody else who is on the task.
    async fn mate(&self) -> Client {
        let mate = WorkerId::new();
        let mut sql = self.stage.sql().await;
        let worker = "insert into resources.worker (id, name, active, days, day_starts, day_ends,
                                                    version)
                      values ($1, 'Ousmane Ba', true, '{1,2,3,4,5}', '08:00', '17:00', 1)";
        sqlx::query(worker).bind(mate).execute(&mut sql).await.unwrap();
        let on_it = "insert into planning.assignment (id, task_id, worker_id, during)
                     values (gen_random_uuid(), $1, $2, '[2026-03-02T08:00Z,2026-03-02T12:00Z)')";
        sqlx::query(on_it).bind(self.task).bind(mate).execute(&mut sql).await.unwrap();
        self.stage.client(Role::CrewMember, Scope::Own).as_worker(mate)
    }

    fn manager(&self) -> Client {
        self.stage.client(Role::Manager, Scope::Tenant)
    }

    fn new_photo(&self, bytes: &[u8]) -> Value {
        json!({
            "id": PhotoId::new(),
            "task_id": self.task,
            "site_id": self.site,
            "taken_at": "2026-03-02T09:41:07Z",
            "position": { "lat": 14.7001, "lon": -17.4002, "accuracy_m": 12.0 },
            "size": bytes.len(),
            "content_type": "image/jpeg",
            "caption": "Câble posé",
        })
    }

    /// Announces a photo and sends its bytes.
    async fn photo(&self, by: &Client, bytes: &[u8]) -> String {
        let id = announce(by, self.new_photo(bytes)).await;
        begin(by, &id, bytes.len()).await.status_is(201);
        piece(by, &id, 0, bytes).await.status_is(204);
        id
    }

    /// The photo's record once its picture is made, or cannot be.
    async fn developed(&self, by: &Client, id: &str) -> Value {
        testkit::eventually("the photo is developed", async || {
            let photo = by.get(&format!("/v1/photos/{id}")).await.expect(200);
            let state = photo["state"].as_str().unwrap().to_owned();
            (state == "ready" || state == "unreadable").then_some(photo)
        })
        .await
    }
}

trait StatusIs {
    fn status_is(&self, status: u16);
}

impl StatusIs for Answer {
    #[track_caller]
    fn status_is(&self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
    }
}

async fn announce(by: &Client, photo: Value) -> String {
    by.post("/v1/photos", photo).await.expect(201)["id"].as_str().unwrap().to_owned()
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn tus(by: &Client) -> Client {
    by.clone().header("tus-resumable", "1.0.0")
}

async fn begin(by: &Client, photo: &str, length: usize) -> Answer {
    begin_with(by, &format!("photo_id {}", base64(photo)), length).await
}

async fn begin_with(by: &Client, metadata: &str, length: usize) -> Answer {
    tus(by)
        .header("upload-length", length.to_string())
        .header("upload-metadata", metadata)
        .call(Method::POST, "/v1/uploads", None)
        .await
}

async fn piece(by: &Client, photo: &str, offset: usize, bytes: &[u8]) -> Answer {
    tus(by)
        .header("upload-offset", offset.to_string())
        .raw(
            Method::PATCH,
            &format!("/v1/uploads/{photo}"),
            Some(("application/offset+octet-stream", bytes.to_vec())),
        )
        .await
}

async fn offset(by: &Client, photo: &str) -> Answer {
    tus(by).call(Method::HEAD, &format!("/v1/uploads/{photo}"), None).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |v| v.to_str().unwrap())
}
