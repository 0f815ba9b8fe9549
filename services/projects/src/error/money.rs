//! Why something about money is refused.

use chrono::NaiveDate;
use contracts::ClaimStatus;
use kernel::Currency;
use web::Problem;

/// Why something about a project's money is refused.
#[derive(Debug, thiserror::Error)]
pub enum MoneyError {
    /// There is no exchange rate for this pair on this day.
    #[error("no rate from {from} to {to} on {day}")]
    NoRate {
        /// The currency of the amount,
        from: Currency,
        /// the project's,
        to: Currency,
        /// and the day.
        day: NaiveDate,
    },
    /// The pair has this day's rate already.
    #[error("the rate of this pair and day is known")]
    RateKnown,
    /// The pair's parity is fixed, or both currencies are the same.
    #[error("the parity is fixed")]
    FixedParity,
    /// An amount, once converted or added up, is larger than is taken.
    #[error("the amount is too large")]
    TooLarge,
    /// A phase, site, task, budget line or commitment is not one of the project.
    #[error("{0} is not of this project")]
    Elsewhere(&'static str),
    /// A project has at most so many budget lines.
    #[error("too many budget lines")]
    TooManyLines,
    /// A cost's own currency would change without its amount.
    #[error("the currency changes only with the amount")]
    CurrencyAlone,
    /// The contract's reference is taken within the project.
    #[error("the contract's reference is taken")]
    ReferenceTaken,
    /// The order has a contract.
    #[error("the order has a contract")]
    OrderTaken,
    /// The retention is more than the law allows.
    #[error("the retention is above {0} hundredths of a percent")]
    Retention(i32),
    /// Reverse charge where the law knows none.
    #[error("no reverse charge in this country")]
    ReverseCharge,
    /// The advance's repayment would end before it begins.
    #[error("the repayment's shares are not in order")]
    AdvanceOrder,
    /// The claims could not repay the advance.
    #[error("the advance is too large to be repaid")]
    AdvanceTooLarge,
    /// The contract has claims and its terms stay.
    #[error("the contract has claims")]
    Claimed,
    /// A claim of this contract is still open.
    #[error("another claim is open")]
    ClaimOpen,
    /// The retention was released: the contract is settled.
    #[error("the contract is settled")]
    Settled,
    /// The claim's lines name this line wrongly.
    #[error("line {0}: {1}")]
    ClaimLine(usize, ClaimLineError),
    /// The retention is released once all is accepted at 100 %.
    #[error("not all is accepted at 100 %")]
    Unfinished,
    /// What is to be corrected is no accepted claim of the contract, or nothing of it is taken back.
    #[error("no accepted claim of this contract is corrected")]
    Corrects,
    /// The amounts of a claim's cost are the claim's.
    #[error("the cost is that of a claim")]
    OfClaim,
    /// The claim stands where this cannot be done.
    #[error("a claim that is {0:?} does not allow this")]
    ClaimStatus(ClaimStatus),
}

/// What is wrong with a line of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimLineError {
    /// No line of the contract, or named twice.
    #[error("is no line of the contract, or stands twice")]
    Unknown,
    /// Neither or both of percent and quantity.
    #[error("says neither or both of percent and quantity")]
    OneOf,
    /// A quantity of a lump sum.
    #[error("is a lump sum")]
    LumpSum,
    /// More than the contract has.
    #[error("claims more than 100 %")]
    TooMuch,
    /// Less than was accepted before.
    #[error("claims less than was accepted")]
    Backwards,
    /// A credit note would claim more.
    #[error("a credit note claims nothing")]
    Forwards,
    /// A credit note would take back more than was claimed.
    #[error("takes back more than was claimed")]
    MoreThanClaimed,
}

impl From<MoneyError> for Problem {
    fn from(error: MoneyError) -> Self {
        use MoneyError as E;
        match error {
            E::NoRate { from, to, day } => Self::new(
                http::StatusCode::UNPROCESSABLE_ENTITY,
                "no-rate",
                format!("Aucun taux de change {from} → {to} pour le {day}"),
                format!("No exchange rate {from} → {to} for {day}"),
            )
            .detail(
                "Enregistrez d'abord le taux de ce jour (/v1/exchange-rates).",
                "Record this day's rate first (/v1/exchange-rates).",
            )
            .field("/currency", "no_rate", "sans taux pour ce jour", "has no rate for this day"),
            E::RateKnown => Self::conflict(
                "rate-known",
                "Le taux de ce couple pour ce jour existe déjà : modifiez-le",
                "The rate of this pair and day exists: change it",
            ),
            E::FixedParity => Self::invalid().field(
                "/to",
                "fixed",
                "parité fixe ou même devise : aucun taux à saisir",
                "fixed parity or the same currency: there is no rate to set",
            ),
            E::TooLarge => Self::invalid().field(
                "/amount_minor",
                "too_large",
                "montant trop grand une fois converti ou cumulé",
                "too large once converted or added up",
            ),
            E::Elsewhere(field) => Self::invalid().field(
                format!("/{field}"),
                "reference",
                "n'est pas de ce projet",
                "is not of this project",
            ),
            E::TooManyLines => Self::conflict(
                "too-many-lines",
                "Un projet a au plus 500 lignes de budget",
                "A project has at most 500 budget lines",
            ),
            E::CurrencyAlone => Self::invalid().field(
                "/currency",
                "alone",
                "ne change qu'avec le montant",
                "changes only with the amount",
            ),
            E::ReferenceTaken => Self::conflict(
                "reference-taken",
                "Un autre marché de ce projet porte cette référence",
                "Another contract of this project has this reference",
            )
            .field("/reference", "taken", "choisissez-en une autre", "choose another"),
            E::OrderTaken => Self::conflict(
                "order-taken",
                "Cette commande a déjà son contrat de sous-traitance",
                "This order has its subcontract already",
            )
            .field("/commitment_id", "taken", "choisissez-en une autre", "choose another"),
            E::Retention(max) => Self::invalid().field(
                "/terms/retention_bp",
                "range",
                format!("au plus {max} (centièmes de pour cent) dans ce pays"),
                format!("at most {max} (hundredths of a percent) in this country"),
            ),
            E::ReverseCharge => Self::invalid().field(
                "/terms/reverse_charge",
                "country",
                "l'autoliquidation de la sous-traitance est française (CGI, art. 283, 2 nonies)",
                "reverse charge of subcontracting is French (CGI, art. 283, 2 nonies)",
            ),
            E::AdvanceOrder => Self::invalid().field(
                "/terms/advance_to_bp",
                "order",
                "doit dépasser advance_from_bp",
                "must be above advance_from_bp",
            ),
            E::AdvanceTooLarge => Self::invalid().field(
                "/terms/advance_minor",
                "too_large",
                "les situations ne suffiraient pas à la rembourser : réduisez-la ou commencez plus tôt",
                "the claims could not repay it: make it smaller or begin earlier",
            ),
            E::Claimed => Self::conflict(
                "claimed",
                "Ce marché a des situations : ses conditions ne changent plus",
                "This contract has claims: its terms no longer change",
            ),
            E::ClaimOpen => Self::conflict(
                "claim-open",
                "Une situation de ce marché est encore ouverte",
                "A claim of this contract is still open",
            )
            .detail(
                "La suivante se fonde sur ce qui est accepté : terminez d'abord celle-là.",
                "The next one builds on what is accepted: finish that one first.",
            ),
            E::Settled => Self::conflict(
                "settled",
                "La retenue est libérée : ce marché est soldé",
                "The retention is released: this contract is settled",
            ),
            E::ClaimLine(place, wrong) => line(place, wrong),
            E::Unfinished => Self::conflict(
                "unfinished",
                "La retenue se libère quand tout est accepté à 100 %",
                "The retention is released once all is accepted at 100 %",
            ),
            E::Corrects => Self::invalid().field(
                "/corrects",
                "reference",
                "un avoir reprend une part d'une situation acceptée de ce marché",
                "a credit note takes back a part of an accepted claim of this contract",
            ),
            E::OfClaim => Self::conflict(
                "cost-of-claim",
                "Ce coût est celui d'une situation acceptée : ses montants n'en changent que par un avoir",
                "This is the cost of an accepted claim: only a credit note changes its amounts",
            ),
            E::ClaimStatus(status) => Self::conflict(
                "claim-status",
                format!("Une situation « {} » ne le permet pas", french(status)),
                format!("A claim that is {} does not allow this", status.as_str()),
            )
            .with("status", status),
        }
    }
}

fn line(place: usize, wrong: ClaimLineError) -> Problem {
    use ClaimLineError as L;
    let (field, code, fr, en) = match wrong {
        L::Unknown => (
            "line_id",
            "reference",
            "n'est pas une ligne de ce marché, ou est citée deux fois",
            "is no line of this contract, or stands twice",
        ),
        L::OneOf => (
            "percent_bp",
            "one_of",
            "donnez soit percent_bp, soit quantity_milli",
            "give either percent_bp or quantity_milli",
        ),
        L::LumpSum => (
            "quantity_milli",
            "lump_sum",
            "cette ligne est un forfait : donnez percent_bp",
            "this line is a lump sum: give percent_bp",
        ),
        L::TooMuch => (
            "quantity_milli",
            "too_much",
            "dépasse la quantité du marché",
            "is more than the contract's quantity",
        ),
        L::Backwards => (
            "percent_bp",
            "backwards",
            "est en dessous de ce qui est déjà accepté",
            "is below what was accepted before",
        ),
        L::Forwards => (
            "percent_bp",
            "forwards",
            "dépasse ce qui est accepté : un avoir ne facture rien",
            "is above what was accepted: a credit note claims nothing",
        ),
        L::MoreThanClaimed => (
            "percent_bp",
            "more_than_claimed",
            "reprend plus que la situation corrigée n'a facturé",
            "takes back more than the corrected claim had claimed",
        ),
    };
    Problem::invalid().field(format!("/lines/{place}/{field}"), code, fr, en)
}

fn french(status: ClaimStatus) -> &'static str {
    match status {
        ClaimStatus::Draft => "brouillon",
        ClaimStatus::Submitted => "soumise",
        ClaimStatus::Accepted => "acceptée",
        ClaimStatus::Refused => "refusée",
        ClaimStatus::Paid => "payée",
    }
}
