use std::io::Cursor;

use auth::{Action, Target};
use axum::body::{Body, Bytes, to_bytes};
use chrono::Datelike;
use chrono_tz::Tz;
use contracts::PlanChange;
use http::StatusCode;
use interchange::csv::Base;
use interchange::{Document, Fault, Limits, Settings};
use kernel::{CalendarId, ProjectId, SiteId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;
use web::{Changed, Ctx, Params, Problem, ProblemBody, Reply, Versioned, WriteRefused};

use crate::error::Error;
use crate::schedule::model::Extent;
use crate::schedule::model::calendar::usual;
use crate::schedule::model::import::{Incoming, Place, incoming};
use crate::schedule::model::wall::Wall;
use crate::schedule::{self, Ask, carry_out, store};
use crate::service_levels;
use crate::tasks;

/// The largest file that is read.
const LARGEST: usize = 32 << 20;

/// What is read: far above what people plan by hand, bounded by what one write can hold.
const LIMITS: Limits = Limits {
    bytes: LARGEST as u64,
    depth: 32,
    text: 64 << 10,
    tasks: 20_000,
    links: 60_000,
    calendars: 200,
    exceptions: 20_000,
    resources: 20_000,
    assignments: 100_000,
    findings: 100,
};

/// A file's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PlanFileFormat)]
pub enum Format {
    /// Microsoft Project XML.
    Mspdi,
    /// Primavera XER.
    Xer,
    /// A table with a line of titles.
    Csv,
}

/// Where a file goes.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ImportPlan {
    /// The site that its tasks are done on; its project's plan takes them.
    pub site_id: SiteId,
    /// The file's format.
    #[param(inline)]
    pub format: Format,
}

/// What was read from a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanImported {
    /// The project.
    pub project_id: ProjectId,
    /// The version of the plan that was reached.
    pub plan_version: i64,
    /// How many tasks were made, summaries included.
    pub tasks: usize,
    /// How many links.
    pub links: usize,
    /// How many calendars.
    pub calendars: usize,
    /// What the file said and a plan cannot.
    pub remarks: Vec<FileRemark>,
}

impl Versioned for PlanImported {
    fn version(&self) -> i64 {
        self.plan_version
    }
}

/// Something about a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileRemark {
    /// The line, from 1.
    pub line: Option<u64>,
    /// The column in characters, from 1; in tables the field's number.
    pub column: Option<u64>,
    /// What stands there.
    pub what: String,
    /// A word for programs.
    pub code: String,
    /// A sentence for people.
    pub reason: String,
}

impl FileRemark {
    fn of(finding: &interchange::Finding) -> Self {
        Self {
            line: finding.place.line,
            column: finding.place.column,
            what: finding.place.what.clone(),
            code: finding.code.to_owned(),
            reason: finding.reason.get(web::current_lang()).to_owned(),
        }
    }
}

/// Read a plan from a file.
///
/// The body is the file, up to 32 MiB: Microsoft Project XML (MSPDI), Primavera XER or CSV. All of
/// it becomes part of the plan, or nothing: then `findings` say where the file is wrong and why.
#[utoipa::path(
    post, path = "/v1/schedule/imports", tag = "planning", security(("bearer" = [])),
    params(ImportPlan),
    request_body(content = String, content_type = "application/octet-stream",
                 description = "The file"),
    responses(
        (status = 200, description = "What was read", body = PlanImported),
        WriteRefused,
        (status = 409, description = "What is planned already cannot go with it",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The file is too large",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The file is wrong (`findings`: line, column, reason)",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn import_plan(
    cx: Ctx,
    Params(to): Params<ImportPlan>,
    body: Body,
) -> Result<Reply<Changed<PlanImported>>, Problem> {
    let mut conn = cx.db().await?;
    let site = tasks::store::site(&mut conn, to.site_id).await?;
    let (project, zone) = site.ok_or_else(Problem::not_found)?;
    let target = Target::site(project, to.site_id);
    cx.guard(Action::ReadProject, Action::PlanTask, &target)?;
    let (now, format) = (cx.now(), to.format);
    let zone = zone.parse().unwrap_or(Tz::UTC);
    let (base, known) = base(&mut conn, project, zone, now).await?;
    drop(conn);
    let bytes = to_bytes(body, LARGEST).await.map_err(|_| too_large())?;
    let read = tokio::task::spawn_blocking(move || read(format, bytes, &base));
    let document = read.await.map_err(Problem::internal)?.map_err(|fault| refused(&fault))?;
    let known = if format == Format::Csv { known } else { Vec::new() };
    let place = Place { project, site: to.site_id, zone, known: &known };
    let incoming = incoming(&document, &place, now).map_err(|fault| refused(&fault))?;
    take(&cx, &document, &incoming, format, project, cx.actor, now).await
}

async fn take(
    cx: &Ctx,
    document: &Document,
    incoming: &Incoming,
    format: Format,
    project: ProjectId,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<Reply<Changed<PlanImported>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        let mut ask = Ask::new("import", project, by, now);
        ask.extent = Extent::Change;
        ask.edit = json!({"kind": "import", "format": format, "name": document.name,
                          "tasks": incoming.items.len()});
        store::links::lock_project(tx, project).await?;
        for calendar in &incoming.calendars {
            store::calendars::save(tx, calendar).await?;
        }
        let made = carry_out(tx, &ask, |book| {
            let first = book.items.is_empty() && book.frame.version == 0;
            book.items.extend(incoming.items.iter().cloned());
            if first {
                book.frame.starts_at = incoming.starts_at;
            } else {
                incoming.begin(book);
            }
            book.items.sort_by_key(|item| item.id);
            book.links.extend(incoming.links.iter().cloned());
            Ok(())
        })
        .await?;
        store::tasks::describe(tx, &incoming.notes).await?;
        schedule::tell(tx, &made, PlanChange::Imported, &ask.edit).await?;
        let tasks: Vec<_> = incoming.items.iter().map(|item| item.id).collect();
        service_levels::of_tasks(tx, &tasks).await?;
        Ok(Changed(PlanImported {
            project_id: project,
            plan_version: made.version,
            tasks: incoming.items.len(),
            links: incoming.links.len(),
            calendars: incoming.calendars.len(),
            remarks: document.remarks.iter().map(FileRemark::of).collect(),
        }))
    })
    .await
}

/// What a table is read against: the project's calendars, its own first, or where it has none the
/// usual week. The ids of those that are there stand beside.
async fn base(
    conn: &mut PgConnection,
    project: ProjectId,
    zone: Tz,
    now: Timestamp,
) -> Result<(Base, Vec<CalendarId>), Problem> {
    let frame = store::plan::frame(conn, project, now).await?;
    let mut calendars = store::calendars::of_project(conn, project).await?;
    calendars.sort_by_key(|c| (Some(c.id) != frame.calendar_id, c.id));
    let start = Wall(zone).at(frame.starts_at);
    let known = calendars.iter().map(|c| c.id).collect();
    let mut calendars: Vec<_> = calendars.iter().map(|c| c.engine(start.year())).collect();
    if calendars.is_empty() {
        calendars.push(usual());
    }
    let settings = Settings::default();
    Ok((Base { name: String::new(), start, settings, calendars, calendar: 0 }, known))
}

fn read(format: Format, bytes: Bytes, base: &Base) -> Result<Document, Fault> {
    let file = Cursor::new(bytes);
    match format {
        Format::Mspdi => interchange::mspdi::read(file, &LIMITS),
        Format::Xer => interchange::xer::read(file, &LIMITS),
        Format::Csv => interchange::csv::read_tasks(file, base, &LIMITS),
    }
}

fn refused(fault: &Fault) -> Problem {
    let findings: Vec<_> = fault.findings.iter().map(FileRemark::of).collect();
    let first = fault.findings.first().map(ToString::to_string).unwrap_or_default();
    let first_fr = findings.first().map(|f| f.reason.clone()).unwrap_or_default();
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "file-refused",
        "Le fichier contient des erreurs ; rien n'a été importé",
        "The file has errors; nothing was imported",
    )
    .detail(first_fr, first)
    .with("findings", findings)
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
        "Le fichier dépasse 32 Mio",
        "The file is larger than 32 MiB",
    )
}
