//! The firm's own travel times, read from a table. No I/O.
//!
//! The first line names the places by their ids, after an empty field; each line after it begins
//! with a place and gives the minutes from it to each. The places of the lines are those of the
//! columns, in any order.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{TravelMatrixId, UserId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::Versioned;

use crate::dispatch::travel::Table;

/// The most places of a table.
pub const MOST: usize = 500;
/// The longest way: two days.
const LONGEST_MIN: f64 = 2_880.0;
/// The most faults that are told.
const TOLD: usize = 50;

/// What is told of the firm's own travel times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TravelMatrix)]
pub struct MatrixInfo {
    /// Its id.
    pub id: TravelMatrixId,
    /// How many places it knows.
    pub places: i64,
    /// Who gave it.
    pub uploaded_by: Option<UserId>,
    /// When.
    pub uploaded_at: DateTime<Utc>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for MatrixInfo {
    fn version(&self) -> i64 {
        self.version
    }
}

/// What is wrong with a table, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TravelMatrixFault)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub code: FaultCode,
    /// What stands there.
    pub value: String,
}

/// What is wrong with a field of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TravelMatrixFaultCode)]
pub enum FaultCode {
    /// No id of a site, a depot or a worker.
    NoPlace,
    /// The place stands there a second time.
    Twice,
    /// There is no such site, depot or worker.
    Unknown,
    /// Nothing stands there.
    Hole,
    /// Not a number.
    NotANumber,
    /// Less than nothing.
    Negative,
    /// More than two days.
    TooLong,
    /// From a place to itself it takes no time.
    NotZero,
    /// The line has more or fewer fields than the first.
    Width,
    /// A column's place has no line.
    NoLine,
    /// More places than a table may have.
    TooMany,
    /// No table: no places, or text that is none.
    NoTable,
}

fn fault(line: usize, column: usize, code: FaultCode, value: &str) -> Fault {
    Fault { line, column, code, value: value.chars().take(40).collect() }
}

/// The table of a file, or what is wrong with it, at most 50 faults.
pub fn read(bytes: &[u8]) -> Result<Table, Vec<Fault>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let separator = separator(bytes);
    let mut lines = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut faults = Vec::new();
    let (mut places, mut known) = (Vec::new(), HashMap::new());
    let mut rows: HashMap<usize, Vec<i32>> = HashMap::new();
    for (nth, record) in lines.records().enumerate() {
        let line = nth + 1;
        let Ok(record) = record else {
            faults.push(fault(line, 1, FaultCode::NoTable, ""));
            break;
        };
        if nth == 0 {
            for (at, field) in record.iter().enumerate().skip(1) {
                match place(field, at, &mut known) {
                    Ok(id) => places.push(id),
                    Err(code) => faults.push(fault(1, at + 1, code, field)),
                }
            }
            if places.len() > MOST {
                faults.push(fault(1, MOST + 2, FaultCode::TooMany, ""));
            }
            if places.is_empty() && faults.is_empty() {
                faults.push(fault(1, 2, FaultCode::NoTable, ""));
            }
        } else {
            let first = record.get(0).unwrap_or_default();
            let row = first.parse::<Uuid>().ok().and_then(|id| known.get(&id).copied());
            match row {
                None => faults.push(fault(line, 1, FaultCode::NoPlace, first)),
                Some(row) if rows.contains_key(&row) => {
                    faults.push(fault(line, 1, FaultCode::Twice, first));
                }
                Some(_) if record.len() != places.len() + 1 => {
                    faults.push(fault(line, record.len(), FaultCode::Width, ""));
                }
                Some(row) => {
                    rows.insert(row, times(&record, line, row, &mut faults));
                }
            }
        }
        if (nth == 0 && !faults.is_empty()) || faults.len() >= TOLD {
            break;
        }
    }
    if faults.is_empty() {
        let missing = (1..=places.len()).filter(|at| !rows.contains_key(at));
        faults.extend(
            missing.map(|at| fault(1, at + 1, FaultCode::NoLine, &places[at - 1].to_string())),
        );
    }
    if places.is_empty() && faults.is_empty() {
        faults.push(fault(1, 1, FaultCode::NoTable, ""));
    }
    faults.truncate(TOLD);
    if !faults.is_empty() {
        return Err(faults);
    }
    let seconds = (1..=places.len()).flat_map(|at| rows.remove(&at).unwrap_or_default()).collect();
    Ok(Table { places, seconds })
}

impl Table {
    /// The faults of places that are not there.
    pub fn unknown(&self, unknown: &[Uuid]) -> Vec<Fault> {
        let at = |id: &Uuid| self.places.iter().position(|place| place == id);
        let faults = unknown
            .iter()
            .filter_map(|id| Some(fault(1, at(id)? + 2, FaultCode::Unknown, &id.to_string())));
        faults.take(TOLD).collect()
    }
}

/// A semicolon where the first line has more of them than commas: spreadsheets in French write so.
fn separator(bytes: &[u8]) -> u8 {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let fields = |separator: u8| first.split(|byte| *byte == separator).count();
    if fields(b';') > fields(b',') { b';' } else { b',' }
}

/// The place of a column, which is new.
fn place(field: &str, at: usize, known: &mut HashMap<Uuid, usize>) -> Result<Uuid, FaultCode> {
    let id: Uuid = field.parse().map_err(|_| FaultCode::NoPlace)?;
    if known.insert(id, at).is_some() { Err(FaultCode::Twice) } else { Ok(id) }
}

/// The seconds of a line.
fn times(record: &csv::StringRecord, line: usize, row: usize, faults: &mut Vec<Fault>) -> Vec<i32> {
    let mut times = Vec::with_capacity(record.len());
    for (at, field) in record.iter().enumerate().skip(1) {
        match minutes(field, at == row) {
            Ok(minutes) => times.push((minutes * 60.0).ceil() as i32),
            Err(code) => faults.push(fault(line, at + 1, code, field)),
        }
    }
    times
}

fn minutes(field: &str, own: bool) -> Result<f64, FaultCode> {
    if field.is_empty() {
        return if own { Ok(0.0) } else { Err(FaultCode::Hole) };
    }
    let number: f64 = field.replace(',', ".").parse().map_err(|_| FaultCode::NotANumber)?;
    if number.is_nan() {
        Err(FaultCode::NotANumber)
    } else if number < 0.0 {
        Err(FaultCode::Negative)
    } else if number > LONGEST_MIN {
        Err(FaultCode::TooLong)
    } else if own && number != 0.0 {
        Err(FaultCode::NotZero)
    } else {
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "00000000-0000-7000-8000-00000000000a";
    const B: &str = "00000000-0000-7000-8000-00000000000b";

    fn codes(text: &str) -> Vec<(usize, usize, FaultCode)> {
        read(text.as_bytes()).unwrap_err().iter().map(|f| (f.line, f.column, f.code)).collect()
    }

    #[test]
    fn a_table_is_read_in_the_order_of_its_columns() {
        let text = format!(",{A},{B}\n{B},12.5,0\n{A},,10\n");
        let table = read(text.as_bytes()).unwrap();
        assert_eq!(table.places, [A, B].map(|id| id.parse::<Uuid>().unwrap()));
        assert_eq!(table.seconds, [0, 600, 750, 0]);
        let french = format!("\u{feff};{A};{B}\r\n{A};0;10,5\r\n{B};1;0\r\n");
        assert_eq!(read(french.as_bytes()).unwrap().seconds, [0, 630, 60, 0]);
    }

    #[test]
    fn holes_and_what_is_no_time_are_named_by_line_and_column() {
        use FaultCode as C;
        let line = |value: &str| format!(",{A},{B}\n{A},0,{value}\n{B},5,0\n");
        for (value, code) in [
            ("", C::Hole),
            ("NaN", C::NotANumber),
            ("inf", C::TooLong),
            ("dix", C::NotANumber),
            ("-1", C::Negative),
            ("2881", C::TooLong),
        ] {
            assert_eq!(codes(&line(value)), [(2, 3, code)], "{value}");
        }
        assert_eq!(codes(&format!(",{A},{B}\n{A},3,1\n{B},5,0\n")), [(2, 2, C::NotZero)]);
        assert_eq!(codes(&format!(",{A},{B}\n{A},0\n{B},5,0\n")), [(2, 2, C::Width)]);
        assert_eq!(codes(&format!(",{A},{B}\n{A},0,1\n")), [(1, 3, C::NoLine)]);
        assert_eq!(codes(&format!(",{A},{A}\n")), [(1, 3, C::Twice)]);
        assert_eq!(codes(&format!(",{A},x\n")), [(1, 3, C::NoPlace)]);
        assert_eq!(codes(&format!(",{A}\n{A},0\n{A},0\n")), [(3, 1, C::Twice)]);
        assert_eq!(codes(""), [(1, 1, C::NoTable)]);
        assert_eq!(codes("rien"), [(1, 2, C::NoTable)]);
    }
}
