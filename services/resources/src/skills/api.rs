//! `/v1/skills`.

use auth::{Action, Target};
use axum::Json;
use contracts::Change;
use kernel::SkillId;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, PathId,
    Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused, check,
};

use super::model::{NewSkill, Skill, SkillPatch};
use super::{events, store};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_skills, create_skill))
        .routes(routes!(read_skill, change_skill))
}

/// Which skills to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SkillFilter {
    /// Only those with this in their code or names, whatever the case.
    #[validate(length(min = 1, max = 100), custom(function = check::text))]
    #[param(min_length = 1, max_length = 100)]
    pub q: Option<String>,
}

/// List the firm's skills
#[utoipa::path(
    get, path = "/v1/skills", tag = "resources", params(SkillFilter, PageParams),
    responses((status = 200, description = "A page of skills", body = Page<Skill>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_skills(
    cx: Ctx,
    Listed(filter, page): Listed<SkillFilter>,
) -> Result<Json<Page<Skill>>, Problem> {
    cx.may(Action::ReadWorkers, &Target::tenant())?;
    let rows = store::list(&mut *cx.db().await?, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |s| s.id)))
}

/// Make a skill
#[utoipa::path(
    post, path = "/v1/skills", tag = "resources", params(WriteHeaders),
    request_body(content = NewSkill, description = "The skill to be made"),
    responses((status = 201, description = "The skill as it was made", body = Skill), WriteRefused),
    security(("bearer" = []))
)]
async fn create_skill(
    cx: Ctx,
    Valid(new): Valid<NewSkill>,
) -> Result<Reply<Created<Skill>>, Problem> {
    cx.may(Action::ManageWorkers, &Target::tenant())?;
    cx.write(async |tx| {
        let skill = Skill::from(new);
        store::insert(tx, &skill).await?;
        tx.emit_about(&events::changed(&skill, Change::Created), &skill);
        Ok::<_, Problem>(Created(format!("/v1/skills/{}", skill.id), skill))
    })
    .await
}

/// Read a skill
#[utoipa::path(
    get, path = "/v1/skills/{id}", tag = "resources",
    params(("id" = SkillId, Path, description = "The skill")),
    responses((status = 200, description = "The skill", body = Skill), ReadRefused),
    security(("bearer" = []))
)]
async fn read_skill(cx: Ctx, PathId(id): PathId<SkillId>) -> Result<Found<Skill>, Problem> {
    cx.sees(Action::ReadWorkers, &Target::tenant())?;
    Ok(Found(store::find(&mut *cx.db().await?, id).await?))
}

/// Change a skill
///
/// What is absent stays.
#[utoipa::path(
    patch, path = "/v1/skills/{id}", tag = "resources",
    params(("id" = SkillId, Path, description = "The skill"), MatchHeader, WriteHeaders),
    request_body(content = SkillPatch, description = "What changes"),
    responses((status = 200, description = "The skill as it is now", body = Skill), WriteRefused),
    security(("bearer" = []))
)]
async fn change_skill(
    cx: Ctx,
    PathId(id): PathId<SkillId>,
    expected: IfMatch,
    Valid(patch): Valid<SkillPatch>,
) -> Result<Reply<Changed<Skill>>, Problem> {
    cx.guard(Action::ReadWorkers, Action::ManageWorkers, &Target::tenant())?;
    cx.write(async |tx| {
        let skill = store::lock(tx, id).await?;
        expected.check(&skill)?;
        let skill = skill.change(patch);
        store::update(tx, &skill).await?;
        tx.emit_about(&events::changed(&skill, Change::Updated), &skill);
        Ok::<_, Problem>(Changed(skill))
    })
    .await
}
