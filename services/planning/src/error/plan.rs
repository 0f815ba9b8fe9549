//! Why a change to a plan is refused.

use http::StatusCode;
use kernel::Timestamp;
use web::Problem;

use super::Error;
use super::say::titles;
use crate::schedule::model::{Bound, Broken};
use crate::schedule::store::moves::PlanMove;
use crate::tasks::TaskRef;

/// Why a change to a plan is refused.
#[derive(Debug)]
pub enum PlanError {
    /// Somebody else changed the plan since the version that the caller named.
    Stale {
        /// The present version.
        version: i64,
        /// What was done since.
        moves: Vec<PlanMove>,
    },
    /// Tasks could not keep what they must.
    Broken(Vec<Broken>),
    /// The field of this pointer is out of range.
    Field(&'static str),
    /// A calendar in which work would never end.
    NoWorkingTime(String),
    /// Work that would leave the years that can be planned.
    Range(Option<TaskRef>),
    /// A link between tasks that cannot be linked.
    Link(Vec<TaskRef>),
    /// The task is done or cancelled.
    Closed(Option<TaskRef>),
    /// The task has begun.
    Begun(Option<TaskRef>),
    /// Progress of a task that has not begun.
    NotBegun(Option<TaskRef>),
    /// A summary takes this from its tasks.
    Summary(Option<TaskRef>),
    /// The task cannot become a summary.
    NoSummary(Option<TaskRef>),
    /// A task would belong to itself.
    OwnParent(Option<TaskRef>),
    /// The caller made no move that can be taken back.
    NothingToUndo,
    /// Later moves touched the same tasks.
    TouchedSince {
        /// The versions that they made.
        versions: Vec<i64>,
    },
    /// What the move changed is gone.
    Gone,
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Self {
        Self::Plan(Box::new(error))
    }
}

impl From<PlanError> for Problem {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Stale { version, moves } => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "plan-stale",
                "Le planning a changé entre-temps",
                "The plan has changed in the meantime",
            )
            .detail(
                "Voyez dans « moves » ce qui a été fait, puis refaites votre modification sur la \
                 version actuelle.",
                "See in “moves” what was done, then make your change again on the present version.",
            )
            .with("plan_version", version)
            .with("moves", moves),
            PlanError::Broken(broken) => {
                let fr: Vec<_> = broken.iter().map(|b| sentence(b).0).collect();
                let en: Vec<_> = broken.iter().map(|b| sentence(b).1).collect();
                Self::conflict(
                    "constraint-broken",
                    "Une tâche ne pourrait plus tenir sa date imposée",
                    "A task could no longer keep its imposed date",
                )
                .detail(fr.join(" "), en.join(" "))
                .with("broken", broken)
            }
            PlanError::Field(pointer) => Self::invalid().field(
                pointer,
                "range",
                "valeur manquante, de trop ou hors limites",
                "value missing, too many or out of range",
            ),
            PlanError::NoWorkingTime(calendar) => Self::invalid()
                .field(
                    "/calendar",
                    "no_working_time",
                    "calendrier sans temps de travail, ou trop peu pour finir",
                    "a calendar without working time, or with too little to ever end",
                )
                .with("calendar", calendar),
            PlanError::Range(task) => Self::invalid()
                .field(
                    "/move",
                    "years",
                    "la tâche sortirait des années que l'on peut planifier",
                    "the task would leave the years that can be planned",
                )
                .with("task", task),
            PlanError::Link(tasks) => Self::conflict(
                "link-impossible",
                "Ces deux tâches ne peuvent pas être liées",
                "These two tasks cannot be linked",
            )
            .detail(
                "Une tâche ne se lie ni à elle-même ni à la tâche récapitulative qui la contient.",
                "A task is linked neither to itself nor to the summary that holds it.",
            )
            .with("tasks", tasks),
            PlanError::Closed(task) => about(
                "task-closed",
                "La tâche est terminée ou annulée",
                "The task is done or cancelled",
                task,
            ),
            PlanError::Begun(task) => about(
                "task-begun",
                "La tâche a déjà commencé : son début ne se déplace plus",
                "The task has begun: its start moves no more",
                task,
            ),
            PlanError::NotBegun(task) => about(
                "task-not-begun",
                "La tâche n'a pas commencé : démarrez-la d'abord",
                "The task has not begun: start it first",
                task,
            ),
            PlanError::Summary(task) => about(
                "task-summary",
                "Une tâche récapitulative tient ses dates de celles qu'elle contient",
                "A summary takes its dates from the tasks that it holds",
                task,
            ),
            PlanError::NoSummary(task) => about(
                "no-summary",
                "Une tâche commencée ou affectée ne devient pas récapitulative",
                "A task that has begun or has workers does not become a summary",
                task,
            ),
            PlanError::OwnParent(task) => about(
                "own-parent",
                "Une tâche ne peut pas se contenir elle-même",
                "A task cannot belong to itself",
                task,
            ),
            PlanError::NothingToUndo => Self::conflict(
                "nothing-to-undo",
                "Vous n'avez rien à annuler dans ce planning",
                "You have nothing to undo in this plan",
            ),
            PlanError::TouchedSince { versions } => Self::conflict(
                "touched-since",
                "Les mêmes tâches ont été modifiées depuis",
                "The same tasks were changed since",
            )
            .detail(
                "Annulez d'abord les modifications plus récentes, ou modifiez les tâches à la main.",
                "Undo the later changes first, or change the tasks by hand.",
            )
            .with("versions", versions),
            PlanError::Gone => Self::conflict(
                "gone",
                "Ce que cette modification concernait n'existe plus",
                "What this change was about is gone",
            ),
        }
    }
}

fn about(code: &'static str, fr: &'static str, en: &'static str, task: Option<TaskRef>) -> Problem {
    let title = task.as_ref().map(|t| titles(std::slice::from_ref(t))).unwrap_or_default();
    Problem::conflict(code, fr, en).detail(title.clone(), title).with("task", task)
}

fn sentence(broken: &Broken) -> (String, String) {
    let (fr, en) = match broken.constraint {
        Bound::MustStartOn => ("doit commencer le", "must start on"),
        Bound::MustFinishOn => ("doit finir le", "must end on"),
        Bound::StartNoLaterThan => ("doit commencer au plus tard le", "must start no later than"),
        Bound::FinishNoLaterThan => ("doit finir au plus tard le", "must end no later than"),
        Bound::AsSoonAsPossible | Bound::AsLateAsPossible | Bound::FinishNoEarlierThan => {
            ("est liée au", "is bound to")
        }
    };
    let day = |at: Timestamp| at.format("%Y-%m-%d %H:%M UTC").to_string();
    let (title, at, would_be) = (&broken.title, day(broken.at), day(broken.would_be));
    let minutes = broken.by_min;
    (
        format!("« {title} » {fr} {at} ; ce serait le {would_be} ({minutes:+} min)."),
        format!("“{title}” {en} {at}; it would be {would_be} ({minutes:+} min)."),
    )
}
