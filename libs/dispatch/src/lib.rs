//! Dispatch: which worker does which job, when, and by which way. No I/O.
//!
//! Start at [`Problem`]; [`Problem::check`] it, [`solve`] it, and [`check`] any [`Plan`], made
//! by hand or by the search, against the same hard rules. Law is data to this crate: the limits of
//! working time come as plain numbers ([`Limits`]).

mod breach;
mod checker;
mod cost;
mod options;
mod plan;
mod problem;
mod search;
mod travel;
pub mod trsp;
mod validate;

pub use breach::{Breach, Rule};
pub use checker::check;
pub use cost::Costs;
pub use options::{Limit, Options, Outcome, Progress};
pub use plan::{Plan, Route, Stop, Visit};
pub use problem::{
    Average, Certificate, Depot, Job, Limits, Pause, Problem, Published, Shift, Taken, Time, Week,
    WeeklyRest, Weights, Window, Worked, WorkedDay, Worker,
};
pub use search::{Explanation, Offer, Other, Verdict, choose, explain, insert, replan, solve};
pub use travel::Matrix;
pub use validate::{Fault, MAX_DEPOTS, Note, Wrong};

/// Longer than any plan.
const NEVER: Time = Time::MAX / 8;
