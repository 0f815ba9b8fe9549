//! Looking whether a budget's forecast passed its plan, after whatever may have moved it.

use contracts::BudgetChange;
use kernel::ProjectId;
use sqlx::PgConnection;
use web::Write;

use super::tally::{Figures, Settings, Tally};
use super::{events, store};

/// Looks at the project's forecast and tells once when it passed the threshold or came back. To be
/// called last in a write: the project's other writers wait from here to the commit.
pub(crate) async fn assess(tx: &mut Write<'_>, project: ProjectId) -> Result<(), sqlx::Error> {
    store::lock(tx, project).await?;
    let (figures, settings) = look(tx, project).await?;
    if figures.over == settings.over {
        return Ok(());
    }
    let settings = Settings { over: figures.over, version: settings.version + 1, ..settings };
    store::set(tx, project, settings).await?;
    let change =
        if settings.over { BudgetChange::ForecastOver } else { BudgetChange::ForecastBack };
    tx.emit_about(&events::budget(&figures, settings, change), &figures);
    Ok(())
}

/// Whether [`assess`] would tell something now.
pub(crate) async fn turns(db: &mut PgConnection, project: ProjectId) -> Result<bool, sqlx::Error> {
    let (figures, settings) = look(db, project).await?;
    Ok(figures.over != settings.over)
}

/// The figures as they are now, and what is set.
pub(super) async fn look(
    db: &mut PgConnection,
    project: ProjectId,
) -> Result<(Figures, Settings), sqlx::Error> {
    let entries = store::entries(db, &[project], None).await?;
    let entries = entries.into_iter().next().ok_or(sqlx::Error::RowNotFound)?;
    let settings = entries.settings;
    Ok((Tally::of(entries).figures, settings))
}
