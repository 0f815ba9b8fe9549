//! Who may do what: roles and scopes, the permission table, and the two kinds of tokens (the
//! access token a client carries, the internal token the gateway mints for one service).

mod caller;
mod permission;
mod token;

pub use caller::{Caller, Grant, Role, Scope, Target, Visibility};
pub use permission::{Action, Reach, reach};
pub use token::{
    ACCESS_TTL_SECS, Access, Audience, INTERNAL_TTL_SECS, Internal, KeyPair, KeySet, PublicKey,
    TokenError, mint_access, mint_internal, peek_kid, verify_access, verify_internal,
};
