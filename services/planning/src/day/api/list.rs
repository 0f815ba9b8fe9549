use std::collections::HashMap;

use auth::{Action, Target};
use axum::Json;
use chrono::NaiveDate;
use kernel::{ProjectId, SiteId};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;
use web::{Ctx, Page, PageParams, Params, Problem, ReadRefused};

use crate::day::model::{Clocked, Working};
use crate::day::store::{self, Asked};
use crate::timeclock;

fn usual() -> i64 {
    50
}

/// Which day, and where.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListDays {
    /// The day in each site's own zone; its today where none is given.
    #[validate(custom(function = web::check::day))]
    pub date: Option<NaiveDate>,
    /// Those who work on this site.
    pub site_id: Option<SiteId>,
    /// Those who work in this project.
    pub project_id: Option<ProjectId>,
    /// How many workers at most.
    #[serde(default = "usual")]
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 50)]
    pub limit: i64,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    pub cursor: Option<String>,
}

/// List who works on a day.
///
/// Every worker with work that day on what the caller leads or sees, how much of it is done, what
/// comes next, and whether the worker is clocked in. What is shown counts what the caller sees
/// alone. `/v1/day` shows the day of one.
#[utoipa::path(
    get, path = "/v1/days", tag = "planning", security(("bearer" = [])),
    params(ListDays),
    responses(
        (status = 200, description = "A page of workers, by name", body = Page<Working>),
        ReadRefused,
    ))]
pub async fn list_days(
    cx: Ctx,
    Params(ask): Params<ListDays>,
) -> Result<Json<Page<Working>>, Problem> {
    let seen = cx.visible(Action::ReadTask)?;
    let after = PageParams { limit: ask.limit, cursor: ask.cursor }.after()?;
    let asked = Asked {
        seen: &seen,
        date: ask.date,
        now: cx.now(),
        site: ask.site_id,
        project: ask.project_id,
    };
    let mut conn = cx.db().await?;
    let rows = store::working(&mut conn, &asked, after.as_ref(), ask.limit + 1).await?;
    let page = Page::of(rows, ask.limit, |row| (row.name.clone(), row.worker));
    let ids: Vec<_> = page.items.iter().map(|row| row.worker).collect();
    let mut clocks: HashMap<_, _> = timeclock::open_of(&mut conn, &ids)
        .await?
        .into_iter()
        .filter(|entry| {
            let target = Target::site(entry.project_id, entry.site_id);
            cx.caller.may(Action::ReadTime, &target.with_workers([entry.worker_id]))
        })
        .filter_map(|entry| Some((entry.worker_id, Clocked::of(&entry)?)))
        .collect();
    let items = page.items.into_iter().map(|row| Working {
        worker_id: row.worker,
        name: row.name,
        tasks: row.tasks,
        done: row.done,
        blocked: row.blocked,
        from: row.from,
        to: row.to,
        site_ids: row.sites,
        next_task_id: row.next,
        clock: clocks.remove(&row.worker),
    });
    Ok(Json(Page { items: items.collect(), next: page.next }))
}
