//! The calls of resources operations.

use super::Entry;

pub(super) const CALLS: &[Entry] = &[
    ("list_workers", "?limit=200", ""),
    ("create_worker", "", r#"{"name": "Nouvel ouvrier"}"#),
    ("read_worker", "worker", ""),
    ("change_worker", "worker", r#"{"name": "Autre nom"}"#),
    ("list_absences", "worker", ""),
    (
        "create_absence",
        "worker",
        r#"{"from": "$laterT08:00:00Z", "to": "$laterT09:00:00Z", "kind": "leave"}"#,
    ),
    ("remove_absence", "worker", ""),
    ("list_skills", "?limit=200", ""),
    ("create_skill", "", r#"{"code": "$unique", "name_fr": "Nouvelle", "name_en": "New"}"#),
    ("read_skill", "skill", ""),
    ("change_skill", "skill", r#"{"name_en": "Other"}"#),
    ("list_crews", "?limit=200", ""),
    ("create_crew", "", r#"{"name": "Nouvelle équipe"}"#),
    ("read_crew", "crew", ""),
    ("change_crew", "crew", r#"{"name": "Autre nom"}"#),
];
