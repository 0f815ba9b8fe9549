//! Why something about risks and steering is refused.

use kernel::RiskId;
use serde::Serialize;
use web::Problem;

/// A risk that a meeting has not reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreviewed {
    /// The risk.
    pub id: RiskId,
    /// Its name.
    pub title: String,
}

/// Why something about risks and steering is refused.
#[derive(Debug, thiserror::Error)]
pub enum SteeringError {
    /// The owner is no user of the firm.
    #[error("the owner is no user of the firm")]
    OwnerUnknown,
    /// The meeting is unknown or another project's.
    #[error("the meeting is not one of this project")]
    MeetingElsewhere,
    /// The meeting is closed, which is final.
    #[error("the meeting is closed")]
    MeetingClosed,
    /// The meeting lies in the future.
    #[error("the meeting has not been held")]
    MeetingAhead,
    /// The meeting has reviewed this risk.
    #[error("the meeting has reviewed this risk")]
    ReviewedAlready,
    /// Open risks that the meeting has not reviewed.
    #[error("{} open risks are not reviewed", .0.len())]
    Unreviewed(Vec<Unreviewed>),
    /// The decision is taken or the action done, which is final.
    #[error("the item is done")]
    ItemDone,
    /// The project follows this indicator.
    #[error("the project follows this indicator")]
    KpiTaken,
    /// The warning lies on the wrong side of the target.
    #[error("the warning lies on the wrong side of the target")]
    WarningMisplaced,
    /// The indicator is no risk indicator, or named twice: at this place of the list.
    #[error("the indicator at {0} is no risk indicator, or named twice")]
    LimitUnknown(usize),
    /// The breach lies below the warning: at this place of the list.
    #[error("the breach at {0} lies below the warning")]
    LimitsReversed(usize),
}

impl From<SteeringError> for Problem {
    fn from(error: SteeringError) -> Self {
        match error {
            SteeringError::OwnerUnknown => Self::invalid().field(
                "/owner_id",
                "reference",
                "n'est pas un utilisateur de l'entreprise",
                "is not a user of the firm",
            ),
            SteeringError::MeetingElsewhere => Self::invalid().field(
                "/meeting_id",
                "reference",
                "n'est pas un comité de ce projet",
                "is not a meeting of this project",
            ),
            SteeringError::MeetingClosed => Self::conflict(
                "meeting-closed",
                "Ce comité est clos et ne change plus",
                "This meeting is closed and no longer changes",
            ),
            SteeringError::MeetingAhead => Self::conflict(
                "meeting-ahead",
                "Ce comité n'a pas encore eu lieu",
                "This meeting has not been held yet",
            )
            .detail("Corrigez sa date s'il a eu lieu.", "Correct its date if it was held."),
            SteeringError::ReviewedAlready => Self::conflict(
                "reviewed-already",
                "Ce comité a déjà revu ce risque",
                "This meeting has reviewed this risk already",
            ),
            SteeringError::Unreviewed(risks) => Self::conflict(
                "risks-unreviewed",
                "Des risques ouverts n'ont pas été revus par ce comité",
                "Open risks were not reviewed by this meeting",
            )
            .detail(
                "Revoyez chaque risque de la liste `risks`, puis clôturez.",
                "Review each risk of the list `risks`, then close.",
            )
            .with("risks", risks),
            SteeringError::ItemDone => Self::conflict(
                "item-done",
                "Cette décision est prise, ou cette action faite : elle ne change plus",
                "This decision is taken, or this action done: it no longer changes",
            ),
            SteeringError::KpiTaken => Self::conflict(
                "kpi-taken",
                "Le projet suit déjà cet indicateur",
                "The project follows this indicator already",
            )
            .field("/indicator", "taken", "déjà suivi", "followed already"),
            SteeringError::WarningMisplaced => Self::invalid().field(
                "/warning",
                "order",
                "doit se trouver au-delà de la cible, du mauvais côté",
                "must lie beyond the target, on its bad side",
            ),
            SteeringError::LimitUnknown(at) => Self::invalid().field(
                format!("/thresholds/{at}/indicator"),
                "reference",
                "n'est pas un indicateur de risque, ou figure deux fois",
                "is no risk indicator, or stands twice",
            ),
            SteeringError::LimitsReversed(at) => Self::invalid().field(
                format!("/thresholds/{at}/breach"),
                "order",
                "doit être l'alerte ou plus",
                "must be the warning or more",
            ),
        }
    }
}
