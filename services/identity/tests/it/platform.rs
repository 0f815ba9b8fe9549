//! The platform's admins.

use auth::Audience;
use kernel::Service;
use serde_json::json;

use super::*;

const EMAIL: &str = "ops@fieldops.example";

async fn with_admin() -> Stage {
    let stage = stage().await;
    let app = stage.app(Service::Identity);
    identity::create_platform_admin(app.tenants.control(), EMAIL, "Ops", PASSWORD, &*app.clock)
        .await
        .unwrap();
    stage
}

async fn sign_in_platform(client: &Client) -> testkit::Answer {
    let body = json!({ "email": "OPS@fieldops.example", "password": PASSWORD });
    client.post("/v1/platform/auth/sign-in", body).await
}

#[tokio::test]
async fn a_platform_admin_signs_in_refreshes_and_signs_out_at_the_platforms_host() {
    let stage = with_admin().await;
    let host = stage.platform_visitor();
    let pair = sign_in_platform(&host).await.expect(200);
    let caller = bearer(&stage, &pair, Audience::Platform).await;
    assert_eq!(caller.grants[0].role, Role::PlatformAdmin);
    let body = json!({ "refresh_token": pair["refresh_token"] });
    let next = host.post("/v1/platform/auth/refresh", body.clone()).await.expect(200);
    let mut admin = host.clone();
    admin.caller = Some(bearer(&stage, &next, Audience::Platform).await);
    admin.post("/v1/platform/auth/sign-out", Value::Null).await.expect(204);
    assert!(revoked(&stage, &next).await);
    let body = json!({ "refresh_token": next["refresh_token"] });
    host.post("/v1/platform/auth/refresh", body).await.expect(401);
    admin.post("/v1/platform/auth/sign-out", Value::Null).await.expect(401);
}

#[tokio::test]
async fn a_replayed_platform_token_ends_its_session() {
    let stage = with_admin().await;
    let host = stage.platform_visitor();
    let first = sign_in_platform(&host).await.expect(200);
    let again = async |pair: &Value| {
        host.post("/v1/platform/auth/refresh", json!({ "refresh_token": pair["refresh_token"] }))
            .await
    };
    let second = again(&first).await.expect(200);
    let third = again(&second).await.expect(200);
    again(&first).await.expect(401);
    again(&third).await.expect(401);
    assert!(revoked(&stage, &first).await);
}

#[tokio::test]
async fn the_platforms_door_is_not_at_a_firms_host_nor_the_other_way_round() {
    let stage = with_admin().await;
    sign_in_platform(&stage.visitor()).await.expect(404);
    try_sign_in(&stage.visitor(), EMAIL, PASSWORD).await.expect(401);
    try_sign_in(&stage.platform_visitor(), EMAIL, PASSWORD).await.expect(404);
    super::join(&stage, "chef@sahel.example", Role::TenantAdmin, Scope::Tenant).await;
    let body = json!({ "email": "chef@sahel.example", "password": PASSWORD });
    stage.platform_visitor().post("/v1/platform/auth/sign-in", body).await.expect(401);
}

#[tokio::test]
async fn weak_passwords_and_second_accounts_are_refused() {
    let stage = with_admin().await;
    let app = stage.app(Service::Identity);
    let make = async |email: &str, password: &str| {
        identity::create_platform_admin(app.tenants.control(), email, "Ops", password, &*app.clock)
            .await
    };
    assert!(matches!(make("b@x.example", "court").await, Err(identity::Error::Password(_))));
    let taken = make("Ops@Fieldops.Example", PASSWORD).await;
    assert!(matches!(taken, Err(identity::Error::EmailTaken)));
}
