//! A risk and its rules.

mod heat;
mod history;

use chrono::NaiveDate;
use contracts::{RiskCategory, RiskStatus};
use kernel::{ProjectId, RiskId, SteeringMeetingId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

pub use heat::HeatMap;
pub use history::{Judgement, RiskEntry};

/// How grave a score is: the bands of the five by five matrix that IEC 31010 describes
/// (consequence and likelihood); where they lie is the house's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RiskBand)]
pub enum Band {
    /// 1 to 4.
    Low,
    /// 5 to 9.
    Medium,
    /// 10 to 14.
    High,
    /// 15 to 25.
    Critical,
}

impl Band {
    /// The band of a score.
    pub fn of(score: i16) -> Self {
        match score {
            ..=4 => Self::Low,
            5..=9 => Self::Medium,
            10..=14 => Self::High,
            15.. => Self::Critical,
        }
    }
}

/// A risk of a project.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Risk {
    /// Its id.
    pub id: RiskId,
    /// Its project.
    pub project_id: ProjectId,
    /// Where it comes from.
    pub category: RiskCategory,
    /// What may happen, in a few words.
    pub title: String,
    /// What may happen, at length.
    pub description: Option<String>,
    /// How likely it is: 1 rare, 5 almost certain.
    #[schema(minimum = 1, maximum = 5)]
    pub probability: i16,
    /// How bad it would be: 1 slight, 5 ruinous.
    #[schema(minimum = 1, maximum = 5)]
    pub impact: i16,
    /// Probability times impact.
    #[schema(minimum = 1, maximum = 25)]
    pub score: i16,
    /// How grave that is.
    pub band: Band,
    /// The user who answers for it.
    pub owner_id: Option<UserId>,
    /// What is done about it.
    pub mitigation: Option<String>,
    /// Where it stands.
    pub status: RiskStatus,
    /// The day it is to be reviewed next.
    pub next_review_on: Option<NaiveDate>,
    /// Who reported it.
    pub reported_by: UserId,
    /// When, by the device that was used.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub reported_at: Timestamp,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Risk {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A risk to be reported.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRisk {
    /// Its id, where the caller chooses it.
    pub id: Option<RiskId>,
    /// Its project.
    pub project_id: ProjectId,
    /// Where it comes from.
    pub category: RiskCategory,
    /// What may happen, in a few words.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// What may happen, at length.
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 4000)]
    pub description: Option<String>,
    /// How likely it is: 1 rare, 5 almost certain.
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5)]
    pub probability: i16,
    /// How bad it would be: 1 slight, 5 ruinous.
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5)]
    pub impact: i16,
    /// The user who answers for it.
    pub owner_id: Option<UserId>,
    /// What is done about it.
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 4000)]
    pub mitigation: Option<String>,
    /// The day it is to be reviewed next.
    #[validate(custom(function = check::day))]
    pub next_review_on: Option<NaiveDate>,
}

/// Changes to a risk; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskPatch {
    /// Where it comes from.
    pub category: Option<RiskCategory>,
    /// What may happen, in a few words.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// What may happen, at length.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4000)]
    pub description: Option<Option<String>>,
    /// How likely it is.
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5)]
    pub probability: Option<i16>,
    /// How bad it would be.
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5)]
    pub impact: Option<i16>,
    /// The user who answers for it.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<UserId>)]
    pub owner_id: Option<Option<UserId>>,
    /// What is done about it.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4000)]
    pub mitigation: Option<Option<String>>,
    /// Where it stands.
    pub status: Option<RiskStatus>,
    /// The day it is to be reviewed next.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(custom(function = check::day))]
    #[schema(value_type = Option<NaiveDate>)]
    pub next_review_on: Option<Option<NaiveDate>>,
}

/// A review of a risk.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskReview {
    /// The open meeting of the project's steering that reviews it, if one does.
    pub meeting_id: Option<SteeringMeetingId>,
    /// How likely it is now.
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5)]
    pub probability: i16,
    /// How bad it would be now.
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5)]
    pub impact: i16,
    /// Where it stands now; as before where it is absent.
    pub status: Option<RiskStatus>,
    /// Why: nobody can follow a judgement without a word.
    #[validate(length(min = 1, max = 4000), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 4000)]
    pub note: String,
    /// The day of the next review; none where it is absent.
    #[validate(custom(function = check::day))]
    pub next_review_on: Option<NaiveDate>,
}

impl Risk {
    /// A new risk.
    pub fn report(new: NewRisk, by: UserId, at: Timestamp) -> Self {
        Self {
            id: new.id.unwrap_or_else(RiskId::new),
            project_id: new.project_id,
            category: new.category,
            title: new.title,
            description: new.description,
            probability: new.probability,
            impact: new.impact,
            score: 0,
            band: Band::Low,
            owner_id: new.owner_id,
            mitigation: new.mitigation,
            status: RiskStatus::Open,
            next_review_on: new.next_review_on,
            reported_by: by,
            reported_at: at,
            version: 1,
        }
        .scored()
    }

    /// The same risk, changed.
    pub fn change(self, patch: RiskPatch) -> Self {
        Self {
            category: patch.category.unwrap_or(self.category),
            title: patch.title.unwrap_or(self.title),
            description: patch.description.unwrap_or(self.description),
            probability: patch.probability.unwrap_or(self.probability),
            impact: patch.impact.unwrap_or(self.impact),
            owner_id: patch.owner_id.unwrap_or(self.owner_id),
            mitigation: patch.mitigation.unwrap_or(self.mitigation),
            status: patch.status.unwrap_or(self.status),
            next_review_on: patch.next_review_on.unwrap_or(self.next_review_on),
            version: self.version + 1,
            ..self
        }
        .scored()
    }

    /// The same risk, judged anew.
    pub fn review(self, review: &RiskReview) -> Self {
        Self {
            probability: review.probability,
            impact: review.impact,
            status: review.status.unwrap_or(self.status),
            next_review_on: review.next_review_on,
            version: self.version + 1,
            ..self
        }
        .scored()
    }

    fn scored(self) -> Self {
        let score = self.probability * self.impact;
        Self { score, band: Band::of(score), ..self }
    }

    fn judgement(&self) -> Judgement {
        Judgement { probability: self.probability, impact: self.impact, status: self.status }
    }
}
