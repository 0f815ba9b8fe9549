//! What is unusual about stays, for somebody to look at.

use std::collections::HashMap;

use auth::Action;
use axum::Json;
use chrono::{Days, NaiveDate, TimeDelta};
use kernel::{SiteId, TimeEntryId, WorkerId};
use labour::{Breach, Span};
use serde::{Deserialize, Serialize};
use validator::Validate;
use web::{Ctx, Page, PageParams, Params, Problem, ReadRefused};

use crate::law::{self, BreachView};
use crate::timeclock::model::{Anomaly, TimeEntry};
use crate::timeclock::store::{self, Watched};

/// No more days are looked at in one call.
const MOST_DAYS: i64 = 31;

/// Which stays to look at.
#[derive(Debug, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AnomalyParams {
    /// On this site.
    site_id: Option<SiteId>,
    /// Of this worker.
    worker_id: Option<WorkerId>,
    /// Begun on this day of the firm's zone or later; a week ago where none is given.
    #[validate(custom(function = web::check::day))]
    from: Option<NaiveDate>,
    /// Begun on this day at the latest; today where none is given. At most 31 days.
    #[validate(custom(function = web::check::day))]
    to: Option<NaiveDate>,
    /// Those too that somebody has looked at.
    #[serde(default)]
    reviewed: bool,
    /// How many entries are looked at, at most; a page may be shorter, or empty, with more after
    /// it.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    cursor: Option<String>,
}

/// A stay with what is unusual about it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = TimeAnomalies)]
pub struct Unusual {
    /// The stay.
    pub entry: TimeEntry,
    /// What is unusual.
    pub anomalies: Vec<Anomaly>,
    /// The limits of the law that were not kept, each at the last stay it is about.
    pub breaches: Vec<BreachView>,
}

/// Lists stays about which something is unusual.
///
/// Outside of the fence, a clock that is off, a stay that is too long or has no end, and what of
/// the law of the firm's country was not kept. A press without a position is nothing unusual.
#[utoipa::path(
    get, path = "/v1/time-anomalies", tag = "planning", security(("bearer" = [])),
    params(AnomalyParams),
    responses(
        (status = 200, description = "A page of entries", body = Page<Unusual>),
        ReadRefused,
    )
)]
pub async fn list_time_anomalies(
    cx: Ctx,
    Params(asked): Params<AnomalyParams>,
) -> Result<Json<Page<Unusual>>, Problem> {
    let seen = cx.visible(Action::CorrectTime)?;
    let (now, zone) = (cx.now(), cx.tenant.zone);
    let today = now.with_timezone(&zone).date_naive();
    let to = asked.to.unwrap_or(today);
    let from = asked.from.unwrap_or(to - Days::new(7));
    if !(0..MOST_DAYS).contains(&(to - from).num_days()) {
        return Err(Problem::invalid().field("from", "range", "1 à 31 jours", "1 to 31 days"));
    }
    let span = Span::new(labour::midnight(zone, from), labour::midnight(zone, to + Days::new(1)));
    let page = PageParams { limit: asked.limit.unwrap_or(50), cursor: asked.cursor };
    let watch = Watched {
        site: asked.site_id,
        worker: asked.worker_id,
        from: span.from,
        to: span.to,
        reviewed: asked.reviewed,
        after: page.after::<TimeEntryId>()?,
        limit: page.limit + 1,
    };
    let mut conn = cx.db().await?;
    let entries = store::watched(&mut conn, &seen, &watch).await?;
    let entries = Page::of(entries, page.limit, |entry| entry.id);
    let mut workers: Vec<_> = entries.items.iter().map(|entry| entry.worker_id).collect();
    workers.sort();
    workers.dedup();
    let mut broken = law::broken_by(&mut conn, &cx.tenant, zone, &workers, span, now).await?;
    let breaches = place(&entries.items, &mut broken);
    let unusual = entries.items.into_iter().zip(breaches).filter_map(|(entry, breaches)| {
        let mut anomalies = entry.anomalies(now);
        anomalies.extend((!breaches.is_empty()).then_some(Anomaly::LawBroken));
        let breaches = breaches.into_iter().map(Into::into).collect();
        (!anomalies.is_empty()).then_some(Unusual { entry, anomalies, breaches })
    });
    Ok(Json(Page { items: unusual.collect(), next: entries.next }))
}

/// Each breach at the last of its worker's stays that it is about.
fn place(entries: &[TimeEntry], broken: &mut HashMap<WorkerId, Vec<Breach>>) -> Vec<Vec<Breach>> {
    let mut placed: Vec<Vec<Breach>> = entries.iter().map(|_| Vec::new()).collect();
    for (worker, breaches) in broken.drain() {
        for breach in breaches {
            let about = |entry: &TimeEntry| {
                let end = entry.out_at.unwrap_or(entry.in_at + TimeDelta::microseconds(1));
                entry.worker_id == worker && entry.in_at < breach.to && end > breach.from
            };
            let stays = entries.iter().enumerate().filter(|(_, entry)| about(entry));
            if let Some((at, _)) = stays.max_by_key(|(_, entry)| entry.in_at) {
                placed[at].push(breach);
            }
        }
    }
    placed
}
