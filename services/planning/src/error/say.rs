//! How planning says its longer refusals, in French and in English.

use contracts::TaskStatus;
use web::Problem;

use crate::checklists::model::{AnswerError, Kind};
use crate::dispatch::Clash;
use crate::tasks::model::{SpanError, Step};
use crate::tasks::{Task, TaskRef};

/// A worker would be on two tasks at a time; which, where that is known.
pub(super) fn double_booked(clashes: &[Clash]) -> Problem {
    Problem::conflict(
        "double-booked",
        "Un ouvrier serait sur deux tâches en même temps",
        "A worker would be on two tasks at the same time",
    )
    .detail(
        "Retirez-le d'une des deux tâches ou changez les dates, puis réessayez.",
        "Take the worker off one of the two or change the dates, then try again.",
    )
    .with("reasons", clashes)
}

/// The tasks' titles in their order.
pub(super) fn titles(tasks: &[TaskRef]) -> String {
    tasks.iter().map(|t| t.title.as_str()).collect::<Vec<_>>().join(" → ")
}

/// The planned dates are none.
pub(super) fn span(error: SpanError) -> Problem {
    let (pointer, code, fr, en) = match error {
        SpanError::Open => (
            "/ends_at",
            "missing_field",
            "indiquez ends_at ou duration_min",
            "give ends_at or duration_min",
        ),
        SpanError::Backwards => (
            "/ends_at",
            "order",
            "la fin doit suivre le début",
            "the end must come after the start",
        ),
        SpanError::Endless => (
            "/ends_at",
            "range",
            "une tâche dure au plus trois ans et finit avant 2102",
            "a task lasts three years at most and ends before 2102",
        ),
    };
    Problem::invalid().field(pointer, code, fr, en)
}

/// The word for where a task stands: « la tâche est … ».
pub(super) fn status(status: TaskStatus) -> (&'static str, &'static str) {
    match status {
        TaskStatus::Planned => ("planifiée", "planned"),
        TaskStatus::Dispatched => ("envoyée", "dispatched"),
        TaskStatus::Travelling => ("en route", "on the way"),
        TaskStatus::OnSite => ("sur place", "on site"),
        TaskStatus::InProgress => ("en cours", "in progress"),
        TaskStatus::Paused => ("en pause", "paused"),
        TaskStatus::Blocked => ("bloquée", "blocked"),
        TaskStatus::Done => ("terminée", "done"),
        TaskStatus::Validated => ("validée", "validated"),
        TaskStatus::Reopened => ("à reprendre", "sent back"),
        TaskStatus::Cancelled => ("annulée", "cancelled"),
    }
}

/// The step does not fit where the task stands.
pub(super) fn illegal(step: Step, current: &Task) -> Problem {
    let (fr, en) = match step {
        Step::Dispatch => ("envoyer l'équipe", "dispatch"),
        Step::Recall => ("rappeler l'équipe", "recall"),
        Step::Travel => ("partir", "set out"),
        Step::Arrive => ("arriver", "arrive"),
        Step::Start => ("démarrer", "start"),
        Step::Pause => ("mettre en pause", "pause"),
        Step::Resume => ("reprendre", "resume"),
        Step::Block => ("bloquer", "block"),
        Step::Unblock => ("débloquer", "unblock"),
        Step::Finish => ("terminer", "finish"),
        Step::Validate => ("valider", "validate"),
        Step::Reopen => ("rouvrir", "reopen"),
        Step::Cancel => ("annuler", "cancel"),
    };
    let (present_fr, present_en) = status(current.status);
    Problem::conflict(
        "illegal-transition",
        format!("Impossible de {fr} : la tâche est {present_fr}"),
        format!("Cannot {en}: the task is {present_en}"),
    )
    .with("current", current)
}

/// The answer at this place does not fit its question.
pub(super) fn answer(at: usize, error: AnswerError) -> Problem {
    let pointer = |name: &str| format!("/answers/{at}/{name}");
    match error {
        AnswerError::NoSuchQuestion => Problem::invalid().field(
            pointer("question"),
            "unknown",
            "la checklist n'a pas cette question",
            "the checklist has no such question",
        ),
        AnswerError::NotAsked => Problem::invalid().field(
            pointer("question"),
            "not_asked",
            "cette question ne se pose pas, d'après les autres réponses",
            "this question is not asked, by the other answers",
        ),
        AnswerError::PhotoNeeded => Problem::invalid().field(
            pointer("photo_id"),
            "missing_field",
            "cette réponse demande une photo",
            "this answer needs a photo",
        ),
        AnswerError::NoSuchPhoto => Problem::invalid().field(
            pointer("photo_id"),
            "unknown",
            "aucune photo de ce chantier n'a cet identifiant",
            "no photo of this site has this id",
        ),
        AnswerError::BadText => Problem::invalid().field(
            pointer("value"),
            "length",
            "texte de 1 à 2000 caractères",
            "text of 1 to 2000 characters",
        ),
        AnswerError::WrongKind(kind) => {
            let (fr, en) = match kind {
                Kind::YesNo => ("répondez true ou false", "answer true or false"),
                Kind::Number => ("répondez par un nombre", "answer with a number"),
                Kind::Text => ("répondez par un texte", "answer with text"),
                Kind::Photo => {
                    ("répondez par l'identifiant d'une photo", "answer with a photo's id")
                }
            };
            Problem::invalid().field(pointer("value"), "kind", fr, en)
        }
    }
}
