//! Inviting, issuing anew, taking back, accepting.

use auth::{Action, Grant, Target};
use axum::Json;
use contracts::UserChange;
use http::{HeaderName, StatusCode, header};
use kernel::{InvitationId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json as Jsonb;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{
    Answer, App, Ctx, Done, Page, PageParams, Params, PathId, Problem, ProblemBody, ReadRefused,
    Reply, Valid, Visit, WriteHeaders, WriteRefused, check,
};

use super::model::{Invitation, link};
use super::store;
use crate::error::Error;
use crate::users::model::{Status, User, may_change, may_grant, normal_email};
use crate::{password, secret, users};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_invitations, invite_user))
        .routes(routes!(reissue_invitation))
        .routes(routes!(revoke_invitation))
        .routes(routes!(accept_invitation))
}

/// Whom to invite.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewInvitation {
    /// The invitation's id, where the client chooses it.
    id: Option<InvitationId>,
    /// The user's id, where the client chooses it.
    user_id: Option<UserId>,
    /// Where the person reads mail, and by which they will sign in.
    #[validate(email, length(max = 254))]
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// The person's name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// What the person is granted.
    #[validate(length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20)]
    grants: Vec<Grant>,
}

/// An invitation with its secret, which is shown this once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct IssuedInvitation {
    /// The invitation.
    invitation: Invitation,
    /// The secret by which it is accepted.
    token: String,
    /// Where to accept it, on the firm's own host.
    link: String,
}

impl Answer for IssuedInvitation {
    const SECRET: bool = true;
    fn status(&self) -> StatusCode {
        StatusCode::CREATED
    }
    fn headers(&self) -> Vec<(HeaderName, String)> {
        vec![
            (header::LOCATION, format!("/v1/invitations/{}", self.invitation.id)),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ]
    }
    fn body(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

impl IssuedInvitation {
    fn of(invitation: Invitation, token: String) -> Self {
        Self { invitation, link: link(&token), token }
    }
}

/// Lists the invitations.
#[utoipa::path(
    get, path = "/v1/invitations", tag = "identity", security(("bearer" = [])), params(PageParams),
    responses(
        (status = 200, description = "A page of invitations, by id", body = Page<Invitation>),
        ReadRefused,
    )
)]
pub(crate) async fn list_invitations(
    cx: Ctx,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<Invitation>>, Problem> {
    cx.may(Action::ManageUsers, &Target::tenant())?;
    let found = store::list(&mut *cx.db().await?, page.after()?, page.limit).await?;
    Ok(Json(Page::of(found, page.limit, |i| i.id)))
}

/// Invites a person.
///
/// The answer holds the secret of the invitation, once: it is not stored, and the same call under
/// the same idempotency key answers 409. It holds for seven days and for one acceptance.
#[utoipa::path(
    post, path = "/v1/invitations", tag = "identity", security(("bearer" = [])),
    params(WriteHeaders),
    request_body = NewInvitation,
    responses(
        (status = 201, description = "Invited", body = IssuedInvitation),
        WriteRefused,
        (status = 403, description = "The role may not, or not give this much",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The e-mail or the id is taken",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn invite_user(
    cx: Ctx,
    Valid(new): Valid<NewInvitation>,
) -> Result<Reply<IssuedInvitation>, Problem> {
    cx.may(Action::ManageUsers, &Target::tenant())?;
    may_grant(&cx.caller, &new.grants)?;
    let token = secret::fresh();
    cx.write(async |tx| {
        let now = tx.now();
        users::store::check_scopes(tx, &new.grants).await?;
        let user = User {
            id: new.user_id.unwrap_or_else(UserId::new),
            email: normal_email(&new.email),
            name: new.name.trim().to_owned(),
            status: Status::Invited,
            grants: Jsonb(new.grants),
            created_at: now,
            version: 1,
        };
        users::store::insert(tx, &user, None).await.map_err(users::store::email_taken)?;
        let id = new.id.unwrap_or_else(InvitationId::new);
        let hash = secret::hash(token.as_bytes());
        store::insert(tx, id, user.id, cx.caller.user, &hash, now).await?;
        let invitation = store::find(tx, id).await?;
        let about = json!({ "email": user.email, "name": user.name, "grants": user.grants });
        tx.emit_about(&users::changed(&user, UserChange::Invited), &about);
        Ok::<_, Error>(IssuedInvitation::of(invitation, token))
    })
    .await
}

/// Issues an invitation anew.
///
/// Another secret and another seven days; the secret before no longer holds. Also lets a disabled
/// user in again, who then chooses another password.
#[utoipa::path(
    post, path = "/v1/invitations/{id}/reissue", tag = "identity", security(("bearer" = [])),
    params(("id" = InvitationId, Path, description = "The invitation"), WriteHeaders),
    responses(
        (status = 201, description = "Issued anew", body = IssuedInvitation),
        WriteRefused,
        (status = 409, description = "The person has joined",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn reissue_invitation(
    cx: Ctx,
    PathId(id): PathId<InvitationId>,
) -> Result<Reply<IssuedInvitation>, Problem> {
    cx.may(Action::ManageUsers, &Target::tenant())?;
    let token = secret::fresh();
    cx.write(async |tx| {
        let mut user = user_of(tx, id).await?;
        may_change(&cx.caller, &user)?;
        if user.status == Status::Active {
            return Err(Error::Joined);
        }
        user.status = Status::Invited;
        users::store::update(tx, &mut user).await?;
        let now = tx.now();
        store::reissue(tx, id, &secret::hash(token.as_bytes()), now).await?;
        tx.emit(&users::changed(&user, UserChange::Invited));
        Ok(IssuedInvitation::of(store::find(tx, id).await?, token))
    })
    .await
}

/// Takes an invitation back.
///
/// The person can no longer accept it. Issuing it anew makes it hold again.
#[utoipa::path(
    delete, path = "/v1/invitations/{id}", tag = "identity", security(("bearer" = [])),
    params(("id" = InvitationId, Path, description = "The invitation"), WriteHeaders),
    responses(
        (status = 204, description = "Taken back"),
        WriteRefused,
        (status = 409, description = "The person has joined",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn revoke_invitation(
    cx: Ctx,
    PathId(id): PathId<InvitationId>,
) -> Result<Reply<Done>, Problem> {
    cx.may(Action::ManageUsers, &Target::tenant())?;
    cx.write(async |tx| {
        let mut user = user_of(tx, id).await?;
        may_change(&cx.caller, &user)?;
        if user.status == Status::Active {
            return Err(Error::Joined);
        }
        user.status = Status::Disabled;
        users::store::update(tx, &mut user).await?;
        let now = tx.now();
        store::revoke(tx, id, now).await?;
        tx.emit(&users::changed(&user, UserChange::Disabled));
        Ok(Done)
    })
    .await
}

/// The invited user, held: everybody holds the user before the invitation.
async fn user_of(tx: &mut web::Write<'_>, id: InvitationId) -> Result<User, Error> {
    let user = store::user_of(tx, id).await?.ok_or(Error::NotFound)?;
    Ok(users::store::lock(tx, user).await?.0)
}

/// How an invitation is accepted.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acceptance {
    /// The invitation's secret.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    token: String,
    /// The password to sign in with: 12 to 200 characters, not one of the most common.
    #[validate(length(min = 12, max = 200))]
    #[schema(min_length = 12, max_length = 200)]
    password: String,
}

/// Accepts an invitation.
///
/// The person chooses a password and may sign in from now on. Of many at once, one succeeds.
#[utoipa::path(
    post, path = "/v1/auth/accept-invitation", tag = "identity", security(()),
    request_body = Acceptance,
    responses(
        (status = 200, description = "The user, who may now sign in", body = User),
        (status = 400, description = "Not JSON", body = ProblemBody),
        (status = 413, description = "The body is too large", body = ProblemBody),
        (status = 415, description = "The body is not JSON", body = ProblemBody),
        (status = 422, description = "The invitation does not hold, or the password is weak", body = ProblemBody),
        (status = 503, description = "Busy; see Retry-After", body = ProblemBody),
    )
)]
pub(crate) async fn accept_invitation(
    mut visit: Visit,
    Valid(request): Valid<Acceptance>,
) -> Result<Json<User>, Problem> {
    let now = visit.now();
    let token_hash = secret::hash(request.token.as_bytes());
    password::check(&request.password).map_err(Error::from)?;
    let user = store::holds_for(&mut *visit.db().await?, &token_hash, now)
        .await?
        .ok_or(Error::Invitation)?;
    let hash = password::hash(request.password).await?;
    visit.actor = Some(user);
    let user = visit
        .commit(async |tx| {
            // Held first: everybody holds the user before the invitation.
            users::store::lock(tx, user).await?;
            let user = store::accept(tx, &token_hash, now).await?.ok_or(Error::Invitation)?;
            let user = users::store::join(tx, user, &hash).await?.ok_or(Error::Invitation)?;
            tx.emit(&users::changed(&user, UserChange::Joined));
            Ok::<_, Error>(user)
        })
        .await?;
    Ok(Json(user))
}
