//! Brings timers in line with the facts.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use chrono::Datelike;
use chrono_tz::Tz;
use contracts::{ServiceTarget, ServiceTimerChange, ServiceTimerState};
use kernel::{ProjectId, ServiceTimerId, SiteId, Timestamp};
use sqlx::PgConnection;
use web::Write;

use super::model::meter::Meter;
use super::model::timer::{Facts, ServiceTimer, Thing};
use super::model::{self, Begins, Counts, Promise, ServiceLevel};
use super::store::facts::{self, Case};
use super::store::timers::{self, ServiceTimerEntry};
use super::{events, job, store};
use crate::error::Error;
use crate::field;
use crate::schedule;
use crate::schedule::model::wall::Wall;

const TARGETS: [ServiceTarget; 2] = [ServiceTarget::Respond, ServiceTarget::Resolve];

/// The meters of sites, each made once.
struct Meters {
    clock: Meter,
    sites: HashMap<SiteId, Meter>,
    now: Timestamp,
}

impl Meters {
    fn new(now: Timestamp) -> Self {
        Self { clock: Meter::Clock, sites: HashMap::new(), now }
    }

    /// The meter by which a promise about a thing is counted.
    async fn of(
        &mut self,
        conn: &mut PgConnection,
        promise: &Promise,
        case: &Case,
    ) -> Result<&Meter, sqlx::Error> {
        if promise.counts == Counts::Always {
            return Ok(&self.clock);
        }
        if let Entry::Vacant(unknown) = self.sites.entry(case.site) {
            let own = schedule::calendar_of(conn, case.project, case.site, self.now).await?;
            let wall = Wall(case.zone.parse().unwrap_or(Tz::UTC));
            let meter = own.map_or(Meter::Clock, |own| {
                Meter::Calendar(Box::new(own.engine(self.now.year())), wall)
            });
            unknown.insert(meter);
        }
        Ok(self.sites.get(&case.site).unwrap_or(&self.clock))
    }
}

/// Timers that were counted, and what became of them.
#[derive(Default)]
struct Counted {
    timers: HashMap<ServiceTimerId, ServiceTimer>,
    changes: Vec<(ServiceTimer, ServiceTimerChange)>,
}

impl Counted {
    fn note(&mut self, timer: &ServiceTimer, change: Option<ServiceTimerChange>) {
        if let Some(change) = change {
            self.timers.insert(timer.id, timer.clone());
            self.changes.push((timer.clone(), change));
        }
    }

    /// Stores and tells all of it, and has the sites looked at when time changes something next.
    async fn keep(self, tx: &mut Write<'_>) -> Result<(), Error> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let now = tx.now();
        let timers: Vec<_> = self.timers.into_values().collect();
        let entry = |(timer, change): &(ServiceTimer, ServiceTimerChange)| {
            (timer.id, ServiceTimerEntry::of(timer, *change, now))
        };
        let entries: Vec<_> = self.changes.iter().map(entry).collect();
        timers::save(tx, &timers, &entries).await?;
        let tasks: Vec<_> = timers.iter().filter_map(|timer| timer.task_id).collect();
        let incidents: Vec<_> = timers.iter().filter_map(|timer| timer.incident_id).collect();
        field::touch_timers(tx, &tasks, &incidents).await?;
        for (timer, change) in &self.changes {
            events::tell_timer(tx, timer, *change);
        }
        let mut looks: BTreeMap<SiteId, Timestamp> = BTreeMap::new();
        for (site, at) in timers.iter().filter_map(|t| Some((t.site_id, t.look_at?))) {
            looks.entry(site).and_modify(|first| *first = at.min(*first)).or_insert(at);
        }
        for (site, at) in looks {
            job::look(tx, site, at);
        }
        Ok(())
    }
}

/// Lets things fall under the levels that hold for them now. A timer keeps its beginning; what was
/// kept or broken stays so.
pub(super) async fn pick(tx: &mut Write<'_>, things: &[Thing]) -> Result<(), Error> {
    if things.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    let known = timers::lock_of(tx, things).await?;
    // Where nothing is promised, a write costs no more than these two looks.
    if known.is_empty() && !store::promises(tx).await? {
        return Ok(());
    }
    let cases = facts::of(tx, things).await?;
    let mut levels: HashMap<ProjectId, Vec<ServiceLevel>> = HashMap::new();
    let mut meters = Meters::new(now);
    let mut counted = Counted::default();
    for case in &cases {
        let those = match levels.entry(case.project) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(store::of_project(tx, case.project).await?),
        };
        let level = model::pick(those, case.project, case.site, case.kind);
        for target in TARGETS {
            let mut own =
                known.iter().filter(|t| t.thing() == Some(case.thing) && t.target == target);
            let promised = level.and_then(|level| Some((level, level.terms.promise(target)?)));
            let over = promised.is_none();
            let timer = match (own.next(), promised) {
                (None, None) => continue,
                (Some(timer), _) if timer.is_settled() => continue,
                (Some(timer), None) => timer.clone(),
                (Some(timer), Some((level, promise))) => {
                    let mut timer = timer.clone();
                    if timer.level_id != level.id || timer.closed {
                        timer.promise((level.id, level.version), promise);
                    }
                    timer
                }
                (None, Some((level, promise))) => begin(case, target, level, promise, now),
            };
            count(tx, &mut meters, &mut counted, case, timer, over).await?;
        }
    }
    counted.keep(tx).await
}

/// Counts the timers of things anew, of which something happened.
pub(super) async fn recount(tx: &mut Write<'_>, things: &[Thing]) -> Result<(), Error> {
    if things.is_empty() {
        return Ok(());
    }
    let known = timers::lock_of(tx, things).await?;
    bring(tx, known).await
}

/// Brings timers that are locked in line with the facts. One that was dropped waits for a level to
/// take it up again.
pub(super) async fn bring(tx: &mut Write<'_>, known: Vec<ServiceTimer>) -> Result<(), Error> {
    let things: Vec<_> = known.iter().filter_map(ServiceTimer::thing).collect();
    if things.is_empty() {
        return Ok(());
    }
    let cases = facts::of(tx, &things).await?;
    let mut meters = Meters::new(tx.now());
    let mut counted = Counted::default();
    for timer in known.into_iter().filter(|timer| timer.state != ServiceTimerState::Dropped) {
        let Some(case) = cases.iter().find(|case| Some(case.thing) == timer.thing()) else {
            continue;
        };
        count(tx, &mut meters, &mut counted, case, timer, false).await?;
    }
    counted.keep(tx).await
}

fn begin(
    case: &Case,
    target: ServiceTarget,
    level: &ServiceLevel,
    promise: Promise,
    now: Timestamp,
) -> ServiceTimer {
    let began = match promise.begins {
        Begins::Asked => now,
        Begins::Planned => case.planned_at.unwrap_or(now),
    };
    let (place, level) = ((case.project, case.site), (level.id, level.version));
    ServiceTimer::begin(case.thing, place, target, level, promise, began)
}

/// Counts one timer. What begins with the plan follows it until that has come.
async fn count(
    tx: &mut Write<'_>,
    meters: &mut Meters,
    counted: &mut Counted,
    case: &Case,
    mut timer: ServiceTimer,
    over: bool,
) -> Result<(), Error> {
    let now = tx.now();
    if let Some(planned_at) = case.planned_at
        && timer.promise.begins == Begins::Planned
        && timer.started_at > now
    {
        timer.started_at = planned_at;
    }
    let meter = meters.of(tx, &timer.promise, case).await?;
    if timer.version == 0 {
        // It begins before anything is known of it.
        let began = timer.follow(&Facts::default(), meter, timer.started_at);
        counted.note(&timer, began);
    }
    let facts = case.facts(timer.target);
    let change = timer.follow(&Facts { over: over || facts.over, ..facts }, meter, now);
    counted.note(&timer, change);
    Ok(())
}

/// Which of these timers, not locked, would be counted differently now.
pub(super) async fn differ(
    conn: &mut PgConnection,
    timers: &[ServiceTimer],
    now: Timestamp,
) -> Result<Vec<Thing>, sqlx::Error> {
    let things: Vec<_> = timers.iter().filter_map(ServiceTimer::thing).collect();
    let cases = facts::of(conn, &things).await?;
    let mut meters = Meters::new(now);
    let mut different = Vec::new();
    for timer in timers {
        let Some(case) = cases.iter().find(|case| Some(case.thing) == timer.thing()) else {
            continue;
        };
        let meter = meters.of(conn, &timer.promise, case).await?;
        let mut again = timer.clone();
        if again.follow(&case.facts(timer.target), meter, now).is_some() {
            different.push(case.thing);
        }
    }
    Ok(different)
}
