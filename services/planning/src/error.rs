//! Why planning refuses something. One enum for the service; every variant becomes a problem
//! below, without a wildcard.

mod dispatch;
mod plan;
mod say;
mod time;
mod work;

use http::StatusCode;
use kernel::{ChecklistRunId, TimeEntryId, Timestamp};
use web::Problem;

pub use self::dispatch::{DispatchError, Displaced, UnfitTask};
pub use self::plan::PlanError;
use self::say::{answer, double_booked, illegal, span, status, titles};
pub use self::time::TimeError;
pub use self::work::WorkError;
use crate::checklists::model::{AnswerError, ChecklistRef};
use crate::dispatch::{Clash, Refusal};
use crate::limits::Definition;
use crate::tasks::model::{SpanError, Step};
use crate::tasks::{Task, TaskRef};

/// Why planning refuses something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// PostgreSQL's own refusal or failure.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// What every service answers alike: not found, not allowed, changed meanwhile.
    #[error("refused at the door")]
    Door(Box<Problem>),
    /// An id that the client chose is taken.
    #[error("the id is taken")]
    AlreadyExists,
    /// The field of this pointer refers to something that does not exist.
    #[error("{0} refers to something that does not exist")]
    Unknown(&'static str),
    /// The planned dates are none.
    #[error("no span of time: {0:?}")]
    Span(SpanError),
    /// The step does not fit where the task stands.
    #[error("cannot {step:?} from {:?}", current.status)]
    IllegalTransition {
        /// The step.
        step: Step,
        /// The task as it is.
        current: Box<Task>,
    },
    /// What is done or cancelled does not change.
    #[error("the task is closed")]
    Closed(Box<Task>),
    /// Tasks that come before are not done.
    #[error("predecessors are open")]
    PredecessorsOpen(Vec<TaskRef>),
    /// Required checklists are not complete.
    #[error("checklists are incomplete")]
    ChecklistsIncomplete(Vec<ChecklistRef>),
    /// A link would close a cycle of these tasks.
    #[error("the link closes a cycle")]
    Cycle(Vec<TaskRef>),
    /// A link between tasks of two projects.
    #[error("the tasks belong to two projects")]
    OtherProject,
    /// A link to a task that has begun.
    #[error("the successor has begun")]
    Begun(Box<Task>),
    /// A task would begin before what it depends on is done.
    #[error("begins before {earliest}")]
    TooEarly {
        /// When it may begin.
        earliest: Timestamp,
    },
    /// Rules stand against workers on a task.
    #[error("workers do not fit")]
    Unfit(Vec<Refusal>),
    /// Workers would be on two tasks at a time.
    #[error("workers would be on two tasks at a time")]
    DoubleBooked(Vec<Clash>),
    /// The automatic assignment found nobody to put anywhere.
    #[error("nobody to assign")]
    NobodyToAssign,
    /// Neither tasks nor a site with a day were named, or both.
    #[error("name tasks, or a site and a day")]
    TasksOrDay,
    /// The checklist is none of the task's.
    #[error("the checklist is none of the task's")]
    NotLinked,
    /// The task's checklist is being answered already.
    #[error("run {0} was begun already")]
    RunExists(ChecklistRunId),
    /// An answer does not fit its question.
    #[error("answer {at}: {error:?}")]
    Answer {
        /// Its place among the answers.
        at: usize,
        /// Why.
        error: AnswerError,
    },
    /// The caller's account is linked to no worker.
    #[error("the caller is no worker")]
    NotAWorker,
    /// The cursor of a pull is none.
    #[error("unknown cursor")]
    UnknownCursor,
    /// Nobody says who clocks in.
    #[error("a worker must be named")]
    WorkerNeeded,
    /// The worker is on a site already.
    #[error("the worker is clocked in already: {0}")]
    OpenEntry(TimeEntryId),
    /// The worker was elsewhere at that time.
    #[error("overlaps time entry {0}")]
    Overlap(TimeEntryId),
    /// The worker has left already.
    #[error("the worker is clocked out already")]
    AlreadyOut,
    /// Leaving comes after coming.
    #[error("the end is not after the start")]
    OutBeforeIn,
    /// A stay of more than 24 hours.
    #[error("longer than 24 hours")]
    TooLong,
    /// A time that has not come yet.
    #[error("the time lies in the future")]
    NotYet,
    /// A change that changes nothing.
    #[error("nothing to change")]
    NoChange,
    /// The incident has been dealt with.
    #[error("the incident is resolved")]
    IncidentResolved,
    /// There are as many of these as may be.
    #[error("too many: {0:?}")]
    TooMany(Definition),
    /// Resolving takes a resolution.
    #[error("resolved without a resolution")]
    ResolutionNeeded,
    /// Hours, weeks, the law.
    #[error("hours: {0:?}")]
    Time(Box<TimeError>),
    /// A change to a plan.
    #[error("the plan refuses: {0:?}")]
    Plan(Box<PlanError>),
    /// A search, a proposal, or travel times.
    #[error("dispatch refuses: {0:?}")]
    Dispatch(Box<DispatchError>),
    /// Something about the work on a task.
    #[error("the work refuses: {0:?}")]
    Work(Box<WorkError>),
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Door(Box::new(problem))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(error) if took_a_held_worker(&error) => double_booked(&[]),
            Error::Database(error) => error.into(),
            Error::Door(problem) => *problem,
            Error::AlreadyExists => {
                Self::conflict("already-exists", "Existe déjà", "Already exists")
            }
            Error::Unknown(pointer) => Self::invalid().field(
                pointer,
                "unknown",
                "renvoie à un élément qui n'existe pas",
                "refers to something that does not exist",
            ),
            Error::Span(error) => span(error),
            Error::IllegalTransition { step, current } => illegal(step, &current),
            Error::Closed(task) => Self::conflict(
                "task-closed",
                format!("La tâche est {}", status(task.status).0),
                format!("The task is {}", status(task.status).1),
            )
            .detail(
                "Une tâche terminée doit être rouverte avant de changer.",
                "A task that is done must be reopened before it changes.",
            )
            .with("current", task),
            Error::PredecessorsOpen(open) => Self::conflict(
                "predecessors-open",
                "Une tâche qui précède n'est pas terminée",
                "A task that comes before is not done",
            )
            .detail(titles(&open), titles(&open))
            .with("predecessors", open),
            Error::ChecklistsIncomplete(missing) => {
                let names: Vec<_> = missing.iter().map(|m| m.name.as_str()).collect();
                Self::conflict(
                    "checklists-incomplete",
                    "Une checklist obligatoire n'est pas complète",
                    "A required checklist is not complete",
                )
                .detail(names.join(" ; "), names.join("; "))
                .with("checklists", missing)
            }
            Error::Cycle(cycle) => Self::conflict(
                "cycle",
                "Ces tâches s'attendraient les unes les autres",
                "These tasks would wait for each other",
            )
            .detail(titles(&cycle), titles(&cycle))
            .with("cycle", cycle),
            Error::OtherProject => Self::invalid().field(
                "/successor",
                "project",
                "les deux tâches doivent être du même projet",
                "both tasks must belong to the same project",
            ),
            Error::Begun(task) => Self::conflict(
                "successor-begun",
                "La tâche qui suivrait a déjà commencé",
                "The task that would come after has begun",
            )
            .with("current", task),
            Error::TooEarly { earliest } => Self::conflict(
                "starts-too-early",
                "La tâche commence avant la fin de celles qui la précèdent",
                "The task begins before those that precede it end",
            )
            .detail(
                format!("Elle peut commencer à partir de {}.", earliest.to_rfc3339()),
                format!("It may begin from {} on.", earliest.to_rfc3339()),
            )
            .with("earliest", earliest),
            Error::Unfit(refused) => Self::conflict(
                "workers-unfit",
                "Des ouvriers ne peuvent pas être affectés à cette tâche",
                "Some workers cannot be on this task",
            )
            .with("reasons", refused),
            Error::DoubleBooked(clashes) => double_booked(&clashes),
            Error::NobodyToAssign => Self::conflict(
                "nobody-to-assign",
                "Personne à affecter",
                "Nobody to assign",
            )
            .detail(
                "Les tâches sont complètes ou personne ne convient : demandez une proposition \
                 pour voir pourquoi.",
                "The tasks are filled or nobody fits: ask for a proposal to see why.",
            ),
            Error::TasksOrDay => Self::invalid().field(
                "/task_ids",
                "missing_field",
                "indiquez task_ids, ou bien site_id et day",
                "give task_ids, or else site_id and day",
            ),
            Error::NotLinked => Self::conflict(
                "checklist-not-linked",
                "Cette checklist n'est pas prévue pour la tâche",
                "This checklist is none of the task's",
            ),
            Error::RunExists(run) => Self::conflict(
                "already-exists",
                "Cette checklist est déjà commencée pour la tâche",
                "This checklist was begun already for the task",
            )
            .with("run", run),
            Error::Answer { at, error } => answer(at, error),
            Error::NotAWorker => Self::new(
                StatusCode::FORBIDDEN,
                "not-a-worker",
                "Votre compte n'est lié à aucun ouvrier",
                "Your account is linked to no worker",
            )
            .detail(
                "Demandez au responsable du compte de lier votre fiche d'ouvrier.",
                "Ask the account's admin to link your worker's record.",
            ),
            Error::UnknownCursor => Self::invalid().field(
                "since",
                "cursor",
                "curseur inconnu : reprenez celui de la dernière réponse, ou aucun",
                "unknown cursor: take the one the last answer gave, or none",
            ),
            Error::WorkerNeeded => Self::invalid().field(
                "/worker_id",
                "missing_field",
                "indiquez l'ouvrier : votre compte n'est lié à aucun",
                "name the worker: your account is linked to none",
            ),
            Error::OpenEntry(open) => Self::conflict(
                "already-clocked-in",
                "L'ouvrier est déjà pointé sur un chantier",
                "The worker is clocked in already",
            )
            .detail(
                "Pointez d'abord la sortie du pointage en cours.",
                "Clock out of the open entry first.",
            )
            .with("entry", open),
            Error::Overlap(other) => Self::conflict(
                "time-overlap",
                "L'ouvrier est déjà pointé à ce moment-là",
                "The worker is clocked in elsewhere at that time",
            )
            .detail(
                "Corrigez l'autre pointage ou choisissez d'autres heures.",
                "Correct the other entry or choose other times.",
            )
            .with("entry", other),
            Error::AlreadyOut => Self::conflict(
                "already-clocked-out",
                "La sortie est déjà pointée",
                "Clocked out already",
            ),
            Error::OutBeforeIn => Self::invalid().field(
                "/out_at",
                "order",
                "la sortie doit suivre l'entrée ; vérifiez l'heure du téléphone",
                "the end must come after the start; check the phone's clock",
            ),
            Error::TooLong => Self::invalid().field(
                "/out_at",
                "range",
                "un pointage dure au plus 24 heures ; le chef de chantier peut le corriger",
                "an entry lasts 24 hours at most; the site lead can correct it",
            ),
            Error::NotYet => Self::invalid().field(
                "",
                "range",
                "l'heure est dans le futur",
                "the time lies in the future",
            ),
            Error::NoChange => Self::invalid().field(
                "",
                "missing_field",
                "indiquez au moins un champ à changer",
                "name at least one field to change",
            ),
            Error::IncidentResolved => Self::conflict(
                "incident-resolved",
                "L'incident est déjà résolu",
                "The incident is resolved already",
            ),
            Error::TooMany(what) => what.into(),
            Error::ResolutionNeeded => Self::invalid().field(
                "/status",
                "resolution",
                "pour résoudre, utilisez l'adresse /resolve avec la résolution",
                "to resolve, use the address /resolve with the resolution",
            ),
            Error::Time(error) => (*error).into(),
            Error::Plan(error) => (*error).into(),
            Error::Dispatch(error) => (*error).into(),
            Error::Work(error) => (*error).into(),
        }
    }
}

/// Whether the table's own constraint kept a worker from being held twice at a time.
pub(crate) fn took_a_held_worker(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|e| e.constraint()) == Some("assignment_overlap")
}
