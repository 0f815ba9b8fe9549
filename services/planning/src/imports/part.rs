//! An import's tasks: each goes into its project's plan, where its site's calendar applies.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use contracts::{ImportChanged, ImportedLink, TasksImported};
use kernel::{DependencyId, ImportId, ProjectId, Service, SiteId, TaskId, Timestamp};
use serde_json::{Value, json};
use sqlx::PgConnection;
use validator::Validate;
use web::{Part, Problem, Told, Write};

use super::store;
use crate::schedule::{self, model::Dependency, model::Kind};
use crate::service_levels;
use crate::tasks::{NewTask, Task};

/// The tasks of imports.
pub(crate) struct Tasks;

/// What an import brings to one project's plan.
#[derive(Default)]
struct Brought {
    /// Tasks, with the working time asked for where no end was.
    tasks: Vec<(Task, Option<i32>)>,
    links: Vec<Dependency>,
}

#[async_trait]
impl Part for Tasks {
    const SERVICE: Service = Service::Planning;
    const CONSUMER: &'static str = "planning.imports";
    const JOB: &'static str = "planning.import";
    type News = TasksImported;

    fn rows(import: &ImportChanged) -> i64 {
        import.tasks
    }

    fn news(told: Told) -> TasksImported {
        let Told { import, version, change, line, reason } = told;
        TasksImported { import, version, change, line, reason }
    }

    async fn claim(
        tx: &mut PgConnection,
        import: ImportId,
        now: Timestamp,
    ) -> Result<bool, sqlx::Error> {
        store::claim(tx, import, now).await
    }

    async fn make(
        tx: &mut Write<'_>,
        import: ImportId,
        line: &mut Option<i64>,
    ) -> Result<(), Problem> {
        let sites = store::sites(tx, import).await?;
        // In the order of their ids, in which everybody locks several plans.
        let mut plans: BTreeMap<ProjectId, Brought> = BTreeMap::new();
        let mut after = 0;
        loop {
            let rows = store::rows(tx, import, after).await?;
            let Some((last, _)) = rows.last() else { break };
            after = *last;
            for (at, row) in rows {
                *line = Some(at);
                let (task, work_min, befores) = read(row, &sites)?;
                let plan = plans.entry(task.project_id).or_default();
                plan.links.extend(befores.into_iter().map(|b| link(task.project_id, task.id, b)));
                plan.tasks.push((task, work_min));
            }
        }
        *line = None;
        for (project, brought) in &plans {
            let edit = json!({ "kind": "import", "import": import, "tasks": brought.tasks.len() });
            schedule::place_all(tx, *project, edit, &brought.tasks, &brought.links).await?;
            store::describe(tx, brought.tasks.iter().map(|(task, _)| task)).await?;
            let tasks: Vec<_> = brought.tasks.iter().map(|(task, _)| task.id).collect();
            service_levels::of_tasks(tx, &tasks).await?;
        }
        Ok(())
    }
}

/// The task of a row, by the rules of `POST /v1/tasks`, the working time it asks for, and what
/// comes before it.
fn read(
    mut row: Value,
    sites: &HashMap<SiteId, (ProjectId, String)>,
) -> Result<(Task, Option<i32>, Vec<ImportedLink>), Problem> {
    let links = row.as_object_mut().and_then(|row| row.remove("after")).unwrap_or_default();
    let links = serde_json::from_value(links).map_err(|_| Problem::invalid())?;
    let new: NewTask = serde_json::from_value(row).map_err(|_| Problem::invalid())?;
    new.validate().map_err(|_| Problem::invalid())?;
    let (project, zone) = sites.get(&new.site_id).ok_or_else(Problem::not_found)?;
    Ok((new.task(*project, zone.clone())?, new.work_min(), links))
}

/// The link to a task from what comes before it.
fn link(project_id: ProjectId, successor: TaskId, before: ImportedLink) -> Dependency {
    Dependency {
        id: DependencyId::new(),
        project_id,
        predecessor: before.task,
        successor,
        kind: Kind::FinishToStart,
        lag_min: before.lag_min,
        lag_elapsed: true,
        version: 1,
    }
}
