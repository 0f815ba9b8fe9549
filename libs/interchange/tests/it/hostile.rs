//! Files made to do harm, and broken ones: a clear reason, soon, and nothing half read.

use std::io::{self, BufRead, BufReader, Read};

use interchange::{Limits, mspdi, xer};
use proptest::prelude::*;

use crate::common::{found, project, read, task};

#[test]
fn entities_and_dtds_are_refused() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">
        <!ENTITY lol1 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
        <Project><Title>&lol1;</Title></Project>"#;
    assert_eq!(found(read(bomb))[0].0, "doctype");
    let external = r#"<?xml version="1.0"?><!DOCTYPE p SYSTEM "file:///etc/passwd"><Project/>"#;
    assert_eq!(found(read(external))[0].0, "doctype");
    let undeclared = project("<Title>&xxe;</Title>", "");
    assert_eq!(found(read(&undeclared))[0].0, "entity");
}

#[test]
fn deep_nesting_is_refused_where_it_is() {
    let deep = "<Project>".to_owned() + &"<a>".repeat(1_000_000);
    let found = found(read(&deep));
    assert_eq!(found[0].0, "limit");
    assert!(found[0].1.starts_with("1:"), "{found:?}");
}

#[test]
fn a_text_without_end_is_refused_before_it_is_read() {
    let endless = BufReader::new(io::Read::chain(&b"<Project><Title>"[..], io::repeat(b'a')));
    let fault = mspdi::read(endless, &Limits::default()).unwrap_err();
    assert_eq!(fault.findings[0].code, "limit");
    let endless = BufReader::new(io::Read::chain(&b"<Project "[..], io::repeat(b' ')));
    assert_eq!(mspdi::read(endless, &Limits::default()).unwrap_err().findings[0].code, "limit");
    let endless = BufReader::new(io::Read::chain(&b"ERMHDR\t"[..], io::repeat(b'a')));
    assert_eq!(xer::read(endless, &Limits::default()).unwrap_err().findings[0].code, "limit");
}

/// The same bytes again and again, and what is left of them.
struct Again<'a> {
    piece: &'a [u8],
    at: usize,
    times: usize,
}

impl Read for Again<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(out.len());
        out[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Again<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(if self.times == 0 { &[] } else { &self.piece[self.at..] })
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
        if self.at == self.piece.len() {
            self.at = 0;
            self.times = self.times.saturating_sub(1);
        }
    }
}

#[test]
fn a_huge_file_is_read_to_the_limit_it_passes_and_no_further() {
    let text = project("", "@");
    let (before, _) = text.split_once('@').unwrap();
    // Two gigabytes of tasks.
    let one = task(1, 8, &format!("<Notes>{}</Notes>", "n".repeat(2000)));
    let tasks = Again { piece: one.as_bytes(), at: 0, times: 1_000_000 };
    let limits = Limits { tasks: 2000, ..Limits::default() };
    let fault = mspdi::read(BufReader::new(before.as_bytes().chain(tasks)), &limits).unwrap_err();
    let last = fault.findings.last().unwrap();
    assert_eq!(last.code, "limit");
    assert!(last.place.what.contains("Task[UID=1]"), "{last}");
    let tasks = Again { piece: one.as_bytes(), at: 0, times: 1_000_000 };
    let limits = Limits { bytes: 1 << 20, ..Limits::default() };
    let fault = mspdi::read(BufReader::new(before.as_bytes().chain(tasks)), &limits).unwrap_err();
    assert_eq!(fault.findings.last().unwrap().code, "limit");
}

#[test]
fn a_rule_that_recurs_forever_is_counted() {
    let daily = "<Exceptions><Exception><TimePeriod><FromDate>0001-01-01T00:00:00</FromDate>\
        <ToDate>9999-12-31T00:00:00</ToDate></TimePeriod><Type>6</Type><DaysOfWeek>127</DaysOfWeek>\
        <DayWorking>0</DayWorking></Exception></Exceptions></Calendar>";
    let text = project("", "").replace("</Calendar>", daily);
    let found = found(read(&text));
    assert_eq!(found[0].0, "limit");
    assert!(found[0].1.contains("Calendar[UID=1]/Exceptions/Exception"), "{found:?}");
}

#[test]
fn a_file_that_was_cut_off_is_refused() {
    let text = project("", &task(1, 8, ""));
    for cut in (30..text.len()).step_by(7).filter(|cut| text.is_char_boundary(*cut)) {
        let found = found(read(&text[..cut]));
        assert!(!found.is_empty(), "{cut}");
    }
}

#[test]
fn other_encodings_are_read_and_wrong_ones_refused() {
    let text = project("<Title>Élévation</Title>", "");
    let wide: Vec<u8> = [0xfeff]
        .into_iter()
        .chain(text.replace("UTF-8", "UTF-16").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let read = |bytes: &[u8]| mspdi::read(bytes, &Limits::default());
    assert_eq!(read(&wide).unwrap().name, "Élévation");
    let latin: Vec<u8> = text
        .replace("UTF-8", "windows-1252")
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    assert_eq!(read(&latin).unwrap().name, "Élévation");
    let wrong: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let found = found(read(&wrong));
    assert_eq!(found[0].0, "encoding");
    assert!(found[0].1.starts_with('3'), "on the third line: {found:?}");
}

#[test]
fn calendars_that_are_their_own_base_are_refused() {
    let circle = |uid, base| {
        format!(
            "<Calendar><UID>{uid}</UID><Name>{uid}</Name><IsBaseCalendar>0</IsBaseCalendar>\
             <BaseCalendarUID>{base}</BaseCalendarUID></Calendar>"
        )
    };
    let text = project("", "")
        .replace("</Calendars>", &format!("{}{}</Calendars>", circle(2, 3), circle(3, 2)));
    assert_eq!(found(read(&text))[0].0, "cycle");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_bring_a_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let limits = Limits::default();
        let _ = mspdi::read(&bytes[..], &limits);
        let _ = xer::read(&bytes[..], &limits);
    }

    #[test]
    fn no_change_to_a_good_file_brings_the_reader_down(
        at in 0..1200_usize, with in prop::collection::vec(any::<u8>(), 0..12), cut in 0..20_usize,
    ) {
        let mut bytes = project("<Title>É</Title>", &task(1, 8, &crate::common::after(1, 1, 40))).into_bytes();
        let at = at.min(bytes.len());
        let to = (at + cut).min(bytes.len());
        bytes.splice(at..to, with);
        if let Ok(document) = mspdi::read(&bytes[..], &Limits::default()) {
            let _ = schedule::schedule(&document.plan);
        }
    }
}
