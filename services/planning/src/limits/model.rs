//! What is limited, and how far. No I/O.

use kernel::{ProjectId, SiteId};
use web::Problem;

/// Something of which a firm, a project or a site has a limited number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Definition {
    /// A service level of the firm, wherever it holds: those of a project are read whenever one of
    /// its tasks or incidents becomes another.
    ServiceLevel,
    /// A template of tasks that recur, of the firm: each has a job a day.
    TaskTemplate,
    /// A checklist's template of the firm.
    Checklist,
    /// A calendar of a project: all are read with its plan.
    Calendar(ProjectId),
    /// A baseline of a project: each is a copy of its plan.
    Baseline(ProjectId),
    /// A code of a site that hangs or may still have been scanned.
    SiteCode(SiteId),
}

impl Definition {
    /// How many there are at most.
    pub fn most(self) -> i64 {
        match self {
            Self::ServiceLevel | Self::Checklist => 1_000,
            Self::TaskTemplate => 10_000,
            Self::Calendar(_) => 200,
            Self::Baseline(_) => 100,
            Self::SiteCode(_) => 50,
        }
    }

    /// What whoever makes one holds alone.
    pub fn key(self) -> String {
        match self {
            Self::ServiceLevel => "service_level".to_owned(),
            Self::TaskTemplate => "task_template".to_owned(),
            Self::Checklist => "checklist".to_owned(),
            Self::Calendar(project) => format!("calendar {project}"),
            Self::Baseline(project) => format!("baseline {project}"),
            Self::SiteCode(site) => format!("site_code {site}"),
        }
    }
}

impl From<Definition> for Problem {
    /// 409: there are as many as may be.
    fn from(what: Definition) -> Self {
        let most = what.most();
        let change = ("modifiez-en un qui ne sert plus", "change one that is used no more");
        let (fr, en, (how_fr, how_en)) = match what {
            Definition::ServiceLevel => {
                ("L'entreprise a {} niveaux de service", "The firm has {} service levels", change)
            }
            Definition::TaskTemplate => (
                "L'entreprise a {} modèles de tâches récurrentes",
                "The firm has {} templates of recurring tasks",
                change,
            ),
            Definition::Checklist => (
                "L'entreprise a {} modèles de checklists",
                "The firm has {} checklist templates",
                change,
            ),
            Definition::Calendar(_) => {
                ("Le projet a {} calendriers", "The project has {} calendars", change)
            }
            Definition::Baseline(_) => (
                "Le projet a {} plannings de référence",
                "The project has {} baselines",
                ("comparez avec l'un de ceux-là", "compare with one of those"),
            ),
            Definition::SiteCode(_) => (
                "Le chantier a eu {} codes en un mois",
                "The site has had {} codes in a month",
                ("gardez celui qui est affiché", "keep the one that hangs"),
            ),
        };
        let count = |text: &str| text.replace("{}", &most.to_string());
        Self::conflict("limit-reached", "Le maximum est atteint", "The limit is reached")
            .detail(
                format!("{}, c'est le maximum : {how_fr}.", count(fr)),
                format!("{}, which is the limit: {how_en}.", count(en)),
            )
            .with("limit", most)
    }
}
