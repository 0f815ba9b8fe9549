//! `/v1/imports`.

use auth::{Action, Target};
use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use contracts::ImportChange;
use kernel::ImportId;
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Created, Ctx, Found, Params, PathId, Problem, ReadRefused, WriteHeaders, WriteRefused,
};

use super::finding::{File, Findings, Report, refused};
use super::form::{self, ImportForm};
use super::model::{Import, Plan};
use super::rows::Rows;
use super::{check, decide, store};
use crate::Error;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_import)).routes(routes!(read_import))
}

/// How to import.
#[derive(Debug, Clone, Copy, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ImportParams {
    /// Only tells what the import would bring and what is wrong with it: nothing is made.
    #[serde(default)]
    #[param(default = false)]
    pub dry_run: bool,
}

/// Import projects, sites, workers and tasks
///
/// All of it or none. For who may make each kind one at a time; rows of one file may name those of
/// another (tasks name their site and project, sites their project) or what is there. What is
/// wrong comes back with file, line, column and reason: 422 with a `report`, the first 200
/// findings of all the files at once. Without workers and tasks all is there with the answer. Else
/// the services that keep these try them first, and all of it is there, or given up, within seconds:
/// reading the import tells. Send an `Idempotency-Key`: workers have no code by which a second
/// import could know them.
#[utoipa::path(
    post, path = "/v1/imports", tag = "projects", params(ImportParams, WriteHeaders),
    request_body(content = ImportForm, content_type = "multipart/form-data",
                 description = "The files, one part each"),
    responses((status = 201, description = "Accepted", body = Import),
              (status = 200, description = "What a dry run found", body = Report), WriteRefused),
    security(("bearer" = []))
)]
async fn create_import(
    cx: Ctx,
    Params(params): Params<ImportParams>,
    request: Request,
) -> Result<Response, Problem> {
    if !File::ALL.into_iter().any(|file| cx.caller.may_somewhere(file.action())) {
        return Err(Problem::forbidden());
    }
    let files = form::read(request).await?;
    for (file, _) in &files {
        allowed(&cx, *file)?;
    }
    let mut findings = Findings::default();
    let rows = Rows::read(files, cx.tenant.currency, &mut findings);
    if params.dry_run {
        let (_, report) = look(&cx, &mut *cx.db().await?, rows, findings).await?;
        return Ok(Json(report).into_response());
    }
    let made = cx
        .write(async |tx| {
            store::lock(tx).await?;
            let (plan, report) = look(&cx, tx, rows, findings).await?;
            if report.wrong > 0 {
                return Err(refused(&report));
            }
            let import = Import::accept(&plan, cx.caller.user, tx.now());
            store::insert(tx, &import).await?;
            let change = if import.waits_for_nobody() {
                let projects: Vec<_> = plan.projects.into_iter().map(|(_, p)| p).collect();
                let sites: Vec<_> = plan.sites.into_iter().map(|(_, s)| s).collect();
                decide::make(tx, &projects, &sites).await.map_err(Problem::from)?;
                ImportChange::Made
            } else {
                store::keep(tx, import.id, &plan).await?;
                ImportChange::Accepted
            };
            tx.emit_about(&import.news(change), &import);
            Ok::<_, Problem>(Created(format!("/v1/imports/{}", import.id), import))
        })
        .await?;
    Ok(made.into_response())
}

/// Read an import
///
/// For who made it, and for who manages all projects.
#[utoipa::path(
    get, path = "/v1/imports/{id}", tag = "projects",
    params(("id" = ImportId, Path, description = "The import")),
    responses((status = 200, description = "The import", body = Import), ReadRefused),
    security(("bearer" = []))
)]
async fn read_import(cx: Ctx, PathId(id): PathId<ImportId>) -> Result<Found<Import>, Problem> {
    let import = store::find(&mut *cx.db().await?, id).await?;
    if import.by != cx.caller.user {
        cx.sees(Action::ManageProject, &Target::tenant())?;
    }
    Ok(Found(import))
}

/// 403 unless the caller makes things of this kind one at a time.
fn allowed(cx: &Ctx, file: File) -> Result<(), Problem> {
    match file {
        // What belongs to no project is in no narrower scope than the firm.
        File::Projects | File::Workers => cx.may(file.action(), &Target::tenant()),
        File::Sites | File::Tasks => cx.visible(file.action()).map(|_| ()),
    }
}

/// What the rows stand for, and what is wrong with them.
async fn look(
    cx: &Ctx,
    db: &mut PgConnection,
    rows: Rows,
    mut findings: Findings,
) -> Result<(Plan, Report), Error> {
    let counts = (rows.projects.len(), rows.sites.len(), rows.workers.len(), rows.tasks.len());
    let known = store::known(db, &rows).await?;
    let plan = check::resolve(cx, rows, known, &mut findings);
    let (projects, sites, workers, tasks) = counts;
    let wrong = findings.count();
    let report = Report { projects, sites, workers, tasks, wrong, findings: findings.into_told() };
    Ok((plan, report))
}
