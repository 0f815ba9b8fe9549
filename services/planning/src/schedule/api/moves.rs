use auth::{Action, Target};
use axum::Json;
use chrono::{DateTime, Utc};
use contracts::PlanChange;
use kernel::{MoveId, ProjectId, SiteId, TaskId};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};
use web::{
    Changed, Ctx, Listed, Page, PageParams, Problem, ProblemBody, ReadRefused, Reply, Valid,
    Versioned, WriteRefused,
};

use super::Expected;
use crate::dispatch;
use crate::error::Error;
use crate::schedule::model::{Edit, Shift};
use crate::schedule::store::moves::PlanMove;
use crate::schedule::{self, Ask, Made, carry_out, misfit, refuse_early, store};
use crate::tasks;

/// A change to a plan.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlanMove {
    /// The project; needed only where the move names no task and no link.
    pub project_id: Option<ProjectId>,
    /// The version of the plan that it was made on; the move is refused where another is the
    /// present one. `If-Match` says the same. Without either, it is made on whatever is there.
    pub plan_version: Option<i64>,
    /// Whether to answer what would happen without doing it.
    #[serde(default)]
    pub dry_run: bool,
    /// What is done.
    #[serde(rename = "move")]
    #[validate(custom(function = moments))]
    pub edit: Edit,
}

fn moments(edit: &Edit) -> Result<(), ValidationError> {
    match edit {
        Edit::Drag { start: at, .. }
        | Edit::Constrain { at: Some(at), .. }
        | Edit::Deadline { at: Some(at), .. } => web::check::instant(at),
        _ => Ok(()),
    }
}

/// What a change to a plan did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanMoved {
    /// The move's id; none of a dry run.
    pub id: Option<MoveId>,
    /// The version of the plan that was reached; of a dry run, the present one.
    pub plan_version: i64,
    /// Whether nothing was done.
    pub dry_run: bool,
    /// The tasks with other dates, of those that the caller may see.
    pub changes: Vec<Shift>,
    /// How many tasks besides have other dates.
    pub others: usize,
    /// When the last task of the plan ends.
    pub finish: DateTime<Utc>,
    /// The tasks for which there is never enough, after levelling.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub short: Vec<TaskId>,
}

impl Versioned for PlanMoved {
    fn version(&self) -> i64 {
        self.plan_version
    }
}

impl PlanMoved {
    fn of(cx: &Ctx, made: &Made, dry_run: bool) -> Result<Self, Problem> {
        let seen = cx.visible(Action::ReadTask)?;
        let project = made.before.frame.project;
        let visible = |shift: &&Shift| seen.covers(&Target::site(project, shift.site_id));
        let changes: Vec<_> = made.verdict.shifts.iter().filter(visible).cloned().collect();
        Ok(Self {
            id: (!dry_run).then_some(made.id),
            plan_version: if dry_run { made.before.frame.version } else { made.version },
            dry_run,
            others: made.verdict.shifts.len() - changes.len(),
            changes,
            finish: made.verdict.finish,
            short: made.short.clone(),
        })
    }
}

/// A request that changes a plan, or tries to.
pub(super) trait Attempt: Sync {
    /// Does it in a transaction; tells nobody yet.
    fn attempt(
        &self,
        cx: &Ctx,
        conn: &mut PgConnection,
        expected: Option<i64>,
    ) -> impl Future<Output = Result<(Ask, Made), Error>> + Send;
}

/// Does what is asked, or tries it in a transaction that is taken back.
pub(super) async fn run(
    cx: &Ctx,
    asked: &impl Attempt,
    dry_run: bool,
    expected: Option<i64>,
    change: PlanChange,
) -> Result<Reply<Changed<PlanMoved>>, Problem> {
    if dry_run {
        let mut tx = cx.app.tenants.begin_of(&cx.tenant).await?;
        let (_, made) = asked.attempt(cx, &mut tx, expected).await?;
        lawful(cx, &mut tx, &made).await?;
        tx.rollback().await?;
        return Ok(Reply::Fresh(Changed(PlanMoved::of(cx, &made, true)?)));
    }
    cx.write(async |tx| -> Result<_, Error> {
        let (ask, made) = asked.attempt(cx, tx, expected).await?;
        lawful(cx, tx, &made).await?;
        schedule::tell(tx, &made, change, &ask.edit).await?;
        Ok(Changed(PlanMoved::of(cx, &made, false)?))
    })
    .await
}

/// Whoever is on the tasks that a change moved must be able to be on them then, as far as it
/// protects them: certificates, absences, working time.
pub(super) async fn lawful(cx: &Ctx, conn: &mut PgConnection, made: &Made) -> Result<(), Error> {
    let moved: Vec<_> = made.verdict.shifts.iter().map(|shift| shift.task_id).collect();
    dispatch::refuse(dispatch::moved(cx, conn, &moved).await?)
}

/// Change a project's plan.
///
/// One change each: drag, resize, link, unlink, split, join, progress, constraint, deadline, place
/// in the work breakdown, calendar. Everything that depends on it moves in the same write, and the
/// answer names it all. `dry_run` answers the same without doing it.
#[utoipa::path(
    post, path = "/v1/schedule/moves", tag = "planning", security(("bearer" = [])),
    params(("If-Match" = Option<String>, Header,
            description = "The version of the plan that the move was made on")),
    request_body = NewPlanMove,
    responses(
        (status = 200, description = "What moved, or would move", body = PlanMoved),
        WriteRefused,
        (status = 404, description = "No such task, link, site or calendar",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "A task could not keep its imposed date (`broken`: which \
            task, which constraint, by how much), tasks would wait for each other \
            (`cycle`), it begins before what it depends on ends (`earliest`), a worker \
            would be on two tasks at once, or the task is no longer to be moved",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The plan has changed since (`moves`: what was done)",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn move_plan(
    cx: Ctx,
    Expected(header): Expected,
    Valid(new): Valid<NewPlanMove>,
) -> Result<Reply<Changed<PlanMoved>>, Problem> {
    let expected = new.plan_version.or(header);
    run(&cx, &new, new.dry_run, expected, PlanChange::Moved).await
}

impl Attempt for NewPlanMove {
    async fn attempt(
        &self,
        cx: &Ctx,
        conn: &mut PgConnection,
        expected: Option<i64>,
    ) -> Result<(Ask, Made), Error> {
        let project = project_of(cx, conn, self).await?;
        let mut ask = Ask::new(self.edit.word(), project, cx.actor, cx.now());
        ask.expected = expected;
        ask.edit = serde_json::to_value(&self.edit).map_err(Problem::internal)?;
        if let Edit::Drag { task_id, .. } = &self.edit {
            ask.watch = Some(*task_id);
        }
        let made = carry_out(conn, &ask, |book| {
            self.edit.apply(book).map_err(|unfit| misfit(book, unfit))
        })
        .await?;
        if let Some(dragged) = ask.watch {
            refuse_early(&made, dragged)?;
        }
        Ok((ask, made))
    }
}

/// The project of what a move names, all of which the caller must see and be allowed to plan.
async fn project_of(
    cx: &Ctx,
    conn: &mut PgConnection,
    new: &NewPlanMove,
) -> Result<ProjectId, Error> {
    let mut ids = new.edit.tasks();
    if let Edit::Unlink { dependency_id } = &new.edit {
        let link = store::links::find(conn, *dependency_id).await?;
        ids.push(link.ok_or_else(Problem::not_found)?.successor);
    }
    let mut projects: Vec<ProjectId> = new.project_id.into_iter().collect();
    ids.sort();
    ids.dedup();
    let found = tasks::store::of_ids(conn, &ids).await?;
    if found.len() != ids.len() {
        return Err(Problem::not_found().into());
    }
    for task in &found {
        cx.guard(Action::ReadTask, Action::PlanTask, &task.target())?;
        projects.push(task.project_id);
    }
    if let Edit::UseCalendar { site_id: Some(site), .. } = &new.edit {
        projects.push(site_of(cx, conn, *site).await?);
    } else if ids.is_empty() {
        let project = new.project_id.ok_or(Problem::invalid().field(
            "/project_id",
            "missing_field",
            "indiquez le projet",
            "name the project",
        ))?;
        super::plannable(cx, conn, project).await?;
    }
    projects.dedup();
    match projects.as_slice() {
        [one] => Ok(*one),
        _ => Err(Error::OtherProject),
    }
}

async fn site_of(cx: &Ctx, conn: &mut PgConnection, site: SiteId) -> Result<ProjectId, Error> {
    let (project, _) = tasks::store::site(conn, site).await?.ok_or_else(Problem::not_found)?;
    cx.guard(Action::ReadProject, Action::PlanTask, &Target::site(project, site))?;
    Ok(project)
}

/// How a list of moves is asked for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListPlanMoves {
    /// The project.
    pub project_id: ProjectId,
    /// Moves after this version of the plan.
    #[serde(default)]
    #[validate(range(min = 0))]
    #[param(minimum = 0, default = 0)]
    pub after_version: i64,
}

/// List the moves of a plan, the first first.
///
/// Whoever sees all tasks of the project sees them.
#[utoipa::path(
    get, path = "/v1/schedule/moves", tag = "planning", security(("bearer" = [])),
    params(ListPlanMoves, PageParams),
    responses(
        (status = 200, description = "A page of moves", body = Page<PlanMove>),
        ReadRefused,
    ))]
pub async fn list_plan_moves(
    cx: Ctx,
    Listed(ask, page): Listed<ListPlanMoves>,
) -> Result<Json<Page<PlanMove>>, Problem> {
    let after: Option<i64> = page.after()?;
    cx.visible(Action::ReadTask)?;
    let mut conn = cx.db().await?;
    if !store::tasks::has_project(&mut conn, ask.project_id).await? {
        return Err(Problem::not_found());
    }
    cx.sees(Action::ReadTask, &Target::project(ask.project_id))?;
    let after = after.unwrap_or(ask.after_version);
    let moves = store::moves::after(&mut conn, ask.project_id, after, page.limit + 1).await?;
    Ok(Json(Page::of(moves, page.limit, |m| m.version)))
}
