//! What projects promises, over a real PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod budgets;
mod claims;
mod delivery;
mod documents;
mod imports;
mod imports_whole;
mod indicators;
mod input;
mod milestones;
mod money;
mod permissions;
mod risks;
mod sites;
mod status;
mod steering;
mod subcontracts;
mod versions;

use auth::{Role, Scope};
use kernel::{ProjectId, SiteId, UserId};
use serde_json::{Value, json};
use testkit::{Client, Stage};

async fn stage() -> Stage {
    Stage::new(&[projects::module]).await
}

fn manager(stage: &Stage) -> Client {
    stage.client(Role::Manager, Scope::Tenant)
}

fn id<T: From<uuid::Uuid>>(thing: &Value) -> T {
    thing["id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap().into()
}

async fn project(by: &Client, code: &str) -> ProjectId {
    let body = json!({ "code": code, "name": "Réseau HTA des Almadies" });
    id(&by.post("/v1/projects", body).await.expect(201))
}

async fn site(by: &Client, project: ProjectId) -> SiteId {
    let body = json!({
        "project_id": project,
        "name": "Poste Almadies",
        "position": { "lat": 14.745, "lon": -17.52 },
    });
    id(&by.post("/v1/sites", body).await.expect(201))
}

async fn phase(by: &Client, project: ProjectId, name: &str) -> Value {
    by.post("/v1/phases", json!({ "project_id": project, "name": name })).await.expect(201)
}

async fn milestone(by: &Client, project: ProjectId) -> String {
    let body =
        json!({ "project_id": project, "name": "Mise sous tension", "due_on": "2026-06-30" });
    by.post("/v1/milestones", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|i| i["id"].as_str().unwrap().to_owned()).collect()
}
