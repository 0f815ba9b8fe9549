//! Why dispatch refuses something.

use http::StatusCode;
use kernel::{DispatchRunId, TaskId, Timestamp};
use serde::Serialize;
use web::Problem;

use super::Error;
use crate::dispatch::{MatrixFault, Refusal, Run, Stale};

/// Why dispatch refuses something.
#[derive(Debug)]
pub enum DispatchError {
    /// More tasks than one search takes.
    TooManyTasks(usize),
    /// Neither sites, projects nor a region were named, or several of them.
    Scope,
    /// More sites than one search takes.
    TooManySites(usize),
    /// Another search plans one of the sites.
    Busy(DispatchRunId),
    /// The search is over, or is not yet.
    State(Box<Run>),
    /// It only asked what would be.
    WhatIf,
    /// The search makes no sense of it.
    Unsolvable(Vec<solver::Fault>),
    /// Tasks are no longer as the proposal took them.
    Stale(Vec<Stale>),
    /// Rules stand against workers on tasks.
    Unfit(Vec<UnfitTask>),
    /// The plan would not let tasks be where the proposal puts them.
    Displaced(Vec<Displaced>),
    /// The table of travel times is none.
    Matrix(Vec<MatrixFault>),
    /// The file is too large.
    TooLarge,
    /// The task takes more than a day.
    LongerThanADay,
    /// Nothing happened that a plan could answer to.
    NothingHappened,
    /// One of the crews is unknown.
    CrewUnknown,
    /// Nobody of the crews is planned any more.
    CrewsEmpty,
    /// The crews have more members than a task takes.
    TooManyWorkers,
}

/// A task with those who cannot be on it.
#[derive(Debug, Clone, Serialize)]
pub struct UnfitTask {
    /// The task.
    pub task_id: TaskId,
    /// Its title.
    pub title: String,
    /// Who cannot be on it, and why.
    pub reasons: Vec<Refusal>,
}

/// A task that the plan would put elsewhere.
#[derive(Debug, Clone, Serialize)]
pub struct Displaced {
    /// The task.
    pub task_id: TaskId,
    /// Its title.
    pub title: String,
    /// When it was to start.
    pub wanted: Timestamp,
    /// When it would.
    pub would_be: Timestamp,
}

impl From<DispatchError> for Error {
    fn from(error: DispatchError) -> Self {
        Self::Dispatch(Box::new(error))
    }
}

impl From<DispatchError> for Problem {
    fn from(error: DispatchError) -> Self {
        match error {
            DispatchError::TooManyTasks(most) => Self::invalid().field(
                "/to",
                "range",
                format!("plus de {most} tâches : prenez moins de jours ou de chantiers"),
                format!("more than {most} tasks: take fewer days or sites"),
            ),
            DispatchError::Scope => Self::invalid().field(
                "/site_ids",
                "missing_field",
                "indiquez site_ids, project_ids ou region, un seul des trois",
                "give site_ids, project_ids or region, one of the three",
            ),
            DispatchError::TooManySites(most) => Self::invalid().field(
                "/site_ids",
                "range",
                format!("au plus {most} chantiers"),
                format!("{most} sites at most"),
            ),
            DispatchError::Busy(run) => Self::conflict(
                "dispatch-busy",
                "Une recherche planifie déjà un de ces chantiers",
                "A search plans one of these sites already",
            )
            .detail("Attendez sa fin ou arrêtez-la.", "Wait until it ends, or stop it.")
            .with("run", run),
            DispatchError::State(run) => Self::conflict(
                "dispatch-state",
                "La recherche n'en est pas là",
                "The search is not at that point",
            )
            .with("current", run),
            DispatchError::WhatIf => Self::conflict(
                "dispatch-what-if",
                "Cette recherche n'était qu'une simulation",
                "This search only asked what would be",
            )
            .detail(
                "Pour en faire le planning malgré tout, indiquez even_what_if.",
                "To make it the plan nevertheless, give even_what_if.",
            ),
            DispatchError::Unsolvable(faults) => {
                let text: Vec<_> = faults.iter().take(20).map(ToString::to_string).collect();
                Self::conflict(
                    "dispatch-unsolvable",
                    "La recherche ne peut rien faire de ces données",
                    "The search can make nothing of these data",
                )
                .with("faults", text)
            }
            DispatchError::Stale(stale) => Self::conflict(
                "dispatch-stale",
                "Des tâches ont changé depuis la recherche",
                "Tasks have changed since the search",
            )
            .detail(
                "Rien n'a été publié. Relancez la recherche sur le planning actuel.",
                "Nothing was published. Search again on the present plan.",
            )
            .with("changed", stale),
            DispatchError::Unfit(tasks) => Self::conflict(
                "workers-unfit",
                "Des ouvriers ne peuvent pas être affectés à ces tâches",
                "Some workers cannot be on these tasks",
            )
            .with("tasks", tasks),
            DispatchError::Displaced(tasks) => Self::conflict(
                "dispatch-displaced",
                "Le planning du projet mettrait des tâches ailleurs",
                "The project's plan would put tasks elsewhere",
            )
            .with("tasks", tasks),
            DispatchError::Matrix(faults) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "file-refused",
                "Le fichier contient des erreurs ; rien n'a changé",
                "The file has errors; nothing has changed",
            )
            .with("findings", faults),
            DispatchError::TooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                "Le fichier dépasse 8 Mio",
                "The file is larger than 8 MiB",
            ),
            DispatchError::LongerThanADay => Self::conflict(
                "longer-than-a-day",
                "La tâche dure plus d'une journée",
                "The task takes more than a day",
            )
            .detail("Affectez ses ouvriers à la main.", "Put its workers on it by hand."),
            DispatchError::CrewUnknown => Self::invalid().field(
                "/crew_ids",
                "reference",
                "une des équipes est inconnue",
                "one of the crews is unknown",
            ),
            DispatchError::CrewsEmpty => Self::invalid().field(
                "/crew_ids",
                "empty",
                "ces équipes n'ont plus personne en activité",
                "nobody of these crews is active any more",
            ),
            DispatchError::TooManyWorkers => Self::invalid().field(
                "/crew_ids",
                "length",
                "50 ouvriers au plus sur une tâche",
                "50 workers on a task at most",
            ),
            DispatchError::NothingHappened => Self::invalid().field(
                "/away",
                "missing_field",
                "indiquez qui est absent ou ce qui est en retard",
                "say who is away or what is late",
            ),
        }
    }
}
