//! Positions on the Earth, in WGS 84 degrees.

use geo::{Distance, Haversine, Point};
use serde::{Deserialize, Serialize};

/// A position as a phone gives it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Latitude in degrees north, -90 to 90.
    #[schema(minimum = -90, maximum = 90)]
    pub lat: f64,
    /// Longitude in degrees east, -180 to 180.
    #[schema(minimum = -180, maximum = 180)]
    pub lon: f64,
    /// Radius in metres within which the true position lies with 68 % probability, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100_000)]
    pub accuracy_m: Option<f64>,
}

/// Why a position is none.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PositionError {
    /// Latitude outside -90 to 90, or not a number.
    #[error("latitude must lie between -90 and 90")]
    Latitude,
    /// Longitude outside -180 to 180, or not a number.
    #[error("longitude must lie between -180 and 180")]
    Longitude,
    /// Accuracy negative, above 100 km, or not a number.
    #[error("accuracy must lie between 0 and 100000 metres")]
    Accuracy,
}

impl Position {
    /// Checks the ranges.
    pub fn check(&self) -> Result<(), PositionError> {
        if !(-90.0..=90.0).contains(&self.lat) {
            return Err(PositionError::Latitude);
        }
        if !(-180.0..=180.0).contains(&self.lon) {
            return Err(PositionError::Longitude);
        }
        if self.accuracy_m.is_some_and(|a| !(0.0..=100_000.0).contains(&a)) {
            return Err(PositionError::Accuracy);
        }
        Ok(())
    }
}

/// Great-circle distance in metres (haversine, mean Earth radius 6 371 008.8 m as the IUGG
/// defines it; within 0.5 % of the ellipsoid, which is finer than a phone's position).
pub fn distance_m(a: Position, b: Position) -> f64 {
    Haversine.distance(Point::new(a.lon, a.lat), Point::new(b.lon, b.lat))
}

/// Whether `at` lies inside the circle of `radius_m` metres around `centre`, giving the phone the
/// benefit of its stated accuracy.
pub fn inside(at: Position, centre: Position, radius_m: f64) -> bool {
    distance_m(at, centre) <= radius_m + at.accuracy_m.unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Position {
        Position { lat, lon, accuracy_m: None }
    }

    #[test]
    fn dakar_to_thies_is_sixty_kilometres() {
        let d = distance_m(at(14.6928, -17.4467), at(14.7910, -16.9359));
        assert!((d - 56_000.0).abs() < 1_000.0, "{d}");
    }

    #[test]
    fn accuracy_widens_the_fence_and_absurd_values_are_refused() {
        let centre = at(14.7, -17.4);
        let near = Position { accuracy_m: Some(60.0), ..at(14.701, -17.4) };
        assert!(inside(near, centre, 100.0));
        assert!(!inside(at(14.701, -17.4), centre, 100.0));
        assert_eq!(at(f64::NAN, 0.0).check(), Err(PositionError::Latitude));
        assert_eq!(at(0.0, 181.0).check(), Err(PositionError::Longitude));
    }
}
