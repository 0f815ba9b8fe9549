//! The calls of the platform's own operations.

use super::Entry;

pub(super) const CALLS: &[Entry] = &[
    (
        "platform_sign_in",
        "",
        r#"{"email": "$unique@nobody.example", "password": "no such password"}"#,
    ),
    ("platform_refresh", "", r#"{"refresh_token": "nothing-that-was-given-out"}"#),
    ("platform_sign_out", "", ""),
    ("list_plans", "", ""),
    ("read_run", "run", ""),
    ("follow_run", "run", ""),
    ("list_tenants", "?limit=200", ""),
    (
        "create_tenant",
        "",
        r#"{"name": "Deuxième", "slug": "$slug", "sector": "electricity",
        "country": "SN", "zone": "Africa/Dakar", "currency": "XOF",
        "admin_email": "chef@deuxieme.example", "admin_name": "Chef"}"#,
    ),
    ("read_tenant", "tenant", ""),
    ("change_tenant", "tenant", r#"{"name": "Autrement"}"#),
    ("remove_tenant", "tenant", ""),
];
