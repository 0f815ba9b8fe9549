//! Tasks that recur: templates, and the tasks that are planned ahead from them.
//!
//! A job plans each template's tasks as far ahead as it says, each day once: the day by the rule
//! names the occurrence. A change to a template reaches the tasks ahead that nobody has touched.

mod api;
mod events;
mod generate;
mod model;
mod store;

pub(crate) use api::routes;
pub(crate) use generate::Generate;
