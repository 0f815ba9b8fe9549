//! The templates: every change is a new version, and runs keep the one they began with.

use auth::{Action, Target};
use axum::Json;
use contracts::ChecklistChange;
use kernel::ChecklistId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{
    Changed, Created, Ctx, Found, IfMatch, MatchHeader, Page, PageParams, Params, PathId, Problem,
    ProblemBody, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use crate::checklists::model::{self, Checklist, Question};
use crate::checklists::{events, store};
use crate::error::Error;
use crate::limits::{self, Definition};

/// A template to be written.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChecklist {
    /// The id that the client chose for it.
    pub id: Option<ChecklistId>,
    /// What it is for.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Its questions, in their order; each key once.
    #[validate(length(min = 1, max = 100), nested, custom(function = distinct_keys))]
    #[schema(min_items = 1, max_items = 100)]
    pub questions: Vec<Question>,
}

/// What of a template becomes another; what is left out stays.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeChecklist {
    /// What it is for.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Its questions, in their order; each key once.
    #[validate(length(min = 1, max = 100), nested, custom(function = distinct_keys))]
    #[schema(min_items = 1, max_items = 100)]
    pub questions: Option<Vec<Question>>,
}

fn distinct_keys(questions: &[Question]) -> Result<(), validator::ValidationError> {
    model::questions(questions)
}

/// Write a checklist's template.
#[utoipa::path(
    post, path = "/v1/checklists", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body = NewChecklist,
    responses(
        (status = 201, description = "Written", body = Checklist),
        WriteRefused,
        (status = 409, description = "The id is taken, or there are as many as may be",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn create_checklist(
    cx: Ctx,
    Valid(new): Valid<NewChecklist>,
) -> Result<Reply<Created<Checklist>>, Problem> {
    cx.may(Action::ManageChecklist, &Target::tenant())?;
    cx.write(async |tx| -> Result<_, Error> {
        limits::refuse_more(tx, Definition::Checklist).await?;
        let checklist = Checklist {
            id: new.id.unwrap_or_else(ChecklistId::new),
            code: None,
            name: new.name.clone(),
            questions: new.questions.clone(),
            version: 1,
        };
        let now = tx.now();
        if !store::insert(tx, &checklist, now).await? {
            return Err(Error::AlreadyExists);
        }
        events::tell_template(tx, &checklist, ChecklistChange::Created, &new);
        Ok(Created(format!("/v1/checklists/{}", checklist.id), checklist))
    })
    .await
}

/// Change a checklist's template.
///
/// Makes a new version. Runs that were begun keep theirs.
#[utoipa::path(
    patch, path = "/v1/checklists/{id}", tag = "planning", security(("bearer" = [])),
    params(
        ("id" = ChecklistId, Path, description = "The template"),
        MatchHeader,
        WriteHeaders,
    ),
    request_body = ChangeChecklist,
    responses(
        (status = 200, description = "The template at its new version", body = Checklist),
        WriteRefused,
    ))]
pub async fn change_checklist(
    cx: Ctx,
    PathId(id): PathId<ChecklistId>,
    expected: IfMatch,
    Valid(set): Valid<ChangeChecklist>,
) -> Result<Reply<Changed<Checklist>>, Problem> {
    cx.guard(Action::ReadChecklist, Action::ManageChecklist, &Target::tenant())?;
    cx.write(async |tx| -> Result<_, Error> {
        let mut checklist = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
        expected.check(&checklist)?;
        if let Some(name) = &set.name {
            checklist.name.clone_from(name);
        }
        if let Some(questions) = &set.questions {
            checklist.questions.clone_from(questions);
        }
        let now = tx.now();
        store::save(tx, &mut checklist, now).await?;
        events::tell_template(tx, &checklist, ChecklistChange::Updated, &set);
        Ok(Changed(checklist))
    })
    .await
}

/// Read a checklist's template at its newest version.
#[utoipa::path(
    get, path = "/v1/checklists/{id}", tag = "planning", security(("bearer" = [])),
    params(("id" = ChecklistId, Path, description = "The template")),
    responses(
        (status = 200, description = "The template", body = Checklist),
        ReadRefused,
    ))]
pub async fn read_checklist(
    cx: Ctx,
    PathId(id): PathId<ChecklistId>,
) -> Result<Found<Checklist>, Problem> {
    cx.sees(Action::ReadChecklist, &Target::tenant())?;
    let found = store::find(&mut *cx.db().await?, id).await?;
    Ok(Found(found.ok_or_else(Problem::not_found)?))
}

/// List the checklists' templates at their newest versions.
#[utoipa::path(
    get, path = "/v1/checklists", tag = "planning", security(("bearer" = [])),
    params(PageParams),
    responses(
        (status = 200, description = "A page of templates", body = Page<Checklist>),
        ReadRefused,
    ))]
pub async fn list_checklists(
    cx: Ctx,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<Checklist>>, Problem> {
    cx.may(Action::ReadChecklist, &Target::tenant())?;
    let found = store::list(&mut *cx.db().await?, page.after()?, page.limit + 1).await?;
    Ok(Json(Page::of(found, page.limit, |c| c.id)))
}
