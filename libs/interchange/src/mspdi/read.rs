//! From the file to a document.

use std::collections::HashMap;
use std::io::BufRead;

use chrono::{NaiveDateTime, NaiveTime};
use kernel::Currency;
use schedule::{LagCalendar, Plan};

use super::people::People;
use super::words::{CLOCK, FLAG, INTEGER, MOMENT};
use super::xml::{Node, Step, Xml};
use super::{calendars, tasks};
use crate::findings::{Findings, Form};
use crate::{Document, Fault, Finding, Limits, Place, Settings};

/// What the project says of itself, as far as a document keeps it.
const HEADER: &[&str] = &[
    "CalendarUID",
    "CurrencyCode",
    "DaysPerMonth",
    "DefaultFinishTime",
    "DefaultStartTime",
    "MinutesPerDay",
    "MinutesPerWeek",
    "MoveRemainingStartsForward",
    "Name",
    "ScheduleFromStart",
    "StartDate",
    "StatusDate",
    "Title",
];
/// What takes most room in files and says nothing a document keeps.
const LEFT: &[&str] =
    &["AvailabilityPeriods", "ExtendedAttribute", "OutlineCode", "Rates", "TimephasedData"];

/// The document in `input`, or all that is wrong with it.
pub fn read(input: impl BufRead, limits: &Limits) -> Result<Document, Fault> {
    let mut xml = Xml::new(input, limits)?;
    match xml.step()? {
        Step::Open(name) if name == "Project" => {}
        _ => {
            return Err(Finding::new(
                xml.place(),
                "not-mspdi",
                "Ce n'est pas un fichier XML de Microsoft Project : il commence par <Project>.",
                "This is no Microsoft Project XML file: it begins with <Project>.",
            )
            .into());
        }
    }
    let mut reading = Reading::new(limits);
    while let Step::Open(name) = xml.step()? {
        match name.as_str() {
            "Calendars" | "Tasks" | "Resources" | "Assignments" => reading.list(&mut xml)?,
            _ if HEADER.contains(&name.as_str()) && reading.told(&name).is_none() => {
                reading.header.push(xml.take(&[])?);
            }
            _ => xml.skip()?,
        }
    }
    reading.document()
}

struct Reading<'a> {
    limits: &'a Limits,
    found: Findings,
    header: Vec<Node>,
    calendars: Vec<calendars::Raw>,
    tasks: Vec<tasks::Raw>,
    links: usize,
    people: People,
    room: usize,
}

impl<'a> Reading<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            found: Findings::new(limits.findings),
            header: Vec::new(),
            calendars: Vec::new(),
            tasks: Vec::new(),
            links: 0,
            people: People::default(),
            room: limits.exceptions,
        }
    }

    /// The elements of the list that was opened last, one at a time.
    fn list<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), Fault> {
        while let Step::Open(name) = xml.step()? {
            let mut node = xml.take(LEFT)?;
            node.tell_uid();
            match name.as_str() {
                "Calendar" => {
                    self.calendars.push(calendars::read(&node, &mut self.found, &mut self.room));
                }
                "Task" => {
                    // The header's currency stands before the tasks.
                    let task = tasks::read(&node, self.currency(), &mut self.found);
                    self.links += task.as_ref().map_or(0, |task| task.links.len());
                    self.tasks.extend(task);
                }
                "Resource" => self.people.resource(&node, &mut self.found),
                "Assignment" => self.people.assignment(&node, &mut self.found),
                _ => {}
            }
            let counts = [
                (self.calendars.len(), self.limits.calendars, "de calendriers", "calendars"),
                (self.tasks.len(), self.limits.tasks, "de tâches", "tasks"),
                (self.links, self.limits.links, "de liens", "links"),
                (self.people.resources.len(), self.limits.resources, "de ressources", "resources"),
                (
                    self.people.assignments.len(),
                    self.limits.assignments,
                    "d'affectations",
                    "assignments",
                ),
            ];
            for (count, most, fr, en) in counts {
                if count > most {
                    let found = std::mem::replace(&mut self.found, Findings::new(0));
                    return Err(found.stop(Finding::new(
                        node.place,
                        "limit",
                        format!("Trop {fr} : {most} au plus."),
                        format!("Too many {en}: at most {most}."),
                    )));
                }
            }
            if self.found.full() {
                return Err(std::mem::replace(&mut self.found, Findings::new(0)).told());
            }
        }
        Ok(())
    }

    fn told(&self, name: &str) -> Option<&Node> {
        self.header.iter().find(|node| node.name == name && !node.text.is_empty())
    }

    fn told_text(&self, name: &str) -> Option<String> {
        self.told(name).map(|node| node.text.clone())
    }

    fn head<T>(&mut self, name: &str, form: &Form<T>) -> Option<T> {
        let node = self.header.iter().find(|node| node.name == name && !node.text.is_empty())?;
        self.found.read(&node.text, form, || node.place.clone())
    }

    fn currency(&self) -> Option<Currency> {
        self.told("CurrencyCode")?.text.parse().ok()
    }

    fn settings(&mut self) -> Settings {
        let usual = Settings::default();
        let at = |minute: Option<u16>, usual: NaiveTime| {
            minute
                .and_then(|m| NaiveTime::from_num_seconds_from_midnight_opt(u32::from(m) * 60, 0))
                .unwrap_or(usual)
        };
        let mut count = |name: &str, usual: i64| {
            self.head(name, &INTEGER).filter(|n| (1..=100_000).contains(n)).unwrap_or(usual)
        };
        let minutes_per_day = count("MinutesPerDay", usual.minutes_per_day);
        let minutes_per_week = count("MinutesPerWeek", usual.minutes_per_week);
        let days_per_month = count("DaysPerMonth", usual.days_per_month);
        Settings {
            minutes_per_day,
            minutes_per_week,
            days_per_month,
            day_starts: at(self.head("DefaultStartTime", &CLOCK), usual.day_starts),
            day_ends: at(self.head("DefaultFinishTime", &CLOCK), usual.day_ends),
            status_at: self.head("StatusDate", &MOMENT),
        }
    }

    fn document(mut self) -> Result<Document, Fault> {
        let mut remarks = Vec::new();
        let settings = self.settings();
        let moves = self.head("MoveRemainingStartsForward", &FLAG) == Some(true);
        let start = self.start(settings);
        if self.head("ScheduleFromStart", &FLAG) == Some(false) {
            remarks.push(Finding::new(
                self.told("ScheduleFromStart").map_or_else(Place::default, |n| n.place.clone()),
                "from-finish",
                "Projet planifié depuis sa fin : il est calculé ici depuis son début.",
                "A project planned from its finish: here it is calculated from its start.",
            ));
        }
        let (calendars, infos) =
            calendars::resolve(&self.calendars, &mut self.found, self.limits.exceptions);
        let places: HashMap<i64, usize> =
            infos.iter().enumerate().map(|(at, info)| (info.uid, at)).collect();
        let calendar = match self.head("CalendarUID", &INTEGER) {
            Some(uid) => places.get(&uid).copied(),
            None => (!calendars.is_empty()).then_some(0),
        };
        if calendar.is_none() {
            let place = self.told("CalendarUID").map(|n| n.place.clone()).unwrap_or_default();
            self.found.push(Finding::new(
                Place { what: "Project/CalendarUID".to_owned(), ..place },
                "unknown-calendar",
                "Le calendrier du projet manque.",
                "The project's calendar is missing.",
            ));
        }
        let tasks = std::mem::take(&mut self.tasks);
        let uids = self.uids(&tasks);
        let plan = Plan {
            start,
            status_at: settings.status_at.filter(|_| moves),
            calendars,
            calendar: calendar.unwrap_or(0),
            lag_calendar: LagCalendar::Successor,
            links: self.links(&tasks, &uids, &mut remarks),
            tasks: Vec::new(),
        };
        let people = std::mem::take(&mut self.people);
        let (resources, assignments) = people.placed(&places, &uids, &mut self.found);
        let mut document = Document {
            name: self.told_text("Title").or_else(|| self.told_text("Name")).unwrap_or_default(),
            currency: self.told_text("CurrencyCode"),
            settings,
            plan,
            tasks: Vec::new(),
            calendars: infos,
            resources,
            assignments,
            remarks,
        };
        self.outline(tasks, &places, &mut document);
        document.remarks.truncate(self.limits.findings);
        self.found.done(document)
    }

    /// The project's start; where it is not told, the first of its tasks'.
    fn start(&mut self, settings: Settings) -> NaiveDateTime {
        let told = self.head("StartDate", &MOMENT);
        let first = || self.tasks.iter().filter_map(|task| Some(task.info.told?.0)).min();
        let start = told.or_else(first).or(settings.status_at);
        if start.is_none() {
            self.found.push(Finding::new(
                Place { what: "Project/StartDate".to_owned(), ..Place::default() },
                "missing",
                "La date de début du projet manque.",
                "The project's start date is missing.",
            ));
        }
        start.unwrap_or(NaiveDateTime::MIN)
    }

    fn uids(&mut self, tasks: &[tasks::Raw]) -> HashMap<i64, usize> {
        let mut uids = HashMap::with_capacity(tasks.len());
        for (at, task) in tasks.iter().enumerate() {
            if uids.insert(task.info.uid, at).is_some() {
                self.found.push(Finding::new(
                    task.place.clone(),
                    "twice",
                    format!("Deux tâches portent l'UID {}.", task.info.uid),
                    format!("Two tasks have the UID {}.", task.info.uid),
                ));
            }
        }
        uids
    }

    fn links(
        &mut self,
        tasks: &[tasks::Raw],
        uids: &HashMap<i64, usize>,
        remarks: &mut Vec<Finding>,
    ) -> Vec<schedule::Link> {
        let mut links = Vec::with_capacity(self.links);
        for (to, task) in tasks.iter().enumerate() {
            for link in &task.links {
                if link.elsewhere {
                    remarks.push(Finding::new(
                        link.place.clone(),
                        "other-project",
                        "Un lien vers un autre projet est laissé de côté.",
                        "A link to another project is left out.",
                    ));
                    continue;
                }
                let from = uids.get(&link.from).map(|at| (*at, tasks[*at].task.work));
                match from.and_then(|from| link.between(from, to)) {
                    Some(link) => links.push(link),
                    None => self.found.push(Finding::new(
                        link.place.clone(),
                        "unknown-task",
                        format!("Prédécesseur {} inconnu, ou délai hors limites.", link.from),
                        format!("Unknown predecessor {}, or a lag out of range.", link.from),
                    )),
                }
            }
        }
        links
    }

    /// Gives each task its parent and its calendar, and the document its tasks.
    fn outline(
        &mut self,
        tasks: Vec<tasks::Raw>,
        calendars: &HashMap<i64, usize>,
        document: &mut Document,
    ) {
        let mut above: Vec<(i64, usize)> = Vec::new();
        for (at, raw) in tasks.into_iter().enumerate() {
            while above.last().is_some_and(|(level, _)| *level >= raw.level) {
                above.pop();
            }
            let calendar = raw.calendar.and_then(|uid| calendars.get(&uid).copied());
            if let (Some(uid), None) = (raw.calendar, calendar) {
                self.found.push(Finding::new(
                    raw.place,
                    "unknown-calendar",
                    format!("Calendrier {uid} inconnu."),
                    format!("Unknown calendar {uid}."),
                ));
            }
            let parent = above.last().map(|(_, parent)| *parent);
            document.plan.tasks.push(schedule::Task { parent, calendar, ..raw.task });
            document.tasks.push(raw.info);
            above.push((raw.level, at));
        }
    }
}
