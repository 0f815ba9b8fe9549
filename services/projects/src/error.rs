//! Why this service refuses, and how each refusal is told.

mod delivery;
mod money;
mod steering;

use web::Problem;

pub use delivery::Delivery;
pub use money::{ClaimLineError, MoneyError};
pub use steering::{SteeringError, Unreviewed};

/// Why something about a project is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database said no, or said nothing.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// Another project has this code.
    #[error("the project code is taken")]
    CodeTaken,
    /// The last day lies before the first.
    #[error("the last day lies before the first")]
    DaysReversed,
    /// A project that was under way would be a draft again.
    #[error("a project does not become a draft again")]
    DraftAgain,
    /// The phase is unknown or belongs to another project.
    #[error("the phase is not one of this project")]
    PhaseElsewhere,
    /// The milestone was accepted, which is final.
    #[error("the milestone is accepted")]
    Accepted,
    /// Something about a project's risks or its steering.
    #[error(transparent)]
    Steering(#[from] SteeringError),
    /// Something about a project's money.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(error) => error.into(),
            Error::CodeTaken => Self::conflict(
                "code-taken",
                "Ce code désigne déjà un autre projet",
                "This code already stands for another project",
            )
            .field("/code", "taken", "choisissez un autre code", "choose another code"),
            Error::DaysReversed => Self::invalid().field(
                "/ends_on",
                "order",
                "doit être le jour du début ou un jour suivant",
                "must be the first day or a later one",
            ),
            Error::DraftAgain => Self::conflict(
                "draft-again",
                "Un projet engagé ne redevient pas un brouillon",
                "A project under way does not become a draft again",
            ),
            Error::PhaseElsewhere => Self::invalid().field(
                "/phase_id",
                "reference",
                "n'est pas une phase de ce projet",
                "is not a phase of this project",
            ),
            Error::Accepted => Self::conflict(
                "accepted",
                "Ce jalon est accepté et ne change plus",
                "This milestone is accepted and no longer changes",
            ),
            Error::Steering(error) => error.into(),
            Error::Money(error) => error.into(),
        }
    }
}

/// Whether the database refused because of this constraint.
pub(crate) fn broke(error: &sqlx::Error, constraint: &str) -> bool {
    error.as_database_error().and_then(|e| e.constraint()) == Some(constraint)
}
