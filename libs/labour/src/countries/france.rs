//! France: the labour code (Code du travail), third part, as of 2025.
//!
//! Read in the text: L3121-16 to -18 and -21 to -24 (loi n° 2016-1088, Journal officiel of 9 August
//! 2016), L3121-35 and -36, L3132-1, L3164-1 and -2, D3131-6, R3162-1. The others as commentaries
//! report them (service-public.fr, OPPBTP's preventionbtp.fr, the ministry of labour).

use super::{HOUR, rule};
use crate::law::{Ages, Band, Kind, Law, Overtime, Proof, Rule};

const RULES: &[Rule] = &[
    // Ten hours of work a day, but by an inspector's leave, in an emergency, or by agreement
    // (L3121-19: in times of more work or for reasons of organisation, to twelve hours).
    rule("day", Kind::DayWork, 10 * HOUR, "Code du travail, art. L3121-18")
        .of(Ages::ADULT)
        .at_the_utmost(12 * HOUR, "Code du travail, art. L3121-19"),
    // 48 hours in one week. L3121-21: the administration may let exceptional circumstances go to
    // sixty; an agreement alone may not, so who records it here must hold that leave.
    rule("week", Kind::WeekWork, 48 * HOUR, "Code du travail, art. L3121-20")
        .of(Ages::ADULT)
        .proof(Proof::Commentary)
        .at_the_utmost(60 * HOUR, "Code du travail, art. L3121-21"),
    // 44 hours on average of any twelve consecutive weeks; 46 by agreement.
    rule("average", Kind::AverageWork { weeks: 12 }, 44 * HOUR, "Code du travail, art. L3121-22")
        .of(Ages::ADULT)
        .at_the_utmost(46 * HOUR, "Code du travail, art. L3121-23"),
    // Once six hours are worked in a day, twenty minutes in a row (L3121-17: longer by agreement).
    rule("break", Kind::Break { after: 6 * HOUR }, 20, "Code du travail, art. L3121-16")
        .of(Ages::ADULT),
    // Eleven hours in a row a day. L3131-2 lets an agreement shorten it where continuity of service
    // or peaks of work ask for it, not below nine hours.
    rule("daily_rest", Kind::DailyRest, 11 * HOUR, "Code du travail, art. L3131-1")
        .of(Ages::ADULT)
        .proof(Proof::Commentary)
        .at_the_utmost(9 * HOUR, "Code du travail, art. L3131-2 and D3131-6"),
    // Never more than six days a week.
    rule("days_a_week", Kind::DaysAWeek, 6, "Code du travail, art. L3132-1"),
    // Twenty-four hours in a row, to which the eleven of daily rest are added.
    rule("weekly_rest", Kind::WeeklyRest, 35 * HOUR, "Code du travail, art. L3132-2")
        .of(Ages::ADULT)
        .proof(Proof::Commentary),
    // Under 18: eight hours a day and 35 a week. On building sites and public works ten and forty
    // where the organisation of work asks for it, with rest in return (L3162-1, R3162-1).
    rule("young_day", Kind::DayWork, 8 * HOUR, "Code du travail, art. L3162-1")
        .of(Ages::YOUNG)
        .at_the_utmost(10 * HOUR, "Code du travail, art. L3162-1 and R3162-1"),
    rule("young_week", Kind::WeekWork, 35 * HOUR, "Code du travail, art. L3162-1")
        .of(Ages::YOUNG)
        .at_the_utmost(40 * HOUR, "Code du travail, art. L3162-1 and R3162-1"),
    // No more than four and a half hours without thirty minutes in a row.
    rule("young_break", Kind::Break { after: 270 }, 30, "Code du travail, art. L3162-3")
        .of(Ages::YOUNG)
        .proof(Proof::Commentary),
    // No work from 22 to 6 between 16 and 18, from 20 to 6 below 16.
    rule(
        "young_night",
        Kind::Night { from: 22 * HOUR, to: 30 * HOUR },
        0,
        "Code du travail, art. L3163-1 and L3163-2",
    )
    .of(Ages::FROM_16)
    .proof(Proof::Commentary),
    rule(
        "child_night",
        Kind::Night { from: 20 * HOUR, to: 30 * HOUR },
        0,
        "Code du travail, art. L3163-1 and L3163-2",
    )
    .of(Ages::BELOW_16)
    .proof(Proof::Unverified),
    // Twelve hours in a row a day, fourteen below 16.
    rule("young_daily_rest", Kind::DailyRest, 12 * HOUR, "Code du travail, art. L3164-1")
        .of(Ages::FROM_16),
    rule("child_daily_rest", Kind::DailyRest, 14 * HOUR, "Code du travail, art. L3164-1")
        .of(Ages::BELOW_16),
    // Two days of rest in a row a week: five days of work at most, and forty-eight hours in a row
    // between them. By agreement 36 hours, and so a sixth day, for those who need not go to school
    // any more: who agrees on it records both.
    rule("young_days_a_week", Kind::DaysAWeek, 5, "Code du travail, art. L3164-2")
        .of(Ages::FROM_16)
        .at_the_utmost(6, "Code du travail, art. L3164-2"),
    rule("child_days_a_week", Kind::DaysAWeek, 5, "Code du travail, art. L3164-2")
        .of(Ages::BELOW_16),
    rule("young_weekly_rest", Kind::WeeklyRest, 48 * HOUR, "Code du travail, art. L3164-2")
        .of(Ages::FROM_16)
        .at_the_utmost(36 * HOUR, "Code du travail, art. L3164-2"),
    rule("child_weekly_rest", Kind::WeeklyRest, 48 * HOUR, "Code du travail, art. L3164-2")
        .of(Ages::BELOW_16),
];

pub(super) fn law() -> Law {
    Law {
        country: "FR",
        rules: RULES,
        overtime: Overtime {
            // L3121-27: 35 hours a week; L3121-28: what goes beyond is paid more; L3121-36: by 25 %
            // for the first eight hours, 50 % after, where no agreement says otherwise; L3121-33:
            // an agreement may say no less than 10 %; L3121-35: weeks begin on Monday.
            after: 35 * HOUR,
            article: "Code du travail, art. L3121-27, L3121-28, L3121-36",
            bands: vec![Band { to: Some(8 * HOUR), percent: 25 }, Band { to: None, percent: 50 }],
            night: None,
            rest_day: None,
            rest_night: None,
            least: (10, "Code du travail, art. L3121-33"),
            proof: Proof::Text,
        },
    }
}
