//! Tables of comma- or semicolon-separated values, as spreadsheets write them (RFC 4180 and its
//! relatives).

mod read;
mod table;
mod words;
mod write;

pub use read::{Base, read_tasks};
pub use table::{Row, Table};
pub use write::{Writer, write_tasks};
