//! Inviting and accepting.

use auth::{Role, Scope};
use chrono::Duration;
use futures::future::join_all;
use kernel::{InvitationId, UserId};
use serde_json::json;
use web::{FoundAdmin, Invitee};

use super::*;

#[tokio::test]
async fn an_invitation_is_accepted_once_even_by_many_at_once() {
    let stage = stage().await;
    let crew = grants(Role::CrewMember, Scope::Own);
    let token = invite(&stage, &stage.tenant, "a@sahel.example", crew).await;
    let visitor = stage.visitor();
    let answers = join_all((0..8).map(|_| accept(&visitor, &token))).await;
    assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 1);
    assert!(answers.iter().all(|a| a.status == 200 || a.status == 422));
    accept(&visitor, &token).await.expect(422);
    sign_in(&stage, "a@sahel.example").await;
    stage.settle().await;
}

#[tokio::test]
async fn an_edited_an_expired_and_a_revoked_invitation_are_refused() {
    let stage = stage().await;
    let visitor = stage.visitor();
    let crew = || grants(Role::CrewMember, Scope::Own);
    let token = invite(&stage, &stage.tenant, "a@sahel.example", crew()).await;
    let mut edited = token.clone().into_bytes();
    edited[10] = if edited[10] == b'A' { b'B' } else { b'A' };
    let answer = accept(&visitor, &String::from_utf8(edited).unwrap()).await;
    assert_eq!(answer.pointers(), ["/token"]);
    answer.expect(422);
    stage.clock.advance(Duration::days(7) + Duration::minutes(1));
    accept(&visitor, &token).await.expect(422);

    let admin = stage.client(Role::TenantAdmin, Scope::Tenant);
    let page = admin.get("/v1/invitations").await.expect(200);
    let path = format!("/v1/invitations/{}", page["items"][0]["id"].as_str().unwrap());
    let anew = admin.post(&format!("{path}/reissue"), Value::Null).await.expect(201);
    accept(&visitor, &token).await.expect(422);
    admin.delete(&path).await.expect(204);
    let anew = anew["token"].as_str().unwrap();
    accept(&visitor, anew).await.expect(422);
    let last = admin.post(&format!("{path}/reissue"), Value::Null).await.expect(201);
    accept(&visitor, last["token"].as_str().unwrap()).await.expect(200);
    admin.post(&format!("{path}/reissue"), Value::Null).await.expect(409);
    admin.delete(&path).await.expect(409);
}

#[tokio::test]
async fn the_secret_is_answered_once_and_stored_nowhere() {
    let stage = stage().await;
    let admin =
        stage.client(Role::TenantAdmin, Scope::Tenant).header("idempotency-key", "invite-1");
    let body = json!({ "email": "a@sahel.example", "name": "Awa", "grants": grants(Role::CrewMember, Scope::Own) });
    let first = admin.post("/v1/invitations", body.clone()).await.expect(201);
    let token = first["token"].as_str().unwrap();
    assert_eq!(first["link"], format!("/accept-invitation#token={token}"));
    let again = admin.post("/v1/invitations", body).await;
    assert!(!String::from_utf8_lossy(&again.bytes).contains(token));
    again.expect(409);
    let dump: String = sqlx::query_scalar(
        "select (select string_agg(i::text, '') from identity.invitation i)
             || (select string_agg(o::text, '') from core.outbox o)
             || (select string_agg(d::text, '') from core.audit_detail d)
             || (select string_agg(convert_from(k.body, 'UTF8'), '') from core.idempotency_key k)",
    )
    .fetch_one(&mut stage.sql().await)
    .await
    .unwrap();
    assert!(!dump.contains(token));
}

#[tokio::test]
async fn only_admins_invite() {
    let stage = stage().await;
    let body = json!({ "email": "a@sahel.example", "name": "Awa", "grants": grants(Role::CrewMember, Scope::Own) });
    for role in [Role::Manager, Role::ProjectLead, Role::SiteLead, Role::CrewMember] {
        let client = stage.client(role, Scope::Tenant);
        client.post("/v1/invitations", body.clone()).await.expect(403);
        client.get("/v1/invitations").await.expect(403);
    }
    stage.visitor().post("/v1/invitations", body).await.expect(401);
}

#[tokio::test]
async fn nobody_is_invited_as_platform_admin_nor_where_nothing_is() {
    let stage = stage().await;
    let admin = stage.client(Role::TenantAdmin, Scope::Tenant);
    for (grants, pointer) in [
        (grants(Role::PlatformAdmin, Scope::Tenant), "/grants/0"),
        (grants(Role::TenantAdmin, Scope::Own), "/grants/0"),
        (grants(Role::SiteLead, Scope::Site(kernel::SiteId::new())), "/grants/0/scope/id"),
        (json!([]), "/grants"),
    ] {
        let body = json!({ "email": "a@sahel.example", "name": "Awa", "grants": grants });
        let answer = admin.post("/v1/invitations", body).await;
        assert_eq!(answer.pointers(), [pointer], "{}", answer.json);
        answer.expect(422);
    }
}

#[tokio::test]
async fn bad_input_is_named_and_an_email_is_invited_once() {
    let stage = stage().await;
    let admin = stage.client(Role::TenantAdmin, Scope::Tenant);
    let good = json!({ "email": "A@sahel.example", "name": "Awa", "grants": grants(Role::CrewMember, Scope::Own) });
    for (field, value, pointer) in [
        ("email", json!("no address"), "/email"),
        ("email", json!(7), "/email"),
        ("name", json!("   "), "/name"),
        ("name", json!("x".repeat(201)), "/name"),
        ("admin", json!(true), "/admin"),
        ("grants", json!([{ "role": "king", "scope": { "kind": "tenant" } }]), "/grants/0/role"),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = admin.post("/v1/invitations", body).await;
        assert_eq!(answer.pointers(), [pointer]);
        answer.expect(422);
    }
    let mut odd = good.clone();
    odd["grants"][0]["scope"]["until"] = json!("tomorrow");
    admin.post("/v1/invitations", odd).await.expect(422);
    admin.post("/v1/invitations", good.clone()).await.expect(201);
    let mut same = good;
    same["email"] = json!("a@SAHEL.example");
    let answer = admin.post("/v1/invitations", same).await.expect(409);
    assert_eq!(answer["type"], "urn:fieldops360:problem:email-taken");
}

#[tokio::test]
async fn a_weak_password_leaves_the_invitation_as_it_is() {
    let stage = stage().await;
    let crew = grants(Role::CrewMember, Scope::Own);
    let token = invite(&stage, &stage.tenant, "a@sahel.example", crew).await;
    for weak in ["court", "motdepasse123", "aaaaaaaaaaaaaa"] {
        let body = json!({ "token": token, "password": weak });
        let answer = stage.visitor().post("/v1/auth/accept-invitation", body).await;
        assert_eq!(answer.pointers(), ["/password"]);
        answer.expect(422);
    }
    accept(&stage.visitor(), &token).await.expect(200);
}

/// As provisioning is given it.
const FOUND: FoundAdmin = identity::found_admin;

#[tokio::test]
async fn founding_twice_makes_one_admin_who_can_invite() {
    use sha2::Digest;
    let stage = stage().await;
    let invitee = Invitee {
        user: UserId::new(),
        invitation: InvitationId::new(),
        email: "Chef@Sahel.example".to_owned(),
        name: "Fatou Diop".to_owned(),
        token_hash: sha2::Sha256::digest(b"the secret").into(),
        now: stage.clock.now(),
    };
    let tenants = &stage.app(kernel::Service::Identity).tenants;
    for _ in 0..2 {
        FOUND(&mut tenants.conn(stage.tenant.id).await.unwrap(), &invitee).await.unwrap();
    }
    accept(&stage.visitor(), "the secret").await.expect(200);
    FOUND(&mut tenants.conn(stage.tenant.id).await.unwrap(), &invitee).await.unwrap();
    accept(&stage.visitor(), "the secret").await.expect(422);
    let pair = sign_in(&stage, "chef@sahel.example").await;
    let admin = with_token(&stage, &pair).await;
    let body = json!({ "email": "a@sahel.example", "name": "Awa", "grants": grants(Role::Manager, Scope::Tenant) });
    admin.post("/v1/invitations", body).await.expect(201);
    assert_eq!(admin.get("/v1/users").await.expect(200)["items"].as_array().unwrap().len(), 2);
}
