//! Tasks in a table.

use std::collections::HashMap;
use std::io::BufRead;

use chrono::NaiveDateTime;
use schedule::{Calendar, Constraint, LagCalendar, Link, Plan, Progress, Task, Work};

use super::table::{Row, Table};
use super::words;
use crate::findings::Findings;
use crate::{CalendarInfo, Document, Fault, Finding, Limits, Place, Settings, TaskInfo};

/// The columns with the titles they go by, in English and in French.
const COLUMNS: &[&[&str]] = &[
    &["id", "n°", "no", "numéro", "number", "uid"],
    &["wbs", "code", "organigramme", "outline", "level code"],
    &["name", "nom", "tâche", "tache", "task"],
    &["duration", "durée", "duree"],
    &["predecessors", "prédécesseurs", "predecesseurs", "predecessor"],
    &["constraint", "contrainte", "type de contrainte"],
    &["constraint date", "date de contrainte", "constraint_date"],
    &["deadline", "échéance", "echeance"],
    &["calendar", "calendrier"],
    &["percent complete", "avancement", "% achevé", "percent_complete", "% complete"],
    &["actual start", "début réel", "debut reel", "actual_start"],
    &["actual finish", "fin réelle", "fin reelle", "actual_finish"],
    &["milestone", "jalon"],
    &["priority", "priorité", "priorite"],
    &["notes", "remarques"],
];

/// What a table does not say.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    /// What the project is called.
    pub name: String,
    /// When it starts.
    pub start: NaiveDateTime,
    /// How long days are.
    pub settings: Settings,
    /// The calendars tasks may name.
    pub calendars: Vec<Calendar>,
    /// The calendar of those that name none.
    pub calendar: usize,
}

/// The tasks of a table. Codes of the work breakdown ("1.2.3") make the outline where the task one
/// level up is in the table; predecessors name others by their `id`, their `wbs`, or, in a table
/// without ids, their row's number.
pub fn read_tasks(
    input: impl BufRead + Send + 'static,
    base: &Base,
    limits: &Limits,
) -> Result<Document, Fault> {
    let mut table = Table::new(input, COLUMNS, limits.tasks, limits)?;
    let mut found = Findings::new(limits.findings);
    if !table.has("name") {
        found.push(Finding::new(
            Place { line: Some(1), column: None, what: "name".to_owned() },
            "missing",
            "Il faut une colonne « nom ».",
            "A column \"name\" is needed.",
        ));
        return Err(found.told());
    }
    let mut rows = Vec::new();
    let mut links = 0;
    while let Some(row) = table.next_row()? {
        let read = read(&row, base, rows.len(), &mut found);
        links += read.links.len();
        if links > limits.links {
            return Err(found.stop(Finding::new(
                row.place("predecessors"),
                "limit",
                format!("Trop de liens : {} au plus.", limits.links),
                format!("Too many links: at most {}.", limits.links),
            )));
        }
        if found.full() {
            return Err(found.told());
        }
        rows.push(read);
    }
    document(rows, base, found)
}

struct Read {
    task: Task,
    info: TaskInfo,
    links: Vec<(String, schedule::LinkKind, schedule::Lag)>,
    /// Where it stands, and where its predecessors do.
    places: (Place, Place),
}

fn wrong(place: Place, text: &str, fr: &str, en: &str) -> Finding {
    let text: String = text.chars().take(40).collect();
    let (fr, en) = (format!("« {text} » : il faut {fr}."), format!("\"{text}\": must be {en}."));
    Finding::new(place, "bad-value", fr, en)
}

fn read(row: &Row<'_>, base: &Base, rank: usize, found: &mut Findings) -> Read {
    let settings = &base.settings;
    let mut cell = |column: &'static str, ok: &mut dyn FnMut(&str) -> bool, fr: &str, en: &str| {
        if let Some(text) = row.text(column)
            && !ok(text)
        {
            found.push(wrong(row.place(column), text, fr, en));
        }
    };
    let mut info = TaskInfo { uid: number(rank), priority: 500, ..TaskInfo::default() };
    cell(
        "id",
        &mut |text| {
            let id = text.parse().ok().filter(|id| *id > 0);
            info.uid = id.unwrap_or(info.uid);
            id.is_some()
        },
        "un numéro",
        "a number",
    );
    let mut work = Work::Working(settings.minutes_per_day);
    cell(
        "duration",
        &mut |text| {
            let Some((time, unit)) = words::time(text, settings) else { return false };
            info.unit = unit;
            info.estimated = text.ends_with('?');
            work = time;
            matches!(work, Work::Working(0..) | Work::Elapsed(0..))
        },
        "une durée positive comme 3d, 4h ou 2ed",
        "a duration, not negative, like 3d, 4h or 2ed",
    );
    let day = settings.day_starts;
    let mut date = None;
    let wants = ("une date comme 2026-03-02", "a date like 2026-03-02");
    cell(
        "constraint date",
        &mut |text| {
            date = words::moment(text, day);
            date.is_some()
        },
        wants.0,
        wants.1,
    );
    let mut constraint = Constraint::default();
    cell(
        "constraint",
        &mut |text| constrained(text, date).map(|c| constraint = c).is_some(),
        "une contrainte connue, avec sa date : ASAP, ALAP, SNET, SNLT, FNET, FNLT, MSO, MFO",
        "a known constraint with its date: ASAP, ALAP, SNET, SNLT, FNET, FNLT, MSO, MFO",
    );
    let mut at = |column, usual| {
        let mut moment = None;
        cell(
            column,
            &mut |text| {
                moment = words::moment(text, usual);
                moment.is_some()
            },
            wants.0,
            wants.1,
        );
        moment
    };
    let deadline = at("deadline", settings.day_ends);
    let started_at = at("actual start", day);
    let finished_at = at("actual finish", settings.day_ends);
    let minutes = match work {
        Work::Working(minutes) | Work::Elapsed(minutes) => minutes,
    };
    let mut done = if finished_at.is_some() { minutes } else { 0 };
    cell(
        "percent complete",
        &mut |text| {
            let share = text.trim_end_matches('%').trim().replace(',', ".").parse::<f64>();
            let share = share.ok().filter(|share| (0.0..=100.0).contains(share));
            done = share.map_or(0, |share| (minutes as f64 * share / 100.0).round() as i64);
            share.is_some()
        },
        "un nombre de 0 à 100",
        "a number from 0 to 100",
    );
    let mut calendar = None;
    cell(
        "calendar",
        &mut |text| {
            calendar = base.calendars.iter().position(|c| c.name.eq_ignore_ascii_case(text));
            calendar.is_some()
        },
        "un calendrier connu",
        "a known calendar",
    );
    cell(
        "priority",
        &mut |text| {
            let priority = text.parse().ok().filter(|priority| *priority <= 1000);
            info.priority = priority.unwrap_or(info.priority);
            priority.is_some()
        },
        "un nombre de 0 à 1000",
        "a number from 0 to 1000",
    );
    let mut links = Vec::new();
    let separators = [';', ','];
    cell(
        "predecessors",
        &mut |text| {
            text.split(separators).filter(|part| !part.trim().is_empty()).all(|part| {
                words::predecessor(part, settings).map(|link| links.push(link)).is_some()
            })
        },
        "des prédécesseurs comme 12FS+2d",
        "predecessors like 12FS+2d",
    );
    row.text("wbs").unwrap_or_default().clone_into(&mut info.wbs);
    row.text("notes").unwrap_or_default().clone_into(&mut info.notes);
    info.milestone = minutes == 0 || yes(row.text("milestone"));
    if row.text("name").is_none() {
        found.push(Finding::new(
            row.place("name"),
            "missing",
            "Le nom manque.",
            "The name is missing.",
        ));
    }
    let task = Task {
        name: row.text("name").unwrap_or_default().to_owned(),
        parent: None,
        work,
        calendar,
        constraint,
        deadline,
        progress: Progress { started_at, finished_at, done },
        splits: Vec::new(),
        inactive: false,
    };
    Read { task, info, links, places: (row.place("name"), row.place("predecessors")) }
}

/// What the row or calendar at a place is known by.
fn number(at: usize) -> i64 {
    i64::try_from(at).map_or(i64::MAX, |at| at + 1)
}

fn yes(text: Option<&str>) -> bool {
    text.is_some_and(|t| {
        ["1", "oui", "yes", "x", "vrai", "true"].contains(&t.to_lowercase().as_str())
    })
}

fn constrained(text: &str, at: Option<NaiveDateTime>) -> Option<Constraint> {
    Some(match text.to_uppercase().as_str() {
        "ASAP" => Constraint::AsSoonAsPossible,
        "ALAP" => Constraint::AsLateAsPossible,
        "SNET" => Constraint::StartNoEarlierThan(at?),
        "SNLT" => Constraint::StartNoLaterThan(at?),
        "FNET" => Constraint::FinishNoEarlierThan(at?),
        "FNLT" => Constraint::FinishNoLaterThan(at?),
        "MSO" => Constraint::MustStartOn(at?),
        "MFO" => Constraint::MustFinishOn(at?),
        _ => return None,
    })
}

fn document(rows: Vec<Read>, base: &Base, mut found: Findings) -> Result<Document, Fault> {
    let mut by_id = HashMap::new();
    let mut by_wbs: HashMap<String, usize> = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        let again = by_id.insert(row.info.uid.to_string(), at).is_some();
        let again_wbs =
            !row.info.wbs.is_empty() && by_wbs.insert(row.info.wbs.clone(), at).is_some();
        if again || again_wbs {
            let (fr, en) = ("Ce numéro ou ce code est déjà pris.", "This id or code is taken.");
            found.push(Finding::new(row.places.0.clone(), "twice", fr, en));
        }
    }
    let mut plan = Plan {
        start: base.start,
        status_at: None,
        calendars: base.calendars.clone(),
        calendar: base.calendar,
        lag_calendar: LagCalendar::Successor,
        tasks: Vec::with_capacity(rows.len()),
        links: Vec::new(),
    };
    let mut tasks = Vec::with_capacity(rows.len());
    for (to, row) in rows.into_iter().enumerate() {
        for (reference, kind, lag) in row.links {
            let from = by_wbs.get(&reference).or_else(|| by_id.get(&reference));
            match from {
                Some(&from) => plan.links.push(Link { from, to, kind, lag }),
                None => found.push(Finding::new(
                    row.places.1.clone(),
                    "unknown-task",
                    format!("Prédécesseur « {reference} » inconnu."),
                    format!("Unknown predecessor \"{reference}\"."),
                )),
            }
        }
        let above = row.info.wbs.rsplit_once('.').and_then(|(above, _)| by_wbs.get(above));
        if above.is_some_and(|above| *above >= to) {
            let (fr, en) =
                ("Le récapitulatif vient après sa tâche.", "The summary comes after it.");
            found.push(Finding::new(row.places.0, "order", fr, en));
        }
        let parent = above.copied().filter(|above| *above < to);
        plan.tasks.push(Task { parent, ..row.task });
        tasks.push(row.info);
    }
    let uid = |at: usize| CalendarInfo { uid: number(at), base: None };
    let calendars = (0..plan.calendars.len()).map(uid).collect();
    found.done(Document {
        name: base.name.clone(),
        currency: None,
        settings: base.settings,
        plan,
        tasks,
        calendars,
        resources: Vec::new(),
        assignments: Vec::new(),
        remarks: Vec::new(),
    })
}
