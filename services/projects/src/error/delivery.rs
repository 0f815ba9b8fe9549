//! Why something of a site's parts, a deliverable, a change order or an issue is refused.

use kernel::Currency;
use web::Problem;

/// Why it is refused.
#[derive(Debug, thiserror::Error)]
pub enum Delivery {
    /// The database said no, or said nothing.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The part cannot lie where it was said to.
    #[error("the part cannot lie there")]
    PartElsewhere,
    /// A brother has this name.
    #[error("the name is taken among the part's brothers")]
    PartNameTaken,
    /// The part has parts of its own.
    #[error("the part has parts of its own")]
    PartNotEmpty,
    /// The site has as many parts as a site may have.
    #[error("the site has too many parts")]
    PartsFull,
    /// The milestone is unknown or belongs to another project.
    #[error("the milestone is not one of this project")]
    MilestoneElsewhere,
    /// Nobody has this id; the pointer names the field.
    #[error("nobody has this id")]
    PersonUnknown(&'static str),
    /// It was not handed over, so there is nothing to decide.
    #[error("it was not submitted")]
    NotSubmitted,
    /// It waits for a decision and does not change meanwhile.
    #[error("it waits for a decision")]
    AwaitsSponsor,
    /// The deliverable was accepted, which is final.
    #[error("the deliverable is accepted")]
    DeliverableAccepted,
    /// The change order was approved, which is final.
    #[error("the change order is approved")]
    ChangeOrderApproved,
    /// The amount is not in the project's currency.
    #[error("the amount is not in the project's currency")]
    OtherCurrency(Currency),
    /// The issue is settled.
    #[error("the issue is resolved")]
    Resolved,
    /// The issue is open.
    #[error("the issue is open")]
    NotResolved,
}

impl From<Delivery> for Problem {
    fn from(error: Delivery) -> Self {
        match error {
            Delivery::Database(error) => error.into(),
            Delivery::PartElsewhere => Self::invalid().field(
                "/parent_id",
                "reference",
                "un niveau est dans une zone du même chantier ou dans le chantier, une zone dans le chantier",
                "a level lies in a zone of the same site or in the site, a zone in the site",
            ),
            Delivery::PartNameTaken => Self::conflict(
                "name-taken",
                "Une autre partie porte ce nom au même endroit",
                "Another part has this name in the same place",
            )
            .field("/name", "taken", "choisissez un autre nom", "choose another name"),
            Delivery::PartNotEmpty => Self::conflict(
                "not-empty",
                "Cette zone contient des niveaux : retirez-les d'abord",
                "This zone has levels: remove them first",
            ),
            Delivery::PartsFull => Self::conflict(
                "too-many",
                "Ce chantier compte déjà 500 parties",
                "This site has 500 parts already",
            ),
            Delivery::MilestoneElsewhere => Self::invalid().field(
                "/milestone_id",
                "reference",
                "n'est pas un jalon de ce projet",
                "is not a milestone of this project",
            ),
            Delivery::PersonUnknown(pointer) => {
                Self::invalid().field(pointer, "reference", "personne inconnue", "nobody we know")
            }
            Delivery::NotSubmitted => Self::conflict(
                "not-submitted",
                "Rien n'est soumis à décision",
                "Nothing was submitted to decide on",
            ),
            Delivery::AwaitsSponsor => Self::conflict(
                "awaits-decision",
                "En attente d'une décision ; rien ne change d'ici là",
                "Waiting for a decision; nothing changes until then",
            ),
            Delivery::DeliverableAccepted => Self::conflict(
                "accepted",
                "Ce livrable est accepté et ne change plus",
                "This deliverable is accepted and no longer changes",
            ),
            Delivery::ChangeOrderApproved => Self::conflict(
                "approved",
                "Cet avenant est approuvé et ne change plus",
                "This change order is approved and no longer changes",
            ),
            Delivery::OtherCurrency(currency) => Self::invalid().field(
                "/amount/currency",
                "currency",
                format!("les comptes du projet sont en {currency}"),
                format!("the project's books are in {currency}"),
            ),
            Delivery::Resolved => Self::conflict(
                "resolved",
                "Ce point est résolu : rouvrez-le d'abord",
                "This issue is resolved: reopen it first",
            ),
            Delivery::NotResolved => Self::conflict(
                "not-resolved",
                "Ce point n'est pas résolu",
                "This issue is not resolved",
            ),
        }
    }
}
