//! Senegal: the labour code (loi n° 97-17 of 1 December 1997) and its decrees.
//!
//! The legal week, the rates of overtime, the night, the weekly rest and the rest of young workers
//! are as commentaries report them (africapaierh.com; planete-senegal.com, which prints the code).
//! Décret n° 2006-1262, which rewrites article 11 of décret n° 70-183, was read in its report of
//! presentation alone: it names a daily limit and a yearly quota of 500 hours, not the figures of
//! a day or a week. The limit of a day and of a week's overtime are therefore unverified.

use super::{HOUR, rule};
use crate::law::{Ages, Band, Kind, Law, Overtime, Proof, Rule};

const RULES: &[Rule] = &[
    rule("day", Kind::DayWork, 10 * HOUR, "Décret n° 70-183, art. 11 (décret n° 2006-1262)")
        .proof(Proof::Unverified),
    // Forty hours and twenty of overtime.
    rule("week", Kind::WeekWork, 60 * HOUR, "Décret n° 70-183, art. 11 (décret n° 2006-1262)")
        .proof(Proof::Unverified),
    // Twenty-four hours in a row a week, on Sunday as a rule.
    rule("weekly_rest", Kind::WeeklyRest, 24 * HOUR, "Code du travail, art. L.147")
        .proof(Proof::Commentary),
    // Eleven hours in a row for women and the young. Who plans work need not know who is a woman,
    // so the rule is checked for the young; an agreement may extend it by its own means.
    rule("young_daily_rest", Kind::DailyRest, 11 * HOUR, "Code du travail, art. L.141")
        .of(Ages::YOUNG)
        .proof(Proof::Commentary),
];

pub(super) fn law() -> Law {
    Law {
        country: "SN",
        rules: RULES,
        overtime: Overtime {
            // Forty hours (L.135). 15 % from the 41st to the 48th hour, 40 % beyond; 60 % by night
            // (22 to 5) or on a Sunday or holiday, 100 % by night on such a day.
            after: 40 * HOUR,
            article: "Code du travail, art. L.135 and L.138",
            bands: vec![Band { to: Some(8 * HOUR), percent: 15 }, Band { to: None, percent: 40 }],
            night: Some((22 * HOUR, 29 * HOUR, 60)),
            rest_day: Some(60),
            rest_night: Some(100),
            least: (15, "Code du travail, art. L.138"),
            proof: Proof::Commentary,
        },
    }
}
