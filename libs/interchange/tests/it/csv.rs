//! Tasks in tables.

use std::io::Cursor;

use interchange::{Document, Fault, Limits, Settings, csv};
use schedule::{Calendar, Constraint, Hours, Lag, LinkKind, Work};

use crate::common::found;

fn base() -> csv::Base {
    let day = vec![Hours { from: 480, to: 960 }];
    let off = Vec::new();
    let week = [day.clone(), day.clone(), day.clone(), day.clone(), day, off.clone(), off];
    csv::Base {
        name: "Îlot".to_owned(),
        start: "2026-03-02T08:00:00".parse().unwrap(),
        settings: Settings::default(),
        calendars: vec![Calendar { name: "Standard".to_owned(), week, exceptions: Vec::new() }],
        calendar: 0,
    }
}

fn read(bytes: impl AsRef<[u8]>) -> Result<Document, Fault> {
    csv::read_tasks(Cursor::new(bytes.as_ref().to_vec()), &base(), &Limits::default())
}

#[test]
fn a_french_spreadsheet_is_read() {
    let text = "WBS;Nom;Durée;Prédécesseurs;Contrainte;Date de contrainte;Échéance\r\n\
        1;Gros œuvre;;;;;\r\n\
        1.1;Fouilles;3 j;;SNET;02/03/2026;\r\n\
        1.2;\"Béton; coulage\";\"1,5 j\";1.1FD+2j;;;20/03/2026\r\n\
        ;;;;;;\r\n\
        2;Réception;0j;\"1.2;1.1DD-50%\";;;\r\n";
    for bytes in [text.as_bytes().to_vec(), windows(text)] {
        let document = read(bytes).unwrap();
        let parents: Vec<_> = document.plan.tasks.iter().map(|t| t.parent).collect();
        assert_eq!(parents, [None, Some(0), Some(0), None]);
        let concrete = &document.plan.tasks[2];
        assert_eq!((concrete.name.as_str(), concrete.work), ("Béton; coulage", Work::Working(720)));
        assert_eq!(concrete.deadline.unwrap().to_string(), "2026-03-20 17:00:00");
        assert!(matches!(document.plan.tasks[1].constraint, Constraint::StartNoEarlierThan(_)));
        let links: Vec<_> =
            document.plan.links.iter().map(|l| (l.from, l.to, l.kind, l.lag)).collect();
        assert_eq!(
            links,
            [
                (1, 2, LinkKind::FinishToStart, Lag::Working(960)),
                (2, 3, LinkKind::FinishToStart, Lag::Working(0)),
                (1, 3, LinkKind::StartToStart, Lag::Percent(-50)),
            ]
        );
        assert!(document.tasks[3].milestone);
    }
}

/// `text` as Windows of western Europe writes it.
fn windows(text: &str) -> Vec<u8> {
    let byte = |c| if c == 'œ' { 0x9c } else { u8::try_from(u32::from(c)).unwrap() };
    text.chars().map(byte).collect()
}

#[test]
fn a_bad_row_is_told_with_line_column_and_reason() {
    let text = "name,duration,predecessors,percent complete\n\
        A,-2d,,\n\
        B,3d,99FS,\n\
        \"C\nD\",1d,,140\n\
        E,1 lune,,\n";
    let fault = read(text).unwrap_err();
    let told: Vec<_> = fault.findings.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told[0].starts_with("2:2 (duration): \"-2d\""), "{told:?}");
    assert!(told[1].starts_with("4:4 (percent complete)"), "{told:?}");
    assert!(told[2].starts_with("6:2 (duration)"), "{told:?}");
    assert!(told[3].starts_with("3:3 (predecessors)"), "{told:?}");
}

#[test]
fn formulas_are_text_going_in_and_harmless_coming_out() {
    let text = "name,duration,notes\n=1+1,1d,\"=HYPERLINK(\"\"http://x\"\")\"\n@A1,1d,+33 1 23\n";
    let document = read(text).unwrap();
    assert_eq!(document.plan.tasks[0].name, "=1+1");
    let mut bytes = Vec::new();
    csv::write_tasks(&document, &mut bytes).unwrap();
    let written = String::from_utf8(bytes).unwrap();
    for cell in written.lines().flat_map(|line| line.split(',')) {
        let cell = cell.trim_matches('"');
        let risky = cell.starts_with(['=', '+', '-', '@']);
        assert!(!risky, "{cell} in {written}");
    }
    assert_eq!(read(written).unwrap().plan.tasks[1].name, "@A1");
}

#[test]
fn what_is_no_table_of_tasks_is_refused() {
    assert_eq!(found(read(""))[0].0, "no-titles");
    assert_eq!(found(read("a,b\n1,2\n"))[0].0, "missing");
    assert_eq!(found(read("name,wbs\n,1\n\n"))[0], ("missing", "2:1 (name)".to_owned()));
    assert_eq!(found(read("name\nA\u{0}\n"))[0].0, "encoding");
    let limits = Limits { tasks: 2, ..Limits::default() };
    let rows = Cursor::new("name\nA\nB\nC\n");
    assert_eq!(found(csv::read_tasks(rows, &base(), &limits))[0], ("limit", "4:1".to_owned()));
    let circle = read("wbs,name\n1.1,A\n1,B\n");
    assert_eq!(found(circle)[0].0, "order");
}
