//! Earned value management in exact arithmetic.
//!
//! The figures and their formulas are those of PMI's *Practice Standard for Earned Value
//! Management* and of ANSI/EIA-748 as the Defense Acquisition University's *EVM Gold Card* puts
//! them: CV = EV − AC, SV = EV − PV, CPI = EV ÷ AC, SPI = EV ÷ PV, EAC = BAC ÷ CPI, ETC = EAC − AC,
//! VAC = BAC − EAC, TCPI = (BAC − EV) ÷ (BAC − AC).
//!
//! Progress is measured by the fixed formula 50/50: a task earns half of its share when it starts
//! and the other half when it is finished, and its plan accrues in the same way, by its planned
//! days. A line's tasks share its amount by their planned minutes of work. A line without tasks is
//! level of effort: it accrues evenly over the days of its phase, or of the project, and earns
//! what is planned, so that it shows no schedule variance. A line without tasks and days is not
//! scheduled yet: neither planned nor earned, but part of the budget at completion.

use chrono::NaiveDate;
use kernel::{Currency, PhaseId, ProjectId, SiteId, TaskId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::budget::model::BudgetLine;
use crate::exact::{index, scale};

/// A task as far as progress is measured. Days are those of its site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// The task.
    pub task: TaskId,
    /// Its site.
    pub site: SiteId,
    /// Its phase, if one.
    pub phase: Option<PhaseId>,
    /// Planned minutes of work.
    pub minutes: i32,
    /// The day it should start.
    pub starts_on: NaiveDate,
    /// The day it should be finished.
    pub ends_on: NaiveDate,
    /// The day it started.
    pub started_on: Option<NaiveDate>,
    /// The day it was finished.
    pub finished_on: Option<NaiveDate>,
}

impl Work {
    /// Halves of the task that should be done by then.
    fn planned(&self, at: NaiveDate) -> i128 {
        i128::from(self.starts_on <= at) + i128::from(self.ends_on <= at)
    }

    /// Halves of the task that are done by then. What was finished was started.
    fn earned(&self, at: NaiveDate) -> i128 {
        let by = |day: Option<NaiveDate>| day.is_some_and(|day| day <= at);
        if by(self.finished_on) { 2 } else { i128::from(by(self.started_on)) }
    }

    fn is_of(&self, line: &BudgetLine) -> bool {
        line.task_id.is_none_or(|task| task == self.task)
            && line.site_id.is_none_or(|site| site == self.site)
            && line.phase_id.is_none_or(|phase| Some(phase) == self.phase)
    }
}

/// First and last day of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

impl Span {
    /// Days gone by at the end of `at`, and days in all.
    fn gone(self, at: NaiveDate) -> (i128, i128) {
        let all = (self.to - self.from).num_days().max(0) + 1;
        let gone = ((at - self.from).num_days() + 1).clamp(0, all);
        (i128::from(gone), i128::from(all))
    }
}

/// Planned and earned value of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Value {
    /// What should have been done by then is worth this much.
    pub planned: i64,
    /// What was done by then is worth this much.
    pub earned: i64,
}

/// A line's value at the end of the day `at`. `span` is that of its phase or of the project.
pub fn value(line: &BudgetLine, work: &[Work], span: Option<Span>, at: NaiveDate) -> Value {
    let mine = || work.iter().filter(|w| w.is_of(line));
    let share = |part: i128, whole: i128| scale(line.planned_minor, part, whole).unwrap_or(0);
    let halves: i128 = mine().map(|w| 2 * i128::from(w.minutes)).sum();
    if halves > 0 {
        let sum = |done: fn(&Work, NaiveDate) -> i128| {
            mine().map(|w| i128::from(w.minutes) * done(w, at)).sum()
        };
        return Value {
            planned: share(sum(Work::planned), halves),
            earned: share(sum(Work::earned), halves),
        };
    }
    let Some((gone, all)) = span.map(|span| span.gone(at)) else { return Value::default() };
    let even = share(gone, all);
    Value { planned: even, earned: even }
}

/// A project's earned value on a day: minor units of its currency; indices with three decimals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EarnedValue {
    /// The project.
    pub project_id: ProjectId,
    /// The day, to its end.
    pub at: NaiveDate,
    /// The currency of all amounts.
    pub currency: Currency,
    /// Budget at completion: the plan of all lines.
    pub bac_minor: i64,
    /// Planned value.
    pub pv_minor: i64,
    /// Earned value.
    pub ev_minor: i64,
    /// Actual cost.
    pub ac_minor: i64,
    /// Schedule variance, EV − PV: negative when late.
    pub sv_minor: i64,
    /// Cost variance, EV − AC: negative when too dear.
    pub cv_minor: i64,
    /// Cost performance index, EV ÷ AC; none before anything was spent.
    #[schema(example = "0.556")]
    pub cpi: Option<String>,
    /// Schedule performance index, EV ÷ PV; none before anything was planned.
    #[schema(example = "0.875")]
    pub spi: Option<String>,
    /// Estimate at completion: BAC ÷ CPI, or AC + BAC − EV before anything was earned; none where
    /// it is beyond all reason.
    pub eac_minor: Option<i64>,
    /// Estimate to complete, EAC − AC.
    pub etc_minor: Option<i64>,
    /// Variance at completion, BAC − EAC.
    pub vac_minor: Option<i64>,
    /// To-complete performance index, (BAC − EV) ÷ (BAC − AC); none once the budget is spent.
    #[schema(example = "1.757")]
    pub tcpi: Option<String>,
}

/// What the figures are computed from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Budget at completion.
    pub bac: i64,
    /// Planned and earned value.
    pub value: Value,
    /// Actual cost.
    pub ac: i64,
}

impl EarnedValue {
    /// The figures of a project on a day.
    pub fn of(project_id: ProjectId, currency: Currency, at: NaiveDate, sums: Sums) -> Self {
        let Sums { bac, value: Value { planned: pv, earned: ev }, ac } = sums;
        // BAC ÷ CPI = BAC × AC ÷ EV, rounded once.
        let eac =
            if ev > 0 { scale(bac, i128::from(ac), i128::from(ev)) } else { ac.checked_add(bac) };
        let left = bac.saturating_sub(ac);
        Self {
            project_id,
            at,
            currency,
            bac_minor: bac,
            pv_minor: pv,
            ev_minor: ev,
            ac_minor: ac,
            sv_minor: ev.saturating_sub(pv),
            cv_minor: ev.saturating_sub(ac),
            cpi: index(ev, ac),
            spi: index(ev, pv),
            eac_minor: eac,
            etc_minor: eac.map(|eac| eac.saturating_sub(ac)),
            vac_minor: eac.map(|eac| bac.saturating_sub(eac)),
            tcpi: index(bac.saturating_sub(ev), left),
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::{CostCategory, CostNature};
    use kernel::BudgetLineId;

    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    fn figures(bac: i64, pv: i64, ev: i64, ac: i64) -> EarnedValue {
        let value = Value { planned: pv, earned: ev };
        EarnedValue::of(ProjectId::new(), Currency::Eur, day(1), Sums { bac, value, ac })
    }

    /// The toy project of the vignette "Earned Value Management" of the R package PRA (P. Govan,
    /// CRAN): budget 100,000, 40 % planned and 35 % done by the third period, 63,000 spent.
    #[test]
    fn the_worked_example_of_the_pra_package() {
        let it = figures(100_000, 40_000, 35_000, 63_000);
        assert_eq!((it.sv_minor, it.cv_minor), (-5_000, -28_000));
        assert_eq!((it.spi.as_deref(), it.cpi.as_deref()), (Some("0.875"), Some("0.556")));
        assert_eq!(it.eac_minor, Some(180_000));
        assert_eq!(it.etc_minor, Some(117_000));
        assert_eq!(it.vac_minor, Some(-80_000));
        assert_eq!(it.tcpi.as_deref(), Some("1.757"));
    }

    /// Two worked examples of "Project Control and Earned Value", CE Board Exam Randomizer
    /// (ceboardexamgenerator.com): performance, and an estimate at completion.
    #[test]
    fn the_worked_examples_of_the_ce_board_exam() {
        let it = figures(0, 100_000, 90_000, 110_000);
        assert_eq!((it.cv_minor, it.sv_minor), (-20_000, -10_000));
        assert_eq!((it.cpi.as_deref(), it.spi.as_deref()), (Some("0.818"), Some("0.900")));
        let it = figures(5_000_000, 0, 1_500_000, 1_800_000);
        assert_eq!(it.eac_minor, Some(6_000_000));
    }

    #[test]
    fn before_anything_happened_there_is_nothing_to_divide_by() {
        let it = figures(1_000, 0, 0, 0);
        assert_eq!((it.cpi, it.spi), (None, None));
        assert_eq!((it.eac_minor, it.vac_minor), (Some(1_000), Some(0)));
        assert_eq!(it.tcpi.as_deref(), Some("1.000"));
        let spent = figures(1_000, 500, 0, 1_000);
        assert_eq!((spent.eac_minor, spent.tcpi), (Some(2_000), None));
    }

    fn line(planned_minor: i64) -> BudgetLine {
        BudgetLine {
            id: BudgetLineId::new(),
            project_id: ProjectId::new(),
            name: "Ligne".to_owned(),
            category: CostCategory::Labour,
            nature: CostNature::Opex,
            phase_id: None,
            site_id: None,
            task_id: None,
            planned_minor,
            remaining_minor: None,
            version: 1,
        }
    }

    fn work(minutes: i32, from: u32, to: u32) -> Work {
        Work {
            task: TaskId::new(),
            site: SiteId::new(),
            phase: None,
            minutes,
            starts_on: day(from),
            ends_on: day(to),
            started_on: None,
            finished_on: None,
        }
    }

    #[test]
    fn a_task_earns_half_at_its_start_and_the_rest_at_its_end() {
        let mut task = work(60, 2, 6);
        task.started_on = Some(day(3));
        task.finished_on = Some(day(9));
        let at = |n| value(&line(1_000), &[task], None, day(n));
        assert_eq!(at(1), Value { planned: 0, earned: 0 });
        assert_eq!(at(2), Value { planned: 500, earned: 0 });
        assert_eq!(at(6), Value { planned: 1_000, earned: 500 });
        assert_eq!(at(9), Value { planned: 1_000, earned: 1_000 });
    }

    #[test]
    fn tasks_share_a_line_by_their_work_and_lines_take_their_own_tasks_only() {
        let mut long = work(180, 2, 2);
        long.started_on = Some(day(2));
        long.finished_on = Some(day(2));
        let short = work(60, 20, 21);
        let all = [long, short];
        assert_eq!(value(&line(1_000), &all, None, day(5)), Value { planned: 750, earned: 750 });
        let own = BudgetLine { task_id: Some(short.task), ..line(1_000) };
        assert_eq!(value(&own, &all, None, day(20)), Value { planned: 500, earned: 0 });
        let of_site = BudgetLine { site_id: Some(long.site), ..line(1_000) };
        assert_eq!(value(&of_site, &all, None, day(20)).earned, 1_000);
    }

    #[test]
    fn a_line_without_tasks_accrues_evenly_over_its_days() {
        let span = Some(Span { from: day(1), to: day(10) });
        let at = |n| value(&line(1_000), &[], span, day(n)).planned;
        assert_eq!([at(1), at(5), at(10), at(20)], [100, 500, 1_000, 1_000]);
        assert_eq!(value(&line(1_000), &[], None, day(5)), Value::default());
    }
}
