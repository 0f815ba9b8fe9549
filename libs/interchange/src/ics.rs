//! iCalendar (RFC 5545): a plan's tasks as events that calendar programs show.

use std::io::{self, Write};

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use kernel::Lang;
use schedule::Dates;

use crate::Document;

/// Octets of a line at most, its end not counted (RFC 5545, 3.1).
const LINE: usize = 75;

/// What a document does not say of its tasks as events.
#[derive(Debug, Clone)]
pub struct About {
    /// The zone the plan's local times are of; events are written in UTC.
    pub zone: Tz,
    /// When the file is written.
    pub written_at: DateTime<Utc>,
    /// What makes ids unique in the world: `TASK@domain`.
    pub domain: String,
    /// The tasks' ids, in the document's order; a task without one goes by its number in the file.
    pub uids: Vec<String>,
    /// The language of what is added to people's own words.
    pub lang: Lang,
}

/// Writes an event for each task that has dates and is no summary. The same task has the same id
/// in every file, so that a calendar that reads a newer one moves what it knows.
pub fn write(
    document: &Document,
    dates: &[Option<Dates>],
    about: &About,
    out: impl Write,
) -> io::Result<()> {
    let mut out = Lines { to: out };
    out.line("BEGIN:VCALENDAR")?;
    out.line("VERSION:2.0")?;
    out.line("PRODID:-//FieldOps360//Schedule//FR")?;
    out.line("CALSCALE:GREGORIAN")?;
    out.line("METHOD:PUBLISH")?;
    out.text("X-WR-CALNAME", &document.name)?;
    out.line(&format!("X-WR-TIMEZONE:{}", about.zone.name()))?;
    let mut summary = vec![false; document.tasks.len()];
    for parent in document.plan.tasks.iter().filter_map(|task| task.parent) {
        summary[parent] = true;
    }
    for (place, dates) in dates.iter().enumerate() {
        if let (Some(dates), Some(false)) = (dates, summary.get(place)) {
            event(document, place, dates, about, &mut out)?;
        }
    }
    out.line("END:VCALENDAR")?;
    out.to.flush()
}

fn event(
    document: &Document,
    place: usize,
    dates: &Dates,
    about: &About,
    out: &mut Lines<impl Write>,
) -> io::Result<()> {
    let (task, info) = (&document.plan.tasks[place], &document.tasks[place]);
    let stamp = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ").to_string();
    let uid = match about.uids.get(place) {
        Some(uid) => uid.clone(),
        None => info.uid.to_string(),
    };
    out.line("BEGIN:VEVENT")?;
    out.text("UID", &format!("{uid}@{}", about.domain))?;
    out.line(&format!("DTSTAMP:{}", stamp(about.written_at)))?;
    let (start, finish) = (instant(dates.start, about.zone), instant(dates.finish, about.zone));
    out.line(&format!("DTSTART:{}", stamp(start)))?;
    // An event without a length has no end (3.6.1): a milestone.
    if finish > start {
        out.line(&format!("DTEND:{}", stamp(finish)))?;
    }
    out.text("SUMMARY", &task.name)?;
    let mut notes = info.notes.clone();
    if dates.critical {
        let word = match about.lang {
            Lang::Fr => "Tâche critique",
            Lang::En => "Critical task",
        };
        notes = if notes.is_empty() { word.to_owned() } else { format!("{word}\n{notes}") };
    }
    if !notes.is_empty() {
        out.text("DESCRIPTION", &notes)?;
    }
    let people: Vec<&str> = document
        .assignments
        .iter()
        .filter(|assignment| assignment.task == place)
        .filter_map(|assignment| document.resources.get(assignment.resource))
        .map(|resource| resource.name.as_str())
        .collect();
    if !people.is_empty() {
        out.line(&format!(
            "RESOURCES:{}",
            people.iter().map(|p| escaped(p)).collect::<Vec<_>>().join(",")
        ))?;
    }
    out.line("TRANSP:TRANSPARENT")?;
    out.line("END:VEVENT")
}

/// The instant of a local time. An hour that comes twice in autumn is taken the first time; one
/// that spring skips is the instant its clocks would show an hour later.
fn instant(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    zone.from_local_datetime(&local)
        .earliest()
        .or_else(|| zone.from_local_datetime(&(local + TimeDelta::hours(1))).earliest())
        .map_or_else(|| local.and_utc(), |at| at.with_timezone(&Utc))
}

struct Lines<W> {
    to: W,
}

impl<W: Write> Lines<W> {
    /// A property whose value is text.
    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.line(&format!("{name}:{}", escaped(text)))
    }

    /// A line, folded where it is too long: never within a character.
    fn line(&mut self, line: &str) -> io::Result<()> {
        let mut rest = line;
        let mut room = LINE;
        while rest.len() > room {
            let at = rest.floor_char_boundary(room);
            write!(self.to, "{}\r\n ", &rest[..at])?;
            rest = &rest[at..];
            room = LINE - 1;
        }
        write!(self.to, "{rest}\r\n")
    }
}

/// Text with what has a meaning of its own written otherwise (3.3.11); control characters are
/// left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.replace("\r\n", "\n").chars() {
        match char {
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(char);
            }
            '\n' | '\r' => out.push_str("\\n"),
            _ if char.is_control() && char != '\t' => {}
            _ => out.push(char),
        }
    }
    out
}
