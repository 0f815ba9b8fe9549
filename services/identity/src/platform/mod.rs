//! The platform's own admins. They belong to no tenant: their accounts and sessions are in the
//! control database.

mod api;

pub(crate) use api::routes;

use auth::{Grant, Role, Scope};
use kernel::{Clock, PlatformAdminId, UserId};
use sqlx::PgPool;
use sqlx::types::Json;

use crate::error::Error;
use crate::users::model::{Status, User, normal_email};
use crate::{password, users};

/// Makes a platform admin, who may sign in at once. `control` is the control database.
pub async fn create_platform_admin(
    control: &PgPool,
    email: &str,
    name: &str,
    password: &str,
    clock: &dyn Clock,
) -> Result<PlatformAdminId, Error> {
    let hash = password::hash(password.to_owned()).await?;
    let admin = User {
        id: UserId::new(),
        email: normal_email(email),
        name: name.trim().to_owned(),
        status: Status::Active,
        grants: Json(vec![Grant { role: Role::PlatformAdmin, scope: Scope::Tenant }]),
        created_at: clock.now(),
        version: 1,
    };
    let mut db = control.acquire().await?;
    users::store::insert(&mut db, &admin, Some(&hash)).await.map_err(users::store::email_taken)?;
    Ok(PlatformAdminId(admin.id.uuid()))
}
