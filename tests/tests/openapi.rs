//! The checked-in description is the one the code makes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

#[test]
fn the_checked_in_description_is_not_stale() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/fieldops.json");
    let known = std::fs::read_to_string(file).unwrap_or_default();
    let now = fieldops::openapi::text().unwrap();
    assert!(known == now, "stale: cargo run --bin fieldops -- openapi > openapi/fieldops.json");
}
