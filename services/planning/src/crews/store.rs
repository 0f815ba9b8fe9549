//! The SQL of crews.

use std::collections::HashMap;

use kernel::{CrewId, WorkerId};
use sqlx::PgConnection;

use super::Crew;

/// The active members of crews, each once; none where one of the crews is unknown.
pub(crate) async fn members(
    conn: &mut PgConnection,
    crews: &[CrewId],
) -> Result<Option<Vec<WorkerId>>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select not exists (
               select from unnest($1::uuid[]) as wanted (id)
               where not exists (select from resources_pub.crew c where c.id = wanted.id)
           ) as "known!",
           array(
               select distinct m.worker_id from resources_pub.crew_member m
               join resources_pub.worker w on w.id = m.worker_id
               where m.crew_id = any($1) and w.active order by m.worker_id
           ) as "members!: Vec<WorkerId>""#,
        crews as &[CrewId]
    )
    .fetch_one(conn)
    .await?;
    Ok(row.known.then_some(row.members))
}

/// The crews of workers, by name.
pub(crate) async fn of_workers(
    conn: &mut PgConnection,
    workers: &[WorkerId],
) -> Result<HashMap<WorkerId, Vec<Crew>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select m.worker_id as "worker!: WorkerId", c.id as "crew!: CrewId", c.name as "name!",
                  coalesce(c.lead_id = m.worker_id, false) as "leads!"
           from resources_pub.crew_member m join resources_pub.crew c on c.id = m.crew_id
           where m.worker_id = any($1) order by c.name, c.id"#,
        workers as &[WorkerId]
    )
    .fetch_all(conn)
    .await?;
    let mut crews: HashMap<WorkerId, Vec<Crew>> = HashMap::new();
    for row in rows {
        let crew = Crew { crew_id: row.crew, name: row.name, leads: row.leads };
        crews.entry(row.worker).or_default().push(crew);
    }
    Ok(crews)
}
