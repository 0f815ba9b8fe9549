//! What resources promises, over a real PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod availability;
mod certificates;
mod crews;
mod fleet;
mod leave;
mod permissions;
mod skills;
mod workers;

use std::collections::BTreeMap;

use auth::{Role, Scope};
use kernel::{SkillId, UserId, WorkerId};
use serde_json::{Value, json};
use testkit::{Client, Stage};

async fn stage() -> Stage {
    Stage::new(&[resources::module]).await
}

fn lead(stage: &Stage) -> Client {
    stage.client(Role::ProjectLead, Scope::Tenant)
}

/// Posts the same thing until the server has time for it: at its cap of connections it says so.
async fn insist(by: &Client, path: &str, body: &Value) -> u16 {
    let by = by.clone().header("idempotency-key", uuid::Uuid::now_v7().to_string());
    loop {
        match by.post(path, body.clone()).await.status.as_u16() {
            503 => tokio::task::yield_now().await,
            status => return status,
        }
    }
}

/// Posts all of it at once; how often each status was answered.
async fn at_once(
    by: &Client,
    posts: impl IntoIterator<Item = (String, Value)>,
) -> BTreeMap<u16, usize> {
    let post = |(path, body): (String, Value)| {
        let by = by.clone();
        tokio::spawn(async move { insist(&by, &path, &body).await })
    };
    let tries: Vec<_> = posts.into_iter().map(post).collect();
    let mut answers = BTreeMap::new();
    for one in tries {
        *answers.entry(one.await.unwrap()).or_default() += 1;
    }
    answers
}

fn id<T: From<uuid::Uuid>>(thing: &Value) -> T {
    thing["id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap().into()
}

async fn worker(by: &Client, name: &str) -> WorkerId {
    id(&by.post("/v1/workers", json!({ "name": name })).await.expect(201))
}

async fn skill(by: &Client, code: &str) -> SkillId {
    let page = by.get(&format!("/v1/skills?q={code}&limit=200")).await.expect(200);
    let found = page["items"].as_array().unwrap().iter().find(|s| s["code"] == code);
    id(found.unwrap())
}

/// An account, as identity keeps it.
async fn account(stage: &Stage) -> UserId {
    let user = UserId::new();
    sqlx::query(
        "insert into identity.person (id, email, name, status, grants, created_at)
         values ($1, $2, 'Awa Diop', 'invited', '[]', now())",
    )
    .bind(user)
    .bind(format!("{user}@example.org"))
    .execute(&mut stage.sql().await)
    .await
    .unwrap();
    user
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|i| i["id"].as_str().unwrap().to_owned()).collect()
}
