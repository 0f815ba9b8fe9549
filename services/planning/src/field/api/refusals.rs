//! Calls that phones made offline and that were refused when they were sent at last.

use auth::Action;
use chrono::{DateTime, Utc};
use contracts::{RefusalChange, RefusalNoted};
use kernel::{RefusalId, SiteId, WorkerId};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::IntoParams;
use validator::{Validate, ValidationError};
use web::{
    Created, Ctx, Listed, Page, PageParams, Problem, ProblemBody, ReadRefused, Reply, Valid,
    WriteHeaders, WriteRefused,
};

use crate::error::Error;
use crate::field::model::{FieldRefusal, Method};
use crate::field::store::refusals::{self, Filter};
use crate::field::{knows_site, site};

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
}

/// Tells that a call made offline was refused, so that the site lead sees what is missing.
#[utoipa::path(
    post, path = "/v1/field/refusals", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body(content = NoteRefusal, description = "The call and its problem"),
    responses(
        (status = 201, description = "Noted", body = FieldRefusal),
        WriteRefused,
        (status = 403, description = "The caller is no worker",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such site, or never a task of the worker's there",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The id is taken",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn note_refusal(
    cx: Ctx,
    Valid(new): Valid<NoteRefusal>,
) -> Result<Reply<Created<FieldRefusal>>, Problem> {
    cx.visible(Action::PullField)?;
    let worker = cx.caller.worker.ok_or(Error::NotAWorker)?;
    cx.write(async |tx| {
        tx.forget_position();
        let site = site(tx, new.site_id).await?.ok_or_else(Problem::not_found)?;
        if !knows_site(tx, worker, site.id).await? {
            return Err(Problem::not_found());
        }
        let refusal = FieldRefusal {
            id: new.id.unwrap_or_else(RefusalId::new),
            worker_id: worker,
            site_id: site.id,
            project_id: site.project_id,
            method: new.method,
            path: new.path,
            status: new.status,
            problem: new.problem,
            acted_at: new.acted_at,
            noted_at: tx.now(),
            version: 1,
        };
        refusals::insert(tx, &refusal).await?;
        let event = RefusalNoted {
            refusal: refusal.id,
            version: refusal.version,
            change: RefusalChange::Noted,
            worker,
            site: site.id,
            project: site.project_id,
            status: refusal.status,
        };
        tx.emit_about(&event, &refusal);
        Ok(Created(format!("/v1/field/refusals?worker_id={worker}"), refusal))
    })
    .await
}

/// Lists the refused calls of the phones, for who answers for the site's work.
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
        after: page.after()?,
        limit: page.limit + 1,
    };
    let rows = refusals::list(&mut *cx.db().await?, &seen, &filter).await?;
    Ok(axum::Json(Page::of(rows, page.limit, |refusal| refusal.id)))
}
