//! The story of a request, from its host to its service.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use kernel::{Service, TenantId};
use runtime::PeerAddr;
use tenancy::TenantStatus;
use tokio::time::timeout;
use web::{INTERNAL_HEADER, Problem, REQUEST_ID_HEADER, current_request_id};

use crate::Gateway;
use crate::flow::{self, Allowance, Fault};
use crate::headers::{client_ip, strip_hop_by_hop, strip_ours};
use crate::host::{Place, host_of, place};
use crate::rates::{self, Call};
use crate::trace;
use crate::trust::Bearer;

/// The paths that sign people in; they are called less often and guarded more closely.
const SIGN_IN: [&str; 2] = ["/v1/auth/", "/v1/platform/auth/"];
/// The content type of a piece of a resumable upload (tus 1.0).
const PIECE: &str = "application/offset+octet-stream";

/// How long finding a tenant may take.
const LOOKUP: Duration = Duration::from_secs(2);

/// Answers what is not a page of the gateway's own.
pub(crate) async fn door(State(gateway): State<Gateway>, request: Request) -> Response {
    gateway.pass(request).await.unwrap_or_else(IntoResponse::into_response)
}

impl Gateway {
    async fn pass(&self, request: Request) -> Result<Response, Problem> {
        let path = request.uri().path();
        let service = self.0.routes.find(path).ok_or_else(Problem::not_found)?;
        let signs_in = SIGN_IN.iter().any(|prefix| path.starts_with(prefix));
        let headers = request.headers();
        let tenant = self.tenant_of(request.uri(), headers).await?;
        let client = client_ip(headers, peer(&request), self.0.settings.proxies);

        // A bad token is counted for its address before it is refused: guessing has a limit too.
        let bearer = self.0.trust.bearer(headers, tenant).await;
        let user = bearer.as_ref().ok().and_then(|b| b.as_ref()).map(|b| b.caller().user);
        let call = Call { tenant, user, client, signs_in };
        let counted = rates::count(&self.0.counters, &self.0.settings.rates, call).await;
        let answer = async {
            counted.check()?;
            let bearer = bearer?;
            self.hand_on(service, tenant, bearer, client, request).await
        };
        let mut answer = answer.await.unwrap_or_else(IntoResponse::into_response);
        counted.tell(answer.headers_mut());
        Ok(answer)
    }

    /// The tenant whose host it is; none on the platform's own. Anything else is not found.
    pub(crate) async fn tenant_of(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Option<TenantId>, Problem> {
        let settings = &self.0.settings;
        let host = host_of(uri, headers).ok_or_else(unreadable)?;
        let slug = match place(host, settings).ok_or_else(Problem::not_found)? {
            Place::Platform => return Ok(None),
            Place::Tenant(slug) => slug,
            Place::Bare { .. } => settings.default_tenant.clone().ok_or_else(Problem::not_found)?,
        };
        let tenant = timeout(LOOKUP, self.0.directory.by_slug(&slug)).await;
        let tenant = tenant.map_err(|_| Problem::unavailable(2))??;
        let served = tenant.filter(|t| t.status == TenantStatus::Active);
        Ok(Some(served.ok_or_else(Problem::not_found)?.id))
    }

    async fn hand_on(
        &self,
        service: Service,
        tenant: Option<TenantId>,
        bearer: Option<Bearer>,
        client: IpAddr,
        request: Request,
    ) -> Result<Response, Problem> {
        let allowance = self.allowance(request.method(), request.headers());
        if declared_size(request.headers()) > allowance.bytes {
            return Err(Fault::TooLarge(allowance.bytes).into());
        }
        let token = self.0.voucher.token(service, tenant, bearer.as_ref())?;
        let (mut parts, body) = request.into_parts();
        let (body, progress) = flow::watch(body, allowance);

        let inbound = parts.headers.get("traceparent").and_then(|v| v.to_str().ok());
        let trace = trace::onward(inbound);
        strip_hop_by_hop(&mut parts.headers);
        strip_ours(&mut parts.headers);
        let host = parts.headers.get(header::HOST).and_then(|v| v.to_str().ok()).map(str::to_owned);
        for (name, value) in [
            (INTERNAL_HEADER, token.to_string()),
            (REQUEST_ID_HEADER, current_request_id().to_string()),
            ("traceparent", trace),
            ("x-forwarded-for", client.to_string()),
            ("x-forwarded-host", host.unwrap_or_default()),
        ] {
            let value = HeaderValue::try_from(value).map_err(Problem::internal)?;
            parts.headers.insert(name, value);
        }

        let request = Request::from_parts(parts, body);
        let patience = self.0.settings.patience;
        let mut answer = self.0.upstreams.call(service, request, &progress, patience).await?;
        strip_hop_by_hop(answer.headers_mut());
        Ok(if is_event_stream(&answer) { self.ending(answer, bearer) } else { answer })
    }

    fn allowance(&self, method: &Method, headers: &HeaderMap) -> Allowance {
        let settings = &self.0.settings;
        let kind = headers.get(header::CONTENT_TYPE).map_or(&b""[..], |v| v.as_bytes());
        let upload = matches!(*method, Method::PATCH | Method::POST) && kind == PIECE.as_bytes();
        let form = kind.to_ascii_lowercase().starts_with(b"multipart/form-data");
        let bytes = match (upload, form) {
            (true, _) => settings.piece_bytes,
            (false, true) => settings.form_bytes,
            (false, false) => settings.body_bytes,
        };
        Allowance { bytes, time: settings.patience, upload }
    }

    /// A live stream, which ends when its bearer is one no longer or when the gateway stops. The
    /// client comes back with a new token and resumes where it was.
    fn ending(&self, answer: Response, bearer: Option<Bearer>) -> Response {
        let stop = self.0.stop.clone();
        let trust = Arc::clone(&self.0.trust);
        let end = async move {
            match bearer {
                Some(bearer) => tokio::select! {
                    () = trust.until_over(bearer) => {}
                    () = stop.cancelled() => {}
                },
                None => stop.cancelled().await,
            }
        };
        answer.map(|body| Body::from_stream(body.into_data_stream().take_until(Box::pin(end))))
    }
}

/// The machine at the other end of the connection.
pub(crate) fn peer(request: &Request) -> IpAddr {
    let known = request.extensions().get::<PeerAddr>();
    known.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |p| p.0.ip())
}

fn declared_size(headers: &HeaderMap) -> u64 {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    length.and_then(|v| v.parse().ok()).unwrap_or(0)
}

fn is_event_stream(answer: &Response) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|v| v.as_bytes().starts_with(b"text/event-stream"))
}

/// 400: what was asked, or of whom, cannot be read in one way only.
pub(crate) fn unreadable() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unreadable-address",
        "L'adresse demandée n'est pas valide",
        "The address asked for is not valid",
    )
}
