//! Skills: what a worker can do or is certified for. Each trade brings its own to begin with.

mod api;
mod events;
mod model;
mod store;

pub(crate) use api::routes;

use sqlx::PgConnection;
use web::SeedFor;

/// Sows the skills of the firm's trade. What is there already stays as the firm made it.
pub(crate) async fn seed(db: &mut PgConnection, firm: &SeedFor) -> Result<(), sqlx::Error> {
    for skill in model::of_trade(&firm.sector).map_err(|e| sqlx::Error::Decode(e.into()))? {
        store::sow(db, &skill).await?;
    }
    Ok(())
}
