//! A fence around a place as a polygon, in GeoJSON (RFC 7946).

use geo::{Area, Distance, Euclidean, LineString, Polygon, Validation};
use serde::{Deserialize, Serialize};

use crate::geo::{Position, distance_m};

/// The corners a fence has at most.
const CORNERS: usize = 200;
/// The longest way across a fence, in metres.
const EXTENT_M: f64 = 50_000.0;
/// What degrees lose when they are turned into metres: less than a millimetre.
const ROUNDING_M: f64 = 0.001;
/// Metres on the ground per degree of latitude, on the mean sphere that [`distance_m`] uses.
const METRES_PER_DEGREE: f64 = 6_371_008.8 * std::f64::consts::PI / 180.0;

/// The one geometry a fence has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum FenceKind {
    /// GeoJSON's word.
    Polygon,
}

/// A polygon in GeoJSON: one ring of positions `[longitude, latitude]` in degrees (WGS 84), the
/// last the same as the first. Its sides are straight lines over longitude and latitude, as
/// RFC 7946 has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fence {
    /// Always `Polygon`.
    #[serde(rename = "type")]
    pub kind: FenceKind,
    /// One closed ring of 3 to 200 corners, at most 50 km across.
    #[schema(value_type = Vec<Vec<Vec<f64>>>, min_items = 1, max_items = 1,
             example = json!([[[-17.47, 14.67], [-17.46, 14.67], [-17.46, 14.68], [-17.47, 14.67]]]))]
    pub coordinates: Vec<Vec<[f64; 2]>>,
}

/// Why a polygon is no fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FenceError {
    /// It has no ring, or holes.
    #[error("a fence is one ring, without holes")]
    Rings,
    /// Fewer than 3 corners or more than 200.
    #[error("a fence has 3 to 200 corners")]
    Corners,
    /// A corner that is not on Earth.
    #[error("a corner is [longitude, latitude] in degrees")]
    Range,
    /// The last position is not the first.
    #[error("the ring is not closed: its last position must be its first")]
    Open,
    /// It crosses the 180th meridian, which a ring over longitudes cannot say.
    #[error("a fence does not cross the 180th meridian: draw it on one side")]
    Antimeridian,
    /// More than 50 km across.
    #[error("a fence is at most 50 km across")]
    Extent,
    /// Its sides cross or touch, or it has no inside.
    #[error("the sides of a fence do not cross or touch each other")]
    Crossing,
}

impl Fence {
    /// Checks that it is a fence.
    pub fn check(&self) -> Result<(), FenceError> {
        let [ring] = self.coordinates.as_slice() else { return Err(FenceError::Rings) };
        if !(4..=CORNERS + 1).contains(&ring.len()) {
            return Err(FenceError::Corners);
        }
        let corner = |[lon, lat]: [f64; 2]| Position { lat, lon, accuracy_m: None };
        if ring.iter().any(|at| corner(*at).check().is_err()) {
            return Err(FenceError::Range);
        }
        if ring.first() != ring.last() {
            return Err(FenceError::Open);
        }
        if ring.windows(2).any(|side| (side[0][0] - side[1][0]).abs() > 180.0) {
            return Err(FenceError::Antimeridian);
        }
        let ends = |axis: usize| {
            let values = ring.iter().map(|at| at[axis]);
            values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)))
        };
        let ((west, east), (south, north)) = (ends(0), ends(1));
        if distance_m(corner([west, south]), corner([east, north])) > EXTENT_M
            || distance_m(corner([west, north]), corner([east, south])) > EXTENT_M
        {
            return Err(FenceError::Extent);
        }
        let polygon = Polygon::new(LineString::from(ring.clone()), Vec::new());
        if !polygon.is_valid() || polygon.unsigned_area() <= 0.0 {
            return Err(FenceError::Crossing);
        }
        Ok(())
    }

    /// Whether `at` lies inside or on the border, giving the phone the benefit of its stated
    /// accuracy. Distances to the sides are taken in the plane that touches the Earth at `at`:
    /// exact where it matters, near it.
    pub fn admits(&self, at: Position) -> bool {
        let Some(ring) = self.coordinates.first() else { return false };
        let Some(first) = ring.first() else { return false };
        let east = METRES_PER_DEGREE * at.lat.to_radians().cos();
        // The shorter way around the Earth, the same for all corners.
        let turned = (first[0] - at.lon + 540.0).rem_euclid(360.0) - 180.0;
        let metres = |[lon, lat]: [f64; 2]| {
            ((turned + lon - first[0]) * east, (lat - at.lat) * METRES_PER_DEGREE)
        };
        let ring: LineString = ring.iter().map(|corner| metres(*corner)).collect::<Vec<_>>().into();
        let here = geo::Point::new(0.0, 0.0);
        let apart = Euclidean.distance(&here, &Polygon::new(ring, Vec::new()));
        apart <= at.accuracy_m.unwrap_or(0.0) + ROUNDING_M
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fence(ring: &[[f64; 2]]) -> Fence {
        Fence { kind: FenceKind::Polygon, coordinates: vec![ring.to_vec()] }
    }

    fn square() -> Fence {
        fence(&[[-17.5, 14.7], [-17.4, 14.7], [-17.4, 14.8], [-17.5, 14.8], [-17.5, 14.7]])
    }

    fn at(lat: f64, lon: f64) -> Position {
        Position { lat, lon, accuracy_m: None }
    }

    #[test]
    fn the_border_is_inside_and_accuracy_widens_it() {
        let fence = square();
        assert_eq!(fence.check(), Ok(()));
        assert!(fence.admits(at(14.75, -17.45)));
        assert!(fence.admits(at(14.7, -17.45)), "on a side");
        assert!(fence.admits(at(14.7, -17.5)), "on a corner");
        let beside = at(14.699, -17.45); // 111 m south of the side
        assert!(!fence.admits(beside));
        assert!(fence.admits(Position { accuracy_m: Some(112.0), ..beside }));
        assert!(!fence.admits(Position { accuracy_m: Some(110.0), ..beside }));
        assert!(!fence.admits(at(-14.75, 162.55)), "the other side of the Earth");
        assert!(!fence.admits(at(14.75, 162.55)));
    }

    #[test]
    fn a_hollow_corner_is_outside() {
        let hook = fence(&[
            [2.0, 48.0],
            [2.1, 48.0],
            [2.1, 48.1],
            [2.09, 48.1],
            [2.09, 48.01],
            [2.0, 48.01],
            [2.0, 48.0],
        ]);
        assert_eq!(hook.check(), Ok(()));
        assert!(hook.admits(at(48.005, 2.05)));
        assert!(!hook.admits(at(48.05, 2.05)));
    }

    #[test]
    fn what_is_no_fence_is_told_apart() {
        let bow = fence(&[[0.0, 0.0], [0.1, 0.1], [0.1, 0.0], [0.0, 0.1], [0.0, 0.0]]);
        assert_eq!(bow.check(), Err(FenceError::Crossing));
        let flat = fence(&[[0.0, 0.0], [0.1, 0.0], [0.2, 0.0], [0.0, 0.0]]);
        assert_eq!(flat.check(), Err(FenceError::Crossing));
        let pinched = fence(&[
            [0.0, 0.0],
            [0.1, 0.0],
            [0.05, 0.05],
            [0.1, 0.1],
            [0.0, 0.1],
            [0.05, 0.05],
            [0.0, 0.0],
        ]);
        assert_eq!(pinched.check(), Err(FenceError::Crossing));
        let open = fence(&[[0.0, 0.0], [0.1, 0.0], [0.1, 0.1], [0.0, 0.1]]);
        assert_eq!(open.check(), Err(FenceError::Open));
        let wide = fence(&[[0.0, 0.0], [0.5, 0.0], [0.5, 0.1], [0.0, 0.0]]);
        assert_eq!(wide.check(), Err(FenceError::Extent));
        let fiji = fence(&[[179.9, -17.0], [-179.9, -17.0], [-179.9, -16.9], [179.9, -17.0]]);
        assert_eq!(fiji.check(), Err(FenceError::Antimeridian));
        let far = fence(&[[181.0, 0.0], [181.1, 0.0], [181.1, 0.1], [181.0, 0.0]]);
        assert_eq!(far.check(), Err(FenceError::Range));
        assert_eq!(fence(&[[0.0, 0.0]; 3]).check(), Err(FenceError::Corners));
        assert_eq!(fence(&[[0.0, 0.0]; 202]).check(), Err(FenceError::Corners));
        let holed = Fence { coordinates: vec![Vec::new(), Vec::new()], ..square() };
        assert_eq!(holed.check(), Err(FenceError::Rings));
    }

    #[test]
    fn a_fence_that_ends_at_the_180th_meridian_is_one() {
        let east = fence(&[[179.9, 0.0], [180.0, 0.0], [180.0, 0.1], [179.9, 0.1], [179.9, 0.0]]);
        assert_eq!(east.check(), Ok(()));
        assert!(east.admits(at(0.05, 180.0)));
        assert!(east.admits(at(0.05, -180.0)), "the same meridian by its other name");
        assert!(!east.admits(at(0.05, -179.9)));
    }
}
