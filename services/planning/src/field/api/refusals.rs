//! Calls that phones made offline and that were refused when they were sent at last.

use auth::{Action, Target};
use chrono::{DateTime, Utc};
use contracts::{RefusalChange, RefusalNoted};
use kernel::{RefusalId, SiteId, WorkerId};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::IntoParams;
use validator::{Validate, ValidationError};
use web::{
    Changed, Created, Ctx, IfMatch, Listed, MatchHeader, Page, PageParams, PathId, Problem,
    ProblemBody, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use crate::error::Error;
use crate::field::model::{FieldRefusal, Method, RefusalReview};
use crate::field::store::refusals::{self, Filter};
use crate::field::{knows_site, site};
use crate::privacy;

/// The longest problem that is kept, in bytes of JSON.
const LONGEST_PROBLEM: usize = 16 * 1024;

/// A call that was refused.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteRefusal {
    /// Its id, chosen by the phone.
    id: Option<RefusalId>,
    /// The site the call was about.
    site_id: SiteId,
    /// The call's method.
    method: Method,
    /// The call's path: `/v1/tasks/…/start`.
    #[validate(length(min = 1, max = 500), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 500)]
    path: String,
    /// The status it was refused with.
    #[validate(range(min = 400, max = 599))]
    #[schema(minimum = 400, maximum = 599)]
    status: i32,
    /// The problem it was refused with, as it came; at most 16 KiB.
    #[validate(custom(function = short))]
    #[schema(value_type = Object)]
    problem: Map<String, Value>,
    /// When the worker did what was refused, by the phone.
    #[validate(custom(function = web::check::instant))]
    acted_at: DateTime<Utc>,
}

fn short(problem: &Map<String, Value>) -> Result<(), ValidationError> {
    match serde_json::to_vec(problem) {
        Ok(json) if json.len() <= LONGEST_PROBLEM => Ok(()),
        _ => {
            Err(ValidationError::new("length")
                .with_message("au plus 16 Kio | at most 16 KiB".into()))
        }
    }
}

/// Which refused calls to list.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RefusalParams {
    /// About this site.
    site_id: Option<SiteId>,
    /// Of this worker's phone.
    worker_id: Option<WorkerId>,
    /// Those too that somebody has dealt with.
    #[serde(default)]
    reviewed: bool,
}

/// Tells that a call made offline was refused, so that the site lead sees what is missing.
///
/// For a worker who has, or had, a task on the site, and for who answers for the site's work: a
/// lead's own phone is offline too.
#[utoipa::path(
    post, path = "/v1/field/refusals", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body(content = NoteRefusal, description = "The call and its problem"),
    responses(
        (status = 201, description = "Noted", body = FieldRefusal),
        WriteRefused,
        (status = 403, description = "The caller is no worker and answers for no site",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such site, or neither a task of the worker's there nor \
            the caller's to lead", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The id is taken",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn note_refusal(
    cx: Ctx,
    Valid(new): Valid<NoteRefusal>,
) -> Result<Reply<Created<FieldRefusal>>, Problem> {
    let worker = cx.caller.worker;
    if !cx.caller.may_somewhere(Action::ValidateTask) {
        cx.visible(Action::PullField)?;
        worker.ok_or(Error::NotAWorker)?;
    }
    cx.write(async |tx| {
        let site = site(tx, new.site_id).await?.ok_or_else(Problem::not_found)?;
        let works = match worker {
            Some(worker) => knows_site(tx, worker, site.id).await?,
            None => false,
        };
        if !works {
            cx.sees(Action::ValidateTask, &site.target())?;
        }
        let refusal = FieldRefusal {
            id: new.id.unwrap_or_else(RefusalId::new),
            worker_id: worker,
            user_id: cx.actor,
            site_id: site.id,
            project_id: site.project_id,
            method: new.method,
            path: new.path,
            status: new.status,
            problem: new.problem,
            acted_at: new.acted_at,
            noted_at: tx.now(),
            review: None,
            version: 1,
        };
        refusals::insert(tx, &refusal).await?;
        tx.enqueue(privacy::next_look(refusal.noted_at));
        let event = news(&refusal, RefusalChange::Noted);
        // Not the call and its problem: they are kept for a year, and an entry is for good.
        let about = json!({ "site_id": refusal.site_id, "status": refusal.status });
        tx.emit_about(&event, &about);
        let place = format!("/v1/field/refusals?site_id={}", refusal.site_id);
        Ok::<_, Problem>(Created(place, refusal))
    })
    .await
}

fn news(refusal: &FieldRefusal, change: RefusalChange) -> RefusalNoted {
    RefusalNoted {
        refusal: refusal.id,
        version: refusal.version,
        change,
        worker: refusal.worker_id,
        site: refusal.site_id,
        project: refusal.project_id,
        status: refusal.status,
    }
}

/// What is said of a refused call that somebody dealt with.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewRefusal {
    /// What was done about it, in a sentence, where there is something to say.
    #[validate(length(min = 1, max = 500), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 500)]
    note: Option<String>,
}

/// Notes that a refused call was dealt with: entered by hand, talked over, or nothing was missing.
///
/// It then leaves the list, unless `reviewed` asks for it. What was refused stays refused.
#[utoipa::path(
    post, path = "/v1/field/refusals/{id}/review", tag = "planning", security(("bearer" = [])),
    params(
        ("id" = RefusalId, Path, description = "The refused call"),
        MatchHeader,
    ),
    request_body(content = ReviewRefusal, description = "What was done; may be empty"),
    responses(
        (status = 200, description = "Noted", body = FieldRefusal),
        WriteRefused,
    )
)]
pub(super) async fn review_refusal(
    cx: Ctx,
    PathId(id): PathId<RefusalId>,
    version: IfMatch,
    Valid(said): Valid<ReviewRefusal>,
) -> Result<Reply<Changed<FieldRefusal>>, Problem> {
    cx.visible(Action::ValidateTask)?;
    cx.write(async |tx| {
        let mut refusal = refusals::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
        cx.sees(Action::ValidateTask, &Target::site(refusal.project_id, refusal.site_id))?;
        version.check(&refusal)?;
        refusal.version += 1;
        refusal.review = Some(RefusalReview { by: cx.caller.user, at: tx.now(), note: said.note });
        refusals::review(tx, &refusal).await?;
        tx.emit(&news(&refusal, RefusalChange::Reviewed));
        Ok::<_, Problem>(Changed(refusal))
    })
    .await
}

/// Lists the refused calls of the phones that nobody has dealt with, for who answers for the site's
/// work.
#[utoipa::path(
    get, path = "/v1/field/refusals", tag = "planning", security(("bearer" = [])),
    params(RefusalParams, PageParams),
    responses(
        (status = 200, description = "A page of refused calls", body = Page<FieldRefusal>),
        ReadRefused,
    )
)]
pub(super) async fn list_refusals(
    cx: Ctx,
    Listed(asked, page): Listed<RefusalParams>,
) -> Result<axum::Json<Page<FieldRefusal>>, Problem> {
    let seen = cx.visible(Action::ValidateTask)?;
    let filter = Filter {
        site: asked.site_id,
        worker: asked.worker_id,
        reviewed: asked.reviewed,
        after: page.after()?,
        limit: page.limit + 1,
    };
    let rows = refusals::list(&mut *cx.db().await?, &seen, &filter).await?;
    Ok(axum::Json(Page::of(rows, page.limit, |refusal| refusal.id)))
}
