//! A row of `workers`. Resources checks the same again when it takes it over.

use std::collections::HashSet;

use chrono::NaiveDate;
use validator::Validate;
use web::check;

use super::parts;
use crate::imports::finding::Findings;
use crate::imports::table::{Cells, Column, day};

pub(super) const COLUMNS: &[Column] = &[
    Column { name: "name", fr: "nom", required: true },
    Column { name: "phone", fr: "telephone", required: false },
    Column { name: "skills", fr: "competences", required: false },
];

/// A worker to be taken in.
pub(in crate::imports) struct WorkerRow {
    /// The line it stands on.
    pub line: u64,
    /// The name.
    pub name: String,
    /// The telephone number.
    pub phone: Option<String>,
    /// The codes of the skills held, and the last day each holds.
    pub skills: Vec<(String, Option<NaiveDate>)>,
}

/// What a worker's fields must satisfy.
#[derive(Validate)]
struct Fields<'a> {
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    name: &'a str,
    #[validate(length(min = 3, max = 40), custom(function = check::text))]
    phone: Option<&'a str>,
}

/// Reads a row; none where something is wrong with it.
pub(super) fn read(cells: &Cells<'_>, findings: &mut Findings) -> Option<WorkerRow> {
    let before = findings.count();
    let fields = Fields { name: cells.get("name")?, phone: cells.get("phone") };
    if let Err(errors) = fields.validate() {
        findings.add_all(cells.at, &errors, |name| {
            COLUMNS.iter().map(|c| c.name).find(|column| *column == name)
        });
    }
    let sentences = (
        "codes séparés par |, au plus 100, chacun une fois, avec :2027-12-31 s'il expire",
        "codes separated by |, at most 100, each once, with :2027-12-31 where it expires",
    );
    let skills = cells.read("skills", findings, sentences, skills).unwrap_or_default();
    (findings.count() == before).then(|| WorkerRow {
        line: cells.at.1,
        name: fields.name.to_owned(),
        phone: fields.phone.map(str::to_owned),
        skills,
    })
}

fn skills(cell: &str) -> Option<Vec<(String, Option<NaiveDate>)>> {
    let mut held = HashSet::new();
    let mut read = Vec::new();
    for part in parts(cell) {
        let (code, until) = match part.split_once(':') {
            Some((code, until)) => {
                let until = day(until.trim()).filter(|day| check::day(day).is_ok())?;
                (code.trim(), Some(until))
            }
            None => (part, None),
        };
        if !held.insert(code) || read.len() >= 100 {
            return None;
        }
        read.push((code.to_owned(), until));
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skills_are_codes_with_the_day_they_expire() {
        let day = NaiveDate::from_ymd_opt(2027, 12, 31);
        let read = skills("BR | H2V:2027-12-31|CACES:31/12/2027").unwrap();
        let expected = [("BR", None), ("H2V", day), ("CACES", day)];
        assert_eq!(read, expected.map(|(code, until)| (code.to_owned(), until)));
        assert!(skills("BR|BR").is_none());
        assert!(skills("BR:demain").is_none());
        assert!(skills("BR:1066-10-14").is_none());
        assert_eq!(skills(" | ").unwrap(), []);
    }
}
