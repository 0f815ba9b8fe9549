//! A claim and its rules.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use contracts::ClaimStatus;
use kernel::{ClaimId, CommitmentId, ContractId, ContractLineId, Currency, ProjectId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use super::figures::{Before, ClaimLine, Figures, Sums, Way, progress, release, self_assessed};
use crate::MoneyError;
use crate::client_contracts::model::Contract;
use crate::decision::Decision;

/// What an invoice under reverse charge must say instead of VAT (CGI, annexe II, article 242
/// nonies A, I-13°), with the article it rests on.
const REVERSE_CHARGE: &str = "Autoliquidation (article 283, 2 nonies du CGI)";

/// What a claim is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// Work done.
    Progress,
    /// The retention at the end.
    Release,
    /// Taken back of an accepted claim (avoir).
    Credit,
}

impl ClaimKind {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Progress => "progress",
            Self::Release => "release",
            Self::Credit => "credit",
        }
    }
}

impl TryFrom<String> for ClaimKind {
    type Error = String;
    fn try_from(word: String) -> Result<Self, String> {
        match word.as_str() {
            "progress" => Ok(Self::Progress),
            "release" => Ok(Self::Release),
            "credit" => Ok(Self::Credit),
            _ => Err(format!("unknown kind of claim: {word}")),
        }
    }
}

/// A progress claim, or a credit note that corrects one: an invoice is never edited, the document
/// that changes it names it (CGI, article 289, I-5).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Claim {
    /// Its id.
    pub id: ClaimId,
    /// Its contract.
    pub contract_id: ContractId,
    /// The contract's project.
    pub project_id: ProjectId,
    /// Its number within the contract, from 1 without gaps.
    pub number: i32,
    /// The order that a subcontractor claims under; none for a claim of the firm's own.
    pub commitment_id: Option<CommitmentId>,
    /// What it is for.
    pub kind: ClaimKind,
    /// The claim that a credit note corrects.
    pub corrects: Option<ClaimId>,
    /// Where it stands.
    pub status: ClaimStatus,
    /// The day it is of.
    pub claimed_on: NaiveDate,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What it must say about VAT, if anything.
    pub mention: Option<String>,
    /// Every line of the contract.
    pub lines: Vec<ClaimLine>,
    /// All sums from the contract's beginning.
    pub cumulative: Sums,
    /// All sums of what was accepted before.
    pub previous: Sums,
    /// The difference: what is claimed now; negative in a credit note.
    pub period: Sums,
    /// The VAT that the firm itself owes, and deducts, on what a subcontractor claims now under
    /// reverse charge.
    pub self_assessed_vat_minor: Option<i64>,
    /// Who accepted or refused it.
    pub decided_by: Option<UserId>,
    /// When, by the device that was used.
    pub decided_at: Option<DateTime<Utc>>,
    /// What was said then.
    pub note: Option<String>,
    /// The day it was paid.
    pub paid_on: Option<NaiveDate>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Claim {
    fn version(&self) -> i64 {
        self.version
    }
}

/// How far a line is, in all: a percentage, or a quantity where the line has one.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClaimLine {
    /// The line of the contract.
    pub line_id: ContractLineId,
    /// How much of it is done in all, in hundredths of a percent.
    #[validate(range(min = 0, max = 10_000))]
    #[schema(minimum = 0, maximum = 10_000)]
    pub percent_bp: Option<i64>,
    /// How much of it is done in all, in thousandths of its unit.
    #[validate(range(min = 0, max = 1_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub quantity_milli: Option<i64>,
}

impl NewClaimLine {
    /// Percentage and quantity.
    pub fn done(&self) -> (Option<i64>, Option<i64>) {
        (self.percent_bp, self.quantity_milli)
    }
}

/// A claim to be begun.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClaim {
    /// Its id, where the caller chooses it.
    pub id: Option<ClaimId>,
    /// Its contract.
    pub contract_id: ContractId,
    /// What it is for; work done unless said, a credit note where it corrects a claim.
    pub kind: Option<ClaimKind>,
    /// The accepted claim of the contract that a credit note corrects.
    pub corrects: Option<ClaimId>,
    /// The day it is of.
    #[validate(custom(function = check::day))]
    pub claimed_on: NaiveDate,
    /// How far lines are in all; those not named stand where they were. A release names none, a
    /// credit note those it takes back.
    #[serde(default)]
    #[validate(length(max = 500), nested)]
    #[schema(max_items = 500)]
    pub lines: Vec<NewClaimLine>,
}

/// A claim written anew.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimPatch {
    /// The day it is of.
    #[validate(custom(function = check::day))]
    pub claimed_on: Option<NaiveDate>,
    /// How far lines are in all; those not named stand where they were accepted. Without this all
    /// stay as they are.
    #[validate(length(max = 500), nested)]
    #[schema(max_items = 500)]
    pub lines: Option<Vec<NewClaimLine>>,
}

/// A claim to be corrected.
#[derive(Debug, Clone)]
pub struct Corrected {
    claim: ClaimId,
    /// What of each line was claimed by it and not taken back since, in minor units.
    left: HashMap<ContractLineId, i64>,
}

impl Corrected {
    /// The contract's accepted claim and the accepted credit notes that corrected it.
    pub fn of(claim: &Claim, contract: &Contract, credits: &[Claim]) -> Result<Self, MoneyError> {
        let fits = claim.contract_id == contract.id && claim.kind == ClaimKind::Progress;
        if !fits || !claim.is_final() {
            return Err(MoneyError::Corrects);
        }
        let mut left = HashMap::new();
        for line in claim.lines.iter().chain(credits.iter().flat_map(|c| &c.lines)) {
            *left.entry(line.line_id).or_default() += line.period_minor;
        }
        Ok(Self { claim: claim.id, left })
    }
}

/// The figures of a claim of this kind; a credit note corrects a claim.
fn compute(
    contract: &Contract,
    kind: ClaimKind,
    lines: &[NewClaimLine],
    before: &Before,
    corrected: Option<&Corrected>,
) -> Result<Figures, MoneyError> {
    match (kind, corrected) {
        (ClaimKind::Progress, None) => progress(contract, lines, before, Way::On),
        (ClaimKind::Release, None) if lines.is_empty() => release(contract, before),
        (ClaimKind::Release, None) => {
            Err(MoneyError::ClaimLine(0, crate::error::ClaimLineError::Unknown))
        }
        (ClaimKind::Credit, Some(corrected)) => {
            let figures = progress(contract, lines, before, Way::Back(&corrected.left))?;
            if figures.cumulative.work_minor == before.sums.work_minor {
                return Err(MoneyError::Corrects);
            }
            Ok(figures)
        }
        (ClaimKind::Credit, None) | (ClaimKind::Progress | ClaimKind::Release, Some(_)) => {
            Err(MoneyError::Corrects)
        }
    }
}

impl Claim {
    /// A new claim after `last`, the contract's newest, if there is one; a credit note where it
    /// corrects a claim.
    pub fn draft(
        contract: &Contract,
        last: Option<&Claim>,
        corrected: Option<&Corrected>,
        new: NewClaim,
    ) -> Result<Self, MoneyError> {
        match last {
            Some(last) if !last.is_final() => return Err(MoneyError::ClaimOpen),
            Some(last) if last.kind == ClaimKind::Release => return Err(MoneyError::Settled),
            _ => {}
        }
        let before = last.map(Claim::as_before).unwrap_or_default();
        let usual = if corrected.is_some() { ClaimKind::Credit } else { ClaimKind::Progress };
        let kind = new.kind.unwrap_or(usual);
        let figures = compute(contract, kind, &new.lines, &before, corrected)?;
        Ok(Self {
            id: new.id.unwrap_or_else(ClaimId::new),
            contract_id: contract.id,
            project_id: contract.project_id,
            number: last.map_or(1, |last| last.number + 1),
            commitment_id: contract.commitment_id,
            kind,
            corrects: corrected.map(|corrected| corrected.claim),
            status: ClaimStatus::Draft,
            claimed_on: new.claimed_on,
            currency: contract.currency,
            mention: mention(contract.reverse_charge),
            period: figures.cumulative.since(before.sums),
            self_assessed_vat_minor: owed(
                contract.commitment_id,
                contract.reverse_charge,
                &figures.lines,
            ),
            lines: figures.lines,
            cumulative: figures.cumulative,
            previous: before.sums,
            decided_by: None,
            decided_at: None,
            note: None,
            paid_on: None,
            version: 1,
        })
    }

    /// The same claim written anew: a draft again. `before` is what was accepted before it,
    /// `corrected` what a credit note corrects.
    pub fn rewrite(
        self,
        contract: &Contract,
        before: Option<&Claim>,
        corrected: Option<&Corrected>,
        patch: ClaimPatch,
    ) -> Result<Self, MoneyError> {
        self.stands(&[ClaimStatus::Draft, ClaimStatus::Refused])?;
        let (mut lines, mut cumulative) = (self.lines, self.cumulative);
        if let Some(stand) = patch.lines {
            let before = before.map(Claim::as_before).unwrap_or_default();
            let figures = compute(contract, self.kind, &stand, &before, corrected)?;
            (lines, cumulative) = (figures.lines, figures.cumulative);
        }
        Ok(Self {
            status: ClaimStatus::Draft,
            claimed_on: patch.claimed_on.unwrap_or(self.claimed_on),
            period: cumulative.since(self.previous),
            self_assessed_vat_minor: owed(contract.commitment_id, contract.reverse_charge, &lines),
            lines,
            cumulative,
            decided_by: None,
            decided_at: None,
            note: None,
            version: self.version + 1,
            ..self
        })
    }

    /// Handed to the client.
    pub fn submit(self) -> Result<Self, MoneyError> {
        self.stands(&[ClaimStatus::Draft])?;
        Ok(Self { status: ClaimStatus::Submitted, version: self.version + 1, ..self })
    }

    /// Accepted, which is final.
    pub fn accept(self, note: Option<String>, by: Decision) -> Result<Self, MoneyError> {
        self.decide(ClaimStatus::Accepted, note, by)
    }

    /// Refused.
    pub fn refuse(self, note: String, by: Decision) -> Result<Self, MoneyError> {
        self.decide(ClaimStatus::Refused, Some(note), by)
    }

    /// Paid on a day.
    pub fn pay(self, paid_on: NaiveDate) -> Result<Self, MoneyError> {
        self.stands(&[ClaimStatus::Accepted])?;
        let (status, paid_on) = (ClaimStatus::Paid, Some(paid_on));
        Ok(Self { status, paid_on, version: self.version + 1, ..self })
    }

    fn decide(
        self,
        status: ClaimStatus,
        note: Option<String>,
        decision: Decision,
    ) -> Result<Self, MoneyError> {
        self.stands(&[ClaimStatus::Submitted])?;
        Ok(Self {
            status,
            decided_by: Some(decision.by),
            decided_at: Some(decision.at),
            note,
            version: self.version + 1,
            ..self
        })
    }

    fn stands(&self, fit: &[ClaimStatus]) -> Result<(), MoneyError> {
        if fit.contains(&self.status) { Ok(()) } else { Err(MoneyError::ClaimStatus(self.status)) }
    }

    fn is_final(&self) -> bool {
        matches!(self.status, ClaimStatus::Accepted | ClaimStatus::Paid)
    }

    fn as_before(&self) -> Before {
        Before { lines: self.lines.clone(), sums: self.cumulative }
    }
}

/// The VAT that the firm owes itself on a claim with these lines: a subcontractor's, under reverse
/// charge.
pub(super) fn owed(
    order: Option<CommitmentId>,
    reverse_charge: bool,
    lines: &[ClaimLine],
) -> Option<i64> {
    order.filter(|_| reverse_charge).and_then(|_| self_assessed(lines))
}

/// What a claim must say about VAT.
pub(super) fn mention(reverse_charge: bool) -> Option<String> {
    reverse_charge.then(|| REVERSE_CHARGE.to_owned())
}
