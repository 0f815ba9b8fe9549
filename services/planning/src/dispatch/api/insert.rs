use std::time::Duration as Patience;

use auth::{Action, Target};
use axum::Json;
use chrono::{Duration, NaiveDate};
use chrono_tz::Tz;
use contracts::TaskStatus;
use kernel::{CrewId, Position, SiteId, SkillId, TaskId, Timestamp, WorkerId};
use serde::{Deserialize, Serialize};
use solver::{Matrix, Window};
use utoipa::ToSchema;
use validator::Validate;
use web::{Ctx, Problem, ProblemBody, Valid, WriteRefused};

use crate::dispatch::check::sees;
use crate::dispatch::model::{
    self, Ask, Beside, LeftOut, Question, Refusal, Scene, Slot, Spots, Weights, Work, seconds,
};
use crate::dispatch::store::scene::Sites;
use crate::dispatch::travel::{self, TravelTold};
use crate::dispatch::{load, store};
use crate::error::{DispatchError, Error};
use crate::schedule::model::Bound;
use crate::tasks::model::{Execution, Priority};
use crate::tasks::{self, Needs, Task, TimeWindow};

/// The most days that are looked at.
const MOST_DAYS: i64 = 14;
/// How far ahead is looked where nothing is said.
const USUAL_DAYS: i64 = 3;
/// So long after midnight there may be people at work who came the day before.
const NIGHT: Duration = Duration::hours(8);
/// How many of those who cannot are named.
const SHOWN: usize = 50;
/// How long a server of travel times may take: somebody waits.
pub(super) const PATIENCE: Patience = Patience::from_millis(150);

fn one() -> i16 {
    1
}

/// A task that is not planned yet.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UrgentTask)]
pub struct Urgent {
    /// The site it is done on.
    pub site_id: SiteId,
    /// Minutes of work.
    #[validate(range(min = 1, max = 1440))]
    #[schema(minimum = 1, maximum = 1440)]
    pub duration_min: i32,
    /// The skills that each of its workers must hold.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub skills: Vec<SkillId>,
    /// How many workers it takes.
    #[serde(default = "one")]
    #[validate(range(min = 1, max = 50))]
    #[schema(minimum = 1, maximum = 50, default = 1)]
    pub workers_needed: i16,
    /// What else it asks.
    #[serde(default)]
    #[validate(nested)]
    pub needs: Needs,
}

/// A task that is to find its place.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DispatchInsert)]
pub struct Insert {
    /// A planned task.
    pub task_id: Option<TaskId>,
    /// A task that is not planned yet.
    #[validate(nested)]
    pub task: Option<Urgent>,
    /// When it can be done, at most 14 days; without it, from now for three days.
    #[validate(nested)]
    pub window: Option<TimeWindow>,
    /// Who may do it; without it, everybody.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_items = 1, max_items = 200)]
    pub worker_ids: Option<Vec<WorkerId>>,
    /// The members of these crews, beside `worker_ids`.
    #[validate(length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20)]
    pub crew_ids: Option<Vec<CrewId>>,
    /// What counts how much.
    #[serde(default)]
    #[validate(nested)]
    pub weights: Weights,
}

/// Where a task fits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DispatchSlots)]
pub struct Slots {
    /// The cheapest first, at most 20: among them the one that starts first, several of a worker's
    /// day, and those of different people before further ones of the same. Taken by
    /// `POST /v1/dispatch/moves`.
    pub slots: Vec<Slot>,
    /// Why it cannot be placed at all, where that is so.
    pub left_out: Option<LeftOut>,
    /// Who cannot do it whenever it is, those whom the fewest rules stop first; at most 50.
    pub others: Vec<Refusal>,
    /// Where the travel times come from.
    pub travel: TravelTold,
}

/// Find a place for an urgent task.
///
/// The plan stays as it is, except that tasks after it may make room by starting later (`moves`).
/// Nothing is changed: take a slot by `POST /v1/dispatch/moves`, with its `moves` as `also`.
#[utoipa::path(
    post, path = "/v1/dispatch/insert", tag = "planning", security(("bearer" = [])),
    request_body = Insert,
    responses(
        (status = 200, description = "Where it fits, and who cannot do it", body = Slots),
        WriteRefused,
        (status = 409, description = "The task is done, or takes more than a day",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn insert_dispatch(
    cx: Ctx,
    Valid(insert): Valid<Insert>,
) -> Result<Json<Slots>, Problem> {
    let mut conn = cx.db().await?;
    let now = cx.now();
    let work = match (insert.task_id, &insert.task) {
        (Some(id), None) => {
            let task = tasks::store::find(&mut conn, id).await?.ok_or_else(Problem::not_found)?;
            cx.guard(Action::ReadTask, Action::AssignTask, &task.target())?;
            if !task.is_open() || task.started_at.is_some() {
                return Err(Error::Closed(Box::new(task)).into());
            }
            let works = store::scene::works(&mut conn, &[id]).await?;
            works.into_iter().next().ok_or_else(Problem::not_found)?
        }
        (None, Some(new)) => urgent(&cx, &mut conn, new).await?,
        _ => {
            return Err(Problem::invalid().field(
                "/task_id",
                "missing_field",
                "indiquez task_id ou bien task",
                "give task_id or else task",
            ));
        }
    };
    let asked = insert.window.or(work.task.needs.window);
    let usual = TimeWindow { from: now, to: now + Duration::days(USUAL_DAYS) };
    let window = asked.unwrap_or(usual);
    let zone = model::zone(&work.task);
    let from = labour::day_of(zone, window.from.max(now));
    // What ends at midnight ends with the day before.
    let to = labour::day_of(zone, (window.to - Duration::seconds(1)).max(window.from));
    let duration = Duration::seconds(model::duration(&work));
    let left_out = if window.to - duration < window.from {
        Some(LeftOut::WindowTooShort)
    } else if window.to - duration < now {
        Some(LeftOut::WindowPast)
    } else {
        None
    };
    if left_out.is_none() {
        load::check_days(from, to, MOST_DAYS)?;
    }
    if !model::in_one_go(&work.task) {
        return Err(Error::from(DispatchError::LongerThanADay).into());
    }
    let begins = night_before(zone, window.from.max(now)).min(to);
    let (workers, crews) = (insert.worker_ids.as_deref(), insert.crew_ids.as_deref());
    let who = load::who(&mut conn, workers, crews).await?;
    let ask = quick(begins, to.max(from), who, insert.weights);
    let mut scene = load::around(&cx, &mut conn, &ask, vec![work], true).await?;
    let table = store::matrix::table(&mut conn).await?;
    drop(conn);
    veil(&cx, &mut scene);
    let (places, matrix, travel) = road(&cx, table.as_ref(), &scene).await?;
    let from = window.from.max(now);
    let mut window = Window { from: seconds(from), to: seconds(window.to - duration) };
    for before in &scene.befores {
        window.from = window.from.max(seconds(before.ends_at) + i64::from(before.lag_min) * 60);
    }
    let (mut slots, mut others, mut who) = (Vec::new(), Vec::new(), Vec::new());
    if left_out.is_none() {
        let reasons = model::lasting(&scene, &scene.works[0], from);
        for (at, (person, reasons)) in scene.people.iter().zip(reasons).enumerate() {
            if reasons.is_empty() {
                who.push(at);
            } else {
                let (worker_id, name) = (person.id, Some(person.name.clone()));
                others.push(Refusal { worker_id, name, reasons });
            }
        }
        let team = u8::try_from(scene.works[0].task.workers_needed).unwrap_or(1).max(1);
        let asked = Question { window, team, who, make_room: true, brings: true };
        if let Some(beside) = Beside::draw(&scene, &places, matrix, &asked) {
            slots = beside.slots()?;
        }
    }
    others.sort_by_key(|refusal| (refusal.reasons.len(), refusal.worker_id));
    others.truncate(SHOWN);
    Ok(Json(Slots { slots, left_out, others, travel }))
}

/// The day from which a question about an instant is asked: of who works in a night the day that it
/// began on.
pub(super) fn night_before(zone: Tz, at: Timestamp) -> NaiveDate {
    labour::day_of(zone, at - NIGHT)
}

/// What a question about one task is asked with.
pub(super) fn quick(
    from: NaiveDate,
    to: NaiveDate,
    worker_ids: Option<Vec<WorkerId>>,
    weights: Weights,
) -> Ask {
    Ask {
        from,
        to,
        worker_ids,
        weights,
        seconds: 1,
        seed: 1,
        rounds: None,
        keep_times: false,
        keep_assigned: false,
        away: Vec::new(),
        delays: Vec::new(),
    }
}

/// Hides what the caller does not see.
pub(super) fn veil(cx: &Ctx, scene: &mut Scene) {
    let seen = sees(cx);
    for held in scene.people.iter_mut().flat_map(|person| &mut person.tasks) {
        held.seen = seen(held);
    }
}

/// The places of a scene, the travel times between them, and where those come from.
pub(super) async fn road(
    cx: &Ctx,
    table: Option<&travel::Table>,
    scene: &Scene,
) -> Result<(Spots, Matrix, TravelTold), Error> {
    let spots = Spots::of(scene);
    let times = travel::times(&cx.app, table, &spots.list, PATIENCE).await;
    let matrix = spots.matrix(&times.seconds);
    let matrix = matrix.map_err(|fault| DispatchError::Unsolvable(vec![fault]))?;
    let mut told = times.told;
    told.workers_without_start = scene.people.iter().filter(|p| p.start.is_none()).count();
    Ok((spots, matrix, told))
}

/// The task that is not planned yet, as one that is.
async fn urgent(cx: &Ctx, conn: &mut sqlx::PgConnection, new: &Urgent) -> Result<Work, Error> {
    let (project_id, zone) =
        tasks::store::site(conn, new.site_id).await?.ok_or_else(Problem::not_found)?;
    let target = Target::site(project_id, new.site_id);
    cx.guard(Action::ReadProject, Action::AssignTask, &target)?;
    if !tasks::store::has_skills(conn, &new.skills).await? {
        return Err(Error::Unknown("/task/skills"));
    }
    let places = store::scene::sites(conn, Sites::Named(&[new.site_id]), 1).await?;
    let at = places.first().map_or(Position { lat: 0.0, lon: 0.0, accuracy_m: None }, |p| p.at);
    let mut skills = new.skills.clone();
    skills.sort();
    skills.dedup();
    let day = cx.now();
    let task = Task {
        id: TaskId::new(),
        site_id: new.site_id,
        project_id,
        phase_id: None,
        milestone_id: None,
        title: String::new(),
        description: String::new(),
        priority: Priority::Urgent,
        workers_needed: new.workers_needed,
        // Its day is not asked: it lies within one whatever the hour.
        starts_at: day,
        ends_at: day + Duration::seconds(1),
        duration_min: new.duration_min,
        status: TaskStatus::Planned,
        started_at: None,
        finished_at: None,
        validated_at: None,
        zone,
        skills,
        checklists: Vec::new(),
        workers: Vec::new(),
        predecessors: Vec::new(),
        needs: new.needs.clone().in_order(),
        execution: Execution::default(),
        version: 1,
    };
    let bound = Bound::AsSoonAsPossible;
    Ok(Work { task, at, deadline: None, bound, bound_at: None })
}
