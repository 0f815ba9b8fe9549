//! What happened on a site on one day, gathered from what the services publish.

mod model;
mod store;

#[cfg(test)]
pub use model::{Checklist, Stay};
pub use model::{Day, Incident, Photo, Signature, Task, hours_by_worker};
pub use store::{Ask, gather};
