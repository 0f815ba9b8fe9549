//! A firm with one project of two sites, some workers and a skill.

use auth::{Role, Scope};
use kernel::{PhotoId, ProjectId, SiteId, SkillId, WorkerId};
use serde_json::{Value, json};
use testkit::{Answer, Client, Stage};

pub struct World {
    pub stage: Stage,
    pub project: ProjectId,
    pub site: SiteId,
    pub elsewhere: SiteId,
    /// Leads `site`.
    pub lead: Client,
    pub awa: WorkerId,
    pub binta: WorkerId,
    /// Awa's until the end of March 2026; not Binta's.
    pub skill: SkillId,
}

impl World {
    pub async fn new() -> Self {
        let stage = Stage::new(&[planning::module]).await;
        let (project, site, elsewhere) = (ProjectId::new(), SiteId::new(), SiteId::new());
        let (awa, binta, skill) = (WorkerId::new(), WorkerId::new(), SkillId::new());
        let mut sql = stage.sql().await;
        let project_row = "insert into projects.project (id, code, name, status, currency, version)
                           values ($1, $2, 'Fibre Thiès', 'active', 'XOF', 1)";
        sqlx::query(project_row).bind(project).bind("P1").execute(&mut sql).await.unwrap();
        let site_row = "insert into projects.site
                            (id, project_id, name, lat, lon, radius_m, zone, version)
                        values ($1, $2, $3, 14.7, -17.4, 100, $4, 1)";
        for (id, name, zone) in
            [(site, "Poste nord", "Africa/Dakar"), (elsewhere, "Poste sud", "Indian/Reunion")]
        {
            let row = sqlx::query(site_row).bind(id).bind(project).bind(name).bind(zone);
            row.execute(&mut sql).await.unwrap();
        }
        let worker_row = "insert into resources.worker
                              (id, name, active, days, day_starts, day_ends, version)
                          values ($1, $2, true, '{1,2,3,4,5}', '08:00', '17:00', 1)";
        for (id, name) in [(awa, "Awa Ndiaye"), (binta, "Binta Sow")] {
            sqlx::query(worker_row).bind(id).bind(name).execute(&mut sql).await.unwrap();
        }
        let skill_row = "insert into resources.skill (id, code, name_fr, name_en, version)
                         values ($1, 'test-b1v', 'Habilitation B1V', 'B1V licence', 1)";
        sqlx::query(skill_row).bind(skill).execute(&mut sql).await.unwrap();
        let held = "insert into resources.worker_skill (worker_id, skill_id, valid_until)
                    values ($1, $2, '2026-03-31')";
        sqlx::query(held).bind(awa).bind(skill).execute(&mut sql).await.unwrap();
        let lead = stage.client(Role::SiteLead, Scope::Site(site));
        Self { stage, project, site, elsewhere, lead, awa, binta, skill }
    }

    pub fn phone(&self, worker: WorkerId) -> Client {
        self.stage.client(Role::CrewMember, Scope::Own).as_worker(worker)
    }

    pub fn planner(&self) -> Client {
        self.stage.client(Role::ProjectLead, Scope::Project(self.project))
    }

    /// A planned task on 2 March 2026, from one hour to another in UTC, with more values.
    pub async fn task(&self, title: &str, from: u32, to: u32, more: Value) -> Value {
        let mut new = json!({
            "site_id": self.site, "title": title,
            "starts_at": format!("2026-03-02T{from:02}:00:00Z"),
            "ends_at": format!("2026-03-02T{to:02}:00:00Z"),
        });
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.lead.post("/v1/tasks", new).await.expect(201)
    }

    /// A photo that was taken on a site.
    pub async fn photo(&self, site: SiteId) -> PhotoId {
        let id = PhotoId::new();
        let row = "insert into proofs.photo (id, site_id, project_id, created_by, taken_at,
                                             content_type, size, state, created_at)
                   values ($1, $2, $3, $1, now(), 'image/jpeg', 10, 'announced', now())";
        let row = sqlx::query(row).bind(id).bind(site).bind(self.project);
        row.execute(&mut self.stage.sql().await).await.unwrap();
        id
    }

    pub async fn link(&self, first: &Value, then: &Value, more: Value) -> Answer {
        let mut new = json!({"predecessor": first["id"], "successor": then["id"]});
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.lead.post("/v1/dependencies", new).await
    }

    pub async fn assign(&self, task: &Value, workers: &[WorkerId]) -> Answer {
        let version = self.read(task).await["version"].as_i64().unwrap();
        self.lead
            .clone()
            .header("if-match", format!("\"{version}\""))
            .post(&at(task, "/assignments"), json!({"worker_ids": workers}))
            .await
    }

    pub async fn read(&self, task: &Value) -> Value {
        self.lead.get(&at(task, "")).await.expect(200)
    }
}

/// The address of a task, or of something below it.
pub fn at(task: &Value, below: &str) -> String {
    format!("/v1/tasks/{}{below}", task["id"].as_str().unwrap())
}

/// The ids of a list's items.
pub fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap()).collect()
}

/// Takes a step of a task.
pub async fn step(client: &Client, task: &Value, step: &str) -> Answer {
    client.post(&at(task, &format!("/{step}")), json!({})).await
}
