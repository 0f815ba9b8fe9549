//! Signatures drawn on a phone: the drawing comes as lines, which are small and sharp, and the
//! picture is made of them here.

mod api;
mod model;
mod render;
mod store;

pub(crate) use api::routes;
pub(crate) use store::forget_places;
