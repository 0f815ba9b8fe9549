//! Why this service refuses, and how each refusal is told.

mod fleet;

use web::Problem;

pub(crate) use fleet::Fleet;

/// Why something about a worker, a skill or a crew is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database said no, or said nothing.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// Another skill has this code.
    #[error("the skill code is taken")]
    CodeTaken,
    /// Another crew has this name.
    #[error("the crew name is taken")]
    NameTaken,
    /// Another worker has this account.
    #[error("the account is linked to another worker")]
    UserTaken,
    /// There is no such account.
    #[error("no such user")]
    UserUnknown,
    /// The work day ends before it starts, and not in the night after it.
    #[error("the work day ends before it starts")]
    DayReversed,
    /// The other hours at this place of the list do.
    #[error("hours {0} end before they start")]
    SpanReversed(usize),
    /// Spans of a week's hours overlap.
    #[error("spans of a week overlap")]
    HoursOverlap,
    /// The skill at this place of the list is unknown, or there twice.
    #[error("skill {0} of the list is unknown or there twice")]
    Skill(usize),
    /// The crew's leader is unknown.
    #[error("the crew's leader is unknown")]
    LeadUnknown,
    /// The member at this place of the list is unknown.
    #[error("member {0} of the list is unknown")]
    MemberUnknown(usize),
    /// The absence ends before it starts, or lasts longer than two years.
    #[error("the absence ends before it starts or lasts too long")]
    Span,
    /// The absence is given neither by two instants nor by days, or by both.
    #[error("the absence is given by instants or by days")]
    SpanOrDays,
    /// Illness is noted, not asked for.
    #[error("illness is not asked for")]
    NotAskedFor,
    /// Leave is asked for ahead, within two years.
    #[error("leave is asked for ahead")]
    NotAhead,
    /// The worker is away at that time, or asks to be.
    #[error("the absence overlaps another")]
    AbsenceOverlap,
    /// The leave was decided on, or was never asked for.
    #[error("the leave was decided on")]
    AbsenceDecided,
    /// The other hours at this place of the list are of a day that is not worked.
    #[error("hours {0} are of a day that is not worked")]
    DayNotWorked(usize),
    /// The birthday is not one of somebody under age who may work.
    #[error("not the birthday of somebody under age who may work")]
    NotUnderAge,
    /// There is no such depot.
    #[error("no such depot")]
    DepotUnknown,
    /// There is no such skill.
    #[error("no such skill")]
    SkillUnknown,
    /// Another kind of certificate has this code.
    #[error("the code is taken by another kind of certificate")]
    KindCodeTaken,
    /// There is no such kind of certificate.
    #[error("no such kind of certificate")]
    KindUnknown,
    /// The certificate ends before it begins.
    #[error("the certificate ends before it begins")]
    ExpiryBeforeIssue,
    /// The worker has as many certificates as there can be.
    #[error("the worker has too many certificates")]
    TooManyCertificates,
    /// What is asked of availability is too long, too large or reversed.
    #[error("the time asked for is reversed or too long")]
    Horizon,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(error) => error.into(),
            Error::CodeTaken => Self::conflict(
                "code-taken",
                "Ce code désigne déjà une autre compétence",
                "This code already stands for another skill",
            )
            .field("/code", "taken", "choisissez un autre code", "choose another code"),
            Error::NameTaken => Self::conflict(
                "name-taken",
                "Une autre équipe porte ce nom",
                "Another crew has this name",
            )
            .field("/name", "taken", "choisissez un autre nom", "choose another name"),
            Error::UserTaken => Self::conflict(
                "user-taken",
                "Ce compte est déjà lié à un autre ouvrier",
                "This account is already linked to another worker",
            )
            .field("/user_id", "taken", "déjà lié", "already linked"),
            Error::UserUnknown => {
                Self::invalid().field("/user_id", "reference", "compte inconnu", "unknown account")
            }
            Error::DayReversed => Self::invalid().field(
                "/hours/ends",
                "order",
                "doit suivre le début, au plus tard seize heures après s'il passe minuit",
                "must come after the start, within sixteen hours where it is past midnight",
            ),
            Error::SpanReversed(place) => Self::invalid().field(
                format!("/hours/other_days/{place}/ends"),
                "order",
                "doit suivre le début, dans les seize heures et avant la fin du lendemain",
                "must come after the start, within sixteen hours and by the end of the next day",
            ),
            Error::HoursOverlap => Self::invalid().field(
                "/hours",
                "order",
                "des plages se chevauchent, d'un jour ou d'une nuit à l'autre",
                "spans overlap, within a day or from one night to the next day",
            ),
            Error::Skill(place) => Self::invalid().field(
                format!("/skills/{place}/skill_id"),
                "reference",
                "compétence inconnue ou en double",
                "skill that is unknown or there twice",
            ),
            Error::LeadUnknown => {
                Self::invalid().field("/lead_id", "reference", "ouvrier inconnu", "unknown worker")
            }
            Error::MemberUnknown(place) => Self::invalid().field(
                format!("/members/{place}"),
                "reference",
                "ouvrier inconnu",
                "unknown worker",
            ),
            Error::Span => Self::invalid().field(
                "/to",
                "order",
                "doit suivre le début, de deux ans au plus",
                "must come after the start, within two years",
            ),
            Error::SpanOrDays => Self::invalid().field(
                "/days",
                "either",
                "donnez soit from et to, soit days",
                "give either from and to, or days",
            ),
            Error::NotAskedFor => Self::invalid().field(
                "/kind",
                "kind",
                "une maladie se signale à votre responsable",
                "illness is told to your lead",
            ),
            Error::NotAhead => Self::invalid().field(
                "/from",
                "range",
                "doit être à venir, dans les deux ans",
                "must be ahead, within two years",
            ),
            Error::AbsenceOverlap => Self::conflict(
                "absence-overlap",
                "Une absence est déjà demandée ou notée à ce moment-là",
                "An absence is asked for or noted at that time",
            )
            .field(
                "/from",
                "overlap",
                "chevauche une autre absence",
                "overlaps another absence",
            ),
            Error::AbsenceDecided => Self::conflict(
                "absence-decided",
                "Cette absence n'attend plus de décision",
                "This absence does not wait for a decision any more",
            ),
            Error::DayNotWorked(place) => Self::invalid().field(
                format!("/hours/other_days/{place}/day"),
                "reference",
                "pas un des jours travaillés",
                "not one of the days worked",
            ),
            Error::NotUnderAge => Self::invalid().field(
                "/minor_until",
                "range",
                "le jour des 18 ans d'un mineur de 14 ans au moins ; null pour un adulte",
                "the eighteenth birthday of somebody of 14 at least; null for an adult",
            ),
            Error::DepotUnknown => {
                Self::invalid().field("/depot_id", "reference", "dépôt inconnu", "unknown depot")
            }
            Error::SkillUnknown => Self::invalid().field(
                "/skill_id",
                "reference",
                "compétence inconnue",
                "unknown skill",
            ),
            Error::KindCodeTaken => Self::conflict(
                "code-taken",
                "Ce code désigne déjà un autre type de certificat",
                "This code already stands for another kind of certificate",
            )
            .field("/code", "taken", "choisissez un autre code", "choose another code"),
            Error::KindUnknown => Self::invalid().field(
                "/kind_id",
                "reference",
                "type de certificat inconnu",
                "unknown kind of certificate",
            ),
            Error::ExpiryBeforeIssue => Self::invalid().field(
                "/expires_on",
                "order",
                "doit suivre la délivrance",
                "must not come before the issue",
            ),
            Error::TooManyCertificates => Self::conflict(
                "too-many",
                "Cet ouvrier a trop de certificats : retirez ceux qui ne servent plus",
                "This worker has too many certificates: remove those of no more use",
            ),
            Error::Horizon => Self::invalid().field(
                "to",
                "range",
                "doit suivre le début, de 31 jours au plus",
                "must come after the start, within 31 days",
            ),
        }
    }
}

/// Whether the database refused because of this constraint.
pub(crate) fn broke(error: &sqlx::Error, constraint: &str) -> bool {
    error.as_database_error().and_then(|e| e.constraint()) == Some(constraint)
}
