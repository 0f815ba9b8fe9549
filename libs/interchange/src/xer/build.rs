//! From the rows to a document.

use std::collections::{HashMap, HashSet};

use schedule::{Lag, LagCalendar, Link, Plan, Progress, Task, Work};

use super::rows::{Activity, Lags, Raw, Wbs};
use crate::findings::Findings;
use crate::{
    Assignment, CalendarInfo, Document, Fault, Finding, Place, Resource, Settings, TaskInfo, Unit,
};

/// The document of the first project that was exported.
pub fn document(mut raw: Raw, mut found: Findings) -> Result<Document, Fault> {
    if found.full() {
        return Err(found.told());
    }
    raw.projects.sort_by_key(|project| !project.exported);
    let Some(project) = raw.projects.first() else {
        return Err(found.stop(whole("no-project", "Aucun projet (PROJECT).", "No project.")));
    };
    let mut remarks = Vec::new();
    if raw.projects.iter().filter(|p| p.exported).count() > 1 {
        remarks.push(whole(
            "other-project",
            "Le fichier a plusieurs projets : le premier est repris.",
            "The file has several projects: the first is taken.",
        ));
    }
    let id = project.id;
    raw.tasks.retain(|task| task.project == id);
    raw.wbs.retain(|wbs| wbs.project == id);
    let calendars: HashMap<i64, usize> =
        raw.calendars.iter().enumerate().map(|(at, c)| (c.id, at)).collect();
    let usual = raw.calendars.iter().position(|c| c.usual);
    let own = project.calendar.and_then(|id| calendars.get(&id).copied());
    let Some(calendar) = own.or(usual).or((!raw.calendars.is_empty()).then_some(0)) else {
        return Err(found.stop(whole(
            "no-calendar",
            "Aucun calendrier (CALENDAR).",
            "No calendar.",
        )));
    };
    let first = raw.tasks.iter().filter_map(|task| Some(task.told?.0)).min();
    let Some(start) = project.start.or(project.data_date).or(first) else {
        return Err(found.stop(whole(
            "missing",
            "Le début du projet manque.",
            "No project start.",
        )));
    };
    let (day, week) = raw.calendars[calendar].minutes;
    let usual = Settings::default();
    let settings = Settings {
        minutes_per_day: day.filter(|m| *m > 0).unwrap_or(usual.minutes_per_day),
        minutes_per_week: week.filter(|m| *m > 0).unwrap_or(usual.minutes_per_week),
        status_at: project.data_date,
        ..usual
    };
    let plan = Plan {
        start,
        // Primavera plans what is not done after the data date.
        status_at: project.data_date,
        calendars: Vec::new(),
        calendar,
        lag_calendar: match raw.lags {
            Some(Lags::Successor) => LagCalendar::Successor,
            Some(Lags::Plan) => LagCalendar::Plan,
            _ => LagCalendar::Predecessor,
        },
        tasks: Vec::new(),
        links: Vec::new(),
    };
    let mut document = Document {
        name: project.code.clone(),
        currency: None,
        settings,
        plan,
        tasks: Vec::new(),
        calendars: Vec::new(),
        resources: Vec::new(),
        assignments: Vec::new(),
        remarks,
    };
    let elsewhere = outline(&mut document, &mut raw, &calendars, &mut found);
    tie(&mut document, &raw, &elsewhere, &mut found);
    people(&mut document, &raw, &calendars);
    for calendar in raw.calendars {
        document.plan.calendars.push(calendar.calendar);
        document.calendars.push(CalendarInfo { uid: calendar.id, base: None });
    }
    found.done(document)
}

fn whole(code: &'static str, fr: &str, en: &str) -> Finding {
    Finding::new(Place::default(), code, fr, en)
}

/// Puts the work breakdown and its activities into the document, parents first; where each
/// activity went, by its number.
fn outline(
    document: &mut Document,
    raw: &mut Raw,
    calendars: &HashMap<i64, usize>,
    found: &mut Findings,
) -> HashMap<i64, usize> {
    let mut free = raw.tasks.iter().map(|task| task.id).max().unwrap_or(0);
    let mut by_wbs: HashMap<Option<i64>, Vec<Activity>> = HashMap::new();
    let nodes: HashMap<i64, usize> =
        raw.wbs.iter().enumerate().map(|(at, wbs)| (wbs.id, at)).collect();
    let used = used(&raw.tasks, &raw.wbs, &nodes);
    for task in raw.tasks.drain(..) {
        let wbs = task.wbs.filter(|id| nodes.get(id).is_some_and(|at| !raw.wbs[*at].root));
        by_wbs.entry(wbs).or_default().push(task);
    }
    let mut below: HashMap<Option<i64>, Vec<&Wbs>> = HashMap::new();
    for wbs in raw.wbs.iter().filter(|wbs| used.contains(&wbs.id) && !wbs.root) {
        let parent = wbs.parent.filter(|id| nodes.get(id).is_some_and(|at| !raw.wbs[*at].root));
        below.entry(parent).or_default().push(wbs);
    }
    for children in below.values_mut() {
        children.sort_by_key(|wbs| std::cmp::Reverse(wbs.rank));
    }
    let mut places = HashMap::new();
    let mut stack: Vec<(&Wbs, Option<usize>)> = Vec::new();
    let mut next: Option<(Option<i64>, Option<usize>)> = Some((None, None));
    while let Some((wbs, place)) = next.take() {
        for task in by_wbs.remove(&wbs).unwrap_or_default() {
            let at = document.tasks.len();
            if places.insert(task.id, at).is_some() {
                found.push(twice(&task));
            }
            activity(document, task, place, calendars, found);
        }
        for child in below.remove(&wbs).unwrap_or_default() {
            stack.push((child, place));
        }
        if let Some((wbs, parent)) = stack.pop() {
            free += 1;
            let at = document.tasks.len();
            summary(document, wbs, parent, free);
            next = Some((Some(wbs.id), Some(at)));
        }
    }
    for task in by_wbs.into_values().flatten() {
        found.push(Finding::new(
            task.place,
            "cycle",
            "Le découpage (PROJWBS) au-dessus de cette tâche tourne en rond.",
            "The work breakdown (PROJWBS) above this task goes in a circle.",
        ));
    }
    places
}

/// The nodes of the work breakdown with activities below them.
fn used(tasks: &[Activity], wbs: &[Wbs], nodes: &HashMap<i64, usize>) -> HashSet<i64> {
    let mut used = HashSet::new();
    for task in tasks {
        let mut next = task.wbs;
        while let Some(id) = next.filter(|id| used.insert(*id)) {
            next = nodes.get(&id).and_then(|at| wbs[*at].parent);
        }
    }
    used
}

fn summary(document: &mut Document, wbs: &Wbs, parent: Option<usize>, uid: i64) {
    document.plan.tasks.push(Task {
        name: wbs.name.clone(),
        parent,
        work: Work::Working(0),
        calendar: None,
        constraint: schedule::Constraint::default(),
        deadline: None,
        progress: Progress::default(),
        splits: Vec::new(),
        inactive: false,
    });
    document.tasks.push(TaskInfo {
        uid,
        wbs: wbs.code.clone(),
        priority: 500,
        ..TaskInfo::default()
    });
}

fn activity(
    document: &mut Document,
    activity: Activity,
    parent: Option<usize>,
    calendars: &HashMap<i64, usize>,
    found: &mut Findings,
) {
    let calendar = activity.calendar.and_then(|id| calendars.get(&id).copied());
    if let (Some(id), None) = (activity.calendar, calendar) {
        found.push(Finding::new(
            activity.place,
            "unknown-calendar",
            format!("Calendrier {id} inconnu."),
            format!("Unknown calendar {id}."),
        ));
    }
    document.remarks.extend(activity.remarks);
    document.plan.tasks.push(Task {
        name: activity.name,
        parent,
        work: Work::Working(activity.minutes),
        calendar,
        constraint: activity.constraint,
        deadline: activity.deadline,
        progress: activity.progress,
        splits: Vec::new(),
        inactive: false,
    });
    document.tasks.push(TaskInfo {
        uid: activity.id,
        wbs: activity.code,
        priority: activity.priority,
        milestone: activity.milestone,
        unit: Unit::Days,
        told: activity.told,
        ..TaskInfo::default()
    });
}

fn twice(task: &Activity) -> Finding {
    Finding::new(
        task.place.clone(),
        "twice",
        format!("Deux tâches portent le numéro {}.", task.id),
        format!("Two tasks have the number {}.", task.id),
    )
}

fn tie(document: &mut Document, raw: &Raw, places: &HashMap<i64, usize>, found: &mut Findings) {
    for tie in &raw.links {
        let lag = if raw.lags == Some(Lags::Clock) { Lag::Elapsed } else { Lag::Working };
        match (places.get(&tie.from), places.get(&tie.to)) {
            (Some(&from), Some(&to)) => {
                document.plan.links.push(Link { from, to, kind: tie.kind, lag: lag(tie.lag) });
            }
            (None, None) => {}
            _ if raw.projects.len() > 1 => document.remarks.push(Finding::new(
                tie.place.clone(),
                "other-project",
                "Un lien vers un autre projet est laissé de côté.",
                "A link to another project is left out.",
            )),
            (from, _) => {
                let id = if from.is_none() { tie.from } else { tie.to };
                found.push(Finding::new(
                    tie.place.clone(),
                    "unknown-task",
                    format!("Tâche {id} inconnue."),
                    format!("Unknown task {id}."),
                ));
            }
        }
    }
}

/// Those who work in this project; others of the file's pool are left out.
fn people(document: &mut Document, raw: &Raw, calendars: &HashMap<i64, usize>) {
    let tasks: HashMap<i64, usize> =
        document.tasks.iter().enumerate().map(|(at, task)| (task.uid, at)).collect();
    let known: HashMap<i64, usize> =
        raw.resources.iter().enumerate().map(|(at, resource)| (resource.id, at)).collect();
    let mut places = HashMap::new();
    for assignment in &raw.assignments {
        let (Some(&task), Some(&of)) =
            (tasks.get(&assignment.task), known.get(&assignment.resource))
        else {
            continue;
        };
        let resource = *places.entry(of).or_insert_with(|| {
            let rsrc = &raw.resources[of];
            document.resources.push(Resource {
                uid: rsrc.id,
                name: rsrc.name.clone(),
                kind: rsrc.kind,
                calendar: rsrc.calendar.and_then(|id| calendars.get(&id).copied()),
                units: 100,
            });
            document.resources.len() - 1
        });
        document.assignments.push(Assignment {
            uid: assignment.id,
            task,
            resource,
            units: assignment.units,
            work: assignment.work,
        });
    }
}
