//! Reading users, changing their grants, disabling them.

use auth::{Role, Scope};
use futures::future::join;
use serde_json::json;

use super::*;

fn path(user: &Value) -> String {
    format!("/v1/users/{}", user["id"].as_str().unwrap())
}

async fn signed_in_admin(stage: &Stage, email: &str) -> (Value, Client) {
    let user = super::join(stage, email, Role::TenantAdmin, Scope::Tenant).await;
    let pair = sign_in(stage, email).await;
    (user, with_token(stage, &pair).await)
}

#[tokio::test]
async fn changed_grants_end_the_users_sessions_and_hold_from_the_next_sign_in() {
    let stage = stage().await;
    let user = super::join(&stage, "a@sahel.example", Role::Manager, Scope::Tenant).await;
    let pair = sign_in(&stage, "a@sahel.example").await;
    let (_, admin) = signed_in_admin(&stage, "chef@sahel.example").await;
    let read = admin.get(&path(&user)).await;
    let version = read.version();
    let patch = json!({ "grants": grants(Role::CrewMember, Scope::Own) });
    let changed = admin.patch_match(&path(&user), version, patch.clone()).await.expect(200);
    assert_eq!(changed["grants"], grants(Role::CrewMember, Scope::Own));
    refresh(&stage.visitor(), &pair).await.expect(401);
    assert!(revoked(&stage, &pair).await);
    let pair = sign_in(&stage, "a@sahel.example").await;
    assert_eq!(with_token(&stage, &pair).await.caller.unwrap().grants[0].role, Role::CrewMember);
    let late = admin.patch_match(&path(&user), version, patch).await;
    assert_eq!(late.json["current"]["version"], changed["version"]);
    late.expect(412);
    stage.settle().await;
}

#[tokio::test]
async fn a_disabled_user_is_out_everywhere_until_invited_anew() {
    let stage = stage().await;
    let user = super::join(&stage, "a@sahel.example", Role::CrewMember, Scope::Own).await;
    let pair = sign_in(&stage, "a@sahel.example").await;
    let admin = stage.client(Role::TenantAdmin, Scope::Tenant);
    let path = path(&user);
    let out = admin.post(&format!("{path}/disable"), Value::Null).await.expect(200);
    assert_eq!(out["status"], "disabled");
    refresh(&stage.visitor(), &pair).await.expect(401);
    assert!(revoked(&stage, &pair).await);
    try_sign_in(&stage.visitor(), "a@sahel.example", PASSWORD).await.expect(401);

    let page = admin.get("/v1/invitations").await.expect(200);
    let id = page["items"][0]["id"].as_str().unwrap();
    let anew = admin.post(&format!("/v1/invitations/{id}/reissue"), Value::Null).await.expect(201);
    try_sign_in(&stage.visitor(), "a@sahel.example", PASSWORD).await.expect(401);
    accept(&stage.visitor(), anew["token"].as_str().unwrap()).await.expect(200);
    sign_in(&stage, "a@sahel.example").await;
    assert_eq!(
        acts(&stage).await,
        [
            "user.invited",
            "user.joined",
            "user.signed_in",
            "user.disabled",
            "user.invited",
            "user.joined",
            "user.signed_in"
        ]
    );
}

#[tokio::test]
async fn the_last_admin_stays_even_if_two_remove_each_other_at_once() {
    let stage = stage().await;
    let (a, as_a) = signed_in_admin(&stage, "a@sahel.example").await;
    let less = json!({ "grants": grants(Role::Manager, Scope::Tenant) });
    as_a.post(&format!("{}/disable", path(&a)), Value::Null).await.expect(409);
    as_a.patch_match(&path(&a), 2, less).await.expect(409);
    let (b, as_b) = signed_in_admin(&stage, "b@sahel.example").await;
    let (path_a, path_b) = (format!("{}/disable", path(&a)), format!("{}/disable", path(&b)));
    let (one, other) = join(as_a.post(&path_b, Value::Null), as_b.post(&path_a, Value::Null)).await;
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test]
async fn roles_read_users_as_the_table_says_and_only_admins_change_them() {
    let stage = stage().await;
    let user = super::join(&stage, "a@sahel.example", Role::CrewMember, Scope::Own).await;
    let patch = json!({ "grants": grants(Role::SiteLead, Scope::Tenant) });
    for (role, list, read, change) in [
        (Role::Manager, 200, 200, 403),
        (Role::ProjectLead, 200, 200, 403),
        (Role::SiteLead, 403, 404, 404),
        (Role::CrewMember, 403, 404, 404),
    ] {
        let client = stage.client(role, Scope::Tenant);
        client.get("/v1/users").await.expect(list);
        client.get(&path(&user)).await.expect(read);
        client.patch_match(&path(&user), 2, patch.clone()).await.expect(change);
        client.post(&format!("{}/disable", path(&user)), Value::Null).await.expect(change);
    }
    let admin = stage.client(Role::TenantAdmin, Scope::Tenant);
    admin.call(http::Method::PATCH, &path(&user), Some(patch.clone())).await.expect(428);
    let platform = json!({ "grants": grants(Role::PlatformAdmin, Scope::Tenant) });
    admin.patch_match(&path(&user), 2, platform).await.expect(422);
    admin.patch_match(&path(&user), 2, patch).await.expect(200);
    admin.get("/v1/users/nonsense").await.expect(404);
    admin.get("/v1/users?limit=0").await.expect(422);
}

#[tokio::test]
async fn another_firms_admin_finds_nobody() {
    let stage = stage().await;
    let user = super::join(&stage, "a@sahel.example", Role::CrewMember, Scope::Own).await;
    let other = stage.another_tenant().await;
    let there = stage.client_at(&other, Role::TenantAdmin, Scope::Tenant);
    there.get(&path(&user)).await.expect(404);
    there.post(&format!("{}/disable", path(&user)), Value::Null).await.expect(404);
    assert_eq!(there.get("/v1/users").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn pages_follow_each_other() {
    let stage = stage().await;
    for n in 0..5 {
        let email = format!("a{n}@sahel.example");
        invite(&stage, &stage.tenant, &email, grants(Role::CrewMember, Scope::Own)).await;
    }
    let manager = stage.client(Role::Manager, Scope::Tenant);
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let page = manager.get(&format!("/v1/users?limit=2{next}")).await.expect(200);
        let items = page["items"].as_array().unwrap().clone();
        seen.extend(items.iter().map(|u| u["email"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next"].as_str() else { break };
        next = format!("&cursor={cursor}");
    }
    assert_eq!(seen, (0..5).map(|n| format!("a{n}@sahel.example")).collect::<Vec<_>>());
}
