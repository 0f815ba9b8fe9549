//! A CSV file (RFC 4180, as spreadsheets write it) read into rows. Nothing in it is evaluated: a
//! formula is text.

use std::str::FromStr;

use super::finding::{File, Findings};

/// The most rows of an import, over all its files.
pub(super) const MOST_ROWS: usize = 20_000;
/// The longest cell in bytes: more is a quote that was never closed.
const LONGEST_CELL: usize = 20_000;
/// The most columns of a file.
const MOST_COLUMNS: usize = 100;

/// A column of a file.
pub(super) struct Column {
    /// Its name, that of the API's field.
    pub name: &'static str,
    /// Its name in French, without accents.
    pub fr: &'static str,
    /// Whether each row must fill it.
    pub required: bool,
}

/// A row with its place and its cells in the order of the file's known columns.
#[derive(Debug)]
pub(super) struct Row {
    /// The line of the file it begins on.
    pub line: u64,
    cells: Vec<String>,
}

/// A file's rows.
pub(super) struct Table {
    /// The file.
    pub file: File,
    columns: &'static [Column],
    /// Its rows that were read well.
    pub rows: Vec<Row>,
}

impl Table {
    /// Reads a file, of which `room` rows are wanted at most.
    pub fn read(
        file: File,
        bytes: &[u8],
        columns: &'static [Column],
        room: usize,
        findings: &mut Findings,
    ) -> Self {
        let mut table = Self { file, columns, rows: Vec::new() };
        let Some(text) = decode(bytes) else {
            findings.add(
                (file, 1),
                None,
                "encoding",
                "encodage inconnu : enregistrez le fichier en CSV UTF-8",
                "unknown encoding: save the file as CSV UTF-8",
            );
            return table;
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator(&text))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut record = csv::StringRecord::new();
        let mut places: Option<Vec<Option<usize>>> = None;
        loop {
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(_) => {
                    let line = reader.position().line();
                    findings.add(
                        (file, line),
                        None,
                        "syntax",
                        "ligne illisible",
                        "unreadable line",
                    );
                    break;
                }
            }
            let line = record.position().map_or(1, |at| line_of(&text, at));
            if record.iter().all(str::is_empty) {
                continue;
            }
            match &places {
                None => match heading(&record, columns, (file, line), findings) {
                    Some(found) => places = Some(found),
                    None => return table,
                },
                Some(_) if table.rows.len() >= room => {
                    findings.add(
                        (file, line),
                        None,
                        "too_many",
                        format!("plus de {MOST_ROWS} lignes au total"),
                        format!("more than {MOST_ROWS} rows in all"),
                    );
                    break;
                }
                Some(places) => table.take(&record, places, line, findings),
            }
        }
        if places.is_none() {
            findings.add((file, 1), None, "empty", "fichier vide", "empty file");
        }
        table
    }

    fn take(
        &mut self,
        record: &csv::StringRecord,
        places: &[Option<usize>],
        line: u64,
        findings: &mut Findings,
    ) {
        let at = (self.file, line);
        let before = findings.count();
        if record.iter().skip(places.len()).any(|cell| !cell.is_empty()) {
            findings.add(
                at,
                None,
                "cells",
                format!("{} cellules pour {} colonnes", record.len(), places.len()),
                format!("{} cells for {} columns", record.len(), places.len()),
            );
        }
        let mut cells = vec![String::new(); self.columns.len()];
        for (place, cell) in places.iter().zip(record) {
            let Some(place) = *place else { continue };
            if cell.len() > LONGEST_CELL || cell.contains('\0') {
                let name = self.columns[place].name;
                findings.add(
                    at,
                    name,
                    "characters",
                    "cellule trop longue (guillemet non fermé ?) ou caractère nul",
                    "cell too long (a quote not closed?) or null character",
                );
                continue;
            }
            cell.clone_into(&mut cells[place]);
        }
        let whole = findings.count() == before;
        for (column, cell) in self.columns.iter().zip(&cells) {
            if whole && column.required && cell.is_empty() {
                findings.add(at, column.name, "missing", "valeur obligatoire", "required value");
            }
        }
        if findings.count() == before {
            self.rows.push(Row { line, cells });
        }
    }

    /// The row's cells, to be asked by their columns' names.
    pub fn cells<'a>(&self, row: &'a Row) -> Cells<'a> {
        Cells { at: (self.file, row.line), columns: self.columns, row }
    }
}

/// A row whose cells are asked by their columns' names.
pub(super) struct Cells<'a> {
    /// Where it stands.
    pub at: (File, u64),
    columns: &'static [Column],
    row: &'a Row,
}

impl<'a> Cells<'a> {
    /// A cell; none where it is empty.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        let place = self.columns.iter().position(|c| c.name == name)?;
        self.row.cells.get(place).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    /// A cell as text; none where it is empty.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// A cell as something that `read` understands; what it does not is a finding.
    pub fn read<T>(
        &self,
        name: &'static str,
        findings: &mut Findings,
        (fr, en): (&str, &str),
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let cell = self.get(name)?;
        let value = read(cell);
        if value.is_none() {
            findings.add(self.at, name, "format", fr, en);
        }
        value
    }

    /// A cell as a word of a list.
    pub fn word<T: FromStr>(&self, name: &'static str, findings: &mut Findings) -> Option<T> {
        let sentences = ("mot inconnu dans cette colonne", "word unknown in this column");
        self.read(name, findings, sentences, |cell| cell.parse().ok())
    }

    /// A cell as a number, with a point or a comma before its decimals.
    pub fn number<T: FromStr>(&self, name: &'static str, findings: &mut Findings) -> Option<T> {
        let sentences = ("nombre attendu", "a number is expected");
        self.read(name, findings, sentences, |cell| cell.replace(',', ".").parse().ok())
    }

    /// A cell as a day: `2026-06-30` or `30/06/2026`.
    pub fn day(&self, name: &'static str, findings: &mut Findings) -> Option<chrono::NaiveDate> {
        let sentences = ("jour attendu : 2026-06-30", "a day is expected: 2026-06-30");
        self.read(name, findings, sentences, day)
    }
}

/// The line a record stands on: the reader counts from where the one before ended, blank lines
/// between them are its own.
fn line_of(text: &str, at: &csv::Position) -> u64 {
    let start = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    at.line() + blank.filter(|byte| **byte == b'\n').count() as u64
}

/// A day as spreadsheets write it.
pub(super) fn day(cell: &str) -> Option<chrono::NaiveDate> {
    let read = |format| chrono::NaiveDate::parse_from_str(cell, format).ok();
    read("%Y-%m-%d").or_else(|| read("%d/%m/%Y"))
}

/// UTF-8, with or without its mark; else Windows-1252, in which any bytes are text, unless the
/// mark of UTF-16 stands before them.
fn decode(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return None;
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(_) => Some(encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()),
    }
}

/// The separator that stands most often in the heading.
fn separator(text: &str) -> u8 {
    let heading = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |separator: u8| heading.bytes().filter(|b| *b == separator).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|s| count(*s)).unwrap_or(b',')
}

/// Which known column stands at each place of the heading; none where it cannot be used.
fn heading(
    record: &csv::StringRecord,
    columns: &'static [Column],
    at: (File, u64),
    findings: &mut Findings,
) -> Option<Vec<Option<usize>>> {
    let before = findings.count();
    let mut places = Vec::with_capacity(record.len());
    if record.len() > MOST_COLUMNS {
        findings.add(at, None, "columns", "trop de colonnes", "too many columns");
        return None;
    }
    for cell in record {
        let name = plain(cell);
        let place = columns.iter().position(|c| c.name == name || c.fr == name);
        match place {
            Some(place) if places.contains(&Some(place)) => {
                let column = columns[place].name;
                findings.add(at, column, "twice", "colonne en double", "column there twice");
            }
            Some(place) => places.push(Some(place)),
            None if name.is_empty() => places.push(None),
            None => {
                let shown: String = cell.chars().take(60).collect();
                let known: Vec<_> = columns.iter().map(|c| c.name).collect();
                let known = known.join(", ");
                findings.add(
                    at,
                    None,
                    "unknown_column",
                    format!("colonne « {shown} » inconnue ; colonnes : {known}"),
                    format!("unknown column \"{shown}\"; columns: {known}"),
                );
            }
        }
    }
    for (place, column) in columns.iter().enumerate() {
        if column.required && !places.contains(&Some(place)) {
            findings.add(at, column.name, "missing", "colonne obligatoire", "required column");
        }
    }
    (findings.count() == before).then_some(places)
}

/// A heading in small letters without accents, its words joined by `_`.
fn plain(heading: &str) -> String {
    let letter = |c: char| match c {
        'é' | 'è' | 'ê' => 'e',
        'à' | 'â' => 'a',
        'ç' => 'c',
        'ô' => 'o',
        'î' => 'i',
        ' ' | '-' => '_',
        other => other,
    };
    heading.to_lowercase().chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        Column { name: "code", fr: "code", required: true },
        Column { name: "starts_on", fr: "debut", required: false },
        Column { name: "name", fr: "nom", required: true },
    ];

    /// Line, column and code of each finding.
    type Told = Vec<(u64, Option<String>, String)>;

    fn read(bytes: &[u8]) -> (Vec<Vec<String>>, Told) {
        let mut findings = Findings::default();
        let table = Table::read(File::Projects, bytes, COLUMNS, 3, &mut findings);
        let rows = table.rows.into_iter().map(|r| r.cells).collect();
        let told = findings.into_told();
        (rows, told.into_iter().map(|f| (f.line, f.column, f.code)).collect())
    }

    #[test]
    fn encodings_and_separators_are_told_apart() {
        let expected = vec![vec!["A".to_owned(), String::new(), "Électricité ; réseau".to_owned()]];
        let text = "nom;Code\r\n\"Électricité ; réseau\";A\r\n";
        assert_eq!(read(text.as_bytes()), (expected.clone(), vec![]));
        let marked = [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat();
        assert_eq!(read(&marked), (expected.clone(), vec![]));
        let windows: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        assert_eq!(read(&windows), (expected.clone(), vec![]));
        assert_eq!(read("name\tcode\nÉlectricité ; réseau\tA\n".as_bytes()), (expected, vec![]));
        let wide: Vec<u8> = "\u{feff}code".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&wide).1, [(1, None, "encoding".to_owned())]);
    }

    #[test]
    fn headings_are_known_once_and_whole() {
        let codes =
            |text: &str| read(text.as_bytes()).1.into_iter().map(|f| f.2).collect::<Vec<_>>();
        assert_eq!(codes("code,nom,nom\n"), ["twice"]);
        assert_eq!(codes("code,couleur,nom\n"), ["unknown_column"]);
        assert_eq!(codes("code,Début\n"), ["missing"]);
        assert_eq!(codes(""), ["empty"]);
        assert_eq!(codes("\n\n"), ["empty"]);
        assert!(codes("code,nom,\nA,b,\n").is_empty(), "a nameless column is left out");
    }

    #[test]
    fn wrong_rows_are_named_by_their_line_and_column() {
        let text = "code,name\nA,un\n,deux\n\nC,trois,de trop\nD,\"à\nla ligne\"\nE,cinq\n";
        let (rows, told) = read(text.as_bytes());
        assert_eq!(rows.len(), 3);
        let expected =
            [(3, Some("code".to_owned()), "missing".to_owned()), (5, None, "cells".to_owned())];
        assert_eq!(told, expected);
        assert_eq!(
            read(b"code,name\nA,a\nB,b\nC,c\nD,d\nE,e\n").1,
            [(5, None, "too_many".to_owned())]
        );
    }
}
