//! Who is believed to be signed in.

use auth::{KeyPair, mint_access, mint_internal};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::{Clock, Service, TenantId};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

use crate::rig::{Plan, Rig, Shape, json_of, person, problem};

/// The claims of a good token, to be spoilt.
fn claims(token: &str) -> Value {
    jsonwebtoken::dangerous::insecure_decode_claims(token).unwrap()
}

/// Signs anything, as only a thief of the key could.
fn sign(key: &KeyPair, typ: &str, claims: &Value) -> String {
    let der = SigningKey::from_bytes(&key.secret_bytes()).to_pkcs8_der().unwrap();
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(typ.to_owned());
    header.kid = Some(key.kid.clone());
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(der.as_bytes())).unwrap()
}

fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    claims[name] = value;
    claims
}

/// The same claims under HMAC with the public key as its secret.
fn hs256(key: &KeyPair, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(key.kid.clone());
    let secret = EncodingKey::from_secret(&key.public().bytes);
    jsonwebtoken::encode(&header, claims, &secret).unwrap()
}

#[tokio::test]
async fn every_token_but_a_good_one_gets_the_same_401() {
    let rig = Rig::new(Plan::of(Shape::Local)).await;
    let tenant = rig.stage.tenant.id;
    let other = rig.stage.another_tenant().await;
    let (key, now) = (&rig.signer, rig.stage.clock.now());
    let good = rig.somebody();
    let facts = claims(&good);
    let stranger = KeyPair::from_secret(key.kid.clone(), &[7; 32]).unwrap();
    let mut unsigned = good.rsplit_once('.').unwrap().0.to_owned();
    unsigned.push('.');
    let mut bitten = good.clone();
    bitten.replace_range(
        good.len() - 9..good.len() - 8,
        if &good[good.len() - 9..good.len() - 8] == "A" { "B" } else { "A" },
    );
    let past = now - chrono::Duration::seconds(auth::ACCESS_TTL_SECS + 1);

    assert_eq!(sign(key, "at+jwt", &facts).split('.').count(), 3);
    json_of(rig.get("/v1/tasks").bearer_auth(sign(key, "at+jwt", &facts)), 200).await;
    let bad = [
        ("another tenant's", rig.token(other.id, person())),
        ("of a tenant that is none", rig.token(TenantId::new(), person())),
        ("expired", mint_access(key, Some(tenant), person(), past).unwrap()),
        ("for the platform", mint_access(key, None, person(), now).unwrap()),
        ("for another audience", sign(key, "at+jwt", &with(&facts, "aud", json!("other")))),
        ("for the platform at a tenant", {
            sign(key, "at+jwt", &with(&facts, "aud", json!("fieldops-platform")))
        }),
        (
            "of another issuer",
            sign(key, "at+jwt", &with(&facts, "iss", json!("https://evil.example"))),
        ),
        ("an identity token", sign(key, "JWT", &facts)),
        ("an internal one", {
            mint_internal(key, Service::Planning, Some(tenant), Some(person()), now).unwrap()
        }),
        ("signed with the public key by HMAC", hs256(key, &facts)),
        ("signed by a stranger under the same key id", {
            mint_access(&stranger, Some(tenant), person(), now).unwrap()
        }),
        ("under an unknown key id", {
            mint_access(&KeyPair::generate().unwrap(), Some(tenant), person(), now).unwrap()
        }),
        ("unsigned", unsigned),
        ("bitten", bitten),
        ("no token at all", "x".to_owned()),
        ("empty", String::new()),
    ];
    let expected = json!({
        "type": "urn:fieldops360:problem:unauthenticated",
        "title": "Connexion requise",
        "status": 401,
    });
    for (what, token) in bad {
        let request = rig.get("/v1/tasks").header("authorization", format!("Bearer {token}"));
        assert_eq!(problem(request, 401).await, expected, "{what}");
    }
    let basic = rig.get("/v1/tasks").header("authorization", "Basic eDp5");
    assert_eq!(problem(basic, 401).await, expected);
    let twice = rig.get("/v1/tasks").bearer_auth(&good).header("authorization", "Bearer x");
    assert_eq!(problem(twice, 401).await, expected);
}

#[tokio::test]
async fn a_good_token_is_vouched_for_and_goes_no_further() {
    for shape in [Shape::Local, Shape::Remote] {
        let rig = Rig::new(Plan::of(shape)).await;
        let caller = person();
        let token = rig.token(rig.stage.tenant.id, caller.clone());
        for _ in 0..2 {
            let echo = json_of(rig.get("/v1/tasks").bearer_auth(&token), 200).await;
            let internal = rig.vouched(&echo).await;
            assert_eq!(internal.caller.as_ref(), Some(&caller));
            assert_eq!(internal.tenant, Some(rig.stage.tenant.id));
            assert_eq!(echo["headers"]["authorization"], Value::Null);
        }
    }
}

#[tokio::test]
async fn the_same_token_is_nothing_at_another_host() {
    let rig = Rig::new(Plan::of(Shape::Local)).await;
    let other = rig.stage.another_tenant().await;
    let token = rig.somebody();
    json_of(rig.get("/v1/tasks").bearer_auth(&token), 200).await;
    for host in [format!("{}.localhost", other.slug), "platform.localhost".to_owned()] {
        problem(rig.at(&host, Method::GET, "/v1/tasks").bearer_auth(&token), 401).await;
    }
    let admin = mint_access(&rig.signer, None, person(), rig.stage.clock.now()).unwrap();
    let platform = rig.at("platform.localhost", Method::GET, "/v1/tasks").bearer_auth(&admin);
    let internal = rig.vouched(&json_of(platform, 200).await).await;
    assert!(internal.tenant.is_none() && internal.caller.is_some());
}

#[tokio::test]
async fn a_token_that_was_good_a_moment_ago_expires_on_time() {
    let rig = Rig::new(Plan::of(Shape::Local)).await;
    let token = rig.somebody();
    json_of(rig.get("/v1/tasks").bearer_auth(&token), 200).await;
    rig.stage.clock.advance(chrono::Duration::seconds(auth::ACCESS_TTL_SECS - 5));
    json_of(rig.get("/v1/tasks").bearer_auth(&token), 200).await;
    rig.stage.clock.advance(chrono::Duration::seconds(5));
    problem(rig.get("/v1/tasks").bearer_auth(&token), 401).await;
    rig.stage.clock.advance(chrono::Duration::hours(-1));
    // Rate limits need a moment to notice; an internal token made later than now is not used.
    let echo = eventually("served again", async || {
        let answer = rig.get("/v1/tasks").bearer_auth(&token).send().await.unwrap();
        if answer.status() == 200 { answer.json().await.ok() } else { None }
    })
    .await;
    rig.vouched(&echo).await;
}

#[tokio::test]
async fn an_ended_session_is_refused_and_no_other() {
    let rig = Rig::new(Plan::of(Shape::Local)).await;
    let (caller, bystander) = (person(), rig.somebody());
    let token = rig.token(rig.stage.tenant.id, caller.clone());
    json_of(rig.get("/v1/tasks").bearer_auth(&token), 200).await;
    rig.revoke(caller.session).await;
    eventually("the session is refused", async || {
        let answer = rig.get("/v1/tasks").bearer_auth(&token).send().await.unwrap();
        (answer.status() == 401).then_some(())
    })
    .await;
    json_of(rig.get("/v1/tasks").bearer_auth(&bystander), 200).await;
}
