//! The tenants of the platform.

mod api;
mod model;
pub(crate) mod store;

pub(crate) use api::routes;
pub(crate) use model::{FirstAdmin, licence_end};
pub use model::{Founding, NewTenant, Sector, TenantView};
