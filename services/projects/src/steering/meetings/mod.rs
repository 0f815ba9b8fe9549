//! Meetings of a project's steering committee: called, held, written down, closed for good.

mod api;
mod events;
mod model;
mod store;

use kernel::{ProjectId, SteeringMeetingId};
use sqlx::PgConnection;

pub(crate) use api::routes;
use model::Meeting;

use crate::{Error, SteeringError};

/// Holds a meeting until the end of the transaction: one of this project that is not closed. What
/// is added to it so cannot come after its closing.
pub(crate) async fn hold_open(
    tx: &mut PgConnection,
    id: SteeringMeetingId,
    project: ProjectId,
) -> Result<Meeting, Error> {
    let meeting = match store::share(tx, id).await {
        Err(sqlx::Error::RowNotFound) => Err(SteeringError::MeetingElsewhere.into()),
        other => other.map_err(Error::from),
    }?;
    if meeting.project_id != project {
        return Err(SteeringError::MeetingElsewhere.into());
    }
    meeting.open()
}

/// The project of a meeting.
pub(crate) async fn project_of(
    db: &mut PgConnection,
    id: SteeringMeetingId,
) -> Result<ProjectId, sqlx::Error> {
    store::find(db, id).await.map(|meeting| meeting.project_id)
}
