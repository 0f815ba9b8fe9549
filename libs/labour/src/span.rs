//! Work from one instant to another, and which spans can be.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::Refused;

/// Work without a break, from an instant (with it) to another (without it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// When it starts.
    pub from: DateTime<Utc>,
    /// When it ends.
    pub to: DateTime<Utc>,
}

impl Span {
    /// A span.
    pub fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self { from, to }
    }

    /// How many seconds of it lie in another.
    pub fn within(&self, other: &Self) -> i64 {
        (self.to.min(other.to) - self.from.max(other.from)).num_seconds().max(0)
    }

    /// Its length in seconds.
    pub fn seconds(&self) -> i64 {
        (self.to - self.from).num_seconds()
    }

    fn sound(self) -> Result<Self, Refused> {
        if self.to <= self.from {
            return Err(Refused::EndsBeforeStart(self));
        }
        if self.to - self.from > TimeDelta::days(7) {
            return Err(Refused::TooLong(self));
        }
        if !(2000..=2100).contains(&self.from.year()) {
            return Err(Refused::OutOfTime(self));
        }
        Ok(self)
    }
}

/// A span and whether it is only planned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    pub span: Span,
    pub planned: bool,
}

/// All work in the order of time; refused where it cannot be.
pub(crate) fn in_order(worked: &[Span], planned: &[Span]) -> Result<Vec<Work>, Refused> {
    let done = worked.iter().map(|span| (*span, false));
    let to_do = planned.iter().map(|span| (*span, true));
    let mut all = done
        .chain(to_do)
        .map(|(span, planned)| Ok(Work { span: span.sound()?, planned }))
        .collect::<Result<Vec<_>, Refused>>()?;
    all.sort_by_key(|work| work.span);
    for pair in all.windows(2) {
        if pair[1].span.from < pair[0].span.to {
            return Err(Refused::Overlap(pair[0].span, pair[1].span));
        }
    }
    Ok(all)
}

/// The same time as fewer spans in order: those that touch or overlap are one. For plans in which
/// somebody has two tasks at once.
pub fn union(spans: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let mut spans: Vec<Span> = spans.into_iter().filter(|span| span.from < span.to).collect();
    spans.sort();
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => merged.push(span),
        }
    }
    merged
}
