//! The calls of planning operations about what is promised.

use super::Entry;

pub(super) const CALLS: &[Entry] = &[
    ("list_service_levels", "?limit=200", ""),
    (
        "create_service_level",
        "",
        r#"{"site_id": "$site", "name": "Dépannage",
        "terms": {"priorities": ["urgent"], "resolve_min": 240}}"#,
    ),
    ("read_service_level", "service_level", ""),
    ("change_service_level", "service_level", r#"{"name": "Autre nom"}"#),
    ("list_service_timers", "?limit=200", ""),
    ("read_service_timer", "service_timer", ""),
    ("list_service_timer_entries", "service_timer", ""),
];
