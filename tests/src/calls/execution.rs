//! The calls of planning operations about how the work on a task goes.

use super::Entry;

pub(super) const CALLS: &[Entry] = &[
    ("dispatch_task", "task", ""),
    ("recall_task", "task", r#"{"reason": "Pluie"}"#),
    ("travel_to_task", "task", ""),
    ("arrive_at_task", "task", ""),
    ("block_task", "task", r#"{"reason": "Pas de courant", "by_client": true}"#),
    ("unblock_task", "task", r#"{"reason": "Courant rétabli"}"#),
    ("list_task_progress", "task", ""),
    ("report_task_progress", "task", r#"{"percent": 40}"#),
    ("list_work_sessions", "task", ""),
    ("add_incident_photos", "incident", r#"{"photo_ids": ["$photo"]}"#),
    ("read_escalation_times", "", ""),
    (
        "set_escalation_times",
        "",
        r#"{"low": {"project_lead_min": null, "manager_min": null},
        "medium": {"project_lead_min": 1440, "manager_min": 4320},
        "high": {"project_lead_min": 240, "manager_min": 1440},
        "critical": {"project_lead_min": 30, "manager_min": 120}}"#,
    ),
    ("list_task_templates", "?limit=200", ""),
    (
        "create_task_template",
        "",
        r#"{"site_id": "$site", "title": "Ronde", "duration_min": 30, "starts_at": "08:00",
        "rule": "FREQ=WEEKLY;BYDAY=MO", "starts_on": "2099-01-05"}"#,
    ),
    ("read_task_template", "task_template", ""),
    ("change_task_template", "task_template", r#"{"title": "Autre titre"}"#),
    ("list_task_occurrences", "task_template", ""),
];
