//! What planning says of searches for assignments.

use kernel::{DispatchRunId, ProjectId, SiteId, TravelMatrixId};
use serde::{Deserialize, Serialize};

crate::words! {
    /// Where a search for assignments stands.
    DispatchState {
        /// Waits for its turn.
        Queued = "queued",
        /// Is being searched.
        Running = "running",
        /// Its proposal is there.
        Done = "done",
        /// Was stopped; what was best until then is there, where anything was.
        Cancelled = "cancelled",
        /// Could not be done.
        Failed = "failed",
        /// Its proposal became the plan.
        Published = "published",
    }
}

crate::changes! {
    /// What happened to a search for assignments.
    DispatchChange {
        /// Was asked for.
        Asked => "dispatch.asked",
        /// Began, or began anew after its process died.
        Began => "dispatch.began",
        /// Came another quarter further.
        Advanced => "dispatch.advanced",
        /// Somebody stopped it.
        Stopped => "dispatch.stopped",
        /// Ended with a proposal.
        Ended => "dispatch.ended",
        /// Could not be done.
        Failed => "dispatch.failed",
        /// Its proposal became the plan; the tasks tell of themselves.
        Published => "dispatch.published",
    }
}

/// A search for assignments came further.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DispatchChanged {
    /// The search.
    pub run: DispatchRunId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: DispatchChange,
    /// Where it stands.
    pub state: DispatchState,
    /// The project, where all its sites are of one.
    pub project: Option<ProjectId>,
    /// The site, where it is for one alone.
    pub site: Option<SiteId>,
    /// How far it is, in per cent.
    pub percent: i32,
    /// How many tasks it is about.
    pub tasks: i64,
    /// How many of them nobody does in the best plan so far.
    pub unserved: Option<i64>,
}
crate::event!(DispatchChanged, "planning.dispatch.v1", "dispatch_run", run);

crate::changes! {
    /// What happened to the firm's travel times.
    TravelMatrixChange {
        /// Were taken from a file.
        Uploaded => "travel_matrix.uploaded",
        /// Were taken away.
        Removed => "travel_matrix.removed",
    }
}

/// The travel times that the firm gave became others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TravelMatrixChanged {
    /// The table.
    pub matrix: TravelMatrixId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: TravelMatrixChange,
    /// How many places it knows.
    pub places: i64,
}
crate::event!(TravelMatrixChanged, "planning.travel_matrix.v1", "travel_matrix", matrix);
