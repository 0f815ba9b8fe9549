//! The calls of identity operations.

use super::Entry;

pub(super) const CALLS: &[Entry] = &[
    ("jwks", "", ""),
    (
        "accept_invitation",
        "",
        r#"{"token": "nothing-that-was-given-out", "password": "$unique and longer"}"#,
    ),
    ("refresh_session", "", r#"{"refresh_token": "nothing-that-was-given-out"}"#),
    ("sign_in", "", r#"{"email": "$unique@nobody.example", "password": "no such password"}"#),
    ("sign_out", "", ""),
    ("sign_out_everywhere", "", ""),
    ("read_me", "", ""),
    ("list_sessions", "?limit=200", ""),
    ("end_session", "session", ""),
    ("list_users", "?limit=200", ""),
    ("read_user", "user", ""),
    ("change_user", "user", r#"{"grants": [{"role": "crew_member", "scope": {"kind": "own"}}]}"#),
    ("disable_user", "user", ""),
    ("list_invitations", "?limit=200", ""),
    (
        "invite_user",
        "",
        r#"{"email": "$unique@new.example", "name": "Nouvelle personne",
        "grants": [{"role": "crew_member", "scope": {"kind": "own"}}]}"#,
    ),
    ("revoke_invitation", "fresh_invitation", ""),
    ("reissue_invitation", "fresh_invitation", ""),
];
