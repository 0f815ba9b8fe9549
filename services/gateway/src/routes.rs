//! Which service answers a path, by the services' own descriptions of themselves.

use std::collections::HashMap;

use kernel::Service;

/// The paths of all services, segment by segment.
#[derive(Debug, Default)]
pub(crate) struct Routes(Segment);

#[derive(Debug, Default)]
struct Segment {
    service: Option<Service>,
    named: HashMap<String, Segment>,
    any: Option<Box<Segment>>,
}

impl Routes {
    /// Adds a path as OpenAPI writes it: `/v1/tasks/{id}`.
    pub(crate) fn add(&mut self, service: Service, template: &str) {
        let mut at = &mut self.0;
        for part in template.trim_start_matches('/').split('/') {
            at = if part.starts_with('{') {
                at.any.get_or_insert_default()
            } else {
                at.named.entry(part.to_owned()).or_default()
            };
        }
        if let Some(other) = at.service.replace(service)
            && other != service
        {
            tracing::warn!(template, first = %other, second = %service, "two services claim a path");
        }
    }

    /// The service of a path.
    pub(crate) fn find(&self, path: &str) -> Option<Service> {
        let parts: Vec<_> = path.strip_prefix('/')?.split('/').collect();
        self.0.find(&parts)
    }
}

impl Segment {
    fn find(&self, parts: &[&str]) -> Option<Service> {
        let Some((first, rest)) = parts.split_first() else { return self.service };
        let named = self.named.get(*first).and_then(|s| s.find(rest));
        named.or_else(|| self.any.as_ref().filter(|_| !first.is_empty())?.find(rest))
    }
}

/// Whether a path means the same to everybody who reads it: no empty, `.` or `..` segment, none
/// with a slash, a backslash or a control character inside, in UTF-8, however it is encoded.
pub(crate) fn is_plain(path: &str) -> bool {
    path == "/"
        || path.strip_prefix('/').is_some_and(|rest| {
            // A path may end in a slash; empty anywhere else, a segment is a trick.
            rest.strip_suffix('/').unwrap_or(rest).split('/').all(is_plain_segment)
        })
}

fn is_plain_segment(segment: &str) -> bool {
    let Some(text) = decoded(segment).and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return false;
    };
    !matches!(text.as_str(), "" | "." | "..")
        && !text.contains(['/', '\\', '%'])
        && !text.contains(char::is_control)
}

fn decoded(segment: &str) -> Option<Vec<u8>> {
    let mut bytes = segment.bytes();
    let mut out = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        let plain = if byte == b'%' {
            let digit = |b: u8| char::from(b).to_digit(16);
            (digit(bytes.next()?)? * 16 + digit(bytes.next()?)?) as u8
        } else {
            byte
        };
        out.push(plain);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_the_service_that_describes_it_and_a_word_goes_before_a_parameter() {
        let mut routes = Routes::default();
        routes.add(Service::Planning, "/v1/tasks");
        routes.add(Service::Planning, "/v1/tasks/{id}");
        routes.add(Service::Proofs, "/v1/tasks/{task}/photos");
        routes.add(Service::Reporting, "/v1/tasks/board");
        routes.add(Service::Identity, "/.well-known/jwks.json");
        for (path, expected) in [
            ("/v1/tasks", Some(Service::Planning)),
            ("/v1/tasks/1", Some(Service::Planning)),
            ("/v1/tasks/1/photos", Some(Service::Proofs)),
            ("/v1/tasks/board", Some(Service::Reporting)),
            ("/v1/tasks/board/photos", Some(Service::Proofs)),
            ("/.well-known/jwks.json", Some(Service::Identity)),
            ("/v1", None),
            ("/v1/", None),
            ("/v1/tasks/", None),
            ("/v1/tasks/1/photos/2", None),
            ("/V1/tasks", None),
            ("/", None),
            ("*", None),
        ] {
            assert_eq!(routes.find(path), expected, "{path}");
        }
    }

    #[test]
    fn path_tricks_are_seen_through() {
        for good in
            ["/", "/v1/tasks", "/v1/tasks/", "/v1/x%20y", "/v1/%C3%A9t%C3%A9", "/.well-known/x"]
        {
            assert!(is_plain(good), "{good}");
        }
        for bad in [
            "",
            "*",
            "v1",
            "//",
            "//v1/tasks",
            "/v1//tasks",
            "/v1/tasks//",
            "/v1/../tasks",
            "/v1/./x",
            "/v1/%2e%2e/x",
            "/v1/.%2E/x",
            "/v1/a%2fb",
            "/v1/a%5Cb",
            "/v1/a\\b",
            "/v1/a%00",
            "/v1/%0a",
            "/v1/%",
            "/v1/%4",
            "/v1/%zz",
            "/v1/%ff",
            "/v1/%c0%ae",
            "/v1/%252e%252e/x",
        ] {
            assert!(!is_plain(bad), "{bad}");
        }
    }
}
