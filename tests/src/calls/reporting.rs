//! The calls of reporting operations.

use super::Entry;

pub(super) const CALLS: &[Entry] = &[
    ("list_alerts", "?limit=200", ""),
    ("acknowledge_alert", "alert", ""),
    ("read_kpis", "?project_id=$project", ""),
    ("follow_live", "", ""),
    ("list_reports", "?limit=200", ""),
    (
        "create_report",
        "",
        r#"{"kind": "day", "site_id": "$site", "day": "$today", "format": "xlsx"}"#,
    ),
    ("read_report", "report", ""),
    ("read_report_file", "report", ""),
];
