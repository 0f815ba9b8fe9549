//! How a person becomes a user: invited by somebody who may, with what they are granted, they
//! choose their password.

mod api;
mod model;
mod store;

pub(crate) use api::routes;

use auth::{Grant, Role, Scope};
use futures::future::BoxFuture;
use sqlx::PgConnection;
use sqlx::types::Json;
use web::Invitee;

use crate::users;
use crate::users::model::{Status, User, normal_email};

/// Invites the first admin of a new tenant ([`web::FoundAdmin`]). Repeatable: the same ids change
/// nothing but the secret, which is the one given last, and nothing at all once it was accepted.
pub fn found_admin<'a>(
    db: &'a mut PgConnection,
    invitee: &'a Invitee,
) -> BoxFuture<'a, Result<(), sqlx::Error>> {
    Box::pin(async move {
        if users::store::find(db, invitee.user).await?.is_none() {
            let user = User {
                id: invitee.user,
                email: normal_email(&invitee.email),
                name: invitee.name.clone(),
                status: Status::Invited,
                grants: Json(vec![Grant { role: Role::TenantAdmin, scope: Scope::Tenant }]),
                created_at: invitee.now,
                version: 1,
            };
            users::store::insert(db, &user, None).await?;
        }
        store::found(db, invitee).await
    })
}
