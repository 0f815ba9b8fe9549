//! The work of a search: off the request's way, one at a time in a process, stopped on request.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use contracts::{DispatchChange, DispatchState};
use jobs::{Handler, Job, JobError, NewJob};
use kernel::{DispatchRunId, Timestamp};
use serde::{Deserialize, Serialize};
use solver::{Limit, Options, Outcome};
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval};
use web::{App, Problem, Visit, Write};

use super::model::{self, Ask, Basis, Drawn, Kind, Progress, Proposal, Run, Scene, Spots};
use super::travel::{self, TravelTold};
use super::{load, store};
use crate::error::{DispatchError, Error};

const KIND: &str = "planning.dispatch";

/// Searches at once in a process: each takes all the threads that it is given.
const AT_ONCE: usize = 1;
/// Threads of a search.
const THREADS: usize = 2;
/// How soon a search that finds another one under way here asks again.
const AGAIN: TimeDelta = TimeDelta::seconds(2);
/// How often a search is begun anew after its process died.
const ATTEMPTS: u32 = 3;
/// How often it is told how far a search is, and asked whether to go on.
const TICK: Duration = Duration::from_secs(1);
/// How long a server of travel times may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the job needs to know.
#[derive(Serialize, Deserialize)]
struct Wanted {
    run: DispatchRunId,
}

/// The job of a run.
pub(super) fn search(run: DispatchRunId, at: Timestamp) -> NewJob {
    NewJob {
        kind: KIND,
        key: Some(run.to_string()),
        payload: serde_json::json!(Wanted { run }),
        run_at: at,
    }
}

/// Does searches.
pub(crate) struct Search {
    app: App,
    free: Arc<Semaphore>,
}

impl Search {
    /// A searcher.
    pub fn new(app: App) -> Self {
        Self { app, free: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

fn again(problem: Problem) -> JobError {
    JobError::Retry(problem.code().to_owned())
}

#[async_trait]
impl Handler for Search {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let Wanted { run: id } = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Fatal(error.to_string()))?;
        let mut visit = Visit::system(&self.app, job.tenant).await.map_err(again)?;
        let Ok(_turn) = self.free.try_acquire() else {
            // Another is under way here: the place is left to other work until later.
            let later = search(id, visit.now() + AGAIN);
            let left = visit.commit(async |tx| {
                tx.enqueue(later);
                Ok::<_, Problem>(())
            });
            return left.await.map_err(again);
        };
        let begun = visit.commit(async |tx| begin(tx, id, job.attempts).await);
        let Some(run) = begun.await.map_err(again)? else { return Ok(()) };
        visit.actor = run.asked_by;
        match self.find(&visit, &run).await {
            Ok(found) => visit.commit(async |tx| end(tx, id, found).await).await.map_err(again),
            Err(Error::Database(error)) => Err(error.into()),
            Err(error) => {
                let problem = Problem::from(error);
                if !problem.status().is_client_error() {
                    return Err(again(problem));
                }
                // What is refused for what it is would be refused again.
                let word = problem.code().to_owned();
                visit.commit(async |tx| fail(tx, id, word).await).await.map_err(again)
            }
        }
    }
}

/// Takes a run up: one that waits, or one whose process died over it. None where it is over.
async fn begin(
    tx: &mut Write<'_>,
    id: DispatchRunId,
    attempts: u32,
) -> Result<Option<Run>, Problem> {
    let Some(mut run) = store::runs::lock(tx, id).await? else { return Ok(None) };
    if run.is_over() {
        return Ok(None);
    }
    if attempts > ATTEMPTS {
        over(tx, &mut run, DispatchState::Failed, DispatchChange::Failed, Some("died")).await?;
        return Ok(None);
    }
    run.state = DispatchState::Running;
    run.started_at = Some(tx.now());
    run.progress = Progress::default();
    store::runs::save(tx, &mut run).await?;
    tx.emit(&run.news(DispatchChange::Began));
    Ok(Some(run))
}

async fn over(
    tx: &mut Write<'_>,
    run: &mut Run,
    state: DispatchState,
    change: DispatchChange,
    failure: Option<&str>,
) -> Result<(), Problem> {
    run.state = state;
    run.ended_at = Some(tx.now());
    run.failure = failure.map(str::to_owned);
    store::runs::save(tx, run).await?;
    tx.emit(&run.news(change));
    Ok(())
}

async fn fail(tx: &mut Write<'_>, id: DispatchRunId, word: String) -> Result<(), Problem> {
    match store::runs::lock(tx, id).await? {
        Some(mut run) if !run.is_over() => {
            over(tx, &mut run, DispatchState::Failed, DispatchChange::Failed, Some(&word)).await
        }
        _ => Ok(()),
    }
}

/// Keeps what was found.
async fn end(tx: &mut Write<'_>, id: DispatchRunId, found: Found) -> Result<(), Problem> {
    let Some(mut run) = store::runs::lock(tx, id).await?.filter(|run| !run.is_over()) else {
        return Ok(());
    };
    store::runs::keep(tx, id, &found.proposal, &found.basis).await?;
    run.progress = found.progress;
    let (state, change) = if run.stop {
        (DispatchState::Cancelled, DispatchChange::Stopped)
    } else {
        (DispatchState::Done, DispatchChange::Ended)
    };
    over(tx, &mut run, state, change, None).await
}

/// What a search found.
struct Found {
    proposal: Proposal,
    basis: Vec<Basis>,
    progress: Progress,
}

/// Stops the threads of a search when nobody waits for it any more.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Search {
    async fn find(&self, visit: &Visit, run: &Run) -> Result<Found, Error> {
        let mut conn = visit.db().await?;
        let (scene, basis) = load::scene(visit, &mut conn, &run.ask, &run.site_ids).await?;
        let table = store::matrix::table(&mut conn).await?;
        drop(conn);
        let spots = Spots::of(&scene);
        let times = travel::times(&self.app, table.as_ref(), &spots.list, PATIENCE).await;
        let drawn = drawn(&scene, &spots, &times.seconds)?;
        self.search(visit, run, scene, drawn, basis, times.told).await
    }

    async fn search(
        &self,
        visit: &Visit,
        run: &Run,
        scene: Scene,
        drawn: Drawn,
        basis: Vec<Basis>,
        travel: TravelTold,
    ) -> Result<Found, Error> {
        let tasks = i64::try_from(scene.works.len()).unwrap_or(i64::MAX);
        let left_out = i64::try_from(drawn.left_out.len()).unwrap_or(i64::MAX);
        let seen = Arc::new(Mutex::new(Progress { tasks, ..Progress::default() }));
        let stop = Stop(Arc::new(AtomicBool::new(false)));
        let (ask, kind) = (run.ask.clone(), run.kind);
        let (told, cancel) = (Arc::clone(&seen), Arc::clone(&stop.0));
        let mut thread = tokio::task::spawn_blocking(move || {
            let note = |now: &solver::Progress| {
                let undone = i64::try_from(now.unserved).unwrap_or(i64::MAX);
                *told.lock().unwrap_or_else(PoisonError::into_inner) = Progress {
                    percent: ((now.done * 100.0) as i32).clamp(0, 99),
                    rounds: now.iterations,
                    cost: Some(now.cost),
                    tasks,
                    unserved: Some(undone.saturating_add(left_out)),
                };
            };
            let outcome = solve(&drawn, &ask, kind, (&note, &cancel))?;
            Ok::<_, Error>(Proposal::of(&scene, &drawn, &outcome, travel))
        });
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut quarter = 0;
        let proposal = loop {
            tokio::select! {
                ended = &mut thread => break ended.map_err(Problem::internal)??,
                _ = ticks.tick() => {
                    let now = *seen.lock().unwrap_or_else(PoisonError::into_inner);
                    if advance(visit, run, now, &mut quarter).await? {
                        stop.0.store(true, Ordering::Relaxed);
                    }
                }
            }
        };
        let unserved = i64::try_from(proposal.unserved.len()).unwrap_or(i64::MAX);
        let progress = Progress {
            percent: 100,
            rounds: proposal.rounds,
            cost: Some(proposal.costs.total),
            tasks,
            unserved: Some(unserved),
        };
        Ok(Found { proposal, basis, progress })
    }
}

/// Notes how far a run is, and tells of each quarter; whether it is to stop.
async fn advance(
    visit: &Visit,
    run: &Run,
    now: Progress,
    quarter: &mut i32,
) -> Result<bool, Error> {
    let stop = store::runs::advance(&mut *visit.db().await?, run.id, &now).await?;
    if now.percent / 25 > *quarter {
        *quarter = now.percent / 25;
        let told = visit.commit(async |tx| {
            let Some(mut run) = store::runs::lock(tx, run.id).await? else { return Ok(()) };
            if run.is_over() {
                return Ok(());
            }
            run.progress = now;
            store::runs::save(tx, &mut run).await?;
            tx.emit(&run.news(DispatchChange::Advanced));
            Ok::<_, Problem>(())
        });
        told.await?;
    }
    Ok(stop)
}

/// A scene in the search's words; refused where it makes no sense to the search.
pub(super) fn drawn(scene: &Scene, spots: &Spots, seconds: &[Option<f64>]) -> Result<Drawn, Error> {
    let travel = spots.matrix(seconds).map_err(|fault| DispatchError::Unsolvable(vec![fault]))?;
    let drawn = model::draw(scene, spots, travel);
    drawn.problem.check().map_err(DispatchError::Unsolvable)?;
    Ok(drawn)
}

fn solve(
    drawn: &Drawn,
    ask: &Ask,
    kind: Kind,
    (note, cancel): (&(dyn Fn(&solver::Progress) + Sync), &AtomicBool),
) -> Result<Outcome, Error> {
    let limit = match ask.rounds {
        Some(rounds) => Limit::Iterations(rounds.into()),
        None => Limit::Time(Duration::from_secs(ask.seconds.into())),
    };
    let options = Options {
        seed: ask.seed.into(),
        limit,
        threads: THREADS,
        start: None,
        on_progress: Some(note),
        cancel: Some(cancel),
    };
    let outcome = match kind {
        Kind::Plan => solver::solve(&drawn.problem, &options),
        Kind::Replan => solver::replan(&drawn.problem, &drawn.as_told(), &options),
    };
    Ok(outcome.map_err(DispatchError::Unsolvable)?)
}
