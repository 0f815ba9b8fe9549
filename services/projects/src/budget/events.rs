//! What is told when a budget or one of its lines changed.

use contracts::{BudgetChange, BudgetChanged, BudgetLineChanged, Change};

use super::model::BudgetLine;
use super::tally::{Figures, Settings};

/// The news of a line.
pub(crate) fn line(line: &BudgetLine, change: Change) -> BudgetLineChanged {
    BudgetLineChanged { line: line.id, version: line.version, change, project: line.project_id }
}

/// The news of a budget as a whole.
pub(crate) fn budget(figures: &Figures, settings: Settings, change: BudgetChange) -> BudgetChanged {
    BudgetChanged {
        project: figures.project_id,
        version: settings.version,
        change,
        over: settings.over,
        currency: figures.currency,
        planned_minor: figures.planned_minor,
        forecast_minor: figures.forecast_minor,
    }
}
