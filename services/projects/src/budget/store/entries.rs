//! All that budgets are added up from, for several projects in a few statements.

use std::collections::HashMap;

use chrono::NaiveDate;
use contracts::CostCategory;
use kernel::{BudgetLineId, ProjectId, SiteId};
use sqlx::PgConnection;

use super::super::tally::{Entries, Settings, SiteLabour, Spent};
use super::lines;

/// What the budgets of these projects are added up from, in the projects' order. With `until` only
/// the costs and hours of that day and before count; what is planned and ordered is today's.
pub(crate) async fn entries(
    db: &mut PgConnection,
    projects: &[ProjectId],
    until: Option<NaiveDate>,
) -> Result<Vec<Entries>, sqlx::Error> {
    let mut all = heads(db, projects).await?;
    let place: HashMap<_, _> = all.iter().enumerate().map(|(n, e)| (e.project, n)).collect();
    let mut against = spent(db, projects, until).await?;
    for line in lines::of_projects(db, projects).await? {
        let spent = against.lines.remove(&line.id).unwrap_or_default();
        if let Some(n) = place.get(&line.project_id) {
            all[*n].lines.push((line, spent));
        }
    }
    for (project, category, spent) in against.loose {
        if let Some(n) = place.get(&project) {
            all[*n].loose.push((category, spent));
        }
    }
    for (project, labour) in worked(db, projects, until).await? {
        if let Some(n) = place.get(&project) {
            all[*n].labour.push(labour);
        }
    }
    Ok(all)
}

async fn heads(db: &mut PgConnection, projects: &[ProjectId]) -> Result<Vec<Entries>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.id as "id: ProjectId", p.currency, b.threshold_bp as "threshold_bp?",
                  b.over as "over?", b.version as "version?",
                  coalesce((select sum(l.amount_minor) from projects.contract_line l
                            join projects.contract c on c.id = l.contract_id
                            where c.project_id = p.id and c.commitment_id is null), 0)::bigint as "contracts!"
           from projects.project p left join projects.budget b on b.project_id = p.id
           where p.id = any($1) order by p.id"#,
        projects as &[ProjectId]
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let usual = Settings::default();
            Ok(Entries {
                project: row.id,
                currency: row.currency.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
                settings: Settings {
                    threshold_bp: row.threshold_bp.unwrap_or(usual.threshold_bp),
                    over: row.over.unwrap_or(usual.over),
                    version: row.version.unwrap_or(usual.version),
                },
                lines: Vec::new(),
                loose: Vec::new(),
                labour: Vec::new(),
                contracts: row.contracts,
            })
        })
        .collect()
}

/// What stands against lines and against none.
#[derive(Default)]
struct Against {
    lines: HashMap<BudgetLineId, Spent>,
    loose: Vec<(ProjectId, CostCategory, Spent)>,
}

async fn spent(
    db: &mut PgConnection,
    projects: &[ProjectId],
    until: Option<NaiveDate>,
) -> Result<Against, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select project_id as "project_id!: ProjectId",
                  budget_line_id as "line: BudgetLineId",
                  case when budget_line_id is null then category end as category,
                  sum(committed)::bigint as "committed!", sum(actual)::bigint as "actual!"
           from (select project_id, budget_line_id, category, booked_minor as committed,
                        0::bigint as actual
                 from projects.commitment where project_id = any($1) and status = 'open'
                 union all
                 select project_id, budget_line_id, category, 0, booked_minor
                 from projects.cost
                 where project_id = any($1) and ($2::date is null or spent_on <= $2)) entry
           group by 1, 2, 3"#,
        projects as &[ProjectId],
        until
    )
    .fetch_all(db)
    .await?;
    let mut against = Against::default();
    for row in rows {
        let spent = Spent { committed: row.committed, actual: row.actual };
        match (row.line, row.category) {
            (Some(line), _) => {
                against.lines.insert(line, spent);
            }
            (None, category) => {
                let category = category.unwrap_or_default().parse();
                let category = category.map_err(|e: String| sqlx::Error::Decode(e.into()))?;
                against.loose.push((row.project_id, category, spent));
            }
        }
    }
    Ok(against)
}

async fn worked(
    db: &mut PgConnection,
    projects: &[ProjectId],
    until: Option<NaiveDate>,
) -> Result<Vec<(ProjectId, SiteLabour)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select project_id as "project_id: ProjectId", site_id as "site_id: SiteId",
                  coalesce(sum(booked_minor), 0)::bigint as "booked!",
                  coalesce(sum(minutes) filter (where booked_minor is null), 0)::bigint
                      as "unpriced_minutes!"
           from projects.labour
           where project_id = any($1) and ($2::date is null or day <= $2)
           group by project_id, site_id order by site_id"#,
        projects as &[ProjectId],
        until
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (site, booked) = (row.site_id, row.booked);
            let labour = SiteLabour { site, booked, unpriced_minutes: row.unpriced_minutes };
            (row.project_id, labour)
        })
        .collect())
}
