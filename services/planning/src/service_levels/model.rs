//! What is promised of tasks and incidents, and of which. No I/O.

pub mod meter;
pub mod timer;

use auth::Target;
use contracts::{IncidentSeverity, ServiceTarget};
use kernel::{ProjectId, ServiceLevelId, SiteId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Problem, Versioned};

use crate::incidents::Escalated;
use crate::tasks::model::Priority;

/// When the time of a promise counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ServiceClock)]
pub enum Counts {
    /// Always.
    Always,
    /// While the site works, by its calendar; where it has none, always.
    #[default]
    Working,
}

/// From when the time of a promise about a task counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ServiceBegins)]
pub enum Begins {
    /// From when it falls under the level: it is planned, or gets another priority.
    #[default]
    Asked,
    /// From its planned start, which it follows until that has come.
    Planned,
}

/// What lets the time of a promise stand still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ServicePauses)]
pub enum Pauses {
    /// Nothing.
    Never,
    /// That the firm waits for its client: the task is blocked, or the incident blocks one, by the
    /// client.
    #[default]
    Client,
    /// That the task is blocked, by whomever. An incident's own blocks count by the client's alone.
    Blocked,
}

/// What is promised, and of what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ServiceTerms)]
pub struct Terms {
    /// Of tasks of these priorities; of no tasks where there are none.
    #[serde(default)]
    #[validate(length(max = 4))]
    #[schema(max_items = 4)]
    pub priorities: Vec<Priority>,
    /// Of tasks from templates that recur alone, or of the others alone; null for both.
    #[serde(default)]
    pub recurring: Option<bool>,
    /// Of incidents of these severities; of no incidents where there are none.
    #[serde(default)]
    #[validate(length(max = 4))]
    #[schema(max_items = 4)]
    pub severities: Vec<IncidentSeverity>,
    /// Minutes within which somebody acts: is told to go, sets out, arrives or begins; of an
    /// incident, takes it up. At most 366 days.
    #[validate(range(min = 1, max = 527_040))]
    #[schema(minimum = 1, maximum = 527_040)]
    pub respond_min: Option<i32>,
    /// Minutes within which it is done. At most 366 days.
    #[validate(range(min = 1, max = 527_040))]
    #[schema(minimum = 1, maximum = 527_040)]
    pub resolve_min: Option<i32>,
    /// When those minutes count.
    #[serde(default)]
    pub counts: Counts,
    /// From when they count.
    #[serde(default)]
    pub begins: Begins,
    /// What lets them stand still.
    #[serde(default)]
    pub pauses: Pauses,
    /// A warning comes when so much of the time has passed, in percent.
    #[validate(range(min = 1, max = 99))]
    #[schema(minimum = 1, maximum = 99)]
    pub warn_percent: Option<i16>,
    /// Or when so many minutes of it are left.
    #[validate(range(min = 1, max = 527_040))]
    #[schema(minimum = 1, maximum = 527_040)]
    pub warn_before_min: Option<i32>,
    /// Whom the warning is for; an incident is passed on to them.
    #[serde(default = "project_lead")]
    pub warn_to: Escalated,
    /// Whom a breach is for; an incident is passed on to them.
    #[serde(default = "manager")]
    pub breach_to: Escalated,
}

fn project_lead() -> Escalated {
    Escalated::ProjectLead
}

fn manager() -> Escalated {
    Escalated::Manager
}

impl Terms {
    /// Each word once, in order; 422 where they promise nothing, of nothing, or in disorder.
    pub fn checked(mut self) -> Result<Self, Problem> {
        self.priorities.sort();
        self.priorities.dedup();
        self.severities.sort_by_key(|severity| severity.as_str());
        self.severities.dedup();
        let wrong = |pointer: &str, fr: &str, en: &str| {
            Err(Problem::invalid().field(pointer, "terms", fr, en))
        };
        if self.priorities.is_empty() && self.severities.is_empty() {
            return wrong(
                "/terms/priorities",
                "nommez des priorités de tâches ou des gravités d'incidents",
                "name priorities of tasks or severities of incidents",
            );
        }
        let all = [self.respond_min, self.resolve_min];
        let Some(shortest) = all.into_iter().flatten().min() else {
            return wrong(
                "/terms/respond_min",
                "promettez une réaction, une résolution ou les deux",
                "promise a response, a resolution or both",
            );
        };
        if self.respond_min.zip(self.resolve_min).is_some_and(|(first, done)| first > done) {
            return wrong(
                "/terms/resolve_min",
                "la résolution ne peut pas être promise avant la réaction",
                "what is done cannot be promised before the response",
            );
        }
        if self.warn_percent.is_some() && self.warn_before_min.is_some() {
            return wrong(
                "/terms/warn_before_min",
                "en pourcentage ou en minutes, pas les deux",
                "in percent or in minutes, not both",
            );
        }
        if self.warn_before_min.is_some_and(|before| before >= shortest) {
            return wrong(
                "/terms/warn_before_min",
                "doit être plus court que ce qui est promis",
                "must be shorter than what is promised",
            );
        }
        Ok(self)
    }

    /// What is promised for a target.
    pub fn promise(&self, target: ServiceTarget) -> Option<Promise> {
        let minutes = match target {
            ServiceTarget::Respond => self.respond_min,
            ServiceTarget::Resolve => self.resolve_min,
        };
        Some(Promise {
            minutes: minutes?,
            counts: self.counts,
            begins: self.begins,
            pauses: self.pauses,
            warn_percent: self.warn_percent,
            warn_before_min: self.warn_before_min,
            warn_to: self.warn_to,
            breach_to: self.breach_to,
        })
    }

    fn covers(&self, kind: Kind) -> bool {
        match kind {
            Kind::Task { priority, recurring } => {
                self.priorities.contains(&priority)
                    && self.recurring.is_none_or(|asked| asked == recurring)
            }
            Kind::Incident { severity } => self.severities.contains(&severity),
        }
    }
}

/// One promise of a level, as it was when a timer began to count it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ServicePromise)]
pub struct Promise {
    /// Minutes until it is broken.
    pub minutes: i32,
    /// When they count.
    pub counts: Counts,
    /// From when they count.
    pub begins: Begins,
    /// What lets them stand still.
    pub pauses: Pauses,
    /// A warning comes when so much of them has passed, in percent.
    pub warn_percent: Option<i16>,
    /// Or when so many of them are left.
    pub warn_before_min: Option<i32>,
    /// Whom the warning is for.
    pub warn_to: Escalated,
    /// Whom a breach is for.
    pub breach_to: Escalated,
}

impl Promise {
    /// After how many minutes the warning comes, if one does.
    pub fn warn_after(&self) -> Option<i64> {
        let minutes = i64::from(self.minutes);
        let percent = self.warn_percent.map(|percent| minutes * i64::from(percent) / 100);
        percent.or(self.warn_before_min.map(|before| minutes - i64::from(before)))
    }
}

/// What kind of thing may be promised something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A task.
    Task {
        /// How urgent it is.
        priority: Priority,
        /// Whether it is one of a template that recurs.
        recurring: bool,
    },
    /// An incident.
    Incident {
        /// How bad it is.
        severity: IncidentSeverity,
    },
}

/// A service level: what is promised for the firm, a project or a site.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ServiceLevel {
    /// Its id.
    pub id: ServiceLevelId,
    /// What people call it.
    pub name: String,
    /// The project it holds for; none where it is the whole firm.
    pub project_id: Option<ProjectId>,
    /// The site of the project it holds for, where it is one.
    pub site_id: Option<SiteId>,
    /// What is promised, and of what.
    pub terms: Terms,
    /// Whether new promises are made by it; those that were made stand.
    pub active: bool,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for ServiceLevel {
    fn version(&self) -> i64 {
        self.version
    }
}

impl ServiceLevel {
    /// What an action on it is checked against.
    pub fn target(&self) -> Target {
        Target { project: self.project_id, site: self.site_id, workers: Vec::new() }
    }

    /// Whether it holds on a site.
    fn holds_on(&self, project: ProjectId, site: SiteId) -> bool {
        self.active
            && self.project_id.is_none_or(|own| own == project)
            && self.site_id.is_none_or(|own| own == site)
    }
}

/// The level that holds for a thing: a site's goes before its project's and that before the firm's;
/// then one that says whether tasks recur; then the one whose id is the smaller.
pub fn pick(
    levels: &[ServiceLevel],
    project: ProjectId,
    site: SiteId,
    kind: Kind,
) -> Option<&ServiceLevel> {
    let those = levels.iter().filter(|l| l.holds_on(project, site) && l.terms.covers(kind));
    those.min_by_key(|level| {
        let wide = (level.site_id.is_none(), level.project_id.is_none());
        (wide, level.terms.recurring.is_none(), level.id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        serde_json::from_value(serde_json::json!({"priorities": ["urgent"], "resolve_min": 240}))
            .unwrap()
    }

    fn level(project: Option<ProjectId>, site: Option<SiteId>, terms: Terms) -> ServiceLevel {
        ServiceLevel {
            id: ServiceLevelId::new(),
            name: "Dépannage".into(),
            project_id: project,
            site_id: site,
            terms,
            active: true,
            version: 1,
        }
    }

    #[test]
    fn what_promises_nothing_or_contradicts_itself_is_refused() {
        assert!(terms().checked().is_ok());
        let both = Terms { respond_min: Some(240), ..terms() };
        assert!(both.clone().checked().is_ok());
        for bad in [
            Terms { priorities: vec![], ..terms() },
            Terms { resolve_min: None, ..terms() },
            Terms { respond_min: Some(241), ..terms() },
            Terms { warn_percent: Some(80), warn_before_min: Some(30), ..terms() },
            Terms { warn_before_min: Some(240), ..terms() },
            Terms { warn_before_min: Some(60), respond_min: Some(60), ..terms() },
        ] {
            assert!(bad.clone().checked().is_err(), "{bad:?}");
        }
        for minutes in [0, -1, i32::MIN, 527_041, 100 * 366 * 1440] {
            let bad = Terms { resolve_min: Some(minutes), ..terms() };
            assert!(bad.validate().is_err(), "{minutes}");
            assert!(Terms { warn_before_min: Some(minutes), ..terms() }.validate().is_err());
        }
        for percent in [0, -1, 100] {
            assert!(Terms { warn_percent: Some(percent), ..terms() }.validate().is_err());
        }
    }

    #[test]
    fn a_warning_comes_at_a_share_of_the_time_or_before_its_end() {
        let after = |terms: Terms| terms.promise(ServiceTarget::Resolve).unwrap().warn_after();
        assert_eq!(after(terms()), None);
        assert_eq!(after(Terms { warn_percent: Some(75), ..terms() }), Some(180));
        assert_eq!(after(Terms { warn_before_min: Some(30), ..terms() }), Some(210));
        assert_eq!(terms().promise(ServiceTarget::Respond), None);
    }

    #[test]
    fn the_nearest_level_holds_and_one_that_is_off_none() {
        let (project, site) = (ProjectId::new(), SiteId::new());
        let urgent = Kind::Task { priority: Priority::Urgent, recurring: true };
        let mut levels = vec![
            level(None, None, terms()),
            level(None, None, Terms { recurring: Some(true), ..terms() }),
            level(Some(project), None, terms()),
            level(Some(project), Some(site), terms()),
        ];
        let picked = |levels: &[ServiceLevel], project, site, kind| {
            pick(levels, project, site, kind).map(|level| level.id)
        };
        assert_eq!(picked(&levels, project, site, urgent), Some(levels[3].id));
        assert_eq!(picked(&levels, project, SiteId::new(), urgent), Some(levels[2].id));
        assert_eq!(picked(&levels, ProjectId::new(), site, urgent), Some(levels[1].id));
        let once = Kind::Task { priority: Priority::Urgent, recurring: false };
        assert_eq!(picked(&levels, ProjectId::new(), site, once), Some(levels[0].id));
        let normal = Kind::Task { priority: Priority::Normal, recurring: false };
        let grave = Kind::Incident { severity: IncidentSeverity::Critical };
        assert_eq!(picked(&levels, project, site, normal), None);
        assert_eq!(picked(&levels, project, site, grave), None);
        levels[3].active = false;
        assert_eq!(picked(&levels, project, site, urgent), Some(levels[2].id));
    }
}
