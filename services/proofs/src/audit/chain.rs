//! How a link of the chain is computed.

use chrono::SecondsFormat;
use kernel::{AuditId, TenantId, Timestamp, canonical_json, sha256};
use serde_json::json;
use uuid::Uuid;

/// An entry of the trail, without its personal part.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub id: AuditId,
    pub at: Timestamp,
    pub action: String,
    pub entity: String,
    pub entity_id: Uuid,
    pub entity_version: i64,
    pub request_id: Uuid,
    /// Stands for the personal part.
    pub commitment: Vec<u8>,
}

/// What the first link follows: the tenant's own beginning, so that no chain passes for another's.
pub(crate) fn origin(tenant: TenantId) -> [u8; 32] {
    sha256(&[b"fieldops360 audit chain", tenant.uuid().as_bytes()])
}

/// The hash of the link that follows `before` and covers `entry`.
pub(crate) fn link(before: &[u8], entry: &Entry) -> [u8; 32] {
    let fields = json!({
        "id": entry.id,
        "at": entry.at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "action": entry.action,
        "entity": entry.entity,
        "entity_id": entry.entity_id,
        "entity_version": entry.entity_version,
        "request_id": entry.request_id,
    });
    sha256(&[before, canonical_json(&fields).as_bytes(), &entry.commitment])
}
