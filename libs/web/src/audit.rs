//! The audit entry of a write. The entry holds a salted commitment to its personal part (who,
//! where, which values), which stands beside it, so that erasing a person leaves the chain
//! verifiable.

use contracts::Envelope;
use kernel::{AuditId, canonical_json, sha256};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::context::Device;

/// The personal part of an entry.
pub fn detail_of(envelope: &Envelope, device: &Device, about: &Value) -> Value {
    settled(json!({
        "actor": envelope.actor,
        "device_at": device.at,
        "position": device.position,
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

/// Stores the entries of one write.
pub(crate) async fn store(
    tx: &mut PgConnection,
    acts: &[(Envelope, Value)],
    device: &Device,
) -> Result<(), sqlx::Error> {
    // In lots, so that a write of thousands of things costs neither thousands of statements nor
    // one that is too long.
    for lot in acts.chunks(500) {
        let mut entries = Vec::with_capacity(lot.len());
        for (envelope, about) in lot {
            let salt: [u8; 16] = rand::random();
            let detail = detail_of(envelope, device, about);
            entries.push(json!({
                "id": AuditId::new(),
                "at": envelope.at,
                "action": envelope.action,
                "entity": envelope.entity,
                "entity_id": envelope.entity_id,
                "entity_version": envelope.entity_version,
                "request_id": envelope.request_id,
                "commitment": hex::encode(commitment(&salt, &detail)),
                "salt": hex::encode(salt),
                "value": detail,
            }));
        }
        sqlx::query!(
            "with act as (
                 select * from jsonb_to_recordset($1) as act
                     (id uuid, at timestamptz, action text, entity text, entity_id uuid,
                      entity_version bigint, request_id uuid, commitment text, salt text,
                      value jsonb)),
             entry as (
                 insert into core.audit_entry
                     (id, at, action, entity, entity_id, entity_version, request_id, commitment)
                 select id, at, action, entity, entity_id, entity_version, request_id,
                        decode(commitment, 'hex') from act)
             insert into core.audit_detail (entry_id, salt, value)
             select id, decode(salt, 'hex'), value from act",
            Value::Array(entries)
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
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
