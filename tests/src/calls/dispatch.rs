//! The calls of dispatch.

use super::Entry;

pub(super) const CALLS: &[Entry] = &[
    (
        "move_dispatched",
        "",
        r#"{"task_id": "$task_b", "starts_at": "$laterT08:00:00Z", "worker_ids": ["$worker"]}"#,
    ),
    ("list_dispatch_runs", "?limit=200", ""),
    (
        "start_dispatch_run",
        "",
        r#"{"site_ids": ["$site"], "from": "$today", "to": "$today", "rounds": 5,
        "what_if": true}"#,
    ),
    (
        "replan_dispatch",
        "",
        r#"{"site_ids": ["$site"], "from": "$today", "to": "$today", "rounds": 5, "what_if": true,
        "away": [{"worker_id": "$worker", "from": "$todayT00:00:00Z", "to": "$laterT00:00:00Z"}]}"#,
    ),
    ("read_dispatch_run", "dispatch_run", ""),
    ("cancel_dispatch_run", "dispatch_run", ""),
    ("publish_dispatch_run", "dispatch_run", "{}"),
    ("insert_dispatch", "", r#"{"task": {"site_id": "$site", "duration_min": 30}}"#),
    ("explain_dispatch", "task", ""),
    ("read_dispatch_board", "?from=$today&to=$today", ""),
    ("read_day", "?worker_id=$worker&date=$today", ""),
    ("list_days", "?date=$today&limit=100", ""),
    ("read_travel_matrix", "", ""),
    ("upload_travel_matrix", "", ",$site\n$site,0\n"),
    ("remove_travel_matrix", "", ""),
];
