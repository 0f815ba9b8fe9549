//! Whose host a request names. The one place where a tenant is told from an address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::{HeaderMap, Uri, header};

use crate::settings::GatewaySettings;

/// What stands behind a host name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A tenant's host, by its slug. Whether there is such a tenant is for the directory to say.
    Tenant(String),
    /// The platform's own host.
    Platform,
    /// An address that names nobody: the default tenant's, if there is one.
    Bare {
        /// Whether it can only mean this machine.
        loopback: bool,
    },
}

/// The host a request was sent to: one `Host` header, and where the request line names a host too
/// (RFC 9112, 3.2.2) the same one. Two different ones are how requests get smuggled.
pub(crate) fn host_of<'a>(uri: &Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    let agreed = uri.authority().is_none_or(|a| a.as_str().eq_ignore_ascii_case(host));
    (hosts.next().is_none() && agreed).then_some(host)
}

/// What stands behind `host` (with or without a port); none where it is not one of ours.
pub(crate) fn place(host: &str, settings: &GatewaySettings) -> Option<Place> {
    let name = without_port(host)?.to_ascii_lowercase();
    if let Some(address) = address(&name) {
        return Some(Place::Bare { loopback: address.is_loopback() });
    }
    let name = name.strip_suffix('.').unwrap_or(&name);
    let is_base = settings.base_hosts.iter().any(|base| base.eq_ignore_ascii_case(name));
    if name == "localhost" || is_base {
        return Some(Place::Bare { loopback: name == "localhost" });
    }
    let label = settings.base_hosts.iter().find_map(|base| {
        name.strip_suffix(base.to_ascii_lowercase().as_str())?.strip_suffix('.')
    })?;
    if label == settings.platform_label {
        return Some(Place::Platform);
    }
    is_slug(label).then(|| Place::Tenant(label.to_owned()))
}

/// What a slug looks like; the directory's table asks the same.
fn is_slug(label: &str) -> bool {
    let letters = label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    letters
        && (3..=40).contains(&label.len())
        && label.starts_with(|c: char| c.is_ascii_lowercase())
        && !label.ends_with('-')
}

fn without_port(host: &str) -> Option<&str> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, "0"),
    };
    let port_is_one = !port.is_empty() && port.parse::<u16>().is_ok();
    (port_is_one && !name.is_empty()).then_some(name)
}

fn address(name: &str) -> Option<IpAddr> {
    if let Some(inner) = name.strip_prefix('[') {
        return inner.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    name.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn settings() -> GatewaySettings {
        GatewaySettings {
            base_hosts: vec!["localhost".to_owned(), "fieldops.example".to_owned()],
            ..GatewaySettings::default()
        }
    }

    #[test]
    fn a_host_names_a_tenant_the_platform_nobody_or_is_not_ours() {
        let tenant = |slug: &str| Some(Place::Tenant(slug.to_owned()));
        let bare = |loopback| Some(Place::Bare { loopback });
        for (host, expected) in [
            ("acme.localhost:8080", tenant("acme")),
            ("acme.localhost", tenant("acme")),
            ("ACME.FieldOps.Example", tenant("acme")),
            ("acme.fieldops.example.", tenant("acme")),
            ("sahel-reseaux.fieldops.example:443", tenant("sahel-reseaux")),
            ("platform.localhost:8080", Some(Place::Platform)),
            ("platform.fieldops.example", Some(Place::Platform)),
            ("localhost:8080", bare(true)),
            ("127.0.0.1:8080", bare(true)),
            ("127.1.2.3", bare(true)),
            ("[::1]:8080", bare(true)),
            ("[::1]", bare(true)),
            ("192.168.1.20:8080", bare(false)),
            ("fieldops.example", bare(false)),
            ("", None),
            (":80", None),
            ("acme.localhost:", None),
            ("acme.localhost:99999", None),
            ("acme.localhost:80:80", None),
            ("a.acme.localhost", None),
            (".localhost", None),
            ("acme..localhost", None),
            ("-acme.localhost", None),
            ("acme-.localhost", None),
            ("ac_me.localhost", None),
            ("acme%2elocalhost", None),
            ("user@acme.localhost", None),
            ("acme.localhost/x", None),
            ("acme.localhost.evil.example", None),
            ("acmelocalhost", None),
            ("xfieldops.example", None),
            ("evil.example", None),
            ("::1", None),
            ("[::1", None),
        ] {
            assert_eq!(place(host, &settings()), expected, "{host}");
        }
    }

    #[test]
    fn two_hosts_in_one_request_are_none() {
        let mut headers = HeaderMap::new();
        let path = Uri::from_static("/v1/tasks");
        assert_eq!(host_of(&path, &headers), None);
        headers.append(header::HOST, HeaderValue::from_static("acme.localhost"));
        assert_eq!(host_of(&path, &headers), Some("acme.localhost"));
        let same = Uri::from_static("http://acme.localhost/v1/tasks");
        assert_eq!(host_of(&same, &headers), Some("acme.localhost"));
        let other = Uri::from_static("http://other.localhost/v1/tasks");
        assert_eq!(host_of(&other, &headers), None);
        headers.append(header::HOST, HeaderValue::from_static("other.localhost"));
        assert_eq!(host_of(&path, &headers), None);
    }
}
