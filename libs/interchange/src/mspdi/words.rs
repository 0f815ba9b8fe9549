//! The format's own words: dates, durations, and the numbers that stand for kinds of things.

use chrono::{NaiveDateTime, NaiveTime, Timelike};
use schedule::{Constraint, Hours, Lag, LinkKind, Work};

use crate::Unit;
use crate::findings::Form;

/// Durations beyond this are no durations: some 19 000 years of minutes.
const LONGEST: i64 = 10_000_000_000;

/// A moment.
pub const MOMENT: Form<NaiveDateTime> = Form {
    parse: moment,
    fr: "une date et une heure comme 2026-03-02T08:00:00",
    en: "a date and time like 2026-03-02T08:00:00",
};
/// A duration, in minutes.
pub const DURATION: Form<i64> = Form {
    parse: |text| duration(text).filter(|minutes| *minutes >= 0),
    fr: "une durée positive comme PT8H0M0S",
    en: "a duration, not negative, like PT8H0M0S",
};
/// A whole number.
pub const INTEGER: Form<i64> =
    Form { parse: |text| text.parse().ok(), fr: "un nombre entier", en: "a whole number" };
/// A number with decimals.
pub const DECIMAL: Form<f64> = Form {
    parse: |text| text.parse().ok().filter(|n: &f64| n.is_finite() && n.abs() < 1e15),
    fr: "un nombre",
    en: "a number",
};
/// Yes or no.
pub const FLAG: Form<bool> = Form {
    parse: |text| match text {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    },
    fr: "0 ou 1",
    en: "0 or 1",
};
/// A time of day, in minutes.
pub const CLOCK: Form<u16> = Form {
    parse: clock,
    fr: "une heure comme 08:00:00, à la minute près",
    en: "a time like 08:00:00, in whole minutes",
};

/// Seconds are dropped: plans count in minutes.
fn moment(text: &str) -> Option<NaiveDateTime> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let moment = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M"))
        .ok()?;
    whole_minutes(moment)
}

fn whole_minutes(moment: NaiveDateTime) -> Option<NaiveDateTime> {
    moment.with_second(0)?.with_nanosecond(0)
}

fn clock(text: &str) -> Option<u16> {
    let time = text.rsplit('T').next()?;
    let time = NaiveTime::parse_from_str(time, "%H:%M:%S")
        .or_else(|_| NaiveTime::parse_from_str(time, "%H:%M"))
        .ok()?;
    u16::try_from(time.hour() * 60 + time.minute()).ok()
}

/// Minutes of an XML Schema duration (XML Schema part 2, 3.2.6) without years and months, whose
/// lengths nobody knows; half a minute counts as one.
pub fn duration(text: &str) -> Option<i64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let text = text.strip_prefix('P')?;
    let (days, times) = text.split_once('T').unwrap_or((text, ""));
    let mut seconds = 0.0_f64;
    for (part, units) in [(days, "D"), (times, "HMS")] {
        let mut number = String::new();
        let mut rest = units;
        for char in part.chars() {
            if char.is_ascii_digit() || char == '.' {
                number.push(char);
                continue;
            }
            // Each unit once, the larger before the smaller.
            rest = &rest[rest.find(char)? + 1..];
            let length = match char {
                'D' => 86_400.0,
                'H' => 3600.0,
                'M' => 60.0,
                _ => 1.0,
            };
            seconds += number.parse::<f64>().ok()? * length;
            number.clear();
        }
        if !number.is_empty() {
            return None;
        }
    }
    let minutes = (seconds / 60.0).round();
    (text.len() > 1 && minutes <= LONGEST as f64).then_some(if negative {
        -(minutes as i64)
    } else {
        minutes as i64
    })
}

/// `minutes` as the format writes a duration.
pub fn written_duration(minutes: i64) -> String {
    let sign = if minutes < 0 { "-" } else { "" };
    let minutes = minutes.unsigned_abs();
    format!("{sign}PT{}H{}M0S", minutes / 60, minutes % 60)
}

/// `moment` as the format writes it.
pub fn written_moment(moment: NaiveDateTime) -> String {
    moment.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// A minute of the day as the format writes it; the day's end is its beginning.
pub fn written_clock(minute: u16) -> String {
    format!("{:02}:{:02}:00", minute / 60 % 24, minute % 60)
}

/// A stretch of work, where the two minutes make one; the day ends at its first minute.
pub fn hours(from: u16, to: u16) -> Option<Hours> {
    let to = if to == 0 { 1440 } else { to };
    (from < to).then_some(Hours { from, to })
}

/// How durations are shown, besides their unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shown {
    /// The unit.
    pub unit: Unit,
    /// Of elapsed time.
    pub elapsed: bool,
    /// A share of another duration.
    pub percent: bool,
    /// A guess.
    pub estimated: bool,
}

/// What a number in `DurationFormat` and `LagFormat` stands for. 21 and 53 say "no format".
pub fn shown(code: i64) -> Option<Shown> {
    let estimated = code >= 35;
    let code = if estimated { code - 32 } else { code };
    let (unit, elapsed) = match code {
        3 => (Unit::Minutes, false),
        4 => (Unit::Minutes, true),
        5 => (Unit::Hours, false),
        6 => (Unit::Hours, true),
        7 | 21 => (Unit::Days, false),
        8 => (Unit::Days, true),
        9 => (Unit::Weeks, false),
        10 => (Unit::Weeks, true),
        11 => (Unit::Months, false),
        12 => (Unit::Months, true),
        19 => return Some(Shown { percent: true, estimated, ..Shown::default() }),
        20 => return Some(Shown { percent: true, elapsed: true, estimated, ..Shown::default() }),
        _ => return None,
    };
    Some(Shown { unit, elapsed, percent: false, estimated })
}

/// The number that stands for a way to show durations.
pub fn shown_code(unit: Unit, elapsed: bool, estimated: bool) -> i64 {
    let unit = match unit {
        Unit::Minutes => 3,
        Unit::Hours => 5,
        Unit::Days => 7,
        Unit::Weeks => 9,
        Unit::Months => 11,
    };
    unit + i64::from(elapsed) + if estimated { 32 } else { 0 }
}

/// The ends a number in a link's `Type` ties.
pub fn link_kind(code: i64) -> Option<LinkKind> {
    Some(match code {
        0 => LinkKind::FinishToFinish,
        1 => LinkKind::FinishToStart,
        2 => LinkKind::StartToFinish,
        3 => LinkKind::StartToStart,
        _ => return None,
    })
}

/// The number of a kind of link.
pub fn link_code(kind: LinkKind) -> i64 {
    match kind {
        LinkKind::FinishToFinish => 0,
        LinkKind::FinishToStart => 1,
        LinkKind::StartToFinish => 2,
        LinkKind::StartToStart => 3,
    }
}

/// The lag of `tenths` of a minute, or of so many per cent of `duration`, as `shown` says.
pub fn lag(tenths: i64, shown: Shown, duration: Work) -> Option<Lag> {
    let whole = match duration {
        Work::Working(minutes) | Work::Elapsed(minutes) => minutes,
    };
    Some(match (shown.percent, shown.elapsed) {
        (true, false) => Lag::Percent(i32::try_from(tenths).ok()?),
        (true, true) => Lag::Elapsed(whole.checked_mul(tenths)? / 100),
        (false, true) => Lag::Elapsed(tenths / 10),
        (false, false) => Lag::Working(tenths / 10),
    })
}

/// The constraint a number and a date stand for; none where the number is unknown or the date it
/// needs is missing.
pub fn constraint(code: i64, date: Option<NaiveDateTime>) -> Option<Constraint> {
    Some(match code {
        0 => Constraint::AsSoonAsPossible,
        1 => Constraint::AsLateAsPossible,
        2 => Constraint::MustStartOn(date?),
        3 => Constraint::MustFinishOn(date?),
        4 => Constraint::StartNoEarlierThan(date?),
        5 => Constraint::StartNoLaterThan(date?),
        6 => Constraint::FinishNoEarlierThan(date?),
        7 => Constraint::FinishNoLaterThan(date?),
        _ => return None,
    })
}

/// The number and the date of a constraint.
pub fn constraint_code(constraint: Constraint) -> (i64, Option<NaiveDateTime>) {
    match constraint {
        Constraint::AsSoonAsPossible => (0, None),
        Constraint::AsLateAsPossible => (1, None),
        Constraint::MustStartOn(at) => (2, Some(at)),
        Constraint::MustFinishOn(at) => (3, Some(at)),
        Constraint::StartNoEarlierThan(at) => (4, Some(at)),
        Constraint::StartNoLaterThan(at) => (5, Some(at)),
        Constraint::FinishNoEarlierThan(at) => (6, Some(at)),
        Constraint::FinishNoLaterThan(at) => (7, Some(at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_to_the_minute() {
        for (text, minutes) in [
            ("PT8H0M0S", Some(480)),
            ("PT0H0M0S", Some(0)),
            ("PT1H30M29S", Some(90)),
            ("PT0.5H", Some(30)),
            ("P1DT2H", Some(1560)),
            ("-PT1H0M0S", Some(-60)),
            ("PT", None),
            ("P1M", None),
            ("PT5M1H", None),
            ("PT99999999999999999999H", None),
            ("8 hours", None),
            ("", None),
        ] {
            assert_eq!(duration(text), minutes, "{text}");
        }
    }
}
