//! Days that follow the moon: Easter, and the months of the Islamic calendar.

use chrono::{Datelike, Days, NaiveDate};

/// Easter Sunday of the Gregorian calendar: the "anonymous" algorithm, as J. Meeus gives it in
/// "Astronomical Algorithms", chapter 8 (Meeus/Jones/Butcher).
pub(super) fn easter(year: i32) -> Option<NaiveDate> {
    let golden = year.rem_euclid(19);
    let (century, rest) = (year.div_euclid(100), year.rem_euclid(100));
    let correction = (century + 8) / 25;
    let epact = (19 * golden + century - century / 4 - (century - correction + 1) / 3 + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * late + 114;
    NaiveDate::from_ymd_opt(
        year,
        u32::try_from(days / 31).ok()?,
        u32::try_from(days % 31).ok()? + 1,
    )
}

/// The days of `year` that are the `day` of the Islamic `month` (1 Muharram … 12 Dhu al-Hijja) in
/// this country, each with whether it is only computed.
pub(super) fn days_in(country: &str, year: i32, month: i32, day: u64) -> Vec<(NaiveDate, bool)> {
    // An Islamic year is some eleven days shorter: 33 of them are about 32 of ours.
    let near = (year - 622) * 33 / 32;
    let first = |hijri: i32| {
        announced(country, hijri, month)
            .map(|first| (first, false))
            .or_else(|| computed(hijri, month).map(|first| (first, true)))
    };
    (near - 1..=near + 2)
        .filter_map(first)
        .map(|(first, estimated)| (first + Days::new(day - 1), estimated))
        .filter(|(day, _)| day.year() == year)
        .collect()
}

/// The first day of an Islamic month by the tabular calendar: 30 and 29 days in turn, a day more
/// in eleven years of thirty (2, 5, 7, 10, 13, 16, 18, 21, 24, 26, 29), from Friday 16 July 622
/// (Julian). E. M. Reingold and N. Dershowitz, "Calendrical Calculations", chapter 7.
fn computed(hijri: i32, month: i32) -> Option<NaiveDate> {
    const BEFORE_FIRST_DAY: i32 = 227_014;
    let months = 29 * (month - 1) + (6 * month - 1) / 11;
    let years = (hijri - 1) * 354 + (3 + 11 * hijri).div_euclid(30);
    NaiveDate::from_num_days_from_ce_opt(BEFORE_FIRST_DAY + years + months + 1)
}

/// The first days of Islamic months as the authority of the country announced them: country,
/// Islamic year and month, day.
type Announced = (&'static str, i32, i32, (i32, u32, u32));

const ANNOUNCED: &[Announced] = &[
    // Ministère des Habous et des Affaires islamiques, Morocco.
    ("MA", 1444, 10, (2023, 4, 22)),
    ("MA", 1444, 12, (2023, 6, 20)),
    ("MA", 1445, 10, (2024, 4, 10)),
    ("MA", 1445, 12, (2024, 6, 8)),
    ("MA", 1446, 10, (2025, 3, 31)),
    ("MA", 1446, 12, (2025, 5, 29)),
    // Commission nationale de concertation sur le croissant lunaire (CONACOC), Senegal.
    ("SN", 1444, 10, (2023, 4, 22)),
    ("SN", 1446, 10, (2025, 3, 31)),
    ("SN", 1447, 3, (2025, 8, 25)),
    ("SN", 1447, 10, (2026, 3, 21)),
    // Ministère de l'Emploi et de la Protection sociale, Côte d'Ivoire.
    ("CI", 1446, 9, (2025, 3, 1)),
    ("CI", 1446, 10, (2025, 3, 30)),
];

fn announced(country: &str, hijri: i32, month: i32) -> Option<NaiveDate> {
    let said = |a: &&Announced| (a.0, a.1, a.2) == (country, hijri, month);
    let (year, month, day) = ANNOUNCED.iter().find(said)?.3;
    NaiveDate::from_ymd_opt(year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_is_where_the_tables_put_it() {
        for expected in [
            "1961-04-02",
            "2000-04-23",
            "2008-03-23",
            "2011-04-24",
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2027-03-28",
            "2038-04-25",
            "2049-04-18",
            "2076-04-19",
        ] {
            let expected = day(expected);
            assert_eq!(easter(expected.year()), Some(expected));
        }
    }

    #[test]
    fn the_tabular_calendar_meets_its_known_days() {
        // 1 Muharram 1 is 16 July 622 Julian, 19 July Gregorian.
        assert_eq!(computed(1, 1), Some(day("0622-07-19")));
        // Reingold and Dershowitz, appendix C: 29 September 1941 is 8 Ramadan 1360.
        assert_eq!(computed(1360, 9).map(|d| d + Days::new(7)), Some(day("1941-09-29")));
        // The thirty years of a cycle are 10 631 days.
        let cycle = computed(1471, 1).unwrap() - computed(1441, 1).unwrap();
        assert_eq!(cycle.num_days(), 10_631);
    }

    #[test]
    fn what_was_announced_lies_close_to_what_is_computed() {
        for (country, hijri, month, _) in ANNOUNCED {
            let off =
                announced(country, *hijri, *month).unwrap() - computed(*hijri, *month).unwrap();
            assert!(off.num_days().abs() <= 2, "{country} {hijri} {month}: {}", off.num_days());
        }
    }
}
