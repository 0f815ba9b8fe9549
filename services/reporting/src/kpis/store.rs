//! The SQL of the figures: a few grouped queries over the facts. What all of them ask alike, who
//! sees which place and what lies on a day, is said once, by `reporting.in_view`,
//! `reporting.on_day` and `reporting.during_day`.

use std::collections::BTreeMap;

use auth::Visibility;
use chrono::NaiveDate;
use kernel::{ProjectId, SiteId, Timestamp};
use sqlx::{Error, PgConnection};

use super::model::{Figures, SiteFigures};

/// A checked statement that begins its parameters with what a [`Lens`] sees and asks for: `$1` to
/// `$6`, as `reporting.in_view` takes them.
macro_rules! within {
    ($lens:ident, $sql:literal $(, $more:expr)* $(,)?) => {
        sqlx::query!(
            $sql,
            $lens.visible.all,
            &$lens.visible.projects as &[kernel::ProjectId],
            &$lens.visible.sites as &[kernel::SiteId],
            &$lens.visible.workers as &[kernel::WorkerId],
            $lens.project as Option<kernel::ProjectId>,
            $lens.site as Option<kernel::SiteId>
            $(, $more)*
        )
    };
}

mod incidents;
mod milestones;
mod proofs;
mod service_levels;
mod work;

pub use self::milestones::milestones;

/// What is counted.
#[derive(Debug, Clone)]
pub struct Lens {
    /// What the caller may see.
    pub visible: Visibility,
    /// Of this project only.
    pub project: Option<ProjectId>,
    /// Of this site only.
    pub site: Option<SiteId>,
    /// Of this day only, in the site's own zone.
    pub day: Option<NaiveDate>,
    /// The firm's zone, for a site whose own is not known yet.
    pub zone: String,
    /// The present time.
    pub now: Timestamp,
}

/// How fresh the facts are: the newest event's time, and how long it took to arrive.
pub async fn freshness(conn: &mut PgConnection) -> Result<(Option<Timestamp>, Option<i64>), Error> {
    let head =
        sqlx::query!("select as_of, taken_at from reporting.feed_head").fetch_one(conn).await?;
    let lag =
        head.taken_at.zip(head.as_of).map(|(taken, at)| (taken - at).num_milliseconds().max(0));
    Ok((head.as_of, lag))
}

/// The figures of every site in view.
pub async fn sites(conn: &mut PgConnection, lens: &Lens) -> Result<Vec<SiteFigures>, Error> {
    let mut sites = known_sites(conn, lens).await?;
    work::tasks(conn, lens, &mut sites).await?;
    work::hours(conn, lens, &mut sites).await?;
    work::checklists(conn, lens, &mut sites).await?;
    incidents::open(conn, lens, &mut sites).await?;
    service_levels::count(conn, lens, &mut sites).await?;
    proofs::photos(conn, lens, &mut sites).await?;
    proofs::signatures(conn, lens, &mut sites).await?;
    Ok(sites
        .into_iter()
        .map(|(site_id, mut site)| {
            site.1.settle();
            SiteFigures { site_id, project_id: site.0, figures: site.1 }
        })
        .collect())
}

type Sites = BTreeMap<SiteId, (Option<ProjectId>, Figures)>;

/// Sites in view, also those where nothing has happened yet.
async fn known_sites(conn: &mut PgConnection, lens: &Lens) -> Result<Sites, Error> {
    let rows = within!(
        lens,
        r#"select id as "id: SiteId", project_id as "project: ProjectId"
           from reporting.site_fact
           where reporting.in_view(project_id, id, null, $1, $2, $3, $4, $5, $6)"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, (Some(r.project), Figures::default()))).collect())
}

fn of(sites: &mut Sites, site: SiteId, project: ProjectId) -> &mut Figures {
    let entry = sites.entry(site).or_default();
    entry.0.get_or_insert(project);
    &mut entry.1
}
