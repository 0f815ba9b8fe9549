//! A week's hours by what they cost.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::Refused;
use crate::law::{Overtime, Rules};
use crate::local::{self, minute_of};
use crate::span::{Span, in_order};

/// Overtime of a week at one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Per cent added to the wage.
    pub percent: u16,
    /// Seconds at that rate.
    pub seconds: i64,
}

/// A week's hours.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Seconds worked.
    pub worked: i64,
    /// Of these, seconds without an addition.
    pub normal: i64,
    /// Of these, seconds by night, where the law knows a night.
    pub night: i64,
    /// Of these, seconds on Sundays and public holidays.
    pub rest_day: i64,
    /// The seconds of overtime by rate, the lowest first.
    pub overtime: Vec<Rate>,
}

/// The work of the ISO week that begins on `monday` (any day of the week will do), split by rate.
///
/// Hours count in the order they are worked: what goes past the legal week is overtime, at the
/// rate of its step, or, where the country has one, at that of the night, Sunday or `holidays` it
/// falls on.
pub fn overtime(
    rules: &Rules,
    zone: Tz,
    worked: &[Span],
    monday: NaiveDate,
    holidays: &[NaiveDate],
) -> Result<Split, Refused> {
    let law = &rules.overtime;
    let monday = local::monday(monday);
    let week = local::week(zone, monday);
    let edges = edges(law, zone, monday);
    let mut split = Split::default();
    for work in in_order(worked, &[])? {
        let from = work.span.from.max(week.from);
        let to = work.span.to.min(week.to);
        if from >= to {
            continue;
        }
        for piece in &edges {
            let seconds = Span::new(from, to).within(&piece.span);
            let rest_day = piece.day.weekday() == Weekday::Sun || holidays.contains(&piece.day);
            split.add(law, seconds, piece.night, rest_day);
        }
    }
    split.overtime.sort_by_key(|rate| rate.percent);
    Ok(split)
}

/// A piece of a week by day or by night.
struct Piece {
    span: Span,
    day: NaiveDate,
    night: bool,
}

/// The week cut at midnights and where night begins and ends.
fn edges(law: &Overtime, zone: Tz, monday: NaiveDate) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(21);
    for day in monday.iter_days().take(7) {
        let whole = local::day(zone, day);
        let Some((from, to, _)) = law.night else {
            pieces.push(Piece { span: whole, day, night: false });
            continue;
        };
        let before = day - Days::new(1);
        let morning = minute_of(zone, before, to).clamp(whole.from, whole.to);
        let evening = minute_of(zone, day, from).clamp(morning, whole.to);
        for (from, to, night) in
            [(whole.from, morning, true), (morning, evening, false), (evening, whole.to, true)]
        {
            pieces.push(Piece { span: Span::new(from, to), day, night });
        }
    }
    pieces
}

impl Split {
    fn add(&mut self, law: &Overtime, mut seconds: i64, night: bool, rest_day: bool) {
        let after = i64::from(law.after) * 60;
        if night {
            self.night += seconds;
        }
        if rest_day {
            self.rest_day += seconds;
        }
        let normal = seconds.min((after - self.worked).max(0));
        self.worked += normal;
        self.normal += normal;
        seconds -= normal;
        while seconds > 0 {
            let over = self.worked - after;
            let band =
                law.bands.iter().find(|band| band.to.is_none_or(|to| i64::from(to) * 60 > over));
            let left =
                band.and_then(|band| band.to).map_or(seconds, |to| i64::from(to) * 60 - over);
            let part = seconds.min(left);
            let ordinary = band.map_or(0, |band| band.percent);
            let special = match (rest_day, night) {
                (true, true) => law.rest_night,
                (true, false) => law.rest_day,
                (false, true) => law.night.map(|(_, _, percent)| percent),
                (false, false) => None,
            };
            // A step that an agreement sets above the special rate is not lowered by it.
            self.pay(special.map_or(ordinary, |special| special.max(ordinary)), part);
            self.worked += part;
            seconds -= part;
        }
    }

    fn pay(&mut self, percent: u16, seconds: i64) {
        match self.overtime.iter_mut().find(|rate| rate.percent == percent) {
            Some(rate) => rate.seconds += seconds,
            None => self.overtime.push(Rate { percent, seconds }),
        }
    }
}
