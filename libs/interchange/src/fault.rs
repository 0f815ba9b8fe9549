//! What is wrong with a file, where, and why.

use std::{fmt, io};

use kernel::Text;

/// Why a file was not taken: everything found, in the file's order.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", .findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Fault {
    /// What was found, never empty.
    pub findings: Vec<Finding>,
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// Which kind of thing it is, for programs: `unknown-task`, `bad-date`, `limit` and so on.
    pub code: &'static str,
    /// What it is, for people.
    pub reason: Text,
}

/// Where in a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The line, from 1; none where the whole file is meant.
    pub line: Option<u64>,
    /// The column in characters, from 1, where it is known; in tables the field's number.
    pub column: Option<u64>,
    /// What stands there: an element's path (`Project/Tasks/Task[UID=4]/Start`), a record
    /// (`TASKPRED`), a column's title.
    pub what: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, "{line}:{column}")?,
            (Some(line), None) => write!(f, "{line}")?,
            _ => return f.write_str(&self.what),
        }
        if self.what.is_empty() { Ok(()) } else { write!(f, " ({})", self.what) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason.en)
    }
}

impl Finding {
    /// A finding of kind `code` at `place`, told in French and in English.
    pub fn new(
        place: Place,
        code: &'static str,
        fr: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { place, code, reason: Text::new(fr, en) }
    }
}

impl std::error::Error for Finding {}

impl Finding {
    /// What an input's error says: a finding that travelled in it, else its own words at `place`.
    pub(crate) fn of_input(error: &io::Error, place: Place) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()) {
            Some(finding) => finding.clone(),
            None => Self::new(place, "unreadable", error.to_string(), error.to_string()),
        }
    }
}

impl From<Finding> for Fault {
    fn from(finding: Finding) -> Self {
        Self { findings: vec![finding] }
    }
}
