//! A project's budget: its lines, what was committed and spent against them, the forecast at
//! completion, and the alert when the forecast passes the plan.

mod api;
mod assess;
mod events;
mod lines;
pub(crate) mod model;
pub(crate) mod store;
mod tally;

use kernel::{BudgetLineId, ProjectId};
use sqlx::PgConnection;

use crate::{Error, MoneyError};

pub(crate) use api::routes;
pub(crate) use assess::{assess, turns};
pub(crate) use tally::{Figures, Tally};

/// A project's budget in figures, as they are now.
pub(crate) async fn figures(
    db: &mut PgConnection,
    project: ProjectId,
) -> Result<Figures, sqlx::Error> {
    Ok(assess::look(db, project).await?.0)
}

/// The budget line is one of the project, where one is named.
pub(crate) async fn check_line(
    db: &mut PgConnection,
    project: ProjectId,
    line: Option<BudgetLineId>,
) -> Result<(), Error> {
    match line {
        Some(line) if !store::line_of(db, project, line).await? => {
            Err(MoneyError::Elsewhere("budget_line_id").into())
        }
        _ => Ok(()),
    }
}
