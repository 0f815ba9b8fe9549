//! The SQL of reports.

use auth::Visibility;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Lang, ProjectId, ReportId, SiteId, Timestamp, UserId};
use sqlx::{Error, PgConnection};

use super::model::{Report, ReportFormat, ReportKind, ReportState, lang_word};

/// The project of a site, if there is such a site.
pub async fn project_of(conn: &mut PgConnection, site: SiteId) -> Result<Option<ProjectId>, Error> {
    sqlx::query_scalar!(
        r#"select project_id as "project!: ProjectId" from projects_pub.site where id = $1"#,
        site as SiteId
    )
    .fetch_optional(conn)
    .await
}

/// Keeps a new report.
pub async fn insert(tx: &mut PgConnection, report: &Report) -> Result<(), Error> {
    sqlx::query!(
        "insert into reporting.report
             (id, version, kind, site_id, project_id, day, format, lang, state, requested_by,
              requested_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        report.id as ReportId,
        report.version,
        report.kind.as_str(),
        report.site_id as SiteId,
        report.project_id as ProjectId,
        report.day,
        report.format.as_str(),
        lang_word(report.lang),
        report.state.as_str(),
        report.requested_by as Option<UserId>,
        report.requested_at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A file that was made for a report.
#[derive(Debug, Clone)]
pub struct Made {
    /// Where it is kept.
    pub blob_key: String,
    /// Its length in bytes.
    pub size: i64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// The SHA-256 of what the report says.
    pub seal: [u8; 32],
}

/// Ends the making of a report: with its file, or in vain. Answers the report as it is now; none
/// where it was ended before.
pub async fn end(
    tx: &mut PgConnection,
    id: ReportId,
    made: Option<&Made>,
    now: Timestamp,
) -> Result<Option<Report>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"update reporting.report
           set state = case when $2::text is null then 'failed' else 'ready' end,
               blob_key = $2, size = $3, sha256 = $4, seal = $5,
               made_at = case when $2::text is null then null else $6::timestamptz end,
               version = version + 1
           where id = $1 and state = 'requested'
           returning id as "id: ReportId", version, kind, site_id as "site_id: SiteId",
               project_id as "project_id: ProjectId", day, format, lang, state,
               requested_by as "requested_by: UserId", requested_at, made_at, blob_key, size,
               sha256, seal"#,
        id as ReportId,
        made.map(|m| m.blob_key.as_str()),
        made.map(|m| m.size),
        made.map(|m| &m.sha256[..]),
        made.map(|m| &m.seal[..]),
        now
    )
    .fetch_optional(tx)
    .await?;
    row.map(Report::try_from).transpose()
}

struct Row {
    id: ReportId,
    version: i64,
    kind: String,
    site_id: SiteId,
    project_id: ProjectId,
    day: NaiveDate,
    format: String,
    lang: String,
    state: String,
    requested_by: Option<UserId>,
    requested_at: DateTime<Utc>,
    made_at: Option<DateTime<Utc>>,
    blob_key: Option<String>,
    size: Option<i64>,
    sha256: Option<Vec<u8>>,
    seal: Option<Vec<u8>>,
}

impl TryFrom<Row> for Report {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self, Error> {
        let decode = |word: String| Error::Decode(word.into());
        Ok(Self {
            id: row.id,
            version: row.version,
            kind: ReportKind::try_from(row.kind).map_err(decode)?,
            site_id: row.site_id,
            project_id: row.project_id,
            day: row.day,
            format: ReportFormat::try_from(row.format).map_err(decode)?,
            lang: if row.lang == "en" { Lang::En } else { Lang::Fr },
            state: ReportState::try_from(row.state).map_err(decode)?,
            requested_by: row.requested_by,
            requested_at: row.requested_at,
            made_at: row.made_at,
            size: row.size,
            sha256: row.sha256.map(hex::encode),
            seal: row.seal.map(hex::encode),
            blob_key: row.blob_key,
        })
    }
}

/// One report.
pub async fn find(conn: &mut PgConnection, id: ReportId) -> Result<Option<Report>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select id as "id: ReportId", version, kind, site_id as "site_id: SiteId",
                  project_id as "project_id: ProjectId", day, format, lang, state,
                  requested_by as "requested_by: UserId", requested_at, made_at, blob_key, size,
                  sha256, seal
           from reporting.report where id = $1"#,
        id as ReportId
    )
    .fetch_optional(conn)
    .await?;
    row.map(Report::try_from).transpose()
}

/// What a list of reports is narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What the caller may see.
    pub visible: Visibility,
    /// Of this site only.
    pub site: Option<SiteId>,
    /// Of this day only.
    pub day: Option<NaiveDate>,
}

/// Reports, those with the highest id first, below `before`.
pub async fn list(
    conn: &mut PgConnection,
    filter: &Filter,
    before: Option<ReportId>,
    limit: i64,
) -> Result<Vec<Report>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id: ReportId", version, kind, site_id as "site_id: SiteId",
                  project_id as "project_id: ProjectId", day, format, lang, state,
                  requested_by as "requested_by: UserId", requested_at, made_at, blob_key, size,
                  sha256, seal
           from reporting.report
           where ($1 or project_id = any($2) or site_id = any($3))
             and ($4::uuid is null or site_id = $4) and ($5::date is null or day = $5)
             and ($6::uuid is null or id < $6)
           order by id desc limit $7"#,
        filter.visible.all,
        &filter.visible.projects as &[ProjectId],
        &filter.visible.sites as &[SiteId],
        filter.site as Option<SiteId>,
        filter.day,
        before as Option<ReportId>,
        limit + 1
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Report::try_from).collect()
}
