//! Signing in, refreshing, signing out, and the list of one's own sessions.

use axum::Json;
use axum::response::{IntoResponse, Response};
use contracts::UserChange;
use http::{HeaderMap, header};
use kernel::SessionId;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    App, Ctx, Done, Page, PageParams, Params, PathId, Problem, ProblemBody, ReadRefused, Reply,
    Valid, Visit, WriteHeaders, WriteRefused,
};

use super::model::Session;
use super::{Refreshed, Work, challenge, end, end_all, end_replayed, refresh, signed_in, store};
use crate::error::Error;
use crate::users::model::User;
use crate::{keys, users};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in))
        .routes(routes!(refresh_session))
        .routes(routes!(sign_out))
        .routes(routes!(sign_out_everywhere))
        .routes(routes!(list_sessions))
        .routes(routes!(end_session))
}

/// Who signs in.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInRequest {
    /// The user's e-mail, in whatever case.
    #[validate(length(min = 1, max = 254))]
    #[schema(min_length = 1, max_length = 254)]
    pub(crate) email: String,
    /// The password.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) password: String,
}

/// A refresh token to exchange.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    /// As the last answer gave it.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) refresh_token: String,
}

/// A pair of tokens. Not to be stored on the way.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SignedIn {
    /// Goes into `Authorization: Bearer`.
    pub(crate) access_token: String,
    /// `Bearer`.
    pub(crate) token_type: &'static str,
    /// How long the access token holds, in seconds.
    pub(crate) expires_in: i64,
    /// To be exchanged once for the next pair.
    pub(crate) refresh_token: String,
    /// The session both belong to.
    pub(crate) session_id: SessionId,
    /// Who signed in.
    pub(crate) user: User,
}

impl IntoResponse for SignedIn {
    fn into_response(self) -> Response {
        ([(header::CACHE_CONTROL, "no-store")], Json(self)).into_response()
    }
}

/// What the device calls itself; at most 200 characters of it.
pub(crate) fn device_of(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    agent.chars().take(200).collect()
}

/// Signs in.
///
/// After ten wrong passwords within fifteen minutes the account answers 429 until they are over.
#[utoipa::path(
    post, path = "/v1/auth/sign-in", tag = "identity", security(()),
    request_body = SignInRequest,
    responses(
        (status = 200, description = "A new session", body = SignedIn),
        (status = 400, description = "Not JSON", body = ProblemBody),
        (status = 401, description = "E-mail and password do not match", body = ProblemBody),
        (status = 413, description = "The body is too large", body = ProblemBody),
        (status = 415, description = "The body is not JSON", body = ProblemBody),
        (status = 422, description = "A value is wrong", body = ProblemBody),
        (status = 429, description = "Too many wrong passwords; see Retry-After", body = ProblemBody),
        (status = 503, description = "Busy; see Retry-After", body = ProblemBody),
    )
)]
pub(crate) async fn sign_in(
    mut visit: Visit,
    headers: HeaderMap,
    Valid(request): Valid<SignInRequest>,
) -> Result<SignedIn, Problem> {
    let now = visit.now();
    let asked = challenge(&mut *visit.db().await?, &request.email, now).await?;
    let proven = asked.prove(request.password).await?;
    let key = keys::signing(visit.app.tenants.control(), &visit.app.vault, now).await?;
    visit.actor = Some(proven.user());
    let device = device_of(&headers);
    let (user, token, work) = visit
        .commit(async |tx| {
            let (user, token) = proven.begin(tx, &device, now).await?;
            let work = Work::of(tx, &user).await?;
            let about = serde_json::json!({ "session": token.session, "device": device });
            tx.emit_about(&users::changed(&user, UserChange::SignedIn), &about);
            Ok::<_, Error>((user, token, work))
        })
        .await?;
    Ok(signed_in(&key, Some(visit.tenant.id), user, work, &token, now)?)
}

/// Exchanges a refresh token for a new pair.
///
/// A client that lost the answer may present the same token again, as long as the one in that
/// answer was never used. A token that was spent before that ends the session.
#[utoipa::path(
    post, path = "/v1/auth/refresh", tag = "identity", security(()),
    request_body = RefreshRequest,
    responses(
        (status = 200, description = "The next pair of the same session", body = SignedIn),
        (status = 400, description = "Not JSON", body = ProblemBody),
        (status = 401, description = "The session has ended, or the token is spent", body = ProblemBody),
        (status = 413, description = "The body is too large", body = ProblemBody),
        (status = 415, description = "The body is not JSON", body = ProblemBody),
        (status = 422, description = "A value is wrong", body = ProblemBody),
    )
)]
pub(crate) async fn refresh_session(
    visit: Visit,
    Valid(request): Valid<RefreshRequest>,
) -> Result<SignedIn, Problem> {
    let now = visit.now();
    let control = visit.app.tenants.control();
    let key = keys::signing(control, &visit.app.vault, now).await?;
    let spent = {
        let mut db = visit.db().await?;
        match refresh(&mut db, &request.refresh_token, now).await? {
            Refreshed::Next(user, token) => {
                let work = Work::of(&mut db, &user).await?;
                return Ok(signed_in(&key, Some(visit.tenant.id), user, work, &token, now)?);
            }
            Refreshed::Refused(token) => token,
        }
    };
    visit
        .commit(async |tx| {
            let tenant = Some(visit.tenant.id);
            if let Some(user) = end_replayed(tx, control, tenant, &spent, now).await? {
                let user = users::store::find(tx, user).await?.ok_or(Error::Session)?;
                let about = serde_json::json!({ "session": spent.session });
                tx.emit_about(&users::changed(&user, UserChange::ReplayRefused), &about);
            }
            Ok::<_, Error>(())
        })
        .await?;
    Err(Error::Session.into())
}

/// Signs out here.
///
/// The session ends at once, its access token is refused within five seconds.
#[utoipa::path(
    post, path = "/v1/auth/sign-out", tag = "identity", security(("bearer" = [])),
    params(WriteHeaders),
    responses(
        (status = 204, description = "Signed out"),
        WriteRefused,
    )
)]
pub(crate) async fn sign_out(cx: Ctx) -> Result<Reply<Done>, Problem> {
    let session = cx.caller.session;
    cx.write(
        async |tx| {
            if end_one(&cx, tx, session).await? { Ok(Done) } else { Err(Error::Session) }
        },
    )
    .await
}

/// Signs out everywhere.
///
/// All sessions of the caller end at once, their access tokens are refused within five seconds.
#[utoipa::path(
    post, path = "/v1/auth/sign-out-everywhere", tag = "identity", security(("bearer" = [])),
    params(WriteHeaders),
    responses(
        (status = 204, description = "Signed out everywhere"),
        WriteRefused,
    )
)]
pub(crate) async fn sign_out_everywhere(cx: Ctx) -> Result<Reply<Done>, Problem> {
    let user = cx.caller.user;
    cx.write(async |tx| {
        let (user, _) = users::store::lock(tx, user).await?;
        end_all(&cx, tx, user.id).await?;
        tx.emit(&users::changed(&user, UserChange::SignedOut));
        Ok::<_, Error>(Done)
    })
    .await
}

/// Lists the caller's own sessions.
#[utoipa::path(
    get, path = "/v1/sessions", tag = "identity", security(("bearer" = [])), params(PageParams),
    responses(
        (status = 200, description = "A page of sessions, the oldest first", body = Page<Session>),
        ReadRefused,
    )
)]
pub(crate) async fn list_sessions(
    cx: Ctx,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<Session>>, Problem> {
    let (user, session) = (cx.caller.user, cx.caller.session);
    let mut db = cx.db().await?;
    let sessions = store::list(&mut db, user, session, page.after()?, page.limit, cx.now()).await?;
    Ok(Json(Page::of(sessions, page.limit, |s| s.id)))
}

/// Ends one of the caller's own sessions, such as that of a lost phone.
#[utoipa::path(
    delete, path = "/v1/sessions/{id}", tag = "identity", security(("bearer" = [])),
    params(("id" = SessionId, Path, description = "The session"), WriteHeaders),
    responses(
        (status = 204, description = "Ended"),
        WriteRefused,
        (status = 404, description = "No such session of the caller, or ended before",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn end_session(
    cx: Ctx,
    PathId(id): PathId<SessionId>,
) -> Result<Reply<Done>, Problem> {
    cx.write(async |tx| if end_one(&cx, tx, id).await? { Ok(Done) } else { Err(Error::NotFound) })
        .await
}

async fn end_one(cx: &Ctx, tx: &mut web::Write<'_>, session: SessionId) -> Result<bool, Error> {
    let user = cx.caller.user;
    let now = tx.now();
    let control = cx.app.tenants.control();
    if !end(tx, control, Some(cx.tenant.id), (user, session), now).await? {
        return Ok(false);
    }
    let user = users::store::find(tx, user).await?.ok_or(Error::NotFound)?;
    let about = serde_json::json!({ "session": session });
    tx.emit_about(&users::changed(&user, UserChange::SignedOut), &about);
    Ok(true)
}
