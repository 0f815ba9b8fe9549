//! From a document to the file. Elements stand in the order Microsoft's schema gives them, which
//! Project insists on.

use std::collections::HashSet;
use std::io::{self, Write};

use chrono::NaiveTime;
use kernel::Currency;
use schedule::{Calendar, Constraint, Exception, Hours, Lag, Link, Work};

use super::out::Out;
use super::words::{
    constraint_code, link_code, shown_code, written_clock, written_duration, written_moment,
};
use crate::{Baseline, Document, Resource, ResourceKind, TaskInfo, Unit};

/// Writes `document`, its tasks with the dates it tells of them.
pub fn write(document: &Document, out: impl Write) -> io::Result<()> {
    let mut out = Out::new(out)?;
    out.open("Project", r#" xmlns="http://schemas.microsoft.com/project""#)?;
    header(document, &mut out)?;
    out.open("Calendars", "")?;
    for place in 0..document.plan.calendars.len() {
        calendar(document, place, &mut out)?;
    }
    out.close("Calendars")?;
    out.open("Tasks", "")?;
    let mut levels: Vec<usize> = Vec::with_capacity(document.tasks.len());
    let parents: HashSet<usize> = document.plan.tasks.iter().filter_map(|t| t.parent).collect();
    let mut links = vec![Vec::new(); document.tasks.len()];
    for link in &document.plan.links {
        if let Some(of_task) = links.get_mut(link.to) {
            of_task.push(link);
        }
    }
    for place in 0..document.tasks.len() {
        let parent = document.plan.tasks[place].parent;
        levels.push(parent.and_then(|p| levels.get(p)).map_or(1, |level| level + 1));
        let row = Row { place, level: levels[place], summary: parents.contains(&place) };
        task(document, &row, &links[place], &mut out)?;
    }
    out.close("Tasks")?;
    out.open("Resources", "")?;
    for (place, resource) in document.resources.iter().enumerate() {
        person(document, place, resource, &mut out)?;
    }
    out.close("Resources")?;
    out.open("Assignments", "")?;
    for assignment in &document.assignments {
        out.open("Assignment", "")?;
        out.value("UID", assignment.uid)?;
        out.maybe("TaskUID", document.tasks.get(assignment.task).map(|t| t.uid))?;
        out.maybe("ResourceUID", document.resources.get(assignment.resource).map(|r| r.uid))?;
        out.value("Units", share(assignment.units))?;
        out.value("Work", written_duration(assignment.work))?;
        out.close("Assignment")?;
    }
    out.close("Assignments")?;
    out.close("Project")?;
    out.finish()
}

fn header(document: &Document, out: &mut Out<impl Write>) -> io::Result<()> {
    let settings = &document.settings;
    // 14 is the format since Project 2010, which knows inactive and manual tasks.
    out.value("SaveVersion", 14)?;
    out.text("Title", &document.name)?;
    out.flag("ScheduleFromStart", true)?;
    out.value("StartDate", written_moment(document.plan.start))?;
    if let Some(currency) = &document.currency {
        let decimals = currency.parse::<Currency>().map_or(2, Currency::decimals);
        out.value("CurrencyDigits", decimals)?;
        out.text("CurrencyCode", currency)?;
    }
    out.maybe("CalendarUID", document.calendars.get(document.plan.calendar).map(|c| c.uid))?;
    out.value("DefaultStartTime", time(settings.day_starts))?;
    out.value("DefaultFinishTime", time(settings.day_ends))?;
    out.value("MinutesPerDay", settings.minutes_per_day)?;
    out.value("MinutesPerWeek", settings.minutes_per_week)?;
    out.value("DaysPerMonth", settings.days_per_month)?;
    out.value("DurationFormat", shown_code(Unit::Days, false, false))?;
    out.flag("HonorConstraints", true)?;
    out.flag("SplitsInProgressTasks", true)?;
    let status = document.plan.status_at.or(settings.status_at);
    out.maybe("StatusDate", status.map(written_moment))?;
    out.flag("MoveRemainingStartsForward", document.plan.status_at.is_some())?;
    out.flag("NewTasksAreManual", false)
}

fn time(time: NaiveTime) -> String {
    time.format("%H:%M:%S").to_string()
}

fn calendar(document: &Document, place: usize, out: &mut Out<impl Write>) -> io::Result<()> {
    let calendar = &document.plan.calendars[place];
    let Some(info) = document.calendars.get(place) else { return Ok(()) };
    let base = info.base.and_then(|base| document.plan.calendars.get(base));
    let base_info = info.base.and_then(|base| document.calendars.get(base));
    // A calendar that lost one of its base's exceptions can no longer be told from it.
    let base =
        base.zip(base_info).filter(|(base, _)| calendar.exceptions.starts_with(&base.exceptions));
    out.open("Calendar", "")?;
    out.value("UID", info.uid)?;
    out.text("Name", &calendar.name)?;
    out.flag("IsBaseCalendar", base.is_none())?;
    out.value("BaseCalendarUID", base.map_or(-1, |(_, info)| info.uid))?;
    out.open("WeekDays", "")?;
    for sunday in 1..=7 {
        let day = (sunday + 5) % 7;
        if base.is_some_and(|(base, _)| base.week[day] == calendar.week[day]) {
            continue;
        }
        out.open("WeekDay", "")?;
        out.value("DayType", sunday)?;
        hours(&calendar.week[day], out)?;
        out.close("WeekDay")?;
    }
    out.close("WeekDays")?;
    let inherited = base.map_or(0, |(base, _)| base.exceptions.len());
    exceptions(calendar, inherited, out)?;
    out.close("Calendar")
}

fn exceptions(calendar: &Calendar, from: usize, out: &mut Out<impl Write>) -> io::Result<()> {
    if calendar.exceptions.len() == from {
        return Ok(());
    }
    out.open("Exceptions", "")?;
    for Exception { name, from, to, hours: worked } in &calendar.exceptions[from..] {
        out.open("Exception", "")?;
        out.flag("EnteredByOccurrences", false)?;
        out.open("TimePeriod", "")?;
        out.value("FromDate", format_args!("{from}T00:00:00"))?;
        out.value("ToDate", format_args!("{to}T23:59:00"))?;
        out.close("TimePeriod")?;
        out.value("Occurrences", (*to - *from).num_days() + 1)?;
        out.text("Name", name)?;
        out.value("Type", 1)?;
        hours(worked, out)?;
        out.close("Exception")?;
    }
    out.close("Exceptions")
}

fn hours(hours: &[Hours], out: &mut Out<impl Write>) -> io::Result<()> {
    out.flag("DayWorking", !hours.is_empty())?;
    if hours.is_empty() {
        return Ok(());
    }
    out.open("WorkingTimes", "")?;
    for Hours { from, to } in hours {
        out.open("WorkingTime", "")?;
        out.value("FromTime", written_clock(*from))?;
        out.value("ToTime", written_clock(*to))?;
        out.close("WorkingTime")?;
    }
    out.close("WorkingTimes")
}

/// Where a task stands.
struct Row {
    place: usize,
    level: usize,
    summary: bool,
}

fn task(
    document: &Document,
    row: &Row,
    links: &[&Link],
    out: &mut Out<impl Write>,
) -> io::Result<()> {
    let (task, info) = (&document.plan.tasks[row.place], &document.tasks[row.place]);
    let (minutes, elapsed) = match task.work {
        Work::Working(minutes) => (minutes, false),
        Work::Elapsed(minutes) => (minutes, true),
    };
    let duration = written_duration(minutes);
    let (from, to) = info.told.unzip();
    // By hand means: at its start, whatever else is said.
    let (constraint, pinned) = match task.constraint {
        Constraint::MustStartOn(start) if info.manual => (Constraint::default(), Some(start)),
        other => (other, None),
    };
    out.open("Task", "")?;
    out.value("UID", info.uid)?;
    out.value("ID", row.place + 1)?;
    out.text("Name", &task.name)?;
    out.flag("Active", !task.inactive)?;
    out.flag("Manual", info.manual)?;
    out.value("Type", 1)?;
    out.flag("IsNull", false)?;
    out.text("WBS", &info.wbs)?;
    out.value("OutlineLevel", row.level)?;
    out.value("Priority", info.priority)?;
    out.maybe("Start", from.map(written_moment))?;
    out.maybe("Finish", to.map(written_moment))?;
    out.value("Duration", &duration)?;
    if info.manual {
        out.maybe("ManualStart", pinned.or(from).map(written_moment))?;
        out.maybe("ManualFinish", to.map(written_moment))?;
        out.value("ManualDuration", &duration)?;
    }
    out.value("DurationFormat", shown_code(info.unit, elapsed, info.estimated))?;
    out.flag("Estimated", info.estimated)?;
    out.flag("Milestone", info.milestone)?;
    out.flag("Summary", row.summary)?;
    progress(&task.progress, minutes, out)?;
    let (code, date) = constraint_code(constraint);
    out.value("ConstraintType", code)?;
    let calendar = task.calendar.and_then(|place| document.calendars.get(place));
    out.value("CalendarUID", calendar.map_or(-1, |info| info.uid))?;
    out.maybe("ConstraintDate", date.map(written_moment))?;
    out.maybe("Deadline", task.deadline.map(written_moment))?;
    out.text("Notes", &info.notes)?;
    for one in links {
        link(document, one, out)?;
    }
    baselines(document, info, out)?;
    out.close("Task")
}

fn progress(
    progress: &schedule::Progress,
    minutes: i64,
    out: &mut Out<impl Write>,
) -> io::Result<()> {
    let percent = match progress.finished_at {
        Some(_) => 100,
        None if minutes > 0 => (progress.done.saturating_mul(100) / minutes).clamp(0, 99),
        None => 0,
    };
    out.value("PercentComplete", percent)?;
    out.maybe("ActualStart", progress.started_at.map(written_moment))?;
    out.maybe("ActualFinish", progress.finished_at.map(written_moment))?;
    out.value("ActualDuration", written_duration(progress.done))?;
    out.value("RemainingDuration", written_duration((minutes - progress.done).max(0)))
}

fn link(document: &Document, link: &Link, out: &mut Out<impl Write>) -> io::Result<()> {
    let Some(from) = document.tasks.get(link.from) else { return Ok(()) };
    // Lags are shown in the unit their task's duration is: they have none of their own here.
    let (amount, format) = match link.lag {
        Lag::Working(minutes) => (minutes.saturating_mul(10), shown_code(Unit::Days, false, false)),
        Lag::Elapsed(minutes) => (minutes.saturating_mul(10), shown_code(Unit::Days, true, false)),
        Lag::Percent(percent) => (i64::from(percent), 19),
    };
    out.open("PredecessorLink", "")?;
    out.value("PredecessorUID", from.uid)?;
    out.value("Type", link_code(link.kind))?;
    out.flag("CrossProject", false)?;
    out.value("LinkLag", amount)?;
    out.value("LagFormat", format)?;
    out.close("PredecessorLink")
}

fn baselines(document: &Document, info: &TaskInfo, out: &mut Out<impl Write>) -> io::Result<()> {
    let currency = document.currency.as_ref().and_then(|code| code.parse::<Currency>().ok());
    let hundredths = if currency.is_some_and(|c| c.decimals() == 0) { 100 } else { 1 };
    for Baseline { number, start, finish, duration, work, cost } in &info.baselines {
        out.open("Baseline", "")?;
        out.value("Number", number)?;
        out.maybe("Start", start.map(written_moment))?;
        out.maybe("Finish", finish.map(written_moment))?;
        out.maybe("Duration", duration.map(written_duration))?;
        out.maybe("Work", work.map(written_duration))?;
        out.maybe("Cost", cost.map(|cost| cost.saturating_mul(hundredths)))?;
        out.close("Baseline")?;
    }
    Ok(())
}

fn person(
    document: &Document,
    place: usize,
    resource: &Resource,
    out: &mut Out<impl Write>,
) -> io::Result<()> {
    out.open("Resource", "")?;
    out.value("UID", resource.uid)?;
    out.value("ID", place + 1)?;
    out.text("Name", &resource.name)?;
    out.value("Type", u8::from(resource.kind != ResourceKind::Material))?;
    out.flag("IsNull", false)?;
    out.value("MaxUnits", share(resource.units))?;
    let calendar = resource.calendar.and_then(|place| document.calendars.get(place));
    out.maybe("CalendarUID", calendar.map(|info| info.uid))?;
    out.flag("IsCostResource", resource.kind == ResourceKind::Cost)?;
    out.close("Resource")
}

/// Per cent as a share of one.
fn share(percent: i64) -> String {
    let sign = if percent < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", percent.unsigned_abs() / 100, percent.unsigned_abs() % 100)
}
