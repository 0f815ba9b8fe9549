//! Which sites a search is for.

use auth::{Action, Target};
use kernel::{Position, ProjectId, SiteId, distance_m};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;
use validator::Validate;
use web::{Ctx, Problem};

use crate::dispatch::store::scene::{Place, Sites, sites};
use crate::error::{DispatchError, Error};

/// The most sites of a search.
const MOST: usize = 500;

/// The sites around a place.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DispatchRegion)]
pub struct Region {
    /// Latitude in degrees north.
    #[validate(range(min = -90.0, max = 90.0))]
    #[schema(minimum = -90, maximum = 90)]
    pub lat: f64,
    /// Longitude in degrees east.
    #[validate(range(min = -180.0, max = 180.0))]
    #[schema(minimum = -180, maximum = 180)]
    pub lon: f64,
    /// How far around, in kilometres.
    #[validate(range(min = 0.1, max = 500.0))]
    #[schema(minimum = 0.1, maximum = 500)]
    pub radius_km: f64,
}

/// What of a request says which sites are meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub site_ids: Option<&'a [SiteId]>,
    pub project_ids: Option<&'a [ProjectId]>,
    pub region: Option<Region>,
}

impl Scope<'_> {
    /// The sites. All that are named must be seen, and may be dispatched; of a region those that
    /// the caller may dispatch.
    pub async fn places(self, cx: &Ctx, conn: &mut PgConnection) -> Result<Vec<Place>, Error> {
        let limit = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
        let mut places = match (self.site_ids, self.project_ids, self.region) {
            (Some(ids), None, None) => {
                let found = sites(conn, Sites::Named(ids), limit).await?;
                if ids.iter().any(|id| found.iter().all(|place| place.id != *id)) {
                    return Err(Problem::not_found().into());
                }
                guarded(cx, found)?
            }
            (None, Some(projects), None) => {
                for project in projects {
                    let target = Target::project(*project);
                    cx.guard(Action::ReadProject, Action::AssignTask, &target)?;
                }
                guarded(cx, sites(conn, Sites::Of(projects), limit).await?)?
            }
            (None, None, Some(region)) => {
                cx.visible(Action::AssignTask)?;
                let mut found = sites(conn, Sites::Within(region.degrees()), limit).await?;
                found.retain(|place| {
                    let target = Target::site(place.project, place.id);
                    region.holds(place.at) && cx.caller.may(Action::AssignTask, &target)
                });
                found
            }
            _ => return Err(DispatchError::Scope.into()),
        };
        places.sort_by_key(|place| place.id);
        if places.len() > MOST {
            return Err(DispatchError::TooManySites(MOST).into());
        }
        if places.is_empty() {
            return Err(Problem::not_found().into());
        }
        Ok(places)
    }
}

fn guarded(cx: &Ctx, places: Vec<Place>) -> Result<Vec<Place>, Error> {
    for place in &places {
        let target = Target::site(place.project, place.id);
        cx.guard(Action::ReadProject, Action::AssignTask, &target)?;
    }
    Ok(places)
}

impl Region {
    fn centre(self) -> Position {
        Position { lat: self.lat, lon: self.lon, accuracy_m: None }
    }

    fn holds(self, at: Position) -> bool {
        distance_m(self.centre(), at) <= self.radius_km * 1_000.0
    }

    /// South, west, north, east of a box around it, a little too large.
    fn degrees(self) -> [f64; 4] {
        let north = self.radius_km / 110.0;
        let east = north / self.lat.to_radians().cos().max(0.01);
        [self.lat - north, self.lon - east, self.lat + north, self.lon + east]
    }
}
