//! Who calls, at which tenant, from which device, in which language.

use std::ops::Deref;
use std::sync::Arc;

use auth::{Action, Caller, Internal, Target, Visibility};
use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use chrono::{DateTime, Duration, Utc};
use kernel::{Lang, Position, RequestId, TenantId, Timestamp, UserId};
use tenancy::{Conn, Tenant};

use crate::app::App;
use crate::edge::{Fingerprint, INTERNAL_HEADER};
use crate::idempotency::{Claim, Keyed};
use crate::problem::{Problem, current_lang, current_request_id};

/// How far a device's clock may be off before its times are corrected: less may be the way of the
/// call itself.
const WAY: Duration = Duration::minutes(2);

/// What the device says of itself: when it acted (`Device-Time`, RFC 3339), when it sent the call
/// by the same clock (`Device-Sent`), and where it was (`Device-Position`, a geo URI by RFC 5870:
/// `geo:14.69,-17.44;u=12`). Hints, kept beside what the server knows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Device {
    /// The device's own time of the act.
    pub at: Option<Timestamp>,
    /// How far the device's clock lags behind the server's: what the server's showed when the
    /// call came less what the device's showed when it was sent. The sending is just before the
    /// coming however long the call waited on the phone, so this tells a wrong clock from a late
    /// call. None where the device does not say when it sent.
    pub skew: Option<Duration>,
    /// Where it was. What may be kept of it, a write says ([`crate::Write::keep_position`]).
    pub(crate) position: Option<Position>,
}

/// A request at a tenant's host, signed in or not.
#[derive(Clone)]
pub struct Visit {
    /// The service's state.
    pub app: App,
    /// The tenant of the host.
    pub tenant: Arc<Tenant>,
    /// Who acts, if somebody is signed in.
    pub actor: Option<UserId>,
    /// The language of the answer.
    pub lang: Lang,
    /// The request's id.
    pub request_id: RequestId,
    /// What the device says.
    pub device: Device,
    /// W3C trace context.
    pub trace: Option<String>,
    pub(crate) claim: Option<Claim>,
}

impl Visit {
    /// The platform itself at work for a tenant: a job or a consumer.
    pub async fn system(app: &App, tenant: TenantId) -> Result<Self, Problem> {
        Ok(Self {
            app: app.clone(),
            tenant: app.tenants.directory.active(tenant).await?,
            actor: None,
            lang: Lang::Fr,
            request_id: current_request_id(),
            device: Device::default(),
            trace: None,
            claim: None,
        })
    }

    /// The present time.
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// When it happened: by the device where it says so, corrected where its clock is known to be
    /// off, else now. What the device itself said stays in [`Device::at`].
    pub fn acted_at(&self) -> Timestamp {
        let Some(at) = self.device.at else { return self.now() };
        at + self.device.skew.filter(|skew| skew.abs() > WAY).unwrap_or_default()
    }

    /// A connection for reading this tenant's data.
    pub async fn db(&self) -> Result<Conn, Problem> {
        Ok(self.app.tenants.conn_of(&self.tenant).await?)
    }
}

/// A request of somebody who is signed in at a tenant.
#[derive(Clone)]
pub struct Ctx {
    visit: Visit,
    /// Who calls.
    pub caller: Caller,
}

impl Deref for Ctx {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl Ctx {
    /// 403 unless the caller may do `action` to `target`.
    pub fn may(&self, action: Action, target: &Target) -> Result<(), Problem> {
        if self.caller.may(action, target) { Ok(()) } else { Err(Problem::forbidden()) }
    }

    /// 404 unless the caller sees `target` (by `see`), then 403 unless `action` is allowed on it.
    pub fn guard(&self, see: Action, action: Action, target: &Target) -> Result<(), Problem> {
        if !self.caller.may(see, target) && !self.caller.may(action, target) {
            return Err(Problem::not_found());
        }
        self.may(action, target)
    }

    /// 404 unless the caller sees `target`.
    pub fn sees(&self, see: Action, target: &Target) -> Result<(), Problem> {
        if self.caller.may(see, target) { Ok(()) } else { Err(Problem::not_found()) }
    }

    /// What of a kind of thing the caller sees; 403 where the role sees none of it anywhere.
    pub fn visible(&self, action: Action) -> Result<Visibility, Problem> {
        if self.caller.may_somewhere(action) {
            Ok(self.caller.visibility(action))
        } else {
            Err(Problem::forbidden())
        }
    }
}

/// A request at the platform's own host, signed in or not.
#[derive(Clone)]
pub struct PlatformVisit {
    /// The service's state.
    pub app: App,
    /// The request's id.
    pub request_id: RequestId,
}

/// A request of a platform admin.
#[derive(Clone)]
pub struct Platform {
    visit: PlatformVisit,
    /// Who calls.
    pub caller: Caller,
}

impl Deref for Platform {
    type Target = PlatformVisit;
    fn deref(&self) -> &PlatformVisit {
        &self.visit
    }
}

async fn internal(parts: &Parts, app: &App) -> Result<Arc<Internal>, Problem> {
    let token = parts
        .headers
        .get(INTERNAL_HEADER)
        .and_then(|v| v.to_str().ok())
        .ok_or_else(Problem::unauthenticated)?;
    app.keys.verify(token, app.clock.now()).await
}

async fn visit(parts: &Parts, app: App, internal: &Internal) -> Result<Visit, Problem> {
    let tenant = internal.tenant.ok_or_else(Problem::not_found)?;
    let tenant = app.tenants.directory.active(tenant).await?;
    let actor = internal.caller.as_ref().map(|c| c.user);
    let claim = match (actor, parts.extensions.get::<Fingerprint>()) {
        (Some(caller), Some(print)) => {
            let claim = Claim::new(caller, print);
            print.keyed.get_or_init(|| Keyed::new(&app, &tenant, &claim));
            Some(claim)
        }
        _ => None,
    };
    // Once the key has its owner: a time that is absurd today is not tomorrow.
    let device = device(&parts.headers, app.clock.now())?;
    let inbound = || parts.headers.get("traceparent")?.to_str().ok().map(str::to_owned);
    let trace = runtime::telemetry::traceparent().or_else(inbound);
    Ok(Visit {
        app,
        tenant,
        actor,
        lang: current_lang(),
        request_id: current_request_id(),
        device,
        trace,
        claim,
    })
}

impl<S: Send + Sync> FromRequestParts<S> for Visit
where
    App: FromRef<S>,
{
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        let internal = internal(parts, &app).await?;
        visit(parts, app, &internal).await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ctx
where
    App: FromRef<S>,
{
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        let internal = internal(parts, &app).await?;
        let caller = internal.caller.clone().ok_or_else(Problem::unauthenticated)?;
        Ok(Self { visit: visit(parts, app, &internal).await?, caller })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PlatformVisit
where
    App: FromRef<S>,
{
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        if internal(parts, &app).await?.tenant.is_some() {
            return Err(Problem::not_found());
        }
        Ok(Self { app, request_id: current_request_id() })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Platform
where
    App: FromRef<S>,
{
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = App::from_ref(state);
        let internal = internal(parts, &app).await?;
        if internal.tenant.is_some() {
            return Err(Problem::not_found());
        }
        let caller = internal.caller.clone().ok_or_else(Problem::unauthenticated)?;
        if !caller.may_somewhere(Action::ManageTenants) {
            return Err(Problem::forbidden());
        }
        Ok(Self { visit: PlatformVisit { app, request_id: current_request_id() }, caller })
    }
}

/// A time that a device's clock shows. It may lag by years after a flat battery, but not before such
/// phones existed, and nothing has happened in the future.
fn time(
    text: Option<&str>,
    name: &'static str,
    now: Timestamp,
) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let at = DateTime::parse_from_rfc3339(text).map(|t| t.with_timezone(&Utc));
    let earliest = DateTime::<Utc>::from_timestamp(1_577_836_800, 0).unwrap_or(now);
    match at {
        Ok(at) if at >= earliest && at <= now + Duration::days(1) => Ok(Some(at)),
        _ => Err(Problem::invalid().field(
            name,
            "range",
            "doit être une date RFC 3339 entre 2020 et demain ; vérifiez l'heure du téléphone",
            "must be an RFC 3339 time between 2020 and tomorrow; check the phone's clock",
        )),
    }
}

/// What the headers say of the device.
fn device(headers: &HeaderMap, now: Timestamp) -> Result<Device, Problem> {
    let text = |name: &str| headers.get(name).map(|v| v.to_str().unwrap_or("\u{fffd}"));
    let at = time(text("device-time"), "Device-Time", now)?;
    let sent = time(text("device-sent"), "Device-Sent", now)?;
    if at.zip(sent).is_some_and(|(at, sent)| at > sent + WAY) {
        return Err(Problem::invalid().field(
            "Device-Time",
            "order",
            "ne peut pas suivre l'envoi (Device-Sent) ; vérifiez l'heure du téléphone",
            "cannot come after the sending (Device-Sent); check the phone's clock",
        ));
    }
    let position = match text("device-position") {
        None => None,
        Some(text) => Some(geo_uri(text).ok_or_else(|| {
            Problem::invalid().field(
                "Device-Position",
                "format",
                "doit être une position geo:LAT,LON;u=MÈTRES (RFC 5870)",
                "must be a position geo:LAT,LON;u=METRES (RFC 5870)",
            )
        })?),
    };
    Ok(Device { at, skew: sent.map(|sent| now - sent), position })
}

fn geo_uri(text: &str) -> Option<Position> {
    let mut parts = text.trim().strip_prefix("geo:")?.split(';');
    let mut coordinates = parts.next()?.split(',');
    let lat = coordinates.next()?.parse().ok()?;
    let lon = coordinates.next()?.parse().ok()?;
    let accuracy_m = parts.find_map(|p| p.strip_prefix("u=")).map(str::parse).transpose().ok()?;
    let position = Position { lat, lon, accuracy_m };
    position.check().is_ok().then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_call_is_told_from_a_wrong_clock() {
        let now: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        let read = |at: &str, sent: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert("device-time", at.parse().unwrap());
            if let Some(sent) = sent {
                headers.insert("device-sent", sent.parse().unwrap());
            }
            device(&headers, now)
        };
        let late = read("2026-03-02T08:00:00Z", Some("2026-03-02T11:59:59Z")).unwrap();
        assert_eq!(late.skew, Some(Duration::seconds(1)));
        let slow = read("2026-03-02T08:00:00Z", Some("2026-03-02T09:00:00Z")).unwrap();
        assert_eq!(slow.skew, Some(Duration::hours(3)));
        assert_eq!(read("2026-03-02T08:00:00Z", None).unwrap().skew, None);
        for (at, sent) in [
            ("2026-03-02T10:00:00Z", "2026-03-02T09:00:00Z"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z"),
            ("2026-03-09T12:00:00Z", "2026-03-09T12:00:00Z"),
        ] {
            assert!(read(at, Some(sent)).is_err(), "{at} {sent}");
        }
    }

    #[test]
    fn geo_uris_are_read_and_absurd_ones_refused() {
        let at = geo_uri("geo:14.69,-17.44;u=12.5").unwrap();
        assert_eq!((at.lat, at.lon, at.accuracy_m), (14.69, -17.44, Some(12.5)));
        assert!(geo_uri("geo:14.69,-17.44,30").is_some());
        for bad in ["14.69,-17.44", "geo:91,0", "geo:NaN,0", "geo:1", "geo:1,2;u=-1"] {
            assert!(geo_uri(bad).is_none(), "{bad}");
        }
    }
}
