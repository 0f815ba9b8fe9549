use std::collections::HashMap;

use auth::Action;
use axum::Json;
use kernel::{TaskId, WorkerId};
use serde::Serialize;
use solver::Window;
use utoipa::ToSchema;
use web::{Ctx, PathId, Problem, ReadRefused};

use super::insert::{night_before, quick, road, veil};
use crate::dispatch::check::{self, Wanted, sees};
use crate::dispatch::model::{
    Beside, LeftAside, Question, Reason, Refusal, Scene, Weights, days_of, in_one_go, seconds, zone,
};
use crate::dispatch::travel::TravelTold;
use crate::dispatch::{load, store};
use crate::tasks::Task;

/// How many of the next best are named, and judged by the law.
const NEXT: usize = 5;
/// How many of those who cannot are named.
const SHOWN: usize = 100;

/// Why a task's workers are on it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DispatchExplanation)]
pub struct Explanation {
    /// The task.
    pub task_id: TaskId,
    /// Its version.
    pub version: i64,
    /// Who is on it.
    pub workers: Vec<OnIt>,
    /// Who could be on it in their place at that time, the cheapest first; at most 5.
    pub next_best: Vec<Could>,
    /// Who cannot be on it and by which rule, those nearest to it first; at most 100.
    pub others: Vec<Refusal>,
    /// Rules that were left aside by agreement for those who are on it.
    pub left_aside: Vec<LeftAside>,
    /// Where the travel times come from.
    pub travel: TravelTold,
}

/// Somebody who is on a task.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DispatchOnIt)]
pub struct OnIt {
    /// The worker.
    pub worker_id: WorkerId,
    /// The worker's name.
    pub name: String,
    /// What it costs beside the rest of the worker's day, in the search's own figures; none where
    /// a rule stands against it by now.
    pub cost: Option<f64>,
    /// Minutes on the road for it.
    pub travel_min: Option<i64>,
    /// Whether the worker is one of those preferred for it.
    pub preferred: bool,
    /// What stands against it by now.
    pub reasons: Vec<Reason>,
}

/// Somebody who could be on a task.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DispatchCould)]
pub struct Could {
    /// The worker.
    pub worker_id: WorkerId,
    /// The worker's name.
    pub name: String,
    /// What it would cost.
    pub cost: f64,
    /// How much more than the dearest of those who are on it; none where nobody is.
    pub more: Option<f64>,
    /// Minutes on the road for it.
    pub travel_min: i64,
}

/// Explain who is on a task.
///
/// Why these workers, what the next best would cost, and which rule stops each of the others: at
/// the task's planned time, the rest of the plan as it is.
#[utoipa::path(
    get, path = "/v1/tasks/{id}/dispatch-explanation", tag = "planning",
    security(("bearer" = [])),
    params(("id" = TaskId, Path, description = "The task")),
    responses(
        (status = 200, description = "Why, what else, and what stops the others",
         body = Explanation),
        ReadRefused,
    ))]
pub async fn explain_dispatch(
    cx: Ctx,
    PathId(id): PathId<TaskId>,
) -> Result<Json<Explanation>, Problem> {
    let mut conn = cx.db().await?;
    let works = store::scene::works(&mut conn, &[id]).await?;
    let work = works.into_iter().next().ok_or_else(Problem::not_found)?;
    cx.guard(Action::ReadTask, Action::AssignTask, &work.task.target())?;
    let (_, last) = days_of(&work.task);
    let in_one_go = in_one_go(&work.task);
    let begins = night_before(zone(&work.task), work.task.starts_at);
    let ask = quick(begins, last, None, Weights::default());
    let mut scene = load::around(&cx, &mut conn, &ask, vec![work], true).await?;
    let table = store::matrix::table(&mut conn).await?;
    let left_aside = store::waived(&mut conn, id).await?;
    drop(conn);
    veil(&cx, &mut scene);
    let (spots, matrix, travel) = road(&cx, table.as_ref(), &scene).await?;
    let task = scene.works[0].task.clone();
    let reasons = reasons(&scene, &task);
    let mut costs = HashMap::new();
    if in_one_go {
        let start = seconds(task.starts_at);
        let who = (0..reasons.len()).filter(|at| reasons[*at].is_empty()).collect();
        let window = Window { from: start, to: start };
        // Each by themselves, whoever is on it with them: of a team one brings what it uses up, and
        // of whom that is asked stands among the reasons.
        let brings = task.workers_needed < 2;
        let asked = Question { window, team: 1, who, make_room: false, brings };
        if let Some(beside) = Beside::draw(&scene, &spots, matrix, &asked) {
            costs = beside.costs()?;
        }
    }
    let (mut workers, mut could, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for (person, reasons) in scene.people.iter().zip(reasons) {
        let on_it = task.workers.contains(&person.id);
        let found = match costs.get(&person.id) {
            _ if !reasons.is_empty() => Err(reasons),
            Some(told) => Ok(*told),
            None if in_one_go => Err(vec![Reason::NoRoom]),
            // Over several days there is no way to and fro to weigh: the rules alone count.
            None => Ok((0.0, 0)),
        };
        let (worker_id, name) = (person.id, person.name.clone());
        match found {
            found if on_it => workers.push(OnIt {
                worker_id,
                name,
                cost: found.as_ref().ok().map(|(cost, _)| *cost),
                travel_min: found.as_ref().ok().map(|(_, way)| way.div_euclid(60)),
                preferred: task.needs.preferred_workers.contains(&worker_id),
                reasons: found.err().unwrap_or_default(),
            }),
            Ok((cost, way)) => {
                let travel_min = way.div_euclid(60);
                could.push(Could { worker_id, name, cost, more: None, travel_min });
            }
            Err(reasons) => others.push(Refusal { worker_id, name: Some(name), reasons }),
        }
    }
    could.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.worker_id.cmp(&b.worker_id)));
    let next_best = lawful(&cx, &task, could, &mut others).await?;
    let dearest = workers.iter().filter_map(|on: &OnIt| on.cost).max_by(f64::total_cmp);
    let more = |could: Could| Could { more: dearest.map(|most| could.cost - most), ..could };
    others.sort_by_key(|refusal| (refusal.reasons.len(), refusal.worker_id));
    others.truncate(SHOWN);
    Ok(Json(Explanation {
        task_id: id,
        version: task.version,
        workers,
        next_best: next_best.into_iter().map(more).collect(),
        others,
        left_aside,
        travel,
    }))
}

/// Who leaves a task for somebody who takes a place on it: nobody while there are places left.
fn leaves(task: &Task) -> Option<WorkerId> {
    let needed = usize::try_from(task.workers_needed).unwrap_or(0);
    task.workers.last().copied().filter(|_| task.workers.len() >= needed)
}

/// A task with somebody on it, in another's place where none is left.
fn with(task: &Task, worker: WorkerId) -> Task {
    let mut task = task.clone();
    if !task.workers.contains(&worker) {
        let leaves = leaves(&task);
        task.workers.retain(|other| Some(*other) != leaves);
        task.workers.push(worker);
    }
    task
}

/// What stands against each on the task at its time, or in the place of somebody on it.
fn reasons(scene: &Scene, task: &Task) -> Vec<Vec<Reason>> {
    let (all, leaves) = (scene.tools_out(|_, _| false), leaves(task));
    let others = scene.tools_out(|who, held| held == task.id && Some(who) == leaves);
    let each = scene.people.iter().map(|person| {
        let tools = if task.workers.contains(&person.id) { &all } else { &others };
        let mut reasons = person.reasons(&with(task, person.id), &scene.depots);
        reasons.extend(tools.reasons(person, task, &scene.depots, &[task.id]));
        reasons
    });
    each.collect()
}

/// Of those who could, the cheapest whom the law of working time lets be; the others are told with
/// the article.
async fn lawful(
    cx: &Ctx,
    task: &Task,
    could: Vec<Could>,
    others: &mut Vec<Refusal>,
) -> Result<Vec<Could>, Problem> {
    let mut conn = cx.db().await?;
    let mut next = Vec::with_capacity(NEXT);
    for one in could.into_iter().take(NEXT * 4) {
        if next.len() == NEXT {
            break;
        }
        let task = with(task, one.worker_id);
        let wanted = Wanted { task, check: vec![one.worker_id] };
        let (_, unfit) = check::look(cx, &mut conn, &[wanted], None, &sees(cx)).await?;
        match unfit.into_iter().flat_map(|unfit| unfit.reasons).next() {
            Some(refusal) => others.push(refusal),
            None => next.push(one),
        }
    }
    Ok(next)
}
