//! One canonical form of JSON and one hash, so that two services agree on what was committed to.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 of several byte strings, each preceded by its length so that no two lists collide.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// JSON with its object keys in order and no white space, close to RFC 8785: numbers are written
/// as `serde_json` writes them, which both sides of a comparison here share.
pub fn canonical_json(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort();
            let members: Vec<_> = keys
                .into_iter()
                .map(|k| format!("{}:{}", Value::String(k.clone()), canonical_json(&map[k])))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(canonical_json).collect();
            format!("[{}]", items.join(","))
        }
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_order_does_not_matter_and_part_borders_do() {
        let a = serde_json::json!({"b": [1, {"z": null, "a": "é"}], "a": true});
        assert_eq!(canonical_json(&a), r#"{"a":true,"b":[1,{"a":"é","z":null}]}"#);
        assert_ne!(sha256(&[b"ab", b"c"]), sha256(&[b"a", b"bc"]));
    }
}
