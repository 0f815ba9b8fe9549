//! What is wrong with an import, each with its place.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{ValidationErrors, ValidationErrorsKind};
use web::{Problem, current_lang, sentence};

/// The most findings that are told.
const MOST: usize = 200;

/// One of the files of an import.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportFile)]
pub enum File {
    /// Projects.
    Projects,
    /// Sites.
    Sites,
    /// Workers.
    Workers,
    /// Tasks.
    Tasks,
}

impl File {
    /// All of them, in the order in which they are looked at.
    pub const ALL: [Self; 4] = [Self::Projects, Self::Sites, Self::Workers, Self::Tasks];

    /// Its name in the form and in findings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Projects => "projects",
            Self::Sites => "sites",
            Self::Workers => "workers",
            Self::Tasks => "tasks",
        }
    }
}

/// Something that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportFinding)]
pub struct Finding {
    /// The file.
    pub file: File,
    /// The line of the file, from 1; the heading is usually line 1.
    pub line: u64,
    /// The column by its name; none for the line as a whole.
    pub column: Option<String>,
    /// A word for programs: `missing`, `taken`, `reference`.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

/// What an import would bring, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportReport)]
pub struct Report {
    /// Rows of projects.
    pub projects: usize,
    /// Rows of sites.
    pub sites: usize,
    /// Rows of workers.
    pub workers: usize,
    /// Rows of tasks.
    pub tasks: usize,
    /// How much is wrong in all; nothing is imported unless 0.
    pub wrong: usize,
    /// What is wrong, in the order of the files; the first 200.
    pub findings: Vec<Finding>,
}

/// Where findings gather.
#[derive(Debug, Default)]
pub(super) struct Findings {
    told: Vec<Finding>,
    count: usize,
}

impl Findings {
    /// Notes what is wrong at a place, in the caller's language.
    pub fn add(
        &mut self,
        (file, line): (File, u64),
        column: impl Into<Option<&'static str>>,
        code: &str,
        fr: impl Into<String>,
        en: impl Into<String>,
    ) {
        self.count += 1;
        if self.told.len() < MOST {
            let text = kernel::Text::new(fr, en);
            self.told.push(Finding {
                file,
                line,
                column: column.into().map(str::to_owned),
                code: code.to_owned(),
                detail: text.get(current_lang()).to_owned(),
            });
        }
    }

    /// Notes what a check of a row's fields found; `column` names a field's column.
    pub fn add_all(
        &mut self,
        at: (File, u64),
        errors: &ValidationErrors,
        column: impl Fn(&str) -> Option<&'static str>,
    ) {
        let mut fields: Vec<_> = errors.errors().iter().collect();
        fields.sort_by(|a, b| a.0.cmp(b.0));
        for (name, kind) in fields {
            if let ValidationErrorsKind::Field(list) = kind {
                for error in list {
                    let (fr, en) = sentence(error);
                    self.add(at, column(name), &error.code, fr, en);
                }
            }
        }
    }

    /// How much is wrong.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The findings in the order of the files.
    pub fn into_told(mut self) -> Vec<Finding> {
        self.told.sort_by_key(|f| (f.file, f.line));
        self.told
    }
}

/// The refusal of an import: 422 with its report.
pub(super) fn refused(report: &Report) -> Problem {
    Problem::new(
        http::StatusCode::UNPROCESSABLE_ENTITY,
        "import",
        "L'import contient des erreurs : rien n'a été importé",
        "The import has errors: nothing was imported",
    )
    .with("report", report)
}
