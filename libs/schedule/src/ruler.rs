//! A calendar made into a ruler: on one side the minutes of the clock, on the other the minutes of
//! work, and a look-up either way in logarithmic time.
//!
//! A calendar is cut where its exceptions begin and end into stretches over which the hours repeat
//! weekly. A stretch knows how much work lies before it; the rest is division by the week. So the
//! ruler's size is that of what was written in the calendar, and a hundred years are as near as a
//! day.
//!
//! Work stands still overnight, so one count of work names a stretch of time off: from the moment
//! it *closes* (Friday, 17:00) to the moment it *opens* again (Monday, 8:00). A finish is written in
//! the first form, a start in the second, as Microsoft Project writes them. A *place* tells them
//! apart in one number: twice the count, plus one where it opens. Places are added to and compared
//! as plain integers, and only what leaves the ruler is looked up.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDateTime;

use crate::calendar::{Calendar, Hours};
use crate::moment::{DAY, END, FIRST, WEEK, midnight, minute, moment};

/// The hours of a calendar overlap, are out of order or out of the day, or an exception ends before
/// it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("hours are not in order")]
pub struct Disorder;

/// A calendar, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruler {
    stretches: Vec<Stretch>,
    weeks: Vec<Week>,
    /// The stretch of every [`STRIDE`]th working minute, to begin looking from.
    near: Vec<usize>,
    /// Working minutes up to the end of the years we look at.
    total: i64,
}

/// Working minutes between the signposts to a ruler's stretches: three months of office hours.
const STRIDE: i64 = 1 << 15;

/// A time over which the same week repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    /// Its first minute.
    from: i64,
    /// Working minutes before it.
    before: i64,
    /// The week that repeats.
    week: usize,
    /// What to add to that week's own count to have the ruler's.
    offset: i64,
}

/// A week's work, as if it had always been and would always be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Week {
    shifts: Vec<Shift>,
    total: i64,
}

/// Minutes of the week worked without a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shift {
    from: i64,
    to: i64,
    /// Working minutes of the week before it.
    before: i64,
}

impl Ruler {
    /// Compiles a calendar.
    pub fn new(calendar: &Calendar) -> Result<Self, Disorder> {
        let mut weeks = vec![Week::new(|day| &calendar.week[day])?];
        let mut same = HashMap::new();
        let mut edges = Vec::with_capacity(2 * calendar.exceptions.len());
        for (place, exception) in calendar.exceptions.iter().enumerate() {
            if exception.to < exception.from {
                return Err(Disorder);
            }
            let week = *same.entry(&exception.hours).or_insert(weeks.len());
            if week == weeks.len() {
                weeks.push(Week::new(|_| &exception.hours)?);
            }
            let from = midnight(exception.from).clamp(0, END);
            let to = (midnight(exception.to) + DAY).clamp(0, END);
            edges.extend([(from, place, false, week), (to, place, true, week)]);
        }
        edges.sort_unstable();
        let mut ruler = Self { stretches: Vec::new(), weeks, near: Vec::new(), total: 0 };
        ruler.stretch(0, 0);
        let mut covering = BTreeSet::new();
        for (at, place, ends, week) in edges {
            if ends {
                covering.remove(&(place, week))
            } else {
                covering.insert((place, week))
            };
            ruler.stretch(at, covering.last().map_or(0, |(_, week)| *week));
        }
        ruler.total = ruler.within(END);
        let mut place = 0;
        for count in (0..=ruler.total / STRIDE).map(|nth| nth * STRIDE) {
            place = ruler.holds(place, count);
            ruler.near.push(place);
        }
        Ok(ruler)
    }

    /// The clock itself: every minute counts.
    pub fn clock() -> Self {
        let whole = Shift { from: 0, to: WEEK, before: 0 };
        let weeks = vec![Week { shifts: vec![whole], total: WEEK }];
        let all = Stretch { from: 0, before: 0, week: 0, offset: 0 };
        Self { stretches: vec![all], weeks, near: Vec::new(), total: END }
    }

    /// From `from` on, `week` repeats. What began at the same minute or goes on unchanged is
    /// written once.
    fn stretch(&mut self, from: i64, week: usize) {
        let before = if self.stretches.is_empty() { 0 } else { self.within(from) };
        if self.stretches.last().is_some_and(|last| last.from == from) {
            self.stretches.pop();
        }
        if self.stretches.last().is_some_and(|last| last.week == week) {
            return;
        }
        let offset = before - self.weeks[week].count(from);
        self.stretches.push(Stretch { from, before, week, offset });
    }

    /// The moment after so many minutes of work, or before them where they are negative: the end of
    /// the last minute going forward, the beginning of the first going back, and `from` itself for
    /// none. None where that is outside 1950 to 2150.
    pub fn add(&self, from: NaiveDateTime, minutes: i64) -> Option<NaiveDateTime> {
        let count = self.count(minute(from)).checked_add(minutes)?;
        match minutes {
            0 => Some(from),
            1.. => moment(self.closes(count)),
            _ => moment(self.opens(count)),
        }
    }

    /// The first moment from here on at which there is work to do.
    pub fn next_start(&self, at: NaiveDateTime) -> Option<NaiveDateTime> {
        let count = self.count(minute(at));
        (count < self.total).then(|| moment(self.opens(count))).flatten()
    }

    /// The last moment up to here at which work had just been done.
    pub fn last_finish(&self, at: NaiveDateTime) -> Option<NaiveDateTime> {
        let count = self.count(minute(at));
        (count > self.count(FIRST)).then(|| moment(self.closes(count))).flatten()
    }

    /// The minutes of work between two moments; negative where the second is the earlier.
    pub fn between(&self, from: NaiveDateTime, to: NaiveDateTime) -> i64 {
        self.count(minute(to)) - self.count(minute(from))
    }

    /// Whether there is any work at all in the years we look at.
    pub fn works(&self) -> bool {
        self.total > self.count(FIRST)
    }

    /// The first place whose moment is not before this minute.
    pub(crate) fn ceil(&self, minute: i64) -> i64 {
        let count = self.count(minute);
        2 * count + i64::from(self.closes(count) != minute)
    }

    /// The last place whose moment is not after this minute.
    pub(crate) fn floor(&self, minute: i64) -> i64 {
        let count = self.count(minute);
        2 * count + i64::from(self.opens(count) == minute)
    }

    /// The minute of a place.
    pub(crate) fn wall(&self, place: i64) -> i64 {
        if place & 1 == 0 { self.closes(place >> 1) } else { self.opens(place >> 1) }
    }

    /// Working minutes before a minute. Outside the years the ruler goes on like a clock, so that
    /// nothing is lost and nothing loops; the passes refuse what lies there.
    pub(crate) fn count(&self, minute: i64) -> i64 {
        match minute {
            ..0 => minute,
            END.. => self.total + minute - END,
            _ => self.within(minute),
        }
    }

    fn within(&self, minute: i64) -> i64 {
        let place = self.stretches.partition_point(|stretch| stretch.from <= minute) - 1;
        let stretch = &self.stretches[place];
        stretch.offset + self.weeks[stretch.week].count(minute)
    }

    /// The last minute before which `count` minutes were worked: where work goes on.
    fn opens(&self, count: i64) -> i64 {
        if count < 0 {
            return count;
        }
        if count >= self.total {
            return END + count - self.total;
        }
        let stretch = self.stretch_of(count);
        self.weeks[stretch.week].opens(count - stretch.offset)
    }

    /// The first minute before which `count` minutes were worked: where work rests.
    fn closes(&self, count: i64) -> i64 {
        if count <= 0 {
            return count;
        }
        if count > self.total {
            return END + count - self.total;
        }
        let stretch = self.stretch_of(count - 1);
        self.weeks[stretch.week].closes(count - stretch.offset)
    }

    /// The stretch in which, `count` minutes having been worked, the next one is.
    fn stretch_of(&self, count: i64) -> &Stretch {
        let near = usize::try_from(count / STRIDE).ok().and_then(|nth| self.near.get(nth));
        &self.stretches[self.holds(near.copied().unwrap_or(0), count)]
    }

    /// The same as a place, looked for from one that does not lie after it.
    fn holds(&self, near: usize, count: i64) -> usize {
        let after = self.stretches[near + 1..].iter().take_while(|next| next.before <= count);
        near + after.count()
    }
}

impl Week {
    fn new<'a>(hours: impl Fn(usize) -> &'a Vec<Hours>) -> Result<Self, Disorder> {
        let mut week = Self { shifts: Vec::new(), total: 0 };
        for day in 0..7_u8 {
            let midnight = DAY * i64::from(day);
            let mut free = 0;
            for hours in hours(usize::from(day)) {
                if hours.from < free || hours.to <= hours.from || i64::from(hours.to) > DAY {
                    return Err(Disorder);
                }
                free = hours.to;
                let (from, to) = (midnight + i64::from(hours.from), midnight + i64::from(hours.to));
                week.shifts.push(Shift { from, to, before: week.total });
                week.total += to - from;
            }
        }
        Ok(week)
    }

    fn count(&self, minute: i64) -> i64 {
        let within = minute.rem_euclid(WEEK);
        let begun = self.shifts.partition_point(|shift| shift.from < within);
        let worked = match begun.checked_sub(1).map(|last| &self.shifts[last]) {
            Some(shift) => shift.before + within.min(shift.to) - shift.from,
            None => 0,
        };
        minute.div_euclid(WEEK) * self.total + worked
    }

    fn opens(&self, count: i64) -> i64 {
        self.find(count.div_euclid(self.total), count.rem_euclid(self.total), |shift, count| {
            shift.before <= count
        })
    }

    fn closes(&self, count: i64) -> i64 {
        let week = (count - 1).div_euclid(self.total);
        self.find(week, count - week * self.total, |shift, count| shift.before < count)
    }

    /// The minute at which `count` minutes of a week are done, in the last shift that fits.
    fn find(&self, week: i64, count: i64, fits: impl Fn(&Shift, i64) -> bool) -> i64 {
        let place = self.shifts.partition_point(|shift| fits(shift, count)) - 1;
        let shift = &self.shifts[place];
        week * WEEK + shift.from + count - shift.before
    }
}
