//! `/v1/risks`.

use auth::Action;
use axum::Json;
use contracts::{RiskCategory, RiskChange, RiskStatus};
use kernel::{ProjectId, RiskId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Changed, Created, Ctx, Found, IfMatch, Listed, MatchHeader, Page, PageParams, Params,
    PathId, Problem, ReadRefused, Reply, Valid, WriteHeaders, WriteRefused,
};

use super::model::{HeatMap, NewRisk, Risk, RiskEntry, RiskPatch, RiskReview};
use super::{events, store};
use crate::{projects, steering};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_risks, report_risk))
        .routes(routes!(read_risk, change_risk))
        .routes(routes!(review_risk))
        .routes(routes!(read_risk_history))
        .routes(routes!(read_risk_heat_map))
}

/// Which risks to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RiskFilter {
    /// Only those of this project.
    pub project_id: Option<ProjectId>,
    /// Only those that stand so.
    pub status: Option<RiskStatus>,
    /// Only those that come from there.
    pub category: Option<RiskCategory>,
    /// Only those with this score or more.
    #[validate(range(min = 1, max = 25))]
    #[param(minimum = 1, maximum = 25)]
    pub min_score: Option<i16>,
}

/// Which risks to lay on the heat map.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct HeatParams {
    /// Only those of this project.
    pub project_id: Option<ProjectId>,
    /// Those that stand so; the open ones unless said otherwise.
    #[serde(default = "HeatParams::open")]
    #[param(default = "open")]
    pub status: RiskStatus,
}

impl HeatParams {
    fn open() -> RiskStatus {
        RiskStatus::Open
    }
}

/// List the risks of the projects the caller sees
///
/// Oldest first. A site lead sees those of the projects of the own sites.
#[utoipa::path(
    get, path = "/v1/risks", tag = "projects", params(RiskFilter, PageParams),
    responses((status = 200, description = "A page of risks", body = Page<Risk>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_risks(
    cx: Ctx,
    Listed(filter, page): Listed<RiskFilter>,
) -> Result<Json<Page<Risk>>, Problem> {
    cx.visible(Action::ReadRisk)?;
    let mut db = cx.db().await?;
    let seen = projects::reached(&cx, &mut db, Action::ReadRisk).await?;
    let rows = store::list(&mut db, &seen, &filter, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |risk| risk.id)))
}

/// Report a risk
///
/// For who manages the project's risks, and for the leads of its sites.
#[utoipa::path(
    post, path = "/v1/risks", tag = "projects", params(WriteHeaders),
    request_body(content = NewRisk, description = "The risk"),
    responses((status = 201, description = "The risk as it was reported", body = Risk), WriteRefused),
    security(("bearer" = []))
)]
async fn report_risk(cx: Ctx, Valid(new): Valid<NewRisk>) -> Result<Reply<Created<Risk>>, Problem> {
    cx.visible(Action::ReportRisk)?;
    cx.write(async |tx| {
        projects::sees(&cx, tx, new.project_id).await?;
        sees(&cx, tx, Action::ReportRisk, new.project_id).await?;
        store::person_exists(tx, new.owner_id).await?;
        let risk = Risk::report(new, cx.caller.user, cx.acted_at());
        store::insert(tx, &risk).await?;
        let (by, at) = (cx.caller.user, cx.acted_at());
        let entry = RiskEntry::of(&risk, None, RiskChange::Reported, by, at);
        store::keep(tx, risk.id, &entry).await?;
        tx.emit_about(&events::changed(&risk, RiskChange::Reported), &risk);
        Ok::<_, Problem>(Created(format!("/v1/risks/{}", risk.id), risk))
    })
    .await
}

/// Read a risk
#[utoipa::path(
    get, path = "/v1/risks/{id}", tag = "projects",
    params(("id" = RiskId, Path, description = "The risk")),
    responses((status = 200, description = "The risk", body = Risk), ReadRefused),
    security(("bearer" = []))
)]
async fn read_risk(cx: Ctx, PathId(id): PathId<RiskId>) -> Result<Found<Risk>, Problem> {
    let mut db = cx.db().await?;
    let risk = store::find(&mut db, id).await?;
    sees(&cx, &mut db, Action::ReadRisk, risk.project_id).await?;
    Ok(Found(risk))
}

/// Change a risk
///
/// What is absent stays, `null` clears.
#[utoipa::path(
    patch, path = "/v1/risks/{id}", tag = "projects",
    params(("id" = RiskId, Path, description = "The risk"), MatchHeader, WriteHeaders),
    request_body(content = RiskPatch, description = "What changes"),
    responses((status = 200, description = "The risk as it is now", body = Risk), WriteRefused),
    security(("bearer" = []))
)]
async fn change_risk(
    cx: Ctx,
    PathId(id): PathId<RiskId>,
    expected: IfMatch,
    Valid(patch): Valid<RiskPatch>,
) -> Result<Reply<Changed<Risk>>, Problem> {
    cx.write(async |tx| {
        let before = for_change(&cx, tx, id).await?;
        expected.check(&before)?;
        store::person_exists(tx, patch.owner_id.flatten()).await?;
        let risk = before.clone().change(patch);
        store::update(tx, &risk).await?;
        let (by, at) = (cx.caller.user, cx.acted_at());
        let entry = RiskEntry::of(&risk, Some(&before), RiskChange::Updated, by, at);
        store::keep(tx, id, &entry).await?;
        tx.emit_about(&events::changed(&risk, RiskChange::Updated), &risk);
        Ok::<_, Problem>(Changed(risk))
    })
    .await
}

/// Review a risk
///
/// Judges it anew, at an open meeting of its project's steering or between two. A meeting reviews
/// a risk once.
#[utoipa::path(
    post, path = "/v1/risks/{id}/reviews", tag = "projects",
    params(("id" = RiskId, Path, description = "The risk"), MatchHeader, WriteHeaders),
    request_body(content = RiskReview, description = "How it is judged now"),
    responses((status = 200, description = "The risk as it is now", body = Risk), WriteRefused),
    security(("bearer" = []))
)]
async fn review_risk(
    cx: Ctx,
    PathId(id): PathId<RiskId>,
    expected: IfMatch,
    Valid(review): Valid<RiskReview>,
) -> Result<Reply<Changed<Risk>>, Problem> {
    cx.write(async |tx| {
        let before = for_change(&cx, tx, id).await?;
        expected.check(&before)?;
        if let Some(meeting) = review.meeting_id {
            steering::hold_open(tx, meeting, before.project_id).await?;
        }
        let risk = before.clone().review(&review);
        store::update(tx, &risk).await?;
        let (by, at) = (cx.caller.user, cx.acted_at());
        let entry = RiskEntry::of(&risk, Some(&before), RiskChange::Reviewed, by, at).with(review);
        store::keep(tx, id, &entry).await?;
        tx.emit_about(&events::changed(&risk, RiskChange::Reviewed), &entry);
        Ok::<_, Problem>(Changed(risk))
    })
    .await
}

/// Read how a risk was judged over time
///
/// Every version it had, the oldest first.
#[utoipa::path(
    get, path = "/v1/risks/{id}/history", tag = "projects",
    params(("id" = RiskId, Path, description = "The risk"), PageParams),
    responses(
        (status = 200, description = "A page of its history", body = Page<RiskEntry>), ReadRefused,
    ),
    security(("bearer" = []))
)]
async fn read_risk_history(
    cx: Ctx,
    PathId(id): PathId<RiskId>,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<RiskEntry>>, Problem> {
    let mut db = cx.db().await?;
    let risk = store::find(&mut db, id).await?;
    sees(&cx, &mut db, Action::ReadRisk, risk.project_id).await?;
    let rows = store::history(&mut db, id, page.after()?, page.limit).await?;
    Ok(Json(Page::of(rows, page.limit, |entry| entry.version)))
}

/// Read the heat map of the risks the caller sees
///
/// The 25 cells of probability by impact, with the risks in each.
#[utoipa::path(
    get, path = "/v1/risks/heat-map", tag = "projects", params(HeatParams),
    responses((status = 200, description = "The map", body = HeatMap), ReadRefused),
    security(("bearer" = []))
)]
async fn read_risk_heat_map(
    cx: Ctx,
    Params(params): Params<HeatParams>,
) -> Result<Json<HeatMap>, Problem> {
    cx.visible(Action::ReadRisk)?;
    let mut db = cx.db().await?;
    let seen = projects::reached(&cx, &mut db, Action::ReadRisk).await?;
    if let Some(project) = params.project_id {
        projects::sees(&cx, &mut db, project).await?;
        sees(&cx, &mut db, Action::ReadRisk, project).await?;
    }
    Ok(Json(HeatMap::of(&store::heat(&mut db, &seen, &params).await?)))
}

/// 404 unless `action`, which also the lead of a single site has, reaches the project.
async fn sees(
    cx: &Ctx,
    db: &mut sqlx::PgConnection,
    action: Action,
    project: ProjectId,
) -> Result<(), Problem> {
    let reached = projects::reached(cx, db, action).await?;
    if reached.covers(&auth::Target::project(project)) { Ok(()) } else { Err(Problem::not_found()) }
}

/// The risk, held; 404 unless seen, 403 unless it may be changed.
async fn for_change(cx: &Ctx, tx: &mut sqlx::PgConnection, id: RiskId) -> Result<Risk, Problem> {
    let risk = store::lock(tx, id).await?;
    projects::guard_by(cx, tx, Action::ReadRisk, Action::ManageRisk, risk.project_id).await?;
    Ok(risk)
}
