//! Primavera P6's exchange format (XER): tables of tab-separated rows. Its rules are told by
//! Oracle's "P6 XER Import/Export Data Map Guide".
//!
//! The work breakdown becomes summaries, and numbers of activities stay. "Finish on or before"
//! becomes a deadline, which bounds late dates alone, as Primavera's does; "start on" and the
//! mandatory dates become dates a task must have. One project is read: the first one exported.

mod build;
mod calendar;
mod rows;
mod table;

use std::io::BufRead;

use crate::findings::Findings;
use crate::{Document, Fault, Finding, Limits};
use rows::Raw;
use table::{Line, Tables};

/// The document in `input`, or all that is wrong with it.
pub fn read(input: impl BufRead, limits: &Limits) -> Result<Document, Fault> {
    let mut tables = Tables::new(input, limits)?;
    let mut raw = Raw::default();
    let mut found = Findings::new(limits.findings);
    let mut room = limits.exceptions;
    while let Line::Row(row) = tables.next_line()? {
        raw.take(&row, &mut found, &mut room);
        let counts = [
            (raw.projects.len(), limits.calendars, "de projets", "projects"),
            (raw.calendars.len(), limits.calendars, "de calendriers", "calendars"),
            (raw.tasks.len() + raw.wbs.len(), limits.tasks, "de tâches", "tasks"),
            (raw.links.len(), limits.links, "de liens", "links"),
            (raw.resources.len(), limits.resources, "de ressources", "resources"),
            (raw.assignments.len(), limits.assignments, "d'affectations", "assignments"),
        ];
        for (count, most, fr, en) in counts {
            if count > most {
                return Err(found.stop(Finding::new(
                    row.place(None),
                    "limit",
                    format!("Trop {fr} : {most} au plus."),
                    format!("Too many {en}: at most {most}."),
                )));
            }
        }
        if found.full() {
            break;
        }
    }
    let mut document = build::document(raw, found)?;
    document.remarks.truncate(limits.findings);
    Ok(document)
}
