//! Plans from files, scheduled: by our own engine as by an independent one.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::common::{after, impossible, project, read, task, week};

/// The fixtures and the dates MPXJ's Microsoft-style scheduler gives them; both are written by
/// `scripts/compare-schedule --golden`.
#[test]
fn dates_are_those_of_the_independent_engine() {
    let folder =
        PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("tests/fixtures");
    let mut compared = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "xml") {
            continue;
        }
        let document = read(&fs::read_to_string(&path).unwrap()).unwrap();
        let schedule = schedule::schedule(&document.plan).unwrap();
        let golden: Vec<Value> =
            serde_json::from_str(&fs::read_to_string(path.with_extension("json")).unwrap())
                .unwrap();
        for expected in golden {
            let id = expected["id"].as_i64().unwrap();
            let place = document.tasks.iter().position(|t| t.uid == id).unwrap();
            let dates = schedule.dates[place].unwrap();
            let local = |at: chrono::NaiveDateTime| at.format("%Y-%m-%dT%H:%M:%S").to_string();
            let own = json!({
                "id": id,
                "early_start": local(dates.early_start),
                "early_finish": local(dates.early_finish),
                "late_start": local(dates.late_start),
                "late_finish": local(dates.late_finish),
                "total_float_min": dates.total_float,
                "free_float_min": dates.free_float,
                "critical": dates.critical,
            });
            assert_eq!(own, expected, "{} task {id}", path.display());
            compared += 1;
        }
    }
    assert!(compared > 200, "{compared} tasks compared");
}

#[test]
fn a_circle_is_named() {
    let text = project(
        "",
        &[
            task(1, 8, ""),
            task(2, 8, &(after(1, 1, 0) + &after(4, 1, 0))),
            task(3, 8, &after(2, 1, 0)),
            task(4, 8, &after(3, 1, 0)),
        ]
        .concat(),
    );
    let (code, reason) = impossible(&text);
    assert_eq!(code, "cycle");
    for name in ["2 « Tâche 2 »", "3 « Tâche 3 »", "4 « Tâche 4 »"] {
        assert!(reason.contains(name), "{reason}");
    }
    assert!(!reason.contains("Tâche 1"), "{reason}");
}

#[test]
fn a_calendar_without_working_time_is_named() {
    let idle = week(2, "08:00:00", "16:00:00").replace("<DayWorking>1", "<DayWorking>0");
    let text = project("", &task(1, 8, "<CalendarUID>2</CalendarUID>"))
        .replace("<Calendars>", &format!("<Calendars>{idle}"));
    let (code, reason) = impossible(&text);
    assert_eq!(code, "no-working-time");
    assert!(reason.contains("Calendrier 2"), "{reason}");
}

#[test]
fn a_lag_of_a_hundred_years_ends_in_dates_or_in_a_reason_at_once() {
    // A century of working days of eight hours, and a thousand years.
    for (years, fine) in [(100, true), (1000, false)] {
        let lag = years * 261 * 480 * 10;
        let text = project("", &(task(1, 8, "") + &task(2, 8, &after(1, 1, lag))));
        let document = read(&text).unwrap();
        match schedule::schedule(&document.plan) {
            Ok(schedule) => {
                assert!(fine);
                let start = schedule.dates[1].unwrap().early_start;
                assert!(start.to_string().starts_with("212"), "{start}");
            }
            Err(refused) => {
                assert!(!fine);
                let finding = document.explain(&refused);
                assert!(finding.reason.en.contains("Tâche 2"), "{finding}");
            }
        }
    }
}

#[test]
fn leap_days_are_days() {
    let text = project("", &task(1, 8, "")).replace("2026-03-02T08", "2028-02-29T08");
    let document = read(&text).unwrap();
    let dates = schedule::schedule(&document.plan).unwrap().dates[0].unwrap();
    assert_eq!(dates.early_finish.to_string(), "2028-02-29 16:00:00");
}
