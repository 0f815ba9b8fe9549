//! What people write in cells: durations, dates, predecessors, constraints.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use schedule::{Lag, LinkKind, Work};

use crate::{Settings, Unit};

/// An amount of time: a number and a unit, "e" before it for elapsed time (`3d`, `1,5 j`, `2ed`).
/// Without a unit it is days. Units are English, or French: min, h, j, s(em), mois.
pub fn time(text: &str, settings: &Settings) -> Option<(Work, Unit)> {
    let text = text.trim().to_lowercase();
    let end =
        text.find(|c: char| !(c.is_ascii_digit() || "+-., ".contains(c))).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.replace(' ', "").replace(',', ".").parse().ok()?;
    let unit = unit.trim().trim_end_matches('?');
    let (unit, elapsed) = match unit.strip_prefix('e') {
        Some(rest) => (rest, true),
        None => (unit, false),
    };
    let unit = match unit {
        "m" | "mn" | "min" | "mins" | "minute" | "minutes" => Unit::Minutes,
        "h" | "hr" | "hrs" | "hour" | "hours" | "heure" | "heures" => Unit::Hours,
        "" | "d" | "day" | "days" | "j" | "jour" | "jours" => Unit::Days,
        "w" | "wk" | "week" | "weeks" | "s" | "sem" | "semaine" | "semaines" => Unit::Weeks,
        "mo" | "mon" | "month" | "months" | "mois" => Unit::Months,
        _ => return None,
    };
    let minutes = match (unit, elapsed) {
        (Unit::Minutes, _) => 1,
        (Unit::Hours, _) => 60,
        (Unit::Days, false) => settings.minutes_per_day,
        (Unit::Days, true) => 1440,
        (Unit::Weeks, false) => settings.minutes_per_week,
        (Unit::Weeks, true) => 7 * 1440,
        (Unit::Months, false) => settings.minutes_per_day * settings.days_per_month,
        (Unit::Months, true) => 30 * 1440,
    };
    let total = (number * minutes as f64).round();
    if !total.is_finite() || total.abs() > 1e10 {
        return None;
    }
    let total = total as i64;
    Some((if elapsed { Work::Elapsed(total) } else { Work::Working(total) }, unit))
}

/// A day, `2026-03-02` or `02/03/2026`, with a time or at `usual`.
pub fn moment(text: &str, usual: NaiveTime) -> Option<NaiveDateTime> {
    let text = text.trim();
    let (day, time) = match text.split_once(['T', ' ']) {
        Some((day, time)) => {
            let time = time.trim();
            let time = NaiveTime::parse_from_str(time, "%H:%M")
                .or_else(|_| NaiveTime::parse_from_str(time, "%H:%M:%S"));
            (day, time.ok()?)
        }
        None => (text, usual),
    };
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d")
        .or_else(|_| NaiveDate::parse_from_str(day, "%d/%m/%Y"))
        .ok()?;
    let minute = time.format("%H:%M").to_string();
    Some(day.and_time(NaiveTime::parse_from_str(&minute, "%H:%M").ok()?))
}

/// One predecessor: what the task is known by, the kind of link, and the lag (`12`, `12FS+2d`,
/// `1.3SS-50%`). French kinds are DD, DF, FD and FF, as the French Project writes them.
pub fn predecessor(text: &str, settings: &Settings) -> Option<(String, LinkKind, Lag)> {
    let text = text.trim();
    let kinds = [
        ("FS", LinkKind::FinishToStart),
        ("FD", LinkKind::FinishToStart),
        ("SS", LinkKind::StartToStart),
        ("DD", LinkKind::StartToStart),
        ("FF", LinkKind::FinishToFinish),
        ("SF", LinkKind::StartToFinish),
        ("DF", LinkKind::StartToFinish),
    ];
    // A code in a breakdown may have a hyphen of its own; a lag's sign comes after a kind.
    let after_kind = |at: &usize| {
        let before = text[..*at].trim_end();
        kinds.iter().any(|(name, _)| before.ends_with(name))
    };
    let split = text.match_indices(['+', '-']).map(|(at, _)| at).find(after_kind);
    let (head, lag) = split.map_or((text, None), |at| (text[..at].trim_end(), Some(&text[at..])));
    let found = kinds.iter().find_map(|(name, kind)| Some((head.strip_suffix(name)?, *kind)));
    let (reference, kind) = found.unwrap_or((head, LinkKind::FinishToStart));
    let lag = match lag.map(|lag| lag.replace(' ', "")) {
        None => Lag::Working(0),
        Some(lag) if lag.ends_with('%') => Lag::Percent(lag.trim_end_matches('%').parse().ok()?),
        Some(lag) => match time(&lag, settings)?.0 {
            Work::Working(minutes) => Lag::Working(minutes),
            Work::Elapsed(minutes) => Lag::Elapsed(minutes),
        },
    };
    let reference = reference.trim();
    (!reference.is_empty()).then(|| (reference.to_owned(), kind, lag))
}

/// The two letters of a kind of link.
pub fn kind(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::FinishToStart => "FS",
        LinkKind::StartToStart => "SS",
        LinkKind::FinishToFinish => "FF",
        LinkKind::StartToFinish => "SF",
    }
}

/// Minutes in a unit that needs no rounding: days where they are whole, else minutes.
pub fn written(work: Work, settings: &Settings) -> String {
    match work {
        Work::Working(m) if m % settings.minutes_per_day == 0 => {
            format!("{}d", m / settings.minutes_per_day)
        }
        Work::Working(m) => format!("{m}min"),
        Work::Elapsed(m) if m % 1440 == 0 => format!("{}ed", m / 1440),
        Work::Elapsed(m) => format!("{m}emin"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_both_languages() {
        let settings = Settings::default();
        for (text, work) in [
            ("3d", Some(Work::Working(1440))),
            ("1,5 j", Some(Work::Working(720))),
            ("2ed", Some(Work::Elapsed(2880))),
            ("4 h?", Some(Work::Working(240))),
            ("90", Some(Work::Working(43_200))),
            ("2 sem", Some(Work::Working(4800))),
            ("-1d", Some(Work::Working(-480))),
            ("d", None),
            ("3 lunes", None),
            ("9e99d", None),
        ] {
            assert_eq!(time(text, &settings).map(|(work, _)| work), work, "{text}");
        }
    }

    #[test]
    fn predecessors_are_read_with_their_lags() {
        let settings = Settings::default();
        let read = |text: &str| predecessor(text, &settings);
        let link = |to: &str, kind, lag| Some((to.to_owned(), kind, lag));
        assert_eq!(read("12"), link("12", LinkKind::FinishToStart, Lag::Working(0)));
        assert_eq!(read("12FS+2d"), link("12", LinkKind::FinishToStart, Lag::Working(960)));
        assert_eq!(read("1.3SS-50%"), link("1.3", LinkKind::StartToStart, Lag::Percent(-50)));
        assert_eq!(read("A-7 FD + 1ed"), link("A-7", LinkKind::FinishToStart, Lag::Elapsed(1440)));
        assert_eq!(read("A-7"), link("A-7", LinkKind::FinishToStart, Lag::Working(0)));
        assert_eq!(read("FS+2d"), None);
        assert_eq!(read("é-"), link("é-", LinkKind::FinishToStart, Lag::Working(0)));
    }
}
