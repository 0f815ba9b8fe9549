//! How many milestones are near, late and accepted.

use chrono::NaiveDate;
use sqlx::{Error, PgConnection};

use super::Lens;
use crate::kpis::model::Milestones;

/// Milestones of the projects in view, as of `today`. They belong to a project as a whole: who
/// sees single sites only sees none, and so does a question about one site.
pub async fn milestones(
    conn: &mut PgConnection,
    lens: &Lens,
    today: NaiveDate,
) -> Result<Milestones, Error> {
    let row = within!(
        lens,
        r#"select
               count(*) filter (where status <> 'accepted' and due_on >= $7::date and due_on < $7::date + 7)
                   as "due!",
               count(*) filter (where status <> 'accepted' and due_on < $7) as "late!",
               count(*) filter (where status <> 'accepted') as "pending!",
               count(*) filter (where status = 'accepted') as "accepted!"
           from reporting.milestone_fact
           where reporting.in_view(project_id, null, null, $1, $2, $3, $4, $5, $6)"#,
        today
    )
    .fetch_one(conn)
    .await?;
    Ok(Milestones { due: row.due, late: row.late, pending: row.pending, accepted: row.accepted })
}
