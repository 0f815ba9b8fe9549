use auth::Action;
use contracts::ServiceLevelChange;
use kernel::ServiceLevelId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{
    Changed, Ctx, IfMatch, MatchHeader, PathId, Problem, Reply, Valid, WriteHeaders, WriteRefused,
};

use crate::error::Error;
use crate::service_levels::model::{ServiceLevel, Terms};
use crate::service_levels::{events, store};

/// What of a service level becomes another; what is left out stays.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeServiceLevel {
    /// What people call it.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// What is promised from now on, all of it.
    #[validate(nested)]
    pub terms: Option<Terms>,
    /// Whether new promises are made by it.
    pub active: Option<bool>,
}

/// Change what is promised from now on.
///
/// Takes the version that was read in `If-Match`. What was promised before stands as it was; a
/// level that is not active promises nothing new. Where it holds does not change.
#[utoipa::path(
    patch, path = "/v1/service-levels/{id}", tag = "planning", security(("bearer" = [])),
    params(
        ("id" = ServiceLevelId, Path, description = "The service level"),
        MatchHeader,
        WriteHeaders,
    ),
    request_body = ChangeServiceLevel,
    responses(
        (status = 200, description = "The service level as it is now", body = ServiceLevel),
        WriteRefused,
    ))]
pub async fn change_service_level(
    cx: Ctx,
    PathId(id): PathId<ServiceLevelId>,
    expected: IfMatch,
    Valid(mut set): Valid<ChangeServiceLevel>,
) -> Result<Reply<Changed<ServiceLevel>>, Problem> {
    set.terms = set.terms.map(Terms::checked).transpose()?;
    let seen = cx.caller.visibility(Action::ReadServiceLevel);
    cx.write(async |tx| -> Result<_, Error> {
        store::lock(tx, id).await?;
        let mut level = store::find(tx, &seen, id).await?.ok_or_else(Problem::not_found)?;
        cx.may(Action::ManageServiceLevel, &level.target())?;
        expected.check(&level)?;
        level.name = set.name.clone().unwrap_or(level.name);
        level.terms = set.terms.clone().unwrap_or(level.terms);
        level.active = set.active.unwrap_or(level.active);
        store::save(tx, &mut level).await?;
        events::tell(tx, &level, ServiceLevelChange::Updated, &set);
        Ok(Changed(level))
    })
    .await
}
