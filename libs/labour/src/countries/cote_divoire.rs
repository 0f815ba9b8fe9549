//! Côte d'Ivoire: the labour code (loi n° 2015-532 of 20 July 2015) and the decrees of 7 March 1996
//! that still apply it (n° 96-203 on working time, n° 96-204 on night work).
//!
//! Articles 1 to 4 of both decrees were read; the limits and rates of overtime are as a commentary
//! on décret n° 96-203 reports them (ivoire-juriste.com).

use super::{HOUR, rule};
use crate::law::{Ages, Band, Kind, Law, Overtime, Proof, Rule};

const RULES: &[Rule] = &[
    // Eight hours a day and three of overtime.
    rule("day", Kind::DayWork, 11 * HOUR, "Décret n° 96-203, overtime").proof(Proof::Commentary),
    // Forty hours a week (Code du travail, art. 21.2) and fifteen of overtime.
    rule("week", Kind::WeekWork, 55 * HOUR, "Code du travail, art. 21.2; décret n° 96-203")
        .proof(Proof::Commentary),
    // Twenty-four hours in a row a week, on Sunday as a rule.
    rule("weekly_rest", Kind::WeeklyRest, 24 * HOUR, "Code du travail, art. 24.1")
        .proof(Proof::Commentary),
    // Between 14 and 18 no work from 18 to 6, twelve hours in a row.
    rule(
        "young_night",
        Kind::Night { from: 18 * HOUR, to: 30 * HOUR },
        0,
        "Décret n° 96-204, art. 4",
    )
    .of(Ages::YOUNG),
];

pub(super) fn law() -> Law {
    Law {
        country: "CI",
        rules: RULES,
        overtime: Overtime {
            // 15 % from the 41st to the 46th hour, 50 % beyond; 75 % by night (21 to 5, décret
            // n° 96-204, art. 1) or on a Sunday or holiday, 100 % by night on such a day.
            after: 40 * HOUR,
            article: "Code du travail, art. 21.2; décret n° 96-203",
            bands: vec![Band { to: Some(6 * HOUR), percent: 15 }, Band { to: None, percent: 50 }],
            night: Some((21 * HOUR, 29 * HOUR, 75)),
            rest_day: Some(75),
            rest_night: Some(100),
            least: (15, "Décret n° 96-203"),
            proof: Proof::Commentary,
        },
    }
}
