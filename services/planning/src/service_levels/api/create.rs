use auth::{Action, Target};
use contracts::ServiceLevelChange;
use kernel::{ProjectId, ServiceLevelId, SiteId};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;
use validator::Validate;
use web::{Created, Ctx, Problem, ProblemBody, Reply, Valid, WriteHeaders, WriteRefused};

use crate::error::Error;
use crate::limits::{self, Definition};
use crate::schedule;
use crate::service_levels::model::{ServiceLevel, Terms};
use crate::service_levels::{events, store};
use crate::tasks;

/// A service level to be kept from now on.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewServiceLevel {
    /// The id that the client chose for it.
    pub id: Option<ServiceLevelId>,
    /// What people call it.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The project it holds for; with neither, it holds for the whole firm.
    pub project_id: Option<ProjectId>,
    /// The one site it holds for.
    pub site_id: Option<SiteId>,
    /// What is promised, and of what.
    #[validate(nested)]
    pub terms: Terms,
}

/// Where it holds; 404 for a project or a site that is not there, 422 for one of another project.
async fn place(
    conn: &mut PgConnection,
    new: &NewServiceLevel,
) -> Result<(Option<ProjectId>, Option<SiteId>), Error> {
    if let Some(site) = new.site_id {
        let found = tasks::store::site(conn, site).await?;
        let (project, _) = found.ok_or_else(Problem::not_found)?;
        if new.project_id.is_some_and(|named| named != project) {
            return Err(Error::Unknown("/site_id"));
        }
        return Ok((Some(project), Some(site)));
    }
    if let Some(project) = new.project_id
        && !schedule::store::tasks::has_project(conn, project).await?
    {
        return Err(Problem::not_found().into());
    }
    Ok((new.project_id, None))
}

/// Promise something of tasks and incidents.
///
/// It holds for the firm, a project or a site, and for what is planned or reported, or gets
/// another priority or severity, from now on. The nearest level holds: a site's before its
/// project's before the firm's.
#[utoipa::path(
    post, path = "/v1/service-levels", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body = NewServiceLevel,
    responses(
        (status = 201, description = "Kept", body = ServiceLevel),
        WriteRefused,
        (status = 409, description = "The id is taken, or there are as many as may be",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn create_service_level(
    cx: Ctx,
    Valid(mut new): Valid<NewServiceLevel>,
) -> Result<Reply<Created<ServiceLevel>>, Problem> {
    new.terms = new.terms.checked()?;
    cx.write(async |tx| -> Result<_, Error> {
        let (project_id, site_id) = place(tx, &new).await?;
        let target = Target { project: project_id, site: site_id, workers: Vec::new() };
        if project_id.is_some() {
            cx.guard(Action::ReadProject, Action::ManageServiceLevel, &target)?;
        } else {
            cx.may(Action::ManageServiceLevel, &target)?;
        }
        limits::refuse_more(tx, Definition::ServiceLevel).await?;
        let level = ServiceLevel {
            id: new.id.unwrap_or_else(ServiceLevelId::new),
            name: new.name.clone(),
            project_id,
            site_id,
            terms: new.terms.clone(),
            active: true,
            version: 1,
        };
        store::insert(tx, &level).await?;
        events::tell(tx, &level, ServiceLevelChange::Created, &new);
        Ok(Created(format!("/v1/service-levels/{}", level.id), level))
    })
    .await
}
