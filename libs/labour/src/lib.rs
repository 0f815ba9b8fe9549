//! Working-time law as data: how long somebody may work, how long they must rest, what overtime
//! costs. No I/O.
//!
//! A [`Law`] is a country's rules, each with its article. [`Rules`] are a law as a firm's
//! collective agreement leaves it: stricter wherever it likes, wider only where the law lets an
//! agreement be wider, and never beyond the law's own bound. [`check`] says what worked and planned
//! spans break, [`overtime`] splits a week's hours by rate.
//!
//! # What is judged, and how
//!
//! - Spans are work alone: what lies between them is a break or rest, and what nobody wrote down is
//!   rest. Whether travel is work is decided by who calls (France: L3121-4).
//! - Days and weeks are those of the place (`zone`): a day lasts 23 or 25 hours where the clocks
//!   change, and what is counted is time that went by, not what the clocks showed. Weeks are ISO
//!   weeks, from Monday.
//! - A shift over midnight counts on both days, each its part: the limit is one of the calendar day.
//!   Among the days of a week it is one, that on which it began ([`parts`]).
//! - Daily rest is looked for in the 24 hours from the start of work (Directive 2003/88/EC, art. 3:
//!   "per 24-hour period"), so that shifts by night and shifts of thirty hours are judged too.
//! - Weekly rest may run into the week before or after; a day of it (24 hours) must lie in the
//!   week it is counted for. Work after the week that ends it too soon is judged with the week.
//! - Days of leave, from Monday to Friday, each take a fifth of their week out of an average
//!   (Directive 2003/88/EC, art. 16 (b): leave and illness are not included or neutral).
//! - A planned task that is longer than may be worked without a break holds one ([`ahead`]); from
//!   one task to the next it must be in the plan.
//! - A worker whose birth is not known is judged as an adult.
//!
//! # What is not judged
//!
//! Annual quotas of overtime, flat-rate contracts (forfait jours), on-call duty, the special limits
//! of night workers, equivalences, Sunday as the day of rest. They need facts that planning does
//! not hold.

mod agreement;
mod check;
mod countries;
mod day;
mod law;
mod local;
mod overtime;
mod plan;
mod rest;
mod span;

pub use agreement::{AgreedBand, AgreedLimit, Agreement};
pub use check::{Breach, Worker, check, check_with_leave};
pub use countries::{countries, law};
pub use day::{Part, parts};
pub use law::{Ages, Band, Bound, Kind, Law, Limit, Overtime, Proof, Rule, Rules};
pub use local::{day_of, midnight, minute_of};
pub use overtime::{Rate, Split, overtime};
pub use plan::ahead;
pub use span::{Span, union};

/// Why something is not judged at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A span that ends before it starts, or as it does.
    #[error("work from {} to {} ends before it starts", .0.from, .0.to)]
    EndsBeforeStart(Span),
    /// A span that lasts longer than a week.
    #[error("work from {} to {} lasts longer than a week", .0.from, .0.to)]
    TooLong(Span),
    /// A span before the year 2000 or after 2100.
    #[error("work from {} to {} lies outside the years 2000 to 2100", .0.from, .0.to)]
    OutOfTime(Span),
    /// Two spans at the same time: nobody works twice at once.
    #[error("work from {} to {} overlaps work from {} to {}", .0.from, .0.to, .1.from, .1.to)]
    Overlap(Span, Span),
    /// An agreement names a rule that the country does not have.
    #[error("there is no rule {0}")]
    NoSuchRule(String),
    /// An agreement names a rule twice.
    #[error("the rule {0} is agreed twice")]
    AgreedTwice(String),
    /// An agreement goes beyond what the law lets it.
    #[error("{rule}: {asked} is beyond {bound} ({article})")]
    BeyondBound {
        /// The rule.
        rule: &'static str,
        /// What the agreement says, in the rule's unit.
        asked: u32,
        /// What the law lets it say at the utmost.
        bound: u32,
        /// The article that says so.
        article: &'static str,
    },
    /// Overtime rates that are out of order, or less than the law lets them be.
    #[error("overtime rates: at least {least} %, in rising steps ({article})")]
    Rates {
        /// The least per cent.
        least: u16,
        /// The article that says so.
        article: &'static str,
    },
}
