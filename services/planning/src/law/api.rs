//! Reading the rules, recording the firm's agreement, asking what a plan would break.

use auth::{Action, Target};
use axum::Json;
use chrono::{DateTime, Utc};
use contracts::{AgreementChange, AgreementChanged};
use kernel::{AgreementId, SiteId, TaskId, WorkerId};
use labour::{AgreedBand, AgreedLimit, Agreement, Span};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Ctx, Found, IfMatch, MatchHeader, Problem, ProblemBody, ReadRefused, Reply,
    Valid, WriteHeaders, WriteRefused,
};

use super::model::{BreachView, RulesView};
use super::store::{self, Agreed};
use super::{Asked, breaches_of};
use crate::error::{Error, TimeError};
use crate::field;

/// The room's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_labour_rules, set_labour_agreement))
        .routes(routes!(check_labour))
}

/// Read the rules of working time that count for the firm.
///
/// Those of its country, each with its article, as its collective agreement leaves them. The
/// version is the agreement's.
#[utoipa::path(
    get, path = "/v1/labour/rules", tag = "planning", security(("bearer" = [])),
    responses(
        (status = 200, description = "The rules", body = RulesView),
        ReadRefused,
    ))]
async fn read_labour_rules(cx: Ctx) -> Result<Found<RulesView>, Problem> {
    cx.visible(Action::ReadLabour)?;
    let mut conn = cx.db().await?;
    let agreed = store::agreement(&mut conn).await?;
    Ok(Found(view(&cx.tenant.country, agreed)?))
}

fn view(country: &str, agreed: Option<Agreed>) -> Result<RulesView, Error> {
    let version = agreed.as_ref().map_or(0, |agreed| agreed.version);
    let agreement = agreed.map(|agreed| agreed.agreement);
    let rules = labour::law(country).map(|law| match &agreement {
        Some(agreement) => law.with(agreement),
        None => Ok(law.rules()),
    });
    Ok(RulesView::of(country, rules.transpose()?, agreement, version))
}

/// A limit that the agreement sets.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AgreedLimit)]
pub struct NewLimit {
    /// The rule's code, as `GET /v1/labour/rules` names it.
    #[validate(length(min = 1, max = 40), custom(function = web::check::code))]
    #[schema(min_length = 1, max_length = 40)]
    rule: String,
    /// The limit, in the rule's unit.
    #[validate(range(max = 10_080))]
    #[schema(maximum = 10_080)]
    limit: u32,
}

/// A step of overtime that the agreement sets.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AgreedOvertime)]
pub struct NewBand {
    /// To so many minutes of overtime in the week; the last step has no end.
    #[validate(range(min = 1, max = 10_080))]
    #[schema(minimum = 1, maximum = 10_080)]
    to: Option<u32>,
    /// Per cent added to the wage.
    #[validate(range(max = 1_000))]
    #[schema(maximum = 1_000)]
    percent: u16,
}

/// A collective agreement on working time.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LabourAgreement)]
pub struct NewAgreement {
    /// What it is called.
    #[validate(length(min = 1, max = 200), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// The limits it sets; the law's stay for all others.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[schema(max_items = 50)]
    limits: Vec<NewLimit>,
    /// The steps of overtime it sets, in place of the law's.
    #[serde(default)]
    #[validate(length(max = 10), nested)]
    #[schema(max_items = 10)]
    overtime: Vec<NewBand>,
}

impl From<NewAgreement> for Agreement {
    fn from(new: NewAgreement) -> Self {
        let limit = |l: NewLimit| AgreedLimit { rule: l.rule, limit: l.limit };
        let band = |b: NewBand| AgreedBand { to: b.to, percent: b.percent };
        Self {
            name: new.name,
            limits: new.limits.into_iter().map(limit).collect(),
            overtime: new.overtime.into_iter().map(band).collect(),
        }
    }
}

/// Record the firm's collective agreement.
///
/// It may be stricter than the law wherever it likes; wider only where the law lets an agreement
/// be, and no further. `If-Match` takes the version of `GET /v1/labour/rules`, 0 where none is
/// recorded.
#[utoipa::path(
    put, path = "/v1/labour/rules", tag = "planning", security(("bearer" = [])),
    params(MatchHeader, WriteHeaders),
    request_body = NewAgreement,
    responses(
        (status = 200, description = "The rules as they are now", body = RulesView),
        WriteRefused,
        (status = 409, description = "The law of the firm's country is not known",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Beyond what the law lets an agreement set (the article is \
            named), or invalid values",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn set_labour_agreement(
    cx: Ctx,
    version: IfMatch,
    Valid(new): Valid<NewAgreement>,
) -> Result<Reply<Changed<RulesView>>, Problem> {
    cx.may(Action::ManageLabour, &Target::tenant())?;
    let country = cx.tenant.country.clone();
    let agreement = Agreement::from(new);
    cx.write(async |tx| -> Result<_, Error> {
        store::lock(tx).await?;
        let before = store::agreement(tx).await?;
        let (id, last) = match &before {
            Some(agreed) => (agreed.id, agreed.version),
            None => (AgreementId::new(), 0),
        };
        version.check(&view(&country, before)?)?;
        let law = labour::law(&country).ok_or_else(|| TimeError::UnknownLaw(country.clone()))?;
        law.with(&agreement)?;
        let agreed = Agreed { id, agreement, version: last + 1 };
        let now = tx.now();
        store::set(tx, &agreed, cx.caller.user, now).await?;
        let event = AgreementChanged {
            agreement: id,
            version: agreed.version,
            change: AgreementChange::Set,
        };
        tx.emit_about(&event, &agreed.agreement);
        Ok(Changed(view(&country, Some(agreed))?))
    })
    .await
}

/// Work from an instant to another.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LabourSpan)]
pub struct NewSpan {
    /// When it starts.
    #[validate(custom(function = web::check::instant))]
    from: DateTime<Utc>,
    /// When it ends.
    #[validate(custom(function = web::check::instant))]
    to: DateTime<Utc>,
}

/// A plan that is asked about.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LabourQuestion)]
pub struct Question {
    /// Who would work.
    worker_id: WorkerId,
    /// On which site: its zone's days and weeks are judged.
    site_id: SiteId,
    /// When, beside what the worker has worked and is planned for.
    #[validate(length(min = 1, max = 50), nested)]
    #[schema(min_items = 1, max_items = 50)]
    spans: Vec<NewSpan>,
    /// Tasks in whose place the spans stand.
    #[serde(default)]
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    without: Vec<TaskId>,
}

/// What the law says against a plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LabourAnswer)]
pub struct Answered {
    /// Whether the law of the firm's country is known; where it is not, nothing was checked.
    known: bool,
    /// The limits that would not be kept, in the order of time.
    breaches: Vec<BreachView>,
}

/// Ask what the law says against a plan.
///
/// Judges what the worker has worked and is planned for together with these spans. Nothing is
/// changed.
#[utoipa::path(
    post, path = "/v1/labour/check", tag = "planning", security(("bearer" = [])),
    request_body = Question,
    responses(
        (status = 200, description = "What would not be kept", body = Answered),
        WriteRefused,
        (status = 422, description = "A span ends before it starts, or lasts more than a week",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn check_labour(
    cx: Ctx,
    Valid(question): Valid<Question>,
) -> Result<Json<Answered>, Problem> {
    cx.visible(Action::AssignTask)?;
    let mut conn = cx.db().await?;
    let site = field::site(&mut conn, question.site_id).await?.ok_or_else(Problem::not_found)?;
    cx.guard(Action::ReadTask, Action::AssignTask, &site.target())?;
    if !crate::timeclock::is_active(&mut conn, question.worker_id).await? {
        return Err(Problem::not_found());
    }
    let spans = question.spans.iter().map(|span| Span::new(span.from, span.to));
    let (worker, zone, without) = (question.worker_id, site.zone, question.without);
    let asked = Asked { worker, zone, extra: spans.collect(), without };
    for span in &asked.extra {
        if span.from >= span.to {
            return Err(Error::from(labour::Refused::EndsBeforeStart(*span)).into());
        }
    }
    let (tenant, now) = (&cx.tenant, cx.now());
    let known = super::rules(&mut conn, tenant).await?.is_some();
    let breaches = breaches_of(&mut conn, tenant, &[asked], now).await?.into_iter().flatten();
    Ok(Json(Answered { known, breaches: breaches.map(Into::into).collect() }))
}
