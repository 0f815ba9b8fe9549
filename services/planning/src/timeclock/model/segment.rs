//! What a stay was used for: work, breaks, travel.

use chrono::{DateTime, Utc};
use kernel::UserId;
use labour::Span;
use serde::{Deserialize, Serialize};

use super::press::Press;
use super::{Correction, TimeEntry};
use crate::error::{Error, TimeError};

/// A stay has no more than so many breaks and journeys.
const MOST: usize = 50;

/// What a part of a stay is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SegmentKind)]
pub enum Kind {
    /// A break: no working time.
    Break,
    /// Travel between places of work: working time, told apart. The way from home is none, and is
    /// not clocked (Code du travail, art. L3121-4).
    Travel,
}

/// What a worker turns to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClockActivity)]
pub enum Activity {
    /// Work: a break or a journey ends.
    Work,
    /// A break begins.
    Break,
    /// A journey begins.
    Travel,
}

/// A break or a journey within a stay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = TimeSegment)]
pub struct Segment {
    /// What it is.
    pub kind: Kind,
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it ended; none while it goes on.
    pub to: Option<DateTime<Utc>>,
    /// The user who said so.
    pub by: UserId,
    /// When the server heard of it.
    pub recorded_at: DateTime<Utc>,
}

/// A break or a journey as a site lead sets it right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Righted {
    /// What it is.
    pub kind: Kind,
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it ended.
    pub to: DateTime<Utc>,
}

impl TimeEntry {
    /// The worker turns to something else.
    pub fn switch(&mut self, to: Activity, press: &Press) -> Result<(), Error> {
        if self.out_at.is_some() {
            return Err(Error::AlreadyOut);
        }
        let last = self.segments.last().map(|s| s.to.unwrap_or(s.from));
        if press.at < last.unwrap_or(self.in_at).max(self.in_at) {
            return Err(TimeError::SegmentOrder.into());
        }
        let kind = match to {
            Activity::Work => None,
            Activity::Break => Some(Kind::Break),
            Activity::Travel => Some(Kind::Travel),
        };
        if self.at_present() == kind {
            return Err(TimeError::AtItAlready.into());
        }
        self.end_segment(press.at);
        if let Some(kind) = kind {
            if self.segments.len() >= MOST {
                return Err(TimeError::TooManySegments.into());
            }
            let (by, recorded_at) = (press.by, press.now);
            self.segments.push(Segment { kind, from: press.at, to: None, by, recorded_at });
        }
        self.version += 1;
        Ok(())
    }

    /// The break or journey that goes on.
    pub fn at_present(&self) -> Option<Kind> {
        self.segments.last().filter(|s| s.to.is_none()).map(|s| s.kind)
    }

    /// Ends the break or journey that goes on; one that took no time is none.
    pub fn end_segment(&mut self, at: DateTime<Utc>) {
        if let Some(last) = self.segments.last_mut().filter(|s| s.to.is_none()) {
            last.to = Some(at);
            if last.from >= at {
                self.segments.pop();
            }
        }
    }

    /// Takes the breaks and journeys as the lead says they were.
    pub fn right_segments(
        &mut self,
        segments: &[Righted],
        correction: &Correction,
    ) -> Result<(), Error> {
        if segments.len() > MOST {
            return Err(TimeError::TooManySegments.into());
        }
        let end = self.out_at.unwrap_or(correction.at);
        let mut before = self.in_at;
        for segment in segments {
            if segment.from < before || segment.to <= segment.from || segment.to > end {
                return Err(TimeError::SegmentOrder.into());
            }
            before = segment.to;
        }
        let (by, recorded_at) = (correction.by, correction.at);
        let made =
            |s: &Righted| Segment { kind: s.kind, from: s.from, to: Some(s.to), by, recorded_at };
        self.segments = segments.iter().map(made).collect();
        Ok(())
    }

    /// Cuts breaks and journeys to the stay, whose times were set right.
    pub fn cut_segments(&mut self) {
        let (from, out) = (self.in_at, self.out_at);
        self.segments.retain_mut(|segment| {
            segment.from = segment.from.max(from);
            segment.to = match (segment.to, out) {
                (Some(to), Some(out)) => Some(to.min(out)),
                (None, out) => out,
                (to, None) => to,
            };
            segment.to.is_none_or(|to| to > segment.from)
        });
    }

    fn of_kind(&self, kind: Kind, now: DateTime<Utc>) -> impl Iterator<Item = Span> {
        let end = self.end(now);
        let of_kind = self.segments.iter().filter(move |segment| segment.kind == kind);
        of_kind
            .map(move |s| Span::new(s.from, s.to.unwrap_or(end)))
            .filter(|span| span.from < span.to)
    }

    /// The stay without its breaks: working time. Of one that goes on what is past.
    pub fn worked(&self, now: DateTime<Utc>) -> Vec<Span> {
        let end = self.end(now);
        let mut from = self.in_at;
        let mut spans = Vec::new();
        for pause in self.of_kind(Kind::Break, now) {
            spans.push(Span::new(from, pause.from));
            from = pause.to;
        }
        spans.push(Span::new(from, end));
        spans.retain(|span| span.from < span.to);
        spans
    }

    /// The breaks within the stay.
    pub fn breaks(&self, now: DateTime<Utc>) -> Vec<Span> {
        self.of_kind(Kind::Break, now).collect()
    }

    /// The journeys within the stay.
    pub fn travel(&self, now: DateTime<Utc>) -> Vec<Span> {
        self.of_kind(Kind::Travel, now).collect()
    }
}
