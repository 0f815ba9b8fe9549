//! Lines and what they are: a table's name, its fields, its rows.

use std::collections::HashMap;
use std::io::BufRead;

use crate::findings::{Findings, Form};
use crate::text::Source;
use crate::{Fault, Finding, Limits, Place};

/// Bytes of one line: a calendar's exceptions stand in one field.
const LONGEST: usize = 4 << 20;

/// A row's cells by their field's name.
pub struct Row<'a> {
    /// The table's name.
    pub table: &'a str,
    fields: &'a HashMap<String, usize>,
    cells: Vec<&'a str>,
    line: u64,
}

impl Row<'_> {
    /// Where the row stands, or one field of it.
    pub fn place(&self, field: Option<&str>) -> Place {
        let column = field.and_then(|f| self.fields.get(f)).map(|column| *column as u64 + 1);
        let what =
            field.map_or_else(|| self.table.to_owned(), |field| format!("{}.{field}", self.table));
        Place { line: Some(self.line), column, what }
    }

    /// The text of a field; none where it is empty or not in the file.
    pub fn text(&self, field: &str) -> Option<&str> {
        let cell = self.cells.get(*self.fields.get(field)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    /// The value of a field; a finding where its text is none.
    pub fn get<T>(&self, field: &str, form: &Form<T>, found: &mut Findings) -> Option<T> {
        found.read(self.text(field)?, form, || self.place(Some(field)))
    }

    /// The same; a finding also where it is empty.
    pub fn need<T>(&self, field: &str, form: &Form<T>, found: &mut Findings) -> Option<T> {
        if self.text(field).is_none() {
            found.push(Finding::new(
                self.place(Some(field)),
                "missing",
                format!("{field} manque : il faut {}.", form.fr),
                format!("{field} is missing: must be {}.", form.en),
            ));
        }
        self.get(field, form, found)
    }
}

/// What comes next.
pub enum Line<'a> {
    /// A row of the table one is in.
    Row(Row<'a>),
    /// Nothing.
    End,
}

/// A file, read line by line.
pub struct Tables<R> {
    source: Source<R>,
    line: String,
    number: u64,
    table: String,
    fields: HashMap<String, usize>,
}

impl<R: BufRead> Tables<R> {
    /// The tables in `input`, which begins with its header.
    pub fn new(input: R, limits: &Limits) -> Result<Self, Fault> {
        let limits = Limits { text: LONGEST, ..*limits };
        let source = Source::undeclared(input, &limits)
            .map_err(|error| Finding::of_input(&error, Place::default()))?;
        let mut tables = Self {
            source,
            line: String::new(),
            number: 0,
            table: String::new(),
            fields: HashMap::new(),
        };
        if !tables.read_line()? || !tables.line.starts_with("ERMHDR") {
            return Err(tables.refused(
                "not-xer",
                "Ce n'est pas un fichier XER de Primavera : il commence par ERMHDR.",
                "This is no Primavera XER file: it begins with ERMHDR.",
            ));
        }
        Ok(tables)
    }

    /// The next row. A file ends with `%E`; one that does not was cut off.
    pub fn next_line(&mut self) -> Result<Line<'_>, Fault> {
        loop {
            if !self.read_line()? {
                return Err(self.refused(
                    "truncated",
                    "Le fichier s'arrête avant sa fin (%E).",
                    "The file stops before its end (%E).",
                ));
            }
            let (mark, rest) = self.line.split_once('\t').unwrap_or((&self.line, ""));
            match mark {
                "%T" => {
                    rest.trim().clone_into(&mut self.table);
                    self.fields.clear();
                }
                "%F" => {
                    let named = rest.split('\t').enumerate();
                    self.fields = named.map(|(at, name)| (name.trim().to_owned(), at)).collect();
                }
                "%R" => break,
                "%E" => return Ok(Line::End),
                "" => {}
                _ => {
                    return Err(self.refused(
                        "bad-line",
                        "Une ligne commence par %T, %F, %R ou %E.",
                        "A line begins with %T, %F, %R or %E.",
                    ));
                }
            }
        }
        if self.fields.is_empty() {
            return Err(self.refused(
                "no-fields",
                "Des données (%R) sans les noms de leurs champs (%F).",
                "Data (%R) without the names of its fields (%F).",
            ));
        }
        let cells = self.line.split('\t').skip(1).collect();
        Ok(Line::Row(Row { table: &self.table, fields: &self.fields, cells, line: self.number }))
    }

    /// False at the end.
    fn read_line(&mut self) -> Result<bool, Fault> {
        self.line.clear();
        self.source.mark();
        self.number += 1;
        match self.source.read_line(&mut self.line) {
            Ok(read) => {
                let kept = self.line.trim_end_matches(['\r', '\n']).len();
                self.line.truncate(kept);
                Ok(read > 0)
            }
            Err(error) => {
                let place = self.source.place(self.table.clone());
                Err(Finding::of_input(&error, place).into())
            }
        }
    }

    fn refused(&self, code: &'static str, fr: &str, en: &str) -> Fault {
        let place = Place { line: Some(self.number), column: Some(1), what: self.table.clone() };
        Finding::new(place, code, fr, en).into()
    }
}
