//! Identity as its clients and its attackers use it, on a real PostgreSQL server.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod invitations;
mod keys;
mod platform;
mod sessions;
mod users;

use auth::{Audience, Caller, KeySet, PublicKey, Role, Scope, verify_access};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Clock;
use serde_json::{Value, json};
use testkit::{Client, Stage, Tenant};
use uuid::Uuid;

const PASSWORD: &str = "poteau béton 9 mètres";

async fn stage() -> Stage {
    Stage::new(&[identity::module as fn() -> web::Module]).await
}

/// The keys as anybody may read them.
async fn keys(stage: &Stage) -> KeySet {
    let set = stage.visitor().get("/.well-known/jwks.json").await.expect(200);
    let keys = set["keys"].as_array().unwrap();
    keys.iter()
        .map(|key| PublicKey {
            kid: key["kid"].as_str().unwrap().to_owned(),
            bytes: URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap().try_into().unwrap(),
        })
        .collect()
}

/// Who the access token of an answer says its bearer is, once verified as the gateway does.
async fn bearer(stage: &Stage, pair: &Value, audience: Audience) -> Caller {
    let token = pair["access_token"].as_str().unwrap();
    verify_access(&keys(stage).await, token, audience, stage.clock.now()).unwrap().caller
}

/// A client that carries the access token of this answer.
async fn with_token(stage: &Stage, pair: &Value) -> Client {
    let mut client = stage.visitor();
    client.caller = Some(bearer(stage, pair, Audience::Tenant).await);
    client
}

fn grants(role: Role, scope: Scope) -> Value {
    json!([{ "role": role, "scope": scope }])
}

/// Invites a person as an admin does; answers the secret.
async fn invite(stage: &Stage, tenant: &Tenant, email: &str, grants: Value) -> String {
    let admin = stage.client_at(tenant, Role::TenantAdmin, Scope::Tenant);
    let body = json!({ "email": email, "name": "Awa Ndiaye", "grants": grants });
    let issued = admin.post("/v1/invitations", body).await.expect(201);
    issued["token"].as_str().unwrap().to_owned()
}

async fn accept(client: &Client, token: &str) -> testkit::Answer {
    client.post("/v1/auth/accept-invitation", json!({ "token": token, "password": PASSWORD })).await
}

/// Makes a user who can sign in; answers the user.
async fn join(stage: &Stage, email: &str, role: Role, scope: Scope) -> Value {
    let token = invite(stage, &stage.tenant, email, grants(role, scope)).await;
    accept(&stage.visitor(), &token).await.expect(200)
}

async fn try_sign_in(client: &Client, email: &str, password: &str) -> testkit::Answer {
    client.post("/v1/auth/sign-in", json!({ "email": email, "password": password })).await
}

async fn sign_in(stage: &Stage, email: &str) -> Value {
    try_sign_in(&stage.visitor(), email, PASSWORD).await.expect(200)
}

async fn refresh(client: &Client, pair: &Value) -> testkit::Answer {
    let token = &pair["refresh_token"];
    client.post("/v1/auth/refresh", json!({ "refresh_token": token })).await
}

/// Whether the gateways are told to refuse this session's access tokens.
async fn revoked(stage: &Stage, pair: &Value) -> bool {
    let session: Uuid = pair["session_id"].as_str().unwrap().parse().unwrap();
    sqlx::query_scalar("select exists(select from identity.revoked_session where session_id = $1)")
        .bind(session)
        .fetch_one(&mut stage.control_sql().await)
        .await
        .unwrap()
}

/// The acts in the audit trail, in order.
async fn acts(stage: &Stage) -> Vec<String> {
    sqlx::query_scalar("select action from core.audit_entry order by id")
        .fetch_all(&mut stage.sql().await)
        .await
        .unwrap()
}
