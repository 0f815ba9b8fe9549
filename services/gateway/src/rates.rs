//! How often may be called, and telling so: the `RateLimit` and `RateLimit-Policy` fields of
//! draft-ietf-httpapi-ratelimit-headers.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use cache::{Counters, Decision, Limit};
use kernel::{TenantId, UserId};
use web::Problem;

use crate::settings::Rates;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What one call asks to be counted as.
pub(crate) struct Call {
    pub(crate) tenant: Option<TenantId>,
    pub(crate) user: Option<UserId>,
    pub(crate) client: IpAddr,
    pub(crate) signs_in: bool,
}

/// The limits that were counted against for one call.
pub(crate) struct Counted(Vec<(&'static str, Limit, Decision)>);

/// Counts one call: for its caller, and if that is allowed, for its tenant.
pub(crate) async fn count(counters: &Arc<dyn Counters>, rates: &Rates, call: Call) -> Counted {
    let tenant = call.tenant.map_or_else(|| "platform".to_owned(), |t| t.to_string());
    let (name, limit, key) = match call.user {
        _ if call.signs_in => ("sign-in", rates.sign_in, network(call.client)),
        Some(user) => ("caller", rates.caller, user.to_string()),
        None => ("address", rates.anonymous, network(call.client)),
    };
    let decision = counters.take(&format!("{tenant}:{name}:{key}"), limit).await;
    let mut counted = vec![(name, limit, decision)];
    if decision.allowed {
        let decision = counters.take(&format!("{tenant}:all"), rates.tenant).await;
        counted.push(("tenant", rates.tenant, decision));
    }
    Counted(counted)
}

/// Who an address is counted as: an IPv6 client has a whole /64 to call from.
fn network(client: IpAddr) -> String {
    match client.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

impl Counted {
    /// 429 if one of the limits is used up.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        let Some((name, _, decision)) = self.0.iter().find(|(_, _, d)| !d.allowed) else {
            return Ok(());
        };
        metrics::counter!("fieldops_gateway_limited_total", "limit" => *name).increment(1);
        let wait = seconds(decision.retry_after).max(1);
        Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "Trop d'appels",
            "Too many calls",
        )
        .detail(
            format!("Réessayez dans {wait} s ; rien n'a été fait"),
            format!("Try again in {wait} s; nothing was done"),
        )
        .retry_after(wait))
    }

    /// Tells what is left in an answer's headers.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let list = |item: fn(&(&str, Limit, Decision)) -> String| {
            HeaderValue::try_from(self.0.iter().map(item).collect::<Vec<_>>().join(", "))
        };
        let left = list(|(name, _, d)| {
            format!("\"{name}\";r={};t={}", d.remaining, seconds(d.reset_after))
        });
        let policy = list(|(name, limit, _)| {
            format!("\"{name}\";q={};w={}", limit.burst, seconds(limit.per))
        });
        for (header, value) in [(RATE_LIMIT, left), (RATE_LIMIT_POLICY, policy)] {
            if let Ok(value) = value {
                headers.insert(header, value);
            }
        }
    }
}

/// Whole seconds, rounded up: whoever comes back after them is let in.
fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_client_is_counted_by_its_network_and_a_mapped_one_by_its_ipv4_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
