//! Who people are and what they were granted: users and their invitations, sign-ins and their
//! rotating refresh tokens, the keys that sign access tokens, and the platform's own admins.

mod error;
mod invitations;
mod keys;
mod password;
mod platform;
mod secret;
mod sessions;
mod users;

pub use error::Error;
pub use invitations::found_admin;
pub use keys::rotate_signing_key;
pub use platform::create_platform_admin;

use kernel::Service;
use utoipa_axum::router::OpenApiRouter;
use web::Module;

/// The service, ready to be hosted.
pub fn module() -> Module {
    Module {
        service: Service::Identity,
        routes: OpenApiRouter::new()
            .merge(users::routes())
            .merge(invitations::routes())
            .merge(sessions::routes())
            .merge(platform::routes())
            .merge(keys::routes()),
        consumers: Vec::new(),
        jobs: |_| Vec::new(),
        seed: None,
    }
}
