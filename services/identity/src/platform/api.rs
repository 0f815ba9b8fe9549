//! Signing in at the platform's own host.

use axum::response::IntoResponse;
use http::{HeaderMap, StatusCode};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{App, Platform, PlatformVisit, Problem, ProblemBody, Valid, WriteRefused};

use crate::error::Error;
use crate::keys;
use crate::sessions::{
    self, RefreshRequest, Refreshed, SignInRequest, SignedIn, Work, challenge, device_of, signed_in,
};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(platform_sign_in))
        .routes(routes!(platform_refresh))
        .routes(routes!(platform_sign_out))
}

/// Signs a platform admin in.
///
/// After ten wrong passwords within fifteen minutes the account answers 429 until they are over.
#[utoipa::path(
    post, path = "/v1/platform/auth/sign-in", tag = "identity", security(()),
    request_body = SignInRequest,
    responses(
        (status = 200, description = "A new session", body = SignedIn),
        (status = 400, description = "Not JSON", body = ProblemBody),
        (status = 401, description = "E-mail and password do not match", body = ProblemBody),
        (status = 404, description = "Not the platform's host", body = ProblemBody),
        (status = 413, description = "The body is too large", body = ProblemBody),
        (status = 415, description = "The body is not JSON", body = ProblemBody),
        (status = 422, description = "A value is wrong", body = ProblemBody),
        (status = 429, description = "Too many wrong passwords; see Retry-After", body = ProblemBody),
        (status = 503, description = "Busy; see Retry-After", body = ProblemBody),
    )
)]
pub(crate) async fn platform_sign_in(
    visit: PlatformVisit,
    headers: HeaderMap,
    Valid(request): Valid<SignInRequest>,
) -> Result<SignedIn, Problem> {
    let now = visit.app.clock.now();
    let control = visit.app.tenants.control();
    let asked = challenge(&mut *control.acquire().await?, &request.email, now).await?;
    let proven = asked.prove(request.password).await?;
    let key = keys::signing(control, &visit.app.vault, now).await?;
    let mut tx = control.begin().await?;
    let (admin, token) = proven.begin(&mut tx, &device_of(&headers), now).await?;
    tx.commit().await?;
    tracing::info!(admin = %admin.id, session = %token.session, "platform admin signed in");
    Ok(signed_in(&key, None, admin, Work::default(), &token, now)?)
}

/// Exchanges a platform admin's refresh token for a new pair.
///
/// By the same rules as a tenant's: the token before is taken again only while the one that
/// followed was never used, and a spent one ends the session.
#[utoipa::path(
    post, path = "/v1/platform/auth/refresh", tag = "identity", security(()),
    request_body = RefreshRequest,
    responses(
        (status = 200, description = "The next pair of the same session", body = SignedIn),
        (status = 400, description = "Not JSON", body = ProblemBody),
        (status = 401, description = "The session has ended, or the token is spent", body = ProblemBody),
        (status = 404, description = "Not the platform's host", body = ProblemBody),
        (status = 413, description = "The body is too large", body = ProblemBody),
        (status = 415, description = "The body is not JSON", body = ProblemBody),
        (status = 422, description = "A value is wrong", body = ProblemBody),
    )
)]
pub(crate) async fn platform_refresh(
    visit: PlatformVisit,
    Valid(request): Valid<RefreshRequest>,
) -> Result<SignedIn, Problem> {
    let now = visit.app.clock.now();
    let control = visit.app.tenants.control();
    let key = keys::signing(control, &visit.app.vault, now).await?;
    let mut db = control.acquire().await?;
    let spent = match sessions::refresh(&mut db, &request.refresh_token, now).await? {
        Refreshed::Next(admin, token) => {
            return Ok(signed_in(&key, None, admin, Work::default(), &token, now)?);
        }
        Refreshed::Refused(token) => token,
    };
    if let Some(admin) = sessions::end_replayed(&mut db, control, None, &spent, now).await? {
        tracing::warn!(%admin, session = %spent.session, "spent refresh token: session ended");
    }
    Err(Error::Session.into())
}

/// Signs a platform admin out.
///
/// The session ends at once, its access token is refused within five seconds.
#[utoipa::path(
    post, path = "/v1/platform/auth/sign-out", tag = "identity", security(("bearer" = [])),
    responses(
        (status = 204, description = "Signed out"),
        WriteRefused,
        (status = 403, description = "Not a platform admin",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "Not the platform's host",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn platform_sign_out(cx: Platform) -> Result<impl IntoResponse, Problem> {
    let now = cx.app.clock.now();
    let control = cx.app.tenants.control();
    let mut tx = control.begin().await?;
    let of = (cx.caller.user, cx.caller.session);
    if !sessions::end(&mut tx, control, None, of, now).await? {
        return Err(Error::Session.into());
    }
    tx.commit().await?;
    tracing::info!(admin = %cx.caller.user, session = %cx.caller.session, "platform admin signed out");
    Ok(StatusCode::NO_CONTENT)
}
