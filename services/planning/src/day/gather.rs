//! Putting a worker's day together.

use std::collections::{BTreeMap, BTreeSet};

use auth::{Action, Target};
use chrono::NaiveDate;
use kernel::{DepotId, PartId, Position, SiteId, Timestamp, WorkerId};
use sqlx::PgConnection;
use web::{Ctx, Problem};

use super::model::{
    Answering, Asked, Away, Bounds, Clocked, Day, DaySite, Fetching, Load, Share, Stay, Stop, ahead,
};
use super::store;
use crate::dispatch::model::{Person, Spot, zone};
use crate::dispatch::store::people;
use crate::dispatch::travel::{Times, TravelSource};
use crate::field::{self, FieldTask};
use crate::tasks::Task;
use crate::timeclock;

/// A day put together, but for the ways between its stops.
pub(super) struct Gathered {
    /// The day.
    pub told: Day,
    /// The places of its ways.
    pub spots: Vec<Spot>,
    /// For each stop from which of the places to which the way there leads, where that is known.
    pub ways: Vec<Option<(usize, usize)>>,
}

impl Gathered {
    /// Takes the travel times between its places over.
    pub fn take(&mut self, times: &Times) {
        self.told.travel_source = times.told.source;
        for (stop, way) in self.told.stops.iter_mut().zip(&self.ways) {
            let place = way.map(|(from, to)| from * self.spots.len() + to);
            let seconds = place.and_then(|place| times.seconds.get(place).copied().flatten());
            stop.travel_min = seconds.map(|seconds| (seconds / 60.0).ceil() as i64);
        }
    }
}

/// Whose day is put together for whom.
pub(super) struct Gather<'a> {
    pub cx: &'a Ctx,
    pub worker: WorkerId,
    pub date: Option<NaiveDate>,
}

/// A task with its part of the day.
struct Placed {
    share: Share,
    bounds: Bounds,
    stop: FieldTask,
}

impl Gather<'_> {
    /// Puts the day together of the tasks that the caller sees and those that are hidden.
    pub async fn all(
        &self,
        conn: &mut PgConnection,
        own: Vec<FieldTask>,
        hidden: &[FieldTask],
    ) -> Result<Gathered, Problem> {
        let mut placed: Vec<Placed> = own
            .into_iter()
            .map(|stop| {
                let (share, bounds) = self.share(&stop.task);
                Placed { share, bounds, stop }
            })
            .collect();
        placed.sort_by_key(|p| (p.share.from, p.share.to, p.stop.task.id));
        let hidden: Vec<(Share, Bounds)> = hidden.iter().map(|t| self.share(&t.task)).collect();
        let (from, to) =
            self.span(placed.iter().map(|p| &p.bounds).chain(hidden.iter().map(|h| &h.1)));
        let mut team: BTreeSet<WorkerId> =
            placed.iter().flat_map(|p| p.stop.task.workers.iter().copied()).collect();
        team.insert(self.worker);
        let team: Vec<_> = team.into_iter().collect();
        let people: BTreeMap<WorkerId, Person> = people::between(conn, Some(&team), from, to)
            .await?
            .into_iter()
            .map(|person| (person.id, person))
            .collect();
        let person = people.get(&self.worker).ok_or_else(Problem::not_found)?;
        let sites = sites(conn, &placed).await?;
        let loads = loads(conn, &placed, &people, &sites).await?;
        let depots: BTreeSet<DepotId> = loads.iter().flat_map(depots_of).collect();
        let parts: BTreeSet<PartId> =
            loads.iter().flat_map(|load| load.parts.iter().map(|part| part.part_id)).collect();
        let (spots, ways) = self.ways(person, &placed, &hidden, &sites);
        let (clock, stays) = self.hours(conn, from, to).await?;
        let told = Day {
            worker_id: self.worker,
            name: person.name.clone(),
            date: self.date,
            clock,
            stays,
            absences: if self.close() {
                person.absences.iter().map(|(from, to)| Away { from: *from, to: *to }).collect()
            } else {
                Vec::new()
            },
            elsewhere: hidden.iter().map(|(s, _)| Away { from: s.from, to: s.to }).collect(),
            vehicle: match person.vehicle {
                Some(id) => store::vehicle(conn, id).await?,
                None => None,
            },
            depots: store::depots(conn, &Vec::from_iter(depots)).await?,
            parts: store::parts(conn, &Vec::from_iter(parts)).await?,
            travel_source: TravelSource::StraightLine,
            more: false,
            stops: placed.into_iter().zip(loads).map(|(p, load)| self.stop(p, load)).collect(),
            sites,
        };
        Ok(Gathered { told, spots, ways })
    }

    /// Whether the caller is the worker, or plans: then absences and where the day starts are seen.
    fn close(&self) -> bool {
        self.cx.caller.worker == Some(self.worker)
            || self.cx.caller.may_somewhere(Action::AssignTask)
    }

    fn share(&self, task: &Task) -> (Share, Bounds) {
        let (zone, now) = (zone(task), self.cx.now());
        let bounds = Bounds::of(zone, self.date, now);
        (Share::of(task, zone, &bounds, now), bounds)
    }

    /// From when to when the day lasts, in whichever zone; the firm's where there is no work.
    fn span<'a>(&self, bounds: impl Iterator<Item = &'a Bounds>) -> (Timestamp, Timestamp) {
        let all = bounds.map(|b| (b.from, b.to));
        all.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or_else(|| {
            let day = Bounds::of(self.cx.tenant.zone, self.date, self.cx.now());
            (day.from, day.to)
        })
    }

    /// Whether the worker is clocked in, and the stays of the day, as far as they are seen.
    async fn hours(
        &self,
        conn: &mut PgConnection,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(Option<Clocked>, Vec<Stay>), Problem> {
        let see = |entry: &timeclock::TimeEntry| {
            let target = Target::site(entry.project_id, entry.site_id);
            self.cx.caller.may(Action::ReadTime, &target.with_workers([entry.worker_id]))
        };
        let open = timeclock::open_of(conn, &[self.worker]).await?;
        let clock = open.iter().filter(|entry| see(entry)).find_map(Clocked::of);
        let stays = timeclock::of_worker(conn, self.worker, labour::Span { from, to }).await?;
        let stays = stays.into_iter().filter(|entry| see(entry)).map(|entry| Stay {
            entry_id: entry.id,
            site_id: entry.site_id,
            in_at: entry.in_at,
            out_at: entry.out_at,
        });
        Ok((clock, stays.collect()))
    }

    /// The places of the day, and the way to each stop from the one before it. After one that the
    /// caller does not see none is known.
    fn ways(
        &self,
        person: &Person,
        placed: &[Placed],
        hidden: &[(Share, Bounds)],
        sites: &[DaySite],
    ) -> (Vec<Spot>, Vec<Option<(usize, usize)>>) {
        let mut spots: Vec<Spot> =
            sites.iter().map(|s| Spot { id: s.site.id.uuid(), at: position(s) }).collect();
        let mut before = person.start.filter(|_| self.close()).map(|(at, depot)| {
            let id = depot.map_or(person.id.uuid(), DepotId::uuid);
            spots.push(Spot { id, at });
            spots.len() - 1
        });
        let mut since = Timestamp::MIN_UTC;
        let mut ways = Vec::with_capacity(placed.len());
        for Placed { share, stop, .. } in placed {
            if hidden.iter().any(|(h, _)| h.from >= since && h.from < share.from) {
                before = None;
            }
            let here = sites.iter().position(|s| s.site.id == stop.task.site_id);
            ways.push(before.zip(here));
            (before, since) = (here, share.from);
        }
        (spots, ways)
    }

    fn stop(&self, placed: Placed, bring: Load) -> Stop {
        let Placed { share, bounds, stop } = placed;
        let FieldTask { task, crew, checklists, runs, incidents, timers: _ } = stop;
        let begun = runs.iter().map(Answering::from);
        Stop {
            date: bounds.date,
            from: share.from,
            to: share.to,
            day: share.day,
            days: share.days,
            late: task.is_open() && task.ends_at < self.cx.now(),
            travel_min: None,
            team: crew.into_iter().filter(|worker| worker.id != self.worker).collect(),
            checklists: begun.chain(checklists.iter().map(Answering::from)).collect(),
            bring,
            incidents,
            task,
        }
    }
}

fn position(site: &DaySite) -> Position {
    Position { lat: site.site.lat, lon: site.site.lon, accuracy_m: None }
}

fn depots_of(load: &Load) -> impl Iterator<Item = DepotId> {
    let tools = load.tools.iter().flat_map(|tool| &tool.depots);
    tools.chain(load.parts.iter().flat_map(|part| &part.depots)).copied()
}

/// The sites of the stops, each with its day, in the order of their ids.
async fn sites(conn: &mut PgConnection, placed: &[Placed]) -> Result<Vec<DaySite>, Problem> {
    let bounds: BTreeMap<SiteId, Bounds> =
        placed.iter().map(|p| (p.stop.task.site_id, p.bounds)).collect();
    let ids: Vec<_> = bounds.keys().copied().collect();
    let sites = field::shown_sites(conn, &ids).await?.into_iter();
    Ok(sites.filter_map(|site| Some(DaySite::on(bounds.get(&site.id).copied()?, site))).collect())
}

/// What each stop takes along, in their order; the depots are looked at where somebody asks.
async fn loads(
    conn: &mut PgConnection,
    placed: &[Placed],
    people: &BTreeMap<WorkerId, Person>,
    sites: &[DaySite],
) -> Result<Vec<Load>, Problem> {
    let asks =
        |task: &Task| ahead(task) && !(task.needs.tools.is_empty() && task.needs.parts.is_empty());
    let depots = if placed.iter().any(|p| asks(&p.stop.task)) {
        people::depots(conn).await?
    } else {
        Vec::new()
    };
    let mut fetching = Fetching::new(people, &depots);
    let loads = placed.iter().map(|p| {
        let task = &p.stop.task;
        let site = sites.iter().find(|site| site.site.id == task.site_id);
        match site.filter(|_| ahead(task)) {
            Some(site) => fetching.next(&Asked {
                needs: &task.needs,
                team: &task.workers,
                at: position(site),
            }),
            None => Load::default(),
        }
    });
    Ok(loads.collect())
}
