//! The audit entry of a write. The entry holds a salted commitment to its personal part (who,
//! which values), which stands beside it, so that erasing a person leaves the chain verifiable.
//! Where the device was is forgotten sooner than that: it stands beside the personal part, which
//! holds a commitment of its own to it.

use contracts::Envelope;
use kernel::{AuditId, Timestamp, UserId, canonical_json, sha256};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::context::Device;

/// The personal part of an entry; `place` stands for where the device was.
pub fn detail_of(
    envelope: &Envelope,
    device: &Device,
    place: Option<[u8; 32]>,
    about: &Value,
) -> Value {
    settled(json!({
        "actor": envelope.actor,
        "device_at": device.at,
        "place": place.map(hex::encode),
        "about": about,
    }))
}

/// What is committed to must read the same after PostgreSQL kept it: a number of at most 15
/// digits does in every reader, one of 17 does not in each. So numbers are rounded to 15 digits,
/// and those too large or too small for any measure become text.
fn settled(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => lasting(number.as_f64().unwrap_or_default()),
        Value::Array(items) => items.into_iter().map(settled).collect(),
        Value::Object(map) => map.into_iter().map(|(k, v)| (k, settled(v))).collect(),
        other => other,
    }
}

fn lasting(number: f64) -> Value {
    if number == 0.0 {
        return json!(0.0); // without its sign, which PostgreSQL does not keep
    }
    let digits = format!("{number:.14e}");
    match digits.parse::<f64>() {
        Ok(rounded) if (1e-7..1e15).contains(&rounded.abs()) => json!(rounded),
        _ => Value::String(digits),
    }
}

/// What an entry holds in place of its personal part.
pub fn commitment(salt: &[u8], detail: &Value) -> [u8; 32] {
    sha256(&[salt, canonical_json(detail).as_bytes()])
}

/// Stores the entries of one write, in a few statements however many there are.
pub(crate) async fn store(
    tx: &mut PgConnection,
    acts: &[(Envelope, Value)],
    device: &Device,
) -> Result<(), sqlx::Error> {
    let mut entries = Entries::default();
    for (envelope, about) in acts {
        let salt: [u8; 16] = rand::random();
        let id = AuditId::new().uuid();
        let place = device.position.map(|position| {
            let (salt, value): ([u8; 16], _) = (rand::random(), settled(json!(position)));
            let stands_for = commitment(&salt, &value);
            entries.places.push((id, salt.to_vec(), value, envelope.actor.map(UserId::uuid)));
            stands_for
        });
        let detail = detail_of(envelope, device, place, about);
        entries.ids.push(id);
        entries.at.push(envelope.at);
        entries.actions.push(envelope.action.clone());
        entries.entities.push(envelope.entity.clone());
        entries.entity_ids.push(envelope.entity_id);
        entries.versions.push(envelope.entity_version);
        entries.requests.push(envelope.request_id.uuid());
        entries.commitments.push(commitment(&salt, &detail).to_vec());
        entries.salts.push(salt.to_vec());
        entries.details.push(detail);
    }
    sqlx::query!(
        "insert into core.audit_entry
             (id, at, action, entity, entity_id, entity_version, request_id, commitment)
         select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[],
                              $6::bigint[], $7::uuid[], $8::bytea[])",
        &entries.ids,
        &entries.at,
        &entries.actions,
        &entries.entities,
        &entries.entity_ids,
        &entries.versions,
        &entries.requests,
        &entries.commitments
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into core.audit_detail (entry_id, salt, value)
         select * from unnest($1::uuid[], $2::bytea[], $3::jsonb[])",
        &entries.ids,
        &entries.salts,
        &entries.details
    )
    .execute(&mut *tx)
    .await?;
    places(tx, entries.places).await
}

/// Stores where the device was, beside the entries that stand for it.
async fn places(tx: &mut PgConnection, places: Vec<Placed>) -> Result<(), sqlx::Error> {
    if places.is_empty() {
        return Ok(());
    }
    let (mut ids, mut salts, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut actors = Vec::new();
    for (id, salt, value, actor) in places {
        actors.push(actor);
        ids.push(id);
        salts.push(salt);
        values.push(value);
    }
    sqlx::query!(
        "insert into core.audit_place (entry_id, salt, value, actor)
         select * from unnest($1::uuid[], $2::bytea[], $3::jsonb[], $4::uuid[])",
        &ids,
        &salts,
        &values,
        &actors as &[Option<Uuid>]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Where the device was at an entry: its id, a salt, the position, and whose it was.
type Placed = (Uuid, Vec<u8>, Value, Option<Uuid>);

/// The columns of entries.
#[derive(Default)]
struct Entries {
    ids: Vec<Uuid>,
    at: Vec<Timestamp>,
    actions: Vec<String>,
    entities: Vec<String>,
    entity_ids: Vec<Uuid>,
    versions: Vec<i64>,
    requests: Vec<Uuid>,
    commitments: Vec<Vec<u8>>,
    salts: Vec<Vec<u8>>,
    details: Vec<Value>,
    places: Vec<Placed>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_committed_to_reads_the_same_again() {
        let values = json!([
            14.7 + 1e-15,
            -17.400_000_000_000_002,
            -0.0,
            1e300,
            1e-300,
            5.0,
            1e15,
            0.1 + 0.2,
            43.467_448_333_333_34,
            7,
            -3,
            "1.0"
        ]);
        let written = settled(json!({ "about": values }));
        let read: Value = serde_json::from_str(&written.to_string()).unwrap();
        assert_eq!(canonical_json(&read), canonical_json(&written));
        assert_eq!(written["about"][2].to_string(), "0.0");
        assert_eq!(written["about"][7], 0.3);
        assert_eq!(written["about"][9], 7);
        for n in 1..10_000_u32 {
            let number = lasting(f64::from(n).sqrt() * 17.3).to_string();
            assert_eq!(serde_json::from_str::<Value>(&number).unwrap().to_string(), number);
        }
    }
}
