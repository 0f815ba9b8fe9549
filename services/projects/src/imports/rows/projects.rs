//! A row of `projects`.

use kernel::Currency;
use validator::Validate;

use crate::Error;
use crate::imports::finding::Findings;
use crate::imports::table::{Cells, Column};
use crate::projects::model::{NewProject, Project};

pub(super) const COLUMNS: &[Column] = &[
    Column { name: "code", fr: "code", required: true },
    Column { name: "name", fr: "nom", required: true },
    Column { name: "client", fr: "maitre_d'ouvrage", required: false },
    Column { name: "status", fr: "statut", required: false },
    Column { name: "currency", fr: "devise", required: false },
    Column { name: "starts_on", fr: "debut", required: false },
    Column { name: "ends_on", fr: "fin", required: false },
];

/// A project to be made.
pub(in crate::imports) struct ProjectRow {
    /// The line it stands on.
    pub line: u64,
    /// The project.
    pub project: Project,
}

/// Reads a row; none where something is wrong with it.
pub(super) fn read(
    cells: &Cells<'_>,
    currency: Currency,
    findings: &mut Findings,
) -> Option<ProjectRow> {
    let before = findings.count();
    let new = NewProject {
        id: None,
        code: cells.text("code")?,
        name: cells.text("name")?,
        client: cells.text("client"),
        status: cells.word("status", findings),
        currency: cells.word("currency", findings),
        starts_on: cells.day("starts_on", findings),
        ends_on: cells.day("ends_on", findings),
    };
    if let Err(errors) = new.validate() {
        findings.add_all(cells.at, &errors, |name| {
            COLUMNS.iter().map(|c| c.name).find(|column| *column == name)
        });
    }
    match Project::start(new, currency) {
        Ok(project) if findings.count() == before => Some(ProjectRow { line: cells.at.1, project }),
        Err(Error::DaysReversed) => {
            findings.add(
                cells.at,
                "ends_on",
                "order",
                "doit être le jour du début ou un jour suivant",
                "must be the first day or a later one",
            );
            None
        }
        _ => None,
    }
}
