//! What a collective agreement changes of the law.

use serde::{Deserialize, Serialize};

use crate::Refused;
use crate::law::{Band, Law, Rules};

/// A collective agreement, as a firm records it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// What it is called, for those who ask why a limit is what it is.
    pub name: String,
    /// The limits it sets.
    #[serde(default)]
    pub limits: Vec<AgreedLimit>,
    /// The steps of overtime it sets, in place of the law's.
    #[serde(default)]
    pub overtime: Vec<AgreedBand>,
}

/// A limit of an agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreedLimit {
    /// The rule's code.
    pub rule: String,
    /// The limit, in the rule's unit: minutes, or days where days are limited.
    pub limit: u32,
}

/// A step of overtime of an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreedBand {
    /// To so many minutes of overtime in the week; the last step has no end.
    pub to: Option<u32>,
    /// Per cent added to the wage.
    pub percent: u16,
}

impl Law {
    /// The law as an agreement leaves it. Stricter is always let; wider only where the law has a
    /// bound, and no further than that.
    pub fn with(&self, agreement: &Agreement) -> Result<Rules, Refused> {
        let mut rules = self.rules();
        for agreed in &agreement.limits {
            let limit = rules.limits.iter_mut().find(|limit| limit.rule.code == agreed.rule);
            let limit = limit.ok_or_else(|| Refused::NoSuchRule(agreed.rule.clone()))?;
            if limit.agreed.is_some() {
                return Err(Refused::AgreedTwice(agreed.rule.clone()));
            }
            let rule = limit.rule;
            let (bound, article) =
                rule.bound.map_or((rule.limit, rule.article), |bound| (bound.limit, bound.article));
            let least = rule.kind.is_least();
            let beyond = if least { agreed.limit < bound } else { agreed.limit > bound };
            if beyond {
                let rule = rule.code;
                return Err(Refused::BeyondBound { rule, asked: agreed.limit, bound, article });
            }
            limit.limit = agreed.limit;
            limit.agreed = Some(agreement.name.clone());
        }
        if !agreement.overtime.is_empty() {
            rules.overtime.bands = self.bands(&agreement.overtime)?;
        }
        Ok(rules)
    }

    fn bands(&self, agreed: &[AgreedBand]) -> Result<Vec<Band>, Refused> {
        let (least, article) = self.overtime.least;
        let mut before = 0;
        for (step, band) in agreed.iter().enumerate() {
            let end = step + 1 == agreed.len();
            let rises = match band.to {
                Some(to) => !end && to > before,
                None => end,
            };
            if !rises || band.percent < least {
                return Err(Refused::Rates { least, article });
            }
            before = band.to.unwrap_or(before);
        }
        Ok(agreed.iter().map(|band| Band { to: band.to, percent: band.percent }).collect())
    }
}
