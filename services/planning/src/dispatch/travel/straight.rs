//! Travel times by the straight line.

use kernel::{Position, distance_m};

/// How much longer roads are than the straight line.
const DETOUR: f64 = 1.3;
/// Metres a second: 50 km/h, in and between towns.
const SPEED: f64 = 50_000.0 / 3_600.0;
/// Below this, one has arrived: two places on one site.
const NEAR: f64 = 50.0;

/// Seconds from each place to each, row by row.
pub(super) fn table(at: &[Position]) -> Vec<Option<f64>> {
    at.iter().flat_map(|from| at.iter().map(|to| Some(seconds(*from, *to)))).collect()
}

/// Seconds from one place to another.
pub(super) fn seconds(from: Position, to: Position) -> f64 {
    let metres = distance_m(from, to);
    if metres < NEAR { 0.0 } else { (metres * DETOUR / SPEED).ceil() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_about_three_hours_and_a_site_is_one_place() {
        let at = |lat: f64| Position { lat, lon: 2.0, accuracy_m: None };
        let hours = seconds(at(48.0), at(49.0)) / 3_600.0;
        assert!((2.8..3.0).contains(&hours), "{hours}");
        assert_eq!(table(&[at(48.0), at(48.0001)]), [Some(0.0); 4]);
    }
}
