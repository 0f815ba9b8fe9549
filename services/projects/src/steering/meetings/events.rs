//! What is told when a meeting changed.

use contracts::{SteeringMeetingChange, SteeringMeetingChanged};

use super::model::Meeting;

/// The news of a meeting.
pub(crate) fn changed(meeting: &Meeting, change: SteeringMeetingChange) -> SteeringMeetingChanged {
    SteeringMeetingChanged {
        meeting: meeting.id,
        version: meeting.version,
        change,
        project: meeting.project_id,
    }
}
