//! What of the law of working time stands against assignments, by hand and in a search.

use std::collections::{BTreeMap, HashMap};

use chrono::Duration;
use kernel::{TaskId, WorkerId};
use labour::{Rules, Span};
use sqlx::PgConnection;
use web::Visit;

use super::model::{self, Bounds, Past, Person, Reason, Scene};
use crate::error::Error;
use crate::law::{self, Asked};
use crate::tasks::Task;

/// How far back a search looks at what was worked: the longest average, and the week around it.
const BACK: i64 = 13;

/// The law, and what of it a search keeps for each of its people. None for a country whose law is
/// not known.
pub(super) async fn limits(
    visit: &Visit,
    conn: &mut PgConnection,
    scene: &Scene,
) -> Result<(Option<Rules>, BTreeMap<WorkerId, Bounds>), Error> {
    let Some(rules) = law::rules(conn, &visit.tenant).await? else {
        return Ok((None, BTreeMap::new()));
    };
    // Where one place is sought, it is for the scene's work whatever its time is now.
    let all = || scene.works.iter().map(|work| work.task.id).collect();
    let free: Vec<TaskId> = if scene.beside { all() } else { model::placeable(scene) };
    let from = labour::midnight(scene.zone, scene.first) - Duration::weeks(BACK);
    let ids: Vec<_> = scene.people.iter().map(|person| person.id).collect();
    let around = Span::new(from, scene.now.max(from));
    let mut worked = law::worked_by(conn, &ids, around, scene.now).await?;
    let until = labour::midnight(scene.zone, scene.last) + Duration::weeks(1);
    let mut leave = law::leave(conn, &ids, Span::new(from, until)).await?;
    let mut limits = BTreeMap::new();
    for person in &scene.people {
        let past = Past {
            worked: worked.remove(&person.id).unwrap_or_default(),
            leave: leave.remove(&person.id).unwrap_or_default(),
            now: scene.now,
            first: scene.first,
            last: scene.last,
            free: &free,
            beside: scene.beside,
        };
        limits.insert(person.id, model::bounds(&rules, scene.zone, person, past));
    }
    Ok((Some(rules), limits))
}

/// What of the law stands against these people, who are to be on these tasks: each limit once, with
/// the first of somebody's tasks that lies in the time it was judged by.
pub(super) async fn refusals(
    visit: &Visit,
    conn: &mut PgConnection,
    people: &[Person],
    set: &[(&Task, &[WorkerId])],
) -> Result<HashMap<(TaskId, WorkerId), Vec<Reason>>, Error> {
    let own = |person: &Person| {
        let own = set.iter().filter(|(_, workers)| workers.contains(&person.id));
        let mut own: Vec<&Task> = own.map(|(task, _)| *task).collect();
        own.sort_by_key(|task| (task.starts_at, task.id));
        own
    };
    let with_own = people.iter().map(|person| (person, own(person)));
    let with_own: Vec<_> = with_own.filter(|(_, own)| !own.is_empty()).collect();
    let asked = with_own.iter().map(|(person, own)| {
        let zone = model::zone(own[0]);
        let work = |task: &&Task| {
            let span = Span::new(task.starts_at, task.ends_at);
            person.work_in(span, model::work(task), zone)
        };
        let extra = own.iter().flat_map(work).collect();
        // Where somebody stays on a task and is not asked about, it counts as it is planned.
        let stays = |task: &Task, asked: &[WorkerId]| {
            task.workers.contains(&person.id) && !asked.contains(&person.id)
        };
        let without = set.iter().filter(|(task, asked)| !stays(task, asked));
        let without = without.map(|(task, _)| task.id).collect();
        Asked { worker: person.id, zone, extra, without }
    });
    let asked: Vec<_> = asked.collect();
    let found = law::breaches_of(conn, &visit.tenant, &asked, visit.now()).await?;
    let mut refusals: HashMap<_, Vec<Reason>> = HashMap::new();
    for ((person, own), breaches) in with_own.into_iter().zip(found) {
        for breach in breaches {
            let judged = |task: &&Task| task.starts_at < breach.to && task.ends_at > breach.from;
            let task = own.iter().copied().find(judged).unwrap_or(own[0]);
            refusals.entry((task.id, person.id)).or_default().push(breach.into());
        }
    }
    Ok(refusals)
}

impl From<labour::Breach> for Reason {
    fn from(breach: labour::Breach) -> Self {
        Self::WorkingTime {
            code: breach.rule.to_owned(),
            article: breach.article.to_owned(),
            agreement: breach.agreed,
            limit: breach.limit,
            found: breach.found,
            from: breach.from,
            to: breach.to,
        }
    }
}
