//! `/v1/roadmap`.

use std::collections::HashMap;
use std::hash::Hash;

use auth::Action;
use axum::Json;
use chrono::NaiveDate;
use contracts::{MilestoneStatus, ProjectStatus};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{App, Ctx, Page, PageParams, Params, Problem, ReadRefused, check};

use super::model::{
    MOST, Minutes, Roadmap, RoadmapMilestone, RoadmapPhase, RoadmapProject, RoadmapSite, late_days,
    unfinished,
};
use super::store::{self, Work};
use crate::projects::{self, ProjectFilter, model::Project};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_roadmap))
}

/// What of the roadmap to show.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RoadmapFilter {
    /// Only projects that stand so.
    pub status: Option<ProjectStatus>,
    /// Only those with this in their code or name, whatever the case.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[param(min_length = 1, max_length = 100)]
    pub q: Option<String>,
    /// How many projects at most.
    #[serde(default = "usual_limit")]
    #[validate(range(min = 1, max = 50))]
    #[param(minimum = 1, maximum = 50, default = 20)]
    pub limit: i64,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    pub cursor: Option<String>,
}

fn usual_limit() -> i64 {
    20
}

/// Read the roadmap
///
/// The projects the caller sees with their phases, milestones and sites, how far the work is and
/// how far it should be by now. Planned against today: percentages are of planned work, days are
/// the firm's.
#[utoipa::path(
    get, path = "/v1/roadmap", tag = "projects", params(RoadmapFilter),
    responses((status = 200, description = "A page of the roadmap", body = Roadmap), ReadRefused),
    security(("bearer" = []))
)]
async fn read_roadmap(
    cx: Ctx,
    Params(filter): Params<RoadmapFilter>,
) -> Result<Json<Roadmap>, Problem> {
    let sites_seen = cx.visible(Action::ReadProject)?;
    let page = PageParams { limit: filter.limit, cursor: filter.cursor };
    let mut db = cx.db().await?;
    let seen = projects::visible(&cx, &mut db).await?;
    let wanted = ProjectFilter { status: filter.status, q: filter.q };
    let found = projects::store::list(&mut db, &seen, &wanted, page.after()?, page.limit).await?;
    let Page { items: found, next } = Page::of(found, page.limit, |p| p.id);
    let ids: Vec<_> = found.iter().map(|p| p.id).collect();
    let mut phases = store::phases(&mut db, &ids).await?;
    let mut milestones = store::milestones(&mut db, &ids).await?;
    let mut sites = store::sites(&mut db, &ids, &sites_seen).await?;
    let tasks_seen = cx.caller.visibility(Action::ReadTask);
    let work = store::work(&mut db, &ids, &tasks_seen, cx.now()).await?;
    let sums = Sums {
        projects: sum(&work, |w| Some(w.project)),
        phases: sum(&work, |w| w.phase),
        sites: sum(&work, |w| Some(w.site)),
        today: cx.now().with_timezone(&cx.tenant.zone).date_naive(),
    };
    let mut items = Vec::with_capacity(found.len());
    for project in found {
        items.push(sums.lay_out(
            phases.remove(&project.id).unwrap_or_default(),
            milestones.remove(&project.id).unwrap_or_default(),
            sites.remove(&project.id).unwrap_or_default(),
            project,
        )?);
    }
    Ok(Json(Roadmap { today: sums.today, items, next }))
}

/// The work of a page by what it belongs to, and the day it is looked at.
struct Sums {
    projects: HashMap<kernel::ProjectId, Minutes>,
    phases: HashMap<kernel::PhaseId, Minutes>,
    sites: HashMap<kernel::SiteId, Minutes>,
    today: NaiveDate,
}

fn sum<K: Eq + Hash>(work: &[Work], key: impl Fn(&Work) -> Option<K>) -> HashMap<K, Minutes> {
    let mut sums: HashMap<K, Minutes> = HashMap::new();
    for part in work {
        if let Some(key) = key(part) {
            let sum = sums.entry(key).or_default();
            *sum = sum.plus(part.minutes);
        }
    }
    sums
}

impl Sums {
    fn lay_out(
        &self,
        phases: Vec<store::Phase>,
        milestones: Vec<store::Milestone>,
        sites: Vec<store::Site>,
        project: Project,
    ) -> Result<RoadmapProject, sqlx::Error> {
        let most = usize::try_from(MOST).unwrap_or(usize::MAX);
        let cut = [phases.len(), milestones.len(), sites.len()].into_iter().any(|n| n > most);
        let milestones = milestones.into_iter().take(most).map(|m| self.milestone(m));
        Ok(RoadmapProject {
            id: project.id,
            progress: of(&self.projects, project.id).progress(),
            late_days: late_days(
                project.ends_on,
                project.status != ProjectStatus::Closed,
                self.today,
            ),
            code: project.code,
            name: project.name,
            status: project.status,
            starts_on: project.starts_on,
            ends_on: project.ends_on,
            phases: phases.into_iter().take(most).map(|p| self.phase(p)).collect(),
            milestones: milestones.collect::<Result<_, _>>()?,
            sites: sites.into_iter().take(most).map(|s| self.site(s)).collect(),
            cut,
        })
    }

    fn phase(&self, phase: store::Phase) -> RoadmapPhase {
        let progress = of(&self.phases, phase.id).progress();
        RoadmapPhase {
            id: phase.id,
            name: phase.name,
            place: phase.place,
            starts_on: phase.starts_on,
            ends_on: phase.ends_on,
            progress,
            late_days: late_days(phase.ends_on, unfinished(&progress), self.today),
        }
    }

    fn milestone(&self, milestone: store::Milestone) -> Result<RoadmapMilestone, sqlx::Error> {
        let status: MilestoneStatus =
            milestone.status.parse().map_err(|e: String| sqlx::Error::Decode(e.into()))?;
        let open = status != MilestoneStatus::Accepted;
        Ok(RoadmapMilestone {
            id: milestone.id,
            name: milestone.name,
            phase_id: milestone.phase_id,
            due_on: milestone.due_on,
            status,
            late_days: late_days(Some(milestone.due_on), open, self.today),
        })
    }

    fn site(&self, site: store::Site) -> RoadmapSite {
        RoadmapSite {
            progress: of(&self.sites, site.id).progress(),
            id: site.id,
            name: site.name,
            zone: site.zone,
        }
    }
}

fn of<K: Eq + Hash>(sums: &HashMap<K, Minutes>, key: K) -> Minutes {
    sums.get(&key).copied().unwrap_or_default()
}
