//! The calls of projects operations.

use super::Entry;

pub(super) const CALLS: &[Entry] = &[
    ("list_projects", "?limit=200", ""),
    ("create_project", "", r#"{"code": "$unique", "name": "Nouveau projet"}"#),
    ("read_project", "project", ""),
    ("change_project", "project", r#"{"name": "Autre nom"}"#),
    ("list_sites", "?limit=200", ""),
    (
        "create_site",
        "",
        r#"{"project_id": "$project", "name": "Nouveau chantier",
        "position": {"lat": 14.7, "lon": -17.4}}"#,
    ),
    ("read_site", "site", ""),
    ("change_site", "site", r#"{"name": "Autre nom"}"#),
    ("list_phases", "?limit=200", ""),
    ("create_phase", "", r#"{"project_id": "$project", "name": "Nouvelle phase"}"#),
    ("read_phase", "phase", ""),
    ("change_phase", "phase", r#"{"name": "Autre nom"}"#),
    ("list_milestones", "?limit=200", ""),
    (
        "create_milestone",
        "",
        r#"{"project_id": "$project", "name": "Nouveau jalon", "due_on": "$later"}"#,
    ),
    ("read_milestone", "milestone", ""),
    ("change_milestone", "milestone", r#"{"name": "Autre nom"}"#),
    ("accept_milestone", "milestone", r#"{"note": "Vu sur place"}"#),
    ("refuse_milestone", "milestone", r#"{"note": "Terre à reprendre"}"#),
];
