//! What events told, as the newest known state of each thing: ids and figures, no names.

mod events;
mod forget;
mod model;
mod store;

pub use events::Reader;
pub use forget::Forget;
pub use model::{Fact, Place};
