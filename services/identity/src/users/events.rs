//! What is told about users.

use contracts::{UserChange, UserChanged};

use super::model::User;

/// The event of a change to `user`.
pub(crate) fn changed(user: &User, change: UserChange) -> UserChanged {
    UserChanged { user: user.id, version: user.version, change }
}
