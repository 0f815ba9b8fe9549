//! Which headers pass the door. What only the gateway may say is taken from whoever else says it.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Between two neighbours only (RFC 9110, 7.6.1).
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// What a client has no business telling a service: its credentials stop here, its place in a
/// trace is told anew, and no header changes the address or the method that was checked.
const OURS: [&str; 14] = [
    "authorization",
    "baggage",
    "expect",
    "forwarded",
    "traceparent",
    "tracestate",
    "x-client-ip",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-real-ip",
    "x-request-id",
    "x-rewrite-url",
];
const OUR_PREFIXES: [&str; 3] = ["x-fieldops-", "x-forwarded-", "x-original-"];

/// Takes away what is between two neighbours, also what `Connection` names.
pub(crate) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        // What frames the message or carries our word is not the neighbour's to name.
        if !matches!(name.as_str(), "host" | "content-length" | "content-type") {
            headers.remove(name);
        }
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

/// Takes away what a client must not tell a service.
pub(crate) fn strip_ours(headers: &mut HeaderMap) {
    let ours: Vec<HeaderName> = headers
        .keys()
        .filter(|n| {
            let name = n.as_str();
            OURS.contains(&name) || OUR_PREFIXES.iter().any(|p| name.starts_with(p))
        })
        .cloned()
        .collect();
    for name in ours {
        headers.remove(name);
    }
}

/// The client's address: the peer's, or where `proxies` of ours stand in front, the one the
/// outermost of them saw. Entries further left were written by who knows whom.
pub(crate) fn client_ip(headers: &HeaderMap, peer: IpAddr, proxies: usize) -> IpAddr {
    let entries: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .map(str::trim)
        .collect();
    let seen = proxies.checked_sub(1).and_then(|hops| entries.iter().rev().nth(hops));
    seen.and_then(|text| text.parse().ok()).unwrap_or(peer)
}

/// Every answer: browsers guess no types, send no referrer, frame nothing, run nothing; and no
/// cache keeps what was not said to be kept.
pub(crate) fn harden(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn what_only_the_gateway_may_say_is_taken_from_a_client() {
        let mut headers = map(&[
            ("x-fieldops-internal", "forged"),
            ("x-fieldops-tenant", "other"),
            ("x-forwarded-host", "other"),
            ("x-request-id", "chosen"),
            ("authorization", "Bearer x"),
            ("x-http-method-override", "DELETE"),
            ("content-type", "application/json"),
            ("idempotency-key", "1"),
            ("accept-language", "fr"),
        ]);
        strip_ours(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["accept-language", "content-type", "idempotency-key"]);
    }

    #[test]
    fn what_connection_names_goes_with_it_but_not_the_frame() {
        let mut headers = map(&[
            ("connection", "close, X-Secret"),
            ("connection", "content-length"),
            ("x-secret", "1"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("content-length", "3"),
        ]);
        strip_hop_by_hop(&mut headers);
        assert_eq!(headers, map(&[("content-length", "3")]));
    }

    #[test]
    fn a_client_is_who_our_own_proxies_saw() {
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        let headers =
            map(&[("x-forwarded-for", "6.6.6.6, 1.2.3.4"), ("x-forwarded-for", "10.0.0.9")]);
        assert_eq!(client_ip(&headers, peer, 0), peer);
        assert_eq!(client_ip(&headers, peer, 1).to_string(), "10.0.0.9");
        assert_eq!(client_ip(&headers, peer, 2).to_string(), "1.2.3.4");
        assert_eq!(client_ip(&headers, peer, 9), peer);
    }
}
