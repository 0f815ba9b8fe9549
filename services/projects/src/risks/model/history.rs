//! What a risk was judged to be over time.

use contracts::{RiskChange, RiskStatus};
use kernel::{RiskEntryId, SteeringMeetingId, Timestamp, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Risk, RiskReview};

/// What a risk was judged to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RiskJudgement)]
pub struct Judgement {
    /// How likely.
    #[schema(minimum = 1, maximum = 5)]
    pub probability: i16,
    /// How bad.
    #[schema(minimum = 1, maximum = 5)]
    pub impact: i16,
    /// Where it stood.
    pub status: RiskStatus,
}

/// An entry of a risk's history.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RiskEntry {
    /// Its id.
    pub id: RiskEntryId,
    /// The version the risk reached.
    pub version: i64,
    /// `reported`, `updated` or `reviewed`.
    pub act: String,
    /// The meeting that reviewed it.
    pub meeting_id: Option<SteeringMeetingId>,
    /// Who.
    pub by: UserId,
    /// When, by the device that was used.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: Timestamp,
    /// What it was judged to be before; none when it was reported.
    pub before: Option<Judgement>,
    /// What it was judged to be from then on.
    pub after: Judgement,
    /// What was said.
    pub note: Option<String>,
}

impl RiskEntry {
    /// The entry of what was just done: `before` became `risk`.
    pub fn of(
        risk: &Risk,
        before: Option<&Risk>,
        change: RiskChange,
        by: UserId,
        at: Timestamp,
    ) -> Self {
        let act = match change {
            RiskChange::Reported => "reported",
            RiskChange::Updated => "updated",
            RiskChange::Reviewed => "reviewed",
        };
        Self {
            id: RiskEntryId::new(),
            version: risk.version,
            act: act.to_owned(),
            meeting_id: None,
            by,
            at,
            before: before.map(Risk::judgement),
            after: risk.judgement(),
            note: None,
        }
    }

    /// The same, with what the review said.
    pub fn with(self, review: RiskReview) -> Self {
        Self { meeting_id: review.meeting_id, note: Some(review.note), ..self }
    }
}
