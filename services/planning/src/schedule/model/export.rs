//! A plan as other programs read it. No I/O.

use std::collections::HashMap;

use interchange::{CalendarInfo, Document, Settings, TaskInfo};
use kernel::TaskId;

use super::book::{Book, Drawn};

/// The plan as a document: in the engine's words, with names, notes and calculated dates.
pub fn document(
    name: String,
    book: &Book,
    drawn: Drawn,
    schedule: &engine::Schedule,
    notes: &HashMap<TaskId, String>,
) -> Document {
    let mut plan = drawn.plan;
    for (task, at) in plan.tasks.iter_mut().zip(&drawn.items) {
        task.name.clone_from(&book.items[*at].title);
    }
    for (nth, calendar) in plan.calendars.iter_mut().enumerate() {
        if calendar.name.is_empty() {
            calendar.name = if nth == 0 { "24 h / 24".into() } else { format!("Calendrier {nth}") };
        }
    }
    let tasks = drawn
        .items
        .iter()
        .zip(&schedule.dates)
        .zip(1..)
        .map(|((at, dates), uid)| {
            let item = &book.items[*at];
            TaskInfo {
                uid,
                notes: notes.get(&item.id).cloned().unwrap_or_default(),
                priority: 500,
                milestone: item.terms.work_min == 0,
                told: dates.map(|d| (d.start, d.finish)),
                ..TaskInfo::default()
            }
        })
        .collect();
    let calendars = (1..).take(plan.calendars.len()).map(|uid| CalendarInfo { uid, base: None });
    Document {
        name,
        currency: None,
        settings: Settings::default(),
        calendars: calendars.collect(),
        tasks,
        plan,
        resources: Vec::new(),
        assignments: Vec::new(),
        remarks: Vec::new(),
    }
}
