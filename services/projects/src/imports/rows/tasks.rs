//! A row of `tasks`. Planning checks the same again when it takes it over.

use std::collections::HashSet;

use chrono::{DateTime, LocalResult, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use kernel::Timestamp;
use validator::Validate;
use web::check;

use super::parts;
use crate::imports::finding::Findings;
use crate::imports::table::{Cells, Column, day};

pub(super) const COLUMNS: &[Column] = &[
    Column { name: "project", fr: "projet", required: true },
    Column { name: "site", fr: "chantier", required: true },
    Column { name: "title", fr: "titre", required: true },
    Column { name: "starts_at", fr: "debut", required: true },
    Column { name: "ref", fr: "reference", required: false },
    Column { name: "description", fr: "description", required: false },
    Column { name: "ends_at", fr: "fin", required: false },
    Column { name: "duration_min", fr: "duree_min", required: false },
    Column { name: "priority", fr: "priorite", required: false },
    Column { name: "workers_needed", fr: "ouvriers", required: false },
    Column { name: "skills", fr: "competences", required: false },
    Column { name: "predecessors", fr: "predecesseurs", required: false },
];

/// A time of a row: an instant, or a time of the site's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::imports) enum When {
    /// An instant, written with its offset.
    Instant(Timestamp),
    /// By the clock in the site's zone.
    Local(NaiveDateTime),
}

impl When {
    /// The instant in `zone`; none where its clocks were put forward over that time. Where they
    /// were put back, the first of the two.
    pub fn at(self, zone: Tz) -> Option<Timestamp> {
        match self {
            Self::Instant(at) => Some(at),
            Self::Local(local) => match zone.from_local_datetime(&local) {
                LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
                    Some(at.with_timezone(&Utc))
                }
                LocalResult::None => None,
            },
        }
    }
}

/// A task that comes before another, by its ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::imports) struct Before {
    /// Its ref in the file.
    pub name: String,
    /// Minutes between its end and the start of the other.
    pub lag_min: i32,
}

/// A task to be planned.
pub(in crate::imports) struct TaskRow {
    /// The line it stands on.
    pub line: u64,
    /// What other rows call it.
    pub name: Option<String>,
    /// The code of its project.
    pub project: String,
    /// The name of its site.
    pub site: String,
    /// What is to be done, in a few words.
    pub title: String,
    /// What is to be done, at length.
    pub description: String,
    /// How urgent it is.
    pub priority: &'static str,
    /// How many workers it takes.
    pub workers_needed: i16,
    /// Planned start.
    pub starts: When,
    /// Planned end.
    pub ends: Option<When>,
    /// Minutes of planned work.
    pub duration_min: Option<i32>,
    /// The codes of the skills that each of its workers must hold.
    pub skills: Vec<String>,
    /// What comes before it.
    pub after: Vec<Before>,
}

/// What a task's fields must satisfy.
#[derive(Validate)]
struct Fields<'a> {
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    title: &'a str,
    #[validate(length(max = 4000))]
    description: &'a str,
    #[validate(range(min = 1, max = 525_600))]
    duration_min: Option<i32>,
    #[validate(range(min = 1, max = 50))]
    workers_needed: i16,
}

/// Reads a row; none where something is wrong with it.
pub(super) fn read(cells: &Cells<'_>, findings: &mut Findings) -> Option<TaskRow> {
    let before = findings.count();
    let fields = Fields {
        title: cells.get("title")?,
        description: cells.get("description").unwrap_or_default(),
        duration_min: cells.number("duration_min", findings),
        workers_needed: cells.number("workers_needed", findings).unwrap_or(1),
    };
    if let Err(errors) = fields.validate() {
        findings.add_all(cells.at, &errors, |name| {
            COLUMNS.iter().map(|c| c.name).find(|column| *column == name)
        });
    }
    let times = (
        "heure attendue, de 2000 à 2100 : 2026-06-30 08:00",
        "a time is expected, 2000 to 2100: 2026-06-30 08:00",
    );
    let starts = cells.read("starts_at", findings, times, when);
    let ends = cells.read("ends_at", findings, times, when);
    let words = ("low, normal, high ou urgent", "low, normal, high or urgent");
    let priority = cells.read("priority", findings, words, |cell| {
        ["low", "normal", "high", "urgent"].into_iter().find(|word| *word == cell)
    });
    let codes = ("codes séparés par |, au plus 20", "codes separated by |, at most 20");
    let skills = cells.read("skills", findings, codes, skills).unwrap_or_default();
    let refs = (
        "références séparées par |, au plus 100, chacune une fois, avec +60 pour 60 minutes d'écart",
        "refs separated by |, at most 100, each once, with +60 for 60 minutes between",
    );
    let after = cells.read("predecessors", findings, refs, befores).unwrap_or_default();
    if fields.duration_min.is_none() && ends.is_none() && findings.count() == before {
        findings.add(
            cells.at,
            "ends_at",
            "missing",
            "donnez une fin ou une durée",
            "give an end or a duration",
        );
    }
    let name = cells.text("ref");
    if name.as_ref().is_some_and(|name| name.len() > 100 || name.contains(['|', '+'])) {
        findings.add(
            cells.at,
            "ref",
            "characters",
            "100 caractères au plus, sans | ni +",
            "at most 100 characters, without | or +",
        );
    }
    let (project, site) = (cells.text("project")?, cells.text("site")?);
    (findings.count() == before).then_some(TaskRow {
        line: cells.at.1,
        name,
        project,
        site,
        title: fields.title.to_owned(),
        description: fields.description.to_owned(),
        priority: priority.unwrap_or("normal"),
        workers_needed: fields.workers_needed,
        starts: starts?,
        ends,
        duration_min: fields.duration_min,
        skills,
        after,
    })
}

/// An instant (RFC 3339), or a time of the clock: `2026-06-30 08:00`, `30/06/2026 08:00`.
fn when(cell: &str) -> Option<When> {
    let sane = |when: When| {
        let at = when.at(Tz::UTC)?;
        check::instant(&at).is_ok().then_some(when)
    };
    if let Ok(at) = DateTime::parse_from_rfc3339(cell) {
        return sane(When::Instant(at.with_timezone(&Utc)));
    }
    let (date, time) = cell.split_once([' ', 'T'])?;
    let read = |format| NaiveTime::parse_from_str(time.trim(), format).ok();
    let time = read("%H:%M").or_else(|| read("%H:%M:%S"))?;
    sane(When::Local(day(date)?.and_time(time)))
}

fn skills(cell: &str) -> Option<Vec<String>> {
    let mut codes: Vec<_> = parts(cell).map(str::to_owned).collect();
    codes.sort();
    codes.dedup();
    (codes.len() <= 20).then_some(codes)
}

fn befores(cell: &str) -> Option<Vec<Before>> {
    let mut names = HashSet::new();
    let mut read = Vec::new();
    for part in parts(cell) {
        let (name, lag_min) = match part.split_once('+') {
            Some((name, lag)) => {
                let lag = lag.trim().parse().ok().filter(|lag| (0..=525_600).contains(lag))?;
                (name.trim(), lag)
            }
            None => (part, 0),
        };
        if name.is_empty() || !names.insert(name) || read.len() >= 100 {
            return None;
        }
        read.push(Before { name: name.to_owned(), lag_min });
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_instants_or_of_the_sites_clock() {
        let paris = Tz::Europe__Paris;
        let at = |cell: &str| when(cell).and_then(|w| w.at(paris)).map(|at| at.to_rfc3339());
        assert_eq!(at("2026-06-30T08:00:00+02:00").unwrap(), "2026-06-30T06:00:00+00:00");
        for cell in ["2026-06-30 08:00", "30/06/2026 08:00:00", "2026-06-30T08:00"] {
            assert_eq!(at(cell).unwrap(), "2026-06-30T06:00:00+00:00", "{cell}");
        }
        assert_eq!(at("2026-03-29 02:30"), None, "clocks go from 2 to 3 that night");
        assert_eq!(at("2026-10-25 02:30").unwrap(), "2026-10-25T00:30:00+00:00", "the first");
        for bad in ["2026-02-29 08:00", "demain", "0126-06-30 08:00", "2026-06-30", "=NOW()"] {
            assert_eq!(when(bad), None, "{bad}");
        }
    }

    #[test]
    fn predecessors_are_refs_with_minutes_between() {
        let read = befores("A1 | A2+120|A3 + 5").unwrap();
        let read: Vec<_> = read.iter().map(|b| (b.name.as_str(), b.lag_min)).collect();
        assert_eq!(read, [("A1", 0), ("A2", 120), ("A3", 5)]);
        for bad in ["A1|A1", "A1+", "A1+-5", "A1+999999999", "+5"] {
            assert!(befores(bad).is_none(), "{bad}");
        }
    }
}
