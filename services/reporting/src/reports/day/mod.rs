//! What happened on a site on one day, gathered from what the services publish.

mod model;
mod store;

pub use model::{Day, Incident, Photo, Signature, Task, hours_by_worker};
#[cfg(test)]
pub use model::{Checklist, Stay};
pub use store::{Ask, gather};
