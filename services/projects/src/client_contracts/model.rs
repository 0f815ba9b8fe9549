//! A contract and its rules. One over an order of the firm's is a subcontract: the firm pays.

use chrono::NaiveDate;
use kernel::{CommitmentId, ContractId, ContractLineId, Currency, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use crate::MoneyError;
use crate::exact::{MAX_MINOR, scale};

/// The most of a contract that may be retained in France: 5 % (law no. 71-584 of 16 July 1971,
/// article 1), in hundredths of a percent.
const RETENTION_FRANCE: i32 = 500;
/// Elsewhere the contract says it; what is above 10 % is taken for a slip.
const RETENTION_ELSEWHERE: i32 = 1000;

/// The repayment of an advance begins at 65 % and ends at 80 % of the contract, with VAT, unless
/// the contract says otherwise; above 30 % it begins at once. The French public procurement code's
/// rule where the contract is silent (articles R. 2191-11 and R. 2191-12).
const REPAYMENT: (i32, i32) = (6500, 8000);
const LARGE_ADVANCE: i128 = 3000;

/// A line of a contract's schedule of values.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ContractLine {
    /// Its id.
    pub id: ContractLineId,
    /// Its name.
    pub name: String,
    /// What the quantity counts.
    pub unit: Option<String>,
    /// The quantity in thousandths of the unit; none for a lump sum.
    pub quantity_milli: Option<i64>,
    /// Its amount without VAT.
    pub amount_minor: i64,
    /// Its VAT rate in hundredths of a percent.
    pub vat_bp: i32,
}

/// A contract with a client, or with a subcontractor. Amounts are minor units of the project's
/// currency.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// Its project.
    pub project_id: ProjectId,
    /// Its number, unique within the project.
    pub reference: String,
    /// The order it is a subcontract over; none for a contract with a client.
    pub commitment_id: Option<CommitmentId>,
    /// Who pays: the firm itself in a subcontract.
    pub client: String,
    /// ISO 3166-1 alpha-2: whose law applies.
    pub country: String,
    /// The day it was signed.
    pub signed_on: NaiveDate,
    /// The currency of all amounts: the project's.
    pub currency: Currency,
    /// Whether the client owes the VAT: subcontracting in construction in France (CGI, article
    /// 283, 2 nonies). Claims then bear no VAT but the mention.
    pub reverse_charge: bool,
    /// What is retained from each payment until the end (retenue de garantie), in hundredths of a
    /// percent of the amount with VAT.
    pub retention_bp: i32,
    /// Paid before the work began.
    pub advance_minor: i64,
    /// From which share of the contract on the advance is repaid, in hundredths of a percent.
    pub advance_from_bp: i32,
    /// By which share it is repaid in full.
    pub advance_to_bp: i32,
    /// The schedule of values.
    pub lines: Vec<ContractLine>,
    /// The sum of the lines without VAT.
    pub total_minor: i64,
    /// The sum of the lines' VAT; 0 under reverse charge.
    pub total_vat_minor: i64,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Contract {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A line of a schedule of values to be made.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContractLine {
    /// Its id, where the caller chooses it.
    pub id: Option<ContractLineId>,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What the quantity counts.
    #[validate(length(min = 1, max = 20), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 20)]
    pub unit: Option<String>,
    /// The quantity in thousandths of the unit; none for a lump sum.
    #[validate(range(min = 1, max = 1_000_000_000_000_i64))]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub quantity_milli: Option<i64>,
    /// Its amount without VAT.
    #[validate(range(min = 1, max = 10_000_000_000_000_i64))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub amount_minor: i64,
    /// Its VAT rate in hundredths of a percent: 2000 is 20 %.
    #[validate(range(min = 0, max = 10_000))]
    #[schema(minimum = 0, maximum = 10_000)]
    pub vat_bp: i32,
}

/// A contract to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContract {
    /// Its id, where the caller chooses it.
    pub id: Option<ContractId>,
    /// Its project.
    pub project_id: ProjectId,
    /// Its number, unique within the project.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 100)]
    pub reference: String,
    /// The order it is a subcontract over, one of the project and of no other contract; none for a
    /// contract with a client. The claims of a subcontract are the subcontractor's.
    pub commitment_id: Option<CommitmentId>,
    /// Its terms.
    #[validate(nested)]
    pub terms: Terms,
}

/// Other terms for a contract.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractPatch {
    /// All of its terms, given anew; only while nothing was claimed.
    #[validate(nested)]
    pub terms: Terms,
}

/// What a contract says.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ContractTerms)]
pub struct Terms {
    /// Who pays: the firm itself in a subcontract.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub client: String,
    /// ISO 3166-1 alpha-2: whose law applies; the firm's unless said.
    #[validate(custom(function = alpha_2))]
    #[schema(pattern = "^[A-Z]{2}$", example = "FR")]
    pub country: Option<String>,
    /// The day it was signed.
    #[validate(custom(function = check::day))]
    pub signed_on: NaiveDate,
    /// Whether the client owes the VAT; in France only.
    #[serde(default)]
    pub reverse_charge: bool,
    /// What is retained from each payment, in hundredths of a percent; at most 5 % in France.
    #[serde(default)]
    #[validate(range(min = 0, max = 1000))]
    #[schema(minimum = 0, maximum = 1000)]
    pub retention_bp: i32,
    /// Paid before the work begins.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 10_000_000_000_000_i64)]
    pub advance_minor: i64,
    /// From which share of the contract on the advance is repaid; 65 % unless said, or 0 for an
    /// advance above 30 %.
    #[validate(range(min = 0, max = 9999))]
    #[schema(minimum = 0, maximum = 9999)]
    pub advance_from_bp: Option<i32>,
    /// By which share it is repaid in full; 80 % unless said.
    #[validate(range(min = 1, max = 10_000))]
    #[schema(minimum = 1, maximum = 10_000)]
    pub advance_to_bp: Option<i32>,
    /// The schedule of values.
    #[validate(length(min = 1, max = 500), nested)]
    #[schema(min_items = 1, max_items = 500)]
    pub lines: Vec<NewContractLine>,
}

fn alpha_2(code: &str) -> Result<(), validator::ValidationError> {
    if code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(())
    } else {
        Err(validator::ValidationError::new("country")
            .with_message("deux capitales (ISO 3166-1) | two capitals (ISO 3166-1)".into()))
    }
}

impl Contract {
    /// A new contract; country and currency are the firm's and the project's.
    pub fn sign(new: NewContract, country: &str, currency: Currency) -> Result<Self, MoneyError> {
        let empty = Self {
            id: new.id.unwrap_or_else(ContractId::new),
            project_id: new.project_id,
            reference: new.reference,
            commitment_id: new.commitment_id,
            client: String::new(),
            country: country.to_owned(),
            signed_on: new.terms.signed_on,
            currency,
            reverse_charge: false,
            retention_bp: 0,
            advance_minor: 0,
            advance_from_bp: REPAYMENT.0,
            advance_to_bp: REPAYMENT.1,
            lines: Vec::new(),
            total_minor: 0,
            total_vat_minor: 0,
            version: 0,
        };
        empty.agree(new.terms)
    }

    /// The same contract on other terms.
    pub fn agree(self, terms: Terms) -> Result<Self, MoneyError> {
        let country = terms.country.unwrap_or(self.country);
        let (france, retention_bp) = (country == "FR", terms.retention_bp);
        let most = if france { RETENTION_FRANCE } else { RETENTION_ELSEWHERE };
        if retention_bp > most {
            return Err(MoneyError::Retention(most));
        }
        if terms.reverse_charge && !france {
            return Err(MoneyError::ReverseCharge);
        }
        let lines: Vec<_> = terms.lines.into_iter().map(ContractLine::from).collect();
        let (total, vat) = totals(&lines, terms.reverse_charge).ok_or(MoneyError::TooLarge)?;
        let whole = i128::from(total) + i128::from(vat);
        let advance = i128::from(terms.advance_minor);
        let large = advance * 10_000 > whole * LARGE_ADVANCE;
        let from = terms.advance_from_bp.unwrap_or(if large { 0 } else { REPAYMENT.0 });
        let to = terms.advance_to_bp.unwrap_or(REPAYMENT.1);
        if from >= to {
            return Err(MoneyError::AdvanceOrder);
        }
        // What is still to be paid when the repayment begins must cover it.
        let paid = whole * i128::from(10_000 - from) * i128::from(10_000 - retention_bp);
        if advance * 100_000_000 > paid {
            return Err(MoneyError::AdvanceTooLarge);
        }
        Ok(Self {
            id: self.id,
            project_id: self.project_id,
            reference: self.reference,
            commitment_id: self.commitment_id,
            client: terms.client,
            country,
            signed_on: terms.signed_on,
            currency: self.currency,
            reverse_charge: terms.reverse_charge,
            retention_bp,
            advance_minor: terms.advance_minor,
            advance_from_bp: from,
            advance_to_bp: to,
            lines,
            total_minor: total,
            total_vat_minor: vat,
            version: self.version + 1,
        })
    }
}

impl From<NewContractLine> for ContractLine {
    fn from(new: NewContractLine) -> Self {
        Self {
            id: new.id.unwrap_or_else(ContractLineId::new),
            name: new.name,
            unit: new.unit,
            quantity_milli: new.quantity_milli,
            amount_minor: new.amount_minor,
            vat_bp: new.vat_bp,
        }
    }
}

impl ContractLine {
    /// The VAT on a part of the line, rounded to the minor unit.
    pub fn vat(&self, amount: i64, reverse_charge: bool) -> Option<i64> {
        if reverse_charge { Some(0) } else { scale(amount, i128::from(self.vat_bp), 10_000) }
    }
}

/// The lines' sum and the sum of their VAT, each line's rounded; none where that is too large.
pub(crate) fn totals(lines: &[ContractLine], reverse_charge: bool) -> Option<(i64, i64)> {
    let mut sums = (0_i64, 0_i64);
    for line in lines {
        sums.0 = sums.0.checked_add(line.amount_minor)?;
        sums.1 = sums.1.checked_add(line.vat(line.amount_minor, reverse_charge)?)?;
    }
    (sums.0 <= MAX_MINOR).then_some(sums)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn sign(terms: &Value) -> Result<Contract, MoneyError> {
        let mut all = json!({
            "client": "Commune de Rufisque", "signed_on": "2026-01-15",
            "lines": [{ "name": "Terrassement", "amount_minor": 100_000, "vat_bp": 2000 }],
        });
        all.as_object_mut().unwrap().extend(terms.as_object().unwrap().clone());
        let new = json!({ "project_id": ProjectId::new(), "reference": "M-1", "terms": all });
        Contract::sign(serde_json::from_value(new).unwrap(), "FR", Currency::Eur)
    }

    #[test]
    fn no_more_than_five_percent_is_retained_in_france() {
        assert!(sign(&json!({ "retention_bp": 500 })).is_ok());
        assert!(matches!(sign(&json!({ "retention_bp": 501 })), Err(MoneyError::Retention(500))));
        assert!(sign(&json!({ "retention_bp": 1000, "country": "SN" })).is_ok());
    }

    #[test]
    fn reverse_charge_is_french_and_leaves_no_vat() {
        let contract = sign(&json!({ "reverse_charge": true })).unwrap();
        assert_eq!((contract.total_minor, contract.total_vat_minor), (100_000, 0));
        let abroad = sign(&json!({ "reverse_charge": true, "country": "SN" }));
        assert!(matches!(abroad, Err(MoneyError::ReverseCharge)));
    }

    #[test]
    fn an_advance_is_one_that_the_claims_can_repay() {
        let usual = sign(&json!({ "advance_minor": 36_000 })).unwrap();
        assert_eq!((usual.advance_from_bp, usual.advance_to_bp), (6500, 8000));
        let large = sign(&json!({ "advance_minor": 36_001 })).unwrap();
        assert_eq!(large.advance_from_bp, 0);
        let late = sign(&json!({ "advance_minor": 60_000, "advance_from_bp": 6500 }));
        assert!(matches!(late, Err(MoneyError::AdvanceTooLarge)));
        let reversed = sign(&json!({ "advance_from_bp": 8000 }));
        assert!(matches!(reversed, Err(MoneyError::AdvanceOrder)));
    }
}
