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
];
