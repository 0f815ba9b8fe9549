//! Reading what a search is about.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, Duration, NaiveDate};
use chrono_tz::Tz;
use kernel::{CrewId, SiteId, TaskId, Timestamp, WorkerId};
use sqlx::PgConnection;
use web::{Problem, Visit};

use super::law;
use super::model::{Ask, Basis, Before, Person, Scene, Work};
use super::store;
use crate::error::{DispatchError, Error};
use crate::tasks::Task;

/// The most tasks of one search.
pub(super) const MOST_TASKS: usize = 5_000;

/// What a search of these sites is about, and the tasks as they are now.
pub(super) async fn scene(
    visit: &Visit,
    conn: &mut PgConnection,
    ask: &Ask,
    sites: &[SiteId],
) -> Result<(Scene, Vec<Basis>), Error> {
    let limit = i64::try_from(MOST_TASKS).unwrap_or(i64::MAX);
    let ids = store::scene::open(conn, sites, ask.from, ask.to, limit + 1).await?;
    if ids.len() > MOST_TASKS {
        return Err(DispatchError::TooManyTasks(MOST_TASKS).into());
    }
    let mut works = store::scene::works(conn, &ids).await?;
    let basis: Vec<_> = works.iter().map(|work| Basis::from(&work.task)).collect();
    if ask.keep_assigned {
        works.retain(|work| {
            let wanted = usize::try_from(work.task.workers_needed).unwrap_or(0);
            work.task.workers.len() < wanted
        });
    }
    let mut scene = around(visit, conn, ask, works, false).await?;
    happened(&mut scene, ask);
    let kept: Vec<TaskId> = scene.works.iter().map(|work| work.task.id).collect();
    let basis = basis.into_iter().filter(|task| kept.binary_search(&task.id).is_ok());
    let basis = basis.collect();
    Ok((scene, basis))
}

/// The scene around these tasks: people, depots, what comes before, limits of working time; with
/// what holds people drawn `beside` them, if that is asked.
pub(super) async fn around(
    visit: &Visit,
    conn: &mut PgConnection,
    ask: &Ask,
    mut works: Vec<Work>,
    beside: bool,
) -> Result<Scene, Error> {
    works.sort_by_key(|work| work.task.id);
    let ids: Vec<_> = works.iter().map(|work| work.task.id).collect();
    let befores = store::scene::befores(conn, &ids).await?;
    let zone = zone(&works, visit.tenant.zone);
    let (from, to) = span(zone, ask.from, ask.to);
    let people = store::people::between(conn, ask.worker_ids.as_deref(), from, to).await?;
    let depots = store::people::depots(conn).await?;
    let known: Vec<_> = people.iter().map(|person| person.id).collect();
    let tools = tools_of(works.iter().map(|work| &work.task));
    let others = holders(conn, &tools, &known, (from, to)).await?;
    let mut scene = Scene {
        now: visit.now(),
        zone,
        first: ask.from,
        last: ask.to,
        works,
        befores,
        people,
        others,
        depots,
        law: None,
        limits: BTreeMap::new(),
        weights: ask.weights.figures(),
        keep_times: ask.keep_times,
        beside,
    };
    (scene.law, scene.limits) = law::limits(visit, conn, &scene).await?;
    Ok(scene)
}

/// The kinds of tools that tasks need.
pub(super) fn tools_of<'a>(tasks: impl Iterator<Item = &'a Task>) -> Vec<String> {
    let mut tools: Vec<_> = tasks.flat_map(|task| task.needs.tools.iter().cloned()).collect();
    tools.sort();
    tools.dedup();
    tools
}

/// Those besides the known who are, in a span, on tasks with any of these tools.
pub(super) async fn holders(
    conn: &mut PgConnection,
    tools: &[String],
    known: &[WorkerId],
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Person>, Error> {
    if tools.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids = store::people::holding(conn, tools, from, to).await?;
    ids.retain(|id| !known.contains(id));
    Ok(store::people::between(conn, Some(&ids), from, to).await?)
}

/// Who may be put on tasks: these workers and the active members of these crews, everybody where
/// neither are named.
pub async fn who(
    conn: &mut PgConnection,
    workers: Option<&[WorkerId]>,
    crews: Option<&[CrewId]>,
) -> Result<Option<Vec<WorkerId>>, Error> {
    let Some(crews) = crews else { return Ok(workers.map(<[_]>::to_vec)) };
    let members = crate::crews::members(conn, crews).await?.ok_or(DispatchError::CrewUnknown)?;
    // Crews whose members are all gone mean nobody, which was not asked for.
    if members.is_empty() {
        return Err(DispatchError::CrewsEmpty.into());
    }
    let named = workers.unwrap_or_default();
    let others = members.into_iter().filter(|member| !named.contains(member));
    Ok(Some(named.iter().copied().chain(others).collect()))
}

/// The whole weeks of the horizon, for limits count by the week; two days more on both ends hold
/// them in any zone.
fn span(zone: Tz, first: NaiveDate, last: NaiveDate) -> (Timestamp, Timestamp) {
    let since = i64::from(first.weekday().num_days_from_monday());
    let until = 7 - i64::from(last.weekday().num_days_from_monday());
    let (more, day) = (Duration::days(2), Duration::days(1));
    (
        labour::midnight(zone, first) - day * i32::try_from(since).unwrap_or(0) - more,
        labour::midnight(zone, last) + day * i32::try_from(until).unwrap_or(0) + more,
    )
}

/// The zone of most of the tasks.
fn zone(works: &[Work], otherwise: Tz) -> Tz {
    let mut count: HashMap<&str, usize> = HashMap::new();
    for work in works {
        *count.entry(&work.task.zone).or_default() += 1;
    }
    let most = count.into_iter().max_by_key(|(zone, tasks)| (*tasks, *zone));
    most.and_then(|(zone, _)| zone.parse().ok()).unwrap_or(otherwise)
}

/// What happened since the plan was made.
fn happened(scene: &mut Scene, ask: &Ask) {
    for away in &ask.away {
        for person in scene.people.iter_mut().filter(|p| p.id == away.worker_id) {
            person.absences.push((away.from, away.to));
        }
    }
    for delay in &ask.delays {
        let by = Duration::minutes(delay.minutes.into());
        for held in scene.people.iter_mut().flat_map(|p| &mut p.tasks) {
            if held.id == delay.task_id {
                held.to += by;
            }
        }
        let keep_times = scene.keep_times;
        let Some(work) = scene.works.iter_mut().find(|w| w.task.id == delay.task_id) else {
            continue;
        };
        let from = work.task.starts_at + by;
        if work.task.needs.appointment || keep_times {
            work.task.starts_at += by;
            work.task.ends_at += by;
        }
        scene.befores.push(Before {
            // No task: the delay itself comes before.
            predecessor: TaskId(uuid::Uuid::nil()),
            successor: delay.task_id,
            ends_at: from,
            lag_min: 0,
        });
    }
}

/// The days of a search are in order and not too many.
pub(super) fn check_days(from: NaiveDate, to: NaiveDate, most: i64) -> Result<(), Problem> {
    if to < from {
        return Err(Problem::invalid().field(
            "/to",
            "order",
            "la fin doit suivre le début",
            "the end must come after the start",
        ));
    }
    if (to - from).num_days() >= most {
        return Err(Problem::invalid().field(
            "/to",
            "range",
            format!("au plus {most} jours"),
            format!("{most} days at most"),
        ));
    }
    Ok(())
}
