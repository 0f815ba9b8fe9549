use chrono::NaiveDate;
use kernel::{ContractId, Currency, ProjectId};
use proptest::prelude::*;

use super::*;
use crate::client_contracts::model::totals;

/// Lines as (amount, VAT rate, quantity).
fn contract(
    lines: &[(i64, i32, Option<i64>)],
    reverse_charge: bool,
    currency: Currency,
) -> Contract {
    let lines: Vec<_> = lines
        .iter()
        .map(|(amount_minor, vat_bp, quantity_milli)| ContractLine {
            id: ContractLineId::new(),
            name: "Lot".to_owned(),
            unit: None,
            quantity_milli: *quantity_milli,
            amount_minor: *amount_minor,
            vat_bp: *vat_bp,
        })
        .collect();
    let (total_minor, total_vat_minor) = totals(&lines, reverse_charge).unwrap();
    Contract {
        id: ContractId::new(),
        project_id: ProjectId::new(),
        reference: "M-1".to_owned(),
        commitment_id: None,
        client: "Maître d'ouvrage".to_owned(),
        country: "FR".to_owned(),
        signed_on: NaiveDate::from_ymd_opt(2026, 1, 15).unwrap(),
        currency,
        reverse_charge,
        retention_bp: 500,
        advance_minor: 0,
        advance_from_bp: 6500,
        advance_to_bp: 8000,
        lines,
        total_minor,
        total_vat_minor,
        version: 1,
    }
}

fn percent(contract: &Contract, percents: &[i64]) -> Vec<NewClaimLine> {
    let lines = contract.lines.iter().zip(percents);
    lines
        .map(|(line, percent)| NewClaimLine {
            line_id: line.id,
            percent_bp: Some(*percent),
            quantity_milli: None,
        })
        .collect()
}

/// The claim of this progress: what was accepted before becomes what is accepted now.
fn claim(contract: &Contract, stand: &[NewClaimLine], before: &mut Before) -> Sums {
    let figures = progress(contract, stand, before, Way::On).unwrap();
    let period = figures.cumulative.since(before.sums);
    *before = Before { lines: figures.lines, sums: figures.cumulative };
    period
}

fn sums(work: i64, vat: i64, retention: i64, advance: i64) -> Sums {
    Sums::of(work, vat, retention, advance)
}

/// A contract in euros worked out by hand: 12 345.67 at 20 % and 8 000.05 at 10 %, 5 % retained.
#[test]
fn three_claims_and_the_release_in_euros_add_up_to_the_cent() {
    let contract =
        contract(&[(1_234_567, 2000, None), (800_005, 1000, None)], false, Currency::Eur);
    assert_eq!((contract.total_minor, contract.total_vat_minor), (2_034_572, 326_914));
    let mut before = Before::default();
    // 33.33 % of 12 345.67 is 4 114.81; VAT 822.96; 5 % of 4 937.77 is 246.88, rounded down.
    let one = claim(&contract, &percent(&contract, &[3333, 0]), &mut before);
    assert_eq!(one, sums(411_481, 82_296, 24_688, 0));
    assert_eq!(one.net_minor, 469_089); // 4 690.89
    // 66.67 %: 8 230.86, VAT 1 646.17; half of the second line: 4 000.03, VAT 400.00.
    let two = claim(&contract, &percent(&contract, &[6667, 5000]), &mut before);
    assert_eq!(two, sums(811_608, 122_321, 46_697, 0));
    let three = claim(&contract, &percent(&contract, &[10_000, 10_000]), &mut before);
    assert_eq!(before.sums, sums(2_034_572, 326_914, 118_074, 0));
    let released = release(&contract, &before).unwrap().cumulative.since(before.sums);
    assert_eq!(released, sums(0, 0, -118_074, 0));
    let paid: i64 = [one, two, three, released].iter().map(|s| s.net_minor).sum();
    assert_eq!(paid, 2_361_486); // 20 345.72 and 3 269.14 of VAT
}

/// A French subcontract under reverse charge: no VAT anywhere, 5 % of the bare amount retained, an
/// advance of 20 % repaid between 65 % and 80 % of the work.
#[test]
fn a_subcontract_under_reverse_charge_repays_its_advance_and_shows_no_vat() {
    let mut contract = contract(&[(10_000_000, 2000, None)], true, Currency::Eur);
    contract.advance_minor = 2_000_000;
    assert_eq!(contract.total_vat_minor, 0);
    let mut before = Before::default();
    let stand = |bp: i64| percent(&contract, &[bp]);
    assert_eq!(claim(&contract, &stand(4000), &mut before), sums(4_000_000, 0, 200_000, 0));
    // At 74 % the repayment has gone 9 of its 15 points: 12 000.00.
    assert_eq!(claim(&contract, &stand(7400), &mut before), sums(3_400_000, 0, 170_000, 1_200_000));
    assert_eq!(claim(&contract, &stand(9000), &mut before), sums(1_600_000, 0, 80_000, 800_000));
    assert_eq!(claim(&contract, &stand(10_000), &mut before), sums(1_000_000, 0, 50_000, 0));
    let end = release(&contract, &before).unwrap().cumulative;
    assert_eq!((end.net_minor, end.advance_minor), (8_000_000, 2_000_000));
}

/// A contract in CFA francs, which have no cents, at Senegal's 18 %, by quantity: 7 poles.
#[test]
fn quantities_in_cfa_francs_add_up_to_the_franc() {
    let contract = contract(&[(10_000_000, 1800, Some(7_000))], false, Currency::Xof);
    let mut before = Before::default();
    let poles = |milli| {
        vec![NewClaimLine {
            line_id: contract.lines[0].id,
            percent_bp: None,
            quantity_milli: Some(milli),
        }]
    };
    // 3 of 7 poles: 4 285 714.29; VAT 771 428.52; 5 % of 5 057 143 is 252 857.15.
    let one = claim(&contract, &poles(3_000), &mut before);
    assert_eq!(one, sums(4_285_714, 771_429, 252_857, 0));
    let two = claim(&contract, &poles(7_000), &mut before);
    assert_eq!(two, sums(5_714_286, 1_028_571, 337_143, 0));
    let end = release(&contract, &before).unwrap().cumulative;
    assert_eq!(end.net_minor, 11_800_000);
}

#[test]
fn nobody_claims_more_than_there_is_or_takes_back_what_was_accepted() {
    let contract =
        contract(&[(1_000_000, 2000, None), (1_000_000, 2000, Some(5_000))], false, Currency::Eur);
    let mut before = Before::default();
    claim(&contract, &percent(&contract, &[5000]), &mut before);
    let one = |n: usize, percent_bp, quantity_milli| {
        let line_id = contract.lines[n].id;
        let line = NewClaimLine { line_id, percent_bp, quantity_milli };
        match progress(&contract, &[line], &before, Way::On) {
            Err(MoneyError::ClaimLine(0, wrong)) => wrong,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(one(0, Some(4999), None), Wrong::Backwards);
    assert_eq!(one(0, Some(10_001), None), Wrong::TooMuch);
    assert_eq!(one(1, None, Some(5_001)), Wrong::TooMuch);
    assert_eq!(one(0, None, Some(1)), Wrong::LumpSum);
    assert_eq!(one(1, Some(1), Some(1)), Wrong::OneOf);
    assert_eq!(one(1, None, None), Wrong::OneOf);
    let line = percent(&contract, &[6000]).remove(0);
    let twice = progress(&contract, &[line.clone(), line], &before, Way::On);
    assert!(matches!(twice, Err(MoneyError::ClaimLine(1, Wrong::Unknown))));
    assert!(matches!(release(&contract, &before), Err(MoneyError::Unfinished)));
}

#[test]
fn a_repayment_never_takes_more_than_the_period_pays() {
    let mut contract = contract(&[(1_000_000, 0, None)], false, Currency::Eur);
    contract.advance_minor = 300_000;
    let mut before = Before::default();
    claim(&contract, &percent(&contract, &[6500]), &mut before);
    // 15 points of work pay 142 500 after retention; the plan wants 300 000 by then.
    let steep = claim(&contract, &percent(&contract, &[8000]), &mut before);
    assert_eq!((steep.advance_minor, steep.net_minor), (142_500, 0));
    let last = claim(&contract, &percent(&contract, &[10_000]), &mut before);
    assert_eq!((last.advance_minor, last.net_minor), (157_500, 32_500));
}

/// The credit note that brings lines back to this progress.
fn credit(contract: &Contract, stand: &[NewClaimLine], before: &mut Before) -> Sums {
    let left = before.lines.iter().map(|l| (l.line_id, l.cumulative_minor)).collect();
    let figures = progress(contract, stand, before, Way::Back(&left)).unwrap();
    let period = figures.cumulative.since(before.sums);
    *before = Before { lines: figures.lines, sums: figures.cumulative };
    period
}

/// 33.33 % of 12 345.67 at 20 % is claimed, of which 3.33 points were not done: 411.11 and VAT.
#[test]
fn a_credit_note_gives_back_work_vat_and_retention_to_the_cent() {
    let contract = contract(&[(1_234_567, 2000, None)], false, Currency::Eur);
    let mut before = Before::default();
    let one = claim(&contract, &percent(&contract, &[3333]), &mut before);
    let back = credit(&contract, &percent(&contract, &[3000]), &mut before);
    // 30 % is 3 703.70, VAT 740.74, 5 % of 4 444.44 rounded down 222.22.
    assert_eq!(before.sums, sums(370_370, 74_074, 22_222, 0));
    assert_eq!(back, sums(370_370 - 411_481, 74_074 - 82_296, 22_222 - 24_688, 0));
    assert_eq!(one.net_minor + back.net_minor, before.sums.net_minor);
    let again = claim(&contract, &percent(&contract, &[3333]), &mut before);
    assert_eq!(again.net_minor, -back.net_minor, "what was given back is claimed again, no more");
}

#[test]
fn a_credit_note_takes_back_what_the_claim_claimed_and_nothing_else() {
    let contract = contract(&[(1_000_000, 2000, None)], false, Currency::Eur);
    let mut before = Before::default();
    claim(&contract, &percent(&contract, &[4000]), &mut before);
    claim(&contract, &percent(&contract, &[5000]), &mut before);
    let left = HashMap::from([(contract.lines[0].id, 100_000)]); // the second claim's
    let wrong = |percents: &[i64]| {
        let back = progress(&contract, &percent(&contract, percents), &before, Way::Back(&left));
        match back {
            Err(MoneyError::ClaimLine(0, wrong)) => Some(wrong),
            _ => None,
        }
    };
    assert_eq!(wrong(&[5001]), Some(Wrong::Forwards));
    assert_eq!(wrong(&[3999]), Some(Wrong::MoreThanClaimed));
    assert_eq!(wrong(&[4000]), None);
}

/// The rates of the lines hold for what who pays owes itself: 20 % of 400.00 and then of 1 000.00.
#[test]
fn under_reverse_charge_who_pays_owes_the_vat_of_the_period() {
    let contract = contract(&[(100_000, 2000, None), (333, 1000, None)], true, Currency::Eur);
    let mut before = Before::default();
    let mut owed = 0;
    for stand in [[4000, 0], [10_000, 5000], [10_000, 10_000]] {
        let period = claim(&contract, &percent(&contract, &stand), &mut before);
        assert_eq!(period.vat_minor, 0);
        owed += self_assessed(&before.lines).unwrap();
    }
    assert_eq!(owed, 20_000 + 33);
}

proptest! {
    #[test]
    fn any_claims_add_up_to_the_contract(
        lines in prop::collection::vec((1_i64..50_000_000, 0_i32..3000), 1..8),
        steps in prop::collection::vec((prop::bool::weighted(0.3),
            prop::collection::vec(0_i64..=10_000, 8)), 0..8),
        retention in 0_i32..=500,
        advance in 0_i64..=30,
        reverse_charge: bool,
    ) {
        let lines: Vec<_> = lines.into_iter().map(|(amount, vat)| (amount, vat, None)).collect();
        let mut contract = contract(&lines, reverse_charge, Currency::Eur);
        contract.retention_bp = retention;
        let whole = contract.total_minor + contract.total_vat_minor;
        contract.advance_minor = whole * advance / 100;
        let mut before = Before::default();
        let mut stand = vec![0_i64; contract.lines.len()];
        let mut all = Vec::new();
        for step in steps.iter().map(Some).chain([None]) {
            if let Some((true, step)) = step {
                for (so_far, step) in stand.iter_mut().zip(step) {
                    *so_far = (*step).min(*so_far);
                }
                let back = credit(&contract, &percent(&contract, &stand), &mut before);
                prop_assert!(back.work_minor <= 0 && back.vat_minor <= 0);
                prop_assert!(back.retention_minor <= 0 && back.advance_minor <= 0);
                prop_assert!(back.net_minor <= 0, "{back:?}");
                all.push(back);
                continue;
            }
            for (n, so_far) in stand.iter_mut().enumerate() {
                *so_far = step.map_or(10_000, |(_, s)| s[n].max(*so_far));
            }
            let period = claim(&contract, &percent(&contract, &stand), &mut before);
            prop_assert!(period.work_minor >= 0 && period.vat_minor >= 0);
            prop_assert!(period.retention_minor >= 0 && period.advance_minor >= 0);
            prop_assert!(period.net_minor >= 0, "{period:?}");
            prop_assert!(before.sums.work_minor <= contract.total_minor);
            let so_far = before.sums.work_minor + before.sums.vat_minor;
            prop_assert!(before.sums.retention_minor * 10_000 <= so_far * i64::from(retention));
            all.push(period);
        }
        let end = release(&contract, &before).unwrap().cumulative;
        all.push(end.since(before.sums));
        prop_assert_eq!(all.iter().map(|s| s.work_minor).sum::<i64>(), contract.total_minor);
        prop_assert_eq!(all.iter().map(|s| s.vat_minor).sum::<i64>(), contract.total_vat_minor);
        prop_assert_eq!(all.iter().map(|s| s.retention_minor).sum::<i64>(), 0);
        prop_assert_eq!(end.advance_minor, contract.advance_minor);
        prop_assert_eq!(end.net_minor, whole - contract.advance_minor);
    }
}
