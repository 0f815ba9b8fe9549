//! A worker's stay on a site: what a press of the clock records, and which stays can be.

use chrono::{DateTime, Utc};
use contracts::{TimeEntryChange, TimeEntryChanged};
use kernel::{Position, ProjectId, SiteId, TimeEntryId, UserId, WorkerId};
use serde::{Deserialize, Serialize};
use web::Versioned;

use crate::error::Error;
use crate::field::Site;

/// No stay is longer: a clock-out later than this was forgotten.
const LONGEST: chrono::TimeDelta = chrono::TimeDelta::hours(24);
/// How far the device's time and the server's may lie apart before the press is marked.
const TRUSTED_SKEW: chrono::TimeDelta = chrono::TimeDelta::minutes(15);

/// Where a press of the clock was, seen from the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClockingFence)]
pub enum Fence {
    /// Within the site's fence, given the position's accuracy.
    Inside,
    /// Outside of it.
    Outside,
    /// The device gave no position.
    Unlocated,
}

/// A press of the clock as it was recorded; it never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Clocking {
    /// When it was pressed: by the device where it says so, else when the server heard of it.
    pub at: DateTime<Utc>,
    /// When the server heard of it.
    pub recorded_at: DateTime<Utc>,
    /// The two lie more than 15 minutes apart: sent late, or the device's clock is wrong.
    pub clock_suspect: bool,
    /// The user who pressed, who may be the site lead.
    pub by: UserId,
    /// Where the device was.
    pub position: Option<Position>,
    /// Metres from the site's centre, as the server computes it.
    pub distance_m: Option<f64>,
    /// Whether that is within the site's fence, as the server computes it.
    pub fence: Fence,
    /// What the device itself thought: `true` for inside.
    pub inside_hint: Option<bool>,
}

/// What is known when somebody presses the clock.
#[derive(Debug, Clone, Copy)]
pub struct Press {
    /// The user who presses.
    pub by: UserId,
    /// When, by the device where it says so.
    pub at: DateTime<Utc>,
    /// The server's time.
    pub now: DateTime<Utc>,
    /// Where the device is.
    pub position: Option<Position>,
    /// What the device thinks: `true` for inside.
    pub inside_hint: Option<bool>,
}

impl Press {
    /// What is recorded of it at this site.
    fn record(self, site: &Site) -> Clocking {
        let distance_m = self.position.map(|p| kernel::distance_m(p, site.centre));
        let fence = match self.position {
            None => Fence::Unlocated,
            Some(p) if site.admits(p) => Fence::Inside,
            Some(_) => Fence::Outside,
        };
        Clocking {
            at: self.at,
            recorded_at: self.now,
            clock_suspect: (self.now - self.at).abs() > TRUSTED_SKEW,
            by: self.by,
            position: self.position,
            distance_m,
            fence,
            inside_hint: self.inside_hint,
        }
    }
}

/// Who set a stay right, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TimeCorrection)]
pub struct Correction {
    /// The user who corrected last.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// A worker's stay on a site.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TimeEntry {
    /// Its id.
    pub id: TimeEntryId,
    /// The worker.
    pub worker_id: WorkerId,
    /// The site.
    pub site_id: SiteId,
    /// The site's project.
    pub project_id: ProjectId,
    /// When the worker came: what counts.
    pub in_at: DateTime<Utc>,
    /// When the worker left: what counts. None while the worker is there.
    pub out_at: Option<DateTime<Utc>>,
    /// The press of the clock when coming, as recorded.
    pub clock_in: Clocking,
    /// The press of the clock when leaving, as recorded; none where a correction set the time.
    pub clock_out: Option<Clocking>,
    /// The last correction, if any; those before stand in the audit trail.
    pub correction: Option<Correction>,
    /// Rises with each change.
    pub version: i64,
}

impl Versioned for TimeEntry {
    fn version(&self) -> i64 {
        self.version
    }
}

impl TimeEntry {
    /// A worker comes to a site.
    pub fn clock_in(id: TimeEntryId, worker_id: WorkerId, site: &Site, press: Press) -> Self {
        Self {
            id,
            worker_id,
            site_id: site.id,
            project_id: site.project_id,
            in_at: press.at,
            out_at: None,
            clock_in: press.record(site),
            clock_out: None,
            correction: None,
            version: 1,
        }
    }

    /// The worker leaves.
    pub fn clock_out(&mut self, site: &Site, press: Press) -> Result<(), Error> {
        if self.out_at.is_some() {
            return Err(Error::AlreadyOut);
        }
        self.set(self.in_at, Some(press.at))?;
        self.clock_out = Some(press.record(site));
        Ok(())
    }

    /// A site lead sets right when the worker came or left. The presses stay as recorded.
    pub fn correct(
        &mut self,
        in_at: Option<DateTime<Utc>>,
        out_at: Option<DateTime<Utc>>,
        correction: Correction,
    ) -> Result<(), Error> {
        if [in_at, out_at].into_iter().flatten().any(|at| at > correction.at) {
            return Err(Error::NotYet);
        }
        self.set(in_at.unwrap_or(self.in_at), out_at.or(self.out_at))?;
        self.correction = Some(correction);
        Ok(())
    }

    fn set(&mut self, in_at: DateTime<Utc>, out_at: Option<DateTime<Utc>>) -> Result<(), Error> {
        if let Some(out_at) = out_at {
            if out_at <= in_at {
                return Err(Error::OutBeforeIn);
            }
            if out_at - in_at > LONGEST {
                return Err(Error::TooLong);
            }
        }
        (self.in_at, self.out_at) = (in_at, out_at);
        self.version += 1;
        Ok(())
    }

    /// The span that no other stay of the worker may touch: one that is open takes up its first
    /// instant.
    pub fn span(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.in_at, self.out_at.unwrap_or(self.in_at + chrono::TimeDelta::microseconds(1)))
    }

    /// What others hear of it.
    pub fn event(&self, change: TimeEntryChange) -> TimeEntryChanged {
        TimeEntryChanged {
            entry: self.id,
            version: self.version,
            change,
            worker: self.worker_id,
            site: self.site_id,
            project: self.project_id,
            in_at: self.in_at,
            out_at: self.out_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_750_000_000, 0).unwrap()
    }

    fn site() -> Site {
        Site {
            id: SiteId::new(),
            project_id: ProjectId::new(),
            centre: Position { lat: 14.7, lon: -17.4, accuracy_m: None },
            radius_m: 100.0,
            polygon: None,
        }
    }

    fn press(at: DateTime<Utc>) -> Press {
        Press { by: UserId::new(), at, now: at, position: None, inside_hint: None }
    }

    fn entry() -> TimeEntry {
        TimeEntry::clock_in(TimeEntryId::new(), WorkerId::new(), &site(), press(noon()))
    }

    fn because(at: DateTime<Utc>) -> Correction {
        Correction { by: UserId::new(), at, reason: "forgot".into() }
    }

    #[test]
    fn the_server_computes_the_fence_and_keeps_the_phones_hint() {
        let near = Position { lat: 14.7005, lon: -17.4, accuracy_m: None };
        let far = Position { lat: 14.702, lon: -17.4, accuracy_m: Some(20.0) };
        let vague = Position { accuracy_m: Some(150.0), ..far };
        let at =
            |position| Press { position, inside_hint: Some(true), ..press(noon()) }.record(&site());
        assert_eq!(at(Some(near)).fence, Fence::Inside);
        assert_eq!(at(Some(far)).fence, Fence::Outside);
        assert_eq!(at(Some(vague)).fence, Fence::Inside);
        assert_eq!(at(None).fence, Fence::Unlocated);
        assert_eq!(at(None).distance_m, None);
        assert_eq!(at(Some(far)).inside_hint, Some(true));
        assert!((at(Some(far)).distance_m.unwrap() - 222.0).abs() < 1.0);
    }

    #[test]
    fn a_polygon_stands_in_place_of_the_circle() {
        let ring =
            [[-17.41, 14.7], [-17.39, 14.7], [-17.39, 14.71], [-17.41, 14.71], [-17.41, 14.7]];
        let polygon =
            kernel::Fence { kind: kernel::FenceKind::Polygon, coordinates: vec![ring.to_vec()] };
        let site = Site { polygon: Some(polygon), ..site() };
        let fence = |lat, accuracy_m| {
            let position = Some(Position { lat, lon: -17.4, accuracy_m });
            Press { position, ..press(noon()) }.record(&site).fence
        };
        assert_eq!(fence(14.705, None), Fence::Inside, "500 m from the centre, in the polygon");
        assert_eq!(fence(14.7, None), Fence::Inside, "on its border");
        assert_eq!(fence(14.6995, None), Fence::Outside, "in the circle, out of the polygon");
        assert_eq!(fence(14.6995, Some(60.0)), Fence::Inside, "by the position's accuracy");
    }

    #[test]
    fn times_more_than_a_quarter_of_an_hour_apart_are_marked() {
        let late = |minutes| {
            Press { now: noon() + TimeDelta::minutes(minutes), ..press(noon()) }.record(&site())
        };
        assert!(!late(15).clock_suspect);
        assert!(late(16).clock_suspect);
        assert!(late(-16).clock_suspect);
        assert_eq!(late(16).at, noon());
    }

    #[test]
    fn nobody_leaves_before_coming_or_twice_or_after_more_than_a_day() {
        let leave = |hours| entry().clock_out(&site(), press(noon() + TimeDelta::hours(hours)));
        assert!(matches!(leave(0), Err(Error::OutBeforeIn)));
        assert!(matches!(leave(-1), Err(Error::OutBeforeIn)));
        assert!(matches!(leave(25), Err(Error::TooLong)));
        assert!(leave(24).is_ok());
        let mut left = entry();
        left.clock_out(&site(), press(noon() + TimeDelta::hours(8))).unwrap();
        let again = left.clock_out(&site(), press(noon() + TimeDelta::hours(9)));
        assert!(matches!(again, Err(Error::AlreadyOut)));
        assert_eq!(left.version, 2);
    }

    #[test]
    fn a_correction_changes_what_counts_and_leaves_the_press() {
        let mut entry = entry();
        let now = noon() + TimeDelta::hours(10);
        let (came, left) = (noon() - TimeDelta::hours(1), noon() + TimeDelta::hours(7));
        entry.correct(Some(came), Some(left), because(now)).unwrap();
        assert_eq!((entry.in_at, entry.out_at), (came, Some(left)));
        assert_eq!(entry.clock_in.at, noon());
        let future = entry.correct(None, Some(now + TimeDelta::hours(1)), because(now));
        assert!(matches!(future, Err(Error::NotYet)));
        assert_eq!(entry.out_at, Some(left), "a refused correction changes nothing");
    }
}
