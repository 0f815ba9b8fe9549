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
    let b = lens.bind();
    if b.site.is_some() {
        return Ok(Milestones::default());
    }
    sqlx::query_as!(
        Milestones,
        r#"select
               count(*) filter (where status <> 'accepted' and due_on >= $4::date and due_on < $4::date + 7)
                   as "due!",
               count(*) filter (where status <> 'accepted' and due_on < $4) as "late!",
               count(*) filter (where status <> 'accepted') as "pending!",
               count(*) filter (where status = 'accepted') as "accepted!"
           from reporting.milestone_fact
           where ($1 or project_id = any($2)) and ($3::uuid is null or project_id = $3)"#,
        b.all,
        &b.projects,
        b.project,
        today
    )
    .fetch_one(conn)
    .await
}
