//! Public holidays: what the law of a country makes a day off, for the calendars of its sites.
//!
//! National law alone: regional feasts (Alsace-Moselle, overseas) and the days a government grants
//! from one year to the next belong in the tenant's own calendar. The rules are those in force
//! from 2024 on, with the later changes dated; an earlier year is answered by the law of 2024.

mod countries;
mod moon;

use chrono::{Datelike, NaiveDate, Weekday};
use countries::{On, Rule};

/// A public holiday.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holiday {
    /// The day.
    pub day: NaiveDate,
    /// Its French name.
    pub name_fr: String,
    /// Its English name.
    pub name_en: String,
    /// Whether the day is computed and the sighting of the moon may yet move it, by one day
    /// as a rule.
    pub estimated: bool,
}

/// The years that are answered: before and after, no calendar here claims to know.
pub const YEARS: std::ops::RangeInclusive<i32> = 1950..=2150;

/// The countries that are known, ISO 3166-1 alpha-2.
pub fn countries() -> impl Iterator<Item = &'static str> {
    countries::ALL.iter().map(|(code, _)| *code)
}

/// The holidays of `country` (ISO 3166-1 alpha-2, capitals) in `year`, in the order of their days;
/// two feasts may share a day. None where the country is not known: then nothing is known of its
/// holidays, not that it has none. Empty for a year outside [`YEARS`].
pub fn of(country: &str, year: i32) -> Option<Vec<Holiday>> {
    let (code, rules) = countries::ALL.iter().find(|(code, _)| *code == country)?;
    if !YEARS.contains(&year) {
        return Some(Vec::new());
    }
    let mut days: Vec<Holiday> = rules.iter().flat_map(|rule| rule.of(code, year)).collect();
    days.sort();
    Some(days)
}

impl Rule {
    /// The days of this rule within `year`: none when it is not in force, two when a feast of the
    /// moon comes round twice.
    fn of(&self, country: &str, year: i32) -> Vec<Holiday> {
        // A feast of late December may be carried into January: the year before is asked too.
        (year - 1..=year)
            .filter(|year| self.years.contains(year))
            .flat_map(|year| self.days(country, year))
            .flat_map(|(day, estimated)| self.with_carried(day, estimated))
            .filter(|holiday| holiday.day.year() == year)
            .collect()
    }

    /// The feast itself, and the Monday that makes up for a Sunday where the law says so.
    fn with_carried(&self, day: NaiveDate, estimated: bool) -> Vec<Holiday> {
        let (name_fr, name_en) = (self.fr.to_owned(), self.en.to_owned());
        let mut all = vec![Holiday { day, name_fr, name_en, estimated }];
        if day.weekday() == Weekday::Sun && self.carried.contains(&day.year()) {
            all.extend(day.succ_opt().map(|day| Holiday {
                day,
                name_fr: format!("{} (lendemain)", self.fr),
                name_en: format!("{} (day after)", self.en),
                estimated,
            }));
        }
        all
    }

    fn days(&self, country: &str, year: i32) -> Vec<(NaiveDate, bool)> {
        let computed = |day: Option<NaiveDate>| day.map(|day| (day, false)).into_iter().collect();
        match self.on {
            On::Day(month, day) => computed(NaiveDate::from_ymd_opt(year, month, day)),
            On::Easter(after) => computed(moon::easter(year).map(|e| e + chrono::Days::new(after))),
            On::GoodFriday => computed(moon::easter(year).map(|e| e - chrono::Days::new(2))),
            On::SecondFridayOfJanuary { before } => {
                let friday = NaiveDate::from_weekday_of_month_opt(year, 1, Weekday::Fri, 2);
                computed(friday.map(|friday| friday - chrono::Days::new(before)))
            }
            On::Moon(month, day) => moon::days_in(country, year, month, day),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn days(country: &str, year: i32) -> Vec<String> {
        let all = of(country, year).unwrap();
        all.iter().map(|h| h.day.format("%m-%d").to_string()).collect()
    }

    fn named(country: &str, year: i32, name: &str) -> Vec<(NaiveDate, bool)> {
        let all = of(country, year).unwrap();
        all.into_iter().filter(|h| h.name_fr == name).map(|h| (h.day, h.estimated)).collect()
    }

    #[test]
    fn france_has_the_eleven_days_of_its_labour_code() {
        // As inspection-du-travail and service-public list them.
        let of_2024 = [
            "01-01", "04-01", "05-01", "05-08", "05-09", "05-20", "07-14", "08-15", "11-01",
            "11-11", "12-25",
        ];
        let of_2026 = [
            "01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01",
            "11-11", "12-25",
        ];
        assert_eq!(days("FR", 2024), of_2024);
        assert_eq!(days("FR", 2026), of_2026);
        assert!(of("FR", 2027).unwrap().iter().all(|h| !h.estimated));
    }

    #[test]
    fn belgium_has_ten_days() {
        for year in 2024..=2027 {
            assert_eq!(days("BE", year).len(), 10);
        }
        assert!(days("BE", 2025).contains(&"07-21".to_owned()));
    }

    #[test]
    fn what_a_country_announced_stands_before_what_is_computed() {
        // Habous ministry of Morocco, 2024 and 2025; two days each.
        let fitr = "Aïd al-Fitr";
        let announced = [(day("2024-04-10"), false), (day("2024-04-11"), false)];
        assert_eq!(named("MA", 2024, fitr), announced);
        assert_eq!(named("MA", 2025, fitr)[0], (day("2025-03-31"), false));
        assert_eq!(named("MA", 2025, "Aïd al-Adha")[0], (day("2025-06-07"), false));
        // CONACOC, Senegal: another day than its neighbour's.
        assert_eq!(named("SN", 2025, "Korité"), [(day("2025-03-31"), false)]);
        assert_eq!(named("SN", 2026, "Korité"), [(day("2026-03-21"), false)]);
        assert_eq!(named("SN", 2025, "Maouloud"), [(day("2025-09-05"), false)]);
        // Ministry of employment of Côte d'Ivoire, with the Monday after the Sunday.
        let qadr = "Lendemain de la Nuit du destin";
        assert_eq!(named("CI", 2025, qadr), [(day("2025-03-27"), false)]);
        let fitr = "Fête de fin du Ramadan";
        assert_eq!(named("CI", 2025, fitr), [(day("2025-03-30"), false)]);
        let after = format!("{fitr} (lendemain)");
        assert_eq!(named("CI", 2025, &after), [(day("2025-03-31"), false)]);
    }

    #[test]
    fn a_computed_feast_says_so_and_lies_within_a_day_of_the_observed_one() {
        // Days observed in Arabia (Umm al-Qura): 2024, 2025, 2026 and 2027.
        for (year, observed) in
            [(2024, "2024-04-10"), (2025, "2025-03-30"), (2026, "2026-03-20"), (2027, "2027-03-09")]
        {
            let [(computed, true)] = named("TG", year, "Aïd al-Fitr")[..] else {
                panic!("{year}")
            };
            let off = (computed - day(observed)).num_days().abs();
            assert!(off <= 1, "{year}: {computed} for {observed}");
        }
    }

    #[test]
    fn a_feast_of_the_moon_may_come_twice_in_a_year() {
        // 1 Shawwal 1420 and 1421 both fell in 2000: 8 January and 27 December.
        assert_eq!(named("TG", 2000, "Aïd al-Fitr").len(), 2);
    }

    #[test]
    fn laws_change_and_the_days_with_them() {
        // Burkina Faso, 9 January 2026: eleven days, no Monday for a Sunday any more.
        let (before, after) = (days("BF", 2025), days("BF", 2026));
        assert!(before.contains(&"10-31".to_owned()) && !after.contains(&"10-31".to_owned()));
        assert_eq!(after.len(), 11);
        assert!(days("BF", 2024).contains(&"05-15".to_owned()));
        assert!(!after.contains(&"03-09".to_owned()), "8 March 2026 is a Sunday");
        // Benin, law 2024-32: the second Friday of January and the day before.
        assert!(days("BJ", 2024).contains(&"01-10".to_owned()));
        assert_eq!(days("BJ", 2026)[1..3], ["01-08", "01-09"]);
        assert!(days("MA", 2026).contains(&"10-31".to_owned()));
        assert!(!days("MA", 2024).contains(&"10-31".to_owned()));
    }

    #[test]
    fn a_sunday_is_made_up_for_where_the_law_says_so() {
        // 1 May 2022 was a Sunday.
        assert!(days("CI", 2022).contains(&"05-02".to_owned()));
        assert!(days("CM", 2022).contains(&"05-02".to_owned()));
        assert!(!days("FR", 2022).contains(&"05-02".to_owned()));
        // National day of Côte d'Ivoire, Sunday 7 August 2022.
        assert!(days("CI", 2022).contains(&"08-08".to_owned()));
    }

    #[test]
    fn an_unknown_country_is_not_one_without_holidays() {
        assert_eq!(of("XX", 2026), None);
        assert_eq!(of("fr", 2026), None);
        assert_eq!(of("FR", i32::MAX), Some(Vec::new()));
        assert_eq!(of("FR", i32::MIN), Some(Vec::new()));
    }

    #[test]
    fn every_country_answers_every_year_in_order() {
        assert_eq!(countries().count(), 15);
        for country in countries() {
            for year in YEARS {
                let all = of(country, year).unwrap();
                assert!(all.len() >= 10, "{country} {year}: {}", all.len());
                assert!(all.iter().all(|h| h.day.year() == year));
                assert!(all.is_sorted());
            }
        }
    }
}
