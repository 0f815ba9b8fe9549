//! Why this service refuses, and how each refusal is told.

use web::Problem;

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
    /// The work day ends before it starts.
    #[error("the work day ends before it starts")]
    DayReversed,
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
                "doit suivre le début",
                "must come after the start",
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
        }
    }
}

/// Whether the database refused because of this constraint.
pub(crate) fn broke(error: &sqlx::Error, constraint: &str) -> bool {
    error.as_database_error().and_then(|e| e.constraint()) == Some(constraint)
}
