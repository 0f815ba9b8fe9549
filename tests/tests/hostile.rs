//! Fault 28: every operation by those who have no business there. Another firm's token, ids and
//! host; headers that claim a tenant; tokens that are forged, misused, expired or revoked. Nobody
//! gets in, nobody learns whether a thing exists, and no word of the other firm gets out.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::time::Duration;

use auth::KeyPair;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fieldops::demo::{Answer, Api};
use journeys::System;
use journeys::calls::{Operation, Things, bearing, operations};
use journeys::up::Up;
use journeys::world::{Guest, World, platform};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::{Clock, SystemClock};
use serde_json::{Value, json};
use uuid::Uuid;

/// Stands in the names of the firm that is attacked.
const CANARY: &str = "canari-b";
/// What is there before sign-in; all else must refuse those who are nobody.
const PUBLIC: [&str; 8] = [
    "accept_invitation",
    "document_upload_options",
    "jwks",
    "platform_refresh",
    "platform_sign_in",
    "refresh_session",
    "sign_in",
    "upload_options",
];
/// These would end the session of the one who tries them, and are about nobody else.
const ABOUT_ONESELF: [&str; 2] = ["sign_out", "sign_out_everywhere"];

/// Two firms; `b` is attacked.
struct Scene {
    up: Up,
    root: Api,
    a: World,
    b: World,
    /// May do everything at A.
    insider_a: Guest,
    /// May do everything at B.
    insider_b: Guest,
}

impl Scene {
    async fn set() -> Self {
        let up = Up::fresh().await.unwrap();
        let root = platform(up.target(), up.platform_admin()).await.unwrap();
        let a = World::make(up.target(), &root, "firme-a").await.unwrap();
        let mut b = World::make(up.target(), &root, CANARY).await.unwrap();
        for (fresh, name) in [
            ("fresh_invitation", "invitation"),
            ("fresh_dependency", "dependency"),
            ("fresh_site_part", "site_part"),
            ("fresh_upload", "upload"),
            ("fresh_steering_kpi", "steering_kpi"),
            ("fresh_document_upload", "document_upload"),
            ("run", "tenant"),
        ] {
            b.things.insert(fresh, b.things[name].clone());
        }
        b.things.insert("unique", "attaque".to_owned());
        let insider_a = a.guest(&everything(), true).await.unwrap();
        let insider_b = b.guest(&everything(), true).await.unwrap();
        Self { up, root, a, b, insider_a, insider_b }
    }

    fn at_b(&self, token: impl Into<String>) -> Api {
        bearing(&self.b.firm.visitor, Some(token.into()))
    }
}

fn everything() -> Value {
    let wide = |role: &str| json!({"role": role, "scope": {"kind": "tenant"}});
    json!([wide("tenant_admin"), wide("manager"), wide("project_lead"), wide("site_lead"),
           {"role": "crew_member", "scope": {"kind": "own"}}])
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_into_another_firm() {
    let scene = Scene::set().await;
    let public: Vec<_> = operations().into_iter().filter(|o| o.public).map(|o| o.id).collect();
    let mut expected = PUBLIC.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(
        {
            let mut p = public;
            p.sort();
            p
        },
        expected,
        "the list of public operations"
    );

    let mut wrong = intruders_are_refused(&scene).await;
    wrong.extend(foreign_ids_are_unknown(&scene).await);
    wrong.extend(secrets_open_no_other_door(&scene).await);
    assert!(wrong.is_empty(), "{} breaches:\n{}", wrong.len(), wrong.join("\n"));
}

/// Whoever carries something that is no token of this host is refused like one without any.
async fn intruders_are_refused(scene: &Scene) -> Vec<String> {
    let intruders = intruders(scene).await;
    let mut wrong = Vec::new();
    for operation in operations() {
        let call = operation.call(&scene.b.things);
        for (name, intruder) in &intruders {
            if operation.public && intruder.token.is_none() {
                continue;
            }
            let answer = call.by(intruder).await.unwrap();
            let status = answer.status.as_u16();
            if !matches!(status, 401 | 403 | 404) {
                wrong.push(format!("{} with {name}: {status}", operation.id));
            }
            if tells(&answer) {
                wrong.push(format!("{} with {name} tells of the firm", operation.id));
            }
            if operation.public {
                continue;
            }
            let nobody = call.by(&bearing(intruder, None)).await.unwrap();
            if nobody.status == 401 && told(&nobody) != told(&answer) {
                wrong.push(format!("{} with {name} differs from nobody's answer", operation.id));
            }
        }
    }
    wrong
}

async fn intruders(scene: &Scene) -> Vec<(&'static str, Api)> {
    let trusted = trusted_key(&scene.up).await;
    let secret = pkcs8(&trusted.secret_bytes());
    let genuine = scene.insider_b.api.token.clone().unwrap();
    let claims = claims_of(&genuine);
    let eddsa = |typ: &str, change: &dyn Fn(&mut Value)| {
        let mut claims = claims.clone();
        change(&mut claims);
        signed(&secret, Algorithm::EdDSA, typ, &trusted.kid, &claims)
    };
    // The key is believed: what refuses the tokens below is what is wrong with each.
    let sound = scene.at_b(eddsa("at+jwt", &|_| {}));
    assert!(sound.get("/v1/projects").await.unwrap().to_string().contains(CANARY));

    let jwks = scene.b.firm.visitor.get("/.well-known/jwks.json").await.unwrap();
    let jwk = &jwks["keys"][0];
    let kid = jwk["kid"].as_str().unwrap();
    let point = URL_SAFE_NO_PAD.decode(jwk["x"].as_str().unwrap()).unwrap();
    let hmac = |key: &[u8], kid: &str| {
        let key = EncodingKey::from_secret(key);
        signed(&key, Algorithm::HS256, "at+jwt", kid, &claims)
    };
    let now = SystemClock.now().timestamp();
    let tokens = [
        ("A's token", scene.insider_a.api.token.clone().unwrap()),
        ("the platform's token", scene.root.token.clone().unwrap()),
        ("an unsigned token", unsigned(&genuine, "none")),
        ("an unsigned token (NONE)", unsigned(&genuine, "NONE")),
        ("a token without its signature", without_signature(&genuine)),
        ("A's token edited to B", edited(scene)),
        ("HS256 by the public key", hmac(&point, kid)),
        ("HS256 by the public key's text", hmac(jwk["x"].as_str().unwrap().as_bytes(), kid)),
        ("HS256 by the trusted key", hmac(&trusted.public().bytes, &trusted.kid)),
        ("the platform's audience", eddsa("at+jwt", &|c| c["aud"] = json!("fieldops-platform"))),
        ("an unknown audience", eddsa("at+jwt", &|c| c["aud"] = json!("elsewhere"))),
        ("no tenant", eddsa("at+jwt", &|c| c["tid"] = Value::Null)),
        ("A as the tenant", eddsa("at+jwt", &|c| c["tid"] = json!(scene.a.firm.id))),
        ("an ID token", eddsa("JWT", &|_| {})),
        ("an internal token", eddsa("internal+jwt", &|c| c["aud"] = json!("planning"))),
        ("another issuer", eddsa("at+jwt", &|c| c["iss"] = json!("https://evil.example"))),
        ("an expired token", eddsa("at+jwt", &|c| c["exp"] = json!(now - 1))),
        ("a revoked token", revoked(scene).await),
        ("a refresh token", refresh_token(&scene.b).await),
        ("a word", "x".to_owned()),
        ("nothing", String::new()),
    ];
    let mut intruders: Vec<_> =
        tokens.into_iter().map(|(name, token)| (name, scene.at_b(token))).collect();
    let internal = eddsa("internal+jwt", &|c| {
        c["aud"] = json!("planning");
        c["caller"] = claims.clone();
    });
    let visitor = scene.b.firm.visitor.with("x-fieldops-internal", internal);
    intruders.push(("no token but an internal one", visitor));
    let at_platform = scene.up.target().platform().unwrap();
    for (name, guest) in [
        ("A's token at the platform", &scene.insider_a),
        ("B's token at the platform", &scene.insider_b),
    ] {
        intruders.push((name, bearing(&at_platform, guest.api.token.clone())));
    }
    intruders
}

/// With A's token at A's own host, B's ids are unknown ones, whatever headers say.
async fn foreign_ids_are_unknown(scene: &Scene) -> Vec<String> {
    let plain = scene.insider_a.api.clone();
    let internal = URL_SAFE_NO_PAD.encode("forged");
    let mut forged = plain.with("x-fieldops-internal", internal);
    for (name, value) in [
        ("x-forwarded-host", scene.b.firm.visitor.host.as_str()),
        ("x-original-host", &scene.b.firm.visitor.host),
        ("x-host", &scene.b.firm.visitor.host),
        ("forwarded", &format!("host=\"{}\"", scene.b.firm.visitor.host)),
        ("x-tenant", &scene.b.slug),
        ("x-tenant-id", &scene.b.firm.id),
        ("x-fieldops-tenant", &scene.b.firm.id),
    ] {
        forged = forged.with(name, value);
    }
    let unknown = unknown(&scene.b.things);
    let mut wrong = Vec::new();
    for (nth, (name, api)) in [("B's id", plain), ("B's id and headers", forged)].iter().enumerate()
    {
        for operation in operations() {
            if ABOUT_ONESELF.contains(&operation.id.as_str()) {
                continue;
            }
            let unique = format!("a{nth}-{}", operation.id.replace('_', "-"));
            let theirs = with(&scene.b.things, &unique);
            let answer = operation.call(&theirs).by(api).await.unwrap();
            let status = answer.status.as_u16();
            if tells(&answer) || status >= 500 {
                wrong.push(format!("{} with {name}: {status}", operation.id));
            }
            if !names_theirs(&operation) {
                continue;
            }
            let other = operation.call(&with(&unknown, &unique)).by(api).await.unwrap();
            let same = told(&other) == renamed(&told(&answer), &scene.b.things, &unknown);
            if !same || other.status != answer.status {
                wrong.push(format!("{} with {name} differs from an unknown id", operation.id));
            }
            let in_path = operation.path.contains('{');
            if (in_path && status != 404) || (!operation.reads() && !(400..500).contains(&status)) {
                wrong.push(format!("{} with {name}: {status}", operation.id));
            }
        }
    }
    wrong
}

/// A password, a refresh token and an invitation of B open nothing at A.
async fn secrets_open_no_other_door(scene: &Scene) -> Vec<String> {
    let at_a = &scene.a.firm.visitor;
    let guest = &scene.insider_b;
    let invitation = json!({"email": "x@invited.example", "name": "X",
               "grants": [{"role": "crew_member", "scope": {"kind": "own"}}]});
    let issued = scene.b.team.admin.post("/v1/invitations", &invitation).await.unwrap();
    let mut wrong = Vec::new();
    for (path, body, expected) in [
        ("/v1/auth/sign-in", json!({"email": guest.email, "password": guest.password}), 401),
        ("/v1/auth/refresh", json!({"refresh_token": refresh_token(&scene.b).await}), 401),
        (
            "/v1/auth/accept-invitation",
            json!({"token": issued["token"], "password": "correct horse battery"}),
            422,
        ),
    ] {
        let answer = at_a.send(reqwest::Method::POST, path, Some(&body)).await.unwrap();
        if answer.status.as_u16() != expected || tells(&answer) {
            wrong.push(format!("B's secret at A's {path}: {}", answer.status));
        }
    }
    wrong
}

fn names_theirs(operation: &Operation) -> bool {
    let free = ["unique", "slug", "today", "earlier", "later"];
    !operation.public && operation.names().iter().any(|name| !free.contains(name))
}

fn with(things: &Things, unique: &str) -> Things {
    let mut things = things.clone();
    things.insert("unique", unique.to_owned());
    things
}

/// The same names for things that are nowhere.
fn unknown(things: &Things) -> Things {
    // What goes by two names is one thing under both.
    let mut others = BTreeMap::new();
    let mut another = |text: &String| match text.parse::<Uuid>() {
        Ok(id) => others.entry(id).or_insert_with(|| Uuid::now_v7().to_string()).clone(),
        Err(_) => text.clone(),
    };
    things.iter().map(|(name, thing)| (*name, another(thing))).collect()
}

fn renamed(text: &str, from: &Things, to: &Things) -> String {
    from.iter().fold(text.to_owned(), |text, (name, id)| match id.parse::<Uuid>() {
        Ok(_) => text.replace(id.as_str(), &to[name]),
        Err(_) => text,
    })
}

/// What an answer says, but for the request's own id.
fn told(answer: &Answer) -> String {
    let mut json = answer.json();
    if let Some(problem) = json.as_object_mut() {
        problem.remove("request_id");
    }
    json.to_string()
}

fn tells(answer: &Answer) -> bool {
    let headers = format!("{:?}", answer.headers);
    String::from_utf8_lossy(&answer.bytes).contains(CANARY) || headers.contains(CANARY)
}

/// A key that identity is made to vouch for, though it never signs with it.
async fn trusted_key(up: &Up) -> KeyPair {
    let key = KeyPair::generate().unwrap();
    sqlx::query(
        "insert into identity.signing_key
             (kid, public_key, sealed_secret, created_at, signs_until, not_after)
         values ($1, $2, '', now() - interval '2 days', now() - interval '1 day',
                 now() + interval '1 day')",
    )
    .bind(&key.kid)
    .bind(&key.public().bytes[..])
    .execute(&mut up.control_sql().await.unwrap())
    .await
    .unwrap();
    key
}

/// An Ed25519 secret as PKCS #8 (RFC 8410, section 7).
fn pkcs8(secret: &[u8; 32]) -> EncodingKey {
    let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    EncodingKey::from_ed_der(&[&head[..], secret].concat())
}

fn signed(key: &EncodingKey, alg: Algorithm, typ: &str, kid: &str, claims: &Value) -> String {
    let mut header = Header::new(alg);
    header.typ = Some(typ.to_owned());
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

fn claims_of(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

fn unsigned(token: &str, alg: &str) -> String {
    let mut parts = token.split('.');
    let head = URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap();
    let mut head: Value = serde_json::from_slice(&head).unwrap();
    head["alg"] = json!(alg);
    format!("{}.{}.", URL_SAFE_NO_PAD.encode(head.to_string()), parts.next().unwrap())
}

fn without_signature(token: &str) -> String {
    token[..=token.rfind('.').unwrap()].to_owned()
}

/// A's own token with B's tenant written into it.
fn edited(scene: &Scene) -> String {
    let token = scene.insider_a.api.token.clone().unwrap();
    let mut claims = claims_of(&token);
    claims["tid"] = json!(scene.b.firm.id);
    let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    parts[1] = URL_SAFE_NO_PAD.encode(claims.to_string());
    parts.join(".")
}

/// A token whose owner signed out everywhere; it must be refused within five seconds.
async fn revoked(scene: &Scene) -> String {
    let guest = scene.b.guest(&everything(), false).await.unwrap();
    guest.api.post("/v1/auth/sign-out-everywhere", &json!({})).await.unwrap();
    for _ in 0..100 {
        if guest.api.send(reqwest::Method::GET, "/v1/me", None).await.unwrap().status == 401 {
            return guest.api.token.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("five seconds after signing out everywhere the token still holds");
}

async fn refresh_token(world: &World) -> String {
    let who = &world.people[0];
    let who = json!({"email": who.email, "password": who.password});
    let pair = world.firm.visitor.post("/v1/auth/sign-in", &who).await.unwrap();
    pair["refresh_token"].as_str().unwrap().to_owned()
}
