//! The trail tells every act, and one byte changed anywhere is named.

use kernel::Service;
use testkit::photos::jpeg_with_exif;

use crate::*;

/// A firm where a photo was taken and a signature drawn.
async fn busy() -> (Firm, String) {
    let firm = Firm::new().await;
    let crew = firm
        .crew()
        .header("device-time", "2026-03-02T09:41:30Z")
        .header("device-position", "geo:14.7001,-17.4002;u=12");
    let id = firm.photo(&crew, &jpeg_with_exif(1, Some((14.7, -17.4)), None)).await;
    firm.developed(&crew, &id).await;
    let signature = json!({
        "task_id": firm.task, "signer_name": "Mme Sarr", "signer_role": "client",
        "strokes": [[[0.1, 0.5], [0.4, 0.2]]],
    });
    crew.post("/v1/signatures", signature).await.expect(201);
    firm.stage.settle().await;
    (firm, id)
}

async fn verify(firm: &Firm) -> Value {
    firm.manager().get("/v1/audit/verify?photos=true").await.expect(200)
}

fn faults(found: &Value) -> Vec<(String, Value)> {
    let faults = found["faults"].as_array().unwrap();
    faults.iter().map(|f| (f["what"].as_str().unwrap().to_owned(), f["position"].clone())).collect()
}

async fn damage(firm: &Firm, statement: &str) {
    let statement = format!("set session_replication_role = replica; {statement}");
    let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(&mut firm.stage.sql().await)
        .await
        .unwrap();
    assert!(done.rows_affected() > 0);
}

#[tokio::test]
async fn the_trail_of_a_task_tells_who_when_and_where() {
    let (firm, id) = busy().await;
    let path = format!("/v1/audit?entity=task&entity_id={}", firm.task);
    let page = firm.manager().get(&path).await.expect(200);
    let acts: Vec<_> =
        page["items"].as_array().unwrap().iter().map(|a| a["action"].as_str().unwrap()).collect();
    assert_eq!(acts, ["photo.announced", "photo.received", "photo.watermarked", "signature.taken"]);
    let announced = &page["items"][0];
    assert_eq!(announced["entity_id"], id);
    assert_eq!(announced["device_at"], "2026-03-02T09:41:30Z");
    assert_eq!(announced["position"]["lat"], 14.7001);
    assert!(announced["actor"]["id"].is_string());
    assert_eq!(announced["about"]["caption"], "Câble posé");
    assert_eq!(page["items"][2]["actor"], Value::Null);
    assert!(page["items"].as_array().unwrap().iter().all(|a| a["link"]["position"].is_i64()));

    let lead = firm.stage.client(Role::SiteLead, Scope::Site(firm.site));
    lead.get(&path).await.status_is(200);
    lead.get("/v1/audit").await.status_is(403);
    lead.get("/v1/audit/verify").await.status_is(403);
    let elsewhere = firm.stage.client(Role::SiteLead, Scope::Site(firm.other_site));
    elsewhere.get(&path).await.status_is(404);
    firm.crew().get(&path).await.status_is(403);
    let all = firm.manager().get("/v1/audit?limit=2").await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_untouched_trail_verifies() {
    let (firm, _) = busy().await;
    let found = verify(&firm).await;
    assert_eq!(
        found,
        json!({
            "ok": true, "entries": 4, "sealed": 4, "unsealed": 0, "erased": 0,
            "photos": 1, "signatures": 1, "faults": [],
        })
    );
}

#[tokio::test]
async fn one_byte_changed_anywhere_is_named() {
    let (firm, id) = busy().await;
    assert_eq!(verify(&firm).await["ok"], true);
    for (change, back, what, position) in [
        (
            "update core.audit_entry set action = 'photo.taken' where action = 'photo.announced'",
            "update core.audit_entry set action = 'photo.announced' where action = 'photo.taken'",
            "entry_changed",
            1,
        ),
        (
            "update core.audit_detail d set value = jsonb_set(value, '{about,caption}', '\"x\"')
             from core.audit_entry e where e.id = entry_id and action = 'photo.announced'",
            "update core.audit_detail d set value = jsonb_set(value, '{about,caption}', '\"Câble posé\"')
             from core.audit_entry e where e.id = entry_id and action = 'photo.announced'",
            "detail_changed",
            1,
        ),
        (
            "update core.audit_link set hash = set_byte(hash, 3, get_byte(hash, 3) # 1) where position = 2",
            "update core.audit_link set hash = set_byte(hash, 3, get_byte(hash, 3) # 1) where position = 2",
            "link_changed",
            2,
        ),
        (
            "update core.audit_link set hash = set_byte(hash, 3, get_byte(hash, 3) # 1) where position = 4",
            "update core.audit_link set hash = set_byte(hash, 3, get_byte(hash, 3) # 1) where position = 4",
            "link_changed",
            4,
        ),
    ] {
        damage(&firm, change).await;
        let found = verify(&firm).await;
        assert_eq!(found["ok"], false);
        assert_eq!(faults(&found), [(what.to_owned(), json!(position))], "{change}");
        assert!(found["faults"][0]["entry_id"].is_string());
        damage(&firm, back).await;
        assert_eq!(verify(&firm).await["ok"], true);
    }
    // The stored photo itself.
    let mut sql = firm.stage.sql().await;
    let key: String = sqlx::query_scalar("select original_key from proofs.photo")
        .fetch_one(&mut sql)
        .await
        .unwrap();
    let blobs = &firm.stage.app(Service::Proofs).blobs;
    let key = blobs::BlobKey::new(key).unwrap();
    let mut bytes = blobs.get_bytes(&key, 1 << 20).await.unwrap().to_vec();
    bytes[700] ^= 1;
    blobs.put(&key, bytes.into()).await.unwrap();
    let found = verify(&firm).await;
    assert_eq!(found["faults"][0]["what"], "bytes_changed");
    assert_eq!(found["faults"][0]["photo_id"], id);
    blobs.delete(&key).await.unwrap();
    assert_eq!(verify(&firm).await["faults"][0]["what"], "bytes_missing");
    damage(&firm, "update proofs.photo set sha256 = sha256('x')").await;
    assert_eq!(verify(&firm).await["faults"][0]["what"], "hash_changed");
}

#[tokio::test]
async fn a_chain_cut_short_or_with_a_hole_is_seen() {
    let (firm, _) = busy().await;
    assert_eq!(verify(&firm).await["ok"], true);
    damage(&firm, "delete from core.audit_link where position = 2").await;
    let kinds: Vec<_> = faults(&verify(&firm).await).into_iter().map(|f| f.0).collect();
    assert_eq!(kinds, ["link_missing", "entry_unlinked"]);

    let (firm, _) = busy().await;
    assert_eq!(verify(&firm).await["ok"], true);
    damage(
        &firm,
        "delete from core.audit_link where position = 4;
         delete from core.audit_detail where entry_id = (select max(id::text)::uuid from core.audit_entry);
         delete from core.audit_entry where id = (select max(id::text)::uuid from core.audit_entry)",
    )
    .await;
    let found = verify(&firm).await;
    assert_eq!(faults(&found), [("chain_truncated".to_owned(), json!(4))]);
}

#[tokio::test]
async fn an_erased_person_leaves_the_chain_whole() {
    let (firm, _) = busy().await;
    damage(
        &firm,
        "delete from core.audit_detail where entry_id in
             (select id from core.audit_entry where action = 'photo.announced')",
    )
    .await;
    let found = verify(&firm).await;
    assert_eq!((&found["ok"], &found["erased"]), (&json!(true), &json!(1)));
    let path = format!("/v1/audit?entity=task&entity_id={}", firm.task);
    let page = firm.manager().get(&path).await.expect(200);
    assert_eq!(page["items"][0]["erased"], true);
    assert_eq!(page["items"][0]["actor"], Value::Null);
}

#[tokio::test]
async fn who_sees_no_budgets_reads_no_acts_on_money() {
    let firm = Firm::new().await;
    sqlx::query(
        "with entry as (
             insert into core.audit_entry (id, at, action, entity, entity_id, entity_version,
                                           request_id, commitment)
             select gen_random_uuid(), now(), entity || '.updated', entity, gen_random_uuid(), 1,
                    gen_random_uuid(), ''
             from unnest($1::text[]) entity returning id)
         insert into core.audit_detail select id, '', '{}' from entry",
    )
    .bind(contracts::MONEY_ENTITIES.map(str::to_owned).to_vec())
    .execute(&mut firm.stage.sql().await)
    .await
    .unwrap();
    let money = async |role| {
        let client = firm.stage.client(role, Scope::Tenant);
        let page = client.get("/v1/audit?limit=200").await.expect(200);
        let acts = page["items"].as_array().unwrap().clone();
        let of_money = |a: &&Value| {
            contracts::MONEY_ENTITIES.contains(&a["entity"].as_str().unwrap_or_default())
        };
        acts.iter().filter(of_money).count()
    };
    assert_eq!(money(Role::Manager).await, contracts::MONEY_ENTITIES.len());
    assert_eq!(money(Role::SiteLead).await, 0);
}
