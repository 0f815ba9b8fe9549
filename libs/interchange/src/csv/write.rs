//! Tasks as a table that spreadsheets open without harm.

use std::io::{self, Write};

use schedule::{Constraint, Lag, Work};

use super::words;
use crate::Document;

/// What makes a spreadsheet take a text for a formula (OWASP, "CSV Injection").
pub const FORMULA: &[char] = &['=', '+', '-', '@', '\t', '\r'];

/// Writes tables, each text so that no spreadsheet takes it for a formula: with an apostrophe
/// before it, which [`super::Row::text`] takes away again.
pub struct Writer<W: Write> {
    inner: ::csv::Writer<W>,
}

impl<W: Write> Writer<W> {
    /// A table in UTF-8 with commas.
    pub fn new(out: W) -> Self {
        Self { inner: ::csv::Writer::from_writer(out) }
    }

    /// Writes a row.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
        for cell in cells {
            let looks = cell.starts_with(FORMULA) || cell.starts_with('\'');
            // A number may keep its sign.
            if looks && cell.parse::<f64>().is_err() {
                self.inner.write_field(format!("'{cell}"))?;
            } else {
                self.inner.write_field(cell)?;
            }
        }
        self.inner.write_record(None::<&[u8]>)?;
        Ok(())
    }

    /// Hands everything over.
    pub fn finish(mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Writes the document's tasks with the columns [`super::read_tasks`] reads, and the dates told.
pub fn write_tasks(document: &Document, out: impl Write) -> io::Result<()> {
    let mut out = Writer::new(out);
    out.row([
        "id",
        "wbs",
        "name",
        "duration",
        "predecessors",
        "constraint",
        "constraint date",
        "deadline",
        "calendar",
        "percent complete",
        "actual start",
        "actual finish",
        "milestone",
        "priority",
        "notes",
        "start",
        "finish",
    ])?;
    let mut predecessors = vec![Vec::new(); document.tasks.len()];
    for link in &document.plan.links {
        let Some(from) = document.tasks.get(link.from) else { continue };
        let lag = match link.lag {
            Lag::Working(0) | Lag::Elapsed(0) => String::new(),
            Lag::Working(m) => signed(&words::written(Work::Working(m), &document.settings)),
            Lag::Elapsed(m) => signed(&words::written(Work::Elapsed(m), &document.settings)),
            Lag::Percent(share) => format!("{share:+}%"),
        };
        if let Some(of_task) = predecessors.get_mut(link.to) {
            of_task.push(format!("{}{}{lag}", from.uid, words::kind(link.kind)));
        }
    }
    for (place, info) in document.tasks.iter().enumerate() {
        let task = &document.plan.tasks[place];
        let at = |moment: Option<chrono::NaiveDateTime>| {
            moment.map(|m| m.format("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default()
        };
        let (constraint, date) = constraint(task.constraint);
        let minutes = match task.work {
            Work::Working(minutes) | Work::Elapsed(minutes) => minutes,
        };
        let percent = match minutes {
            0 => i64::from(task.progress.finished_at.is_some()) * 100,
            _ => task.progress.done.saturating_mul(100) / minutes,
        };
        let calendar = task.calendar.and_then(|at| document.plan.calendars.get(at));
        out.row([
            info.uid.to_string().as_str(),
            &info.wbs,
            &task.name,
            &words::written(task.work, &document.settings),
            &predecessors[place].join(";"),
            constraint,
            &at(date),
            &at(task.deadline),
            calendar.map_or("", |calendar| &calendar.name),
            &percent.to_string(),
            &at(task.progress.started_at),
            &at(task.progress.finished_at),
            if info.milestone { "yes" } else { "" },
            &info.priority.to_string(),
            &info.notes,
            &at(info.told.map(|told| told.0)),
            &at(info.told.map(|told| told.1)),
        ])?;
    }
    out.finish()
}

fn signed(text: &str) -> String {
    if text.starts_with('-') { text.to_owned() } else { format!("+{text}") }
}

fn constraint(constraint: Constraint) -> (&'static str, Option<chrono::NaiveDateTime>) {
    match constraint {
        Constraint::AsSoonAsPossible => ("", None),
        Constraint::AsLateAsPossible => ("ALAP", None),
        Constraint::StartNoEarlierThan(at) => ("SNET", Some(at)),
        Constraint::StartNoLaterThan(at) => ("SNLT", Some(at)),
        Constraint::FinishNoEarlierThan(at) => ("FNET", Some(at)),
        Constraint::FinishNoLaterThan(at) => ("FNLT", Some(at)),
        Constraint::MustStartOn(at) => ("MSO", Some(at)),
        Constraint::MustFinishOn(at) => ("MFO", Some(at)),
    }
}
