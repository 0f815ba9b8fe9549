//! `GET /v1/live`: the feed as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use auth::Action;
use axum::Extension;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt};
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{App, Ctx, Problem, ReadRefused};

use super::live::Live;
use super::model::{Entry, Sight};
use super::store;
use crate::error::Error;

/// A silent stream says this often that it still is there.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How soon a client comes back after an end.
const RETRY: Duration = Duration::from_secs(1);

/// The routes of the feed.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(follow_live))
}

/// Follow what happens, as server-sent events.
///
/// Each event's `data` is a JSON entry (`type`, ids, figures) and its `id` the entry's number.
/// A client that comes back with `Last-Event-ID` gets everything since, once and in order. The
/// first event is `live.started`, or `live.reset` where what was missed is no longer kept (then
/// read everything anew). The stream ends after ten minutes at the latest: come back with a
/// fresh token. A comment comes every 15 seconds while nothing happens.
#[utoipa::path(
    get,
    path = "/v1/live",
    tag = "reporting",
    security(("bearer" = [])),
    params(("Last-Event-ID" = Option<i64>, Header, description = "The last event's id", minimum = 0)),
    responses(
        (status = 200, description = "The stream; each event's data is an entry",
            content_type = "text/event-stream", body = Entry),
        ReadRefused,
    )
)]
pub async fn follow_live(
    cx: Ctx,
    Extension(live): Extension<Live>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let sight = Sight {
        visible: cx.visible(Action::FollowLive)?,
        money: cx.caller.visibility(Action::ReadBudget),
    };
    let seen = last_event_id(&headers)?;
    let reach = {
        let mut conn = cx.db().await?;
        store::reach(&mut conn).await?
    };
    let resumed = seen.filter(|&seen| reach.resumes(seen));
    let kind = if seen == resumed { "live.started" } else { "live.reset" };
    let after = resumed.unwrap_or(reach.head);
    let first = Event::default()
        .id(after.to_string())
        .retry(RETRY)
        .data(json!({ "type": kind, "seq": after }).to_string());
    let entries = live.follow(&cx.app, cx.tenant.id, sight, after)?.map(|entry| {
        let id = entry.seq.to_string();
        Event::default().id(id).data(json!(entry).to_string())
    });
    let events = futures::stream::iter([first]).chain(entries).map(Ok);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<i64>, Error> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let text = value.to_str().map_err(|_| Error::LastEventId)?.trim();
    if text.is_empty() {
        return Ok(None); // a client that has seen nothing yet
    }
    text.parse().ok().filter(|id| *id >= 0).map(Some).ok_or(Error::LastEventId)
}
