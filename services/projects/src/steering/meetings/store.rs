//! The meetings' rows.

use auth::Visibility;
use kernel::{ProjectId, SteeringMeetingId, UserId};
use sqlx::PgConnection;

use super::api::MeetingFilter;
use super::model::Meeting;

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Meeting,
            r#"select id as "id: SteeringMeetingId", project_id as "project_id: ProjectId",
                      held_at, attendees, agenda, minutes, closed_at,
                      closed_by as "closed_by: UserId", version
               from projects.steering_meeting "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The meeting.
pub(crate) async fn find(
    db: &mut PgConnection,
    id: SteeringMeetingId,
) -> Result<Meeting, sqlx::Error> {
    select!("where id = $1", id as SteeringMeetingId).fetch_one(db).await
}

/// The meeting, held until the end of the transaction.
pub(crate) async fn lock(
    tx: &mut PgConnection,
    id: SteeringMeetingId,
) -> Result<Meeting, sqlx::Error> {
    select!("where id = $1 for update", id as SteeringMeetingId).fetch_one(tx).await
}

/// The meeting, which nobody changes until the end of the transaction.
pub(crate) async fn share(
    tx: &mut PgConnection,
    id: SteeringMeetingId,
) -> Result<Meeting, sqlx::Error> {
    select!("where id = $1 for share", id as SteeringMeetingId).fetch_one(tx).await
}

/// A page of the meetings that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &MeetingFilter,
    after: Option<SteeringMeetingId>,
    limit: i64,
) -> Result<Vec<Meeting>, sqlx::Error> {
    select!(
        "where ($1 or project_id = any($2))
           and ($3::uuid is null or project_id = $3)
           and ($4::boolean is null or (closed_at is not null) = $4)
           and ($5::uuid is null or id > $5)
         order by id limit $6",
        seen.all,
        &seen.projects as &[ProjectId],
        filter.project_id as Option<ProjectId>,
        filter.closed,
        after as Option<SteeringMeetingId>,
        limit + 1
    )
    .fetch_all(db)
    .await
}

/// Stores a new meeting.
pub(crate) async fn insert(tx: &mut PgConnection, meeting: &Meeting) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.steering_meeting
             (id, project_id, held_at, attendees, agenda, minutes, version)
         values ($1, $2, $3, $4, $5, $6, $7)",
        meeting.id as SteeringMeetingId,
        meeting.project_id as ProjectId,
        meeting.held_at,
        &meeting.attendees,
        meeting.agenda,
        meeting.minutes,
        meeting.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores a changed meeting.
pub(crate) async fn update(tx: &mut PgConnection, meeting: &Meeting) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.steering_meeting
         set held_at = $2, attendees = $3, agenda = $4, minutes = $5, closed_at = $6,
             closed_by = $7, version = $8
         where id = $1",
        meeting.id as SteeringMeetingId,
        meeting.held_at,
        &meeting.attendees,
        meeting.agenda,
        meeting.minutes,
        meeting.closed_at,
        meeting.closed_by as Option<UserId>,
        meeting.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}
