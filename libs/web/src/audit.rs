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
    json!({
        "actor": envelope.actor,
        "device_at": device.at,
        "position": device.position,
        "about": about,
    })
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
    for (envelope, about) in acts {
        let id = AuditId::new();
        let salt: [u8; 16] = rand::random();
        let detail = detail_of(envelope, device, about);
        sqlx::query!(
            "with entry as (
                 insert into core.audit_entry
                     (id, at, action, entity, entity_id, entity_version, request_id, commitment)
                 values ($1, $2, $3, $4, $5, $6, $7, $8))
             insert into core.audit_detail (entry_id, salt, value) values ($1, $9, $10)",
            id as AuditId,
            envelope.at,
            envelope.action,
            envelope.entity,
            envelope.entity_id,
            envelope.entity_version,
            envelope.request_id.uuid(),
            &commitment(&salt, &detail)[..],
            &salt[..],
            detail
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
