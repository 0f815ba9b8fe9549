//! Tasks: what is to be done on a site, from its plan to its validation.

mod api;
mod events;
pub(crate) mod model;
mod needs;
pub(crate) mod store;

pub(crate) use api::{
    BlockTask, NewTask, Taken, block, block_also, check_known, distinct, go, moment, plan, routes,
};
pub(crate) use events::{news, tell};
pub(crate) use model::{Task, TaskRef};
pub(crate) use needs::{Needs, TimeWindow};
#[cfg(test)]
pub(crate) use needs::{PartNeed, SkillLevel};
