//! The signing keys.

use auth::{Audience, Role, Scope, peek_kid};
use futures::future::join_all;
use kernel::Service;

use super::*;

#[tokio::test]
async fn first_use_makes_one_key_and_rotation_keeps_the_older_verifying() {
    let stage = stage().await;
    super::join(&stage, "a@sahel.example", Role::CrewMember, Scope::Own).await;
    let pairs = join_all((0..4).map(|_| sign_in(&stage, "a@sahel.example"))).await;
    let kid = |pair: &Value| peek_kid(pair["access_token"].as_str().unwrap()).unwrap();
    assert!(pairs.iter().all(|p| kid(p) == kid(&pairs[0])));
    let app = stage.app(Service::Identity);
    let newer =
        identity::rotate_signing_key(app.tenants.control(), &app.vault, &*app.clock).await.unwrap();
    let pair = sign_in(&stage, "a@sahel.example").await;
    assert_eq!(kid(&pair), newer);
    bearer(&stage, &pair, Audience::Tenant).await;
    bearer(&stage, &pairs[0], Audience::Tenant).await;
}

#[tokio::test]
async fn nobody_but_identity_reads_the_private_half_and_the_gateway_reads_the_public_one() {
    let stage = stage().await;
    let mut admin = stage.control_sql().await;
    for (role, table, may) in [
        ("fieldops_identity", "identity.signing_key", true),
        ("fieldops_gateway", "identity.signing_key", false),
        ("fieldops_planning", "identity.signing_key", false),
        ("fieldops_provisioning", "identity.signing_key", false),
        ("fieldops_gateway", "identity.public_key", true),
        ("fieldops_gateway", "identity.revoked_session", true),
        ("fieldops_gateway", "identity.session", false),
        ("fieldops_gateway", "identity.person", false),
    ] {
        let can: bool = sqlx::query_scalar("select has_table_privilege($1, $2, 'select')")
            .bind(role)
            .bind(table)
            .fetch_one(&mut admin)
            .await
            .unwrap();
        assert_eq!(can, may, "{role} {table}");
    }
}
