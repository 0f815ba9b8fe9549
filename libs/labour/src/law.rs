//! What a rule is, and a country's law made of rules.

use serde::{Deserialize, Serialize};

/// What a rule limits. Minutes are the rule's unit except for [`Kind::DaysAWeek`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// The most work in a calendar day.
    DayWork,
    /// The most work in an ISO week.
    WeekWork,
    /// The most work a week on average of so many consecutive ISO weeks.
    AverageWork {
        /// How many.
        weeks: u32,
    },
    /// The most days with work in an ISO week.
    DaysAWeek,
    /// The least consecutive rest in the 24 hours from the start of work.
    DailyRest,
    /// The least consecutive rest for an ISO week.
    WeeklyRest,
    /// The least consecutive break before more than `after` minutes are worked.
    Break {
        /// Minutes of work.
        after: u32,
    },
    /// The most work between two times of the day; the second may lie in the next day.
    Night {
        /// The minute of the day it begins.
        from: u32,
        /// The minute of the same day it ends, past 1,440 in the next.
        to: u32,
    },
}

impl Kind {
    /// Whether the limit is the least that must be; else it is the most that may be.
    pub fn is_least(self) -> bool {
        matches!(self, Self::DailyRest | Self::WeeklyRest | Self::Break { .. })
    }
}

/// Whom a rule is for, by age in full years on the day that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    /// From this age.
    pub from: u16,
    /// To below this age.
    pub below: u16,
}

impl Ages {
    /// All workers.
    pub const ALL: Self = Self { from: 0, below: u16::MAX };
    /// From 18 on.
    pub const ADULT: Self = Self { from: 18, below: u16::MAX };
    /// Below 18.
    pub const YOUNG: Self = Self { from: 0, below: 18 };
    /// 16 and 17.
    pub const FROM_16: Self = Self { from: 16, below: 18 };
    /// Below 16.
    pub const BELOW_16: Self = Self { from: 0, below: 16 };

    /// Whether the rule is for this age.
    pub fn contains(self, age: u16) -> bool {
        (self.from..self.below).contains(&age)
    }
}

/// How sure we are of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The article's text was read.
    Text,
    /// A commentary that reports the article was read, its text was not.
    Commentary,
    /// Reported without a text at hand: to be confirmed by counsel before relying on it.
    Unverified,
}

/// How far an agreement may go past a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// The utmost, in the rule's unit.
    pub limit: u32,
    /// The article that lets an agreement, or an authority, go so far.
    pub article: &'static str,
}

/// A limit of the law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name among the country's rules: stable, part of the API.
    pub code: &'static str,
    /// What it limits.
    pub kind: Kind,
    /// Whom it is for.
    pub ages: Ages,
    /// The limit, in the kind's unit.
    pub limit: u32,
    /// Where it stands.
    pub article: &'static str,
    /// How far it may be widened; nowhere means never.
    pub bound: Option<Bound>,
    /// How sure we are of it.
    pub proof: Proof,
}

/// A step of overtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// To so many minutes of overtime in the week; the last step has no end.
    pub to: Option<u32>,
    /// Per cent added to the wage.
    pub percent: u16,
}

/// What overtime of a week costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overtime {
    /// Minutes a week before it begins.
    pub after: u32,
    /// Where it stands.
    pub article: &'static str,
    /// By ordinary day, in steps of the week's overtime.
    pub bands: Vec<Band>,
    /// By night: from and to as in [`Kind::Night`], and per cent.
    pub night: Option<(u32, u32, u16)>,
    /// On Sundays and public holidays by day, per cent.
    pub rest_day: Option<u16>,
    /// On Sundays and public holidays by night, per cent.
    pub rest_night: Option<u16>,
    /// The least per cent that an agreement may set, and where that stands.
    pub least: (u16, &'static str),
    /// How sure we are of it.
    pub proof: Proof,
}

/// A country's law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Law {
    /// ISO 3166-1 alpha-2, capitals.
    pub country: &'static str,
    /// Its limits.
    pub rules: &'static [Rule],
    /// Its overtime.
    pub overtime: Overtime,
}

/// A rule with the limit that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The rule.
    pub rule: &'static Rule,
    /// The limit, in the rule's unit.
    pub limit: u32,
    /// The agreement that set it, where one did.
    pub agreed: Option<String>,
}

/// The limits that count for a firm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// ISO 3166-1 alpha-2, capitals.
    pub country: &'static str,
    /// The limits.
    pub limits: Vec<Limit>,
    /// Overtime.
    pub overtime: Overtime,
}

impl Law {
    /// The law as it is, without an agreement.
    pub fn rules(&self) -> Rules {
        let limits = self.rules.iter().map(|rule| Limit { rule, limit: rule.limit, agreed: None });
        Rules { country: self.country, limits: limits.collect(), overtime: self.overtime.clone() }
    }
}

impl Rules {
    /// The limits for somebody of this age, in full years; an adult where it is not known.
    pub fn for_age(&self, age: Option<u16>) -> impl Iterator<Item = &Limit> {
        let age = age.unwrap_or(Ages::ADULT.from);
        self.limits.iter().filter(move |limit| limit.rule.ages.contains(age))
    }
}
