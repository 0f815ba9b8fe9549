//! Plans to test with: eight hours a day with an hour's rest, Monday to Friday, from Monday
//! 5 January 2026.
#![allow(dead_code)]

pub mod draw;
pub mod links;

use chrono::NaiveDateTime;
use schedule::{Calendar, Constraint, Hours, LagCalendar, Plan, Progress, Task, Work};

pub fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").unwrap()
}

pub fn office() -> Calendar {
    let day = vec![Hours { from: 480, to: 720 }, Hours { from: 780, to: 1020 }];
    let week = std::array::from_fn(|weekday| if weekday < 5 { day.clone() } else { Vec::new() });
    Calendar { name: "Bureau".to_owned(), week, exceptions: Vec::new() }
}

pub fn plan() -> Plan {
    Plan {
        start: at("2026-01-05T08:00"),
        status_at: None,
        calendars: vec![office()],
        calendar: 0,
        lag_calendar: LagCalendar::Successor,
        tasks: Vec::new(),
        links: Vec::new(),
    }
}

pub fn task() -> Task {
    Task {
        name: String::new(),
        parent: None,
        work: Work::Working(0),
        calendar: None,
        constraint: Constraint::AsSoonAsPossible,
        deadline: None,
        progress: Progress::default(),
        splits: Vec::new(),
        inactive: false,
    }
}

pub fn days(days: i64) -> Task {
    Task { work: Work::Working(days * 480), ..task() }
}
