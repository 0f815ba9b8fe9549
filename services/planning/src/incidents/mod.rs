//! Incidents: what went wrong on a site, who saw it, and how it was dealt with.

mod api;
mod effect;
mod escalate;
mod events;
mod finding;
mod model;
mod store;

pub(crate) use api::routes;
pub(crate) use escalate::{Escalate, LookAgain, look_again, pass_on};
pub(crate) use finding::of_answer;
pub(crate) use model::{Escalated, Incident, OpenIncident};
pub(crate) use store::{open_of_tasks, recent};
