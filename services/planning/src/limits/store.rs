//! The SQL of counting definitions.

use kernel::{ProjectId, SiteId};
use sqlx::PgConnection;

use super::model::Definition;

/// Lets one writer at a time make one of these, until the end of the transaction.
pub(super) async fn lock(tx: &mut PgConnection, what: Definition) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('planning.limit ' || $1::text, 0))",
        what.key()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// How many of these there are.
pub(super) async fn count(conn: &mut PgConnection, what: Definition) -> Result<i64, sqlx::Error> {
    match what {
        Definition::ServiceLevel => {
            sqlx::query_scalar!(r#"select count(*) as "n!" from planning.service_level"#)
                .fetch_one(conn)
                .await
        }
        Definition::TaskTemplate => {
            sqlx::query_scalar!(r#"select count(*) as "n!" from planning.task_template"#)
                .fetch_one(conn)
                .await
        }
        Definition::Checklist => {
            sqlx::query_scalar!(r#"select count(*) as "n!" from planning.checklist"#)
                .fetch_one(conn)
                .await
        }
        Definition::Calendar(project) => {
            sqlx::query_scalar!(
                r#"select count(*) as "n!" from planning.calendar where project_id = $1"#,
                project as ProjectId
            )
            .fetch_one(conn)
            .await
        }
        Definition::Baseline(project) => {
            sqlx::query_scalar!(
                r#"select count(*) as "n!" from planning.baseline where project_id = $1"#,
                project as ProjectId
            )
            .fetch_one(conn)
            .await
        }
        Definition::SiteCode(site) => {
            sqlx::query_scalar!(
                r#"select count(*) as "n!" from planning.site_code where site_id = $1"#,
                site as SiteId
            )
            .fetch_one(conn)
            .await
        }
    }
}
