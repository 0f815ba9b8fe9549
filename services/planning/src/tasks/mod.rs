//! Tasks: what is to be done on a site, from its plan to its validation.

mod api;
mod events;
pub(crate) mod model;
pub(crate) mod store;

pub(crate) use api::{
    BlockTask, NewTask, Taken, block, check_references, distinct, go, plan, routes,
};
pub(crate) use events::{news, tell};
pub(crate) use model::{Task, TaskRef};
