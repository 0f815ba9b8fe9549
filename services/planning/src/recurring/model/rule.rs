//! When tasks recur: a part of the recurrence rules of RFC 5545 (section 3.3.10), over days. No
//! I/O.
//!
//! `FREQ` (daily, weekly, monthly, yearly), `INTERVAL`, `BYDAY` (with an ordinal in a month: `1MO`,
//! `-1FR`), `BYMONTHDAY` (`-1` is the last), and `UNTIL` (a day) or `COUNT`. Weeks begin on Monday.
//! A day that a month does not have is none. The rule knows no clock: the time of day is the
//! template's, read in the zone of its site, so that clocks which change move no occurrence. (The
//! crates at hand mix the two, and repeat or lose occurrences where clocks change.)

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

const FREQUENCIES: [(&str, Frequency); 4] = [
    ("DAILY", Frequency::Daily),
    ("WEEKLY", Frequency::Weekly),
    ("MONTHLY", Frequency::Monthly),
    ("YEARLY", Frequency::Yearly),
];

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Mon),
    ("TU", Weekday::Tue),
    ("WE", Weekday::Wed),
    ("TH", Weekday::Thu),
    ("FR", Weekday::Fri),
    ("SA", Weekday::Sat),
    ("SU", Weekday::Sun),
];

/// On which days something recurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    frequency: Frequency,
    interval: u32,
    /// Each with its ordinal in the month, where it has one.
    days: Vec<(Option<i8>, Weekday)>,
    month_days: Vec<i8>,
    until: Option<NaiveDate>,
    count: Option<u32>,
}

/// Not a rule that is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRule;

impl FromStr for Rule {
    type Err = NoRule;

    fn from_str(text: &str) -> Result<Self, NoRule> {
        let text = text.strip_prefix("RRULE:").unwrap_or(text);
        let mut parts: Vec<(&str, &str)> = Vec::new();
        for part in text.split(';') {
            let (name, value) = part.split_once('=').ok_or(NoRule)?;
            if parts.iter().any(|(known, _)| *known == name) {
                return Err(NoRule);
            }
            parts.push((name, value));
        }
        let known = ["FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "UNTIL", "COUNT"];
        if parts.iter().any(|(name, _)| !known.contains(name)) {
            return Err(NoRule);
        }
        let of = |name: &str| parts.iter().find(|(known, _)| *known == name).map(|(_, v)| *v);
        let rule = Self {
            frequency: word(&FREQUENCIES, of("FREQ").ok_or(NoRule)?)?,
            interval: of("INTERVAL").map_or(Ok(1), |text| number(text, 1, 1000))?,
            days: of("BYDAY").map_or(Ok(Vec::new()), list(day))?,
            month_days: of("BYMONTHDAY").map_or(Ok(Vec::new()), list(month_day))?,
            until: of("UNTIL").map(until).transpose()?,
            count: of("COUNT").map(|text| number(text, 1, 10_000)).transpose()?,
        };
        rule.check()
    }
}

fn word<T: Copy>(words: &[(&str, T)], text: &str) -> Result<T, NoRule> {
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or(NoRule)
}

fn number(text: &str, least: u32, most: u32) -> Result<u32, NoRule> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let value = if digits { text.parse().map_err(|_| NoRule)? } else { return Err(NoRule) };
    if (least..=most).contains(&value) { Ok(value) } else { Err(NoRule) }
}

fn list<T: PartialEq>(
    read: impl Fn(&str) -> Result<T, NoRule>,
) -> impl Fn(&str) -> Result<Vec<T>, NoRule> {
    move |text| {
        let mut values = Vec::new();
        for part in text.split(',') {
            let value = read(part)?;
            if values.contains(&value) {
                return Err(NoRule);
            }
            values.push(value);
        }
        Ok(values)
    }
}

fn day(text: &str) -> Result<(Option<i8>, Weekday), NoRule> {
    let at = text.len().checked_sub(2).filter(|at| text.is_char_boundary(*at)).ok_or(NoRule)?;
    let (ordinal, name) = text.split_at(at);
    let ordinal = match ordinal {
        "" => None,
        text => Some(signed(text, 5)?),
    };
    Ok((ordinal, word(&WEEKDAYS, name)?))
}

fn month_day(text: &str) -> Result<i8, NoRule> {
    signed(text, 31)
}

/// A number from -most to most that is not 0.
fn signed(text: &str, most: i8) -> Result<i8, NoRule> {
    let value: i8 = text.parse().map_err(|_| NoRule)?;
    if value != 0 && value.unsigned_abs() <= most.unsigned_abs() { Ok(value) } else { Err(NoRule) }
}

/// A day; of a moment, its day.
fn until(text: &str) -> Result<NaiveDate, NoRule> {
    let day = text.split_once('T').map_or(text, |(day, _)| day);
    if day.len() != 8 {
        return Err(NoRule);
    }
    NaiveDate::parse_from_str(day, "%Y%m%d").map_err(|_| NoRule)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = FREQUENCIES.iter().find(|(_, known)| *known == self.frequency);
        write!(f, "FREQ={}", name.map_or("", |(name, _)| name))?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        let mut lead = ";BYDAY=";
        for (ordinal, day) in &self.days {
            let name = WEEKDAYS.iter().find(|(_, known)| known == day).map_or("", |(name, _)| name);
            match ordinal {
                Some(ordinal) => write!(f, "{lead}{ordinal}{name}")?,
                None => write!(f, "{lead}{name}")?,
            }
            lead = ",";
        }
        let mut lead = ";BYMONTHDAY=";
        for day in &self.month_days {
            write!(f, "{lead}{day}")?;
            lead = ",";
        }
        if let Some(until) = self.until {
            write!(f, ";UNTIL={}", until.format("%Y%m%d"))?;
        }
        if let Some(count) = self.count {
            write!(f, ";COUNT={count}")?;
        }
        Ok(())
    }
}

impl Rule {
    /// What RFC 5545 does not allow, or what would mean nothing here, is refused.
    fn check(self) -> Result<Self, NoRule> {
        let ordinals = self.days.iter().any(|(ordinal, _)| ordinal.is_some());
        let fits = match self.frequency {
            Frequency::Daily => !ordinals,
            Frequency::Weekly => !ordinals && self.month_days.is_empty(),
            Frequency::Monthly => true,
            Frequency::Yearly => self.days.is_empty() && self.month_days.is_empty(),
        };
        if fits && (self.until.is_none() || self.count.is_none()) { Ok(self) } else { Err(NoRule) }
    }

    /// The days from `first` on, at which counting begins, to `last`, in their order.
    pub fn days(&self, first: NaiveDate, last: NaiveDate) -> Vec<NaiveDate> {
        let last = self.until.map_or(last, |until| until.min(last));
        let most = self.count.map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(0));
        let mut days = Vec::new();
        for period in 0_u32.. {
            let Some((begins, candidates)) = self.period(first, period) else { break };
            if begins > last {
                break;
            }
            days.extend(candidates.into_iter().filter(|day| (first..=last).contains(day)));
            if days.len() >= most {
                days.truncate(most);
                break;
            }
        }
        days
    }

    /// The first day of a period, counted from that of `first`, and its days of the rule.
    fn period(&self, first: NaiveDate, period: u32) -> Option<(NaiveDate, Vec<NaiveDate>)> {
        let steps = period.checked_mul(self.interval)?;
        match self.frequency {
            Frequency::Daily => {
                let day = first.checked_add_days(Days::new(steps.into()))?;
                let on = self.on_weekday(day) && self.on_month_day(day);
                Some((day, if on { vec![day] } else { Vec::new() }))
            }
            Frequency::Weekly => {
                let ahead = first.weekday().num_days_from_monday();
                let monday = first.checked_sub_days(Days::new(ahead.into()))?;
                let monday = monday.checked_add_days(Days::new(u64::from(steps) * 7))?;
                let week = monday.iter_days().take(7);
                let days = week.filter(|day| {
                    if self.days.is_empty() {
                        day.weekday() == first.weekday()
                    } else {
                        self.on_weekday(*day)
                    }
                });
                Some((monday, days.collect()))
            }
            Frequency::Monthly => {
                let begins = first.with_day(1)?.checked_add_months(Months::new(steps))?;
                let month = begins.iter_days().take_while(|day| day.month() == begins.month());
                let days = month.filter(|day| {
                    if self.days.is_empty() && self.month_days.is_empty() {
                        day.day() == first.day()
                    } else {
                        self.on_weekday(*day) && self.on_month_day(*day)
                    }
                });
                Some((begins, days.collect()))
            }
            Frequency::Yearly => {
                let year = first.year().checked_add(i32::try_from(steps).ok()?)?;
                let begins = NaiveDate::from_ymd_opt(year, 1, 1)?;
                let day = NaiveDate::from_ymd_opt(year, first.month(), first.day());
                Some((begins, day.into_iter().collect()))
            }
        }
    }

    fn on_weekday(&self, day: NaiveDate) -> bool {
        let nth = i8::try_from(day.day0() / 7 + 1).unwrap_or(i8::MAX);
        let from_end = i8::try_from((length(day) - day.day()) / 7 + 1).unwrap_or(i8::MAX);
        self.days.is_empty()
            || self.days.iter().any(|(ordinal, weekday)| {
                *weekday == day.weekday()
                    && ordinal.is_none_or(|n| n == nth || n.checked_neg() == Some(from_end))
            })
    }

    fn on_month_day(&self, day: NaiveDate) -> bool {
        let of_month = i64::from(day.day());
        let from_end = of_month - i64::from(length(day)) - 1;
        self.month_days.is_empty()
            || self.month_days.iter().any(|n| [of_month, from_end].contains(&i64::from(*n)))
    }
}

/// How many days a day's month has.
fn length(day: NaiveDate) -> u32 {
    let next = day.with_day(1).and_then(|first| first.checked_add_months(Months::new(1)));
    next.and_then(|next| next.pred_opt()).map_or(31, |last| last.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn days(rule: &str, first: &str, last: &str) -> Vec<String> {
        let rule: Rule = rule.parse().unwrap();
        rule.days(day(first), day(last)).iter().map(NaiveDate::to_string).collect()
    }

    #[test]
    fn days_weeks_months_and_years_recur_as_the_standard_says() {
        let every_ten = days("FREQ=DAILY;INTERVAL=10;COUNT=3", "2026-02-20", "2026-12-31");
        assert_eq!(every_ten, ["2026-02-20", "2026-03-02", "2026-03-12"]);
        let weekdays = days("FREQ=DAILY;BYDAY=MO,FR", "2026-03-02", "2026-03-10");
        assert_eq!(weekdays, ["2026-03-02", "2026-03-06", "2026-03-09"]);
        let other_week = days("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU", "2026-03-04", "2026-03-31");
        // The week is that of the first day: its Tuesday is past, its Sunday is not.
        assert_eq!(other_week, ["2026-03-08", "2026-03-17", "2026-03-22", "2026-03-31"]);
        let same_day = days("FREQ=WEEKLY;UNTIL=20260318", "2026-03-04", "2026-12-31");
        assert_eq!(same_day, ["2026-03-04", "2026-03-11", "2026-03-18"]);
        let ends = days("FREQ=MONTHLY;BYMONTHDAY=-1,15", "2026-01-20", "2026-03-31");
        assert_eq!(ends, ["2026-01-31", "2026-02-15", "2026-02-28", "2026-03-15", "2026-03-31"]);
        let nth = days("FREQ=MONTHLY;BYDAY=1MO,-1FR", "2026-03-01", "2026-04-30");
        assert_eq!(nth, ["2026-03-02", "2026-03-27", "2026-04-06", "2026-04-24"]);
        let both = days("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "2026-01-01", "2026-12-31");
        assert_eq!(both, ["2026-02-13", "2026-03-13", "2026-11-13"]);
        let fifth = days("FREQ=MONTHLY;BYDAY=5MO", "2026-03-01", "2026-07-01");
        assert_eq!(fifth, ["2026-03-30", "2026-06-29"]);
    }

    #[test]
    fn a_day_that_is_not_there_is_none_and_leap_days_come_in_leap_years() {
        let last = days("FREQ=MONTHLY", "2026-01-31", "2026-06-30");
        assert_eq!(last, ["2026-01-31", "2026-03-31", "2026-05-31"]);
        let leap = days("FREQ=YEARLY;COUNT=3", "2024-02-29", "2100-12-31");
        assert_eq!(leap, ["2024-02-29", "2028-02-29", "2032-02-29"]);
        // 2100 is none.
        let late = days("FREQ=YEARLY;INTERVAL=4", "2092-02-29", "2104-12-31");
        assert_eq!(late, ["2092-02-29", "2096-02-29", "2104-02-29"]);
        let month_day = days("FREQ=MONTHLY;BYMONTHDAY=29", "2026-01-29", "2026-03-31");
        assert_eq!(month_day, ["2026-01-29", "2026-03-29"]);
        let leap_month = days("FREQ=MONTHLY;BYMONTHDAY=29", "2028-01-29", "2028-03-31");
        assert_eq!(leap_month, ["2028-01-29", "2028-02-29", "2028-03-29"]);
    }

    #[test]
    fn counting_begins_at_the_first_day_wherever_one_looks() {
        let rule: Rule = "FREQ=DAILY;COUNT=5".parse().unwrap();
        let all = rule.days(day("2026-03-01"), day("2026-12-31"));
        assert_eq!(all.len(), 5);
        assert_eq!(rule.days(day("2026-03-01"), day("2026-03-03")), all[..3]);
        assert!(rule.days(day("2026-03-01"), day("2026-02-01")).is_empty());
        let never: Rule = "FREQ=MONTHLY;BYMONTHDAY=31;INTERVAL=12".parse().unwrap();
        assert!(never.days(day("2026-02-01"), day("2100-12-31")).is_empty());
    }

    #[test]
    fn a_rule_reads_back_as_it_was_written_and_what_is_none_is_refused() {
        for text in [
            "FREQ=DAILY",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;UNTIL=20261231",
            "FREQ=MONTHLY;BYDAY=1MO,-1FR;COUNT=12",
            "FREQ=MONTHLY;BYMONTHDAY=1,-1",
            "FREQ=YEARLY;INTERVAL=2",
        ] {
            assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
        }
        let moment: Rule = "RRULE:FREQ=DAILY;UNTIL=20261231T235959Z".parse().unwrap();
        assert_eq!(moment.to_string(), "FREQ=DAILY;UNTIL=20261231");
        for bad in [
            "",
            "FREQ",
            "FREQ=HOURLY",
            "INTERVAL=2",
            "FREQ=DAILY;FREQ=DAILY",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;INTERVAL=-1",
            "FREQ=DAILY;INTERVAL=9999999999",
            "FREQ=DAILY;COUNT=3;UNTIL=20261231",
            "FREQ=DAILY;UNTIL=2026",
            "FREQ=DAILY;UNTIL=20260230",
            "FREQ=DAILY;BYDAY=1MO",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=WEEKLY;BYDAY=MO,MO",
            "FREQ=WEEKLY;BYDAY=",
            "FREQ=WEEKLY;BYDAY=é",
            "FREQ=WEEKLY;BYMONTHDAY=1",
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "FREQ=MONTHLY;BYDAY=6MO",
            "FREQ=YEARLY;BYDAY=MO",
            "FREQ=DAILY;BYHOUR=8",
            "freq=daily",
        ] {
            assert_eq!(bad.parse::<Rule>(), Err(NoRule), "{bad}");
        }
    }
}
