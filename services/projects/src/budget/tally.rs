//! A budget added up: plan, commitments, actual costs, forecast at completion, margin.
//!
//! - The labour of a site counts against the oldest labour line of that site; where there is none,
//!   against the oldest labour line without a site; else it stands unassigned.
//! - The forecast of a line is what was spent and what the project lead says is still to be spent,
//!   at least what is committed. Without such an estimate it is the largest of plan, commitments
//!   and actual cost: a line is not taken to come in below its plan before somebody says so.
//! - What is unassigned is forecast at the larger of its commitments and its actual cost.

use std::collections::BTreeMap;

use contracts::CostCategory;
use kernel::{Currency, ProjectId, SiteId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::Versioned;

use super::model::BudgetLine;

/// What is set for a project's budget as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// By how many hundredths of a percent the forecast may pass the plan without an alert.
    pub threshold_bp: i32,
    /// Whether it stood above that when it was last looked at.
    pub over: bool,
    /// Counts the changes.
    pub version: i64,
}

impl Default for Settings {
    /// 10 %.
    fn default() -> Self {
        Self { threshold_bp: 1000, over: false, version: 1 }
    }
}

/// Changes to what is set for a budget.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetPatch {
    /// By how many hundredths of a percent the forecast may pass the plan without an alert.
    #[validate(range(min = 0, max = 100_000))]
    #[schema(minimum = 0, maximum = 100_000)]
    pub threshold_bp: i32,
}

/// What stands against something: minor units of the project's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Ordered and not cancelled.
    pub committed: i64,
    /// Incurred.
    pub actual: i64,
}

/// What was worked on a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteLabour {
    /// The site.
    pub site: SiteId,
    /// What the priced hours cost.
    pub booked: i64,
    /// Minutes without a price.
    pub unpriced_minutes: i64,
}

/// All that a project's budget is added up from.
#[derive(Debug, Clone)]
pub struct Entries {
    /// The project.
    pub project: ProjectId,
    /// Its currency.
    pub currency: Currency,
    /// What is set.
    pub settings: Settings,
    /// The lines, the oldest first, with what stands against each but labour.
    pub lines: Vec<(BudgetLine, Spent)>,
    /// What names no line.
    pub loose: Vec<(CostCategory, Spent)>,
    /// The hours, by site.
    pub labour: Vec<SiteLabour>,
    /// What clients owe by contract, without VAT.
    pub contracts: i64,
}

/// A budget line with what stands against it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LineTally {
    /// The line.
    #[serde(flatten)]
    pub line: BudgetLine,
    /// Ordered and not cancelled.
    pub committed_minor: i64,
    /// Spent: hours, consumption, purchases.
    pub actual_minor: i64,
    /// What it will have cost at completion.
    pub forecast_minor: i64,
}

/// What stands against no line, by category.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Unassigned {
    /// What it is for.
    pub category: CostCategory,
    /// Ordered and not cancelled.
    pub committed_minor: i64,
    /// Spent.
    pub actual_minor: i64,
    /// What it will have cost at completion.
    pub forecast_minor: i64,
}

/// A project's budget in figures: minor units of its currency, without VAT.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = BudgetFigures)]
pub struct Figures {
    /// The project.
    pub project_id: ProjectId,
    /// The currency of all amounts.
    pub currency: Currency,
    /// By how many hundredths of a percent the forecast may pass the plan without an alert.
    pub threshold_bp: i32,
    /// Whether the forecast stands above that.
    pub over: bool,
    /// The sum of the lines' plans.
    pub planned_minor: i64,
    /// Ordered and not cancelled.
    pub committed_minor: i64,
    /// Spent: hours, consumption, purchases.
    pub actual_minor: i64,
    /// What all will have cost at completion.
    pub forecast_minor: i64,
    /// What clients owe by contract.
    pub contract_minor: i64,
    /// What is left of that after the forecast.
    pub margin_minor: i64,
    /// Minutes worked that have no price: no hourly cost is known, or no rate of the day.
    pub unpriced_minutes: i64,
    /// Counts the changes of what is set.
    pub version: i64,
}

/// A project's budget: figures, lines, and what names no line.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Budget)]
pub struct Tally {
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// The lines, the oldest first.
    pub lines: Vec<LineTally>,
    /// What names no line.
    pub unassigned: Vec<Unassigned>,
}

impl Versioned for Tally {
    fn version(&self) -> i64 {
        self.figures.version
    }
}

impl Tally {
    /// Adds up.
    pub fn of(entries: Entries) -> Self {
        let Entries { project, currency, settings, mut lines, loose, labour, contracts } = entries;
        let mut rest: BTreeMap<&str, (CostCategory, Spent)> = BTreeMap::new();
        let mut add = |category: CostCategory, spent: Spent| {
            let entry = rest.entry(category.as_str()).or_insert((category, Spent::default()));
            entry.1.committed = entry.1.committed.saturating_add(spent.committed);
            entry.1.actual = entry.1.actual.saturating_add(spent.actual);
        };
        for (category, spent) in loose {
            add(category, spent);
        }
        let mut unpriced_minutes = 0_i64;
        for worked in labour {
            unpriced_minutes = unpriced_minutes.saturating_add(worked.unpriced_minutes);
            match labour_line(&mut lines, worked.site) {
                Some(spent) => spent.actual = spent.actual.saturating_add(worked.booked),
                None if worked.booked > 0 => {
                    add(CostCategory::Labour, Spent { committed: 0, actual: worked.booked });
                }
                None => {}
            }
        }
        let lines: Vec<_> = lines.into_iter().map(|(line, spent)| tally(line, spent)).collect();
        let unassigned: Vec<_> = rest
            .into_values()
            .map(|(category, spent)| Unassigned {
                category,
                committed_minor: spent.committed,
                actual_minor: spent.actual,
                forecast_minor: spent.committed.max(spent.actual),
            })
            .collect();
        let sum = |of_line: fn(&LineTally) -> i64, of_rest: fn(&Unassigned) -> i64| {
            let all = lines.iter().map(of_line).chain(unassigned.iter().map(of_rest));
            all.fold(0_i64, i64::saturating_add)
        };
        let planned_minor = sum(|l| l.line.planned_minor, |_| 0);
        let forecast_minor = sum(|l| l.forecast_minor, |u| u.forecast_minor);
        let figures = Figures {
            project_id: project,
            currency,
            threshold_bp: settings.threshold_bp,
            over: passes(planned_minor, forecast_minor, settings.threshold_bp),
            planned_minor,
            committed_minor: sum(|l| l.committed_minor, |u| u.committed_minor),
            actual_minor: sum(|l| l.actual_minor, |u| u.actual_minor),
            forecast_minor,
            contract_minor: contracts,
            margin_minor: contracts.saturating_sub(forecast_minor),
            unpriced_minutes,
            version: settings.version,
        };
        Self { figures, lines, unassigned }
    }
}

/// The line that takes the labour of a site.
fn labour_line(lines: &mut [(BudgetLine, Spent)], site: SiteId) -> Option<&mut Spent> {
    let fits = |wanted: Option<SiteId>| {
        move |(line, _): &(BudgetLine, Spent)| {
            line.category == CostCategory::Labour && line.site_id == wanted
        }
    };
    let place = lines.iter().position(fits(Some(site)));
    let place = place.or_else(|| lines.iter().position(fits(None)))?;
    lines.get_mut(place).map(|(_, spent)| spent)
}

fn tally(line: BudgetLine, spent: Spent) -> LineTally {
    let forecast_minor = match line.remaining_minor {
        Some(remaining) => spent.actual.saturating_add(remaining).max(spent.committed),
        None => line.planned_minor.max(spent.committed).max(spent.actual),
    };
    LineTally { line, committed_minor: spent.committed, actual_minor: spent.actual, forecast_minor }
}

/// Whether the forecast stands above the plan by more than the threshold. Without a plan there is
/// nothing to pass.
fn passes(planned: i64, forecast: i64, threshold_bp: i32) -> bool {
    let allowed = i128::from(planned) * (10_000 + i128::from(threshold_bp));
    planned > 0 && i128::from(forecast) * 10_000 > allowed
}

#[cfg(test)]
mod tests {
    use kernel::BudgetLineId;

    use super::*;
    use contracts::CostNature;

    fn line(category: CostCategory, planned_minor: i64) -> BudgetLine {
        BudgetLine {
            id: BudgetLineId::new(),
            project_id: ProjectId::new(),
            name: "Ligne".to_owned(),
            category,
            nature: CostNature::Opex,
            phase_id: None,
            site_id: None,
            task_id: None,
            planned_minor,
            remaining_minor: None,
            version: 1,
        }
    }

    fn entries(lines: Vec<(BudgetLine, Spent)>) -> Entries {
        Entries {
            project: ProjectId::new(),
            currency: Currency::Xof,
            settings: Settings::default(),
            lines,
            loose: Vec::new(),
            labour: Vec::new(),
            contracts: 0,
        }
    }

    fn spent(committed: i64, actual: i64) -> Spent {
        Spent { committed, actual }
    }

    #[test]
    fn a_line_is_forecast_at_its_plan_until_more_is_ordered_or_spent() {
        let of = |committed, actual| {
            tally(line(CostCategory::Materials, 100), spent(committed, actual)).forecast_minor
        };
        assert_eq!([of(0, 0), of(80, 20), of(120, 20), of(120, 130)], [100, 100, 120, 130]);
    }

    #[test]
    fn the_project_leads_own_estimate_goes_before_the_plan_but_not_before_orders() {
        let of = |remaining, committed| {
            let line = BudgetLine {
                remaining_minor: Some(remaining),
                ..line(CostCategory::Materials, 100)
            };
            tally(line, spent(committed, 30)).forecast_minor
        };
        assert_eq!([of(20, 0), of(20, 60), of(90, 60)], [50, 60, 120]);
    }

    #[test]
    fn labour_goes_to_the_line_of_its_site_then_to_the_line_of_none_then_to_nobody() {
        let (here, there) = (SiteId::new(), SiteId::new());
        let of_site = BudgetLine { site_id: Some(here), ..line(CostCategory::Labour, 100) };
        let general = line(CostCategory::Labour, 100);
        let labour = [(here, 10), (there, 5)].map(|(site, booked)| SiteLabour {
            site,
            booked,
            unpriced_minutes: 30,
        });
        let mut all = entries(vec![(general, spent(0, 0)), (of_site.clone(), spent(0, 1))]);
        all.labour = labour.to_vec();
        let tally = Tally::of(all);
        assert_eq!(tally.lines.iter().map(|l| l.actual_minor).collect::<Vec<_>>(), [5, 11]);
        assert_eq!((tally.figures.unpriced_minutes, tally.unassigned.len()), (60, 0));
        let mut all = entries(vec![(of_site, spent(0, 0))]);
        all.labour = labour.to_vec();
        let tally = Tally::of(all);
        assert_eq!(tally.unassigned[0].actual_minor, 5);
        assert_eq!(tally.figures.actual_minor, 15);
    }

    #[test]
    fn the_alert_starts_strictly_above_the_threshold() {
        assert!(!passes(1000, 1100, 1000));
        assert!(passes(1000, 1101, 1000));
        assert!(passes(1000, 1001, 0));
        assert!(!passes(0, 5, 1000), "no plan, nothing to pass");
        assert!(passes(i64::MAX / 2, i64::MAX, 1000), "no overflow");
    }

    #[test]
    fn the_margin_is_what_contracts_leave_after_the_forecast() {
        let mut all = entries(vec![(line(CostCategory::Materials, 700), spent(0, 0))]);
        all.loose = vec![(CostCategory::Equipment, spent(40, 50))];
        all.contracts = 1000;
        let tally = Tally::of(all);
        assert_eq!(tally.figures.forecast_minor, 750);
        assert_eq!(tally.figures.margin_minor, 250);
    }
}
