//! Why the time clock, the weeks of hours and the law refuse something.

use http::StatusCode;
use kernel::TimesheetId;
use labour::Refused;
use web::Problem;

use super::Error;

/// Why something about hours is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeError {
    /// A press from the future.
    PressAhead,
    /// A press that was kept for more than 30 days.
    PressTooOld,
    /// A break or a journey that is not after the one before, or not within the stay.
    SegmentOrder,
    /// The worker does that already.
    AtItAlready,
    /// More breaks and journeys than a day can have.
    TooManySegments,
    /// No end was found for the stay.
    NoProposal,
    /// The code is not the one that hung on the site then.
    BadCode,
    /// The week is approved: nothing of it changes.
    WeekLocked(TimesheetId),
    /// The week's sheet is there already.
    SheetExists(TimesheetId),
    /// The week has not ended.
    WeekGoesOn,
    /// A stay of the week goes on, or nobody clocked out of it.
    StayGoesOn,
    /// The worker has not signed.
    NotSigned,
    /// It is approved already.
    AlreadyApproved,
    /// The hours are others than the worker signed.
    ChangedSinceSigned,
    /// Nobody signed or approved it: there is nothing to open again.
    IsOpen,
    /// Sheets are opened for a worker or for a site.
    WorkerOrSite,
    /// The law of the firm's country is not known.
    UnknownLaw(String),
    /// The law refuses.
    Law(Refused),
}

impl From<TimeError> for Error {
    fn from(error: TimeError) -> Self {
        Self::Time(Box::new(error))
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        TimeError::Law(refused).into()
    }
}

impl From<TimeError> for Problem {
    fn from(error: TimeError) -> Self {
        match error {
            TimeError::PressAhead => Self::invalid().field(
                "Device-Time",
                "range",
                "l'heure est dans le futur ; vérifiez l'heure du téléphone",
                "the time lies in the future; check the phone's clock",
            ),
            TimeError::PressTooOld => Self::invalid().field(
                "Device-Time",
                "range",
                "plus de 30 jours se sont écoulés ; le chef de chantier peut saisir les heures",
                "more than 30 days ago; the site lead can enter the hours",
            ),
            TimeError::SegmentOrder => Self::invalid().field(
                "",
                "order",
                "une pause ou un trajet doit suivre le précédent et rester dans le pointage ; \
                 vérifiez l'heure du téléphone",
                "a break or a journey must follow the one before and stay within the entry; check \
                 the phone's clock",
            ),
            TimeError::AtItAlready => Self::conflict(
                "already-at-it",
                "C'est déjà l'activité en cours",
                "That is what the worker does already",
            ),
            TimeError::TooManySegments => Self::invalid().field(
                "/segments",
                "length",
                "50 pauses et trajets au plus par pointage",
                "50 breaks and journeys per entry at most",
            ),
            TimeError::NoProposal => Self::conflict(
                "no-proposal",
                "Aucune heure de sortie n'a été trouvée pour ce pointage",
                "No end was found for this entry",
            ),
            TimeError::BadCode => Self::invalid().field(
                "/code",
                "unknown",
                "ce n'est pas le code affiché sur ce chantier à cette heure-là ; pointez sans lui",
                "not the code that hung on this site then; clock in without it",
            ),
            TimeError::WeekLocked(sheet) => Self::conflict(
                "week-locked",
                "La semaine est validée : ses heures ne changent plus",
                "The week is approved: its hours change no more",
            )
            .detail(
                "Rouvrez d'abord la feuille d'heures, avec un motif.",
                "Open the timesheet again first, with a reason.",
            )
            .with("timesheet", sheet),
            TimeError::SheetExists(sheet) => Self::conflict(
                "already-exists",
                "Cette semaine a déjà sa feuille d'heures",
                "This week has its timesheet already",
            )
            .with("timesheet", sheet),
            TimeError::WeekGoesOn => Self::conflict(
                "week-goes-on",
                "La semaine n'est pas terminée",
                "The week has not ended",
            ),
            TimeError::StayGoesOn => Self::conflict(
                "stay-goes-on",
                "Un pointage de la semaine n'a pas de sortie",
                "An entry of the week has no clock-out",
            )
            .detail(
                "Pointez la sortie ou acceptez l'heure proposée, puis recommencez.",
                "Clock out or accept the end that is proposed, then try again.",
            ),
            TimeError::NotSigned => Self::conflict(
                "not-signed",
                "L'ouvrier n'a pas signé la semaine",
                "The worker has not signed the week",
            )
            .detail(
                "Si l'ouvrier ne peut pas signer, dites pourquoi dans without_worker.",
                "Where the worker cannot sign, say why in without_worker.",
            ),
            TimeError::AlreadyApproved => Self::conflict(
                "already-approved",
                "La feuille d'heures est déjà validée",
                "The timesheet is approved already",
            ),
            TimeError::ChangedSinceSigned => Self::conflict(
                "changed-since-signed",
                "Les heures ont changé depuis la signature de l'ouvrier",
                "The hours have changed since the worker signed",
            )
            .detail("L'ouvrier doit signer de nouveau.", "The worker must sign again."),
            TimeError::IsOpen => Self::conflict(
                "timesheet-open",
                "La feuille d'heures est ouverte",
                "The timesheet is open",
            ),
            TimeError::WorkerOrSite => Self::invalid().field(
                "/worker_id",
                "missing_field",
                "indiquez worker_id, ou bien site_id pour tous ceux qui y ont pointé",
                "give worker_id, or else site_id for all who clocked in there",
            ),
            TimeError::UnknownLaw(country) => Self::new(
                StatusCode::CONFLICT,
                "law-unknown",
                format!("Le droit du travail de ce pays ({country}) n'est pas connu"),
                format!("The working-time law of this country ({country}) is not known"),
            ),
            TimeError::Law(refused) => law(refused),
        }
    }
}

fn law(refused: Refused) -> Problem {
    let (pointer, code, fr, en) = match &refused {
        Refused::EndsBeforeStart(_) => (
            "/spans",
            "order",
            "la fin doit suivre le début".to_owned(),
            "the end must come after the start".to_owned(),
        ),
        Refused::TooLong(_) => (
            "/spans",
            "range",
            "une période dure au plus une semaine".to_owned(),
            "a span lasts a week at most".to_owned(),
        ),
        Refused::OutOfTime(_) => (
            "/spans",
            "range",
            "année de 2000 à 2100".to_owned(),
            "year from 2000 to 2100".to_owned(),
        ),
        Refused::Overlap(..) => (
            "/spans",
            "overlap",
            "deux périodes se chevauchent".to_owned(),
            "two spans overlap".to_owned(),
        ),
        Refused::NoSuchRule(rule) => (
            "/limits",
            "unknown",
            format!("il n'y a pas de règle {rule}"),
            format!("there is no rule {rule}"),
        ),
        Refused::AgreedTwice(rule) => (
            "/limits",
            "duplicate",
            format!("la règle {rule} est citée deux fois"),
            format!("the rule {rule} is named twice"),
        ),
        Refused::BeyondBound { rule, bound, article, .. } => (
            "/limits",
            "law",
            format!("{rule} : la loi ne permet pas d'aller au-delà de {bound} ({article})"),
            format!("{rule}: the law lets nobody go beyond {bound} ({article})"),
        ),
        Refused::Rates { least, article } => (
            "/overtime",
            "law",
            format!("par paliers croissants, le dernier sans fin, {least} % au moins ({article})"),
            format!("in rising steps, the last without an end, {least} % at least ({article})"),
        ),
    };
    Problem::invalid().field(pointer, code, fr, en)
}
