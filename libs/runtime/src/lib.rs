//! What a process is made of, whatever it serves: settings, telemetry, background tasks,
//! the accept loop, and the order in which all of it starts and stops.

pub mod config;
pub mod process;
mod serve;
mod shutdown;
mod tasks;
pub mod telemetry;

pub use serve::{Limits, PeerAddr, serve};
pub use shutdown::shutdown_signal;
pub use tasks::Tasks;
