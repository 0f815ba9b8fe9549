//! Certificates: what a worker has been examined, authorised or registered for, until when, and the
//! reminders before the last day. Each trade and country brings its kinds to begin with.

mod api;
mod kinds;
mod model;
mod remind;
mod store;

pub(crate) use api::routes;
pub(crate) use remind::Remind;

use sqlx::PgConnection;
use web::SeedFor;

/// Sows the kinds of the firm's trade and country. What is there already stays as the firm made it.
pub(crate) async fn seed(db: &mut PgConnection, firm: &SeedFor) -> Result<(), sqlx::Error> {
    let kinds = kinds::of_trade(&firm.sector, &firm.country);
    for sown in kinds.map_err(|e| sqlx::Error::Decode(e.into()))? {
        store::kinds::sow(db, &sown.kind, sown.skill.as_deref()).await?;
    }
    Ok(())
}
