//! Rows by their columns' titles, with the place of each field.

use std::io::{BufRead, Cursor, Read};

use crate::text::Source;
use crate::{Fault, Finding, Limits, Place};

/// Columns at most.
const COLUMNS: usize = 200;
/// Bytes at most: a cell that never ends is kept in memory until it does.
const BYTES: u64 = 32 << 20;

/// A table with a row of titles, in UTF-8, UTF-16 or Windows of western Europe, separated by
/// commas, semicolons or tabs: whichever its titles have most of.
pub struct Table {
    reader: ::csv::Reader<Box<dyn Read + Send>>,
    titles: Vec<String>,
    record: ::csv::StringRecord,
    longest: usize,
    rows: usize,
    most: usize,
}

/// A row.
pub struct Row<'a> {
    titles: &'a [String],
    record: &'a ::csv::StringRecord,
    line: u64,
}

impl Table {
    /// The table in `input`, of at most `rows` rows. `known` names the columns: for each, all the
    /// titles it goes by, in lower case; the first is what [`Row::text`] asks for.
    pub fn new(
        input: impl BufRead + Send + 'static,
        known: &[&[&str]],
        rows: usize,
        limits: &Limits,
    ) -> Result<Self, Fault> {
        let limits = Limits { bytes: limits.bytes.min(BYTES), ..*limits };
        let mut source = Source::undeclared(input, &limits).map_err(unreadable)?;
        let mut first = String::new();
        source.read_line(&mut first).map_err(unreadable)?;
        let count = |c: char| first.matches(c).count();
        let separator = [',', ';', '\t'].into_iter().rev().max_by_key(|c| count(*c));
        source.unbounded();
        let whole: Box<dyn Read + Send> = Box::new(Cursor::new(first.into_bytes()).chain(source));
        let mut reader = ::csv::ReaderBuilder::new()
            .delimiter(separator.map_or(b',', |c| c as u8))
            .flexible(true)
            .has_headers(false)
            .from_reader(whole);
        let mut record = ::csv::StringRecord::new();
        if !reader.read_record(&mut record).map_err(broken)? || record.len() > COLUMNS {
            return Err(Finding::new(
                Place { line: Some(1), column: None, what: String::new() },
                "no-titles",
                "La première ligne donne les titres des colonnes, 200 au plus.",
                "The first line has the columns' titles, 200 at most.",
            )
            .into());
        }
        let titles: Vec<String> = record
            .iter()
            .map(|title| {
                let title = title.trim().to_lowercase();
                let column = known.iter().find(|names| names.contains(&title.as_str()));
                column.map_or(title, |names| names[0].to_owned())
            })
            .collect();
        Ok(Self { reader, titles, record, longest: limits.text, rows: 0, most: rows })
    }

    /// Whether the table has a column.
    pub fn has(&self, column: &str) -> bool {
        self.titles.iter().any(|title| title == column)
    }

    /// The next row that is not empty; none at the end.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, Fault> {
        loop {
            if !self.reader.read_record(&mut self.record).map_err(broken)? {
                return Ok(None);
            }
            if self.record.iter().any(|cell| !cell.trim().is_empty()) {
                break;
            }
        }
        let line = self.record.position().map_or(0, ::csv::Position::line);
        self.rows += 1;
        let too_long = self.record.iter().position(|cell| cell.len() > self.longest);
        let (fr, en, column) = match (self.rows > self.most, too_long) {
            (true, _) => (format!("Trop de lignes : {} au plus.", self.most), "Too many rows.", 1),
            (_, Some(at)) => ("Texte trop long.".to_owned(), "Text too long.", at as u64 + 1),
            _ => return Ok(Some(Row { titles: &self.titles, record: &self.record, line })),
        };
        let place = Place { line: Some(line), column: Some(column), what: String::new() };
        Err(Finding::new(place, "limit", fr, en).into())
    }
}

impl Row<'_> {
    /// The text of a column; none where it is empty or the table has no such column. A text that a
    /// spreadsheet would take for a formula is just text.
    pub fn text(&self, column: &str) -> Option<&str> {
        let at = self.titles.iter().position(|title| title == column)?;
        let cell = self.record.get(at)?.trim();
        // What is written for spreadsheets has an apostrophe before what looks like a formula.
        let cell = match cell.strip_prefix('\'') {
            Some(rest) if rest.starts_with(super::write::FORMULA) || rest.starts_with('\'') => rest,
            _ => cell,
        };
        (!cell.is_empty()).then_some(cell)
    }

    /// Where a column's field stands in the file: its line, and the field's number.
    pub fn place(&self, column: &str) -> Place {
        let at = self.titles.iter().position(|title| title == column);
        Place { line: Some(self.line), column: at.map(|at| at as u64 + 1), what: column.to_owned() }
    }
}

fn unreadable(error: std::io::Error) -> Fault {
    Finding::of_input(&error, Place::default()).into()
}

fn broken(error: ::csv::Error) -> Fault {
    let line = error.position().map(::csv::Position::line);
    let place = Place { line, column: None, what: String::new() };
    match error.kind() {
        ::csv::ErrorKind::Io(error) => Finding::of_input(error, place),
        _ => Finding::new(
            place,
            "bad-csv",
            format!("Ligne illisible : {error}."),
            format!("Unreadable line: {error}."),
        ),
    }
    .into()
}
