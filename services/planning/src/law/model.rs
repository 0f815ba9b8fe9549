//! The law as the API shows it, and what of a plan is judged.

use chrono::{DateTime, Utc};
use labour::{Agreement, Breach, Kind, Proof, Rules};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Versioned;

/// What a limit counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LabourUnit)]
pub enum Unit {
    /// Minutes.
    Minutes,
    /// Days.
    Days,
}

impl Unit {
    fn of(kind: Kind) -> Self {
        if kind == Kind::DaysAWeek { Self::Days } else { Self::Minutes }
    }
}

/// A limit of the law that is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LabourBreach)]
pub struct BreachView {
    /// The rule's code among the country's: `day`, `daily_rest`.
    pub rule: String,
    /// Where it stands: the article.
    pub article: String,
    /// The agreement that set the limit, where one did.
    pub agreed: Option<String>,
    /// The limit.
    pub limit: u32,
    /// What was found.
    pub found: u32,
    /// What both count in.
    pub unit: Unit,
    /// The first instant that was judged: of the day, the week, the shift.
    pub from: DateTime<Utc>,
    /// The end of what was judged.
    pub to: DateTime<Utc>,
    /// Whether planned work takes part; else it has happened already.
    pub planned: bool,
}

impl From<Breach> for BreachView {
    fn from(breach: Breach) -> Self {
        Self {
            rule: breach.rule.to_owned(),
            article: breach.article.to_owned(),
            agreed: breach.agreed,
            limit: breach.limit,
            found: breach.found,
            unit: Unit::of(breach.kind),
            from: breach.from,
            to: breach.to,
            planned: breach.planned,
        }
    }
}

/// How sure the platform is of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LabourProof)]
pub enum Sureness {
    /// The article's text was read.
    Text,
    /// A commentary that reports the article was read.
    Commentary,
    /// To be confirmed by counsel.
    Unverified,
}

impl From<Proof> for Sureness {
    fn from(proof: Proof) -> Self {
        match proof {
            Proof::Text => Self::Text,
            Proof::Commentary => Self::Commentary,
            Proof::Unverified => Self::Unverified,
        }
    }
}

/// A rule of working time.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LabourRule)]
pub struct RuleView {
    /// Its code among the country's.
    pub code: String,
    /// Where it stands: the article.
    pub article: String,
    /// Whether the limit is the least that must be; else the most that may be.
    pub least: bool,
    /// The law's limit.
    pub legal: u32,
    /// The limit that counts.
    pub limit: u32,
    /// What they count in.
    pub unit: Unit,
    /// How far an agreement may widen it; none where it may not.
    pub bound: Option<u32>,
    /// The article that lets it.
    pub bound_article: Option<String>,
    /// From this age on.
    pub from_age: u16,
    /// To below this age, where there is an end.
    pub below_age: Option<u16>,
    /// How sure the platform is of it.
    pub proof: Sureness,
}

/// A step of overtime.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LabourOvertimeStep)]
pub struct StepView {
    /// To so many minutes of overtime in the week; the last step has no end.
    pub to: Option<u32>,
    /// Per cent added to the wage.
    pub percent: u16,
}

/// The rules of working time that count for the firm.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LabourRules)]
pub struct RulesView {
    /// The firm's country, ISO 3166-1 alpha-2.
    pub country: String,
    /// Whether its law is known. Where it is not, nothing is checked.
    pub known: bool,
    /// The rules.
    pub rules: Vec<RuleView>,
    /// Minutes a week before overtime begins; none where the law is not known.
    pub overtime_after: Option<u32>,
    /// Where that stands.
    pub overtime_article: Option<String>,
    /// The steps of overtime on ordinary days.
    pub overtime: Vec<StepView>,
    /// The firm's collective agreement, if one is recorded.
    #[schema(value_type = Option<Object>)]
    pub agreement: Option<Agreement>,
    /// The agreement's version: 0 where there is none.
    pub version: i64,
}

impl Versioned for RulesView {
    fn version(&self) -> i64 {
        self.version
    }
}

impl RulesView {
    /// The rules of a country, as an agreement leaves them.
    pub fn of(
        country: &str,
        rules: Option<Rules>,
        agreement: Option<Agreement>,
        version: i64,
    ) -> Self {
        let rule = |limit: &labour::Limit| {
            let rule = limit.rule;
            RuleView {
                code: rule.code.to_owned(),
                article: rule.article.to_owned(),
                least: rule.kind.is_least(),
                legal: rule.limit,
                limit: limit.limit,
                unit: Unit::of(rule.kind),
                bound: rule.bound.map(|bound| bound.limit),
                bound_article: rule.bound.map(|bound| bound.article.to_owned()),
                from_age: rule.ages.from,
                below_age: Some(rule.ages.below).filter(|below| *below < u16::MAX),
                proof: rule.proof.into(),
            }
        };
        let overtime = rules.as_ref().map(|rules| &rules.overtime);
        let step = |band: &labour::Band| StepView { to: band.to, percent: band.percent };
        Self {
            country: country.to_owned(),
            known: rules.is_some(),
            rules: rules.iter().flat_map(|rules| rules.limits.iter().map(rule)).collect(),
            overtime_after: overtime.map(|overtime| overtime.after),
            overtime_article: overtime.map(|overtime| overtime.article.to_owned()),
            overtime: overtime.iter().flat_map(|o| o.bands.iter().map(step)).collect(),
            agreement,
            version,
        }
    }
}
