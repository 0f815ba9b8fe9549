//! Short ways to make files and look at what is found in them.

use interchange::{Document, Fault, Limits, mspdi, xer};

/// A project file with these elements before its tasks, and these tasks.
pub fn project(header: &str, tasks: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Project xmlns="http://schemas.microsoft.com/project">
<StartDate>2026-03-02T08:00:00</StartDate><CalendarUID>1</CalendarUID>{header}
<Calendars>{}</Calendars>
<Tasks>{tasks}</Tasks></Project>"#,
        week(1, "08:00:00", "16:00:00"),
    )
}

/// A calendar with the same hours from Monday to Friday.
pub fn week(uid: i64, from: &str, to: &str) -> String {
    let days: String = (1..=7)
        .map(|day| match day {
            1 | 7 => {
                format!("<WeekDay><DayType>{day}</DayType><DayWorking>0</DayWorking></WeekDay>")
            }
            _ => format!(
                "<WeekDay><DayType>{day}</DayType><DayWorking>1</DayWorking><WorkingTimes>\
                 <WorkingTime><FromTime>{from}</FromTime><ToTime>{to}</ToTime></WorkingTime>\
                 </WorkingTimes></WeekDay>"
            ),
        })
        .collect();
    format!(
        "<Calendar><UID>{uid}</UID><Name>Calendrier {uid}</Name><IsBaseCalendar>1</IsBaseCalendar>\
         <WeekDays>{days}</WeekDays></Calendar>"
    )
}

/// A task of so many hours, and what else it says.
pub fn task(uid: i64, hours: i64, more: &str) -> String {
    format!(
        "<Task><UID>{uid}</UID><Name>Tâche {uid}</Name><OutlineLevel>1</OutlineLevel>\
         <Duration>PT{hours}H0M0S</Duration>{more}</Task>"
    )
}

/// A link from a task, of a type and with a lag in tenths of a minute.
pub fn after(uid: i64, kind: i64, lag: i64) -> String {
    format!(
        "<PredecessorLink><PredecessorUID>{uid}</PredecessorUID><Type>{kind}</Type>\
         <LinkLag>{lag}</LinkLag><LagFormat>7</LagFormat></PredecessorLink>"
    )
}

pub fn read(text: &str) -> Result<Document, Fault> {
    mspdi::read(text.as_bytes(), &Limits::default())
}

pub fn read_xer(bytes: &[u8]) -> Result<Document, Fault> {
    xer::read(bytes, &Limits::default())
}

/// What was found: code, and place.
pub fn found<T: std::fmt::Debug>(result: Result<T, Fault>) -> Vec<(&'static str, String)> {
    let fault = result.expect_err("the file is refused");
    fault.findings.iter().map(|f| (f.code, f.place.to_string())).collect()
}

/// Why the plan cannot be scheduled, in the file's words.
pub fn impossible(text: &str) -> (&'static str, String) {
    let document = read(text).unwrap();
    let refused = schedule::schedule(&document.plan).unwrap_err();
    let finding = document.explain(&refused);
    (finding.code, finding.reason.en)
}
