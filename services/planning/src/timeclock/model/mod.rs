//! A worker's stay on a site: what a press of the clock records, and which stays can be.

mod anomaly;
mod press;
mod proposal;
mod segment;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{TimeEntryChange, TimeEntryChanged};
use kernel::{ProjectId, SiteId, TimeEntryId, UserId, WorkerId};
use serde::{Deserialize, Serialize};
use web::Versioned;

pub use anomaly::{Anomaly, FORGOTTEN, Review};
pub use press::{Clocking, OLDEST, Press, TRUSTED_SKEW, Way};
pub use proposal::{Proposal, Signs};
pub use segment::{Activity, Kind, Righted, Segment};

use crate::error::{Error, TimeError};
use crate::field::Site;

/// No stay is longer: a clock-out later than this was forgotten.
pub(super) const LONGEST: TimeDelta = TimeDelta::hours(24);

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
    /// Breaks and travel within the stay, in order; what lies between is work.
    pub segments: Vec<Segment>,
    /// The press of the clock when coming, as recorded.
    pub clock_in: Clocking,
    /// The press of the clock when leaving, as recorded; none where a correction set the time.
    pub clock_out: Option<Clocking>,
    /// The last correction, if any; those before stand in the audit trail.
    pub correction: Option<Correction>,
    /// The end that was found where nobody clocked out; it counts once it is accepted.
    pub proposal: Option<Proposal>,
    /// Who looked at what is unusual about it.
    pub review: Option<Review>,
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
            segments: Vec::new(),
            clock_in: press.record(site),
            clock_out: None,
            correction: None,
            proposal: None,
            review: None,
            version: 1,
        }
    }

    /// The worker leaves; a break or a journey that goes on ends.
    pub fn clock_out(&mut self, site: &Site, press: Press) -> Result<(), Error> {
        if self.out_at.is_some() {
            return Err(Error::AlreadyOut);
        }
        if self.segments.last().is_some_and(|s| press.at < s.to.unwrap_or(s.from)) {
            return Err(TimeError::SegmentOrder.into());
        }
        self.set(self.in_at, Some(press.at))?;
        self.end_segment(press.at);
        self.clock_out = Some(press.record(site));
        self.proposal = None;
        Ok(())
    }

    /// A site lead sets right when the worker came or left, and the breaks and travel between. The
    /// presses stay as recorded.
    pub fn correct(
        &mut self,
        in_at: Option<DateTime<Utc>>,
        out_at: Option<DateTime<Utc>>,
        segments: Option<&[Righted]>,
        correction: Correction,
    ) -> Result<(), Error> {
        if [in_at, out_at].into_iter().flatten().any(|at| at > correction.at) {
            return Err(Error::NotYet);
        }
        let mut right = self.clone();
        right.set(in_at.unwrap_or(self.in_at), out_at.or(self.out_at))?;
        match segments {
            Some(segments) => right.right_segments(segments, &correction)?,
            None => right.cut_segments(),
        }
        right.correction = Some(correction);
        *self = right;
        Ok(())
    }

    /// Somebody looked at what is unusual about it.
    pub fn reviewed(&mut self, review: Review) {
        self.review = Some(review);
        self.version += 1;
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
        (self.in_at, self.out_at.unwrap_or(self.in_at + TimeDelta::microseconds(1)))
    }

    /// Whether a press still has its position.
    pub fn located(&self) -> bool {
        let presses = [Some(&self.clock_in), self.clock_out.as_ref()];
        presses.into_iter().flatten().any(|press| press.position.is_some())
    }

    /// Until when it is known to have lasted: its end, or so much of it as is past. Of one that was
    /// probably forgotten nothing is known until its end is.
    fn end(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let past = if now - self.in_at > FORGOTTEN { self.in_at } else { now };
        self.out_at.unwrap_or(past)
    }

    /// What others hear of it.
    pub fn event(&self, change: TimeEntryChange) -> TimeEntryChanged {
        let breaks = self.breaks(self.in_at);
        TimeEntryChanged {
            entry: self.id,
            version: self.version,
            change,
            worker: self.worker_id,
            site: self.site_id,
            project: self.project_id,
            in_at: self.in_at,
            out_at: self.out_at,
            break_seconds: breaks.iter().map(labour::Span::seconds).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Position, TaskId};

    use super::press::{Fence, Way};
    use super::proposal::Evidence;
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
            zone: chrono_tz::Tz::Africa__Dakar,
        }
    }

    fn press(at: DateTime<Utc>) -> Press {
        Press {
            by: UserId::new(),
            at,
            device_at: None,
            skew: None,
            now: at,
            way: Way::Plain,
            position: None,
            inside_hint: None,
        }
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
        entry.correct(Some(came), Some(left), None, because(now)).unwrap();
        assert_eq!((entry.in_at, entry.out_at), (came, Some(left)));
        assert_eq!(entry.clock_in.at, noon());
        let future = entry.correct(None, Some(now + TimeDelta::hours(1)), None, because(now));
        assert!(matches!(future, Err(Error::NotYet)));
        assert_eq!(entry.out_at, Some(left), "a refused correction changes nothing");
    }

    fn is<T>(refused: &Result<T, Error>, by: TimeError) -> bool {
        matches!(refused, Err(Error::Time(error)) if **error == by)
    }

    fn after(minutes: i64) -> DateTime<Utc> {
        noon() + TimeDelta::minutes(minutes)
    }

    fn minutes(spans: &[labour::Span]) -> Vec<i64> {
        spans.iter().map(|span| span.seconds() / 60).collect()
    }

    #[test]
    fn a_late_call_is_no_wrong_clock_and_a_wrong_clock_is_marked_and_kept() {
        let sent = |skew: i64| Press {
            now: after(300),
            skew: Some(TimeDelta::minutes(skew)),
            device_at: Some(noon() - TimeDelta::minutes(skew)),
            ..press(noon())
        };
        assert!(!sent(0).record(&site()).clock_suspect, "five hours late, by a right clock");
        let off = sent(180).record(&site());
        assert!(off.clock_suspect);
        assert_eq!((off.at, off.skew_s), (noon(), Some(180 * 60)));
        assert_eq!(off.device_at, Some(after(-180)));
    }

    #[test]
    fn a_press_from_tomorrow_or_from_long_ago_is_refused() {
        let at = |minutes: i64| Press { now: noon(), ..press(after(minutes)) }.check();
        assert!(at(15).is_ok());
        assert!(is(&at(16), TimeError::PressAhead));
        assert!(at(-30 * 24 * 60).is_ok());
        assert!(is(&at(-30 * 24 * 60 - 1), TimeError::PressTooOld));
    }

    #[test]
    fn where_the_lead_is_says_nothing_of_the_worker() {
        let position = Some(Position { lat: 14.7, lon: -17.4, accuracy_m: None });
        let press = Press { position, inside_hint: Some(true), ..press(noon()) }.for_another();
        let recorded = press.record(&site());
        assert_eq!((recorded.way, recorded.fence), (Way::Lead, Fence::Unlocated));
        assert_eq!((recorded.position, recorded.inside_hint), (None, None));
    }

    #[test]
    fn breaks_are_no_work_and_travel_is() {
        let mut entry = entry();
        let mut turn = |to, minutes| entry.switch(to, &press(after(minutes)));
        turn(Activity::Break, 60).unwrap();
        turn(Activity::Work, 90).unwrap();
        turn(Activity::Travel, 120).unwrap();
        turn(Activity::Break, 150).unwrap();
        assert!(is(&turn(Activity::Break, 160), TimeError::AtItAlready));
        assert!(is(&turn(Activity::Work, 140), TimeError::SegmentOrder));
        assert_eq!(entry.version, 5);
        let early = entry.clone().clock_out(&site(), press(after(149)));
        assert!(is(&early, TimeError::SegmentOrder));
        entry.clock_out(&site(), press(after(180))).unwrap();
        let now = after(1000);
        assert_eq!(minutes(&entry.worked(now)), [60, 60]);
        assert_eq!(minutes(&entry.breaks(now)), [30, 30]);
        assert_eq!(minutes(&entry.travel(now)), [30]);
        assert_eq!(entry.event(TimeEntryChange::ClockedOut).break_seconds, 3600);
        assert!(matches!(entry.switch(Activity::Work, &press(now)), Err(Error::AlreadyOut)));
    }

    #[test]
    fn a_break_that_took_no_time_is_none() {
        let mut entry = entry();
        entry.switch(Activity::Break, &press(after(10))).unwrap();
        entry.switch(Activity::Work, &press(after(10))).unwrap();
        assert_eq!(entry.segments, []);
        assert!(is(&entry.switch(Activity::Work, &press(after(11))), TimeError::AtItAlready));
    }

    #[test]
    fn a_corrected_stay_cuts_its_breaks_or_takes_new_ones() {
        let mut entry = entry();
        entry.switch(Activity::Break, &press(after(60))).unwrap();
        entry.switch(Activity::Work, &press(after(120))).unwrap();
        entry.clock_out(&site(), press(after(480))).unwrap();
        let now = after(600);
        let mut cut = entry.clone();
        cut.correct(Some(after(90)), None, None, because(now)).unwrap();
        assert_eq!(minutes(&cut.breaks(now)), [30]);
        let lunch = |from, to| Righted { kind: Kind::Break, from: after(from), to: after(to) };
        let righted = [lunch(60, 90), lunch(240, 300)];
        entry.correct(None, None, Some(&righted), because(now)).unwrap();
        assert_eq!(minutes(&entry.breaks(now)), [30, 60]);
        for bad in [
            vec![lunch(-10, 20)],
            vec![lunch(60, 60)],
            vec![lunch(470, 490)],
            vec![lunch(60, 120), lunch(119, 130)],
        ] {
            let refused = entry.clone().correct(None, None, Some(&bad), because(now));
            assert!(is(&refused, TimeError::SegmentOrder), "{bad:?}");
        }
    }

    #[test]
    fn what_is_unusual_is_named_and_a_plain_press_is_not() {
        let now = after(24 * 60);
        let mut usual = entry();
        usual.clock_out(&site(), press(after(480))).unwrap();
        assert_eq!(usual.anomalies(now), []);
        assert_eq!(entry().anomalies(after(12 * 60)), []);
        assert_eq!(entry().anomalies(after(12 * 60 + 1)), [Anomaly::NoClockOut]);
        let far = Some(Position { lat: 14.8, lon: -17.4, accuracy_m: None });
        let odd = Press { position: far, inside_hint: Some(true), now: after(60), ..press(noon()) };
        let mut odd = TimeEntry::clock_in(TimeEntryId::new(), WorkerId::new(), &site(), odd);
        odd.clock_out(&site(), press(after(13 * 60 + 1))).unwrap();
        let all =
            [Anomaly::CameOutside, Anomaly::HintDiffers, Anomaly::ClockSuspect, Anomaly::TooLong];
        assert_eq!(odd.anomalies(now), all);
    }

    #[test]
    fn an_end_is_found_by_what_was_done_then_planned_then_usual_and_never_invented() {
        let (task, now) = (TaskId::new(), after(20 * 60));
        let at = |minutes| Some((after(minutes), task));
        let found = |signs: Signs| signs.end(noon(), now, now).map(|p| (p.evidence, p.end_at));
        let hours = Some(after(500));
        let step = Signs { step: at(470), planned: at(450), hours };
        assert_eq!(found(step), Some((Evidence::TaskStep, after(470))));
        let planned = Signs { step: at(100), planned: at(450), hours };
        assert_eq!(found(planned), Some((Evidence::PlannedEnd, after(450))));
        let usual = Signs { hours, ..Signs::default() };
        assert_eq!(found(usual), Some((Evidence::HoursEnd, after(500))));
        assert_eq!(found(Signs::default()), None);
        let before = Signs { step: at(-5), planned: at(0), hours: Some(after(-1)) };
        assert_eq!(found(before), None, "before the worker came");
        let ahead = Signs { hours: Some(after(21 * 60)), ..Signs::default() };
        assert_eq!(found(ahead), None, "still to come");
        let signs = Signs { step: at(470), planned: at(450), hours };
        let before_another = signs.end(noon(), after(460), now).map(|p| (p.evidence, p.end_at));
        assert_eq!(before_another, Some((Evidence::PlannedEnd, after(450))));
    }

    #[test]
    fn an_end_that_is_no_longer_found_is_taken_back() {
        let mut entry = entry();
        let signs = Signs { hours: Some(after(480)), ..Signs::default() };
        assert!(entry.propose(signs.end(noon(), after(800), after(800))));
        assert!(entry.propose(signs.end(noon(), after(400), after(900))), "another stay came");
        assert_eq!((entry.proposal.clone(), entry.version), (None, 3));
        assert!(!entry.propose(None));
    }

    #[test]
    fn a_proposal_counts_once_it_is_accepted() {
        let mut entry = entry();
        let refused = entry.accept(because(after(900)));
        assert!(is(&refused, TimeError::NoProposal));
        let signs = Signs { hours: Some(after(480)), ..Signs::default() };
        let proposal = signs.end(noon(), after(800), after(800));
        assert!(entry.propose(proposal.clone()));
        assert!(!entry.propose(proposal), "it is no news twice");
        assert_eq!(entry.out_at, None);
        entry.accept(because(after(900))).unwrap();
        assert_eq!((entry.out_at, entry.clock_out.is_none()), (Some(after(480)), true));
        assert!(matches!(entry.accept(because(after(901))), Err(Error::AlreadyOut)));
    }
}
