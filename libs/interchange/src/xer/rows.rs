//! Rows of the tables that matter, as they stand.

use chrono::{NaiveDateTime, Timelike};
use schedule::{Constraint, LinkKind, Progress};

use super::calendar;
use super::table::Row;
use crate::findings::{Findings, Form};
use crate::{Finding, Place, ResourceKind};

const ID: Form<i64> =
    Form {
        parse: |text| text.parse().ok().filter(|id| *id >= 0), fr: "un numéro", en: "a number"
    };
const MOMENT: Form<NaiveDateTime> = Form {
    parse: |text| {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M")
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S"))
            .ok()?
            .with_second(0)
    },
    fr: "une date et une heure comme 2026-03-02 08:00",
    en: "a date and time like 2026-03-02 08:00",
};
/// Hours, in minutes; some write a decimal comma.
const HOURS: Form<i64> = Form {
    parse: |text| {
        let hours: f64 = text.replace(',', ".").parse().ok()?;
        (hours.is_finite() && hours.abs() < 1e8).then(|| (hours * 60.0).round() as i64)
    },
    fr: "un nombre d'heures",
    en: "a number of hours",
};
const DURATION: Form<i64> = Form {
    parse: |text| (HOURS.parse)(text).filter(|minutes| *minutes >= 0),
    fr: "un nombre d'heures, pas négatif",
    en: "a number of hours, not negative",
};
const NUMBER: Form<f64> = Form {
    parse: |text| text.replace(',', ".").parse().ok().filter(|n: &f64| n.abs() < 1e9),
    fr: "un nombre",
    en: "a number",
};

/// What was read so far.
#[derive(Default)]
pub struct Raw {
    pub projects: Vec<Project>,
    pub calendars: Vec<Calendar>,
    pub wbs: Vec<Wbs>,
    pub tasks: Vec<Activity>,
    pub links: Vec<Tie>,
    pub resources: Vec<Rsrc>,
    pub assignments: Vec<TaskRsrc>,
    pub lags: Option<Lags>,
}

/// Whose time lags are counted in (`sched_calendar_on_relationship_lag`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lags {
    Predecessor,
    Successor,
    Plan,
    Clock,
}

pub struct Project {
    pub id: i64,
    pub code: String,
    pub start: Option<NaiveDateTime>,
    pub data_date: Option<NaiveDateTime>,
    pub calendar: Option<i64>,
    pub exported: bool,
}

pub struct Calendar {
    pub id: i64,
    pub calendar: schedule::Calendar,
    pub minutes: (Option<i64>, Option<i64>),
    pub usual: bool,
}

pub struct Wbs {
    pub id: i64,
    pub project: i64,
    pub parent: Option<i64>,
    pub code: String,
    pub name: String,
    pub root: bool,
    pub rank: i64,
}

pub struct Activity {
    pub id: i64,
    pub project: i64,
    pub wbs: Option<i64>,
    pub calendar: Option<i64>,
    pub code: String,
    pub name: String,
    pub minutes: i64,
    pub milestone: bool,
    pub constraint: Constraint,
    pub deadline: Option<NaiveDateTime>,
    pub progress: Progress,
    pub priority: u16,
    pub told: Option<(NaiveDateTime, NaiveDateTime)>,
    pub remarks: Vec<Finding>,
    pub place: Place,
}

pub struct Tie {
    pub from: i64,
    pub to: i64,
    pub kind: LinkKind,
    pub lag: i64,
    pub place: Place,
}

pub struct Rsrc {
    pub id: i64,
    pub name: String,
    pub kind: ResourceKind,
    pub calendar: Option<i64>,
}

pub struct TaskRsrc {
    pub id: i64,
    pub task: i64,
    pub resource: i64,
    pub units: i64,
    pub work: i64,
}

impl Raw {
    /// Keeps a row, where its table matters; `room` is how many more exceptions may come.
    pub fn take(&mut self, row: &Row<'_>, found: &mut Findings, room: &mut usize) {
        match row.table {
            "PROJECT" => self.projects.extend(project(row, found)),
            "CALENDAR" => self.calendars.extend(calendar(row, found, room)),
            "PROJWBS" => self.wbs.extend(wbs(row, found)),
            "TASK" => self.tasks.extend(activity(row, found)),
            "TASKPRED" => self.links.extend(tie(row, found)),
            "RSRC" => self.resources.extend(rsrc(row, found)),
            "TASKRSRC" => self.assignments.extend(task_rsrc(row, found)),
            "SCHEDOPTIONS" => {
                self.lags = match row.text("sched_calendar_on_relationship_lag") {
                    Some("rcal_Successor") => Some(Lags::Successor),
                    Some("rcal_ProjDefault" | "rcal_ProjectDefault") => Some(Lags::Plan),
                    Some("rcal_24Hour") => Some(Lags::Clock),
                    _ => Some(Lags::Predecessor),
                };
            }
            _ => {}
        }
    }
}

fn words(row: &Row<'_>, field: &str) -> String {
    row.text(field).unwrap_or_default().to_owned()
}

fn project(row: &Row<'_>, found: &mut Findings) -> Option<Project> {
    Some(Project {
        id: row.need("proj_id", &ID, found)?,
        code: words(row, "proj_short_name"),
        start: row.get("plan_start_date", &MOMENT, found),
        data_date: row.get("last_recalc_date", &MOMENT, found),
        calendar: row.get("clndr_id", &ID, found),
        exported: row.text("export_flag") != Some("N"),
    })
}

fn calendar(row: &Row<'_>, found: &mut Findings, room: &mut usize) -> Option<Calendar> {
    let id = row.need("clndr_id", &ID, found)?;
    let data = row.text("clndr_data").unwrap_or_default();
    let Some((week, exceptions)) = calendar::read(data, *room) else {
        found.push(Finding::new(
            row.place(Some("clndr_data")),
            "bad-calendar",
            "Ce calendrier est illisible, ou a trop d'exceptions.",
            "This calendar cannot be read, or has too many exceptions.",
        ));
        return None;
    };
    *room = room.saturating_sub(exceptions.len().max(1));
    Some(Calendar {
        id,
        calendar: schedule::Calendar { name: words(row, "clndr_name"), week, exceptions },
        minutes: (
            row.get("day_hr_cnt", &DURATION, found),
            row.get("week_hr_cnt", &DURATION, found),
        ),
        usual: row.text("default_flag") == Some("Y"),
    })
}

fn wbs(row: &Row<'_>, found: &mut Findings) -> Option<Wbs> {
    Some(Wbs {
        id: row.need("wbs_id", &ID, found)?,
        project: row.need("proj_id", &ID, found)?,
        parent: row.get("parent_wbs_id", &ID, found),
        code: words(row, "wbs_short_name"),
        name: words(row, "wbs_name"),
        root: row.text("proj_node_flag") == Some("Y"),
        rank: row.get("seq_num", &ID, found).unwrap_or(0),
    })
}

fn activity(row: &Row<'_>, found: &mut Findings) -> Option<Activity> {
    let mut remarks = Vec::new();
    let kind = row.text("task_type").unwrap_or("TT_Task");
    if matches!(kind, "TT_LOE" | "TT_WBS") {
        remarks.push(Finding::new(
            row.place(Some("task_type")),
            "level-of-effort",
            "Une tâche d'accompagnement est reprise comme une tâche ordinaire.",
            "A level of effort is taken as an ordinary task.",
        ));
    }
    let milestone = matches!(kind, "TT_Mile" | "TT_FinMile");
    let target = row.get("target_drtn_hr_cnt", &DURATION, found).unwrap_or(0);
    let remain = row.get("remain_drtn_hr_cnt", &DURATION, found).unwrap_or(target);
    let started_at = row.get("act_start_date", &MOMENT, found);
    let finished_at = row.get("act_end_date", &MOMENT, found);
    let minutes = if milestone { 0 } else { target.max(remain) };
    let done = match (started_at, finished_at) {
        (_, Some(_)) => minutes,
        (Some(_), None) => (minutes - remain).max(0),
        (None, None) => 0,
    };
    let (mut constraint, mut deadline) = (Constraint::default(), None);
    for (kind, date) in [("cstr_type", "cstr_date"), ("cstr_type2", "cstr_date2")] {
        let Some(code) = row.text(kind) else { continue };
        let at = match code {
            "CS_ALAP" => None,
            _ => Some(row.need(date, &MOMENT, found)?),
        };
        match (constrained(code, at), at) {
            (_, Some(at)) if code == "CS_MEOB" => deadline = Some(at),
            (Some(own), _) if constraint == Constraint::default() => constraint = own,
            (Some(_), _) => remarks.push(Finding::new(
                row.place(Some(kind)),
                "second-constraint",
                "Une tâche n'a qu'une contrainte : la seconde est laissée de côté.",
                "A task has one constraint: the second is left out.",
            )),
            (None, _) => found.push(Finding::new(
                row.place(Some(kind)),
                "bad-value",
                format!("Contrainte « {code} » inconnue."),
                format!("Unknown constraint \"{code}\"."),
            )),
        }
    }
    let told = row.get("target_start_date", &MOMENT, found).zip(row.get(
        "target_end_date",
        &MOMENT,
        found,
    ));
    Some(Activity {
        id: row.need("task_id", &ID, found)?,
        project: row.need("proj_id", &ID, found)?,
        wbs: row.get("wbs_id", &ID, found),
        calendar: row.get("clndr_id", &ID, found),
        code: words(row, "task_code"),
        name: words(row, "task_name"),
        minutes,
        milestone,
        constraint,
        deadline,
        progress: Progress { started_at, finished_at, done },
        priority: match row.text("priority_type") {
            Some("PT_Top") => 1000,
            Some("PT_High") => 750,
            Some("PT_Low") => 250,
            Some("PT_Lowest") => 0,
            _ => 500,
        },
        told,
        remarks,
        place: row.place(None),
    })
}

fn constrained(code: &str, at: Option<NaiveDateTime>) -> Option<Constraint> {
    Some(match code {
        "CS_ALAP" => Constraint::AsLateAsPossible,
        "CS_MSO" | "CS_MANDSTART" => Constraint::MustStartOn(at?),
        "CS_MSOA" => Constraint::StartNoEarlierThan(at?),
        "CS_MSOB" => Constraint::StartNoLaterThan(at?),
        "CS_MEO" | "CS_MANDFIN" => Constraint::MustFinishOn(at?),
        "CS_MEOA" => Constraint::FinishNoEarlierThan(at?),
        _ => return None,
    })
}

fn tie(row: &Row<'_>, found: &mut Findings) -> Option<Tie> {
    let kind = match row.text("pred_type").unwrap_or("PR_FS") {
        "PR_FS" | "PR_FS1" => LinkKind::FinishToStart,
        "PR_SS" | "PR_SS1" => LinkKind::StartToStart,
        "PR_FF" | "PR_FF1" => LinkKind::FinishToFinish,
        "PR_SF" | "PR_SF1" => LinkKind::StartToFinish,
        other => {
            found.push(Finding::new(
                row.place(Some("pred_type")),
                "bad-value",
                format!("Lien « {other} » inconnu."),
                format!("Unknown link \"{other}\"."),
            ));
            return None;
        }
    };
    Some(Tie {
        from: row.need("pred_task_id", &ID, found)?,
        to: row.need("task_id", &ID, found)?,
        kind,
        lag: row.get("lag_hr_cnt", &HOURS, found).unwrap_or(0),
        place: row.place(None),
    })
}

fn rsrc(row: &Row<'_>, found: &mut Findings) -> Option<Rsrc> {
    Some(Rsrc {
        id: row.need("rsrc_id", &ID, found)?,
        name: words(row, "rsrc_name"),
        kind: match row.text("rsrc_type") {
            Some("RT_Mat") => ResourceKind::Material,
            _ => ResourceKind::Work,
        },
        calendar: row.get("clndr_id", &ID, found),
    })
}

fn task_rsrc(row: &Row<'_>, found: &mut Findings) -> Option<TaskRsrc> {
    let share = row.get("target_qty_per_hr", &NUMBER, found).unwrap_or(1.0);
    Some(TaskRsrc {
        id: row.need("taskrsrc_id", &ID, found)?,
        task: row.need("task_id", &ID, found)?,
        // A role nobody fills yet.
        resource: row.get("rsrc_id", &ID, found)?,
        units: (share * 100.0).round() as i64,
        work: row.get("target_qty", &DURATION, found).unwrap_or(0),
    })
}
