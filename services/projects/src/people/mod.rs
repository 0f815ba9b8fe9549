//! People that things of a project name: users, whom identity knows.

mod store;

use kernel::UserId;
use sqlx::PgConnection;

use crate::error::Delivery;

pub(crate) use store::names;

/// Refuses a person, named at `pointer`, whom identity does not know.
pub(crate) async fn known(
    db: &mut PgConnection,
    person: Option<UserId>,
    pointer: &'static str,
) -> Result<(), Delivery> {
    match person {
        Some(person) if !store::exists(db, person).await? => Err(Delivery::PersonUnknown(pointer)),
        _ => Ok(()),
    }
}
