//! Exceptions that come back: every so many days, weeks, months or years.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

/// A rule of `Exception/Type`, as Microsoft's schema numbers them.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// 1 daily, 2 yearly by day, 3 yearly by position, 4 monthly by day, 5 monthly by position,
    /// 6 weekly.
    pub kind: i64,
    /// Every so many days, weeks or months.
    pub every: i64,
    /// Weekdays as bits, Sunday the lowest.
    pub weekdays: i64,
    /// 0 any day, 1 a weekday, 2 a weekend day, 3 to 9 Sunday to Saturday.
    pub item: i64,
    /// 0 first to 3 fourth, 4 last.
    pub position: i64,
    /// 0 to 11.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    /// How often at most.
    pub times: Option<i64>,
}

impl Rule {
    /// The days the rule means from `from` to `to`, at most `most` of them, and whether there
    /// were no more.
    pub fn days(&self, from: NaiveDate, to: NaiveDate, most: usize) -> (Vec<NaiveDate>, bool) {
        let times = self.times.and_then(|t| usize::try_from(t).ok()).unwrap_or(usize::MAX);
        let mut days: Vec<NaiveDate> =
            self.candidates(from, to).take(times.min(most.saturating_add(1))).collect();
        let all = days.len() <= most;
        days.truncate(most);
        (days, all)
    }

    fn candidates(self, from: NaiveDate, to: NaiveDate) -> Box<dyn Iterator<Item = NaiveDate>> {
        let every = u32::try_from(self.every.max(1)).unwrap_or(u32::MAX);
        let within = move |day: &NaiveDate| (from..=to).contains(day);
        match self.kind {
            6 => Box::new(self.weekly(from, to, every)),
            2..=5 => {
                let (step, first) = if self.kind <= 3 {
                    let month = u32::try_from(self.month.clamp(0, 11)).unwrap_or(0) + 1;
                    (12, NaiveDate::from_ymd_opt(from.year(), month, 1))
                } else {
                    (every, from.with_day(1))
                };
                Box::new(
                    std::iter::successors(first, move |month| {
                        month.checked_add_months(Months::new(step))
                    })
                    .take_while(move |month| *month <= to)
                    .filter_map(move |month| self.in_month(month))
                    .filter(within),
                )
            }
            _ => Box::new(
                std::iter::successors(Some(from), move |day| {
                    day.checked_add_days(Days::new(u64::from(every)))
                })
                .take_while(move |day| *day <= to),
            ),
        }
    }

    /// Weeks begin on Sunday, as they do for Microsoft Project unless told otherwise.
    fn weekly(self, from: NaiveDate, to: NaiveDate, every: u32) -> impl Iterator<Item = NaiveDate> {
        let first = (self.weekdays & 0x7f != 0).then(|| from.week(Weekday::Sun).first_day());
        std::iter::successors(first, move |sunday| {
            sunday.checked_add_days(Days::new(7 * u64::from(every)))
        })
        .take_while(move |sunday| *sunday <= to)
        .flat_map(|sunday| sunday.iter_days().take(7))
        .filter(move |day| {
            let bit = 1_i64 << day.weekday().num_days_from_sunday();
            (from..=to).contains(day) && self.weekdays & bit != 0
        })
    }

    /// The day meant in the month that begins on `first`.
    fn in_month(self, first: NaiveDate) -> Option<NaiveDate> {
        if matches!(self.kind, 2 | 4) {
            return first.with_day(u32::try_from(self.day).ok()?);
        }
        let fits = |day: &NaiveDate| {
            let weekday = day.weekday().num_days_from_sunday();
            let weekend = matches!(weekday, 0 | 6);
            match self.item {
                0 => true,
                1 => !weekend,
                2 => weekend,
                item => i64::from(weekday) == item - 3,
            }
        };
        let mut days =
            first.iter_days().take_while(|day| day.month() == first.month()).filter(fits);
        match self.position {
            0..=3 => days.nth(usize::try_from(self.position).ok()?),
            _ => days.last(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    const RULE: Rule = Rule {
        kind: 1,
        every: 1,
        weekdays: 0,
        item: 0,
        position: 0,
        month: 0,
        day: 1,
        times: None,
    };

    #[test]
    fn each_kind_finds_its_days() {
        let (from, to) = (day("2026-01-15"), day("2028-12-31"));
        let found = |rule: Rule| {
            let (days, all) = rule.days(from, to, 3);
            (days.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "), all)
        };
        let cases = [
            (Rule { every: 10, ..RULE }, "2026-01-15 2026-01-25 2026-02-04", false),
            (Rule { kind: 2, month: 4, day: 1, ..RULE }, "2026-05-01 2027-05-01 2028-05-01", true),
            (Rule { kind: 2, month: 1, day: 29, ..RULE }, "2028-02-29", true),
            (
                Rule { kind: 3, month: 10, item: 7, position: 3, ..RULE },
                "2026-11-26 2027-11-25 2028-11-23",
                true,
            ),
            (Rule { kind: 4, day: 31, ..RULE }, "2026-01-31 2026-03-31 2026-05-31", false),
            (
                Rule { kind: 5, item: 4, position: 4, ..RULE },
                "2026-01-26 2026-02-23 2026-03-30",
                false,
            ),
            (
                Rule { kind: 6, every: 2, weekdays: 0b10_0000, times: Some(2), ..RULE },
                "2026-01-16 2026-01-30",
                true,
            ),
        ];
        for (rule, days, all) in cases {
            assert_eq!(found(rule), (days.to_owned(), all), "{rule:?}");
        }
    }
}
