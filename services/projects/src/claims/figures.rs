//! The figures of a claim. Everything is computed cumulatively, from the contract's beginning, and
//! rounded there; a period is the difference of two cumulative figures. So the claims of a contract
//! add up to its value to the minor unit, whatever their number, line by line, VAT included.
//!
//! - A line's amount is its share of the contract's line, its VAT that of the amount so far; both
//!   rounded half away from zero.
//! - The retention is a share of the amount with VAT so far, rounded down: it never passes what the
//!   contract, and the law behind it, allows.
//! - The advance is repaid evenly while the work goes from one share of the contract to the other,
//!   at most by what the period leaves to be paid.
//! - A credit note goes back the same way: it gives back VAT, retention and repayment of what it
//!   takes back, and never pays.

use std::collections::HashMap;

use kernel::ContractLineId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::MoneyError;
use crate::client_contracts::model::{Contract, ContractLine};
use crate::error::ClaimLineError as Wrong;
use crate::exact::{scale, scale_down};

use super::model::NewClaimLine;

/// Sums of a claim, in minor units of the contract's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ClaimSums)]
pub struct Sums {
    /// Work without VAT.
    pub work_minor: i64,
    /// VAT on it; 0 under reverse charge.
    pub vat_minor: i64,
    /// Retained as a guarantee; negative where it is released.
    pub retention_minor: i64,
    /// Repaid of the advance.
    pub advance_minor: i64,
    /// To be paid: work and VAT less retention and repayment.
    pub net_minor: i64,
}

impl Sums {
    fn of(work: i64, vat: i64, retention: i64, advance: i64) -> Self {
        Self {
            work_minor: work,
            vat_minor: vat,
            retention_minor: retention,
            advance_minor: advance,
            net_minor: work + vat - retention - advance,
        }
    }

    /// What came in between. Both are within [`crate::exact::MAX_MINOR`] and its VAT.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self::of(
            self.work_minor - before.work_minor,
            self.vat_minor - before.vat_minor,
            self.retention_minor - before.retention_minor,
            self.advance_minor - before.advance_minor,
        )
    }
}

/// How far a line of the contract is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClaimLine {
    /// The line of the contract.
    pub line_id: ContractLineId,
    /// How much of it is done, in hundredths of a percent; none where the quantity says it.
    pub percent_bp: Option<i64>,
    /// How much of it is done, in thousandths of its unit.
    pub quantity_milli: Option<i64>,
    /// Done so far, without VAT.
    pub cumulative_minor: i64,
    /// Claimed and accepted before.
    pub previous_minor: i64,
    /// Claimed now.
    pub period_minor: i64,
    /// The line's VAT rate in hundredths of a percent.
    pub vat_bp: i32,
    /// VAT on what is done so far.
    pub cumulative_vat_minor: i64,
    /// VAT on what is claimed now.
    pub period_vat_minor: i64,
}

/// What was accepted last.
#[derive(Debug, Clone, Default)]
pub struct Before {
    /// Its lines.
    pub lines: Vec<ClaimLine>,
    /// Its sums so far.
    pub sums: Sums,
}

/// Which way the lines of a claim go.
#[derive(Debug, Clone, Copy)]
pub enum Way<'a> {
    /// On: more is done.
    On,
    /// Back: of each line at most so much, in minor units, is taken back.
    Back(&'a HashMap<ContractLineId, i64>),
}

/// A claim in figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Every line of the contract.
    pub lines: Vec<ClaimLine>,
    /// All sums so far.
    pub cumulative: Sums,
}

/// The figures when the lines of `stand` are so far and the others where they were before.
pub fn progress(
    contract: &Contract,
    stand: &[NewClaimLine],
    before: &Before,
    way: Way<'_>,
) -> Result<Figures, MoneyError> {
    let known: HashMap<_, _> = before.lines.iter().map(|l| (l.line_id, l)).collect();
    let mut said: HashMap<_, _> = HashMap::new();
    for (place, line) in stand.iter().enumerate() {
        let there = contract.lines.iter().any(|l| l.id == line.line_id);
        if !there || said.insert(line.line_id, (place, line)).is_some() {
            return Err(MoneyError::ClaimLine(place, Wrong::Unknown));
        }
    }
    let mut lines = Vec::with_capacity(contract.lines.len());
    for line in &contract.lines {
        let old = known.get(&line.id).copied();
        let new = if let Some((place, new)) = said.get(&line.id) {
            claim_line(contract, line, new.done(), old, way)
                .map_err(|wrong| MoneyError::ClaimLine(*place, wrong))?
        } else {
            let done = old.map_or((Some(0), None), |o| (o.percent_bp, o.quantity_milli));
            claim_line(contract, line, done, old, way).map_err(|_| MoneyError::TooLarge)?
        };
        lines.push(new);
    }
    let work = lines.iter().map(|l| l.cumulative_minor).sum();
    let vat = lines.iter().map(|l| l.cumulative_vat_minor).sum();
    let retained = scale_down(work + vat, i128::from(contract.retention_bp), 10_000);
    let retention = retained.ok_or(MoneyError::TooLarge)?;
    let earlier = before.sums;
    let due = (work + vat - retention)
        - (earlier.work_minor + earlier.vat_minor - earlier.retention_minor);
    let target = repayable(contract, work + vat).ok_or(MoneyError::TooLarge)?;
    let (old, most) = (earlier.advance_minor, earlier.advance_minor + due);
    let advance = target.clamp(old.min(most), old.max(most));
    Ok(Figures { lines, cumulative: Sums::of(work, vat, retention, advance) })
}

/// The figures when the retention is released: all was accepted at 100 %, and what was retained is
/// paid, less what the advance still wants.
pub fn release(contract: &Contract, before: &Before) -> Result<Figures, MoneyError> {
    let sums = before.sums;
    let whole = (contract.total_minor, contract.total_vat_minor);
    if (sums.work_minor, sums.vat_minor) != whole {
        return Err(MoneyError::Unfinished);
    }
    let lines = before.lines.iter().map(|line| ClaimLine {
        previous_minor: line.cumulative_minor,
        period_minor: 0,
        period_vat_minor: 0,
        ..line.clone()
    });
    let advance = contract.advance_minor.min(sums.advance_minor + sums.retention_minor);
    let cumulative = Sums::of(sums.work_minor, sums.vat_minor, 0, advance);
    Ok(Figures { lines: lines.collect(), cumulative })
}

/// The VAT that who pays owes and deducts under reverse charge on what is claimed now (CGI, article
/// 283, 2 nonies): at the lines' rates, cumulative as everything here. None where it is too large.
pub fn self_assessed(lines: &[ClaimLine]) -> Option<i64> {
    let vat = |line: &ClaimLine, amount| scale(amount, i128::from(line.vat_bp), 10_000);
    let of = |line| Some(vat(line, line.cumulative_minor)? - vat(line, line.previous_minor)?);
    lines.iter().map(of).sum()
}

fn claim_line(
    contract: &Contract,
    line: &ContractLine,
    done: (Option<i64>, Option<i64>),
    old: Option<&ClaimLine>,
    way: Way<'_>,
) -> Result<ClaimLine, Wrong> {
    let (part, whole) = match (done, line.quantity_milli) {
        ((Some(percent), None), _) => (percent, 10_000),
        ((None, Some(quantity)), Some(whole)) => (quantity, whole),
        ((None, Some(_)), None) => return Err(Wrong::LumpSum),
        ((Some(_), Some(_)) | (None, None), _) => return Err(Wrong::OneOf),
    };
    if part > whole {
        return Err(Wrong::TooMuch);
    }
    let share = scale(line.amount_minor, i128::from(part), i128::from(whole));
    let cumulative_minor = share.ok_or(Wrong::TooMuch)?;
    let vat = line.vat(cumulative_minor, contract.reverse_charge);
    let cumulative_vat_minor = vat.ok_or(Wrong::TooMuch)?;
    let (previous_minor, previous_vat) =
        old.map_or((0, 0), |o| (o.cumulative_minor, o.cumulative_vat_minor));
    let period_minor = cumulative_minor - previous_minor;
    match way {
        Way::On if period_minor < 0 => return Err(Wrong::Backwards),
        Way::Back(_) if period_minor > 0 => return Err(Wrong::Forwards),
        Way::Back(left) if -period_minor > left.get(&line.id).copied().unwrap_or(0) => {
            return Err(Wrong::MoreThanClaimed);
        }
        Way::On | Way::Back(_) => {}
    }
    Ok(ClaimLine {
        line_id: line.id,
        percent_bp: done.0,
        quantity_milli: done.1,
        cumulative_minor,
        previous_minor,
        period_minor,
        vat_bp: line.vat_bp,
        cumulative_vat_minor,
        period_vat_minor: cumulative_vat_minor - previous_vat,
    })
}

/// How much of the advance should be repaid once work of this worth, with VAT, is done.
fn repayable(contract: &Contract, done: i64) -> Option<i64> {
    let whole = i128::from(contract.total_minor) + i128::from(contract.total_vat_minor);
    let from = whole * i128::from(contract.advance_from_bp);
    let to = whole * i128::from(contract.advance_to_bp);
    let gone = (i128::from(done) * 10_000 - from).clamp(0, to - from);
    scale_down(contract.advance_minor, gone, to - from)
}

#[cfg(test)]
mod tests;
