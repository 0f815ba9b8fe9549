//! The operator's server that knows travel times by road.

use std::str::FromStr;

/// A server that knows travel times by road, as the operator names it: what it speaks, `+`, its
/// address, such as `osrm+http://roads:5000`. Nobody else can name one, so nobody can have the
/// service call an address of their choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roads {
    /// What it speaks.
    pub dialect: Dialect,
    /// Its address, without a slash at the end.
    pub url: String,
}

/// What a server of travel times speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// OSRM's HTTP API, version 1 (`table`).
    Osrm,
    /// Valhalla's HTTP API (`sources_to_targets`).
    Valhalla,
}

/// Not the address of a server of travel times.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be osrm+http://HOST:PORT or valhalla+http://HOST:PORT")]
pub struct BadRoads;

impl FromStr for Roads {
    type Err = BadRoads;

    fn from_str(text: &str) -> Result<Self, BadRoads> {
        let (dialect, url) = text.split_once('+').ok_or(BadRoads)?;
        let dialect = match dialect {
            "osrm" => Dialect::Osrm,
            "valhalla" => Dialect::Valhalla,
            _ => return Err(BadRoads),
        };
        let uri: http::Uri = url.parse().map_err(|_| BadRoads)?;
        let plain = uri.scheme_str() == Some("http") && uri.query().is_none();
        if !plain || uri.host().is_none_or(str::is_empty) {
            return Err(BadRoads);
        }
        Ok(Self { dialect, url: url.trim_end_matches('/').to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_spoken_there() {
        let roads: Roads = "osrm+http://roads:5000/".parse().unwrap();
        assert_eq!((roads.dialect, roads.url.as_str()), (Dialect::Osrm, "http://roads:5000"));
        let roads: Roads = "valhalla+http://10.0.0.7:8002/v".parse().unwrap();
        assert_eq!(roads.dialect, Dialect::Valhalla);
        for bad in
            ["http://roads", "osrm+https://roads", "osrm+file:///x", "osrm+roads", "x+http://a"]
        {
            assert_eq!(bad.parse::<Roads>(), Err(BadRoads), "{bad}");
        }
    }
}
