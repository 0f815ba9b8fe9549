//! The house keeps its shape: who may know whom, and where SQL and clients of brokers may stand.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

fn root() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).parent().unwrap().to_owned()
}

/// Every workspace crate with its folder's kind (`services`, `libs`, `tests`) and the workspace
/// crates it uses at run time.
fn crates() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .unwrap();
    metadata
        .packages
        .iter()
        .map(|package| {
            let folder = package.manifest_path.parent().unwrap();
            let kind = folder.strip_prefix(root()).unwrap().components().next().unwrap();
            let uses = package
                .dependencies
                .iter()
                .filter(|d| d.kind == DependencyKind::Normal && d.path.is_some())
                .map(|d| d.name.clone())
                .collect();
            (package.name.to_string(), (kind.to_string(), uses))
        })
        .collect()
}

#[test]
fn no_service_knows_another_and_libraries_know_no_service() {
    let crates = crates();
    let kind = |name: &str| crates.get(name).map_or("", |c| c.0.as_str());
    for (name, (folder, uses)) in &crates {
        for used in uses {
            let fine = match (folder.as_str(), kind(used)) {
                ("services", "services") => name == "fieldops",
                ("libs", "services" | "tests") | ("services", "tests") => false,
                _ => true,
            };
            assert!(fine, "{name} must not use {used}");
        }
    }
    assert!(crates["kernel"].1.is_empty(), "kernel uses nothing of the house");
    assert_eq!(crates["contracts"].1, BTreeSet::from(["kernel".to_owned()]));
}

#[test]
fn clients_of_brokers_and_stores_stand_in_one_library_each() {
    for (used, home) in
        [("lapin", "events"), ("aws-sdk-s3", "blobs"), ("redis", "cache"), ("typst", "typeset")]
    {
        for manifest in manifests() {
            let text = fs::read_to_string(&manifest).unwrap();
            let uses = text.lines().any(|l| {
                l.strip_prefix(used).is_some_and(|rest| rest.trim_start().starts_with(['.', '=']))
            });
            let folder = manifest.parent().unwrap().file_name().unwrap();
            assert!(!uses || folder == home, "{used} belongs to {home}: {}", manifest.display());
        }
    }
}

fn manifests() -> Vec<PathBuf> {
    ["libs", "services"]
        .iter()
        .flat_map(|kind| fs::read_dir(root().join(kind)).unwrap())
        .map(|entry| entry.unwrap().path().join("Cargo.toml"))
        .filter(|manifest| manifest.exists())
        .collect()
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Production sources with their text up to the unit tests.
fn code() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for manifest in manifests() {
        sources(&manifest.parent().unwrap().join("src"), &mut files);
    }
    files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
            (file.strip_prefix(root()).unwrap().to_owned(), code)
        })
        .collect()
}

#[test]
fn sql_stands_in_the_store_rooms_and_a_few_libraries() {
    // Provisioning's steps are SQL and DDL through and through; its worker begins transactions.
    let homes = ["libs/tenancy", "libs/events", "libs/jobs", "libs/web", "libs/testkit"];
    for (file, code) in code() {
        let sql = ["query!(", "query_as!(", "query_scalar!(", "query_file"]
            .iter()
            .any(|form| code.contains(form));
        let path = file.to_str().unwrap();
        let at_home = homes.iter().any(|home| path.starts_with(home))
            || path.ends_with("/store.rs")
            || path.contains("/store/")
            || path == "services/provisioning/src/runs/steps.rs";
        assert!(!sql || at_home, "SQL outside a store room: {path}");
    }
}

#[test]
fn files_are_short() {
    for (file, code) in code() {
        let lines = code.lines().count();
        assert!(lines <= 400, "{} has {lines} lines; split it", file.display());
    }
}

#[test]
fn no_file_leaves_work_for_later() {
    for (file, code) in code() {
        for word in ["TODO", "FIXME", "unimplemented!", "todo!"] {
            assert!(!code.contains(word), "{}: {word}", file.display());
        }
    }
}
