//! Tasks and the links that stand in them.

use chrono::NaiveDateTime;
use kernel::Currency;
use schedule::{Constraint, Link, Progress, Task, Work};

use super::words::{self, DECIMAL, DURATION, FLAG, INTEGER, MOMENT, Shown};
use super::xml::Node;
use crate::findings::Findings;
use crate::{Baseline, Finding, Place, TaskInfo};

/// Baselines Project keeps of a task, numbered from 0.
const BASELINES: usize = 11;

/// A task with what refers to others by numbers that may stand later in the file.
pub struct Raw {
    /// The task; its parent and calendar are not known yet.
    pub task: Task,
    /// What else is told of it.
    pub info: TaskInfo,
    /// How deep it stands in the outline, from 1.
    pub level: i64,
    /// The calendar's number.
    pub calendar: Option<i64>,
    /// Its predecessors.
    pub links: Vec<RawLink>,
    /// Where it stands.
    pub place: Place,
}

/// A link by its predecessor's number.
pub struct RawLink {
    /// The predecessor.
    pub from: i64,
    /// The type's number.
    pub kind: schedule::LinkKind,
    /// Tenths of a minute, or per cent.
    lag: i64,
    shown: Shown,
    /// To a task of another file.
    pub elsewhere: bool,
    /// Where it stands.
    pub place: Place,
}

impl RawLink {
    /// The link from `from`, whose length a share may be counted of, to `to`.
    pub fn between(&self, (from, work): (usize, Work), to: usize) -> Option<Link> {
        let lag = words::lag(self.lag, self.shown, work)?;
        Some(Link { from, to, kind: self.kind, lag })
    }
}

/// Reads one `Task`; none where it is an empty row or stands for the whole project.
pub fn read(node: &Node, currency: Option<Currency>, found: &mut Findings) -> Option<Raw> {
    if found.get(node, "IsNull", &FLAG) == Some(true) {
        return None;
    }
    let uid = found.need(node, "UID", &INTEGER)?;
    let level = found.get(node, "OutlineLevel", &INTEGER).unwrap_or(1);
    if level < 1 {
        return None;
    }
    let shown = format(node, "DurationFormat", found).unwrap_or_default();
    let manual = found.get(node, "Manual", &FLAG).unwrap_or(false);
    let (from, to, length) = if manual {
        ("ManualStart", "ManualFinish", "ManualDuration")
    } else {
        ("Start", "Finish", "Duration")
    };
    let start = found.get(node, from, &MOMENT).or_else(|| found.get(node, "Start", &MOMENT));
    let finish = found.get(node, to, &MOMENT).or_else(|| found.get(node, "Finish", &MOMENT));
    let minutes = found
        .get(node, length, &DURATION)
        .or_else(|| found.get(node, "Duration", &DURATION))
        .unwrap_or(0);
    let mut constraint = constraint(node, found);
    if let (true, Some(start)) = (manual, start) {
        constraint = Constraint::MustStartOn(start);
    }
    let told = start.zip(finish);
    let task = Task {
        name: node.text("Name").unwrap_or_default().to_owned(),
        parent: None,
        work: if shown.elapsed { Work::Elapsed(minutes) } else { Work::Working(minutes) },
        calendar: None,
        constraint,
        deadline: found.get(node, "Deadline", &MOMENT),
        progress: progress(node, minutes, told, found),
        splits: Vec::new(),
        inactive: found.get(node, "Active", &FLAG) == Some(false),
    };
    let priority = found.get(node, "Priority", &INTEGER).unwrap_or(500).clamp(0, 1000);
    let info = TaskInfo {
        uid,
        wbs: node.text("WBS").or_else(|| node.text("OutlineNumber")).unwrap_or_default().to_owned(),
        notes: node.text("Notes").unwrap_or_default().to_owned(),
        priority: u16::try_from(priority).unwrap_or(500),
        milestone: found.get(node, "Milestone", &FLAG).unwrap_or(false),
        manual,
        estimated: shown.estimated || found.get(node, "Estimated", &FLAG) == Some(true),
        unit: shown.unit,
        told,
        baselines: node
            .all("Baseline")
            .take(BASELINES)
            .filter_map(|b| baseline(b, currency, found))
            .collect(),
    };
    let links = node.all("PredecessorLink").filter_map(|link| read_link(link, found)).collect();
    let calendar = found.get(node, "CalendarUID", &INTEGER).filter(|uid| *uid > 0);
    Some(Raw { task, info, level, calendar, links, place: node.place.clone() })
}

fn format(node: &Node, name: &str, found: &mut Findings) -> Option<Shown> {
    let code = found.get(node, name, &INTEGER)?;
    let shown = words::shown(code);
    if shown.is_none() {
        found.push(unknown(node, name, code));
    }
    shown
}

fn unknown(node: &Node, name: &str, code: i64) -> Finding {
    let place = node.child(name).map_or_else(|| node.place.clone(), |child| child.place.clone());
    Finding::new(
        place,
        "bad-value",
        format!("{name} : {code} est inconnu."),
        format!("{name}: {code} is unknown."),
    )
}

fn constraint(node: &Node, found: &mut Findings) -> Constraint {
    let Some(code) = found.get(node, "ConstraintType", &INTEGER) else {
        return Constraint::default();
    };
    let date = match code {
        2..=7 => found.need(node, "ConstraintDate", &MOMENT),
        _ => None,
    };
    if !(0..=7).contains(&code) {
        found.push(unknown(node, "ConstraintType", code));
    }
    words::constraint(code, date).unwrap_or_default()
}

fn progress(
    node: &Node,
    minutes: i64,
    told: Option<(NaiveDateTime, NaiveDateTime)>,
    found: &mut Findings,
) -> Progress {
    let percent = found.get(node, "PercentComplete", &DECIMAL).unwrap_or(0.0);
    if !(0.0..=100.0).contains(&percent) {
        found.push(Finding::new(
            node.child("PercentComplete").map_or_else(Place::default, |c| c.place.clone()),
            "bad-value",
            "L'avancement va de 0 à 100.",
            "Progress goes from 0 to 100.",
        ));
    }
    let started = found.get(node, "ActualStart", &MOMENT);
    let finished = found.get(node, "ActualFinish", &MOMENT);
    let share = (minutes as f64 * percent.clamp(0.0, 100.0) / 100.0).round() as i64;
    let done = found.get(node, "ActualDuration", &DURATION).unwrap_or(share);
    let complete = percent >= 100.0 && node.text("Summary") != Some("1");
    Progress {
        started_at: started.or_else(|| (done > 0 || complete).then_some(told?.0)),
        finished_at: finished.or_else(|| complete.then_some(told?.1)),
        done,
    }
}

fn baseline(node: &Node, currency: Option<Currency>, found: &mut Findings) -> Option<Baseline> {
    let number = found.need(node, "Number", &INTEGER)?;
    let Some(number) = u8::try_from(number).ok().filter(|n| usize::from(*n) < BASELINES) else {
        found.push(unknown(node, "Number", number));
        return None;
    };
    // The format counts money in hundredths, also where the currency has none.
    let hundredths = if currency.is_some_and(|c| c.decimals() == 0) { 100.0 } else { 1.0 };
    Some(Baseline {
        number,
        start: found.get(node, "Start", &MOMENT),
        finish: found.get(node, "Finish", &MOMENT),
        duration: found.get(node, "Duration", &DURATION),
        work: found.get(node, "Work", &DURATION),
        cost: found.get(node, "Cost", &DECIMAL).map(|cost| (cost / hundredths).round() as i64),
    })
}

fn read_link(node: &Node, found: &mut Findings) -> Option<RawLink> {
    let from = found.need(node, "PredecessorUID", &INTEGER)?;
    let code = found.get(node, "Type", &INTEGER).unwrap_or(1);
    let Some(kind) = words::link_kind(code) else {
        found.push(unknown(node, "Type", code));
        return None;
    };
    Some(RawLink {
        from,
        kind,
        lag: found.get(node, "LinkLag", &INTEGER).unwrap_or(0),
        shown: format(node, "LagFormat", found).unwrap_or_default(),
        elsewhere: found.get(node, "CrossProject", &FLAG) == Some(true),
        place: node.place.clone(),
    })
}
