//! A request's place in its trace (W3C Trace Context), handed on with it.

use uuid::Uuid;

/// The `traceparent` to hand on: the current span's, which continues the trace `inbound` names (the
/// edge saw to that before anything entered it). Where this process takes no traces, one is made up,
/// so that logs and events still share a trace id.
pub(crate) fn onward(inbound: Option<&str>) -> String {
    if let Some(ours) = runtime::telemetry::traceparent() {
        return ours;
    }
    let inbound = inbound.filter(|value| is_traceparent(value));
    let fresh = Uuid::new_v4().simple().to_string();
    let trace = inbound.map_or(fresh.as_str(), |value| &value[3..35]);
    let flags = inbound.map_or("00", |value| &value[53..55]);
    format!("00-{trace}-{}-{flags}", &Uuid::new_v4().simple().to_string()[..16])
}

/// Whether `value` is a `traceparent` of version 00.
fn is_traceparent(value: &str) -> bool {
    let hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let somewhere = |part: &str| part.bytes().any(|b| b != b'0');
    let mut parts = value.split('-');
    let parts = [parts.next(), parts.next(), parts.next(), parts.next(), parts.next()];
    let [Some("00"), Some(trace), Some(parent), Some(flags), None] = parts else { return false };
    (trace.len(), parent.len(), flags.len()) == (32, 16, 2)
        && [trace, parent, flags].into_iter().all(hex)
        && somewhere(trace)
        && somewhere(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_goes_on_and_what_is_none_begins_a_new_one() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let next = onward(Some(good));
        assert!(is_traceparent(&next) && next[..36] == good[..36] && next[36..52] != good[36..52]);
        for bad in [
            "",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-é",
        ] {
            let next = onward(Some(bad));
            assert!(is_traceparent(&next), "{next}");
        }
    }
}
