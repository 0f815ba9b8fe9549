//! Whether workers can be on tasks: the one check that assignments by hand, moves on the board and
//! the publishing of a proposal go through.

use auth::{Action, Target};
use chrono::Duration;
use kernel::{TaskId, Timestamp, UserId, WorkerId};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;
use validator::Validate;
use web::{Ctx, Visit};

use super::model::{Held, Person, Reason, Refusal, SoftRule, ToolsOut, zone};
use super::{law, load, model, store};
use crate::error::{Error, UnfitTask};
use crate::tasks::Task;

/// Rules that are left aside by agreement.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AssignmentOverride)]
pub struct Override {
    /// Which rules. What protects people cannot be left aside: skills, certificates, absences,
    /// working time.
    #[validate(length(min = 1, max = 7))]
    #[schema(min_items = 1, max_items = 7)]
    pub rules: Vec<SoftRule>,
    /// Why, for those who ask later.
    #[validate(length(min = 1, max = 500), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A task as it is to be, and those on it who are to be checked.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub task: Task,
    pub check: Vec<WorkerId>,
}

/// A rule that was left aside for a worker on a task.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Waived {
    pub task_id: TaskId,
    pub worker_id: WorkerId,
    pub rules: Vec<SoftRule>,
}

/// Checks tasks as they are to be before they are so, see [`look`]: nobody else decides about the
/// time of these workers, or about tools where some are needed, until the end of the transaction.
pub(super) async fn check(
    visit: &Visit,
    conn: &mut PgConnection,
    wanted: &[Wanted],
    agreed: Option<&Override>,
    sees: &(dyn Fn(&Held) -> bool + Sync),
) -> Result<(Vec<Waived>, Vec<UnfitTask>), Error> {
    let ids: Vec<_> = wanted.iter().flat_map(|w| w.check.iter().copied()).collect();
    store::lock_workers(conn, &ids).await?;
    if !ids.is_empty() && wanted.iter().any(|wanted| !wanted.task.needs.tools.is_empty()) {
        store::lock_tools(conn).await?;
    }
    look(visit, conn, wanted, agreed, sees).await
}

/// Checks tasks as they are to be, all together: a worker on two of them is checked on both, by
/// the plan as it will be. Answers what was left aside by agreement, and every reason that stands.
/// Of a plan that is only looked at; who changes it asks [`check`].
pub(super) async fn look(
    visit: &Visit,
    conn: &mut PgConnection,
    wanted: &[Wanted],
    agreed: Option<&Override>,
    sees: &(dyn Fn(&Held) -> bool + Sync),
) -> Result<(Vec<Waived>, Vec<UnfitTask>), Error> {
    let mut ids: Vec<_> = wanted.iter().flat_map(|w| w.check.iter().copied()).collect();
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let tasks: Vec<_> = wanted.iter().map(|w| w.task.clone()).collect();
    let mut people = store::people::around(conn, Some(&ids), &tasks).await?;
    let depots = if tasks.iter().all(|task| task.needs.is_empty()) {
        Vec::new()
    } else {
        store::people::depots(conn).await?
    };
    let tools = load::tools_of(tasks.iter());
    let mut others = load::holders(conn, &tools, &ids, store::people::span(&tasks)).await?;
    for person in people.iter_mut().chain(&mut others) {
        as_wanted(person, &tasks, sees);
    }
    let mates = mates(conn, &tasks, &ids).await?;
    let asked: Vec<_> = tasks.iter().map(|task| task.id).collect();
    let set: Vec<(&Task, &[WorkerId])> =
        wanted.iter().map(|w| (&w.task, w.check.as_slice())).collect();
    let mut by_law = law::refusals(visit, conn, &people, &set).await?;
    let (mut waived, mut unfit) = (Vec::new(), Vec::new());
    for Wanted { task, check } in wanted {
        let everybody = people.iter().chain(&others);
        let tools = ToolsOut::of(everybody, zone(task), |_, _| task.needs.tools.is_empty());
        let mut refusals = Vec::new();
        let team = people.iter().chain(&mates).filter(|it| task.workers.contains(&it.id));
        let mut lacking = model::lacking(task, &team.collect::<Vec<_>>(), &depots);
        for worker in check {
            let Some(person) = people.iter().find(|person| person.id == *worker) else {
                let reasons = vec![Reason::Unknown];
                refusals.push(Refusal { worker_id: *worker, name: None, reasons });
                continue;
            };
            let mut reasons = person.reasons(task, &depots);
            reasons.extend(tools.reasons(person, task, &depots, &asked));
            reasons.extend(by_law.remove(&(task.id, *worker)).into_iter().flatten());
            // What all of a team lack is told once.
            if task.workers.len() > 1 {
                reasons.append(&mut lacking);
            }
            let rules: Vec<_> = reasons.iter().filter_map(Reason::soft).collect();
            let left = |rule: &SoftRule| agreed.is_some_and(|agreed| agreed.rules.contains(rule));
            reasons.retain(|reason| !reason.soft().is_some_and(|rule| left(&rule)));
            let rules: Vec<_> = rules.into_iter().filter(left).collect();
            if !rules.is_empty() {
                waived.push(Waived { task_id: task.id, worker_id: *worker, rules });
            }
            if !reasons.is_empty() {
                let name = Some(person.name.clone());
                refusals.push(Refusal { worker_id: *worker, name, reasons });
            }
        }
        if !refusals.is_empty() {
            let title = task.title.clone();
            unfit.push(UnfitTask { task_id: task.id, title, reasons: refusals });
        }
    }
    Ok((waived, unfit))
}

/// Those who are beside the ones that are asked about on tasks that use something up, or to which
/// something is brought: any of a team may have it.
async fn mates(
    conn: &mut PgConnection,
    tasks: &[Task],
    asked: &[WorkerId],
) -> Result<Vec<Person>, sqlx::Error> {
    let brought = tasks.iter().filter(|it| it.needs.load_kg > 0 || !it.needs.parts.is_empty());
    let mut ids: Vec<_> = brought.flat_map(|task| task.workers.iter().copied()).collect();
    ids.retain(|id| !asked.contains(id));
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    store::people::around(conn, Some(&ids), tasks).await
}

/// Lets somebody be held by these tasks as they are to be.
fn as_wanted(person: &mut Person, tasks: &[Task], sees: &(dyn Fn(&Held) -> bool + Sync)) {
    person.tasks.retain(|held| tasks.iter().all(|task| task.id != held.id));
    for held in &mut person.tasks {
        held.seen = sees(held);
    }
    for task in tasks.iter().filter(|task| task.workers.contains(&person.id)) {
        person.tasks.push(Held::of(task));
    }
}

/// Whether the caller sees a task that holds somebody.
pub(super) fn sees(cx: &Ctx) -> impl Fn(&Held) -> bool {
    |held| cx.caller.may(Action::ReadTask, &Target::site(held.project, held.site))
}

/// Keeps what was left aside, by whom and why.
pub(super) async fn note(
    tx: &mut PgConnection,
    waived: &[Waived],
    agreed: Option<&Override>,
    by: Option<UserId>,
    at: Timestamp,
) -> Result<(), Error> {
    let Some(agreed) = agreed else { return Ok(()) };
    for waived in waived {
        let rules: Vec<_> = waived.rules.iter().map(|rule| rule.as_str().to_owned()).collect();
        let (task, worker) = (waived.task_id, waived.worker_id);
        store::waive(tx, task, worker, &rules, &agreed.reason, by, at).await?;
    }
    Ok(())
}

/// What of a plan's change stands against those who are on the tasks that it moved: what protects
/// people alone, for a plan's change cannot say what was agreed.
pub(crate) async fn moved(
    visit: &Visit,
    conn: &mut PgConnection,
    moved: &[TaskId],
) -> Result<Vec<UnfitTask>, Error> {
    let mut tasks = crate::tasks::store::of_ids(conn, moved).await?;
    let now = visit.now() - Duration::days(1);
    tasks.retain(|task| task.is_open() && !task.workers.is_empty() && task.ends_at > now);
    let wanted: Vec<_> =
        tasks.into_iter().map(|task| Wanted { check: task.workers.clone(), task }).collect();
    let (_, mut unfit) = check(visit, conn, &wanted, None, &|_| false).await?;
    for task in &mut unfit {
        for refusal in &mut task.reasons {
            refusal.reasons.retain(|reason| reason.soft().is_none());
        }
        task.reasons.retain(|refusal| !refusal.reasons.is_empty());
    }
    unfit.retain(|task| !task.reasons.is_empty());
    Ok(unfit)
}
