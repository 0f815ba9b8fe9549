//! The KPIs' rows.

use auth::Visibility;
use contracts::{Aim, Indicator};
use kernel::{ProjectId, SteeringKpiId};
use sqlx::PgConnection;

use super::model::SteeringKpi;
use crate::error::broke;
use crate::projects::OfProject;
use crate::{Error, SteeringError};

struct Row {
    id: SteeringKpiId,
    project_id: ProjectId,
    indicator: String,
    aim: String,
    target: f64,
    warning: f64,
    version: i64,
}

fn decode(e: String) -> sqlx::Error {
    sqlx::Error::Decode(e.into())
}

impl TryFrom<Row> for SteeringKpi {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let indicator: Indicator = row.indicator.parse().map_err(decode)?;
        let aim: Aim = row.aim.parse().map_err(decode)?;
        Ok(Self {
            id: row.id,
            project_id: row.project_id,
            indicator,
            aim,
            target: row.target,
            warning: row.warning,
            version: row.version,
        })
    }
}

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select id as "id: SteeringKpiId", project_id as "project_id: ProjectId", indicator,
                      aim, target, warning, version
               from projects.steering_kpi "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The KPI.
pub(crate) async fn find(
    db: &mut PgConnection,
    id: SteeringKpiId,
) -> Result<SteeringKpi, sqlx::Error> {
    select!("where id = $1", id as SteeringKpiId).fetch_one(db).await?.try_into()
}

/// The KPI, held until the end of the transaction.
pub(crate) async fn lock(
    tx: &mut PgConnection,
    id: SteeringKpiId,
) -> Result<SteeringKpi, sqlx::Error> {
    select!("where id = $1 for update", id as SteeringKpiId).fetch_one(tx).await?.try_into()
}

/// A page of the KPIs that are seen, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    seen: &Visibility,
    filter: &OfProject,
    after: Option<SteeringKpiId>,
    limit: i64,
) -> Result<Vec<SteeringKpi>, sqlx::Error> {
    select!(
        "where ($1 or project_id = any($2))
           and ($3::uuid is null or project_id = $3)
           and ($4::uuid is null or id > $4)
         order by id limit $5",
        seen.all,
        &seen.projects as &[ProjectId],
        filter.project_id as Option<ProjectId>,
        after as Option<SteeringKpiId>,
        limit + 1
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(SteeringKpi::try_from)
    .collect()
}

/// All KPIs of a project.
pub(crate) async fn of_project(
    db: &mut PgConnection,
    project: ProjectId,
) -> Result<Vec<SteeringKpi>, sqlx::Error> {
    select!("where project_id = $1 order by id", project as ProjectId)
        .fetch_all(db)
        .await?
        .into_iter()
        .map(SteeringKpi::try_from)
        .collect()
}

/// Stores a new KPI.
pub(crate) async fn insert(tx: &mut PgConnection, kpi: &SteeringKpi) -> Result<(), Error> {
    let done = sqlx::query!(
        "insert into projects.steering_kpi
             (id, project_id, indicator, aim, target, warning, version)
         values ($1, $2, $3, $4, $5, $6, $7)",
        kpi.id as SteeringKpiId,
        kpi.project_id as ProjectId,
        kpi.indicator.as_str(),
        kpi.aim.as_str(),
        kpi.target,
        kpi.warning,
        kpi.version
    )
    .execute(tx)
    .await;
    match done {
        Ok(_) => Ok(()),
        Err(error) if broke(&error, "steering_kpi_once") => Err(SteeringError::KpiTaken.into()),
        Err(error) => Err(error.into()),
    }
}

/// Stores a changed KPI.
pub(crate) async fn update(tx: &mut PgConnection, kpi: &SteeringKpi) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update projects.steering_kpi
         set aim = $2, target = $3, warning = $4, version = $5 where id = $1",
        kpi.id as SteeringKpiId,
        kpi.aim.as_str(),
        kpi.target,
        kpi.warning,
        kpi.version
    )
    .execute(tx)
    .await
    .map(|_| ())
}

/// Removes a KPI.
pub(crate) async fn remove(tx: &mut PgConnection, id: SteeringKpiId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from projects.steering_kpi where id = $1", id as SteeringKpiId)
        .execute(tx)
        .await
        .map(|_| ())
}
