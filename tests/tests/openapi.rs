//! The checked-in description is the one the code makes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

#[test]
fn the_checked_in_description_is_not_stale() {
    let file = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap())
        .join("../openapi/fieldops.json");
    let known = std::fs::read_to_string(file).unwrap_or_default();
    let now = fieldops::openapi::text().unwrap();
    assert!(known == now, "stale: cargo run --bin fieldops -- openapi > openapi/fieldops.json");
}

#[test]
fn a_name_in_the_description_means_one_thing_whatever_the_service() {
    let mut known: BTreeMap<String, (String, Value)> = BTreeMap::new();
    let mut operations: BTreeMap<String, String> = BTreeMap::new();
    let mut torn = Vec::new();
    for (service, description) in fieldops::services::descriptions() {
        let description = serde_json::to_value(&description).unwrap();
        let schemas = description["components"]["schemas"].as_object().cloned().unwrap_or_default();
        for (name, schema) in schemas {
            let first = known.entry(name.clone()).or_insert((service.to_string(), schema.clone()));
            if first.1 != schema {
                torn.push(format!("`{name}` differs between {} and {service}", first.0));
            }
        }
        for (path, item) in description["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                let Some(id) = operation["operationId"].as_str() else { continue };
                let before = operations.insert(id.to_owned(), path.clone());
                torn.extend(before.map(|before| format!("`{id}` is both {path} and {before}")));
            }
        }
    }
    assert!(torn.is_empty(), "{}", torn.join("\n"));
}

#[test]
fn every_reference_in_the_description_leads_somewhere() {
    let whole = serde_json::to_value(fieldops::openapi::merged()).unwrap();
    let mut lost = Vec::new();
    let mut left = vec![&whole];
    while let Some(value) = left.pop() {
        if let Some(to) = value["$ref"].as_str()
            && whole.pointer(to.trim_start_matches('#')).is_none()
        {
            lost.push(to.to_owned());
        }
        match value {
            Value::Array(items) => left.extend(items),
            Value::Object(members) => left.extend(members.values()),
            _ => {}
        }
    }
    assert!(lost.is_empty(), "{lost:?}");
}
