//! How many definitions a firm may keep: what is read as a whole, or gives work each day, must not
//! grow without an end.

mod model;
mod store;

use sqlx::PgConnection;

pub(crate) use model::Definition;

use crate::error::Error;

/// Refuses one more where there are as many as may be. Whoever makes one waits here for whoever
/// makes another of its kind, until the end of the transaction: two never take the same last place.
pub(crate) async fn refuse_more(tx: &mut PgConnection, what: Definition) -> Result<(), Error> {
    store::lock(tx, what).await?;
    if store::count(tx, what).await? >= what.most() {
        return Err(Error::TooMany(what));
    }
    Ok(())
}
