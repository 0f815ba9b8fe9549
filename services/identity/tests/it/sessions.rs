//! Signing in, rotating, replaying, signing out.

use auth::{Audience, Role, Scope};
use chrono::Duration;
use futures::future::join_all;
use serde_json::json;
use sha2::Digest;

use super::*;

const EMAIL: &str = "awa@sahel.example";

async fn with_user() -> Stage {
    let stage = stage().await;
    join(&stage, EMAIL, Role::SiteLead, Scope::Tenant).await;
    stage
}

#[tokio::test]
async fn a_user_signs_in_in_any_case_and_the_token_says_who_it_is() {
    let stage = stage().await;
    let user = join(&stage, "Awa@Sahel.Example", Role::SiteLead, Scope::Tenant).await;
    let id: Uuid = user["id"].as_str().unwrap().parse().unwrap();
    let worker = Uuid::now_v7();
    sqlx::query(
        "insert into resources.worker (id, name, user_id, active, days, day_starts, day_ends, version)
         values ($1, 'Awa N.', $2, true, '{1}', '08:00', '17:00', 1)",
    )
    .bind(worker)
    .bind(id)
    .execute(&mut stage.sql().await)
    .await
    .unwrap();
    let answer = try_sign_in(&stage.visitor(), "AWA@sahel.EXAMPLE", PASSWORD).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let pair = answer.expect(200);
    assert_eq!((&pair["token_type"], &pair["expires_in"]), (&json!("Bearer"), &json!(600)));
    let caller = bearer(&stage, &pair, Audience::Tenant).await;
    assert_eq!(caller.user.uuid(), id);
    assert_eq!(caller.worker.map(kernel::WorkerId::uuid), Some(worker));
    assert_eq!(caller.grants[0].role, Role::SiteLead);
    let me = with_token(&stage, &pair).await.get("/v1/me").await.expect(200);
    assert_eq!(me["user"]["email"], "awa@sahel.example");
    assert_eq!(me["worker"]["name"], "Awa N.");
    assert_eq!(me["tenant"]["zone"], "Africa/Dakar");
    assert_eq!(me["tenant"]["currency"], "XOF");
    assert_eq!(acts(&stage).await, ["user.invited", "user.joined", "user.signed_in"]);
    stage.settle().await;
}

#[tokio::test]
async fn a_grant_of_a_crew_brings_its_workers_into_the_token() {
    let stage = stage().await;
    let (crew, mate, other) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let mut sql = stage.sql().await;
    for worker in [mate, other] {
        sqlx::query(
            "insert into resources.worker (id, name, active, days, day_starts, day_ends, version)
             values ($1, 'Modou', true, '{1}', '08:00', '17:00', 1)",
        )
        .bind(worker)
        .execute(&mut sql)
        .await
        .unwrap();
    }
    sqlx::query("insert into resources.crew (id, name, version) values ($1, 'Nord', 1)")
        .bind(crew)
        .execute(&mut sql)
        .await
        .unwrap();
    sqlx::query("insert into resources.crew_member (crew_id, worker_id) values ($1, $2)")
        .bind(crew)
        .bind(mate)
        .execute(&mut sql)
        .await
        .unwrap();
    join(&stage, EMAIL, Role::SiteLead, Scope::Crew(crew.into())).await;
    let pair = sign_in(&stage, EMAIL).await;
    let caller = bearer(&stage, &pair, Audience::Tenant).await;
    assert_eq!(caller.mates.iter().map(|w| w.uuid()).collect::<Vec<_>>(), [mate]);
}

#[tokio::test]
async fn each_refresh_gives_the_next_token_of_the_same_session() {
    let stage = with_user().await;
    let first = sign_in(&stage, EMAIL).await;
    let second = refresh(&stage.visitor(), &first).await.expect(200);
    let third = refresh(&stage.visitor(), &second).await.expect(200);
    assert_eq!(first["session_id"], third["session_id"]);
    assert_ne!(second["refresh_token"], third["refresh_token"]);
    assert!(!revoked(&stage, &first).await);
}

#[tokio::test]
async fn a_phone_that_lost_the_answer_may_ask_again_while_the_successor_is_unused() {
    let stage = with_user().await;
    let visitor = stage.visitor();
    let first = sign_in(&stage, EMAIL).await;
    let lost = refresh(&visitor, &first).await.expect(200);
    let found = refresh(&visitor, &first).await.expect(200);
    let again = refresh(&visitor, &found).await.expect(200);
    assert_eq!(again["session_id"], first["session_id"]);
    // What was lost has been replaced: whoever presents it now has copied it.
    refresh(&visitor, &lost).await.expect(401);
    assert!(revoked(&stage, &first).await);
}

#[tokio::test]
async fn a_token_whose_successor_was_used_ends_the_session() {
    let stage = with_user().await;
    let visitor = stage.visitor();
    let first = sign_in(&stage, EMAIL).await;
    let second = refresh(&visitor, &first).await.expect(200);
    let third = refresh(&visitor, &second).await.expect(200);
    let refused = refresh(&visitor, &first).await;
    assert_eq!(refused.json["type"], "urn:fieldops360:problem:session-ended");
    refused.expect(401);
    refresh(&visitor, &third).await.expect(401);
    assert!(revoked(&stage, &first).await);
    assert_eq!(acts(&stage).await.last().unwrap(), "user.replay_refused");
    // A session of another device goes on.
    let other = sign_in(&stage, EMAIL).await;
    refresh(&visitor, &other).await.expect(200);
    stage.settle().await;
}

#[tokio::test]
async fn of_a_hundred_refreshes_at_once_at_most_one_pair_stays_alive() {
    let stage = with_user().await;
    let visitor = stage.visitor();
    let first = sign_in(&stage, EMAIL).await;
    let answers = join_all((0..100).map(|_| refresh(&visitor, &first))).await;
    let pairs: Vec<_> = answers.into_iter().filter(|a| a.status == 200).map(|a| a.json).collect();
    assert!(!pairs.is_empty());
    let current: Vec<u8> = sqlx::query_scalar("select current_hash from identity.session")
        .fetch_one(&mut stage.sql().await)
        .await
        .unwrap();
    let alive = |pair: &&Value| {
        let token = URL_SAFE_NO_PAD.decode(pair["refresh_token"].as_str().unwrap()).unwrap();
        sha2::Sha256::digest(token).to_vec() == current
    };
    assert_eq!(pairs.iter().filter(alive).count(), 1);
    let mut admitted = 0;
    for pair in &pairs {
        admitted += i32::from(refresh(&visitor, pair).await.status == 200);
    }
    assert!(admitted <= 1, "{admitted} pairs were alive");
}

#[tokio::test]
async fn a_guess_that_names_a_session_neither_enters_nor_ends_it() {
    let stage = with_user().await;
    let pair = sign_in(&stage, EMAIL).await;
    let mut bytes = URL_SAFE_NO_PAD.decode(pair["refresh_token"].as_str().unwrap()).unwrap();
    bytes[16..].fill(7);
    let guess = json!({ "refresh_token": URL_SAFE_NO_PAD.encode(bytes) });
    stage.visitor().post("/v1/auth/refresh", guess.clone()).await.expect(401);
    stage.visitor().post("/v1/auth/refresh", json!({"refresh_token": "x"})).await.expect(401);
    refresh(&stage.visitor(), &pair).await.expect(200);
}

#[tokio::test]
async fn another_firms_token_password_and_invitation_are_worth_nothing_here() {
    let stage = with_user().await;
    let pair = sign_in(&stage, EMAIL).await;
    let other = stage.another_tenant().await;
    let there = stage.visitor_at(&other);
    refresh(&there, &pair).await.expect(401);
    try_sign_in(&there, EMAIL, PASSWORD).await.expect(401);
    let token =
        invite(&stage, &stage.tenant, "b@sahel.example", grants(Role::CrewMember, Scope::Own))
            .await;
    accept(&there, &token).await.expect(422);
    // The attempt elsewhere ended nothing here.
    refresh(&stage.visitor(), &pair).await.expect(200);
    accept(&stage.visitor(), &token).await.expect(200);
}

#[tokio::test]
async fn the_eleventh_wrong_password_waits_and_so_does_one_for_nobody() {
    let stage = with_user().await;
    let visitor = stage.visitor();
    for email in [EMAIL, "nobody@sahel.example"] {
        // All at once: counted before the password is looked at.
        let tries = join_all((0..14).map(|_| try_sign_in(&visitor, email, "wrong password"))).await;
        let refused = tries.iter().filter(|a| a.status == 429).count();
        assert_eq!(refused, 4, "{email}");
        let late = try_sign_in(&visitor, email, PASSWORD).await;
        let wait: i64 = late.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=901).contains(&wait), "{wait}");
        late.expect(429);
    }
    stage.clock.advance(Duration::minutes(16));
    sign_in(&stage, EMAIL).await;
}

#[tokio::test]
async fn a_right_password_forgets_the_wrong_ones_and_unknown_looks_like_wrong() {
    let stage = with_user().await;
    let visitor = stage.visitor();
    for _ in 0..2 {
        for _ in 0..6 {
            try_sign_in(&visitor, EMAIL, "wrong password").await.expect(401);
        }
        sign_in(&stage, EMAIL).await;
    }
    let wrong = try_sign_in(&visitor, EMAIL, "wrong password").await.expect(401);
    let nobody = try_sign_in(&visitor, "nobody@x.example", PASSWORD).await.expect(401);
    assert_eq!((&wrong["type"], &wrong["title"]), (&nobody["type"], &nobody["title"]));
}

#[tokio::test]
async fn sign_out_ends_this_session_and_sign_out_everywhere_all_of_them() {
    let stage = with_user().await;
    let visitor = stage.visitor();
    let (a, b, c) =
        (sign_in(&stage, EMAIL).await, sign_in(&stage, EMAIL).await, sign_in(&stage, EMAIL).await);
    let phone = with_token(&stage, &a).await;
    phone.post("/v1/auth/sign-out", Value::Null).await.expect(204);
    refresh(&visitor, &a).await.expect(401);
    phone.post("/v1/auth/sign-out", Value::Null).await.expect(401);
    assert!(revoked(&stage, &a).await && !revoked(&stage, &b).await);
    let here = with_token(&stage, &b).await;
    here.post("/v1/auth/sign-out-everywhere", Value::Null).await.expect(204);
    for pair in [&b, &c] {
        refresh(&visitor, pair).await.expect(401);
        assert!(revoked(&stage, pair).await);
    }
    stage.settle().await;
}

#[tokio::test]
async fn a_sign_out_that_died_before_its_commit_is_made_good_by_the_next() {
    let stage = with_user().await;
    let pair = sign_in(&stage, EMAIL).await;
    let session: Uuid = pair["session_id"].as_str().unwrap().parse().unwrap();
    // What the process had written to the control database when it died, ten minutes ago.
    sqlx::query(
        "insert into identity.revoked_session values ($1, $2, now() + interval '1 minute')",
    )
    .bind(session)
    .bind(stage.tenant.id)
    .execute(&mut stage.control_sql().await)
    .await
    .unwrap();
    let phone = with_token(&stage, &pair).await;
    phone.post("/v1/auth/sign-out", Value::Null).await.expect(204);
    let long_enough: bool = sqlx::query_scalar(
        "select until > now() + interval '10 minutes' from identity.revoked_session
         where session_id = $1",
    )
    .bind(session)
    .fetch_one(&mut stage.control_sql().await)
    .await
    .unwrap();
    assert!(long_enough);
}

#[tokio::test]
async fn one_sees_and_ends_only_ones_own_sessions() {
    let stage = with_user().await;
    join(&stage, "modou@sahel.example", Role::CrewMember, Scope::Own).await;
    let (mine, lost) = (sign_in(&stage, EMAIL).await, sign_in(&stage, EMAIL).await);
    let theirs = sign_in(&stage, "modou@sahel.example").await;
    let client = with_token(&stage, &mine).await;
    let page = client.get("/v1/sessions").await.expect(200);
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert!(items.iter().all(|s| s["current"] == (s["id"] == mine["session_id"])));
    let path = |pair: &Value| format!("/v1/sessions/{}", pair["session_id"].as_str().unwrap());
    client.delete(&path(&theirs)).await.expect(404);
    client.delete(&path(&lost)).await.expect(204);
    refresh(&stage.visitor(), &lost).await.expect(401);
    refresh(&stage.visitor(), &theirs).await.expect(200);
}

#[tokio::test]
async fn a_session_ends_after_thirty_idle_days_and_after_ninety_in_any_case() {
    let stage = with_user().await;
    let visitor = stage.visitor();
    let idle = sign_in(&stage, EMAIL).await;
    let mut used = sign_in(&stage, EMAIL).await;
    for _ in 0..4 {
        stage.clock.advance(Duration::days(20));
        let answer =
            visitor.post("/v1/auth/refresh", json!({"refresh_token": used["refresh_token"]})).await;
        used = answer.expect(200);
    }
    refresh(&visitor, &idle).await.expect(401);
    stage.clock.advance(Duration::days(11));
    refresh(&visitor, &used).await.expect(401);
}

#[tokio::test]
async fn revoked_sessions_are_forgotten_when_their_tokens_have_expired() {
    let stage = with_user().await;
    let (a, b) = (sign_in(&stage, EMAIL).await, sign_in(&stage, EMAIL).await);
    with_token(&stage, &a).await.post("/v1/auth/sign-out", Value::Null).await.expect(204);
    let phone = with_token(&stage, &b).await;
    stage.clock.advance(Duration::minutes(12));
    phone.post("/v1/auth/sign-out", Value::Null).await.expect(204);
    assert!(!revoked(&stage, &a).await && revoked(&stage, &b).await);
}
