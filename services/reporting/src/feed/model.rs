//! What an entry of the feed says.

use auth::Visibility;
use chrono::{DateTime, Utc};
use kernel::{ProjectId, SiteId};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// An entry as it is streamed.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Entry {
    /// Its place in the feed; also the `id` of the server-sent event.
    pub seq: i64,
    /// What happened: `task.started`, `photo.watermarked`, `alert.raised`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When the server recorded it.
    pub at: DateTime<Utc>,
    /// The kind of thing: `task`.
    pub entity: String,
    /// The thing.
    pub entity_id: Uuid,
    /// The version it reached.
    pub version: i64,
    /// The project it belongs to.
    pub project_id: Option<ProjectId>,
    /// The site it belongs to.
    pub site_id: Option<SiteId>,
    /// Its new state: ids and figures.
    #[schema(value_type = Object)]
    pub state: Value,
}

/// What a reader of the feed may see.
#[derive(Debug, Clone)]
pub struct Sight {
    /// Whatever happens there,
    pub visible: Visibility,
    /// and of that what tells of money only there.
    pub money: Visibility,
}

/// Where the feed begins and ends now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The newest entry ever; 0 before the first.
    pub head: i64,
    /// The oldest entry that is still kept.
    pub oldest: Option<i64>,
}

impl Reach {
    /// Whether a reader who has seen everything up to `seen` can go on without a gap.
    pub fn resumes(self, seen: i64) -> bool {
        seen <= self.head && self.oldest.map_or(seen == self.head, |oldest| seen >= oldest - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_resumes_where_nothing_was_purged_and_nothing_was_taken_back() {
        let feed = Reach { head: 20, oldest: Some(11) };
        assert!(feed.resumes(10) && feed.resumes(15) && feed.resumes(20));
        assert!(!feed.resumes(9), "entry 10 was purged");
        assert!(!feed.resumes(21), "a restore took entries back");
        let purged = Reach { head: 20, oldest: None };
        assert!(purged.resumes(20) && !purged.resumes(19));
        assert!(Reach { head: 0, oldest: None }.resumes(0));
    }
}
