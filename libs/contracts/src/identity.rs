//! What identity says.

use kernel::UserId;
use serde::{Deserialize, Serialize};

crate::changes! {
    /// What happened to a user.
    UserChange {
        /// Was invited.
        Invited => "user.invited",
        /// Accepted the invitation.
        Joined => "user.joined",
        /// Roles or scopes changed.
        RolesChanged => "user.roles_changed",
        /// Signed in.
        SignedIn => "user.signed_in",
        /// Signed out, here or everywhere.
        SignedOut => "user.signed_out",
        /// A spent refresh token came back: the session was ended.
        ReplayRefused => "user.replay_refused",
        /// May no longer sign in.
        Disabled => "user.disabled",
    }
}

/// A user changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserChanged {
    /// The user (an invited one already has an id).
    pub user: UserId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: UserChange,
}
crate::event!(UserChanged, "identity.user.v1", "user", user);
