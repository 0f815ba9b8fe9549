//! The phases' rows.

use auth::Visibility;
use kernel::{PhaseId, ProjectId};
use sqlx::PgConnection;

use super::model::Phase;
use crate::projects::OfProject;

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Phase,
            r#"select id as "id: PhaseId", project_id as "project_id: ProjectId", name,
                      place as "order", starts_on, ends_on, version
               from projects.phase "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The phase.
pub(crate) async fn find(db: &mut PgConnection, id: PhaseId) -> Result<Phase, sqlx::Error> {
    select!("where id = $1", id as PhaseId).fetch_one(db).await
}

/// The phase, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: PhaseId) -> Result<Phase, sqlx::Error> {
    select!("where id = $1 for update", id as PhaseId).fetch_one(tx).await
}

/// A page of the phases that are seen, and one more. `after` is the key of the page before.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &OfProject,
    after: Option<PhaseId>,
    limit: i64,
) -> Result<Vec<Phase>, sqlx::Error> {
    select!(
        "where ($1 or project_id = any($2))
           and ($3::uuid is null or project_id = $3)
           and ($4::uuid is null or id > $4)
         order by id limit $5",
        seen.all,
        &seen.projects as &[ProjectId],
        filter.project_id as Option<ProjectId>,
        after as Option<PhaseId>,
        limit + 1
    )
    .fetch_all(db)
    .await
}

/// The place of the project's last phase, 0 where there is none.
pub(crate) async fn last(db: &mut PgConnection, project: ProjectId) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(max(place), 0) as "last!" from projects.phase where project_id = $1"#,
        project as ProjectId
    )
    .fetch_one(db)
    .await
}

/// Stores a new phase.
pub(crate) async fn insert(tx: &mut PgConnection, phase: &Phase) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into projects.phase (id, project_id, name, place, starts_on, ends_on, version)
         values ($1, $2, $3, $4, $5, $6, $7)",
        phase.id as PhaseId,
        phase.project_id as ProjectId,
        phase.name,
        phase.order,
        phase.starts_on,
        phase.ends_on,
        phase.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Stores a changed phase.
pub(crate) async fn update(tx: &mut PgConnection, phase: &Phase) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.phase
         set name = $2, place = $3, starts_on = $4, ends_on = $5, version = $6
         where id = $1",
        phase.id as PhaseId,
        phase.name,
        phase.order,
        phase.starts_on,
        phase.ends_on,
        phase.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}
