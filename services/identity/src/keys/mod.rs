//! The keys that sign access tokens: made at first use, the newest signs, older ones verify until
//! their tokens have expired.

mod api;
mod store;

pub(crate) use api::routes;
pub(crate) use store::signing;

use sqlx::PgPool;
use tenancy::Vault;

use crate::error::Error;

/// Makes a new signing key, which signs from now on; answers its id. `control` is the control
/// database as identity sees it.
pub async fn rotate_signing_key(
    control: &PgPool,
    vault: &Vault,
    clock: &dyn kernel::Clock,
) -> Result<String, Error> {
    Ok(store::make(control, vault, clock.now(), store::When::Always).await?.kid)
}
