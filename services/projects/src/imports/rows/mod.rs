//! The files' rows as what they would make, each checked by itself: by the same rules as in the
//! calls that make one thing at a time.

mod projects;
mod sites;
mod tasks;
mod workers;

use auth::Action;
use kernel::Currency;

use super::finding::{File, Findings};
use super::table::{Column, MOST_ROWS, Table};

pub(super) use projects::ProjectRow;
pub(super) use sites::SiteRow;
pub(super) use tasks::{TaskRow, When};
pub(super) use workers::WorkerRow;

/// The rows of an import.
#[derive(Default)]
pub(super) struct Rows {
    /// Projects.
    pub projects: Vec<ProjectRow>,
    /// Sites.
    pub sites: Vec<SiteRow>,
    /// Workers.
    pub workers: Vec<WorkerRow>,
    /// Tasks.
    pub tasks: Vec<TaskRow>,
}

impl File {
    /// Its columns.
    fn columns(self) -> &'static [Column] {
        match self {
            Self::Projects => projects::COLUMNS,
            Self::Sites => sites::COLUMNS,
            Self::Workers => workers::COLUMNS,
            Self::Tasks => tasks::COLUMNS,
        }
    }

    /// What its rows are made by.
    pub fn action(self) -> Action {
        match self {
            Self::Projects => Action::CreateProject,
            Self::Sites => Action::ManageProject,
            Self::Workers => Action::ManageWorkers,
            Self::Tasks => Action::PlanTask,
        }
    }
}

impl Rows {
    /// Reads the files; `currency` is the firm's.
    pub fn read(files: Vec<(File, Vec<u8>)>, currency: Currency, findings: &mut Findings) -> Self {
        let (mut all, mut room) = (Self::default(), MOST_ROWS);
        for (file, bytes) in files {
            let table = Table::read(file, &bytes, file.columns(), room, findings);
            drop(bytes);
            room -= table.rows.len();
            for row in &table.rows {
                let cells = table.cells(row);
                match file {
                    File::Projects => {
                        all.projects.extend(projects::read(&cells, currency, findings));
                    }
                    File::Sites => all.sites.extend(sites::read(&cells, findings)),
                    File::Workers => all.workers.extend(workers::read(&cells, findings)),
                    File::Tasks => all.tasks.extend(tasks::read(&cells, findings)),
                }
            }
        }
        all
    }
}

/// The parts of a cell that holds several, separated by `|`.
fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('|').map(str::trim).filter(|part| !part.is_empty())
}
