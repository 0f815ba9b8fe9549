//! iCalendar.

use chrono::{TimeZone, Utc};
use chrono_tz::Tz;
use interchange::{Document, ics};
use kernel::Lang;

use crate::common::{project, read, task};

fn calendar(document: &Document, zone: Tz) -> String {
    let dates = schedule::schedule(&document.plan).unwrap().dates;
    let about = ics::About {
        zone,
        written_at: Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap(),
        domain: "plan.example".to_owned(),
        uids: Vec::new(),
        lang: Lang::Fr,
    };
    let mut bytes = Vec::new();
    ics::write(document, &dates, &about, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn tasks_are_events_in_utc() {
    let text = project("", &(task(1, 8, "") + &task(2, 0, "")));
    let written = calendar(&read(&text).unwrap(), chrono_tz::Europe::Paris);
    assert!(written.contains("UID:1@plan.example\r\n"), "{written}");
    assert!(
        written.contains("DTSTART:20260302T070000Z\r\nDTEND:20260302T150000Z\r\n"),
        "{written}"
    );
    assert_eq!(written.matches("DTEND").count(), 1, "a milestone has no length");
    assert!(written.ends_with("END:VCALENDAR\r\n"));
}

#[test]
fn text_is_escaped_and_lines_are_folded_between_characters() {
    let name = "Coulage ; étage 1, zone\\A ".to_owned() + &"é".repeat(90);
    let notes = "<Notes>Un\nDeux</Notes>";
    let text = project("", &task(1, 8, notes).replace("Tâche 1", &name));
    let written = calendar(&read(&text).unwrap(), chrono_tz::UTC);
    for line in written.split("\r\n") {
        assert!(line.len() <= 75, "{line}");
    }
    let unfolded = written.replace("\r\n ", "");
    assert!(unfolded.contains(r"SUMMARY:Coulage \; étage 1\, zone\\A éé"), "{unfolded}");
    assert!(unfolded.contains(r"Un\nDeux"), "{unfolded}");
    assert!(unfolded.contains(&"é".repeat(90)));
}

#[test]
fn the_nights_of_clock_changes_are_instants_too() {
    let at = |start: &str| {
        let text = project("", &task(1, 1, "<DurationFormat>6</DurationFormat>"))
            .replace("2026-03-02T08:00:00", start);
        let written = calendar(&read(&text).unwrap(), chrono_tz::Europe::Paris);
        written.lines().find(|l| l.starts_with("DTSTART")).unwrap().to_owned()
    };
    // Spring: 2:30 does not exist and is shown as 3:30, which is 1:30 in UTC.
    assert_eq!(at("2026-03-29T02:30:00"), "DTSTART:20260329T013000Z");
    // Autumn: 2:30 comes twice and is taken the first time.
    assert_eq!(at("2026-10-25T02:30:00"), "DTSTART:20261025T003000Z");
}
