//! A project's plan: what its dates depend on, what is done to it, and what follows. No I/O.

pub mod book;
pub mod calendar;
pub mod edit;
pub mod export;
pub mod import;
pub mod judge;
pub mod level;
pub mod terms;
pub mod wall;

pub use book::{Book, Frame, Item, Mode, Unfit};
pub use calendar::Calendar;
pub use edit::{Edit, Misfit};
pub use judge::{Broken, Dates, Extent, Inverse, Objection, Shift, Verdict, bring_back, judge};
pub use terms::{Bound, Dependency, Kind, Terms};
