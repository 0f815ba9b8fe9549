//! Why something about the work on a task is refused.

use kernel::IncidentId;
use web::Problem;

use super::Error;
use crate::checklists::model::Answered;
use crate::tasks::Task;
use crate::tasks::model::ProgressError;

/// Why something about the work on a task is refused.
#[derive(Debug)]
pub enum WorkError {
    /// Nobody is on the task who could be told to go.
    NobodyOnIt,
    /// The incident that blocks the task is not resolved.
    IncidentOpen(IncidentId),
    /// A block that would end before it began.
    EndsBefore,
    /// An effect without the task that it is on.
    NoTask,
    /// Somebody else answered the question meanwhile.
    AnsweredMeanwhile(Box<Answered>),
    /// The checklist has no such version.
    NoSuchVersion,
    /// Work on the task has not begun.
    NotBegun(Box<Task>),
    /// A report of progress is none.
    Report(ProgressError),
}

impl From<WorkError> for Error {
    fn from(error: WorkError) -> Self {
        Self::Work(Box::new(error))
    }
}

impl From<WorkError> for Problem {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::NobodyOnIt => Self::conflict(
                "nobody-on-task",
                "Personne n'est affecté à cette tâche",
                "Nobody is on this task",
            )
            .detail("Affectez d'abord des ouvriers.", "Put workers on it first."),
            WorkError::IncidentOpen(incident) => Self::conflict(
                "incident-open",
                "L'incident qui bloque la tâche n'est pas résolu",
                "The incident that blocks the task is not resolved",
            )
            .detail(
                "La tâche reprend quand l'incident est résolu.",
                "The task goes on when the incident is resolved.",
            )
            .with("incident", incident),
            WorkError::EndsBefore => Self::invalid().field(
                "/expected_until",
                "order",
                "la fin prévue doit suivre le début du blocage",
                "the expected end must come after the block begins",
            ),
            WorkError::NoTask => Self::invalid().field(
                "/task_id",
                "missing_field",
                "indiquez la tâche que l'incident bloque ou retarde",
                "name the task that the incident blocks or delays",
            ),
            WorkError::AnsweredMeanwhile(present) => Self::conflict(
                "answered-meanwhile",
                "Quelqu'un d'autre a répondu entre-temps",
                "Somebody else answered meanwhile",
            )
            .detail(
                "Pour remplacer sa réponse, reprenez son answered_at dans replaces.",
                "To take its place, give its answered_at as replaces.",
            )
            .with("current", present),
            WorkError::NoSuchVersion => Self::invalid().field(
                "/checklist_version",
                "unknown",
                "la checklist n'a pas cette version",
                "the checklist has no such version",
            ),
            WorkError::NotBegun(task) => Self::conflict(
                "task-not-begun",
                "Le travail n'a pas commencé",
                "Work has not begun",
            )
            .detail(
                "Démarrez la tâche avant de dire son avancement.",
                "Start the task before telling how far it is.",
            )
            .with("current", task),
            WorkError::Report(error) => {
                let (pointer, code, fr, en) = match error {
                    ProgressError::OneOfTwo => (
                        "/percent",
                        "missing_field",
                        "indiquez percent ou quantity, l'un des deux",
                        "give percent or quantity, one of the two",
                    ),
                    ProgressError::InUnits => (
                        "/percent",
                        "measured",
                        "cette tâche se mesure : indiquez quantity dans son unité",
                        "this task is measured: give quantity in its unit",
                    ),
                    ProgressError::InPercent => (
                        "/quantity",
                        "not_measured",
                        "cette tâche n'a pas de quantité prévue : indiquez percent",
                        "this task has no planned quantity: give percent",
                    ),
                };
                Self::invalid().field(pointer, code, fr, en)
            }
        }
    }
}
